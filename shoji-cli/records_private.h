/* The three formats behind records.h. */
#ifndef SHOJI_CLI_RECORDS_PRIVATE_H
#define SHOJI_CLI_RECORDS_PRIVATE_H

#include "records.h"

#include <stdbool.h>
#include <stddef.h>

/* What the reader of each format works for. */
struct records {
    const struct records_source *source;
    size_t rows;         /* that have been given */
    enum exit_code code; /* why the callback stopped the reading */
};

/* Gives one row to the callback: SHOJI_OK, or SHOJI_STOPPED with the reason in `code`.
 * A value that is no object is refused. */
shoji_status records_give(struct records *records, const char *name, size_t name_length,
                          shoji_value value);

/* Reports a failure of a format's own reader, but for SHOJI_STOPPED, of which the reason
 * has been reported. */
enum exit_code records_failure(const struct records *records, shoji_status status,
                               const shoji_error *error);

/* A reader of a format: fed with pieces, then ended. */
struct records_reader {
    enum exit_code (*open)(void **reader, struct records *records);
    enum exit_code (*feed)(void *reader, const char *text, size_t length);
    enum exit_code (*end)(void *reader);
    void (*close)(void *reader);
};

extern const struct records_reader records_json;
extern const struct records_reader records_ndjson;
extern const struct records_reader records_csv;

#endif
