/* Where something stands in a text, as a person counts. */
#ifndef SHOJI_VALUE_POSITION_H
#define SHOJI_VALUE_POSITION_H

#include <shoji/error.h>

#include <stddef.h>

struct shoji__position {
    size_t offset; /* bytes before it */
    size_t line;   /* from 1 */
    size_t column; /* in characters, from 1 */
};

#define SHOJI__POSITION_INIT                                                             \
    {                                                                                    \
        0, 1, 1                                                                          \
    }

/* Moves over bytes that begin at the position. */
void shoji__position_advance(struct shoji__position *position, const char *bytes,
                             size_t length);

/* Puts a position into an error, which may be NULL. */
void shoji__position_report(shoji_error *error, struct shoji__position position);

#endif
