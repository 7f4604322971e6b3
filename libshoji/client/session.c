#include "client/session.h"

#include <shoji/shoji.h>

#include "base/error.h"
#include "base/memory.h"
#include "client/fields.h"
#include "client/pipe.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CONNECT_TIMEOUT_MS = 10000,
    DEFAULT_TIMEOUT_MS = 300000,
    DEFAULT_REDIRECT_LIMIT = 10
};

static const size_t default_body_limit = (size_t)64 << 20;

static const char default_accept[] =
    "application/shoji+json, application/json;q=0.9, */*;q=0.1";

/*
 * libcurl wants to be started once in a process, by one thread. This is the only state
 * that the library shares between threads. It is never undone: others in the process may
 * be using libcurl too.
 */
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* A token is what RFC 6750 lets stand after "Bearer": visible ASCII. */
static bool is_token(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return text[0] != '\0';
}

static bool is_timeout(long milliseconds)
{
    return milliseconds >= 0 && milliseconds <= INT_MAX;
}

static shoji_status check_options(const shoji_session_options *options,
                                  shoji_error *error)
{
    if (!is_timeout(options->connect_timeout_ms) || !is_timeout(options->timeout_ms))
        return shoji__fail(error, SHOJI_USAGE, "client.timeout",
                           "a time-out is not between 0 and %d milliseconds", INT_MAX);
    if ((unsigned)options->rule > SHOJI_BASE_BELOW)
        return shoji__fail(error, SHOJI_USAGE, "client.rule", "%d is no base rule",
                           (int)options->rule);
    if (options->token != NULL && !is_token(options->token))
        return shoji__fail(error, SHOJI_USAGE, "client.token",
                           "the token is empty, or holds a character other than visible "
                           "ASCII: look for a space or a line break in it");
    shoji_status status =
        shoji__fields_check_value("user agent", options->user_agent, error);
    if (status == SHOJI_OK)
        status = shoji__fields_check_value("Accept header", options->accept, error);
    if (status == SHOJI_OK)
        status = shoji__fields_check(options->headers, error);
    return status;
}

/* Copies a text, which may be NULL; false where memory is short. */
static bool copy_text(char **copy, const char *text)
{
    if (text == NULL)
        return true;
    *copy = shoji__copy_text(text, strlen(text));
    return *copy != NULL;
}

static bool copy_headers(shoji_session *session, const char *const *lines)
{
    size_t count = shoji__fields_count(lines);
    if (count == 0)
        return true;
    session->headers = shoji__alloc_array(count + 1, sizeof *session->headers);
    if (session->headers == NULL)
        return false;
    memset(session->headers, 0, (count + 1) * sizeof *session->headers);
    for (size_t i = 0; i < count; i++)
        if (!copy_text(&session->headers[i], lines[i]))
            return false;
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The variables that the curl program reads; libcurl itself leaves them alone. */
static bool copy_authorities(shoji_session *session)
{
    const char *file = variable("CURL_CA_BUNDLE");
    const char *directory = NULL;
    if (file == NULL) {
        directory = variable("SSL_CERT_DIR");
        file = variable("SSL_CERT_FILE");
    }
    return copy_text(&session->ca_file, file) &&
           copy_text(&session->ca_directory, directory);
}

static bool make_user_agent(shoji_session *session)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    if (shoji_buffer_append_format(&text, "libshoji/%s", shoji_version()) == SHOJI_OK)
        session->user_agent = shoji_buffer_take(&text, NULL);
    shoji_buffer_finish(&text);
    return session->user_agent != NULL;
}

static bool copy_texts(shoji_session *session, const shoji_session_options *options)
{
    const char *accept = options->accept != NULL ? options->accept : default_accept;
    bool has_agent = options->user_agent != NULL
                         ? copy_text(&session->user_agent, options->user_agent)
                         : make_user_agent(session);
    return has_agent && copy_text(&session->accept, accept) &&
           copy_text(&session->token, options->token) &&
           copy_headers(session, options->headers) && copy_authorities(session);
}

