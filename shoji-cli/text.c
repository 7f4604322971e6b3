/* wcwidth() is of X/Open, not of POSIX. */
#define _XOPEN_SOURCE 700

#include "text.h"

#include <stdio.h>
#include <wchar.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The length that the first byte announces, with the bits that it holds; 0 for a byte
 * with which no character begins. */
static size_t announced_length(unsigned char first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        *bits = first & 0x1fu;
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *bits = first & 0x0fu;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *bits = first & 0x07u;
        return 4;
    }
    return 0;
}

static bool is_scalar_of_length(uint32_t code, size_t length)
{
    if (length == 3)
        return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
    if (length == 4)
        return code >= 0x10000 && code <= 0x10ffff;
    return true;
}

size_t text_decode(const char *bytes, size_t length, uint32_t *code)
{
    uint32_t bits = 0;
    size_t need = announced_length((unsigned char)bytes[0], &bits);
    *code = TEXT_ILL_FORMED;
    if (need == 0 || need > length)
        return 1;
    for (size_t i = 1; i < need; i++) {
        if (!is_continuation((unsigned char)bytes[i]))
            return 1;
        bits = bits << 6 | ((unsigned char)bytes[i] & 0x3fu);
    }
    if (!is_scalar_of_length(bits, need))
        return 1;
    *code = bits;
    return need;
}

bool text_is_utf8(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += text_decode(bytes + at, length - at, &code);
        if (code == TEXT_ILL_FORMED)
            return false;
    }
    return true;
}

/* Controls of the terminal (C0, DEL, C1), line separators, and the marks, embeddings,
 * overrides and isolates of the bidirectional algorithm. */
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
           code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* The letter of a two-character escape in a field; 0 for a character that needs none. */
static char field_escape(uint32_t code)
{
    switch (code) {
    case '\\':
        return '\\';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    default:
        return '\0';
    }
}

/* Writes the escape for one character of a place; 0 where it can stand as it is. */
static size_t escape(char text[8], const char *bytes, uint32_t code,
                     enum text_place place)
{
    if (place == TEXT_FIELD) {
        text[0] = '\\';
        text[1] = field_escape(code);
        return text[1] != '\0' ? 2 : 0;
    }
    if (code == TEXT_ILL_FORMED)
        return (size_t)snprintf(text, 8, "\\x%02x", (unsigned char)bytes[0]);
    if (!is_harmful(code) || (place == TEXT_LINES && (code == '\n' || code == '\t')))
        return 0;
    return (size_t)snprintf(text, 8, "\\u%04x", (unsigned)(code & 0xffff));
}

shoji_status text_append_safe(shoji_buffer *buffer, const char *bytes, size_t length,
                              enum text_place place)
{
    if (length == 0)
        return SHOJI_OK;
    size_t begin = 0;
    shoji_status status = SHOJI_OK;
    for (size_t at = 0; at < length && status == SHOJI_OK;) {
        uint32_t code;
        char escaped[8];
        size_t step = text_decode(bytes + at, length - at, &code);
        size_t size = escape(escaped, bytes + at, code, place);
        if (size != 0) {
            status = shoji_buffer_append(buffer, bytes + begin, at - begin);
            if (status == SHOJI_OK)
                status = shoji_buffer_append(buffer, escaped, size);
            begin = at + step;
        }
        at += step;
    }
    if (status == SHOJI_OK)
        status = shoji_buffer_append(buffer, bytes + begin, length - begin);
    return status;
}

/* What the locale does not know is taken to be one column wide. */
static size_t width_of(uint32_t code)
{
    int width = code == TEXT_ILL_FORMED ? 1 : wcwidth((wchar_t)code);
    return width < 0 ? 1 : (size_t)width;
}

size_t text_width(const char *bytes, size_t length)
{
    size_t width = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += text_decode(bytes + at, length - at, &code);
        width += width_of(code);
    }
    return width;
}

size_t text_fit(const char *bytes, size_t length, size_t columns)
{
    size_t width = 0;
    size_t at = 0;
    while (at < length) {
        uint32_t code;
        size_t step = text_decode(bytes + at, length - at, &code);
        width += width_of(code);
        if (width > columns)
            break;
        at += step;
    }
    return at;
}
