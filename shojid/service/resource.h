/* What is at a path, and which methods it has. */
#ifndef SHOJID_SERVICE_RESOURCE_H
#define SHOJID_SERVICE_RESOURCE_H

#include "service/visit.h"

enum resource {
    RESOURCE_NONE,     /* nothing, but something could be put there */
    RESOURCE_ROOT,     /* the catalog "/" */
    RESOURCE_CATALOG,  /* a stored catalog */
    RESOURCE_HIDDEN,   /* a view of what the visitor may not see */
    RESOURCE_DOCUMENT, /* any other stored document with an element */
    RESOURCE_VALUE,    /* a stored bare value */
    RESOURCE_FRAGMENT, /* an attribute of an entity */
    RESOURCE_COMPUTED, /* a page, or what a template asks for */
    RESOURCE_RESERVED, /* the server's own */
    RESOURCE_UNKNOWN   /* nothing, on a path that the server keeps for itself */
};

/* The methods of a resource that the visitor may use, as the value of Allow. */
const char *resource_allow(const struct visit *visit, enum resource resource);

/* The media types in which a resource takes patches, as the value of Accept-Patch; NULL
 * where the visitor may not patch it. */
const char *resource_accept_patch(const struct visit *visit, enum resource resource);

/* Sets Allow, and Accept-Patch where there is something to say. */
void resource_set_fields(struct visit *visit, enum resource resource);

/* Answers 405, with these fields. */
void resource_refuse(struct visit *visit, enum resource resource);

/* Which of the server's own a path is that is reserved. */
enum resource resource_reserved(const struct visit *visit);

/*
 * Finds out what the request names. The snapshot must be open.
 * As the store's methods; the error is filled.
 */
shoji_status resource_find(struct visit *visit, enum resource *resource,
                           shoji_error *error);

#endif
