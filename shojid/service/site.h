/*
 * Where this server stands on the web: the base under which its paths are IRIs, and the
 * way from a reference in a stored document to an absolute IRI and back (spec/shoji.md,
 * "Links").
 */
#ifndef SHOJID_SERVICE_SITE_H
#define SHOJID_SERVICE_SITE_H

#include <shoji/shoji.h>

#include <stdbool.h>

/* The origin "https://example.org", and the prefix "/api" that stands before every path;
 * empty for none. Begin with SITE_INIT. */
struct site {
    shoji_buffer origin;
    shoji_buffer prefix;
    bool relative; /* references are written relative rather than absolute */
};

#define SITE_INIT                                                                        \
    {                                                                                    \
        SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT, false                                      \
    }

void site_finish(struct site *site);

/*
 * Sets a site from a configured base: an absolute http or https IRI without query and
 * fragment, its path with or without a slash at the end.
 * SHOJI_USAGE: it is none; the message says why. SHOJI_NO_MEMORY.
 */
shoji_status site_set_base(struct site *site, const char *base_iri, shoji_error *error);

/*
 * Sets a site from what a request says.
 * SHOJI_SYNTAX: `host` is no valid authority, or NULL. SHOJI_NO_MEMORY.
 */
shoji_status site_set_host(struct site *site, bool secure, const char *host,
                           shoji_error *error);

/* Whether a valid Host names this machine alone: localhost, 127.0.0.0/8 or [::1], with or
 * without a port. */
bool site_host_is_loopback(const char *host);

/* Appends the absolute IRI of a path, or of a path and query. Fails as the buffer does.
 */
shoji_status site_append_iri(shoji_buffer *iri, const struct site *site,
                             const char *path);

/* Appends what a document's `self` is: as above, or by path alone where the site's
 * references are relative. */
shoji_status site_append_self(shoji_buffer *self, const struct site *site,
                              const char *path);

/*
 * Appends a reference or template of the document at a canonical path as it goes out:
 * absolute, a template with its base put before it. What is no IRI reference stays as it
 * is; so does everything where the site's references are relative.
 * Fails as the buffer does.
 */
shoji_status site_append_outward(shoji_buffer *reference, const struct site *site,
                                 const char *path, const char *stored);

/*
 * The inverse: appends a reference as it is stored, so that it does not depend on the
 * base. What leads into this site is written relative to `path`; all else as it is.
 */
shoji_status site_append_inward(shoji_buffer *stored, const struct site *site,
                                const char *path, const char *reference);

/*
 * Appends the canonical path to which a stored reference of the document at `path` leads.
 * SHOJI_NO_MATCH: it leads out of this site, is a template, has a query, or names nothing
 * that could be stored. SHOJI_NO_MEMORY.
 */
shoji_status site_append_target(shoji_buffer *target, const struct site *site,
                                const char *path, const char *stored);

#endif
