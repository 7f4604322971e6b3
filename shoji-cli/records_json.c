/* Rows in JSON: one array or object in a text, or a text a line. */
#include "records_private.h"

#include <shoji/buffer.h>
#include <shoji/reader.h>

#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAXIMUM = 16 << 20
};

/* JSON: an array, or an object. */

struct json_reader {
    struct records *records;
    shoji_reader *reader;
};

/* Appends a name as a token of a JSON Pointer (RFC 6901, section 3). */
static shoji_status append_token(shoji_buffer *pointer, const char *name)
{
    shoji_status status = shoji_buffer_append_string(pointer, "/");
    for (; *name != '\0' && status == SHOJI_OK; name++) {
        if (*name == '~' || *name == '/')
            status = shoji_buffer_append_string(pointer, *name == '~' ? "~0" : "~1");
        else
            status = shoji_buffer_append(pointer, name, 1);
    }
    return status;
}

/* The text is an object, and nobody has said that its members are the rows. */
static enum exit_code ask_for_root(const struct records *records, const char *name)
{
    shoji_buffer pointer = SHOJI_BUFFER_INIT;
    enum exit_code code = EXIT_USAGE;
    if (append_token(&pointer, name) != SHOJI_OK)
        code = failure_memory();
    else
        failure(
            code,
            "%s holds an object, not an array; say which of its members holds the rows, "
            "as --root '%s'",
            records->source->input->name, pointer.bytes);
    shoji_buffer_finish(&pointer);
    return code;
}

/* A shoji_reader_callback. */
static shoji_status on_member(void *context, const shoji_member *member)
{
    struct records *records = context;
    if (member->name != NULL && records->source->root == NULL) {
        records->code = ask_for_root(records, member->name);
        return SHOJI_STOPPED;
    }
    return records_give(records, member->name, member->name_length, member->value);
}

static enum exit_code json_open(void **reader, struct records *records)
{
    const char *root = records->source->root != NULL ? records->source->root : "";
    struct json_reader *json = calloc(1, sizeof *json);
    if (json == NULL)
        return failure_memory();
    json->records = records;
    shoji_status status = shoji_reader_new(&json->reader, root, NULL, on_member, records);
    if (status == SHOJI_OK) {
        *reader = json;
        return EXIT_DONE;
    }
    free(json);
    if (status == SHOJI_USAGE)
        return failure(EXIT_USAGE, "--root '%s' is no JSON Pointer; one looks like /rows",
                       root);
    return failure_memory();
}

static enum exit_code json_feed(void *reader, const char *text, size_t length)
{
    struct json_reader *json = reader;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_reader_feed(json->reader, text, length, &error);
    return status == SHOJI_OK ? EXIT_DONE
                              : records_failure(json->records, status, &error);
}

static enum exit_code json_end(void *reader)
{
    struct json_reader *json = reader;
    const struct records_source *source = json->records->source;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_reader_end(json->reader, &error);
    switch (status) {
    case SHOJI_OK:
        return EXIT_DONE;
    case SHOJI_NOT_FOUND:
        return failure(EXIT_INVALID, "%s has nothing at %s", source->input->name,
                       source->root);
    default:
        return records_failure(json->records, status, &error);
    }
}

static void json_close(void *reader)
{
    struct json_reader *json = reader;
    shoji_reader_free(json->reader);
    free(json);
}

const struct records_reader records_json = {json_open, json_feed, json_end, json_close};

/* NDJSON: a text a line. */

struct line_reader {
    struct records *records;
    shoji_buffer line; /* as much of it as has been met */
    size_t number;     /* of the line, from 1 */
};

static enum exit_code lines_open(void **reader, struct records *records)
{
    struct line_reader *lines = calloc(1, sizeof *lines);
    if (lines == NULL)
        return failure_memory();
    lines->records = records;
    lines->line.maximum = LINE_MAXIMUM;
    lines->number = 1;
    *reader = lines;
    return EXIT_DONE;
}

static enum exit_code give_line(struct line_reader *lines)
{
    const char *text = lines->line.bytes;
    size_t length = lines->line.length;
    if (length == 0 || strspn(text, " \t\r") == length)
        return EXIT_DONE;
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, text, length, NULL, &error);
    if (status == SHOJI_OK)
        status = records_give(lines->records, NULL, 0, shoji_tree_root(tree));
    else if (error.line != 0)
        error.line += lines->number - 1;
    shoji_tree_free(tree);
    return status == SHOJI_OK ? EXIT_DONE
                              : records_failure(lines->records, status, &error);
}

static enum exit_code append(struct line_reader *lines, const char *text, size_t length)
{
    switch (shoji_buffer_append(&lines->line, text, length)) {
    case SHOJI_OK:
        return EXIT_DONE;
    case SHOJI_LIMIT:
        return failure(EXIT_INCOMPLETE, "%s:%zu: the line is longer than 16 MiB",
                       lines->records->source->input->name, lines->number);
    default:
        return failure_memory();
    }
}

static enum exit_code lines_feed(void *reader, const char *text, size_t length)
{
    struct line_reader *lines = reader;
    while (length != 0) {
        const char *end = memchr(text, '\n', length);
        size_t size = end != NULL ? (size_t)(end - text) : length;
        enum exit_code code = append(lines, text, size);
        if (code != EXIT_DONE || end == NULL)
            return code;
        code = give_line(lines);
        if (code != EXIT_DONE)
            return code;
        shoji_buffer_clear(&lines->line);
        lines->number++;
        text += size + 1;
        length -= size + 1;
    }
    return EXIT_DONE;
}

static enum exit_code lines_end(void *reader)
{
    return give_line(reader);
}

static void lines_close(void *reader)
{
    struct line_reader *lines = reader;
    shoji_buffer_finish(&lines->line);
    free(lines);
}

const struct records_reader records_ndjson = {lines_open, lines_feed, lines_end,
                                              lines_close};
