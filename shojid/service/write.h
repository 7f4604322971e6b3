/* What the methods that write have in common. */
#ifndef SHOJID_SERVICE_WRITE_H
#define SHOJID_SERVICE_WRITE_H

#include "service/visit.h"

enum {
    /* How often a write that depends on what is stored is tried anew, where another one
     * has come between reading and committing. */
    WRITE_ATTEMPTS = 100
};

/*
 * Commits some writes: all or nothing. The snapshot is closed first, since it would show
 * what was there before.
 */
shoji_status write_commit(struct visit *visit, const struct store_write *writes,
                          size_t count, struct store_result *result, shoji_error *error);

/*
 * Evaluates the request's conditions for a document as it is, or NULL where there is
 * none. Returns whether they hold; otherwise 412 has been answered.
 */
bool write_conditions_hold(struct visit *visit, const struct store_document *document);

/* Whether a commit has failed only because another one came first, and the client has not
 * said that it minds. */
bool write_is_overtaken(const struct visit *visit, shoji_status status,
                        const shoji_error *error);

/* Answers an error of a commit's. */
void write_problem(struct visit *visit, const shoji_error *error);

/* Sets the fields of an answer to a write: ETag and, for what is new, Location. */
void write_set_fields(struct visit *visit, const char *path, uint64_t revision,
                      bool created);

#endif
