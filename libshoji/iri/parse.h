/* Parsing of IRI references into their parts, and what the IRI functions share. */
#ifndef SHOJI_IRI_PARSE_H
#define SHOJI_IRI_PARSE_H

#include <shoji/iri.h>

#include "base/buffer.h"

#include <stdbool.h>

/*
 * Parses a NUL-terminated reference. `what` is what the text is to the caller, for the
 * message of a failure: "base", "reference", "IRI". Fails as shoji_iri_check does.
 */
shoji_status shoji__iri_parse(shoji_iri_parts *parts, const char *text, const char *what,
                              shoji_error *error);

/* The same, for a text that must have a scheme. */
shoji_status shoji__iri_parse_absolute(shoji_iri_parts *parts, const char *text,
                                       const char *what, shoji_error *error);

/*
 * Whether a text begins with a scheme: then it is absolute, or no IRI reference at all.
 * Unlike shoji_iri_is_absolute it needs no memory, so that there is none to be short.
 */
bool shoji__iri_has_scheme(const char *text);

/* As shoji_iri_same, and SHOJI_NO_MEMORY where that cannot be told. */
shoji_status shoji__iri_same(bool *same, const char *one, const char *other);

static inline struct shoji__slice shoji__part_slice(shoji_iri_part part)
{
    return shoji__slice(part.bytes, part.length);
}

/* An empty buffer of at most SHOJI_IRI_MAXIMUM bytes, in which a result is built aside.
 */
shoji_buffer shoji__iri_work(void);

/*
 * Ends a function: where `status` is SHOJI_OK and the maximum of the result allows it,
 * moves the work into the result; otherwise reports what went wrong with the buffer.
 * Frees what is left of the work either way.
 */
shoji_status shoji__iri_deliver(shoji_buffer *result, shoji_buffer *work,
                                shoji_status status, shoji_error *error);

/*
 * Appends a path without its dot segments (RFC 3986, section 5.2.4). Where no authority
 * precedes it and it would begin with two slashes, which would make an authority of it,
 * "/." is put before it.
 */
shoji_status shoji__iri_append_path(shoji_buffer *buffer, struct shoji__slice path,
                                    bool has_authority);

#endif
