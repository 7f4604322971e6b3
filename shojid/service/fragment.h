/* Fragments (spec/shoji.md, "Fragments"): an attribute of an entity, at a path below it
 * where no document is stored. */
#ifndef SHOJID_SERVICE_FRAGMENT_H
#define SHOJID_SERVICE_FRAGMENT_H

#include "service/visit.h"

/* Begin with FRAGMENT_INIT. */
struct fragment {
    struct store_document entity;
    shoji_tree *tree;  /* of the entity's text */
    shoji_buffer name; /* of the attribute */
    shoji_value value;
};

#define FRAGMENT_INIT                                                                    \
    {                                                                                    \
        STORE_DOCUMENT_INIT, NULL, SHOJI_BUFFER_INIT,                                    \
        {                                                                                \
            NULL, 0                                                                      \
        }                                                                                \
    }

void fragment_finish(struct fragment *fragment);

/*
 * Finds the attribute that the request's path names: of the entity at its parent, by the
 * last segment; or the one whose name the `fragments` map of the nearest entity above
 * leads here.
 * SHOJI_NOT_FOUND: there is none. Otherwise as the store's methods; the error is filled.
 */
shoji_status fragment_find(struct visit *visit, struct fragment *fragment,
                           shoji_error *error);

/*
 * Makes the entity anew with the attribute's value replaced.
 *
 * entity  receives it, to be freed with shoji_document_free; it depends on nothing else.
 *
 * Fails as shoji_builder_finish does; the error is filled.
 */
shoji_status fragment_replace(const struct fragment *fragment, shoji_value value,
                              shoji_document **entity, shoji_error *error);

#endif
