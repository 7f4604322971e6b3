/* Texts cut at their separators: the items of a list, the pairs of a map. */
#ifndef SHOJI_IRI_MATCH_PIECES_H
#define SHOJI_IRI_MATCH_PIECES_H

#include <shoji/error.h>

#include "base/slice.h"

/* An item, or a pair where there is a key. */
struct shoji__piece {
    struct shoji__slice key; /* without bytes where there is none */
    struct shoji__slice value;
    size_t order;
};

/* All zero for none; list is owned, and released with shoji__release. */
struct shoji__pieces {
    struct shoji__piece *list;
    size_t count;
    size_t capacity;
};

/* The position of a byte in a text; the text's length where it is not there. */
size_t shoji__find_byte(struct shoji__slice text, char byte);

/*
 * Takes what precedes the separator off the beginning of a text. The text that is left
 * has no bytes where there was no separator.
 */
struct shoji__slice shoji__take_before(struct shoji__slice *text, char separator);

/* Appends a piece. SHOJI_NO_MEMORY. */
shoji_status shoji__pieces_add(struct shoji__pieces *pieces, struct shoji__slice key,
                               struct shoji__slice value);

/* Cuts a text into items, or pairs where they have equals signs. SHOJI_NO_MEMORY. */
shoji_status shoji__pieces_cut(struct shoji__pieces *pieces, struct shoji__slice text,
                               char separator);

/*
 * Cuts a text with an equals sign into pairs whose values can hold the separator: of
 * those between two equals signs, the last one separates. SHOJI_NO_MEMORY.
 */
shoji_status shoji__pieces_cut_loose(struct shoji__pieces *pieces,
                                     struct shoji__slice text, char separator);

/* Sorts by key; pieces of one key keep their order. */
void shoji__pieces_sort(struct shoji__pieces *pieces);

/* Whether all pieces are pairs, and no two of one key. */
bool shoji__pieces_are_map(struct shoji__pieces *pieces);

#endif
