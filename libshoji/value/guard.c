#include "value/guard.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

enum {
    ESCAPE_LENGTH = 6 /* \uXXXX */
};

/*
 * Whether some byte of the block may be of interest: non-ASCII, below the space, or a
 * backslash. The classical tests for "less than" and "equal" on eight bytes at once; a
 * borrow can make a byte look interesting that is not, never the reverse.
 */
static bool block_is_plain(uint64_t block)
{
    uint64_t backslash = block ^ EVERY_BYTE('\\');
    uint64_t below_space = block - EVERY_BYTE(' ');
    uint64_t is_backslash = backslash - EVERY_BYTE(1);
    return ((block | below_space | is_backslash) & EVERY_BYTE(0x80)) == 0;
}

static size_t skip_plain(const char *bytes, size_t length)
{
    size_t at = 0;
    uint64_t block;
    while (length - at >= sizeof block) {
        memcpy(&block, bytes + at, sizeof block);
        if (!block_is_plain(block))
            break;
        at += sizeof block;
    }
    return at;
}

/* The value of four hexadecimal digits, or -1. */
static long read_hex(const char *digits)
{
    long value = 0;
    for (int i = 0; i < 4; i++) {
        char digit = digits[i];
        value *= 16;
        if (digit >= '0' && digit <= '9')
            value += digit - '0';
        else if (digit >= 'a' && digit <= 'f')
            value += digit - 'a' + 10;
        else if (digit >= 'A' && digit <= 'F')
            value += digit - 'A' + 10;
        else
            return -1;
    }
    return value;
}

/* Whether the bytes may begin with \uDC00 to \uDFFF, given as many of them as there are.
 */
static bool may_be_low_surrogate(const char *bytes, size_t length)
{
    if (length < ESCAPE_LENGTH) {
        static const char forms[2][4] = {"\\ud", "\\uD"};
        size_t given = length < 3 ? length : 3;
        return memcmp(bytes, forms[0], given) == 0 || memcmp(bytes, forms[1], given) == 0;
    }
    long code = bytes[0] == '\\' && bytes[1] == 'u' ? read_hex(bytes + 2) : -1;
    return code >= 0xdc00 && code <= 0xdfff;
}

/*
 * The length of a clean escape, 0 where it is cut or (with a fault) not clean. What is no
 * escape of JSON at all is for the tokenizer to refuse.
 */
static size_t scan_escape(const char *bytes, size_t length, bool last,
                          enum shoji__guard_fault *fault)
{
    if (length < 2)
        return last ? length : 0;
    if (bytes[1] != 'u')
        return (unsigned char)bytes[1] >= ' ' && (unsigned char)bytes[1] < 0x80 ? 2 : 1;
    if (length < ESCAPE_LENGTH)
        return last ? 2 : 0;

    long code = read_hex(bytes + 2);
    if (code < 0xd800 || code > 0xdfff)
        return code < 0 ? 2 : ESCAPE_LENGTH;

    const char *second = bytes + ESCAPE_LENGTH;
    size_t rest = length - ESCAPE_LENGTH;
    if (code > 0xdbff || !may_be_low_surrogate(second, rest) ||
        (last && rest < ESCAPE_LENGTH)) {
        *fault = SHOJI__GUARD_SURROGATE;
        return 0;
    }
    return rest < ESCAPE_LENGTH ? 0 : 2 * ESCAPE_LENGTH;
}

/* As scan_escape, for one character of UTF-8. */
static size_t scan_character(const char *bytes, size_t length, bool last,
                             enum shoji__guard_fault *fault)
{
    uint32_t code_point = 0;
    size_t step = shoji__utf8_decode(bytes, length, &code_point);
    if (step != 0)
        return step;

    /* Cut, if some continuation would make it whole: try the least and the greatest. */
    static const char *const tails[] = {"\x80\x80\x80", "\xbf\xbf\xbf"};
    for (size_t i = 0; i < 2 && length < 4 && !last; i++) {
        char trial[8];
        memcpy(trial, bytes, length);
        memcpy(trial + length, tails[i], 3);
        if (shoji__utf8_decode(trial, length + 3, NULL) > length)
            return 0;
    }
    *fault = SHOJI__GUARD_UTF8;
    return 0;
}

size_t shoji__guard_scan(const char *bytes, size_t length, bool last,
                         enum shoji__guard_fault *fault)
{
    size_t at = 0;
    *fault = SHOJI__GUARD_CLEAN;
    for (;;) {
        at += skip_plain(bytes + at, length - at);
        if (at == length)
            return at;
        unsigned char byte = (unsigned char)bytes[at];
        size_t step = 1;
        if (byte >= 0x80) {
            step = scan_character(bytes + at, length - at, last, fault);
        } else if (byte == '\\') {
            step = scan_escape(bytes + at, length - at, last, fault);
        } else if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            *fault = SHOJI__GUARD_CONTROL;
            step = 0;
        }
        if (step == 0)
            return at;
        at += step;
    }
}
