/*
 * What a session may tell to whom. An origin (scheme, host and port) is the unit of
 * trust: what was given for one is never sent to another.
 */
#ifndef SHOJI_CLIENT_CREDENTIALS_H
#define SHOJI_CLIENT_CREDENTIALS_H

#include <shoji/buffer.h>
#include <shoji/error.h>

#include <stdbool.h>

/* A user and a password, as they stood before the host of an IRI. */
struct shoji__login {
    char *origin; /* owned, as are the others; NULL for no login */
    char *user;
    char *password;
};

void shoji__login_finish(struct shoji__login *login);

/*
 * The origin of an absolute IRI in a form that can be compared: "https://host:port", the
 * port only where it is not the scheme's own; for a scheme without hosts, "urn:".
 * Unlike shoji_iri_same_origin this tells a short memory from a difference.
 * Fails as shoji_iri_normalize does.
 */
shoji_status shoji__origin_of(shoji_buffer *origin, const char *iri, shoji_error *error);

/*
 * Where a request goes: the IRI without its fragment and without user information, which
 * goes into `login` (bound to its origin, in place of what was there) where `login` is
 * not NULL: it is for an IRI of the caller's own, and NULL for one of a server's.
 *
 * iri  an absolute IRI. Receives what it is without these parts.
 *
 * "client.scheme" is neither http nor https: SHOJI_USAGE, or SHOJI_INVALID where `login`
 * is NULL. SHOJI_SYNTAX: no host. SHOJI_INVALID: there is user information and `login` is
 * NULL: a server has no say in who we are.
 */
shoji_status shoji__destination(shoji_buffer *iri, struct shoji__login *login,
                                shoji_error *error);

#endif
