/* JSON that is printed for programs, a text a line. */
#ifndef SHOJI_CLI_JSON_H
#define SHOJI_CLI_JSON_H

#include "output.h"

#include <shoji/buffer.h>
#include <shoji/writer.h>

#include <stddef.h>

/* A line that is being written, through `writer`. */
struct json_line {
    shoji_buffer text;
    shoji_writer *writer;
};

/* SHOJI_NO_MEMORY. Either way json_line_finish may be called. */
shoji_status json_line_init(struct json_line *line);
void json_line_finish(struct json_line *line);

/* Prints the value that has been written; the line is then empty, and can be written
 * anew. SHOJI_NO_MEMORY. */
shoji_status json_line_print(struct json_line *line, struct output *output);

/* Writes a member of an object. Text that is not UTF-8 has the bytes that are not
 * escaped. Errors stick, and are those of json_line_print. */
void json_member_text(shoji_writer *writer, const char *name, const char *text);
void json_member_size(shoji_writer *writer, const char *name, size_t number);

#endif
