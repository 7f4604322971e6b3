#include "service/cors.h"

#include <string.h>
#include <strings.h>

/* A host as a browser writes it: in lower case and ASCII, an IPv6 address in brackets. */
#define HOST_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-._[]:"

bool cors_is_origin(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;
    size_t host = strspn(text + scheme, HOST_BYTES);
    return scheme > 0 && host > 0 && text[scheme] != ':' && text[scheme + host] == '\0';
}

static bool names(const struct cors *cors, const char *origin)
{
    for (size_t i = 0; i < cors->count; i++)
        if (strcmp(cors->origins[i], origin) == 0)
            return true;
    return false;
}

bool cors_names(const struct cors *cors, const char *origin)
{
    return strcmp(origin, "*") != 0 && names(cors, origin);
}

/* Whether the request comes from a page that may use this server. */
static bool is_allowed(const struct cors *cors, const struct exchange_request *request)
{
    const char *origin = exchange_header(request, "Origin");
    return origin != NULL && (names(cors, "*") || cors_names(cors, origin));
}

bool cors_answer_preflight(const struct cors *cors,
                           const struct exchange_request *request,
                           struct exchange_response *response)
{
    if (strcmp(request->method, "OPTIONS") != 0 ||
        exchange_header(request, "Access-Control-Request-Method") == NULL ||
        !is_allowed(cors, request))
        return false;
    /* What is asked about is not looked at: the answer to the request itself tells who
     * may do what, and such a question carries no token. */
    exchange_set_header(response, "Access-Control-Allow-Methods",
                        "GET, HEAD, POST, PUT, PATCH, DELETE");
    exchange_set_header(response, "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Idempotency-Key, If-Match, "
                        "If-Modified-Since, If-None-Match, If-Unmodified-Since, Prefer, "
                        "Slug, X-Request-Id");
    exchange_set_header(response, "Access-Control-Max-Age", "600");
    response->status = 204;
    response->no_body = true;
    return true;
}

void cors_allow(const struct cors *cors, const struct exchange_request *request,
                struct exchange_response *response)
{
    if (cors->count == 0)
        return;
    bool all = names(cors, "*");
    if (!all)
        exchange_add_to_list(response, "Vary", "Origin");
    if (!is_allowed(cors, request))
        return;
    exchange_set_header(response, "Access-Control-Allow-Origin", "%s",
                        all ? "*" : exchange_header(request, "Origin"));
    exchange_set_header(response, "Access-Control-Expose-Headers",
                        "Accept-Patch, Allow, Content-Location, ETag, Link, Location, "
                        "Preference-Applied, Retry-After, WWW-Authenticate, "
                        "X-Request-Id");
}
