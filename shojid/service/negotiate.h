/* Which media type an answer has (spec/shoji.md, "Media types"). */
#ifndef SHOJID_SERVICE_NEGOTIATE_H
#define SHOJID_SERVICE_NEGOTIATE_H

#include "service/exchange.h"

#include <stdbool.h>

/* The forms in which a document is served. */
enum variant {
    VARIANT_JSON = 0,
    VARIANT_SHOJI = 1,
    VARIANT_HTML = 2,
    VARIANT_COUNT = 3,
    VARIANT_NONE = -1
};

/* Chooses by a request's Accept header; VARIANT_NONE where nothing is acceptable. */
enum variant negotiate_variant(const struct exchange_request *request);

/* The value of Content-Type for a document in that form. */
const char *negotiate_type(enum variant variant, bool bare_value);

/* Whether a problem object goes out under its own media type. */
bool negotiate_problem(const struct exchange_request *request);

#endif
