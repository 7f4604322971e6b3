/* The names of new entities: the last segments of their paths. */
#ifndef SHOJID_SERVICE_NAMES_H
#define SHOJID_SERVICE_NAMES_H

#include <shoji/shoji.h>

#include <stdbool.h>

enum {
    NAMES_ID_SIZE = 20 /* with its NUL */
};

/*
 * Makes an identifier: 9 characters of the time, by which they sort in the order of their
 * making, and 10 that nobody can guess.
 * SHOJI_UNREACHABLE: the system gives no random bytes.
 */
shoji_status names_make_id(char id[NAMES_ID_SIZE]);

/*
 * Appends the segment that a Slug header (RFC 5023, section 9.7) asks for,
 * percent-encoded. SHOJI_NO_MATCH: it asks for nothing that a segment could be.
 * SHOJI_NO_MEMORY.
 */
shoji_status names_append_slug(shoji_buffer *segment, const char *slug);

/*
 * Appends the segment that a name of an `index` is: one segment, with or without a slash
 * at its end. SHOJI_NO_MATCH: it is anything else. SHOJI_NO_MEMORY.
 */
shoji_status names_append_key(shoji_buffer *segment, const char *key);

#endif
