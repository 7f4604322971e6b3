#include "asking.h"

#include <shoji/value.h>
#include <shoji/writer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct origin origin;

void start_origins(void)
{
    cr_assert(origin_start(&origin), "tests/support/origin.py does not start");
}

void stop_origins(void)
{
    origin_stop(&origin);
}

shoji_session *new_session(const shoji_session_options *options)
{
    shoji_session *session = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_session_new(&session, options, &error), SHOJI_OK), "%s",
              error.message);
    return session;
}

char *at(const char *base, const char *path)
{
    static char iris[4][400];
    static unsigned next;
    char *iri = iris[next++ % COUNT(iris)];
    snprintf(iri, sizeof iris[0], "%s%s", base, path);
    return iri;
}

char *at_with(const char *user_information, const char *path)
{
    static char iri[400];
    snprintf(iri, sizeof iri, "http://%s@%s%s", user_information,
             origin.first + strlen("http://"), path);
    return iri;
}

shoji_status ask(shoji_response **response, shoji_session *session, const char *method,
                 const char *iri, shoji_error *error)
{
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = method;
    request.iri = iri;
    *response = NULL;
    return shoji_session_send(response, session, &request, error);
}

shoji_response *get(shoji_session *session, const char *iri)
{
    shoji_response *response;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, ask(&response, session, "GET", iri, &error), SHOJI_OK), "%s",
              error.message);
    return response;
}

bool has_text(const shoji_response *response, const char *text)
{
    return strstr(shoji_response_body(response, NULL), text) != NULL;
}

void expect_failure(const shoji_session_options *options, const char *iri,
                    shoji_status status, const char *code)
{
    shoji_session *session = new_session(options);
    shoji_response *response;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(eq(int, ask(&response, session, "GET", iri, &error), status), "%s: %s", iri,
              error.message);
    cr_expect(eq(ptr, response, NULL));
    cr_expect(eq(str, (char *)(error.code != NULL ? error.code : ""), (char *)code), "%s",
              error.message);
    shoji_response_free(response);
    shoji_session_free(session);
}

/* What the origins have been asked so far, as a JSON text. */
static shoji_response *read_log(void)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/log"));
    shoji_session_free(session);
    return response;
}

bool was_told(const char *name, const char *text)
{
    shoji_response *log = read_log();
    shoji_tree *tree = NULL;
    size_t length;
    const char *body = shoji_response_body(log, &length);
    cr_assert(eq(int, shoji_tree_parse(&tree, body, length, NULL, NULL), SHOJI_OK));
    bool told = false;
    shoji_items requests = shoji_value_items(shoji_tree_root(tree));
    shoji_value request;
    while (shoji_items_next(&requests, &request)) {
        shoji_buffer headers = SHOJI_BUFFER_INIT;
        shoji_value_emit(&headers, shoji_value_member(request, "headers"), NULL);
        const char *own = shoji_value_string(shoji_value_member(request, "origin"), NULL);
        told = told || (strcmp(own, name) == 0 && strstr(headers.bytes, text) != NULL);
        shoji_buffer_finish(&headers);
    }
    shoji_tree_free(tree);
    shoji_response_free(log);
    return told;
}

bool was_asked(const char *name)
{
    return was_told(name, "Accept");
}

void trust_the_tests_authority(void)
{
    char path[1000];
    snprintf(path, sizeof path, "%s", getenv("SHOJI_ORIGIN"));
    char *slash = strrchr(path, '/');
    cr_assert(ne(ptr, slash, NULL));
    snprintf(slash, sizeof path - (size_t)(slash - path), "/tls/certificate.pem");
    setenv("CURL_CA_BUNDLE", path, 1);
}
