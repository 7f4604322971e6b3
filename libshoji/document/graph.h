/* A walk over the graph of an order: its items, at any depth, in the order of the text.
 */
#ifndef SHOJI_DOCUMENT_GRAPH_H
#define SHOJI_DOCUMENT_GRAPH_H

#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>

struct shoji__graph {
    shoji_items *levels; /* of the groups that are open */
    size_t depth;
    size_t capacity;
    shoji_value group; /* the array of the group that was given last, to be entered */
};

void shoji__graph_init(struct shoji__graph *walk, shoji_value graph);
void shoji__graph_finish(struct shoji__graph *walk);

/*
 * Gives the next item: an IRI reference, or an object that should be a group, and whose
 * items come next if it is one. false at the end. Where memory is short `status` becomes
 * SHOJI_NO_MEMORY, and the item is not to be used.
 */
bool shoji__graph_next(struct shoji__graph *walk, shoji_value *item,
                       shoji_status *status);

#endif
