#include "document/graph.h"

#include "base/memory.h"

void shoji__graph_init(struct shoji__graph *walk, shoji_value graph)
{
    *walk = (struct shoji__graph){.group = graph};
}

void shoji__graph_finish(struct shoji__graph *walk)
{
    shoji__release(walk->levels);
}

static bool enter(struct shoji__graph *walk)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity * 2 + 8;
        shoji_items *levels =
            shoji__realloc_array(walk->levels, capacity, sizeof *levels);
        if (levels == NULL)
            return false;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    walk->levels[walk->depth++] = shoji_value_items(walk->group);
    walk->group = shoji_tree_root(NULL);
    return true;
}

/* The array that a group holds; SHOJI_NONE for what is no group. */
static shoji_value content_of(shoji_value item)
{
    shoji_members members = shoji_value_members(item);
    shoji_member member;
    if (shoji_value_size(item) != 1 || !shoji_members_next(&members, &member))
        return shoji_tree_root(NULL);
    return member.value;
}

bool shoji__graph_next(struct shoji__graph *walk, shoji_value *item, shoji_status *status)
{
    if (shoji_value_exists(walk->group) && !enter(walk)) {
        *status = SHOJI_NO_MEMORY;
        return true;
    }
    while (walk->depth > 0 && !shoji_items_next(&walk->levels[walk->depth - 1], item))
        walk->depth--;
    if (walk->depth == 0)
        return false;
    walk->group = content_of(*item);
    return true;
}
