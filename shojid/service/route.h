/*
 * What a request's target names: its path in canonical form (spec/shoji.md, "Paths"), and
 * its query, taken apart into what pages it and what is left for the templates.
 */
#ifndef SHOJID_SERVICE_ROUTE_H
#define SHOJID_SERVICE_ROUTE_H

#include <shoji/shoji.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes the canonical path of a target's: every segment decoded and encoded again, with a
 * slash at the end. The buffer is cleared first.
 *
 * SHOJI_SYNTAX: what no path of a document can be, such as a dot segment, an empty
 * segment, an encoded slash or NUL, or percent-encoding that is malformed or not UTF-8;
 * the message says which. SHOJI_NO_MEMORY.
 */
shoji_status route_canonical(shoji_buffer *canonical, const char *path,
                             shoji_error *error);

/* Whether a canonical path is one of the server's own, which begin with "/-/". */
bool route_is_reserved(const char *canonical);

/* The beginning of a canonical path that is its parent's, by its length; 0 for the root.
 */
size_t route_parent(const char *canonical, size_t length);

/* Appends the last segment of a canonical path, decoded. Fails as the buffer does. */
shoji_status route_append_name(shoji_buffer *name, const char *canonical, size_t length);

/* Which members of a catalog a request asks for. */
struct route_page {
    size_t limit;     /* at most so many; the server's page size where none was given */
    uint64_t after;   /* those with a greater sequence number */
    bool limit_given; /* in the query */
    bool after_given;
};

/*
 * Takes `limit` and `after` out of a query.
 *
 * page   receives what they say.
 * rest   receives the other parameters, as they were sent, joined by "&"; cleared first.
 * query  NULL for none.
 *
 * SHOJI_SYNTAX: a limit that is not from 1 to the page size, an `after` that is no
 * number, or one of them twice; or a parameter that is no text. The message says what is
 * allowed. SHOJI_NO_MEMORY.
 */
shoji_status route_query(struct route_page *page, shoji_buffer *rest, const char *query,
                         size_t page_size, shoji_error *error);

#endif
