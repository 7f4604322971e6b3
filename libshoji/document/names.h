/*
 * Names with what is found by them: a crit-bit tree. A name is found in time that depends
 * on its own length alone, whatever names somebody has chosen to stand beside it.
 */
#ifndef SHOJI_DOCUMENT_NAMES_H
#define SHOJI_DOCUMENT_NAMES_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct shoji__name_node;

/* Where a branch leads: to a node, or to a name, or nowhere. */
struct shoji__name_branch {
    struct shoji__name_node *node;
    struct shoji__slice *name;
};

/* Begin with zeroes. */
struct shoji__names {
    struct shoji__name_branch root;
};

/* Where the nodes of several trees come from, and go back to. */
struct shoji__name_pool {
    struct shoji__arena *arena;
    struct shoji__name_node *spare;
};

/* The name that equals this one, or NULL. */
struct shoji__slice *shoji__names_find(const struct shoji__names *names,
                                       struct shoji__slice name);

/*
 * Puts a name in, which is lent until it is removed. `replaced` receives the equal one
 * whose place it takes, or NULL. false where memory is short: nothing has changed then.
 */
bool shoji__names_put(struct shoji__names *names, struct shoji__name_pool *pool,
                      struct shoji__slice *name, struct shoji__slice **replaced);

/* Removes the name that equals this one, if there is one. */
void shoji__names_remove(struct shoji__names *names, struct shoji__name_pool *pool,
                         struct shoji__slice name);

/* Removes all. */
void shoji__names_clear(struct shoji__names *names, struct shoji__name_pool *pool);

#endif
