/* Percent-encoding: what the IRI functions and the templates share. */
#ifndef SHOJI_IRI_PERCENT_H
#define SHOJI_IRI_PERCENT_H

#include "base/buffer.h"
#include "iri/characters.h"

/* Whether the bytes begin with '%' and two hexadecimal digits. */
static inline bool shoji__is_triplet(const char *bytes, size_t length)
{
    return length >= 3 && bytes[0] == '%' && shoji__is(bytes[1], SHOJI__HEX) &&
           shoji__is(bytes[2], SHOJI__HEX);
}

/* The byte that a triplet stands for. */
static inline char shoji__triplet_byte(const char *triplet)
{
    return (char)(shoji__hex_value(triplet[1]) << 4 | shoji__hex_value(triplet[2]));
}

/*
 * The length of the triplets (1 to 4 of them) that the bytes begin with and that encode
 * one character in well-formed UTF-8; 0 where there are none. `code_point` may be NULL.
 */
size_t shoji__percent_character(const char *bytes, size_t length, uint32_t *code_point);

/* Appends a byte as a triplet, in upper case. */
shoji_status shoji__percent_append(shoji_buffer *buffer, char byte);

/* Appends text with its non-ASCII bytes encoded, and all else as it is. */
shoji_status shoji__percent_encode_wide(shoji_buffer *buffer, struct shoji__slice text);

/*
 * Appends text in the ASCII form in which URIs are compared: non-ASCII encoded,
 * unreserved characters decoded, triplets in upper case.
 */
shoji_status shoji__percent_normalize(shoji_buffer *buffer, struct shoji__slice text);

/*
 * Appends text with those characters decoded that an IRI may hold as they are, in the
 * given place, and that mean the same there: unreserved ones and non-ASCII ones. What
 * remains encoded keeps its spelling, or is put in upper case.
 */
shoji_status shoji__percent_decode_safe(shoji_buffer *buffer, struct shoji__slice text,
                                        bool in_query, bool upper);

#endif
