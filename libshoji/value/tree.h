/*
 * The tree of a text: eight bytes a value, in the order of the text.
 *
 * A node's `b` holds the type in its low three bits, and a fourth that tells where its
 * bytes are. Of a string, a name or a number, `a`
 * is where its bytes stand and the rest of `b` their length; of an array or object, `a`
 * is its span, the number of nodes from itself to the end of what is in it, and the rest
 * of `b` how many members or items it has. A member is two nodes, name and value; so the
 * next sibling of a value at n stands at n + span.
 *
 * The bytes are in the text itself, where a NUL has taken the place of the closing quote
 * or, of a number, of what follows; or (SHOJI__IN_EXTRA: strings that had escapes, and
 * numbers before a line break) in `extra`, each after the offset (four bytes) at which it
 * begins in the text. The text is otherwise as it was, so that line and column of any
 * node can be told.
 */
#ifndef SHOJI_VALUE_TREE_H
#define SHOJI_VALUE_TREE_H

#include <shoji/value.h>

#include <stddef.h>
#include <stdint.h>

enum {
    /* A name whose member a later one of the same name has replaced. */
    SHOJI__DROPPED = 0,
    SHOJI__IN_EXTRA = 8,
    SHOJI__TYPE_BITS = 4,
    SHOJI__TYPE_MASK = 7
};

struct shoji__node {
    uint32_t a;
    uint32_t b;
};

struct shoji_tree {
    char *text;
    size_t text_length;
    size_t text_capacity; /* greater than text_length: a NUL stands after the text */
    char *extra;
    size_t extra_length;
    size_t extra_capacity;
    struct shoji__node *nodes;
    uint32_t count;
    size_t capacity;
    uint32_t *duplicates; /* names that stand in their object before, too */
    size_t duplicate_count;
    size_t duplicate_capacity;
};

static inline unsigned shoji__node_type(const struct shoji__node *node)
{
    return node->b & SHOJI__TYPE_MASK;
}

static inline uint32_t shoji__node_length(const struct shoji__node *node)
{
    return node->b >> SHOJI__TYPE_BITS;
}

static inline uint32_t shoji__node_span(const struct shoji__node *node)
{
    return shoji__node_type(node) == SHOJI_ARRAY || shoji__node_type(node) == SHOJI_OBJECT
               ? node->a
               : 1;
}

static inline const char *shoji__node_bytes(const shoji_tree *tree,
                                            const struct shoji__node *node)
{
    return ((node->b & SHOJI__IN_EXTRA) != 0 ? tree->extra : tree->text) + node->a;
}

/*
 * The offset in the text at which a node begins. `known` is a node before it whose offset
 * is known, by which that of a bracket is found faster; 0 with offset 0 for none.
 */
size_t shoji__tree_offset(const shoji_tree *tree, uint32_t node, uint32_t known,
                          size_t known_offset);

/* The value at a node of a tree. */
static inline shoji_value shoji__value_at(const shoji_tree *tree, uint32_t node)
{
    shoji_value value = {tree, node};
    return value;
}

#endif
