/* JSON Pointer (RFC 6901), token by token. */
#ifndef SHOJI_VALUE_POINTER_H
#define SHOJI_VALUE_POINTER_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a pointer is well-formed: empty, or "/" before each token, and each '~'
 * followed by 0 or 1. */
bool shoji__pointer_valid(const char *pointer);

/*
 * Takes the next token off a well-formed pointer, as it is written (still escaped).
 * false at the end.
 */
bool shoji__pointer_next(const char **pointer, struct shoji__slice *token);

/* Whether an escaped token is a name. */
bool shoji__token_is(struct shoji__slice token, const char *name, size_t length);

/* Unescapes a token into `name`, which has room for token.length bytes. Returns its
 * length. */
size_t shoji__token_unescape(char *name, struct shoji__slice token);

/* Reads a token as an array index: digits without a leading zero. false where it is none,
 * or too great. */
bool shoji__token_index(struct shoji__slice token, size_t *index);

#endif
