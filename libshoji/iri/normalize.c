/* The normal form by which IRIs are compared: RFC 3986, section 6.2, RFC 3987, 5.3. */
#include <shoji/iri.h>

#include "iri/parse.h"
#include "iri/percent.h"

#include <string.h>

/* Appends decoded text, with ASCII letters in lower case. */
static shoji_status append_lower(shoji_buffer *work, shoji_iri_part part)
{
    size_t start = work->length;
    shoji_status status =
        shoji__percent_decode_safe(work, shoji__part_slice(part), false, true);
    for (size_t i = start; i < work->length && status == SHOJI_OK; i++) {
        if (shoji__is_triplet(work->bytes + i, work->length - i))
            i += 2;
        else
            work->bytes[i] = shoji__lower(work->bytes[i]);
    }
    return status;
}

static bool scheme_is(const shoji_iri_parts *parts, const char *scheme)
{
    if (parts->scheme.length != strlen(scheme))
        return false;
    for (size_t i = 0; i < parts->scheme.length; i++)
        if (shoji__lower(parts->scheme.bytes[i]) != scheme[i])
            return false;
    return true;
}

static bool is_http(const shoji_iri_parts *parts)
{
    return scheme_is(parts, "http") || scheme_is(parts, "https");
}

/* The port without leading zeros; without bytes where the scheme implies it. */
static shoji_iri_part significant_port(const shoji_iri_parts *parts)
{
    shoji_iri_part port = parts->port;
    while (port.length > 1 && port.bytes[0] == '0') {
        port.bytes++;
        port.length--;
    }
    struct shoji__slice digits = shoji__part_slice(port);
    if (port.length == 0 || (scheme_is(parts, "http") && shoji__slice_is(digits, "80")) ||
        (scheme_is(parts, "https") && shoji__slice_is(digits, "443"))) {
        port.bytes = NULL;
        port.length = 0;
    }
    return port;
}

static shoji_status append_authority(shoji_buffer *work, const shoji_iri_parts *parts)
{
    shoji_status status = shoji_buffer_append_string(work, "//");
    if (status == SHOJI_OK && parts->user_info.bytes != NULL) {
        status = shoji__percent_decode_safe(work, shoji__part_slice(parts->user_info),
                                            false, true);
        if (status == SHOJI_OK)
            status = shoji__buffer_append_byte(work, '@');
    }
    if (status == SHOJI_OK)
        status = append_lower(work, parts->host);
    shoji_iri_part port = significant_port(parts);
    if (status == SHOJI_OK && port.bytes != NULL) {
        status = shoji__buffer_append_byte(work, ':');
        if (status == SHOJI_OK)
            status = shoji_buffer_append(work, port.bytes, port.length);
    }
    return status;
}

/* Encoded dots are dots (RFC 3986, section 2.3), so they are decoded before dot segments
 * are looked for. */
static shoji_status append_path(shoji_buffer *work, const shoji_iri_parts *parts)
{
    bool has_authority = parts->authority.bytes != NULL;
    if (parts->path.length == 0 && has_authority && is_http(parts))
        return shoji__buffer_append_byte(work, '/');

    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji__percent_decode_safe(&path, shoji__part_slice(parts->path), false, true);
    if (status == SHOJI_OK)
        status = shoji__iri_append_path(work, shoji__buffer_slice(&path), has_authority);
    shoji_buffer_finish(&path);
    return status;
}

static shoji_status append_normal(shoji_buffer *work, const shoji_iri_parts *parts)
{
    shoji_status status = append_lower(work, parts->scheme);
    if (status == SHOJI_OK)
        status = shoji__buffer_append_byte(work, ':');
    if (status == SHOJI_OK && parts->authority.bytes != NULL)
        status = append_authority(work, parts);
    if (status == SHOJI_OK)
        status = append_path(work, parts);
    if (status == SHOJI_OK && parts->query.bytes != NULL) {
        status = shoji__buffer_append_byte(work, '?');
        if (status == SHOJI_OK)
            status = shoji__percent_decode_safe(work, shoji__part_slice(parts->query),
                                                true, true);
    }
    return status;
}

shoji_status shoji_iri_normalize(shoji_buffer *normal, const char *iri,
                                 shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_status status = shoji__iri_parse_absolute(&parts, iri, "IRI", error);
    if (status != SHOJI_OK)
        return status;
    shoji_buffer work = shoji__iri_work();
    status = append_normal(&work, &parts);
    return shoji__iri_deliver(normal, &work, status, error);
}

shoji_status shoji__iri_same(bool *same, const char *one, const char *other)
{
    shoji_buffer normal_one = SHOJI_BUFFER_INIT;
    shoji_buffer normal_other = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_normalize(&normal_one, one, NULL);
    if (status == SHOJI_OK)
        status = shoji_iri_normalize(&normal_other, other, NULL);
    *same = status == SHOJI_OK && shoji__slice_equal(shoji__buffer_slice(&normal_one),
                                                     shoji__buffer_slice(&normal_other));
    shoji_buffer_finish(&normal_one);
    shoji_buffer_finish(&normal_other);
    return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
}

bool shoji_iri_same(const char *one, const char *other)
{
    bool same;
    return shoji__iri_same(&same, one, other) == SHOJI_OK && same;
}

/* Scheme, host and port in normal form. false where there is no authority. */
static bool origin_of(shoji_buffer *origin, const char *iri)
{
    shoji_iri_parts parts;
    if (shoji__iri_parse_absolute(&parts, iri, "IRI", NULL) != SHOJI_OK ||
        parts.authority.bytes == NULL)
        return false;
    parts.user_info.bytes = NULL;
    shoji_status status = append_lower(origin, parts.scheme);
    if (status == SHOJI_OK)
        status = shoji__buffer_append_byte(origin, ':');
    if (status == SHOJI_OK)
        status = append_authority(origin, &parts);
    return status == SHOJI_OK;
}

bool shoji_iri_same_origin(const char *one, const char *other)
{
    shoji_buffer origin_one = SHOJI_BUFFER_INIT;
    shoji_buffer origin_other = SHOJI_BUFFER_INIT;
    bool same = origin_of(&origin_one, one) && origin_of(&origin_other, other) &&
                shoji__slice_equal(shoji__buffer_slice(&origin_one),
                                   shoji__buffer_slice(&origin_other));
    shoji_buffer_finish(&origin_one);
    shoji_buffer_finish(&origin_other);
    return same;
}
