/* What the methods that write have in common. */
#ifndef SHOJID_SERVICE_WRITE_H
#define SHOJID_SERVICE_WRITE_H

#include "service/visit.h"

enum {
    WRITE_MEMBERS_MAXIMUM = 100000 /* entities that one request creates or changes */
};

/* The code of an error: a rule keeps the visitor from one of the writes. */
#define WRITE_FORBIDDEN "access.forbidden"

/*
 * Commits some writes: all or nothing. The snapshot is closed first, since it would show
 * what was there before.
 *
 * slate  goes into the same commit; NULL for none.
 *
 * SHOJI_USAGE with WRITE_FORBIDDEN: the visitor may not write to
 * one of the paths, which can be below that of the request. As the store's commit.
 */
shoji_status write_commit(struct visit *visit, const struct store_write *writes,
                          size_t count, const struct store_slate_write *slate,
                          struct store_result *result, shoji_error *error);

/*
 * One attempt to write what depends on what is stored: it reads, decides, commits and
 * answers. SHOJI_STOPPED: it has answered with a refusal. Any other failure is that of
 * the commit, and has not been answered.
 */
typedef shoji_status (*write_attempt)(struct visit *visit, const void *context,
                                      shoji_error *error);

/* Tries until no other write comes between, unless the client has set a condition; and
 * answers what fails. Attempts after the first take turns with those of others to the
 * same path, until write_answer. */
void write_try(struct visit *visit, write_attempt attempt, const void *context);

/* Whether the request is a write that nothing limits, and the server wants a condition
 * for each that changes what is there; and the answer to it, 428. */
bool write_is_blind(const struct visit *visit);
void write_refuse_blind(struct visit *visit, const struct store_document *document);

/*
 * Evaluates the request's conditions for a document as it is, or NULL where there is
 * none. Returns whether they hold; otherwise 412 or 428 has been answered.
 */
bool write_conditions_hold(struct visit *visit, const struct store_document *document);

/* Whether the request has a query, by which nothing is written; 405 has been answered. */
bool write_refuses_query(struct visit *visit);

/* Answers an error of a commit's. */
void write_problem(struct visit *visit, const shoji_error *error);

/* Ends the turn that an attempt was made in, if it was: before an answer is rendered, for
 * which nobody should wait. */
void write_end_turn(struct visit *visit);

/*
 * Answers a write that has been committed: with the ETag that the document at a canonical
 * path has by that revision, with Location where it is new, and as the client prefers.
 */
void write_answer(struct visit *visit, const char *path, uint64_t revision, bool created);

#endif
