#include "service/negotiate.h"

#include "html/page.h"

#include <shoji/protocol.h>

#include <string.h>
#include <strings.h>

/* Whether an Accept header names a type itself, rather than by a range; its quality
 * aside. */
static bool names_type(const char *accept, const char *type)
{
    size_t length = strlen(type);
    const char *at = accept;
    while (at != NULL && *at != '\0') {
        at += strspn(at, " \t,");
        if (strncasecmp(at, type, length) == 0 && strchr(" \t;,", at[length]) != NULL)
            return true;
        at = strchr(at, ',');
    }
    return false;
}

enum variant negotiate_variant(const struct exchange_request *request)
{
    static const char *const names[VARIANT_COUNT] = {
        [VARIANT_JSON] = "application/json",
        [VARIANT_SHOJI] = "application/shoji+json",
        [VARIANT_HTML] = "text/html",
    };
    /* Of equal qualities the first wins: the protocol's own type for who names it, and
     * for all others the one that every client parses. */
    static const enum variant named[] = {VARIANT_SHOJI, VARIANT_JSON, VARIANT_HTML};
    static const enum variant unnamed[] = {VARIANT_JSON, VARIANT_HTML, VARIANT_SHOJI};

    char joined[EXCHANGE_LIST_SIZE];
    const char *accept = exchange_list_header(request, "Accept", joined);
    const enum variant *order =
        accept != NULL && names_type(accept, names[VARIANT_SHOJI]) ? named : unnamed;
    const char *types[VARIANT_COUNT];
    for (size_t i = 0; i < VARIANT_COUNT; i++)
        types[i] = names[order[i]];
    int chosen = shoji_accept_choose(accept, types, VARIANT_COUNT);
    return chosen < 0 ? VARIANT_NONE : order[chosen];
}

const char *negotiate_type(enum variant variant, bool bare_value)
{
    if (variant == VARIANT_HTML)
        return HTML_PAGE_TYPE;
    if (variant == VARIANT_SHOJI && !bare_value)
        return "application/shoji+json";
    return "application/json";
}

bool negotiate_problem(const struct exchange_request *request)
{
    char joined[EXCHANGE_LIST_SIZE];
    const char *accept = exchange_list_header(request, "Accept", joined);
    static const char *const types[] = {"application/problem+json",
                                        "application/shoji+json", "application/json"};
    if (accept == NULL ||
        (!names_type(accept, types[0]) && !names_type(accept, types[1])))
        return false;
    return shoji_accept_choose(accept, types, 3) != 2;
}
