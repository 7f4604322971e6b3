#include "document/names.h"

/*
 * A node tells the names below it apart by one bit, the first in which they differ; the
 * bits of nodes grow on the way down. A name has nine bits a byte, of which the first is
 * set, and behind its end only bits that are not: so a name that begins another differs
 * from it, too.
 */
struct shoji__name_node {
    size_t bit;
    struct shoji__name_branch branches[2];
    struct shoji__name_node *next; /* of those that are spare, or waiting to be */
};

enum {
    BITS = 9
};

static unsigned bit_of(struct shoji__slice name, size_t bit)
{
    size_t at = bit / BITS;
    unsigned within = (unsigned)(bit % BITS);
    if (at >= name.length)
        return 0;
    unsigned byte = (unsigned char)name.bytes[at];
    return within == 0 ? 1 : byte >> (BITS - 1 - within) & 1;
}

/* The first bit in which two names differ. false where they are equal. */
static bool find_difference(struct shoji__slice one, struct shoji__slice other,
                            size_t *bit)
{
    size_t at = 0;
    while (at < one.length && at < other.length && one.bytes[at] == other.bytes[at])
        at++;
    if (at == one.length && at == other.length)
        return false;
    for (*bit = at * BITS; bit_of(one, *bit) == bit_of(other, *bit);)
        ++*bit;
    return true;
}

/* Follows a name to the only one that it can equal; NULL where there are none at all. */
static struct shoji__slice *follow(const struct shoji__names *names,
                                   struct shoji__slice name)
{
    const struct shoji__name_branch *branch = &names->root;
    while (branch->node != NULL)
        branch = &branch->node->branches[bit_of(name, branch->node->bit)];
    return branch->name;
}

struct shoji__slice *shoji__names_find(const struct shoji__names *names,
                                       struct shoji__slice name)
{
    struct shoji__slice *found = follow(names, name);
    return found != NULL && shoji__slice_equal(*found, name) ? found : NULL;
}

static struct shoji__name_node *take_node(struct shoji__name_pool *pool)
{
    struct shoji__name_node *node = pool->spare;
    if (node == NULL)
        return shoji__arena_alloc(pool->arena, sizeof *node);
    pool->spare = node->next;
    return node;
}

static void give_back(struct shoji__name_pool *pool, struct shoji__name_node *node)
{
    node->next = pool->spare;
    pool->spare = node;
}

/* The branch that leads to a name, or to the first node below the bit on the way. */
static struct shoji__name_branch *branch_before(struct shoji__names *names,
                                                struct shoji__slice name, size_t bit)
{
    struct shoji__name_branch *branch = &names->root;
    while (branch->node != NULL && branch->node->bit < bit)
        branch = &branch->node->branches[bit_of(name, branch->node->bit)];
    return branch;
}

bool shoji__names_put(struct shoji__names *names, struct shoji__name_pool *pool,
                      struct shoji__slice *name, struct shoji__slice **replaced)
{
    size_t bit = (size_t)-1;
    struct shoji__slice *nearest = follow(names, *name);
    bool differs = nearest != NULL && find_difference(*nearest, *name, &bit);
    struct shoji__name_branch *branch = branch_before(names, *name, bit);
    *replaced = differs ? NULL : nearest;
    if (!differs) {
        branch->name = name;
        return true;
    }
    struct shoji__name_node *node = take_node(pool);
    if (node == NULL)
        return false;
    unsigned side = bit_of(*name, bit);
    node->bit = bit;
    node->branches[side] = (struct shoji__name_branch){NULL, name};
    node->branches[1 - side] = *branch;
    *branch = (struct shoji__name_branch){node, NULL};
    return true;
}

void shoji__names_remove(struct shoji__names *names, struct shoji__name_pool *pool,
                         struct shoji__slice name)
{
    struct shoji__name_branch *above = NULL;
    struct shoji__name_branch *branch = &names->root;
    unsigned side = 0;
    while (branch->node != NULL) {
        above = branch;
        side = bit_of(name, branch->node->bit);
        branch = &branch->node->branches[side];
    }
    if (branch->name == NULL || !shoji__slice_equal(*branch->name, name))
        return;
    if (above == NULL) {
        branch->name = NULL;
        return;
    }
    struct shoji__name_node *node = above->node;
    *above = node->branches[1 - side];
    give_back(pool, node);
}

void shoji__names_clear(struct shoji__names *names, struct shoji__name_pool *pool)
{
    struct shoji__name_node *waiting = names->root.node;
    if (waiting != NULL)
        waiting->next = NULL;
    while (waiting != NULL) {
        struct shoji__name_node *node = waiting;
        waiting = node->next;
        for (int side = 0; side < 2; side++) {
            struct shoji__name_node *below = node->branches[side].node;
            if (below == NULL)
                continue;
            below->next = waiting;
            waiting = below;
        }
        give_back(pool, node);
    }
    names->root = (struct shoji__name_branch){NULL, NULL};
}
