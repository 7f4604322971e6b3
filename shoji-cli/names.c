/* tsearch() and its like are of X/Open, not of POSIX. */
#define _XOPEN_SOURCE 700

#include "names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

void names_clear(struct names *names)
{
    while (names->root != NULL) {
        /* A node begins with a pointer to what it was made for. */
        char *name = *(char **)names->root;
        tdelete(name, &names->root, compare);
        free(name);
    }
    names->count = 0;
}

bool names_has(const struct names *names, const char *name)
{
    return tfind(name, &names->root, compare) != NULL;
}

shoji_status names_add(struct names *names, const char *name)
{
    char *copy = strdup(name);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    if (tsearch(copy, &names->root, compare) == NULL) {
        free(copy);
        return SHOJI_NO_MEMORY;
    }
    names->count++;
    return SHOJI_OK;
}
