/*
 * Which pages of other origins may use this server from within a browser: CORS, by the
 * Fetch standard of WHATWG. It lets such a page read what whoever runs it could read by
 * other means; it is no way to keep anybody out, which is what access is for.
 *
 * Credentials in the sense of that standard are what a browser adds by itself, such as
 * cookies. This server has none, and never allows them: a page that has a token sends it
 * itself, in a header that it is allowed to send.
 */
#ifndef SHOJID_SERVICE_CORS_H
#define SHOJID_SERVICE_CORS_H

#include "service/exchange.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CORS_ORIGIN_MAXIMUM = 32
};

/* Whose pages: origins as a browser sends them, or "*" for all; none is nobody's. */
struct cors {
    const char *origins[CORS_ORIGIN_MAXIMUM];
    size_t count;
};

/* Whether a text is "*", or an http or https origin in the form that a browser sends. */
bool cors_is_origin(const char *text);

/* Whether a page of an origin is named; "*" names none. */
bool cors_names(const struct cors *cors, const char *origin);

/* Answers a browser that asks before it sends a request of such a page's. Returns whether
 * the request was such a question, of a page that may ask. */
bool cors_answer_preflight(const struct cors *cors,
                           const struct exchange_request *request,
                           struct exchange_response *response);

/* Lets such a page read an answer. */
void cors_allow(const struct cors *cors, const struct exchange_request *request,
                struct exchange_response *response);

#endif
