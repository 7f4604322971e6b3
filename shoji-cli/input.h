/*
 * What a command reads: a file, or standard input where "-" is written, and nowhere else.
 * Every failure has been reported when these return.
 */
#ifndef SHOJI_CLI_INPUT_H
#define SHOJI_CLI_INPUT_H

#include "failure.h"

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>

struct input {
    const char *name; /* as it was written */
    int descriptor;
    size_t size; /* in bytes; 0 where it is not known */
    size_t read; /* bytes that have been read */
};

/* Opens a file or, for "-", standard input. */
enum exit_code input_open(struct input *input, const char *name);

/* Reads the next piece; its length is 0 at the end. */
enum exit_code input_read(struct input *input, char *bytes, size_t capacity,
                          size_t *length);

void input_close(struct input *input);

/*
 * Reads all of it into a buffer, which is cleared first. Stops one byte past `maximum`:
 * whoever reads the text then finds it too long.
 */
enum exit_code input_load(shoji_buffer *text, const char *name, size_t maximum);

#endif
