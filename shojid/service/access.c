#include "service/access.h"

#include "service/tokens.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const struct service_options *options_of(const struct visit *visit)
{
    return &visit->settings->options;
}

static int64_t monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool count(struct visit *visit, struct rate_limit limit, enum rate_kind kind,
                  const char *key)
{
    uint32_t wait = rate_take(visit->service->rate, limit, kind, key, monotonic_now());
    if (wait == 0)
        return true;
    exchange_set_header(visit->response, "Retry-After", "%u", (unsigned)wait);
    problem_answer(visit, 429,
                   "there are more requests %s than %u in %u seconds; send the next one "
                   "in %u seconds",
                   kind == RATE_ADDRESS ? "from this address" : "with this token",
                   (unsigned)limit.count, (unsigned)limit.seconds, (unsigned)wait);
    return false;
}

/*
 * What an address is counted by. Of IPv6 that is its network of 64 bits, in which every
 * client has as many addresses as it likes; an IPv4 address that is written as one of
 * IPv6 is itself.
 */
static const char *counted_address(const char *address, char room[INET6_ADDRSTRLEN])
{
    struct in6_addr six;
    if (inet_pton(AF_INET6, address, &six) != 1)
        return address;
    if (IN6_IS_ADDR_V4MAPPED(&six))
        return inet_ntop(AF_INET, &six.s6_addr[12], room, INET6_ADDRSTRLEN);
    memset(&six.s6_addr[8], 0, 8);
    return inet_ntop(AF_INET6, &six, room, INET6_ADDRSTRLEN);
}

bool access_count(struct visit *visit)
{
    const char *address = visit->request->address;
    char room[INET6_ADDRSTRLEN];
    return visit->request->counted || address == NULL ||
           count(visit, options_of(visit)->rate_per_address, RATE_ADDRESS,
                 counted_address(address, room));
}

/* RFC 6750, section 3: what a client is to do is in the challenge; where it has sent no
 * token, no error is named. */
static void answer_401(struct visit *visit, const char *error, const char *detail)
{
    exchange_set_header(visit->response, "WWW-Authenticate",
                        "Bearer realm=\"shojid\"%s%s%s",
                        error != NULL ? ", error=\"" : "", error != NULL ? error : "",
                        error != NULL ? "\"" : "");
    problem_unauthorized(visit, detail);
}

static bool refuse_token(struct visit *visit)
{
    answer_401(
        visit, "invalid_token",
        "the token of the Authorization header is none of this server's, or it has "
        "expired or been revoked; send another, or leave the header out");
    return false;
}

static size_t count_fields(const struct exchange_request *request, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < request->header_count; i++)
        found += strcasecmp(request->headers[i].name, name) == 0;
    return found;
}

/* The token of an Authorization header: RFC 9110 has one scheme, in any case, spaces, and
 * what belongs to it. NULL where it is no Bearer. */
static const char *token_of(const char *authorization)
{
    static const char scheme[] = "Bearer";
    size_t length = sizeof scheme - 1;
    if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

/* Asks the store for a token. The snapshot that this takes is not kept: the body may be
 * waited for, and a write wants a later one. */
static shoji_status find_token(struct visit *visit, const char *text, struct token *token)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = visit_open(visit);
    if (status != SHOJI_OK)
        return SHOJI_STOPPED;
    status = tokens_find(visit->service->store, visit->snapshot, text,
                         (int64_t)time(NULL), token, &error);
    visit_close(visit);
    if (status == SHOJI_OK || status == SHOJI_NOT_FOUND)
        return status;
    problem_error(visit, &error);
    return SHOJI_STOPPED;
}

bool access_begin(struct visit *visit)
{
    const struct exchange_request *request = visit->request;
    const char *authorization = exchange_header(request, "Authorization");
    struct token token;
    if (authorization == NULL || options_of(visit)->no_auth)
        return true;
    const char *text = token_of(authorization);
    if (text == NULL || count_fields(request, "Authorization") > 1)
        return refuse_token(visit);
    shoji_status status = find_token(visit, text, &token);
    if (status == SHOJI_NOT_FOUND)
        return refuse_token(visit);
    if (status != SHOJI_OK)
        return false;
    memcpy(visit->user, token.user, sizeof visit->user);
    visit->visitor = (struct access_visitor){visit->user, true};
    return request->counted ||
           count(visit, options_of(visit)->rate_per_token, RATE_TOKEN, token.key);
}

bool access_is_read_only(const struct visit *visit)
{
    return options_of(visit)->read_only || visit->service->store->read_only;
}

bool access_may_read(const struct visit *visit, const char *path)
{
    const struct service_options *options = options_of(visit);
    return options->no_auth ||
           rules_let(rules_reading(&options->rules, path), visit->visitor.user);
}

static bool is_let_write(const struct visit *visit, const char *path)
{
    const struct service_options *options = options_of(visit);
    return options->no_auth ||
           (rules_let(rules_writing(&options->rules, path), visit->visitor.user) &&
            access_may_read(visit, path));
}

bool access_may_write(const struct visit *visit, const char *path)
{
    return !access_is_read_only(visit) && is_let_write(visit, path);
}

/* Refuses for want of a token, or for the one that there is. */
static void refuse(struct visit *visit, const struct rules_grant *grant, const char *verb)
{
    if (grant->who == RULES_NOBODY)
        problem_answer(visit, 403, "nobody may %s what is at %.500s", verb,
                       visit->path.bytes);
    else if (visit->visitor.user == NULL)
        answer_401(visit, NULL,
                   verb[0] == 'r'
                       ? "only users may read this: send a token, as \"Authorization: "
                         "Bearer TOKEN\""
                       : "only users may write here: send a token, as \"Authorization: "
                         "Bearer TOKEN\"");
    else
        problem_answer(visit, 403, "the user %s may not %s what is at %.500s",
                       visit->visitor.user, verb, visit->path.bytes);
}

bool access_require_source(struct visit *visit, const char *path)
{
    if (access_may_read(visit, path))
        return true;
    refuse(visit, rules_reading(&options_of(visit)->rules, path), "read");
    return false;
}

bool access_require_read(struct visit *visit)
{
    return access_require_source(visit, visit->path.bytes);
}

bool access_require_write(struct visit *visit)
{
    if (is_let_write(visit, visit->path.bytes))
        return true;
    refuse(visit, rules_writing(&options_of(visit)->rules, visit->path.bytes), "write");
    return false;
}

uint64_t access_view(const struct visit *visit, const char *path)
{
    const struct service_options *options = options_of(visit);
    return options->no_auth ? 0 : rules_view(&options->rules, path, visit->visitor.user);
}

const char *access_next_hidden(const struct visit *visit, const char *path, size_t *at)
{
    const struct service_options *options = options_of(visit);
    const char *next = NULL;
    while (!options->no_auth &&
           (next = rules_next_below(&options->rules, path, at)) != NULL &&
           access_may_read(visit, next))
        continue;
    return next;
}

bool access_is_shared(const struct visit *visit, const char *path)
{
    const struct service_options *options = options_of(visit);
    return options->no_auth ||
           (rules_reading(&options->rules, path)->who == RULES_PUBLIC &&
            !rules_hide_below(&options->rules, path));
}
