/* The templates route (spec/shoji.md, "Template routes"): from a request that a declared
 * template matches to the catalog of the entities that it asks for. */
#ifndef SHOJID_SERVICE_FILTER_H
#define SHOJID_SERVICE_FILTER_H

#include "service/visit.h"

/* What a template makes of a request. Begin with FILTER_INIT. */
struct filter {
    shoji_variables *variables;
    struct store_filter *filters;
    size_t filter_count;
    const char **values;           /* of all filters, one after another */
    shoji_buffer target;           /* canonical path, and query, of what was asked for */
    struct store_document catalog; /* whose entities they are */
};

#define FILTER_INIT                                                                      \
    {                                                                                    \
        NULL, NULL, 0, NULL, SHOJI_BUFFER_INIT, STORE_DOCUMENT_INIT                      \
    }

void filter_finish(struct filter *filter);

/*
 * Finds what a declared template makes of the request.
 *
 * with_query  match the query, too; otherwise the path alone.
 *
 * SHOJI_NOT_FOUND: no template matches. Otherwise as the store's methods; the error is
 * filled.
 */
shoji_status filter_find(struct visit *visit, bool with_query, struct filter *filter,
                         shoji_error *error);

/* Appends the templates by which the request's path can be asked with a query, each in
 * quotes, as far as they fit into a sentence; "" where there are none. */
shoji_status filter_append_declared(struct visit *visit, shoji_buffer *list,
                                    shoji_error *error);

#endif
