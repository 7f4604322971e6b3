/*
 * The checks of a request's head that need no connection: what a stranger may send as
 * target and header fields, and how the body after them is framed (RFC 9112).
 */
#ifndef SHOJID_HTTP_HEAD_H
#define SHOJID_HTTP_HEAD_H

#include "service/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEAD_TARGET_MAXIMUM = 8192,              /* bytes of path and query */
    HEAD_FIELDS_MAXIMUM = EXCHANGE_LIST_SIZE /* bytes of all header fields */
};

/* What is wrong with a target that does not begin with a slash. */
extern const char head_target_detail[];

struct head_framing {
    bool chunked;
    uint64_t length; /* of the body, where it is not chunked */
    bool expects_continue;
    bool keeps_alive; /* the client would send another request on the connection */
};

/*
 * Checks a head.
 *
 * version   "1.0" or "1.1".
 * maximum   bytes that a body may have.
 * framing   receives how the body is framed.
 * detail    receives, where the head is refused, a sentence that says why: a static
 * string.
 *
 * Returns 0 where the request can go on, otherwise the status to refuse it with.
 */
int head_check(const struct exchange_request *request, const char *version,
               uint64_t maximum, struct head_framing *framing, const char **detail);

/* Whether a text can be taken for a request's id: 1 to 64 letters, digits, '.', '_', '-'.
 */
bool head_is_id(const char *text);

#endif
