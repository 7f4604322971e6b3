/* From a tuple of an `index` that a client sends to the entity that it stands for. */
#ifndef SHOJID_SERVICE_TUPLE_H
#define SHOJID_SERVICE_TUPLE_H

#include <shoji/shoji.h>

/*
 * Makes an entity whose body has the attributes of a tuple; none, where it is no object.
 *
 * entity  receives it, to be freed with shoji_document_free; it depends on nothing else.
 *
 * As shoji_document_parse; the error is filled.
 */
shoji_status tuple_entity(shoji_document **entity, shoji_value tuple, shoji_error *error);

#endif
