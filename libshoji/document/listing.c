#include "document/listing.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum {
    ITEM_SIZE = SHOJI__EXCERPT_SIZE + 24,
    /* Room for ", and 18446744073709551615 more". */
    ENDING_SIZE = 32
};

void shoji__listing_add(struct shoji__listing *listing, const char *where,
                        const char *name)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    char item[ITEM_SIZE];
    listing->count++;
    if (listing->left_out > 0) {
        listing->left_out++;
        return;
    }
    shoji__excerpt(excerpt, name, strlen(name));
    int length = snprintf(item, sizeof item, "%s%s%s%s%s", listing->length ? ", " : "",
                          where ? where : "", where ? ":\"" : "\"", excerpt, "\"");
    if (listing->length + (size_t)length + ENDING_SIZE > sizeof listing->text) {
        listing->left_out++;
        return;
    }
    memcpy(listing->text + listing->length, item, (size_t)length + 1);
    listing->length += (size_t)length;
}

const char *shoji__listing_text(struct shoji__listing *listing)
{
    if (listing->left_out > 0)
        snprintf(listing->text + listing->length, ENDING_SIZE, ", and %zu more",
                 listing->left_out);
    return listing->text;
}
