/*
 * Who sent a request, and what they may do (spec/shoji.md, "Access").
 *
 * Whether something is there is not told to whoever may not read it: what they may do is
 * decided by the path alone, before the store is asked.
 */
#ifndef SHOJID_SERVICE_ACCESS_H
#define SHOJID_SERVICE_ACCESS_H

#include "service/visit.h"

/* Each of these returns whether the request can go on; otherwise it has been answered. */

/* Counts the request for its address: 429 where there are too many. */
bool access_count(struct visit *visit);

/* Finds out who sent the request, by its Authorization: 401 where that is no token that
 * counts, 429 where there are too many requests with it. */
bool access_begin(struct visit *visit);

/* 401 where a token could help the visitor to read, or to write, what is at the request's
 * path; 403 where none that they have does. */
bool access_require_read(struct visit *visit);
bool access_require_write(struct visit *visit);

/* The same for reading what is at another path, from which the answer is made. */
bool access_require_source(struct visit *visit, const char *path);

/* Whether the visitor may read, and write, what is at a canonical path. Whoever may not
 * read something may not write it. */
bool access_may_read(const struct visit *visit, const char *path);
bool access_may_write(const struct visit *visit, const char *path);

/* Whether nobody may write at all, since the server or the store is read-only. */
bool access_is_read_only(const struct visit *visit);

/* A number that stands for what is kept from the visitor directly below a path; 0 where
 * nothing is. */
uint64_t access_view(const struct visit *visit, const char *path);

/* The path of the next thing directly below a path that is kept from the visitor, be it
 * there or not; NULL after the last. `at` begins with 0. */
const char *access_next_hidden(const struct visit *visit, const char *path, size_t *at);

/* Whether everybody gets the same answer from a path, so that a shared cache may keep
 * it. */
bool access_is_shared(const struct visit *visit, const char *path);

#endif
