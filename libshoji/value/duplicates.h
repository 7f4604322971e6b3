/* Names that stand twice in one object: the later member takes the place of the earlier.
 */
#ifndef SHOJI_VALUE_DUPLICATES_H
#define SHOJI_VALUE_DUPLICATES_H

#include "value/tree.h"

#include <stdbool.h>
#include <stdint.h>

/* Memory that is used for one object after the other. Begin with zeroes. */
struct shoji__duplicates {
    uint32_t *names; /* of the object: nodes */
    size_t name_capacity;
    uint32_t *table; /* a hash table of nodes; 0 is empty, as the root is no name */
    size_t table_capacity;
};

/*
 * What tells, mostly, that no two of a few names are equal: each sets one of 64 bits, by
 * its length and its ends, and two that set the same one may be. Begin with zeroes.
 */
struct shoji__name_set {
    uint64_t bits;
    bool may_repeat;
};

static inline void shoji__name_set_add(struct shoji__name_set *set, const char *bytes,
                                       size_t length)
{
    unsigned key = 0;
    if (length != 0)
        key = (unsigned)length + (unsigned char)bytes[0] * 5u +
              (unsigned char)bytes[length - 1] * 9u;
    uint64_t bit = UINT64_C(1) << key % 64;
    set->may_repeat |= (set->bits & bit) != 0;
    set->bits |= bit;
}

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
