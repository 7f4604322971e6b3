/*
 * The names of one object, to be looked up while another is gone through. Found by
 * halves, so that no choice of names makes it slow.
 */
#ifndef SHOJI_PROTOCOL_PATCH_NAMES_H
#define SHOJI_PROTOCOL_PATCH_NAMES_H

#include <shoji/value.h>

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct shoji__patch_name {
    struct shoji__slice name; /* lent */
    shoji_value value;
    bool found; /* for the user of the names, who wants to know which are left */
};

struct shoji__patch_names {
    struct shoji__patch_name *all; /* in the order in which they were added */
    struct shoji__patch_name **sorted;
    size_t count;
};

#define SHOJI__PATCH_NAMES_INIT                                                          \
    {                                                                                    \
        NULL, NULL, 0                                                                    \
    }

void shoji__patch_names_finish(struct shoji__patch_names *names);

/* Makes room for that many names. SHOJI_NO_MEMORY. */
shoji_status shoji__patch_names_reserve(struct shoji__patch_names *names,
                                        size_t capacity);

/* Adds a name, for which there must be room. */
void shoji__patch_names_add(struct shoji__patch_names *names, struct shoji__slice name,
                            shoji_value value);

/* To be called once all have been added, and before any is looked up. */
void shoji__patch_names_sort(struct shoji__patch_names *names);

/* The members of an object, ready to be looked up. SHOJI_NO_MEMORY. */
shoji_status shoji__patch_names_of(struct shoji__patch_names *names, shoji_value object);

/* The one of that name, or NULL. */
struct shoji__patch_name *shoji__patch_names_find(const struct shoji__patch_names *names,
                                                  struct shoji__slice name);

/* The first, as they were added, that has the name of one before it; NULL where there is
 * none. */
const struct shoji__patch_name *
shoji__patch_names_repeated(const struct shoji__patch_names *names);

#endif
