#include "service/validators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* To be raised whenever the same stored document comes to be rendered differently. */
#define RENDERING "1"

void validators_etag(char etag[VALIDATORS_ETAG_SIZE], const struct service *service,
                     uint64_t revision, enum variant variant)
{
    snprintf(etag, VALIDATORS_ETAG_SIZE, "\"%" PRIx64 "-%016" PRIx64 "%c\"", revision,
             service->salt, "jsh"[variant]);
}

static uint64_t hash(uint64_t state, const char *text)
{
    /* FNV-1a, the final NUL included, so that "a" "bc" and "ab" "c" differ. */
    do {
        state = (state ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return state;
}

uint64_t validators_salt(const struct store *store, const struct service_options *options)
{
    char page_size[32];
    snprintf(page_size, sizeof page_size, "%zu", options->page_size);
    uint64_t state = UINT64_C(0xcbf29ce484222325);
    state = hash(state, RENDERING);
    state = hash(state, store->id);
    state = hash(state, page_size);
    state = hash(state, options->relative_links ? "relative" : "absolute");
    return hash(state, options->base_iri != NULL ? options->base_iri : "");
}

enum {
    FIELD_SIZE = 4096
};

struct room {
    char if_match[FIELD_SIZE];
    char if_none_match[FIELD_SIZE];
};

static shoji_conditions conditions_of(const struct exchange_request *request,
                                      struct room *room)
{
    shoji_conditions conditions = {
        .if_match = exchange_list_header(request, "If-Match", room->if_match, FIELD_SIZE),
        .if_none_match = exchange_list_header(request, "If-None-Match",
                                              room->if_none_match, FIELD_SIZE),
        .if_modified_since = exchange_header(request, "If-Modified-Since"),
        .if_unmodified_since = exchange_header(request, "If-Unmodified-Since"),
    };
    return conditions;
}

bool validators_are_given(const struct exchange_request *request)
{
    return exchange_header(request, "If-Match") != NULL ||
           exchange_header(request, "If-None-Match") != NULL ||
           exchange_header(request, "If-Modified-Since") != NULL ||
           exchange_header(request, "If-Unmodified-Since") != NULL;
}

shoji_condition validators_read(const struct visit *visit, uint64_t revision,
                                int64_t modified, enum variant variant)
{
    char etag[VALIDATORS_ETAG_SIZE];
    struct room room;
    shoji_conditions conditions = conditions_of(visit->request, &room);
    validators_etag(etag, visit->service, revision, variant);
    return shoji_conditions_evaluate(&conditions, true, etag, modified);
}

/* The tag of the variant that a field holds, or else that of the first. */
static void find_etag(char etag[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                      uint64_t revision, const shoji_conditions *conditions)
{
    for (int variant = 0; variant < VARIANT_COUNT; variant++) {
        validators_etag(etag, visit->service, revision, (enum variant)variant);
        if (conditions->if_match != NULL &&
            shoji_etag_matches(conditions->if_match, etag, false))
            return;
        if (conditions->if_match == NULL && conditions->if_none_match != NULL &&
            shoji_etag_matches(conditions->if_none_match, etag, true))
            return;
    }
    validators_etag(etag, visit->service, revision, VARIANT_JSON);
}

shoji_condition validators_write(const struct visit *visit, uint64_t revision,
                                 int64_t modified)
{
    char etag[VALIDATORS_ETAG_SIZE];
    struct room room;
    shoji_conditions conditions = conditions_of(visit->request, &room);
    if (revision != 0)
        find_etag(etag, visit, revision, &conditions);
    return shoji_conditions_evaluate(&conditions, false, revision != 0 ? etag : NULL,
                                     revision != 0 ? modified : -1);
}

void validators_set(struct visit *visit, uint64_t revision, int64_t modified,
                    enum variant variant)
{
    char etag[VALIDATORS_ETAG_SIZE];
    char date[SHOJI_HTTP_DATE_SIZE];
    validators_etag(etag, visit->service, revision, variant);
    shoji_http_date_format(date, modified);
    exchange_set_header(visit->response, "ETag", "%s", etag);
    exchange_set_header(visit->response, "Last-Modified", "%s", date);
}
