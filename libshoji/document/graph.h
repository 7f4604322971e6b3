/*
 * A walk over the graph of an order, in the order of the text: the items of its arrays,
 * and of each group every member, also those that ought not to be there.
 */
#ifndef SHOJI_DOCUMENT_GRAPH_H
#define SHOJI_DOCUMENT_GRAPH_H

#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shoji__graph_level; /* an array or a group that is open */

struct shoji__graph {
    const shoji_tree *tree;
    struct shoji__graph_level *levels;
    size_t depth;
    size_t capacity;
    uint32_t inner; /* what was given last, if there is something in it; 0 for nothing */
};

struct shoji__graph_part {
    bool is_member; /* of a group, else an item of an array */
    uint32_t name;  /* of a member: the node of its name */
    shoji_value value;
};

/* Begins at an array; `graph` is not the root of its text. */
void shoji__graph_init(struct shoji__graph *walk, shoji_value graph);
void shoji__graph_finish(struct shoji__graph *walk);

/*
 * Gives the next part. What is in it comes next if it is a group, which an item that is
 * an object is, or what a group holds, which a member's array is. false at the end, or
 * where memory is short: `status` is then SHOJI_NO_MEMORY.
 */
bool shoji__graph_next(struct shoji__graph *walk, struct shoji__graph_part *part,
                       shoji_status *status);

#endif
