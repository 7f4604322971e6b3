/* Views whose value is computed (spec/shoji.md, "Views and orders"). */
#ifndef SHOJID_SERVICE_PROJECTION_H
#define SHOJID_SERVICE_PROJECTION_H

#include "service/visit.h"

/* Whether a stored view is one: it has a member `projection`. */
bool projection_is(shoji_value view);

/*
 * Reads what a projection asks for; its texts are lent by the view.
 * SHOJI_INVALID, with a pointer: it is no object with `attribute`, or `aggregate` or `by`
 * is none that can be.
 */
shoji_status projection_read(struct store_projection *projection, shoji_value view,
                             shoji_error *error);

/*
 * Computes the value over the entities directly below the catalog.
 *
 * value  receives the tree of it, to be freed with shoji_tree_free.
 *
 * Fails as the store's project does; the error is filled.
 */
shoji_status projection_compute(struct visit *visit, const char *catalog,
                                const struct store_projection *projection,
                                shoji_tree **value, shoji_error *error);

/* What the tag and the time of a stored document's representation come from. */
struct projection_shown {
    uint64_t revision;
    int64_t modified;
    uint64_t source;  /* the shown revision of the catalog; 0 where none is included */
    uint64_t members; /* entities of the catalog */
};

/*
 * Includes the catalog from which a view is computed: the view changes with its entities.
 *
 * verbatim  of the view's document.
 *
 * Fails as the store's read does.
 */
shoji_status projection_include(struct projection_shown *shown, struct visit *visit,
                                const char *catalog, bool verbatim, shoji_error *error);

/*
 * Finds the same of the document at the request's path: with the catalog where it is a
 * computed view which the visitor may see. Fails as the store's read does.
 */
shoji_status projection_find_shown(struct projection_shown *shown, struct visit *visit,
                                   const struct store_document *document,
                                   shoji_error *error);

/* Whether a stored view is computed. One that cannot be read is not, and so can be
 * replaced by one that can. Fails as the store's read does. */
shoji_status projection_is_stored(struct visit *visit, const char *path, bool *computed,
                                  shoji_error *error);

/* Whether the visitor may see everything that is computed from a catalog: what some of
 * its entities add up to would tell of the others. */
bool projection_is_open(const struct visit *visit, const char *catalog);

/* Appends a view as it is, but for its value. Fails as the writer and the buffer do. */
shoji_status projection_append(shoji_buffer *text, shoji_value view, shoji_value value);

#endif
