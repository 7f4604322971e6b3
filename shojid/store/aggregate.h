/*
 * The computing of a projection (spec/shoji.md, "Views and orders"), one entity after
 * another, for every kind of store. What it keeps is bounded: not the entities, but the
 * different values and groups that they come to.
 */
#ifndef SHOJID_STORE_AGGREGATE_H
#define SHOJID_STORE_AGGREGATE_H

#include "store/store.h"

struct aggregation;

enum {
    STORE_GROUPS_MAXIMUM = 10000,             /* values of `by` */
    STORE_DISTINCT_MAXIMUM = 1000000,         /* different values, in all groups */
    STORE_COMPUTED_MAXIMUM = 64 * 1024 * 1024 /* bytes that are kept */
};

/*
 * Begins a computation. What needs not be kept, such as the values of an attribute
 * without groups, goes into the writer as it comes.
 *
 * aggregation  receives it, to be freed with aggregation_free.
 * projection   lent, as is the writer, until then.
 *
 * SHOJI_NO_MEMORY.
 */
shoji_status aggregation_begin(struct aggregation **aggregation,
                               const struct store_projection *projection,
                               shoji_writer *writer);

/*
 * Adds an entity, by its text. SHOJI_INVALID, with STORE_BROKEN: it is no document.
 * SHOJI_RANGE with STORE_TOO_MUCH: it comes to more than the limits above, or than the
 * writer takes. SHOJI_NO_MEMORY, or another status of the writer.
 */
shoji_status aggregation_add(struct aggregation *aggregation, const char *text,
                             size_t length, shoji_error *error);

/* Adds an entity, by its body; as above, but for the text. */
shoji_status aggregation_add_body(struct aggregation *aggregation, shoji_value body,
                                  shoji_error *error);

/* Writes the result. SHOJI_NO_MEMORY, or the status of the writer. */
shoji_status aggregation_end(struct aggregation *aggregation, shoji_error *error);

/* Fills an error for a status of what computes, or of the writer: where a limit has been
 * passed, SHOJI_RANGE with STORE_TOO_MUCH. Returns its status. */
shoji_status aggregation_fail(shoji_error *error, shoji_status status);

void aggregation_free(struct aggregation *aggregation);

#endif
