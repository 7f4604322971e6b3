#include <shoji/protocol.h>

#include "protocol/field.h"

/* The opaque part of an entity tag, its quotes included; NULL bytes for what is none. */
static struct shoji__slice opaque_tag(struct shoji__slice tag, bool *is_weak)
{
    *is_weak = tag.length >= 2 && memcmp(tag.bytes, "W/", 2) == 0;
    if (*is_weak)
        tag = shoji__slice(tag.bytes + 2, tag.length - 2);
    if (tag.length < 2 || tag.bytes[0] != '"' || tag.bytes[tag.length - 1] != '"')
        return shoji__slice(NULL, 0);
    return tag;
}

static bool tags_match(struct shoji__slice one, struct shoji__slice other, bool weak)
{
    bool one_is_weak;
    bool other_is_weak;
    struct shoji__slice first = opaque_tag(one, &one_is_weak);
    struct shoji__slice second = opaque_tag(other, &other_is_weak);
    if (first.bytes == NULL || second.bytes == NULL)
        return false;
    if (!weak && (one_is_weak || other_is_weak))
        return false;
    return shoji__slice_equal(first, second);
}

/*
 * Cuts the next list member off. Unlike a quoted string, an entity tag has no escapes: a
 * backslash before its closing quote is its last character.
 */
static struct shoji__slice next_tag(struct shoji__slice *rest)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < rest->length && (quoted || rest->bytes[at] != ','); at++)
        if (rest->bytes[at] == '"')
            quoted = !quoted;
    struct shoji__slice tag = shoji__field_trim(shoji__slice(rest->bytes, at));
    size_t used = at < rest->length ? at + 1 : at;
    *rest = shoji__slice(rest->bytes + used, rest->length - used);
    return tag;
}

bool shoji_etag_matches(const char *field, const char *etag, bool weak)
{
    struct shoji__slice rest = shoji__field_trim(shoji__slice_of(field));
    if (shoji__slice_is(rest, "*"))
        return true;
    while (rest.length != 0)
        if (tags_match(next_tag(&rest), shoji__slice_of(etag), weak))
            return true;
    return false;
}

/* Steps 1 and 2 of RFC 9110, section 13.2.2: must the request not be carried out? */
static bool lost_an_update(const shoji_conditions *conditions, const char *etag,
                           int64_t last_modified)
{
    if (conditions->if_match != NULL)
        return etag == NULL || !shoji_etag_matches(conditions->if_match, etag, false);
    int64_t since;
    if (conditions->if_unmodified_since == NULL || last_modified < 0 ||
        !shoji_http_date_parse(conditions->if_unmodified_since, &since))
        return false;
    return last_modified > since;
}

/* Steps 3 and 4: does the client have, or know of, what is there already? */
static bool is_known(const shoji_conditions *conditions, bool is_read, const char *etag,
                     int64_t last_modified)
{
    if (conditions->if_none_match != NULL)
        return etag != NULL && shoji_etag_matches(conditions->if_none_match, etag, true);
    int64_t since;
    if (!is_read || conditions->if_modified_since == NULL || last_modified < 0 ||
        !shoji_http_date_parse(conditions->if_modified_since, &since))
        return false;
    return last_modified <= since;
}

shoji_condition shoji_conditions_evaluate(const shoji_conditions *conditions,
                                          bool is_read, const char *etag,
                                          int64_t last_modified)
{
    if (lost_an_update(conditions, etag, last_modified))
        return SHOJI_PRECONDITION_FAILED;
    if (!is_known(conditions, is_read, etag, last_modified))
        return SHOJI_PROCEED;
    return is_read ? SHOJI_NOT_MODIFIED : SHOJI_PRECONDITION_FAILED;
}
