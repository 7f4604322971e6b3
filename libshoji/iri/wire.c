/* The way to the wire and back: RFC 3987, section 3. */
#include <shoji/iri.h>

#include "base/error.h"
#include "base/utf8.h"
#include "iri/parse.h"
#include "iri/percent.h"

#include <string.h>
#ifdef SHOJI_WITH_IDN
#include <idn2.h>
#endif

static shoji_status fail_host(const char *host, const char *reason, shoji_error *error)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    return shoji__fail(error, SHOJI_INVALID, "iri.host",
                       "the host \"%s\" is no domain name: %s",
                       shoji__excerpt(excerpt, host, strlen(host)), reason);
}

#ifdef SHOJI_WITH_IDN

/* What the mapping gives must be a name without empty labels, but for that of the root at
 * its end, and nothing that has a meaning in a URI. */
static bool is_plain_name(const char *name)
{
    for (char before = '.'; *name != '\0'; before = *name++)
        if (!shoji__is(*name, SHOJI__UNRESERVED) || (*name == '.' && before == '.'))
            return false;
    return true;
}

static shoji_status append_domain(shoji_buffer *work, const char *host,
                                  shoji_error *error)
{
    uint8_t *name = NULL;
    int outcome = idn2_lookup_u8((const uint8_t *)host, &name,
                                 IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (outcome == IDN2_MALLOC)
        return shoji__fail_memory(error);
    if (outcome != IDN2_OK)
        return fail_host(host, idn2_strerror(outcome), error);

    shoji_status status = SHOJI_OK;
    if (!is_plain_name((const char *)name))
        status = fail_host(
            host, "it holds a character, or an empty label, that no name has", error);
    else
        status = shoji_buffer_append_string(work, (const char *)name);
    idn2_free(name);
    return status;
}

#else

static shoji_status append_domain(shoji_buffer *work, const char *host,
                                  shoji_error *error)
{
    (void)work;
    return fail_host(host, "this library was built without libidn2, so it must be ASCII",
                     error);
}

#endif

static bool is_ascii(struct shoji__slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!shoji__is_ascii(text.bytes[i]))
            return false;
    return true;
}

static bool is_text(struct shoji__slice decoded)
{
    return shoji__utf8_valid(decoded.bytes, decoded.length) &&
           memchr(decoded.bytes, '\0', decoded.length) == NULL;
}

/*
 * A host with non-ASCII characters, percent-encoded or not, is a domain name of IDNA. One
 * that is percent-encoded and no UTF-8 goes as it is: to URIs it is a name like others.
 */
static shoji_status append_decoded_host(shoji_buffer *work, struct shoji__slice host,
                                        struct shoji__slice decoded, shoji_error *error)
{
    if (is_text(decoded) && !is_ascii(decoded))
        return append_domain(work, decoded.bytes, error);
    if (is_ascii(host))
        return shoji__buffer_append_slice(work, host);
    return fail_host(decoded.bytes, "its percent-encoding is no text", error);
}

static shoji_status append_host(shoji_buffer *work, shoji_iri_part host,
                                shoji_error *error)
{
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_append_decoded(&decoded, host.bytes, host.length);
    if (status == SHOJI_OK)
        status = append_decoded_host(work, shoji__part_slice(host),
                                     shoji__buffer_slice(&decoded), error);
    shoji_buffer_finish(&decoded);
    return status;
}

shoji_status shoji_iri_to_uri(shoji_buffer *uri, const char *iri, shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_status status = shoji__iri_parse(&parts, iri, "IRI", error);
    if (status != SHOJI_OK)
        return status;

    shoji_buffer work = shoji__iri_work();
    struct shoji__slice rest = shoji__slice_of(iri);
    if (parts.host.bytes != NULL) {
        size_t before = (size_t)(parts.host.bytes - iri);
        status = shoji__percent_encode_wide(&work, shoji__slice(iri, before));
        if (status == SHOJI_OK)
            status = append_host(&work, parts.host, error);
        if (status == SHOJI_INVALID) {
            shoji_buffer_finish(&work);
            return status;
        }
        rest = shoji__slice_of(parts.host.bytes + parts.host.length);
    }
    if (status == SHOJI_OK)
        status = shoji__percent_encode_wide(&work, rest);
    return shoji__iri_deliver(uri, &work, status, error);
}

/*
 * Appends the host for people. One whose percent-encoding is not all of a text is left
 * alone: decoded in part, it would be no name for which the way to the wire leads back.
 */
static shoji_status append_readable_host(shoji_buffer *work, struct shoji__slice host)
{
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_append_decoded(&decoded, host.bytes, host.length);
    if (status == SHOJI_OK)
        status = is_text(shoji__buffer_slice(&decoded))
                     ? shoji__percent_decode_safe(work, host, false, false)
                     : shoji__buffer_append_slice(work, host);
    shoji_buffer_finish(&decoded);
    return status;
}

/* The IRI for a URI that was split: what may stand in it depends on where. */
static shoji_status append_readable(shoji_buffer *work, const char *uri,
                                    const shoji_iri_parts *parts)
{
    const char *end = uri + strlen(uri);
    const char *host = parts->host.bytes != NULL ? parts->host.bytes : uri;
    const char *rest = host + parts->host.length;
    const char *query = parts->query.bytes != NULL ? parts->query.bytes : end;
    const char *after = query + parts->query.length;
    shoji_status status = shoji__percent_decode_safe(
        work, shoji__slice(uri, (size_t)(host - uri)), false, false);
    if (status == SHOJI_OK)
        status = append_readable_host(work, shoji__slice(host, parts->host.length));
    if (status == SHOJI_OK)
        status = shoji__percent_decode_safe(
            work, shoji__slice(rest, (size_t)(query - rest)), false, false);
    if (status == SHOJI_OK)
        status = shoji__percent_decode_safe(
            work, shoji__slice(query, (size_t)(after - query)), true, false);
    if (status == SHOJI_OK)
        status = shoji__percent_decode_safe(
            work, shoji__slice(after, (size_t)(end - after)), false, false);
    return status;
}

shoji_status shoji_iri_from_uri(shoji_buffer *iri, const char *uri, shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_status status = shoji__iri_parse(&parts, uri, "URI", error);
    if (status != SHOJI_OK)
        return status;
    shoji_buffer work = shoji__iri_work();
    status = append_readable(&work, uri, &parts);
    return shoji__iri_deliver(iri, &work, status, error);
}
