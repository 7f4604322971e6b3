/* A set of names, to see what has been met before. The time to look one up grows with the
 * logarithm of their number, whoever chose the names. */
#ifndef SHOJI_CLI_NAMES_H
#define SHOJI_CLI_NAMES_H

#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>

/* Start with zeros. */
struct names {
    void *root;
    size_t count;
};

/* Frees all names; the set is then empty. */
void names_clear(struct names *names);

bool names_has(const struct names *names, const char *name);

/* Adds a copy of a name that the set does not have. SHOJI_NO_MEMORY. */
shoji_status names_add(struct names *names, const char *name);

#endif
