/* What is at a path, and which methods it has. */
#ifndef SHOJID_SERVICE_RESOURCE_H
#define SHOJID_SERVICE_RESOURCE_H

#include "service/visit.h"

enum resource {
    RESOURCE_NONE,     /* nothing, but something could be put there */
    RESOURCE_ROOT,     /* the catalog "/" */
    RESOURCE_CATALOG,  /* a stored catalog */
    RESOURCE_DOCUMENT, /* any other stored document */
    RESOURCE_FRAGMENT, /* an attribute of an entity */
    RESOURCE_COMPUTED, /* a page, or what a template asks for */
    RESOURCE_RESERVED  /* the server's own */
};

/* The methods of a resource, as the value of Allow. */
const char *resource_allow(const struct visit *visit, enum resource resource);

/* Answers 405, with Allow. */
void resource_refuse(struct visit *visit, enum resource resource);

/*
 * Finds out what the request names. The snapshot must be open.
 * As the store's methods; the error is filled.
 */
shoji_status resource_find(struct visit *visit, enum resource *resource,
                           shoji_error *error);

#endif
