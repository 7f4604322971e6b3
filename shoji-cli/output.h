/*
 * Standard output, which is data: exact bytes to a pipe or a file; to a person's terminal
 * layout, colour, and nothing that a server could command the terminal with.
 *
 * Errors stick, and are reported once, by output_close.
 */
#ifndef SHOJI_CLI_OUTPUT_H
#define SHOJI_CLI_OUTPUT_H

#include "failure.h"

#include <shoji/buffer.h>
#include <shoji/value.h>
#include <shoji/writer.h>

#include <stdbool.h>
#include <stddef.h>

enum colour_mode {
    COLOUR_AUTO,
    COLOUR_ALWAYS,
    COLOUR_NEVER
};

enum style {
    STYLE_PLAIN,
    STYLE_HEADING,
    STYLE_NAME,
    STYLE_STRING,
    STYLE_NUMBER,
    STYLE_WORD, /* true, false, null */
    STYLE_DIM
};

struct output {
    bool people; /* a person reads it: a terminal, or colour was asked for */
    bool colour;
    bool unicode; /* the locale's characters are UTF-8 */
    int error;    /* errno of the first write that failed; 0 for none */
};

/* Looks at what standard output is, and at NO_COLOR and TERM. */
void output_open(struct output *output, enum colour_mode mode);

/* Writes what is left. Fails, with a message, where anything was not written. */
enum exit_code output_close(struct output *output);

/* Exact bytes, whoever reads them. */
void output_bytes(struct output *output, const char *bytes, size_t length);

/* Text of our own; it needs no care. */
void output_string(struct output *output, const char *string);

void output_spaces(struct output *output, size_t count);

/* What is written in between has a style. */
void output_begin_style(struct output *output, enum style style);
void output_end_style(struct output *output);

/* Somebody else's text: made harmless for people, else exact. */
void output_text(struct output *output, const char *text, enum style style);

/* The same within a line that must stay one: made harmless whoever reads it. */
void output_line_text(struct output *output, const char *text, enum style style);

/* The same as a field between tabs: made harmless for people, else escaped as
 * TEXT_FIELD says. */
void output_field(struct output *output, const char *bytes, size_t length);

/* A buffer that holds one JSON text without line breaks, as a line; for people
 * coloured. */
void output_json_line(struct output *output, const shoji_buffer *json);

/* A value as JSON: indented and coloured for people, else compact; with a line feed. */
enum exit_code output_value(struct output *output, shoji_value value);

/* A body as it came; for people JSON is laid out, and other text made harmless. */
enum exit_code output_body(struct output *output, const char *bytes, size_t length);

/* How many columns there are: of the terminal, of $COLUMNS, or 80. */
size_t output_columns(void);

#endif
