/*
 * The way from one IRI to another: the inverse of resolution. The candidates are made
 * from the texts, and each is proven by resolving it.
 */
#include <shoji/iri.h>

#include "iri/parse.h"

#include <string.h>

struct journey {
    const char *base;
    const char *target;   /* without dot segments */
    shoji_iri_parts from; /* the parts of the base without dot segments */
    shoji_iri_parts to;   /* the parts of the target */
    shoji_buffer *best;   /* the shortest reference so far that leads there */
};

typedef shoji_status (*build_candidate)(shoji_buffer *candidate,
                                        const struct journey *journey);

static bool same_part(shoji_iri_part one, shoji_iri_part other)
{
    return (one.bytes == NULL) == (other.bytes == NULL) &&
           shoji__slice_equal(shoji__part_slice(one), shoji__part_slice(other));
}

/* What follows the target's path. */
static const char *after_path(const struct journey *journey)
{
    return journey->to.path.bytes + journey->to.path.length;
}

/* "", "#fragment" or "?query": what stays on the same path. */
static shoji_status build_without_path(shoji_buffer *candidate,
                                       const struct journey *journey)
{
    const char *rest = after_path(journey);
    if (same_part(journey->from.query, journey->to.query)) {
        const char *fragment = journey->to.fragment.bytes;
        rest = fragment != NULL ? fragment - 1 : rest + strlen(rest);
    }
    return shoji_buffer_append_string(candidate, rest);
}

/* The length of what two paths have in common, up to and with a slash. */
static size_t common_length(shoji_iri_part from, shoji_iri_part to)
{
    size_t common = 0;
    for (size_t i = 0; i < from.length && i < to.length; i++) {
        if (from.bytes[i] != to.bytes[i])
            break;
        if (from.bytes[i] == '/')
            common = i + 1;
    }
    return common;
}

/* Whether a relative path needs "./" before it, not to be taken for something else. */
static bool is_misleading(struct shoji__slice path)
{
    for (size_t i = 0; i < path.length; i++) {
        if (path.bytes[i] == '/')
            return i == 0;
        if (path.bytes[i] == ':')
            return true;
    }
    return false;
}

/* "name", "../../name", "." or "..": the path from the directory of the base. */
static shoji_status build_relative_path(shoji_buffer *candidate,
                                        const struct journey *journey)
{
    shoji_iri_part from = journey->from.path;
    shoji_iri_part to = journey->to.path;
    size_t common = common_length(from, to);
    struct shoji__slice rest = shoji__slice(to.bytes + common, to.length - common);
    bool up = false;
    shoji_status status = SHOJI_OK;
    for (size_t i = common; i < from.length && status == SHOJI_OK; i++) {
        if (from.bytes[i] != '/')
            continue;
        status = shoji_buffer_append_string(candidate, up ? "/.." : "..");
        up = true;
    }
    if (status == SHOJI_OK && !up && (rest.length == 0 || is_misleading(rest)))
        status = shoji_buffer_append_string(candidate, rest.length == 0 ? "." : "./");
    if (status == SHOJI_OK && up && rest.length != 0)
        status = shoji__buffer_append_byte(candidate, '/');
    if (status == SHOJI_OK)
        status = shoji__buffer_append_slice(candidate, rest);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(candidate, after_path(journey));
    return status;
}

static shoji_status build_absolute_path(shoji_buffer *candidate,
                                        const struct journey *journey)
{
    return shoji_buffer_append_string(candidate, journey->to.path.bytes);
}

/* Whether a candidate leads to the target; a failure to find out is the status. */
static shoji_status prove(const shoji_buffer *candidate, const struct journey *journey,
                          bool *proven)
{
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_resolve(&target, journey->base, candidate->bytes,
                                            SHOJI_BASE_RFC3986, NULL);
    *proven = status == SHOJI_OK && strcmp(target.bytes, journey->target) == 0;
    shoji_buffer_finish(&target);
    return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
}

/* Makes a candidate, and the best one of it where it is shorter and leads there. */
static shoji_status try_candidate(const struct journey *journey, build_candidate build)
{
    shoji_buffer candidate = SHOJI_BUFFER_INIT;
    candidate.maximum = SHOJI_IRI_MAXIMUM;
    bool proven = false;
    shoji_status status = build(&candidate, journey);
    if (status == SHOJI_LIMIT)
        status = SHOJI_OK;
    else if (status == SHOJI_OK && candidate.length < journey->best->length)
        status = prove(&candidate, journey, &proven);
    if (proven)
        shoji__buffer_swap(journey->best, &candidate);
    shoji_buffer_finish(&candidate);
    return status;
}

static shoji_status find_shortest(struct journey *journey)
{
    shoji_status status = SHOJI_OK;
    if (!same_part(journey->from.scheme, journey->to.scheme) ||
        !same_part(journey->from.authority, journey->to.authority))
        return status;

    if (same_part(journey->from.path, journey->to.path))
        status = try_candidate(journey, build_without_path);
    if (status == SHOJI_OK)
        status = try_candidate(journey, build_relative_path);
    if (status == SHOJI_OK)
        status = try_candidate(journey, build_absolute_path);
    return status;
}

static shoji_status split_without_dots(shoji_buffer *text, shoji_iri_parts *parts,
                                       const char *iri)
{
    shoji_status status = shoji_iri_resolve(text, NULL, iri, SHOJI_BASE_RFC3986, NULL);
    if (status == SHOJI_OK)
        status = shoji_iri_split(parts, text->bytes, NULL);
    return status;
}

shoji_status shoji_iri_relativize(shoji_buffer *reference, const char *from,
                                  const char *to, shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_status status = shoji__iri_parse_absolute(&parts, from, "base", error);
    if (status == SHOJI_OK)
        status = shoji__iri_parse_absolute(&parts, to, "target", error);
    if (status != SHOJI_OK)
        return status;

    shoji_buffer start = SHOJI_BUFFER_INIT;
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_buffer work = shoji__iri_work();
    struct journey journey = {.base = from, .best = &work};
    status = shoji_buffer_append_string(&work, to);
    if (status == SHOJI_OK)
        status = split_without_dots(&start, &journey.from, from);
    if (status == SHOJI_OK)
        status = split_without_dots(&target, &journey.to, to);
    if (status == SHOJI_OK) {
        journey.target = target.bytes;
        status = find_shortest(&journey);
    }
    shoji_buffer_finish(&start);
    shoji_buffer_finish(&target);
    return shoji__iri_deliver(reference, &work, status, error);
}
