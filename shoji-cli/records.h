/*
 * The rows of a file, one at a time: a JSON array (or an object, of rows by name),
 * NDJSON, or CSV. However long the file, one row of it is held. Every failure has been
 * reported when these return.
 */
#ifndef SHOJI_CLI_RECORDS_H
#define SHOJI_CLI_RECORDS_H

#include "failure.h"
#include "input.h"

#include <shoji/value.h>

#include <stddef.h>

enum records_format {
    RECORDS_AUTO, /* by the file's name, else by its first character */
    RECORDS_JSON,
    RECORDS_NDJSON,
    RECORDS_CSV
};

struct record {
    size_t number;    /* from 1 */
    const char *name; /* in an object of rows; else NULL */
    size_t name_length;
    shoji_value tuple; /* an object */
};

/* Receives a row; it is lent until the callback returns. A code other than EXIT_DONE,
 * whose cause has been reported, ends the reading with that code. */
typedef enum exit_code (*records_callback)(void *context, const struct record *record);

struct records_source {
    struct input *input;
    enum records_format format;
    const char *root; /* JSON Pointer of the rows in a JSON text; NULL for its root */
    records_callback callback;
    void *context;
};

/* Reads all rows. In CSV the first row has the names; an empty field is no attribute, but
 * one of two quotes ("") is an empty text. */
enum exit_code records_read(const struct records_source *source);

#endif
