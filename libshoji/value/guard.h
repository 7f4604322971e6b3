/*
 * What RFC 8259 and I-JSON forbid and the tokenizer lets pass: ill-formed UTF-8, control
 * characters as white space, escaped surrogates without their pair.
 *
 * None of it depends on the grammar, so this is one fast pass over the bytes before the
 * tokenizer sees them. (Outside of strings a backslash or a non-ASCII character is a
 * fault for the tokenizer, too, and is reported here only where it is ill-formed.)
 */
#ifndef SHOJI_VALUE_GUARD_H
#define SHOJI_VALUE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

enum shoji__guard_fault {
    SHOJI__GUARD_CLEAN,
    SHOJI__GUARD_UTF8,
    SHOJI__GUARD_CONTROL,
    SHOJI__GUARD_SURROGATE
};

/*
 * Checks bytes from the beginning of the text, or from where the last call stopped, on.
 * Returns the length of what is clean. Where that is not all, `fault` says why;
 * SHOJI__GUARD_CLEAN then means that a character or an escape is cut by the end of the
 * bytes, and needs those that follow. With `last`, nothing follows.
 */
size_t shoji__guard_scan(const char *bytes, size_t length, bool last,
                         enum shoji__guard_fault *fault);

/*
 * How many bytes the clean inside of a string has when it is decoded. Of one that is cut,
 * these are no more than in the whole.
 */
size_t shoji__guard_decoded(const char *bytes, size_t length);

#endif
