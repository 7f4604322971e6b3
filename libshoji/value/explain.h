/* Why a text is no JSON, in words, and where. */
#ifndef SHOJI_VALUE_EXPLAIN_H
#define SHOJI_VALUE_EXPLAIN_H

#include <shoji/error.h>

#include "value/events.h"

#include <stdbool.h>
#include <stddef.h>

/* Moves over white space and separators that are where they may be. */
void shoji__gap_advance(struct shoji__gap *gap, const struct shoji__window *window);

/*
 * Whether the token of which the bytes from `begin` to `end` are known is longer than
 * that, decoded, whatever follows.
 */
bool shoji__is_longer(const struct shoji__window *window, size_t begin, size_t end,
                      size_t longest);

/*
 * Explains the fault that the tokenizer met after the gap: SHOJI_SYNTAX. The window ends
 * where the tokenizer stopped or later. SHOJI_LIMIT, which is left to the caller to
 * explain: the token is longer than `longest` where the fault is.
 */
shoji_status shoji__explain(struct shoji__gap *gap, const struct shoji__window *window,
                            size_t longest, shoji_error *error);

/* Fills an error that stands at an offset of the text, within the window. */
shoji_status shoji__explain_at(const struct shoji__window *window, size_t offset,
                               shoji_error *error, shoji_status status, const char *code,
                               const char *message);

#endif
