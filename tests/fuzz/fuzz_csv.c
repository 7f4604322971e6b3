/* Comma-separated values: whole and in pieces, with the same rows, the same verdict and
 * the same place; and what was read, written out with quotes, reads as the same again. */
#include "fuzz/fuzz.h"

#include "csv.h"

#include <shoji/buffer.h>

#include <string.h>

/* What was read: each row as quoted fields, so that it is CSV again. */
static shoji_status on_row(void *context, const struct csv_field fields[], size_t count,
                           size_t line)
{
    shoji_buffer *rows = context;
    FUZZ_REQUIRE(count > 0 && count <= CSV_FIELDS_MAXIMUM && line > 0);
    for (size_t i = 0; i < count; i++) {
        FUZZ_REQUIRE(strlen(fields[i].bytes) == fields[i].length);
        FUZZ_REQUIRE(shoji_buffer_append_string(rows, i != 0 ? ",\"" : "\"") == SHOJI_OK);
        for (const char *at = fields[i].bytes; *at != '\0'; at++) {
            if (*at == '"')
                FUZZ_REQUIRE(shoji_buffer_append(rows, "\"", 1) == SHOJI_OK);
            FUZZ_REQUIRE(shoji_buffer_append(rows, at, 1) == SHOJI_OK);
        }
        FUZZ_REQUIRE(shoji_buffer_append(rows, "\"", 1) == SHOJI_OK);
    }
    return shoji_buffer_append(rows, "\n", 1);
}

static shoji_status read_pieces(shoji_buffer *rows, const char *text, size_t length,
                                size_t piece, shoji_error *error)
{
    struct csv *csv = NULL;
    FUZZ_REQUIRE(csv_new(&csv, on_row, rows) == SHOJI_OK);
    shoji_status status = SHOJI_OK;
    for (size_t at = 0; at < length && status == SHOJI_OK; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        status = csv_feed(csv, text + at, size, error);
    }
    if (status == SHOJI_OK)
        status = csv_end(csv, error);
    csv_free(csv);
    return status;
}

static void require_same(const shoji_buffer *one, const shoji_buffer *other)
{
    FUZZ_REQUIRE(one->length == other->length);
    FUZZ_REQUIRE(one->length == 0 || memcmp(one->bytes, other->bytes, one->length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    shoji_buffer whole = SHOJI_BUFFER_INIT;
    shoji_buffer pieces = SHOJI_BUFFER_INIT;
    shoji_buffer again = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_error other = SHOJI_ERROR_INIT;
    shoji_status status = read_pieces(&whole, text, length, length + 1, &error);
    FUZZ_REQUIRE(read_pieces(&pieces, text, length, 1, &other) == status);
    FUZZ_REQUIRE(error.line == other.line && error.column == other.column);
    FUZZ_REQUIRE((status == SHOJI_OK) == (error.line == 0));
    require_same(&whole, &pieces);
    FUZZ_REQUIRE(read_pieces(&again, whole.bytes, whole.length, 4096, NULL) == SHOJI_OK);
    require_same(&whole, &again);
    shoji_buffer_finish(&whole);
    shoji_buffer_finish(&pieces);
    shoji_buffer_finish(&again);
    return 0;
}
