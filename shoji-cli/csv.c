#include "csv.h"

#include "text.h"

#include <shoji/buffer.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum csv_state {
    AT_MARK,       /* within what may be a byte order mark */
    AT_FIELD,      /* before the first character of a field */
    IN_FIELD,      /* in one without quotes */
    IN_QUOTES,     /* between quotes */
    AFTER_QUOTE,   /* past a quote that ends the field, or is the first of two */
    AFTER_CARRIAGE /* past a carriage return, before its line feed */
};

struct span {
    size_t offset;
    size_t length;
    bool is_quoted;
};

struct csv {
    csv_callback callback;
    void *context;
    enum csv_state state;
    size_t mark_length; /* bytes of the byte order mark that have been met */
    shoji_buffer text;  /* the fields of the row, each ended by a NUL */
    struct span *spans;
    size_t count;
    size_t capacity;
    struct csv_field *fields; /* of the same capacity: what the callback is lent */
    size_t line;              /* where the reader is */
    size_t column;
    size_t row_line;   /* where the row began */
    size_t quote_line; /* where the field's quotes opened */
    size_t quote_column;
    shoji_error error; /* the one that sticks; its status is SHOJI_OK before it */
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

shoji_status csv_new(struct csv **csv, csv_callback callback, void *context)
{
    struct csv *made = calloc(1, sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->callback = callback;
    made->context = context;
    made->state = AT_MARK;
    made->text.maximum = CSV_ROW_MAXIMUM;
    made->line = 1;
    made->row_line = 1;
    *csv = made;
    return SHOJI_OK;
}

void csv_free(struct csv *csv)
{
    if (csv == NULL)
        return;
    shoji_buffer_finish(&csv->text);
    free(csv->spans);
    free(csv->fields);
    free(csv);
}

static shoji_status fail(struct csv *csv, shoji_status status, const char *message)
{
    csv->error.status = status;
    csv->error.line = csv->line;
    csv->error.column = csv->column;
    snprintf(csv->error.message, sizeof csv->error.message, "%s", message);
    return status;
}

static shoji_status fail_append(struct csv *csv, shoji_status status)
{
    return fail(csv, status,
                status == SHOJI_LIMIT
                    ? "the row is longer than 16 MiB; is a quote missing?"
                    : "out of memory");
}

static shoji_status put(struct csv *csv, char byte)
{
    shoji_status status = shoji_buffer_append(&csv->text, &byte, 1);
    return status == SHOJI_OK ? status : fail_append(csv, status);
}

static shoji_status grow(struct csv *csv)
{
    size_t capacity = csv->capacity != 0 ? csv->capacity * 2 : 32;
    struct span *spans = realloc(csv->spans, capacity * sizeof *spans);
    if (spans == NULL)
        return fail(csv, SHOJI_NO_MEMORY, "out of memory");
    csv->spans = spans;
    struct csv_field *fields = realloc(csv->fields, capacity * sizeof *fields);
    if (fields == NULL)
        return fail(csv, SHOJI_NO_MEMORY, "out of memory");
    csv->fields = fields;
    csv->capacity = capacity;
    return SHOJI_OK;
}

static shoji_status begin_field(struct csv *csv, bool is_quoted)
{
    if (csv->count == CSV_FIELDS_MAXIMUM)
        return fail(csv, SHOJI_LIMIT, "the row has more than 4096 fields");
    if (csv->count == csv->capacity && grow(csv) != SHOJI_OK)
        return csv->error.status;
    if (csv->count == 0)
        csv->row_line = csv->line;
    csv->spans[csv->count++] = (struct span){csv->text.length, 0, is_quoted};
    csv->quote_line = csv->line;
    csv->quote_column = csv->column;
    return SHOJI_OK;
}

/* Checks the field that ends here, and closes it with a NUL. */
static shoji_status end_field(struct csv *csv)
{
    struct span *span = &csv->spans[csv->count - 1];
    span->length = csv->text.length - span->offset;
    for (size_t at = 0; at < span->length;) {
        uint32_t code;
        const char *bytes = csv->text.bytes + span->offset;
        at += text_decode(bytes + at, span->length - at, &code);
        if (code == TEXT_ILL_FORMED)
            return fail(csv, SHOJI_SYNTAX,
                        "the field that ends here is not UTF-8; convert the file to it");
        if (code == 0)
            return fail(csv, SHOJI_SYNTAX, "the field that ends here holds a NUL");
    }
    return put(csv, '\0');
}

static bool is_empty_line(const struct csv *csv)
{
    return csv->count == 1 && csv->spans[0].length == 0 && !csv->spans[0].is_quoted;
}

static shoji_status end_row(struct csv *csv)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < csv->count; i++) {
        const struct span *span = &csv->spans[i];
        csv->fields[i] = (struct csv_field){csv->text.bytes + span->offset, span->length,
                                            span->is_quoted};
    }
    if (!is_empty_line(csv))
        status = csv->callback(csv->context, csv->fields, csv->count, csv->row_line);
    csv->count = 0;
    shoji_buffer_clear(&csv->text);
    if (status != SHOJI_OK)
        return fail(csv, status, "stopped");
    return SHOJI_OK;
}

/* Past the last byte of a field: what may follow is the same with and without quotes. */
static shoji_status separate(struct csv *csv, char byte)
{
    shoji_status status = end_field(csv);
    if (status != SHOJI_OK)
        return status;
    if (byte == '\r') {
        csv->state = AFTER_CARRIAGE;
        return SHOJI_OK;
    }
    csv->state = AT_FIELD;
    if (byte == '\n')
        return end_row(csv);
    /* After a comma there is a field, be it an empty one at the end of the text. */
    return SHOJI_OK;
}

