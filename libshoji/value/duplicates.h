/* Names that stand twice in one object: the later member takes the place of the earlier.
 */
#ifndef SHOJI_VALUE_DUPLICATES_H
#define SHOJI_VALUE_DUPLICATES_H

#include "value/tree.h"

/* Memory that is used for one object after the other. Begin with zeroes. */
struct shoji__duplicates {
    uint32_t *names; /* of the object: nodes */
    size_t name_capacity;
    uint32_t *table; /* a hash table of nodes; 0 is empty, as the root is no name */
    size_t table_capacity;
};

/*
 * Marks the earlier of equal names in a complete object as dropped, lowers the object's
 * count, and notes them in tree->duplicates. Takes time in proportion to the names, and
 * n log n where somebody has chosen them to collide.
 */
shoji_status shoji__duplicates_drop(struct shoji__duplicates *duplicates,
                                    shoji_tree *tree, uint32_t object);

/* The hash of a name; the tests make names collide by it. */
uint64_t shoji__name_hash(const char *bytes, size_t length);

void shoji__duplicates_finish(struct shoji__duplicates *duplicates);

#endif
