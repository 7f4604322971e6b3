/* Rows on their way to a catalog: gathered into a catalog document of which the server
 * takes all members or none. */
#ifndef SHOJI_CLI_IMPORT_BATCH_H
#define SHOJI_CLI_IMPORT_BATCH_H

#include "names.h"

#include <shoji/buffer.h>
#include <shoji/value.h>
#include <shoji/writer.h>

#include <stdbool.h>
#include <stddef.h>

struct import_batch {
    shoji_buffer text;
    shoji_writer *writer; /* into `text` */
    struct names names;   /* of the members */
    size_t rows;
    size_t first; /* the number of its first row */
    size_t last;
};

/* SHOJI_NO_MEMORY. */
shoji_status import_batch_init(struct import_batch *batch);
void import_batch_finish(struct import_batch *batch);

/* Whether there is a member of that name, which is a path segment. */
bool import_batch_has(const struct import_batch *batch, const char *segment);

/* Adds a row as a member that the batch does not have. SHOJI_NO_MEMORY. */
shoji_status import_batch_add(struct import_batch *batch, const char *segment,
                              shoji_value tuple, size_t number);

/* Completes `text`. SHOJI_NO_MEMORY. */
shoji_status import_batch_close(struct import_batch *batch);

/* Empties the batch for the next rows. */
void import_batch_clear(struct import_batch *batch);

#endif