static bool is_separator(char byte)
{
    return byte == ',' || byte == '\n' || byte == '\r';
}

static shoji_status at_field(struct csv *csv, char byte)
{
    shoji_status status = begin_field(csv, byte == '"');
    if (status != SHOJI_OK)
        return status;
    if (byte == '"') {
        csv->state = IN_QUOTES;
        return SHOJI_OK;
    }
    if (is_separator(byte))
        return separate(csv, byte);
    csv->state = IN_FIELD;
    return put(csv, byte);
}

static shoji_status in_field(struct csv *csv, char byte)
{
    if (is_separator(byte))
        return separate(csv, byte);
    if (byte == '"')
        return fail(
            csv, SHOJI_SYNTAX,
            "a quote within a field without quotes; put the field between quotes, "
            "and double those within");
    return put(csv, byte);
}

static shoji_status in_quotes(struct csv *csv, char byte)
{
    if (byte != '"')
        return put(csv, byte);
    csv->state = AFTER_QUOTE;
    return SHOJI_OK;
}

static shoji_status after_quote(struct csv *csv, char byte)
{
    if (is_separator(byte))
        return separate(csv, byte);
    if (byte != '"')
        return fail(
            csv, SHOJI_SYNTAX,
            "text after the closing quote of a field; double the quotes within it");
    csv->state = IN_QUOTES;
    return put(csv, byte);
}

static shoji_status after_carriage(struct csv *csv, char byte)
{
    if (byte != '\n')
        return fail(
            csv, SHOJI_SYNTAX,
            "a carriage return without a line feed; put the field between quotes, "
            "or convert the line ends");
    csv->state = AT_FIELD;
    return end_row(csv);
}

static shoji_status step(struct csv *csv, char byte)
{
    switch (csv->state) {
    case AT_MARK:
    case AT_FIELD:
        return at_field(csv, byte);
    case IN_FIELD:
        return in_field(csv, byte);
    case IN_QUOTES:
        return in_quotes(csv, byte);
    case AFTER_QUOTE:
        return after_quote(csv, byte);
    case AFTER_CARRIAGE:
        return after_carriage(csv, byte);
    }
    return SHOJI_OK;
}

/* Ends the look for a byte order mark: what was met of it was text after all. */
static shoji_status give_up_mark(struct csv *csv)
{
    shoji_status status = SHOJI_OK;
    csv->state = AT_FIELD;
    for (size_t i = 0; i < csv->mark_length && status == SHOJI_OK; i++)
        status = step(csv, byte_order_mark[i]);
    return status;
}

static shoji_status at_mark(struct csv *csv, char byte)
{
    if (byte == byte_order_mark[csv->mark_length]) {
        if (++csv->mark_length == sizeof byte_order_mark - 1)
            csv->state = AT_FIELD;
        return SHOJI_OK;
    }
    shoji_status status = give_up_mark(csv);
    return status == SHOJI_OK ? step(csv, byte) : status;
}

/* Counts a byte before it is read, so that an error's place is that of the byte. Those
 * that continue a character do not count, unless it begins with one and so is none. */
static void count_column(struct csv *csv, char byte)
{
    if (csv->column == 0 || ((unsigned char)byte & 0xc0) != 0x80)
        csv->column++;
}

static void count_line(struct csv *csv, char byte)
{
    if (byte == '\n') {
        csv->line++;
        csv->column = 0;
    }
}

static shoji_status report(const struct csv *csv, shoji_error *error)
{
    if (error != NULL)
        *error = csv->error;
    return csv->error.status;
}

shoji_status csv_feed(struct csv *csv, const char *text, size_t length,
                      shoji_error *error)
{
    for (size_t i = 0; i < length && csv->error.status == SHOJI_OK; i++) {
        count_column(csv, text[i]);
        if (csv->state == AT_MARK)
            at_mark(csv, text[i]);
        else
            step(csv, text[i]);
        if (csv->error.status == SHOJI_OK)
            count_line(csv, text[i]);
    }
    return csv->error.status == SHOJI_OK ? SHOJI_OK : report(csv, error);
}

static shoji_status end_text(struct csv *csv)
{
    shoji_status status = SHOJI_OK;
    if (csv->state == AT_MARK && csv->mark_length != 0)
        status = give_up_mark(csv);
    if (status != SHOJI_OK)
        return status;
    switch (csv->state) {
    case AT_MARK:
        return SHOJI_OK;
    case AT_FIELD:
        if (csv->count == 0)
            return SHOJI_OK;
        status = begin_field(csv, false);
        return status == SHOJI_OK ? separate(csv, '\n') : status;
    case IN_FIELD:
    case AFTER_QUOTE:
        return separate(csv, '\n');
    case AFTER_CARRIAGE:
        return end_row(csv);
    case IN_QUOTES:
        break;
    }
    csv->line = csv->quote_line;
    csv->column = csv->quote_column;
    return fail(csv, SHOJI_SYNTAX,
                "the quotes of a field that begins here are never closed");
}

shoji_status csv_end(struct csv *csv, shoji_error *error)
{
    if (csv->error.status == SHOJI_OK)
        end_text(csv);
    return csv->error.status == SHOJI_OK ? SHOJI_OK : report(csv, error);
}
