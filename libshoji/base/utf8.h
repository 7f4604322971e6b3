/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef SHOJI_BASE_UTF8_H
#define SHOJI_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes one character. Returns its length in bytes, 1 to 4, or 0 where the bytes do not
 * begin with a whole, well-formed character. `code_point` may be NULL.
 */
size_t shoji__utf8_decode(const char *bytes, size_t length, uint32_t *code_point);

/* Encodes a code point (a scalar value) into up to 4 bytes and returns how many. */
size_t shoji__utf8_encode(char bytes[4], uint32_t code_point);

/* The length of the well-formed beginning of a text: `length` if all of it is. */
size_t shoji__utf8_valid_prefix(const char *bytes, size_t length);

static inline bool shoji__utf8_valid(const char *bytes, size_t length)
{
    return shoji__utf8_valid_prefix(bytes, length) == length;
}

/* The number of characters in well-formed text (of bytes that do not continue one). */
size_t shoji__utf8_count(const char *bytes, size_t length);

#endif
