/* Reference resolution: RFC 3986, section 5.2, over the parts of IRIs. */
#include <shoji/iri.h>

#include "base/error.h"
#include "iri/parse.h"

#include <string.h>

shoji_buffer shoji__iri_work(void)
{
    shoji_buffer work = SHOJI_BUFFER_INIT;
    work.maximum = SHOJI_IRI_MAXIMUM;
    return work;
}

shoji_status shoji__iri_deliver(shoji_buffer *result, shoji_buffer *work,
                                shoji_status status, shoji_error *error)
{
    size_t maximum = work->maximum;
    if (result->maximum != 0 && result->maximum < maximum)
        maximum = result->maximum;
    if (status == SHOJI_OK)
        status = shoji_buffer_reserve(work, 0);
    if (status == SHOJI_OK && work->length > maximum)
        status = SHOJI_LIMIT;

    if (status == SHOJI_OK)
        shoji__buffer_swap(result, work);
    else if (status == SHOJI_LIMIT)
        shoji__fail(error, status, "iri.too-long", "the result is longer than %zu bytes",
                    maximum);
    else
        shoji__fail_memory(error);
    shoji_buffer_finish(work);
    return status;
}

static bool begins_with(struct shoji__slice text, const char *beginning)
{
    size_t length = strlen(beginning);
    return text.length >= length && memcmp(text.bytes, beginning, length) == 0;
}

static struct shoji__slice without(struct shoji__slice text, size_t count)
{
    return shoji__slice(text.bytes + count, text.length - count);
}

static void cut_to(shoji_buffer *buffer, size_t length)
{
    if (buffer->length > length) {
        buffer->length = length;
        buffer->bytes[length] = '\0';
    }
}

/* Removes the last segment, and the slash before it, of the path that begins at `start`.
 */
static void remove_segment(shoji_buffer *buffer, size_t start)
{
    size_t end = buffer->length;
    while (end > start && buffer->bytes[end - 1] != '/')
        end--;
    cut_to(buffer, end > start ? end - 1 : start);
}

/* Moves the first segment, with the slash before it, to the buffer. */
static shoji_status move_segment(shoji_buffer *buffer, struct shoji__slice *path)
{
    size_t end = path->bytes[0] == '/' ? 1 : 0;
    while (end < path->length && path->bytes[end] != '/')
        end++;
    shoji_status status = shoji_buffer_append(buffer, path->bytes, end);
    *path = without(*path, end);
    return status;
}

/* RFC 3986, section 5.2.4; the letters are those of its steps. */
static shoji_status remove_dots(shoji_buffer *buffer, struct shoji__slice path)
{
    size_t start = buffer->length;
    shoji_status status = SHOJI_OK;
    while (path.length != 0 && status == SHOJI_OK) {
        if (begins_with(path, "../")) { /* A */
            path = without(path, 3);
        } else if (begins_with(path, "./") || begins_with(path, "/./")) { /* A, B */
            path = without(path, 2);
        } else if (shoji__slice_is(path, "/.")) { /* B */
            path.length = 1;
        } else if (begins_with(path, "/../")) { /* C */
            path = without(path, 3);
            remove_segment(buffer, start);
        } else if (shoji__slice_is(path, "/..")) { /* C */
            path.length = 1;
            remove_segment(buffer, start);
        } else if (shoji__slice_is(path, ".") || shoji__slice_is(path, "..")) { /* D */
            path.length = 0;
        } else { /* E */
            status = move_segment(buffer, &path);
        }
    }
    return status;
}

shoji_status shoji__iri_append_path(shoji_buffer *buffer, struct shoji__slice path,
                                    bool has_authority)
{
    static const char guard[] = {'/', '.'};
    size_t start = buffer->length;
    shoji_status status = remove_dots(buffer, path);
    if (status != SHOJI_OK || has_authority || buffer->length - start < 2 ||
        buffer->bytes[start] != '/' || buffer->bytes[start + 1] != '/')
        return status;

    size_t length = buffer->length - start;
    status = shoji_buffer_append(buffer, guard, sizeof guard);
    if (status == SHOJI_OK) {
        char *bytes = buffer->bytes + start;
        memmove(bytes + sizeof guard, bytes, length);
        memcpy(bytes, guard, sizeof guard);
    }
    return status;
}

