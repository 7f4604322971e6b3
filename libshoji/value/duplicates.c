#include "value/duplicates.h"

#include "base/memory.h"
#include "value/names.h"

#include <string.h>

enum {
    FEW_NAMES = 8, /* up to which every pair is compared */
    /* Up to which the work's memory is kept for the next object. */
    MANY_NAMES = 1 << 14,
    /* Probes a name, on the average, from which on the hash is not trusted. */
    PROBES_EACH = 8
};

void shoji__duplicates_finish(struct shoji__duplicates *duplicates)
{
    shoji__release(duplicates->names);
    shoji__release(duplicates->table);
    *duplicates = (struct shoji__duplicates){0};
}

static bool make_room(uint32_t **array, size_t *capacity, size_t need)
{
    if (need <= *capacity)
        return true;
    uint32_t *grown = shoji__realloc_array(*array, need, sizeof *grown);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = need;
    return true;
}

static shoji_status note(shoji_tree *tree, uint32_t name)
{
    if (tree->duplicate_count == tree->duplicate_capacity) {
        size_t capacity = tree->duplicate_capacity + tree->duplicate_capacity / 2 + 4;
        uint32_t *grown = shoji__realloc_array(tree->duplicates, capacity, sizeof *grown);
        if (grown == NULL)
            return SHOJI_NO_MEMORY;
        tree->duplicates = grown;
        tree->duplicate_capacity = capacity;
    }
    tree->duplicates[tree->duplicate_count++] = name;
    return SHOJI_OK;
}

static shoji_status drop(shoji_tree *tree, uint32_t object, uint32_t earlier,
                         uint32_t later)
{
    struct shoji__node *name = &tree->nodes[earlier];
    name->b = (name->b & ~(uint32_t)SHOJI__TYPE_MASK) | SHOJI__DROPPED;
    tree->nodes[object].b -= 1u << SHOJI__TYPE_BITS;
    return note(tree, later);
}

static size_t list_names(const shoji_tree *tree, uint32_t object, uint32_t *names)
{
    size_t count = 0;
    uint32_t end = object + tree->nodes[object].a;
    for (uint32_t name = object + 1; name < end;) {
        names[count++] = name;
        name = shoji__name_after(tree, name);
    }
    return count;
}

/* Whether the names of an object may hold two that are equal. */
static bool may_repeat(const shoji_tree *tree, uint32_t object)
{
    struct shoji__name_set set = {0, false};
    uint32_t end = object + tree->nodes[object].a;
    for (uint32_t name = object + 1; name < end && !set.may_repeat;) {
        const struct shoji__node *node = &tree->nodes[name];
        shoji__name_set_add(&set, shoji__node_bytes(tree, node),
                            shoji__node_length(node));
        name = shoji__name_after(tree, name);
    }
    return set.may_repeat;
}

static shoji_status drop_among_few(shoji_tree *tree, uint32_t object)
{
    uint32_t names[FEW_NAMES];
    size_t count = list_names(tree, object, names);
    for (size_t later = 1; later < count; later++) {
        for (size_t earlier = later; earlier-- > 0;) {
            if (shoji__name_compare(tree, names[earlier], tree, names[later]) != 0)
                continue;
            shoji_status status = drop(tree, object, names[earlier], names[later]);
            if (status != SHOJI_OK)
                return status;
            /* Still earlier ones of that name have been dropped in its favour. */
            break;
        }
    }
    return SHOJI_OK;
}

/* A fast mix of eight bytes at a time. That an attacker can make names collide is met by
 * sorting (see below), not by secrecy. */
uint64_t shoji__name_hash(const char *bytes, size_t length)
{
    uint64_t hash = length * UINT64_C(0x9e3779b97f4a7c15);
    while (length >= 8) {
        uint64_t block;
        memcpy(&block, bytes, 8);
        hash = (hash ^ block) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        bytes += 8;
        length -= 8;
    }
    uint64_t rest = 0;
    memcpy(&rest, bytes, length);
    hash = (hash ^ rest) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 29;
}

/*
 * Drops by hashing. Gives up, with `gave_up`, once the names collide more than chance
 * explains; what has been dropped by then stays so.
 */
static shoji_status drop_by_hash(struct shoji__duplicates *work, shoji_tree *tree,
                                 uint32_t object, size_t count, size_t mask,
                                 bool *gave_up)
{
    size_t probes = count * PROBES_EACH;
    memset(work->table, 0, (mask + 1) * sizeof *work->table);
    for (size_t i = 0; i < count; i++) {
        const struct shoji__node *name = &tree->nodes[work->names[i]];
        size_t slot =
            shoji__name_hash(shoji__node_bytes(tree, name), shoji__node_length(name));
        for (slot &= mask; work->table[slot] != 0; slot = (slot + 1) & mask) {
            if (shoji__name_compare(tree, work->table[slot], tree, work->names[i]) == 0) {
                shoji_status status =
                    drop(tree, object, work->table[slot], work->names[i]);
                if (status != SHOJI_OK)
                    return status;
                break;
            }
            if (probes-- == 0) {
                *gave_up = true;
                return SHOJI_OK;
            }
        }
        work->table[slot] = work->names[i];
    }
    return SHOJI_OK;
}

static shoji_status drop_by_sorting(struct shoji__duplicates *work, shoji_tree *tree,
                                    uint32_t object, size_t count)
{
    shoji__names_sort(tree, work->names, count);
    for (size_t i = 1; i < count; i++) {
        uint32_t earlier = work->names[i - 1];
        uint32_t later = work->names[i];
        if (shoji__node_type(&tree->nodes[earlier]) == SHOJI__DROPPED ||
            shoji__name_compare(tree, earlier, tree, later) != 0)
            continue;
        shoji_status status = drop(tree, object, earlier, later);
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

/* Whether each name is greater than the one before it: then no two are equal. Indexes are
 * mostly made in the order of a counter or of sorted names. */
static bool are_ascending(const shoji_tree *tree, uint32_t object)
{
    uint32_t end = object + tree->nodes[object].a;
    uint32_t before = object + 1;
    for (;;) {
        uint32_t name = shoji__name_after(tree, before);
        if (name >= end)
            return true;
        if (shoji__name_compare(tree, before, tree, name) >= 0)
            return false;
        before = name;
    }
}

shoji_status shoji__duplicates_drop(struct shoji__duplicates *duplicates,
                                    shoji_tree *tree, uint32_t object)
{
    size_t count = shoji__node_length(&tree->nodes[object]);
    if (count <= FEW_NAMES)
        return may_repeat(tree, object) ? drop_among_few(tree, object) : SHOJI_OK;
    if (are_ascending(tree, object))
        return SHOJI_OK;

    size_t slots = 4 * FEW_NAMES;
    while (slots < count + count / 2)
        slots *= 2;
    if (!make_room(&duplicates->names, &duplicates->name_capacity, count) ||
        !make_room(&duplicates->table, &duplicates->table_capacity, slots))
        return SHOJI_NO_MEMORY;
    list_names(tree, object, duplicates->names);
    bool gave_up = false;
    shoji_status status =
        drop_by_hash(duplicates, tree, object, count, slots - 1, &gave_up);
    if (status == SHOJI_OK && gave_up)
        status = drop_by_sorting(duplicates, tree, object, count);
    if (count > MANY_NAMES)
        shoji__duplicates_finish(duplicates);
    return status;
}
