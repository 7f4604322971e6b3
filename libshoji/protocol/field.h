/* The grammar that the values of HTTP fields share (RFC 9110, section 5.6). */
#ifndef SHOJI_PROTOCOL_FIELD_H
#define SHOJI_PROTOCOL_FIELD_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a byte may stand in a token. */
bool shoji__is_token_byte(char byte);

/* Whether a text is a token: one token byte or more, and nothing else. */
bool shoji__is_token(struct shoji__slice text);

/* The slice without spaces and tabs around it. */
struct shoji__slice shoji__field_trim(struct shoji__slice text);

/* Whether two texts are equal, ASCII letters in any case. */
bool shoji__equal_ignoring_case(struct shoji__slice one, struct shoji__slice other);

/*
 * Cuts the part before the first `separator` that stands outside of quotes off the front
 * of `rest`, and trims it. false where nothing is left.
 */
bool shoji__field_next(struct shoji__slice *part, struct shoji__slice *rest,
                       char separator);

#endif
