/* Views whose value is computed (spec/shoji.md, "Views"). */
#ifndef SHOJID_SERVICE_PROJECTION_H
#define SHOJID_SERVICE_PROJECTION_H

#include "service/visit.h"

/* Whether a stored view is one: it has a member `projection`. */
bool projection_is(shoji_value view);

/*
 * The attribute that a projection names, if it is one that is computed: an object with
 * `attribute`, a text, and neither `aggregate` nor `by`. NULL otherwise, with the error
 * filled (SHOJI_INVALID, with a pointer).
 */
const char *projection_attribute(shoji_value view, shoji_error *error);

/*
 * Computes the value: the array of that attribute of each entity directly below the
 * catalog, in their order; null where an entity has none.
 *
 * values  receives the tree of it, to be freed with shoji_tree_free.
 */
shoji_status projection_compute(struct visit *visit, const char *catalog,
                                const char *attribute, shoji_tree **values,
                                shoji_error *error);

#endif
