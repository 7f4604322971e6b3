/* What a set of variables holds, for those who expand and match. */
#ifndef SHOJI_IRI_VARIABLES_H
#define SHOJI_IRI_VARIABLES_H

#include <shoji/template.h>

#include "base/slice.h"

struct shoji__item {
    char *key; /* NULL but in a map */
    char *value;
};

struct shoji__variable {
    char *name;
    shoji_variable_kind kind;
    struct shoji__item *items;
    size_t size;
    size_t capacity;
};

/* NULL where it is not set. `variables` may be NULL. */
const struct shoji__variable *shoji__variables_find(const shoji_variables *variables,
                                                    struct shoji__slice name);

/*
 * Appends an item to a list, or a pair to a map without a look for one of the same key
 * (key.bytes is NULL for a list), making the variable where it is not set. The text must
 * be UTF-8 without a NUL. Fails as shoji_variables_add does.
 */
shoji_status shoji__variables_append(shoji_variables *variables, struct shoji__slice name,
                                     struct shoji__slice key, struct shoji__slice value);

/* Sets a variable to a string that is UTF-8 without a NUL. */
shoji_status shoji__variables_set(shoji_variables *variables, struct shoji__slice name,
                                  struct shoji__slice value);

/* Makes a variable that is a list of one item the string that the item is. */
void shoji__variables_unlist(shoji_variables *variables, const char *name);

#endif