/* Appends a part that is there, between its delimiters. */
static shoji_status append_part(shoji_buffer *buffer, const char *before,
                                shoji_iri_part part, const char *after)
{
    if (part.bytes == NULL)
        return SHOJI_OK;
    shoji_status status = shoji_buffer_append_string(buffer, before);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(buffer, part.bytes, part.length);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(buffer, after);
    return status;
}

/*
 * RFC 3986, section 5.3, with the dot segments of the path removed on the way, or kept:
 * section 5.2.2 takes the path of the base as it is.
 */
static shoji_status recompose(shoji_buffer *work, const shoji_iri_parts *parts,
                              bool keep_dots)
{
    bool has_authority = parts->authority.bytes != NULL;
    struct shoji__slice path = shoji__part_slice(parts->path);
    shoji_status status = append_part(work, "", parts->scheme, ":");
    if (status == SHOJI_OK)
        status = append_part(work, "//", parts->authority, "");
    if (status == SHOJI_OK)
        status = keep_dots ? shoji__buffer_append_slice(work, path)
                           : shoji__iri_append_path(work, path, has_authority);
    if (status == SHOJI_OK)
        status = append_part(work, "?", parts->query, "");
    if (status == SHOJI_OK)
        status = append_part(work, "#", parts->fragment, "");
    return status;
}

/*
 * The path that a relative path makes with the base's (RFC 3986, section 5.2.3), before
 * dot segments are removed.
 */
static shoji_status merge(shoji_buffer *merged, const shoji_iri_parts *base,
                          shoji_iri_part path, shoji_base_rule rule)
{
    size_t keep = base->path.length;
    if (rule != SHOJI_BASE_BELOW)
        while (keep > 0 && base->path.bytes[keep - 1] != '/')
            keep--;
    bool add_slash = keep == 0 ? base->authority.bytes != NULL || rule == SHOJI_BASE_BELOW
                               : base->path.bytes[keep - 1] != '/';

    shoji_status status = shoji_buffer_append(merged, base->path.bytes, keep);
    if (status == SHOJI_OK && add_slash)
        status = shoji__buffer_append_byte(merged, '/');
    if (status == SHOJI_OK)
        status = shoji_buffer_append(merged, path.bytes, path.length);
    return status;
}

/* RFC 3986, section 5.2.2, for a reference without a scheme. */
static shoji_status transform(shoji_buffer *work, const shoji_iri_parts *base,
                              const shoji_iri_parts *reference, shoji_base_rule rule)
{
    shoji_iri_parts target = *reference;
    target.scheme = base->scheme;
    if (reference->authority.bytes != NULL)
        return recompose(work, &target, false);

    target.authority = base->authority;
    if (reference->path.length == 0) {
        target.path = base->path;
        if (reference->query.bytes == NULL)
            target.query = base->query;
        return recompose(work, &target, true);
    }
    if (reference->path.bytes[0] == '/')
        return recompose(work, &target, false);

    shoji_buffer merged = SHOJI_BUFFER_INIT;
    shoji_status status = merge(&merged, base, reference->path, rule);
    if (status == SHOJI_OK) {
        target.path.bytes = merged.bytes;
        target.path.length = merged.length;
        status = recompose(work, &target, false);
    }
    shoji_buffer_finish(&merged);
    return status;
}

shoji_status shoji_iri_resolve(shoji_buffer *iri, const char *base, const char *reference,
                               shoji_base_rule rule, shoji_error *error)
{
    shoji_iri_parts base_parts;
    shoji_iri_parts parts;
    shoji_status status = SHOJI_OK;
    if (base != NULL) {
        status = shoji__iri_parse_absolute(&base_parts, base, "base", error);
        if (status == SHOJI_OK)
            status = shoji__iri_parse(&parts, reference, "reference", error);
    } else {
        status = shoji__iri_parse_absolute(&parts, reference, "reference", error);
    }
    if (status != SHOJI_OK)
        return status;

    shoji_buffer work = shoji__iri_work();
    if (parts.scheme.bytes != NULL)
        status = recompose(&work, &parts, false);
    else
        status = transform(&work, &base_parts, &parts, rule);
    return shoji__iri_deliver(iri, &work, status, error);
}
