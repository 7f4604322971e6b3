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
 * Explains the fault that the tokenizer met after the gap. The window ends where the
 * tokenizer stopped or later; with `last` the text ends with it.
 */
shoji_status shoji__explain(struct shoji__gap *gap, const struct shoji__window *window,
                            shoji_error *error);

/* Fills an error that stands at an offset of the text, within the window. */
shoji_status shoji__explain_at(const struct shoji__window *window, size_t offset,
                               shoji_error *error, shoji_status status, const char *code,
                               const char *message);

#endif
