#include "value/guard.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum {
    /* Bytes that are gone through one by one where blocks do not do, before they are
     * tried again. */
    SINGLE_BYTES = 64,
    ESCAPE_LENGTH = 6 /* \uXXXX */
};

/*
 * Sixteen bytes that are compared at once, each giving -1 or 0: an extension of gcc and
 * clang, which needs no instruction that the machine has not. As signed numbers the bytes
 * of non-ASCII characters are below zero, in their order: continuations -128 to -65,
 * leads of two bytes to -33, of three to -17, of four to -1.
 */
typedef signed char block __attribute__((vector_size(16)));

enum {
    /* A block and the bytes that is_suspect looks at after it. */
    BLOCK_WITH_NEXT = sizeof(block) + 2
};

static block load(const char *bytes)
{
    block loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return loaded;
}

static bool is_any(block found)
{
    uint64_t halves[2];
    memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

static block is_control(block b)
{
    return (b >= 0) & (b < ' ') & (b != '\t') & (b != '\n') & (b != '\r');
}

/*
 * Whether a block needs a second look for a control character or for what may begin an
 * escaped surrogate. All other escapes are for the tokenizer to check. The block's last
 * bytes are judged with the two that come after it.
 */
static bool is_suspect(const char *bytes)
{
    block b = load(bytes);
    block found = is_control(b);
    block backslash = b == '\\';
    if (is_any(backslash))
        found |= backslash & (load(bytes + 1) == 'u') & ((load(bytes + 2) | 0x20) == 'd');
    return is_any(found);
}

/*
 * Where the character or the escape of two bytes begins that an offset may lie within.
 * `start`, at which one begins, is as far back as it may go.
 */
static size_t to_boundary(const char *bytes, size_t start, size_t at)
{
    if (at > start && (bytes[at - 1] & 0x80) != 0) {
        do {
            at--;
        } while ((bytes[at] & 0xc0) == 0x80);
        return at;
    }
    size_t before = at;
    while (before > start && bytes[before - 1] == '\\')
        before--;
    /* Of a run of backslashes, every second one is escaped by the one before it. */
    return at - (at - before) % 2;
}

/* Bytes of ASCII that need no second look. Returns how many. */
static size_t skip_ascii(const char *bytes, size_t length)
{
    size_t at = 0;
    for (; length - at >= BLOCK_WITH_NEXT; at += sizeof(block)) {
        block b = load(bytes + at);
        /* Most blocks hold no line break either, and pass the shorter test. */
        if (is_any((b < ' ') | (b == '\\')) && (is_any(b < 0) || is_suspect(bytes + at)))
            break;
    }
    return to_boundary(bytes, 0, at);
}

/*
 * Characters of up to three bytes that need none either, where a continuation stands
 * after each lead, a second one after a lead of three, and nowhere else. The leads after
 * which some continuations are ill-formed (E0, ED) are left out, as are those of four
 * bytes and those that are none (C0, C1). `at` is where a character begins, at 2 at
 * least; returns where the first that is not among them begins, or a little before.
 */
static size_t skip_characters(const char *bytes, size_t at, size_t length)
{
    size_t start = at;
    for (; length - at >= BLOCK_WITH_NEXT; at += sizeof(block)) {
        block b = load(bytes + at);
        block before = load(bytes + at - 1);
        block second = load(bytes + at - 2);
        block rare = ((b > -17) & (b < 0)) | (b == -0x20) | (b == -0x13) | (b == -0x40) |
                     (b == -0x3f);
        block is_due = ((before > -65) & (before < 0)) | ((second > -33) & (second < 0));
        block is_wrong = (b < -64) ^ is_due;
        if (is_any(rare | is_wrong) || is_suspect(bytes + at))
            break;
    }
    return to_boundary(bytes, start, at);
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

static bool is_plain(char byte)
{
    return (byte >= ' ' && byte <= '~' && byte != '\\') || byte == '\t' || byte == '\n' ||
           byte == '\r';
}

/* The length of the clean character or escape that the bytes begin with, or 0. */
static size_t scan_one(const char *bytes, size_t length, bool last,
                       enum shoji__guard_fault *fault)
{
    unsigned char byte = (unsigned char)bytes[0];
    if (byte >= 0x80)
        return scan_character(bytes, length, last, fault);
    if (byte == '\\')
        return scan_escape(bytes, length, last, fault);
    if (byte >= ' ')
        return 1;
    *fault = SHOJI__GUARD_CONTROL;
    return 0;
}

size_t shoji__guard_scan(const char *bytes, size_t length, bool last,
                         enum shoji__guard_fault *fault)
{
    size_t at = 0;
    *fault = SHOJI__GUARD_CLEAN;
    while (at < length) {
        at += skip_ascii(bytes + at, length - at);
        if (at >= 2)
            at = skip_characters(bytes, at, length);
        size_t rest = length - at;
        size_t end = at + (rest < SINGLE_BYTES ? rest : SINGLE_BYTES);
        while (at < end) {
            if (is_plain(bytes[at])) {
                at++;
                continue;
            }
            size_t step = scan_one(bytes + at, length - at, last, fault);
            if (step == 0)
                return at;
            at += step;
        }
    }
    return at;
}

/* The bytes of UTF-8 that \uXXXX comes to; of a surrogate, half of those of its pair. */
static size_t escaped_width(const char *digits)
{
    long code = read_hex(digits);
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff))
        return 3;
    return code >= 0x80 ? 2 : 1;
}

size_t shoji__guard_decoded(const char *bytes, size_t length)
{
    size_t decoded = 0;
    const char *at = bytes;
    const char *end = bytes + length;
    const char *escape;
    while (at < end && (escape = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        decoded += (size_t)(escape - at);
        size_t rest = (size_t)(end - escape);
        if (rest < 2)
            return decoded;
        bool is_long = escape[1] == 'u';
        if (is_long && rest < ESCAPE_LENGTH)
            return decoded;
        decoded += is_long ? escaped_width(escape + 2) : 1;
        at = escape + (is_long ? ESCAPE_LENGTH : 2);
    }
    return decoded + (size_t)(end - at);
}
