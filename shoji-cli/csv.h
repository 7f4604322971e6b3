/*
 * A streaming reader of comma-separated values (RFC 4180): fed in pieces of any size, it
 * holds one row. Line breaks, commas and quotes may be in quoted fields; rows end with a
 * line feed, with or without a carriage return; a byte order mark at the beginning and
 * empty lines are passed over. The text must be UTF-8.
 */
#ifndef SHOJI_CLI_CSV_H
#define SHOJI_CLI_CSV_H

#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    CSV_FIELDS_MAXIMUM = 4096, /* of one row */
    CSV_ROW_MAXIMUM = 16 << 20 /* bytes of one row's fields */
};

struct csv;

struct csv_field {
    const char *bytes; /* NUL-terminated, and no NUL within */
    size_t length;
    bool is_quoted;
};

/* Receives a row and the line on which it begins; lent until the callback returns. A
 * status other than SHOJI_OK stops the reader, which then returns it. */
typedef shoji_status (*csv_callback)(void *context, const struct csv_field fields[],
                                     size_t count, size_t line);

/* SHOJI_NO_MEMORY. */
shoji_status csv_new(struct csv **csv, csv_callback callback, void *context);
void csv_free(struct csv *csv);

/* Reads a piece. SHOJI_SYNTAX, with line and column; SHOJI_LIMIT; SHOJI_NO_MEMORY; what
 * the callback returned. Errors stick. */
shoji_status csv_feed(struct csv *csv, const char *text, size_t length,
                      shoji_error *error);

/* Ends the text, and gives the last row if no line feed has ended it. */
shoji_status csv_end(struct csv *csv, shoji_error *error);

#endif