static shoji_status bind_to_origin(shoji_session *session, const char *iri,
                                   shoji_error *error)
{
    shoji_buffer origin = SHOJI_BUFFER_INIT;
    shoji_buffer bare = SHOJI_BUFFER_INIT;
    struct shoji__login unused = {NULL, NULL, NULL};
    shoji_status status = shoji_iri_resolve(&bare, NULL, iri, SHOJI_BASE_RFC3986, error);
    if (status == SHOJI_OK)
        status = shoji__destination(&bare, &unused, error);
    if (status == SHOJI_OK)
        status = shoji__origin_of(&origin, bare.bytes, error);
    if (status == SHOJI_OK) {
        session->origin = shoji_buffer_take(&origin, NULL);
        if (session->origin == NULL)
            status = shoji__fail_memory(error);
    }
    shoji__login_finish(&unused);
    shoji_buffer_finish(&bare);
    shoji_buffer_finish(&origin);
    return status;
}

static shoji_status fill_session(shoji_session *session,
                                 const shoji_session_options *options, shoji_error *error)
{
    if (!copy_texts(session, options))
        return shoji__fail_memory(error);
    if (options->origin != NULL) {
        shoji_status status = bind_to_origin(session, options->origin, error);
        if (status != SHOJI_OK)
            return status;
    }
    session->netrc = options->netrc;
    session->connect_timeout_ms = options->connect_timeout_ms != 0
                                      ? options->connect_timeout_ms
                                      : DEFAULT_CONNECT_TIMEOUT_MS;
    session->timeout_ms =
        options->timeout_ms != 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    session->body_limit =
        options->body_limit != 0 ? options->body_limit : default_body_limit;
    session->redirect_limit =
        options->redirect_limit != 0 ? options->redirect_limit : DEFAULT_REDIRECT_LIMIT;
    session->reading.parse = options->parse;
    session->reading.rule = options->rule;
    session->reading.trust_self = options->trust_self;
    session->interrupt = options->interrupt;
    session->interrupt_context = options->interrupt_context;
    session->handle = curl_easy_init();
    return session->handle != NULL ? SHOJI_OK : shoji__fail_memory(error);
}

shoji_status shoji_session_new(shoji_session **session,
                               const shoji_session_options *options, shoji_error *error)
{
    static const shoji_session_options defaults = SHOJI_SESSION_OPTIONS_INIT;
    if (options == NULL)
        options = &defaults;
    shoji_status status = check_options(options, error);
    if (status != SHOJI_OK)
        return status;
    pthread_once(&curl_once, start_curl);
    if (curl_started != CURLE_OK)
        return shoji__fail(error, SHOJI_NO_MEMORY, "client.curl",
                           "libcurl does not start: %s",
                           curl_easy_strerror(curl_started));

    shoji_session *fresh = shoji__alloc_zero(sizeof *fresh);
    if (fresh == NULL)
        return shoji__fail_memory(error);
    status = fill_session(fresh, options, error);
    if (status != SHOJI_OK)
        shoji_session_free(fresh);
    else
        *session = fresh;
    return status;
}

/* TLS says farewell, perhaps to a server that has gone. */
static void close_connections(shoji_session *session)
{
    struct shoji__pipe_guard guard;
    shoji__pipe_guard_begin(&guard);
    curl_easy_cleanup(session->handle);
    shoji__pipe_guard_end(&guard);
}

void shoji_session_free(shoji_session *session)
{
    if (session == NULL)
        return;
    for (char **line = session->headers; line != NULL && *line != NULL; line++)
        shoji__release(*line);
    shoji__release(session->headers);
    shoji__release(session->user_agent);
    shoji__release(session->accept);
    shoji__release(session->token);
    shoji__release(session->origin);
    shoji__release(session->ca_file);
    shoji__release(session->ca_directory);
    shoji__login_finish(&session->login);
    close_connections(session);
    shoji__release(session);
}
