#include "service/site.h"

#include "service/route.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_MAXIMUM = 255 + 6, /* a domain name, a colon and a port */
    PORT_MAXIMUM = 65535
};

void site_finish(struct site *site)
{
    shoji_buffer_finish(&site->origin);
    shoji_buffer_finish(&site->prefix);
}

static bool is_host_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
           byte == '~';
}

static bool is_address_byte(char byte)
{
    return (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') ||
           (byte >= '0' && byte <= '9') || byte == ':' || byte == '.';
}

/* The length of the host that a Host header begins with, or 0. */
static size_t host_length(const char *host)
{
    size_t length = 0;
    if (host[0] != '[') {
        while (is_host_byte(host[length]))
            length++;
        return length;
    }
    while (is_address_byte(host[1 + length]))
        length++;
    return length > 1 && host[1 + length] == ']' ? length + 2 : 0;
}

static bool is_authority(const char *host)
{
    size_t length = strlen(host);
    size_t at = host_length(host);
    if (length > HOST_MAXIMUM || at == 0)
        return false;
    if (host[at] == '\0')
        return true;
    size_t digits = strspn(host + at + 1, "0123456789");
    return host[at] == ':' && digits <= 5 && host[at + 1 + digits] == '\0' &&
           strtoul(host + at + 1, NULL, 10) <= PORT_MAXIMUM;
}

bool site_host_is_loopback(const char *host)
{
    size_t length = host_length(host);
    if (length == strlen("[::1]") && strncmp(host, "[::1]", length) == 0)
        return true;
    if (length == strlen("localhost") && strncasecmp(host, "localhost", length) == 0)
        return true;
    /* No domain name is of digits and dots alone. */
    return strncmp(host, "127.", strlen("127.")) == 0 &&
           strspn(host, "0123456789.") == length;
}

shoji_status site_set_host(struct site *site, bool secure, const char *host,
                           shoji_error *error)
{
    if (host == NULL)
        return store_fail(error, SHOJI_SYNTAX, NULL,
                          "the request has no Host header, and this server needs one to "
                          "write absolute links; send it");
    if (!is_authority(host))
        return store_fail(error, SHOJI_SYNTAX, NULL,
                          "the Host header is no valid authority; send the host, and the "
                          "port where it is not the default, as in \"example.org:8642\"");
    shoji_buffer_clear(&site->origin);
    shoji_buffer_clear(&site->prefix);
    if (shoji_buffer_append_format(&site->origin, "%s://%s", secure ? "https" : "http",
                                   host) != SHOJI_OK ||
        shoji_buffer_append_string(&site->prefix, "") != SHOJI_OK)
        return store_fail_memory(error);
    return SHOJI_OK;
}

static bool part_is(shoji_iri_part part, const char *text)
{
    return part.bytes != NULL && part.length == strlen(text) &&
           strncasecmp(part.bytes, text, part.length) == 0;
}

shoji_status site_set_base(struct site *site, const char *base_iri, shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_error why = SHOJI_ERROR_INIT;
    if (shoji_iri_split(&parts, base_iri, &why) != SHOJI_OK)
        return store_fail(error, SHOJI_USAGE, NULL, "it is no IRI: %s", why.message);
    if (!part_is(parts.scheme, "http") && !part_is(parts.scheme, "https"))
        return store_fail(error, SHOJI_USAGE, NULL,
                          "it must begin with http:// or https://");
    if (parts.host.length == 0 || parts.user_info.bytes != NULL)
        return store_fail(error, SHOJI_USAGE, NULL,
                          "it must name a host, and no user, after the scheme");
    if (parts.query.bytes != NULL || parts.fragment.bytes != NULL)
        return store_fail(error, SHOJI_USAGE, NULL,
                          "it must have neither a query nor a fragment");

    size_t prefix = parts.path.length;
    while (prefix > 0 && parts.path.bytes[prefix - 1] == '/')
        prefix--;
    shoji_buffer_clear(&site->origin);
    shoji_buffer_clear(&site->prefix);
    if (shoji_buffer_append(&site->origin, base_iri,
                            (size_t)(parts.authority.bytes - base_iri) +
                                parts.authority.length) != SHOJI_OK ||
        shoji_buffer_append(&site->prefix, parts.path.bytes, prefix) != SHOJI_OK)
        return store_fail_memory(error);
    return SHOJI_OK;
}

shoji_status site_append_iri(shoji_buffer *iri, const struct site *site, const char *path)
{
    shoji_status status =
        shoji_buffer_append(iri, site->origin.bytes, site->origin.length);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(iri, site->prefix.bytes, site->prefix.length);
    return status != SHOJI_OK ? status : shoji_buffer_append_string(iri, path);
}

shoji_status site_append_self(shoji_buffer *self, const struct site *site,
                              const char *path)
{
    if (!site->relative)
        return site_append_iri(self, site, path);
    shoji_status status =
        shoji_buffer_append(self, site->prefix.bytes, site->prefix.length);
    return status != SHOJI_OK ? status : shoji_buffer_append_string(self, path);
}

/* Whether a reference names its host itself, so that the site's prefix has no part in
 * it. */
static bool has_authority(const char *reference)
{
    return strncmp(reference, "//", 2) == 0 || shoji_iri_is_absolute(reference);
}

/* Whether a reference is a path from the root: of the store where it is stored, of the
 * host where it comes from outside. */
static bool is_rooted(const char *reference)
{
    return reference[0] == '/' && reference[1] != '/';
}

/* Resolves a reference of the document at `path`. The path stands below the origin alone:
 * stored references that begin with a slash mean the root of the store, not of the host.
 */
static shoji_status resolve_stored(shoji_buffer *resolved, const struct site *site,
                                   const char *path, const char *reference)
{
    shoji_buffer base = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(
        &base, "%s%s%s", site->origin.bytes,
        has_authority(reference) ? site->prefix.bytes : "", path);
    if (status == SHOJI_OK)
        status =
            shoji_iri_resolve(resolved, base.bytes, reference, SHOJI_BASE_RFC3986, NULL);
    shoji_buffer_finish(&base);
    return status;
}

/* What follows the origin in an IRI that begins with it and a path; NULL for another's.
 */
static const char *below_origin(const struct site *site, const char *iri)
{
    if (strncasecmp(iri, site->origin.bytes, site->origin.length) != 0 ||
        iri[site->origin.length] != '/')
        return NULL;
    return iri + site->origin.length;
}

/* The store's own path, query and fragment in an IRI of this site; NULL for another's. */
static const char *below_prefix(const struct site *site, const char *iri)
{
    const char *path = below_origin(site, iri);
    if (path == NULL || strncmp(path, site->prefix.bytes, site->prefix.length) != 0 ||
        path[site->prefix.length] != '/')
        return NULL;
    return path + site->prefix.length;
}

static shoji_status append_resolved(shoji_buffer *reference, const struct site *site,
                                    const char *path, const char *stored)
{
    shoji_buffer resolved = SHOJI_BUFFER_INIT;
    shoji_status status = resolve_stored(&resolved, site, path, stored);
    if (status == SHOJI_NO_MEMORY) {
        shoji_buffer_finish(&resolved);
        return status;
    }
    const char *below = status == SHOJI_OK && !has_authority(stored)
                            ? below_origin(site, resolved.bytes)
                            : NULL;
    if (below != NULL)
        status = site_append_iri(reference, site, below);
    else
        status = shoji_buffer_append_string(reference,
                                            status == SHOJI_OK ? resolved.bytes : stored);
    shoji_buffer_finish(&resolved);
    return status;
}

/* A template cannot be resolved as a whole; the directory that its text begins with can.
 */
static shoji_status append_resolved_template(shoji_buffer *reference,
                                             const struct site *site, const char *path,
                                             const char *stored)
{
    size_t directory = strcspn(stored, "{}");
    while (directory > 0 && stored[directory - 1] != '/')
        directory--;
    shoji_buffer begun = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append(&begun, stored, directory);
    if (status == SHOJI_OK && directory == 0)
        status = shoji_buffer_append_string(&begun, "./");
    if (status == SHOJI_OK)
        status = append_resolved(reference, site, path, begun.bytes);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(reference, stored + directory);
    shoji_buffer_finish(&begun);
    return status;
}

shoji_status site_append_outward(shoji_buffer *reference, const struct site *site,
                                 const char *path, const char *stored)
{
    if (site->relative) {
        shoji_status status = SHOJI_OK;
        if (is_rooted(stored))
            status =
                shoji_buffer_append(reference, site->prefix.bytes, site->prefix.length);
        return status != SHOJI_OK ? status
                                  : shoji_buffer_append_string(reference, stored);
    }
    if (shoji_template_is(stored))
        return append_resolved_template(reference, site, path, stored);
    return append_resolved(reference, site, path, stored);
}

static shoji_status append_relative(shoji_buffer *stored, const struct site *site,
                                    const char *path, const char *target)
{
    shoji_buffer from = SHOJI_BUFFER_INIT;
    shoji_buffer to = SHOJI_BUFFER_INIT;
    shoji_buffer relative = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_buffer_append_format(&from, "%s%s", site->origin.bytes, path);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(&to, "%s%s", site->origin.bytes, target);
    if (status == SHOJI_OK)
        status = shoji_iri_relativize(&relative, from.bytes, to.bytes, NULL);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(stored, relative.bytes, relative.length);
    else if (status != SHOJI_NO_MEMORY)
        status = shoji_buffer_append_string(stored, target);
    shoji_buffer_finish(&from);
    shoji_buffer_finish(&to);
    shoji_buffer_finish(&relative);
    return status;
}

static shoji_status append_rooted(shoji_buffer *stored, const struct site *site,
                                  const char *reference)
{
    size_t prefix = site->prefix.length;
    if (strncmp(reference, site->prefix.bytes, prefix) == 0 && reference[prefix] == '/')
        return shoji_buffer_append_string(stored, reference + prefix);
    return shoji_buffer_append_format(stored, "%s%s", site->origin.bytes, reference);
}

shoji_status site_append_inward(shoji_buffer *stored, const struct site *site,
                                const char *path, const char *reference)
{
    if (is_rooted(reference))
        return append_rooted(stored, site, reference);
    const char *below = below_prefix(site, reference);
    if (below == NULL)
        return shoji_buffer_append_string(stored, reference);
    if (!shoji_template_is(below))
        return append_relative(stored, site, path, below);
    size_t length = strlen(path);
    if (strncmp(below, path, length) == 0)
        below += length;
    return shoji_buffer_append_string(stored, below);
}

shoji_status site_append_target(shoji_buffer *target, const struct site *site,
                                const char *path, const char *stored)
{
    if (shoji_template_is(stored))
        return SHOJI_NO_MATCH;
    shoji_buffer resolved = SHOJI_BUFFER_INIT;
    shoji_buffer canonical = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = resolve_stored(&resolved, site, path, stored);
    const char *below = NULL;
    if (status == SHOJI_OK)
        below = has_authority(stored) ? below_prefix(site, resolved.bytes)
                                      : below_origin(site, resolved.bytes);
    if (status != SHOJI_NO_MEMORY && (below == NULL || strpbrk(below, "?#") != NULL))
        status = SHOJI_NO_MATCH;
    if (status == SHOJI_OK)
        status = route_canonical(&canonical, below, &error);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(target, canonical.bytes, canonical.length);
    else if (status != SHOJI_NO_MEMORY)
        status = SHOJI_NO_MATCH;
    shoji_buffer_finish(&resolved);
    shoji_buffer_finish(&canonical);
    return status;
}
