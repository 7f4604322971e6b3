#include "document/repeats.h"

#include "base/memory.h"
#include "value/tree.h"

#include <stdlib.h>

static int compare_nodes(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

shoji_status shoji__repeats_list(struct shoji__repeats *repeats, const shoji_tree *tree)
{
    if (repeats->names != NULL)
        return SHOJI_OK;
    repeats->names = shoji__alloc_array(tree->duplicate_count, sizeof *repeats->names);
    if (repeats->names == NULL)
        return SHOJI_NO_MEMORY;
    repeats->count = tree->duplicate_count;
    for (size_t i = 0; i < repeats->count; i++)
        repeats->names[i] = tree->duplicates[i];
    qsort(repeats->names, repeats->count, sizeof *repeats->names, compare_nodes);
    return SHOJI_OK;
}

bool shoji__repeats_has(const struct shoji__repeats *repeats, uint32_t name)
{
    return repeats->count != 0 && bsearch(&name, repeats->names, repeats->count,
                                          sizeof name, compare_nodes) != NULL;
}

void shoji__repeats_finish(struct shoji__repeats *repeats)
{
    shoji__release(repeats->names);
}
