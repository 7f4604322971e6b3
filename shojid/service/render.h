/* Documents as they are served: from what is stored to the text of a representation. */
#ifndef SHOJID_SERVICE_RENDER_H
#define SHOJID_SERVICE_RENDER_H

#include "service/visit.h"

/*
 * Renders an entity, a view, a fragment or an order into the response's body: with its
 * `self`, and its links as they go out. A bare value stays as it is.
 *
 * value  what is written for the member `value`; SHOJI_NONE for what is stored.
 */
shoji_status render_document(struct visit *visit, const struct store_document *document,
                             shoji_value root, shoji_value value);

enum {
    /* Bytes of members on a page, but for one that has more by itself: what a catalog
     * takes of memory does not grow with the size of its entities. */
    RENDER_PAGE_MAXIMUM = 16 * 1024 * 1024
};

/* The catalog that a representation shows. */
struct render_catalog {
    const char *path;   /* canonical: the catalog whose members they are */
    const char *target; /* path and query of the representation, without what pages it */
    shoji_value stored; /* the whole stored document; its members are written, too... */
    bool members_alone; /* ...but where this says that only its entities are wanted */
    const struct store_filter *filters;
    size_t filter_count;
    uint64_t size; /* of all members that the filters let through */
};

/*
 * Renders a catalog, or a page of one, into the response's body.
 * Fails as the store's methods do; the error is filled.
 */
shoji_status render_catalog(struct visit *visit, const struct render_catalog *catalog,
                            shoji_error *error);

/* Appends the target of a page of the catalog: what was asked for, or where the next page
 * begins. Fails as the buffer does. */
shoji_status render_page_target(shoji_buffer *target, const char *catalog_target,
                                const struct route_page *page);

#endif
