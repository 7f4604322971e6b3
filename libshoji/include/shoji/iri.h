/*
 * IRIs (RFC 3987): resolution of references, normalization, and the way to the wire.
 *
 * All functions take and give NUL-terminated UTF-8. Results go into a shoji_buffer of the
 * caller's, which is cleared first, and is left as it was on failure. No argument may
 * point into that buffer.
 *
 * Every function here is a pure function: any number of threads may call it at once.
 */
#ifndef SHOJI_IRI_H
#define SHOJI_IRI_H

#include <shoji/buffer.h>
#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

/* The longest IRI, reference or template that any function takes, in bytes. */
enum {
    SHOJI_IRI_MAXIMUM = 65536
};

/*
 * How relative-path references are resolved where the path of the base does not end in a
 * slash (spec/shoji.md, "Two base rules").
 */
typedef enum shoji_base_rule {
    SHOJI_BASE_AUTO = 0,    /* what the document says: see shoji_document_base_rule;
                               without a document, RFC 3986 */
    SHOJI_BASE_RFC3986 = 1, /* to the letter: the last segment of the base is replaced */
    SHOJI_BASE_BELOW = 2    /* as if the path of the base ended in a slash */
} shoji_base_rule;

/*
 * Resolves a reference against a base: RFC 3986, section 5.2, strict, on IRIs.
 *
 * iri        receives the IRI. Characters keep their spelling: nothing is normalized but
 *            dot segments.
 * base       an absolute IRI, with or without a fragment; or NULL, and then the reference
 *            must be absolute itself.
 * reference  an IRI reference; "" is the base itself, without its fragment.
 * rule       SHOJI_BASE_BELOW changes the resolution of references that have a path that
 *            is not empty and does not begin with a slash, and of no others.
 *
 * SHOJI_SYNTAX: base or reference is no IRI reference, or the base is not absolute; the
 * error says which and has the offset. SHOJI_LIMIT: longer than SHOJI_IRI_MAXIMUM.
 * SHOJI_NO_MEMORY.
 */
shoji_status shoji_iri_resolve(shoji_buffer *iri, const char *base, const char *reference,
                               shoji_base_rule rule, shoji_error *error);

/*
 * Checks that a text is an IRI reference (absolute or relative): RFC 3987, section 2.2,
 * and 4.1, which keeps out the characters that turn the direction of writing. Fails as
 * shoji_iri_resolve does.
 */
shoji_status shoji_iri_check(const char *reference, shoji_error *error);

/* Whether a reference has a scheme. false also for what is no IRI reference, or where
 * memory is short. */
bool shoji_iri_is_absolute(const char *reference);

/*
 * The parts of an IRI reference, each lent from the text that was split. A part that is
 * not there has bytes NULL; one that is there and empty has length 0 (the path is always
 * there). An IP literal's brackets belong to the host.
 */
typedef struct shoji_iri_part {
    const char *bytes; /* not NUL-terminated */
    size_t length;
} shoji_iri_part;

typedef struct shoji_iri_parts {
    shoji_iri_part scheme;    /* without ':' */
    shoji_iri_part authority; /* without "//" */
    shoji_iri_part user_info; /* without '@' */
    shoji_iri_part host;
    shoji_iri_part port; /* without ':' */
    shoji_iri_part path;
    shoji_iri_part query;    /* without '?' */
    shoji_iri_part fragment; /* without '#' */
} shoji_iri_parts;

/* Splits a reference. Fails as shoji_iri_check does. */
shoji_status shoji_iri_split(shoji_iri_parts *parts, const char *reference,
                             shoji_error *error);

/*
 * The normal form by which two IRIs are compared: scheme and host lower-case (ASCII
 * letters alone: RFC 3987, section 5.3.2.1), default port (http 80, https 443), empty
 * port and leading zeros of a port dropped, dot segments removed, percent-encoding in
 * upper case and decoded where it hides an unreserved character or well-formed UTF-8 that
 * an IRI can hold, an empty path of http and https as "/", the fragment dropped. `iri`
 * must be absolute. Fails as shoji_iri_resolve does.
 */
shoji_status shoji_iri_normalize(shoji_buffer *normal, const char *iri,
                                 shoji_error *error);

/*
 * Whether two absolute IRIs name the same resource: their normal forms are equal. A host
 * and what IDNA makes of it are not: where that matters, compare what shoji_iri_to_uri
 * gives. false also where one is no absolute IRI or memory is short.
 */
bool shoji_iri_same(const char *one, const char *other);

/*
 * Whether two absolute IRIs have the same origin: scheme, host and port, after
 * normalization. false also where one is no absolute IRI or has no authority, or memory
 * is short.
 */
bool shoji_iri_same_origin(const char *one, const char *other);

/*
 * The URI that goes on the wire: RFC 3987, section 3.1. Non-ASCII characters are
 * percent-encoded as UTF-8; a host with non-ASCII characters, percent-encoded or not,
 * goes through IDNA (the library must have been built with libidn2: otherwise such a host
 * is SHOJI_INVALID). What is ASCII stays as it is, percent-encoding and "xn--" included,
 * and so does the fragment. `iri` may be relative. Fails as shoji_iri_resolve does;
 * SHOJI_INVALID: the host is no domain name.
 */
shoji_status shoji_iri_to_uri(shoji_buffer *uri, const char *iri, shoji_error *error);

/*
 * The IRI that people read: RFC 3987, section 3.2. Percent-encoded unreserved characters,
 * and UTF-8, become characters where an IRI may hold them as they are; everything else
 * stays, as do the labels of IDNA ("xn--...") and a host whose percent-encoding is not
 * all UTF-8. `uri` may be relative. Fails as shoji_iri_resolve does.
 */
shoji_status shoji_iri_from_uri(shoji_buffer *iri, const char *uri, shoji_error *error);

/*
 * A short relative reference that leads from one absolute IRI to another: the fragment or
 * the query alone where the path is the same, else the path from the directory of `from`
 * or from the root, whichever is shorter. It is the target itself, as it is spelt, where
 * scheme and authority are not the same text, or where nothing shorter leads there.
 * Resolving the result against `from` gives `to` again, without its dot segments: by both
 * base rules where the path of `from` ends in a slash, else by RFC 3986. Fails as
 * shoji_iri_resolve does.
 */
shoji_status shoji_iri_relativize(shoji_buffer *reference, const char *from,
                                  const char *to, shoji_error *error);

/*
 * Appends text as one path segment: everything but RFC 3986's unreserved characters is
 * percent-encoded ("." and ".." as %2E and %2E%2E, since they would be dot segments).
 * Unlike the others, this and the next append to the buffer.
 * SHOJI_NO_MEMORY; SHOJI_LIMIT: longer than the buffer's maximum.
 */
shoji_status shoji_iri_append_segment(shoji_buffer *buffer, const char *text,
                                      size_t length);

/*
 * Appends text with its percent-encoding decoded; a '%' without two hexadecimal digits
 * stays as it is. The result may be any bytes: check it for UTF-8 and NUL where that
 * matters. SHOJI_NO_MEMORY; SHOJI_LIMIT: longer than the buffer's maximum.
 */
shoji_status shoji_iri_append_decoded(shoji_buffer *buffer, const char *text,
                                      size_t length);

SHOJI_END_DECLARATIONS

#endif
