#include <shoji/client.h>

#include <shoji/iri.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "client/credentials.h"
#include "client/fields.h"
#include "client/response.h"
#include "client/session.h"
#include "client/transfer.h"
#include "protocol/field.h"

#include <string.h>
#include <time.h>

/* A request on its way, from redirect to redirect. */
struct journey {
    shoji_session *session;
    const shoji_request *request;
    const char *method;
    shoji_buffer iri;    /* where it goes now: without user information or fragment */
    shoji_buffer origin; /* of that */
    char *first_origin;  /* owned: that of the request's own IRI */
    unsigned redirects;
    int64_t deadline; /* of clock_ms */
};

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void finish_journey(struct journey *journey)
{
    shoji_buffer_finish(&journey->iri);
    shoji_buffer_finish(&journey->origin);
    shoji__release(journey->first_origin);
}

static bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static shoji_status check_request(const shoji_request *request, const char *method,
                                  shoji_error *error)
{
    char quoted[SHOJI__EXCERPT_SIZE];
    if (!shoji__is_token(shoji__slice_of(method)))
        return shoji__fail(error, SHOJI_USAGE, "client.method", "\"%s\" is no method",
                           shoji__excerpt(quoted, method, strlen(method)));
    if (request->iri == NULL)
        return shoji__fail(error, SHOJI_USAGE, NULL, "the request has no IRI");
    if (request->body != NULL && is_read(method))
        return shoji__fail(error, SHOJI_USAGE, "client.method",
                           "a %s request cannot have a body", method);
    shoji_status status =
        shoji__fields_check_value("content type", request->content_type, error);
    if (status == SHOJI_OK)
        status = shoji__fields_check_value("If-Match header", request->if_match, error);
    if (status == SHOJI_OK)
        status = shoji__fields_check_value("If-None-Match header", request->if_none_match,
                                           error);
    if (status == SHOJI_OK)
        status = shoji__fields_check(request->headers, error);
    return status;
}

/* A copy of the origin that the journey is at; NULL where memory is short. */
static char *copy_origin(const struct journey *journey)
{
    return shoji__copy_text(journey->origin.bytes, journey->origin.length);
}

static shoji_status begin_journey(struct journey *journey, bool given, shoji_error *error)
{
    shoji_session *session = journey->session;
    shoji_status status = shoji_iri_resolve(&journey->iri, NULL, journey->request->iri,
                                            SHOJI_BASE_RFC3986, error);
    if (status == SHOJI_OK)
        status = shoji__destination(&journey->iri, given ? &session->login : NULL, error);
    if (status == SHOJI_OK)
        status = shoji__origin_of(&journey->origin, journey->iri.bytes, error);
    if (status != SHOJI_OK)
        return status;
    journey->first_origin = copy_origin(journey);
    if (session->origin == NULL)
        session->origin = copy_origin(journey);
    if (journey->first_origin == NULL || session->origin == NULL)
        return shoji__fail_memory(error);
    journey->deadline = clock_ms() + session->timeout_ms;
    return SHOJI_OK;
}

static bool is_at(const struct journey *journey, const char *origin)
{
    return origin != NULL && strcmp(journey->origin.bytes, origin) == 0;
}

/* Decides what this origin is told about who asks. */
static void choose_credentials(const struct journey *journey,
                               struct shoji__transfer *transfer,
                               struct shoji__fields *fields)
{
    const shoji_session *session = journey->session;
    fields->request = journey->request;
    fields->accept = session->accept;
    if (is_at(journey, journey->first_origin))
        fields->own = journey->request->headers;
    if (is_at(journey, session->origin)) {
        fields->session = (const char *const *)session->headers;
        fields->token = session->token;
    }
    if (fields->token != NULL || shoji__fields_have(fields->own, "Authorization") ||
        shoji__fields_have(fields->session, "Authorization"))
        return;
    if (is_at(journey, session->login.origin)) {
        transfer->user = session->login.user;
        transfer->password = session->login.password;
    } else {
        transfer->netrc = session->netrc;
    }
}

static bool has_credentials(const struct shoji__transfer *transfer,
                            const struct shoji__fields *fields)
{
    return transfer->user != NULL || transfer->netrc || fields->token != NULL ||
           shoji__fields_count(fields->own) != 0 ||
           shoji__fields_count(fields->session) != 0;
}

static shoji_status run(const struct journey *journey, struct shoji__transfer *transfer,
                        const struct shoji__fields *fields, shoji_error *error)
{
    int64_t left = journey->deadline - clock_ms();
    shoji_buffer uri = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_to_uri(&uri, journey->iri.bytes, error);
    if (status != SHOJI_OK)
        return status;
    transfer->session = journey->session;
    transfer->method = journey->method;
    transfer->iri = journey->iri.bytes;
    transfer->uri = uri.bytes;
    transfer->body = journey->request->body;
    transfer->body_length = journey->request->body_length;
    transfer->timeout_ms = left > 0 ? (long)left : 1;
    if (shoji__fields_list(&transfer->fields, fields) != SHOJI_OK)
        status = shoji__fail_memory(error);
    else
        status = shoji__transfer_run(transfer, error);
    curl_slist_free_all(transfer->fields);
    transfer->fields = NULL;
    shoji_buffer_finish(&uri);
    return status;
}

