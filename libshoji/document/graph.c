#include "document/graph.h"

#include "base/memory.h"
#include "value/tree.h"

struct shoji__graph_level {
    bool is_group;
    uint32_t next;
    uint32_t end;
};

void shoji__graph_init(struct shoji__graph *walk, shoji_value graph)
{
    *walk = (struct shoji__graph){.tree = graph.tree, .inner = graph.node};
}

void shoji__graph_finish(struct shoji__graph *walk)
{
    shoji__release(walk->levels);
}

static bool enter(struct shoji__graph *walk)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity * 2 + 8;
        struct shoji__graph_level *levels =
            shoji__realloc_array(walk->levels, capacity, sizeof *levels);
        if (levels == NULL)
            return false;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    const struct shoji__node *node = &walk->tree->nodes[walk->inner];
    walk->levels[walk->depth++] = (struct shoji__graph_level){
        .is_group = shoji__node_type(node) == SHOJI_OBJECT,
        .next = walk->inner + 1,
        .end = walk->inner + shoji__node_span(node),
    };
    walk->inner = 0;
    return true;
}

bool shoji__graph_next(struct shoji__graph *walk, struct shoji__graph_part *part,
                       shoji_status *status)
{
    if (walk->inner != 0 && !enter(walk)) {
        *status = SHOJI_NO_MEMORY;
        return false;
    }
    while (walk->depth > 0 &&
           walk->levels[walk->depth - 1].next == walk->levels[walk->depth - 1].end)
        walk->depth--;
    if (walk->depth == 0)
        return false;

    struct shoji__graph_level *level = &walk->levels[walk->depth - 1];
    part->is_member = level->is_group;
    part->name = level->next;
    part->value = shoji__value_at(walk->tree, level->next + level->is_group);
    const struct shoji__node *node = &walk->tree->nodes[part->value.node];
    level->next = part->value.node + shoji__node_span(node);
    if (shoji__node_type(node) == (level->is_group ? SHOJI_ARRAY : SHOJI_OBJECT))
        walk->inner = part->value.node;
    return true;
}
