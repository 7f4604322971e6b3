#include "records_private.h"

#include <string.h>
#include <strings.h>

enum {
    PIECE = 65536
};

static const char *const type_texts[] = {
    [SHOJI_NONE] = "nothing",   [SHOJI_NULL] = "null",        [SHOJI_FALSE] = "a boolean",
    [SHOJI_TRUE] = "a boolean", [SHOJI_NUMBER] = "a number",  [SHOJI_STRING] = "a string",
    [SHOJI_ARRAY] = "an array", [SHOJI_OBJECT] = "an object",
};

shoji_status records_give(struct records *records, const char *name, size_t name_length,
                          shoji_value value)
{
    const struct records_source *source = records->source;
    shoji_type type = shoji_value_type(value);
    struct record record = {
        .number = records->rows + 1,
        .name = name,
        .name_length = name_length,
        .tuple = value,
    };
    if (type != SHOJI_OBJECT)
        records->code = failure(EXIT_INVALID,
                                "%s: row %zu is %s; each must be an object of attributes",
                                source->input->name, record.number, type_texts[type]);
    else
        records->code = source->callback(source->context, &record);
    records->rows++;
    return records->code == EXIT_DONE ? SHOJI_OK : SHOJI_STOPPED;
}

enum exit_code records_failure(const struct records *records, shoji_status status,
                               const shoji_error *error)
{
    if (status == SHOJI_STOPPED)
        return records->code;
    return failure_report_in(records->source->input->name, error);
}

static bool has_extension(const char *name, const char *extension)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && strcasecmp(dot, extension) == 0;
}

/* What the name says of the format, or, where it says nothing, the first character. */
static enum records_format guess(const struct records_source *source, const char *text,
                                 size_t length)
{
    const char *name = source->input->name;
    if (has_extension(name, ".json"))
        return RECORDS_JSON;
    if (has_extension(name, ".ndjson") || has_extension(name, ".jsonl"))
        return RECORDS_NDJSON;
    if (has_extension(name, ".csv"))
        return RECORDS_CSV;
    size_t at = 0;
    while (at < length && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
        at++;
    if (at < length && text[at] == '[')
        return RECORDS_JSON;
    if (at < length && text[at] == '{')
        return source->root != NULL ? RECORDS_JSON : RECORDS_NDJSON;
    return RECORDS_AUTO;
}

static const struct records_reader *choose(const struct records_source *source,
                                           const char *text, size_t length)
{
    enum records_format format = source->format;
    if (format == RECORDS_AUTO)
        format = guess(source, text, length);
    switch (format) {
    case RECORDS_JSON:
        return &records_json;
    case RECORDS_NDJSON:
        return &records_ndjson;
    case RECORDS_CSV:
        return &records_csv;
    case RECORDS_AUTO:
        break;
    }
    failure(EXIT_USAGE, "cannot tell the format of %s; say --format json, ndjson or csv",
            source->input->name);
    return NULL;
}

/* Feeds pieces, of which the first has been read, up to the end of the input. */
static enum exit_code feed(const struct records_reader *format, void *reader,
                           struct input *input, char *piece, size_t length)
{
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && length != 0) {
        code = format->feed(reader, piece, length);
        if (code == EXIT_DONE)
            code = input_read(input, piece, PIECE, &length);
    }
    return code == EXIT_DONE ? format->end(reader) : code;
}

enum exit_code records_read(const struct records_source *source)
{
    char piece[PIECE];
    size_t length;
    struct records records = {.source = source};
    enum exit_code code = input_read(source->input, piece, sizeof piece, &length);
    if (code != EXIT_DONE)
        return code;
    const struct records_reader *format = choose(source, piece, length);
    if (format == NULL)
        return EXIT_USAGE;
    if (source->root != NULL && format != &records_json)
        return failure(EXIT_USAGE,
                       "--root is for JSON alone: %s has no members to choose "
                       "from",
                       source->input->name);
    void *reader;
    code = format->open(&reader, &records);
    if (code != EXIT_DONE)
        return code;
    code = feed(format, reader, source->input, piece, length);
    format->close(reader);
    return code;
}
