/*
 * Text that somebody else wrote, made fit to be shown: how wide it is on a terminal, and
 * without the characters that would command the terminal or mislead who reads it.
 */
#ifndef SHOJI_CLI_TEXT_H
#define SHOJI_CLI_TEXT_H

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_ILL_FORMED = 0x110000 /* what text_decode makes of a byte that is no UTF-8 */
};

/* The code point at the beginning of text that is not empty; returns its length in bytes,
 * which is 1 for a byte that is no UTF-8. */
size_t text_decode(const char *bytes, size_t length, uint32_t *code);

/* Whether text is well-formed UTF-8. */
bool text_is_utf8(const char *bytes, size_t length);

/* Where text goes, which decides what must be escaped in it. */
enum text_place {
    TEXT_ONE_LINE, /* no control character at all */
    TEXT_LINES,    /* line feeds and tabs are wanted */
    TEXT_FIELD     /* a field between tabs: backslash, tab and line breaks as \\ \t \n
                      \r, and everything else as it is */
};

/*
 * Appends text in which what the place cannot take is escaped: characters as in JSON
 * (\u001b), bytes that are no UTF-8 as \xff. For a terminal these are the control
 * characters, the line separators, and those that turn the direction of writing.
 * Fails as the buffer does.
 */
shoji_status text_append_safe(shoji_buffer *buffer, const char *bytes, size_t length,
                              enum text_place place);

/* How many columns the text takes on a terminal. */
size_t text_width(const char *bytes, size_t length);

/* The length in bytes of the longest beginning of the text that is not wider than
 * `columns`. */
size_t text_fit(const char *bytes, size_t length, size_t columns);

#endif
