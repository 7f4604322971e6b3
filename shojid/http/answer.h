/* A response as the bytes that go out. */
#ifndef SHOJID_HTTP_ANSWER_H
#define SHOJID_HTTP_ANSWER_H

#include "service/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Bodies up to this size go out with their head in one write. */
    ANSWER_JOINED_MAXIMUM = 256 * 1024
};

/*
 * Appends the status line and the header fields, and the empty line after them, in the
 * version that every answer has, HTTP/1.1.
 *
 * id           the request's.
 * http_1_1     the client speaks HTTP/1.1, where a connection is kept without saying so.
 * keep_alive   the connection is kept.
 * now          seconds since 1970.
 *
 * Fails as the buffer does.
 */
shoji_status answer_append_head(shoji_buffer *bytes,
                                const struct exchange_response *response, const char *id,
                                bool http_1_1, bool keep_alive, int64_t now);

/* How many bytes of the body go out. */
size_t answer_body_length(const struct exchange_response *response);

#endif
