#include "client/credentials.h"

#include <shoji/iri.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "protocol/field.h"

void shoji__login_finish(struct shoji__login *login)
{
    shoji__release(login->origin);
    shoji__release(login->user);
    shoji__release(login->password);
    *login = (struct shoji__login){NULL, NULL, NULL};
}

static shoji_status append_origin(shoji_buffer *origin, const shoji_iri_parts *parts)
{
    shoji_status status =
        shoji_buffer_append(origin, parts->scheme.bytes, parts->scheme.length);
    if (status != SHOJI_OK)
        return status;
    if (parts->host.bytes == NULL)
        return shoji_buffer_append_string(origin, ":");
    status = shoji_buffer_append_string(origin, "://");
    if (status == SHOJI_OK)
        status = shoji_buffer_append(origin, parts->host.bytes, parts->host.length);
    if (status == SHOJI_OK && parts->port.length != 0)
        status = shoji_buffer_append_string(origin, ":");
    if (status == SHOJI_OK && parts->port.length != 0)
        status = shoji_buffer_append(origin, parts->port.bytes, parts->port.length);
    return status;
}

shoji_status shoji__origin_of(shoji_buffer *origin, const char *iri, shoji_error *error)
{
    shoji_buffer normal = SHOJI_BUFFER_INIT;
    shoji_buffer work = SHOJI_BUFFER_INIT;
    shoji_iri_parts parts;
    shoji_status status = shoji_iri_normalize(&normal, iri, error);
    if (status == SHOJI_OK)
        status = shoji_iri_split(&parts, normal.bytes, error);
    if (status == SHOJI_OK && append_origin(&work, &parts) != SHOJI_OK)
        status = shoji__fail_memory(error);
    if (status == SHOJI_OK)
        shoji__buffer_swap(origin, &work);
    shoji_buffer_finish(&work);
    shoji_buffer_finish(&normal);
    return status;
}

/* One half of user information, percent-decoded; NULL where memory is short. */
static char *decoded(struct shoji__slice text)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    char *result = NULL;
    if (shoji_iri_append_decoded(&buffer, text.bytes, text.length) == SHOJI_OK)
        result = shoji_buffer_take(&buffer, NULL);
    shoji_buffer_finish(&buffer);
    return result;
}

static shoji_status remember_login(struct shoji__login *login, const char *iri,
                                   struct shoji__slice user_info, shoji_error *error)
{
    const char *colon =
        user_info.length != 0 ? memchr(user_info.bytes, ':', user_info.length) : NULL;
    size_t length = colon != NULL ? (size_t)(colon - user_info.bytes) : user_info.length;
    struct shoji__slice user = shoji__slice(user_info.bytes, length);
    struct shoji__slice password = shoji__slice("", 0);
    if (colon != NULL)
        password = shoji__slice(colon + 1, user_info.length - length - 1);

    shoji_buffer origin = SHOJI_BUFFER_INIT;
    struct shoji__login fresh = {NULL, NULL, NULL};
    shoji_status status = shoji__origin_of(&origin, iri, error);
    if (status != SHOJI_OK)
        return status;
    fresh.origin = shoji_buffer_take(&origin, NULL);
    fresh.user = decoded(user);
    fresh.password = decoded(password);
    if (fresh.origin == NULL || fresh.user == NULL || fresh.password == NULL) {
        shoji_buffer_finish(&origin);
        shoji__login_finish(&fresh);
        return shoji__fail_memory(error);
    }
    shoji__login_finish(login);
    *login = fresh;
    return SHOJI_OK;
}

/* A scheme that cannot be fetched is a mistake of whoever chose the IRI: the caller, or a
 * server. */
static shoji_status check_scheme(const shoji_iri_parts *parts, const char *iri,
                                 bool given, shoji_error *error)
{
    char quoted[SHOJI__EXCERPT_SIZE];
    struct shoji__slice scheme = shoji__slice(parts->scheme.bytes, parts->scheme.length);
    if (!shoji__equal_ignoring_case(scheme, shoji__slice_of("http")) &&
        !shoji__equal_ignoring_case(scheme, shoji__slice_of("https")))
        return shoji__fail(error, given ? SHOJI_USAGE : SHOJI_INVALID, "client.scheme",
                           "the scheme \"%s\" cannot be fetched: only http and https can",
                           shoji__excerpt(quoted, scheme.bytes, scheme.length));
    if (parts->host.length == 0)
        return shoji__fail(error, SHOJI_SYNTAX, "client.no-host", "%s names no host",
                           shoji__excerpt(quoted, iri, strlen(iri)));
    return SHOJI_OK;
}

/* Copies an IRI without its user information and its fragment. */
static shoji_status copy_without(shoji_buffer *bare, const char *iri,
                                 const shoji_iri_parts *parts)
{
    const char *host = parts->host.bytes;
    const char *authority = parts->authority.bytes;
    size_t length = parts->fragment.bytes != NULL
                        ? (size_t)(parts->fragment.bytes - iri) - 1
                        : strlen(iri);
    shoji_status status = shoji_buffer_append(bare, iri, (size_t)(authority - iri));
    if (status == SHOJI_OK)
        status = shoji_buffer_append(bare, host, length - (size_t)(host - iri));
    return status;
}

shoji_status shoji__destination(shoji_buffer *iri, struct shoji__login *login,
                                shoji_error *error)
{
    shoji_iri_parts parts;
    shoji_status status = shoji_iri_split(&parts, iri->bytes, error);
    if (status == SHOJI_OK)
        status = check_scheme(&parts, iri->bytes, login != NULL, error);
    if (status != SHOJI_OK)
        return status;

    struct shoji__slice user_info =
        shoji__slice(parts.user_info.bytes, parts.user_info.length);
    if (user_info.bytes != NULL && login == NULL)
        return shoji__fail(error, SHOJI_INVALID, "client.user-information",
                           "the server leads to an IRI with a user name in it, which is "
                           "not followed: it is not the server's to say who asks");
    shoji_buffer bare = SHOJI_BUFFER_INIT;
    if (copy_without(&bare, iri->bytes, &parts) != SHOJI_OK)
        status = shoji__fail_memory(error);
    if (status == SHOJI_OK && user_info.bytes != NULL)
        status = remember_login(login, bare.bytes, user_info, error);
    if (status == SHOJI_OK)
        shoji__buffer_swap(iri, &bare);
    shoji_buffer_finish(&bare);
    return status;
}