static bool is_redirect(const struct journey *journey, const shoji_response *response)
{
    int status = response->status;
    return is_read(journey->method) &&
           (status == 301 || status == 302 || status == 303 || status == 307 ||
            status == 308) &&
           shoji_response_header(response, "Location") != NULL;
}

static bool is_secure(const char *origin)
{
    return strncmp(origin, "https:", strlen("https:")) == 0;
}

/* A redirect that is refused: an account of it with the reason. */
static shoji_status refuse(const struct journey *journey, const char *location,
                           shoji_status status, const char *code, const char *reason,
                           shoji_error *error)
{
    char from[SHOJI__EXCERPT_SIZE];
    char to[SHOJI__EXCERPT_SIZE];
    return shoji__fail(error, status, code,
                       "%s redirects to %s, which is not followed: %s",
                       shoji__excerpt(from, journey->iri.bytes, journey->iri.length),
                       shoji__excerpt(to, location, strlen(location)), reason);
}

/* Where a redirect leads, and the origin of that. */
static shoji_status locate(shoji_buffer *iri, shoji_buffer *origin,
                           const struct journey *journey, const char *location,
                           shoji_error *error)
{
    shoji_status status =
        shoji_iri_resolve(iri, journey->iri.bytes, location, SHOJI_BASE_RFC3986, error);
    if (status == SHOJI_OK)
        status = shoji__destination(iri, NULL, error);
    if (status == SHOJI_OK)
        status = shoji__origin_of(origin, iri->bytes, error);
    return status;
}

/* Turns the journey to where a redirect leads. `credentials`: the request had some. */
static shoji_status turn(struct journey *journey, const char *location, bool credentials,
                         shoji_error *error)
{
    if (journey->redirects == journey->session->redirect_limit)
        return refuse(journey, location, SHOJI_LIMIT, "client.redirects",
                      "it is one more than the limit, and perhaps they go in a circle",
                      error);
    shoji_error reason = SHOJI_ERROR_INIT;
    shoji_buffer next = SHOJI_BUFFER_INIT;
    shoji_buffer origin = SHOJI_BUFFER_INIT;
    shoji_status status = locate(&next, &origin, journey, location, &reason);
    if (status == SHOJI_NO_MEMORY) {
        shoji__fail_memory(error);
    } else if (status != SHOJI_OK) {
        bool scheme = reason.code != NULL && strcmp(reason.code, "client.scheme") == 0;
        status =
            refuse(journey, location, SHOJI_INVALID,
                   scheme ? "client.scheme" : "client.redirect", reason.message, error);
    } else if (credentials && is_secure(journey->origin.bytes) &&
               !is_secure(origin.bytes)) {
        status = refuse(journey, location, SHOJI_INVALID, "client.redirect",
                        "it leads from https to http, where anyone on the way can read "
                        "and change what is sent",
                        error);
    } else {
        shoji__buffer_swap(&journey->iri, &next);
        shoji__buffer_swap(&journey->origin, &origin);
        journey->redirects++;
    }
    shoji_buffer_finish(&next);
    shoji_buffer_finish(&origin);
    return status;
}

/* Asks once, where the journey is. `arrived` tells whether the response is the answer;
 * otherwise the journey has been turned and there is none. */
static shoji_status ask(shoji_response **response, struct journey *journey, bool *arrived,
                        shoji_error *error)
{
    struct shoji__transfer transfer = {0};
    struct shoji__fields fields = {0};
    shoji_response *fresh = NULL;
    choose_credentials(journey, &transfer, &fields);
    shoji_status status = run(journey, &transfer, &fields, error);
    if (status == SHOJI_OK && shoji__response_new(&fresh, &transfer) != SHOJI_OK)
        status = shoji__fail_memory(error);
    shoji__transfer_finish(&transfer);
    if (status != SHOJI_OK)
        return status;

    *arrived = !is_redirect(journey, fresh);
    if (*arrived) {
        *response = fresh;
        return SHOJI_OK;
    }
    status = turn(journey, shoji_response_header(fresh, "Location"),
                  has_credentials(&transfer, &fields), error);
    shoji_response_free(fresh);
    return status;
}

shoji_status shoji__session_send(shoji_response **response, shoji_session *session,
                                 const shoji_request *request, bool given,
                                 shoji_error *error)
{
    struct journey journey = {.session = session, .request = request};
    journey.method = request->method != NULL ? request->method : "GET";
    shoji_status status = check_request(request, journey.method, error);
    if (status == SHOJI_OK)
        status = begin_journey(&journey, given, error);

    bool arrived = false;
    shoji_response *answer = NULL;
    while (status == SHOJI_OK && !arrived)
        status = ask(&answer, &journey, &arrived, error);
    if (status == SHOJI_OK)
        status = shoji__response_check(answer, journey.method, error);
    if (answer != NULL)
        *response = answer;
    finish_journey(&journey);
    return status;
}

shoji_status shoji_session_send(shoji_response **response, shoji_session *session,
                                const shoji_request *request, shoji_error *error)
{
    return shoji__session_send(response, session, request, true, error);
}
