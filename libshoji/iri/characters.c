#include "iri/characters.h"

#define A SHOJI__ALPHA
#define D SHOJI__DIGIT
#define H SHOJI__HEX
#define U SHOJI__UNRESERVED
#define R SHOJI__RESERVED
#define L SHOJI__LITERAL
#define V SHOJI__VARCHAR

/* RFC 6570, section 2.1, with erratum 6937: the apostrophe is a literal. */
const uint8_t shoji__character_classes[256] = {
    ['!'] = R | L,
    ['#'] = R | L,
    ['$'] = R | L,
    ['&'] = R | L,
    ['\''] = R | L,
    ['('] = R | L,
    [')'] = R | L,
    ['*'] = R | L,
    ['+'] = R | L,
    [','] = R | L,
    ['-'] = U | L,
    ['.'] = U | L,
    ['/'] = R | L,
    ['0'] = D | H | U | L | V,
    ['1'] = D | H | U | L | V,
    ['2'] = D | H | U | L | V,
    ['3'] = D | H | U | L | V,
    ['4'] = D | H | U | L | V,
    ['5'] = D | H | U | L | V,
    ['6'] = D | H | U | L | V,
    ['7'] = D | H | U | L | V,
    ['8'] = D | H | U | L | V,
    ['9'] = D | H | U | L | V,
    [':'] = R | L,
    [';'] = R | L,
    ['='] = R | L,
    ['?'] = R | L,
    ['@'] = R | L,
    ['A'] = A | H | U | L | V,
    ['B'] = A | H | U | L | V,
    ['C'] = A | H | U | L | V,
    ['D'] = A | H | U | L | V,
    ['E'] = A | H | U | L | V,
    ['F'] = A | H | U | L | V,
    ['G'] = A | U | L | V,
    ['H'] = A | U | L | V,
    ['I'] = A | U | L | V,
    ['J'] = A | U | L | V,
    ['K'] = A | U | L | V,
    ['L'] = A | U | L | V,
    ['M'] = A | U | L | V,
    ['N'] = A | U | L | V,
    ['O'] = A | U | L | V,
    ['P'] = A | U | L | V,
    ['Q'] = A | U | L | V,
    ['R'] = A | U | L | V,
    ['S'] = A | U | L | V,
    ['T'] = A | U | L | V,
    ['U'] = A | U | L | V,
    ['V'] = A | U | L | V,
    ['W'] = A | U | L | V,
    ['X'] = A | U | L | V,
    ['Y'] = A | U | L | V,
    ['Z'] = A | U | L | V,
    ['['] = R | L,
    [']'] = R | L,
    ['_'] = U | L | V,
    ['a'] = A | H | U | L | V,
    ['b'] = A | H | U | L | V,
    ['c'] = A | H | U | L | V,
    ['d'] = A | H | U | L | V,
    ['e'] = A | H | U | L | V,
    ['f'] = A | H | U | L | V,
    ['g'] = A | U | L | V,
    ['h'] = A | U | L | V,
    ['i'] = A | U | L | V,
    ['j'] = A | U | L | V,
    ['k'] = A | U | L | V,
    ['l'] = A | U | L | V,
    ['m'] = A | U | L | V,
    ['n'] = A | U | L | V,
    ['o'] = A | U | L | V,
    ['p'] = A | U | L | V,
    ['q'] = A | U | L | V,
    ['r'] = A | U | L | V,
    ['s'] = A | U | L | V,
    ['t'] = A | U | L | V,
    ['u'] = A | U | L | V,
    ['v'] = A | U | L | V,
    ['w'] = A | U | L | V,
    ['x'] = A | U | L | V,
    ['y'] = A | U | L | V,
    ['z'] = A | U | L | V,
    ['~'] = U | L,
};

bool shoji__is_bidi_format(uint32_t code_point)
{
    return code_point == 0x200e || code_point == 0x200f ||
           (code_point >= 0x202a && code_point <= 0x202e);
}

static bool is_private(uint32_t code_point)
{
    return (code_point >= 0xe000 && code_point <= 0xf8ff) ||
           (code_point >= 0xf0000 && (code_point & 0xffff) <= 0xfffd);
}

/* ucschar of RFC 3987, section 2.2. */
static bool is_ucschar(uint32_t code_point)
{
    if (code_point < 0x10000)
        return (code_point >= 0xa0 && code_point <= 0xd7ff) ||
               (code_point >= 0xf900 && code_point <= 0xfdcf) ||
               (code_point >= 0xfdf0 && code_point <= 0xffef);
    if (code_point >= 0xe0000 && code_point <= 0xe0fff)
        return false;
    return code_point < 0xf0000 && (code_point & 0xffff) <= 0xfffd;
}

bool shoji__template_allows(uint32_t code_point)
{
    return is_ucschar(code_point) || is_private(code_point);
}

bool shoji__iri_allows(uint32_t code_point, bool in_query)
{
    if (shoji__is_bidi_format(code_point))
        return false;
    return is_ucschar(code_point) || (in_query && is_private(code_point));
}
