/* What a document is made of. */
#ifndef SHOJI_DOCUMENT_DOCUMENT_H
#define SHOJI_DOCUMENT_DOCUMENT_H

#include <shoji/document.h>

#include <stdbool.h>

struct shoji_document {
    shoji_tree *tree;
    shoji_element element;
    /* Members of the envelope; SHOJI_NONE for what is not there. */
    shoji_value self;
    shoji_value title;
    shoji_value description;
    shoji_value updated;
    shoji_value specification;
    shoji_value body;
    shoji_value value;
    shoji_value index;
    shoji_value entities;
    shoji_value graph;
    shoji_value maps[SHOJI_MAP_COUNT];
};

/* Whether a text is the name of a map, and of which. */
bool shoji__map_of(const char *text, size_t length, shoji_map *map);

/* Makes the map that an array of draft 01 stands for. Fails as the writer does. */
shoji_status shoji__array_as_map(shoji_tree **map, shoji_value array);

/* Whether a text is the name of one of the five elements, and of which. */
bool shoji__element_of(const char *text, size_t length, shoji_element *element);

/* For tests: as shoji__events_cut. */
void shoji__document_parser_cut(shoji_document_parser *parser, size_t size);

#endif
