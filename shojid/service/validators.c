#include "service/validators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* To be raised whenever the same stored document comes to be rendered differently. */
#define RENDERING "1"

/* Writes what the tags of all representations of a revision begin with, and returns its
 * length. */
static int write_revision(char begin[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                          uint64_t revision)
{
    return snprintf(begin, VALIDATORS_ETAG_SIZE, "\"%" PRIx64 "-%016" PRIx64, revision,
                    visit->settings->salt ^ visit->view ^ visit->question);
}

void validators_etag(char etag[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                     uint64_t revision, enum variant variant)
{
    validators_etag_coded(etag, visit, revision, variant, CODING_IDENTITY);
}

void validators_etag_coded(char etag[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                           uint64_t revision, enum variant variant, enum coding coding)
{
    static const char *const suffixes[CODING_COUNT] = {
        [CODING_IDENTITY] = "", [CODING_GZIP] = "g", [CODING_BROTLI] = "b"};
    int length = write_revision(etag, visit, revision);
    snprintf(etag + length, VALIDATORS_ETAG_SIZE - (size_t)length, "%c%s\"",
             "jsh"[variant], suffixes[coding]);
}

static uint64_t hash(uint64_t state, const char *text)
{
    /* FNV-1a, the final NUL included, so that "a" "bc" and "ab" "c" differ. */
    do {
        state = (state ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return state;
}

uint64_t validators_question(const char *target)
{
    return hash(UINT64_C(0xcbf29ce484222325), target);
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

struct room {
    char if_match[EXCHANGE_LIST_SIZE];
    char if_none_match[EXCHANGE_LIST_SIZE];
};

static shoji_conditions conditions_of(const struct exchange_request *request,
                                      struct room *room)
{
    shoji_conditions conditions = {
        .if_match = exchange_list_header(request, "If-Match", room->if_match),
        .if_none_match =
            exchange_list_header(request, "If-None-Match", room->if_none_match),
        .if_modified_since = exchange_header(request, "If-Modified-Since"),
        .if_unmodified_since = exchange_header(request, "If-Unmodified-Since"),
    };
    return conditions;
}

bool validators_limit_a_write(const struct exchange_request *request)
{
    return exchange_header(request, "If-Match") != NULL ||
           exchange_header(request, "If-None-Match") != NULL ||
           exchange_header(request, "If-Unmodified-Since") != NULL;
}

bool validators_are_given(const struct exchange_request *request)
{
    return validators_limit_a_write(request) ||
           exchange_header(request, "If-Modified-Since") != NULL;
}

/*
 * Finds the tag of a representation of that revision in a field: of any, whatever its
 * media type and coding, since whoever holds it has seen what is there.
 *
 * weak  also a tag that is weak, as If-None-Match is compared.
 */
static bool find_etag(char etag[VALIDATORS_ETAG_SIZE], const char *field,
                      const struct visit *visit, uint64_t revision, bool weak)
{
    char begin[VALIDATORS_ETAG_SIZE];
    int length = write_revision(begin, visit, revision);
    for (const char *at = field + strspn(field, " \t,"); *at != '\0';
         at += strspn(at, " \t,")) {
        bool is_weak = strncmp(at, "W/", 2) == 0;
        at += is_weak ? 2 : 0;
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (end == NULL)
            return false;
        size_t size = (size_t)(end + 1 - at);
        if (strncmp(at, begin, (size_t)length) == 0 && size < VALIDATORS_ETAG_SIZE &&
            (weak || !is_weak)) {
            memcpy(etag, at, size);
            etag[size] = '\0';
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool validators_hold(const struct visit *visit, const char *field, uint64_t revision)
{
    char etag[VALIDATORS_ETAG_SIZE];
    return find_etag(etag, field, visit, revision, false);
}

/* The coding in which the client has the representation, of those that it accepts. */
static enum coding find_held(const char *field, const struct visit *visit,
                             uint64_t revision, enum variant variant)
{
    char etag[VALIDATORS_ETAG_SIZE];
    for (int i = 0; field != NULL && i < CODING_COUNT; i++) {
        validators_etag_coded(etag, visit, revision, variant, (enum coding)i);
        if (visit->accepts.accepts[i] && shoji_etag_matches(field, etag, true))
            return (enum coding)i;
    }
    return CODING_IDENTITY;
}

shoji_condition validators_read(struct visit *visit, uint64_t revision, int64_t modified,
                                enum variant variant)
{
    char etag[VALIDATORS_ETAG_SIZE];
    struct room room;
    shoji_conditions conditions = conditions_of(visit->request, &room);
    enum coding held = find_held(conditions.if_none_match, visit, revision, variant);
    validators_etag_coded(etag, visit, revision, variant, held);
    /* What a client has of another variant shows the same, but is no copy of this one. */
    if (conditions.if_match != NULL &&
        validators_hold(visit, conditions.if_match, revision))
        conditions.if_match = "*";
    shoji_condition condition =
        shoji_conditions_evaluate(&conditions, true, etag, modified);
    if (condition != SHOJI_PROCEED)
        visit->coding = held;
    return condition;
}

shoji_condition validators_write(const struct visit *visit, uint64_t revision,
                                 int64_t modified)
{
    char etag[VALIDATORS_ETAG_SIZE];
    struct room room;
    shoji_conditions conditions = conditions_of(visit->request, &room);
    bool weak = conditions.if_match == NULL;
    const char *field = weak ? conditions.if_none_match : conditions.if_match;
    if (field == NULL || !find_etag(etag, field, visit, revision, weak))
        validators_etag(etag, visit, revision, VARIANT_JSON);
    return shoji_conditions_evaluate(&conditions, false, revision != 0 ? etag : NULL,
                                     revision != 0 ? modified : -1);
}

void validators_set(struct visit *visit, uint64_t revision, int64_t modified,
                    enum variant variant)
{
    char etag[VALIDATORS_ETAG_SIZE];
    char date[SHOJI_HTTP_DATE_SIZE];
    validators_etag_coded(etag, visit, revision, variant, visit->coding);
    shoji_http_date_format(date, modified);
    exchange_set_header(visit->response, "ETag", "%s", etag);
    exchange_set_header(visit->response, "Last-Modified", "%s", date);
}
