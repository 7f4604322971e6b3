/* A list of names for a message: the first few of them, and how many more there are. */
#ifndef SHOJI_DOCUMENT_LISTING_H
#define SHOJI_DOCUMENT_LISTING_H

#include <stddef.h>

struct shoji__listing {
    char text[400];
    size_t length;
    size_t count;
    size_t left_out;
};

#define SHOJI__LISTING_INIT                                                              \
    {                                                                                    \
        {0}, 0, 0, 0                                                                     \
    }

/* Adds a name, and where it is; `where` may be NULL. */
void shoji__listing_add(struct shoji__listing *listing, const char *where,
                        const char *name);

/* The list as text, lent. To be called once, when all have been added. */
const char *shoji__listing_text(struct shoji__listing *listing);

#endif
