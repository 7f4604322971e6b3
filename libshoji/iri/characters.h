/* The character classes of RFC 3986, RFC 3987 and RFC 6570. */
#ifndef SHOJI_IRI_CHARACTERS_H
#define SHOJI_IRI_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shoji__character_class {
    SHOJI__ALPHA = 1,
    SHOJI__DIGIT = 2,
    SHOJI__HEX = 4,
    SHOJI__UNRESERVED = 8,
    SHOJI__RESERVED = 16, /* gen-delims and sub-delims */
    SHOJI__LITERAL = 32,  /* may stand in a template outside of braces, '%' apart */
    SHOJI__VARCHAR = 64   /* may stand in a variable's name, '%' and '.' apart */
};

extern const uint8_t shoji__character_classes[256];

static inline bool shoji__is(char byte, unsigned classes)
{
    return (shoji__character_classes[(unsigned char)byte] & classes) != 0;
}

static inline bool shoji__is_ascii(char byte)
{
    return ((unsigned char)byte & 0x80) == 0;
}

static inline char shoji__lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* The value of a hexadecimal digit. */
static inline unsigned shoji__hex_value(char digit)
{
    if (digit <= '9')
        return (unsigned)(digit - '0');
    return (unsigned)(shoji__lower(digit) - 'a') + 10;
}

/* Whether an IRI may hold this character as it is; private-use ones only in a query. */
bool shoji__iri_allows(uint32_t code_point, bool in_query);

/* LRM, RLM, LRE, RLE, PDF, LRO and RLO, which RFC 3987, section 4.1, keeps out. */
bool shoji__is_bidi_format(uint32_t code_point);

/* ucschar or iprivate: what stands for itself in a template's literals. */
bool shoji__template_allows(uint32_t code_point);

#endif
