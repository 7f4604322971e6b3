/* The links of a document on their way out of the store or into it: the members of a
 * document that hold references, written with each reference converted. */
#ifndef SHOJID_SERVICE_LINKS_H
#define SHOJID_SERVICE_LINKS_H

#include "service/site.h"

#include <shoji/shoji.h>

#include <stdbool.h>

/* site_append_outward or site_append_inward. */
typedef shoji_status (*links_conversion)(shoji_buffer *converted, const struct site *site,
                                         const char *path, const char *reference);

struct links {
    const struct site *site;
    const char *path; /* canonical: of the document that the links stand in */
    links_conversion convert;
    shoji_buffer scratch; /* finished by whoever made it */
    shoji_status status;  /* the first failure; sticks */
};

#define LINKS_INIT(site, path, convert)                                                  \
    {                                                                                    \
        site, path, convert, SHOJI_BUFFER_INIT, SHOJI_OK                                 \
    }

/* Writes one reference or template as a string. */
void links_write(struct links *links, shoji_writer *writer, const char *reference);

/* Writes the names and references of a map, or of an array of draft 01, into an object
 * that is open; all but the name `except`, which may be NULL. */
void links_write_entries(struct links *links, shoji_writer *writer, shoji_value map,
                         const char *except);

/*
 * Writes a member of an envelope, its name first, if it is one that holds links: a map,
 * `specification`, the graph of an order. Returns whether it was.
 */
bool links_write_member(struct links *links, shoji_writer *writer,
                        const shoji_member *member, shoji_element element);

#endif
