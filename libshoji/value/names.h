/* The names of a tree, by their nodes: their order, and the way from one to the next. */
#ifndef SHOJI_VALUE_NAMES_H
#define SHOJI_VALUE_NAMES_H

#include "value/tree.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Orders names by length, then by bytes. */
static inline int shoji__name_compare(const shoji_tree *tree, uint32_t name,
                                      const shoji_tree *other_tree, uint32_t other)
{
    const struct shoji__node *a = &tree->nodes[name];
    const struct shoji__node *b = &other_tree->nodes[other];
    uint32_t a_length = shoji__node_length(a);
    uint32_t b_length = shoji__node_length(b);
    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    return memcmp(shoji__node_bytes(tree, a), shoji__node_bytes(other_tree, b), a_length);
}

/* The name after one in the same object, dropped ones too, or the object's end. */
static inline uint32_t shoji__name_after(const shoji_tree *tree, uint32_t name)
{
    return name + 1 + shoji__node_span(&tree->nodes[name + 1]);
}

/* Sorts names of one tree, equal ones in the order of the text: without recursion or
 * memory, in n log n whatever the names. */
void shoji__names_sort(const shoji_tree *tree, uint32_t *names, size_t count);

#endif
