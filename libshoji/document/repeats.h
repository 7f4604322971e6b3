/* The names of a text that stand again in an object, and whose earlier member was dropped
 * for it. */
#ifndef SHOJI_DOCUMENT_REPEATS_H
#define SHOJI_DOCUMENT_REPEATS_H

#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begin with zeroes. */
struct shoji__repeats {
    uint32_t *names; /* nodes, ascending */
    size_t count;
};

/* Lists them; once it has, does nothing. SHOJI_NO_MEMORY. */
shoji_status shoji__repeats_list(struct shoji__repeats *repeats, const shoji_tree *tree);

/* Whether a name is one of those that were listed. */
bool shoji__repeats_has(const struct shoji__repeats *repeats, uint32_t name);

void shoji__repeats_finish(struct shoji__repeats *repeats);

#endif
