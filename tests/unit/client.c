/* Sessions, requests and responses, against the scripted origins. */
#include "asking.h"

#include <shoji/shoji.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ASKING_SUITE(session);
ASKING_SUITE(request);
ASKING_SUITE(response);

Test(session, refuses_options_that_are_out_of_range)
{
    static const char *const bad_headers[][2] = {
        {"No colon", NULL},   {": no name", NULL}, {"A B: spaces", NULL},
        {"X: a\nY: b", NULL}, {"X: a\rb", NULL},   {"", NULL},
    };
    static const char *const bad_tokens[] = {"", "a b", "a\nb", "a\r\nX: b", "\xc3\xa9"};
    shoji_session *session = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    for (size_t i = 0; i < COUNT(bad_headers); i++) {
        shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
        options.headers = bad_headers[i];
        cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE),
                  "%s", bad_headers[i][0]);
    }
    for (size_t i = 0; i < COUNT(bad_tokens); i++) {
        shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
        options.token = bad_tokens[i];
        cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
        cr_expect(eq(str, (char *)error.code, "client.token"));
    }
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.timeout_ms = -1;
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
    options.timeout_ms = 0;
    options.connect_timeout_ms = LONG_MAX;
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
    options = (shoji_session_options)SHOJI_SESSION_OPTIONS_INIT;
    options.user_agent = "a\nb";
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
    options = (shoji_session_options)SHOJI_SESSION_OPTIONS_INIT;
    options.rule = (shoji_base_rule)3;
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
    options.rule = SHOJI_BASE_AUTO;
    options.origin = "ftp://example.org/";
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_USAGE));
    options.origin = "/relative";
    cr_expect(eq(int, shoji_session_new(&session, &options, &error), SHOJI_SYNTAX));
    cr_expect(eq(ptr, session, NULL));
}

Test(session, uses_a_connection_again)
{
    shoji_session *session = new_session(NULL);
    shoji_response *one = get(session, at(origin.first, "/echo"));
    shoji_response *other = get(session, at(origin.first, "/echo"));
    const char *bodies[] = {shoji_response_body(one, NULL),
                            shoji_response_body(other, NULL)};
    const char *port = strstr(bodies[0], "\"port\": ");
    cr_assert(ne(ptr, (void *)port, NULL));
    cr_expect(eq(str, strstr(bodies[1], "\"port\": "), (char *)port));
    shoji_response_free(one);
    shoji_response_free(other);
    shoji_session_free(session);
}

Test(session, goes_through_the_proxy_of_the_environment)
{
    setenv("http_proxy", origin.second, 1);
    unsetenv("no_proxy");
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, "http://example.org/echo");
    cr_expect(has_text(response, "\"path\": \"http://example.org/echo\""));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(request, says_who_asks_and_what_is_taken)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/echo/a?b=c#fragment"));
    cr_expect(has_text(response, "\"path\": \"/echo/a?b=c\""));
    cr_expect(has_text(response, "[\"user-agent\", \"libshoji/" SHOJI_VERSION "\"]"));
    cr_expect(has_text(response, "[\"accept\", \"application/shoji+json, "));
    cr_expect(has_text(response, "[\"accept-encoding\", "));
    cr_expect(not(has_text(response, "\"authorization\"")));
    cr_expect(not(has_text(response, "\"expect\"")));
    cr_expect(not(has_text(response, "\"content-type\"")));
    cr_expect(eq(str, (char *)shoji_response_iri(response),
                 (char *)at(origin.first, "/echo/a?b=c")));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(request, says_what_the_session_was_told_to)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.user_agent = "crawler/1";
    options.accept = "application/json";
    shoji_session *session = new_session(&options);
    shoji_response *response = get(session, at(origin.first, "/echo"));
    cr_expect(has_text(response, "[\"user-agent\", \"crawler/1\"]"));
    cr_expect(has_text(response, "[\"accept\", \"application/json\"]"));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(request, maps_an_iri_to_a_uri)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response =
        get(session, at(origin.first, "/echo/\xc3\xa9/../\xc3\xbc"));
    cr_expect(has_text(response, "\"path\": \"/echo/%C3%BC\""));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(request, carries_its_body_and_its_fields)
{
    shoji_session *session = new_session(NULL);
    shoji_request request = SHOJI_REQUEST_INIT;
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
    request.iri = at(origin.first, "/echo");
    request.body = "{\"a\": 1} and more";
    request.body_length = strlen("{\"a\": 1}");
    request.if_match = "\"1\"";
    request.if_none_match = "\"2\"";
    for (size_t i = 0; i < COUNT(methods); i++) {
        shoji_response *response = NULL;
        char method[40];
        request.method = methods[i];
        snprintf(method, sizeof method, "\"method\": \"%s\"", methods[i]);
        cr_assert(
            eq(int, shoji_session_send(&response, session, &request, NULL), SHOJI_OK));
        cr_expect(has_text(response, method));
        cr_expect(has_text(response, "\"body\": \"{\\\"a\\\": 1}\""));
        cr_expect(has_text(response, "[\"content-type\", \"application/json\"]"));
        cr_expect(has_text(response, "[\"if-match\", \"\\\"1\\\"\"]"));
        cr_expect(has_text(response, "[\"if-none-match\", \"\\\"2\\\"\"]"));
        shoji_response_free(response);
    }
    shoji_session_free(session);
}

Test(request, says_that_a_body_is_empty_where_its_method_has_one_by_nature)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response;
    cr_assert(eq(int, ask(&response, session, "POST", at(origin.first, "/echo"), NULL),
                 SHOJI_OK));
    cr_expect(has_text(response, "[\"content-length\", \"0\"]"));
    cr_expect(not(has_text(response, "\"content-type\"")));
    shoji_response_free(response);
    cr_assert(eq(int, ask(&response, session, "DELETE", at(origin.first, "/echo"), NULL),
                 SHOJI_OK));
    cr_expect(not(has_text(response, "\"content-length\"")));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(request, lets_its_headers_outrank_the_sessions_and_these_its_other_fields)
{
    static const char *const of_session[] = {"Accept: text/one", "X-Session: 1",
                                             "If-Match: \"s\"", "X-Both: session", NULL};
    static const char *const of_request[] = {"accept: text/two", "X-Both:request",
                                             "X-Empty:", "User-Agent: mine", NULL};
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.headers = of_session;
    shoji_session *session = new_session(&options);
    shoji_request request = SHOJI_REQUEST_INIT;
    request.iri = at(origin.first, "/echo");
    request.if_match = "\"r\"";
    request.headers = of_request;
    shoji_response *response = NULL;
    cr_assert(eq(int, shoji_session_send(&response, session, &request, NULL), SHOJI_OK));
    cr_expect(has_text(response, "[\"accept\", \"text/two\"]"));
    cr_expect(not(has_text(response, "text/one")));
    cr_expect(has_text(response, "[\"x-session\", \"1\"]"));
    cr_expect(has_text(response, "[\"x-both\", \"request\"]"));
    cr_expect(not(has_text(response, "\"session\"]")));
    cr_expect(has_text(response, "[\"x-empty\", \"\"]"));
    cr_expect(has_text(response, "[\"if-match\", \"\\\"s\\\"\"]"));
    cr_expect(has_text(response, "[\"user-agent\", \"mine\"]"));
    cr_expect(not(has_text(response, "libshoji/")));
    shoji_response_free(response);
    shoji_session_free(session);
}

struct usage_case {
    shoji_request request;
    shoji_status status;
};

Test(request, is_refused_where_it_makes_no_sense)
{
    static const char *const split[] = {"X: a\r\nY: b", NULL};
    const struct usage_case cases[] = {
        {{.iri = NULL}, SHOJI_USAGE},
        {{.iri = "ftp://127.0.0.1/"}, SHOJI_USAGE},
        {{.iri = "file:///etc/passwd"}, SHOJI_USAGE},
        {{.iri = "/relative"}, SHOJI_SYNTAX},
        {{.iri = "http:///no-host"}, SHOJI_SYNTAX},
        {{.iri = "http:no-host"}, SHOJI_SYNTAX},
        {{.iri = "http://127.0.0.1/a b"}, SHOJI_SYNTAX},
        {{.iri = "http://127.0.0.1/\r\nX: a"}, SHOJI_SYNTAX},
        {{.iri = origin.first, .method = ""}, SHOJI_USAGE},
        {{.iri = origin.first, .method = "GET /x HTTP/1.1\r\n"}, SHOJI_USAGE},
        {{.iri = origin.first, .headers = split}, SHOJI_USAGE},
        {{.iri = origin.first, .if_match = "\"a\"\r\nX: b"}, SHOJI_USAGE},
        {{.iri = origin.first, .if_none_match = "\n"}, SHOJI_USAGE},
        {{.iri = origin.first, .method = "PUT", .content_type = "a\nb"}, SHOJI_USAGE},
        {{.iri = origin.first, .method = "GET", .body = "{}"}, SHOJI_USAGE},
    };
    shoji_session *session = new_session(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shoji_response *response = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status =
            shoji_session_send(&response, session, &cases[i].request, &error);
        cr_expect(eq(int, status, cases[i].status), "case %zu: %s", i, error.message);
        cr_expect(ne(int, error.message[0], 0), "case %zu", i);
        cr_expect(eq(ptr, response, NULL));
    }
    shoji_session_free(session);
    cr_expect(not(was_asked("FIRST")));
}

Test(response, gives_headers_by_name_and_in_order)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/fields"));
    cr_expect(eq(str, (char *)shoji_response_header(response, "vary"),
                 "Accept, Origin, Accept-Encoding"));
    cr_expect(eq(str, (char *)shoji_response_header(response, "X-FOLDED"), "one    two"));
    cr_expect(eq(str, (char *)shoji_response_header(response, "x-empty"), ""));
    cr_expect(eq(str, (char *)shoji_response_header(response, "X-Last"), "end"));
    cr_expect(eq(ptr, (void *)shoji_response_header(response, "X-None"), NULL));
    static const char *const names[] = {"Content-Length", "Vary", "X-Empty", "X-Folded",
                                        "vary",           "VARY", "X-Last"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *name = shoji_response_header_at(response, i, NULL);
        cr_expect(eq(str, (char *)name, (char *)names[i]));
    }
    const char *value = "untouched";
    cr_expect(
        eq(ptr, (void *)shoji_response_header_at(response, COUNT(names), &value), NULL));
    cr_expect(eq(str, (char *)value, "untouched"));
    shoji_response_header_at(response, 4, &value);
    cr_expect(eq(str, (char *)value, "Origin"));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(response, is_the_final_one_without_its_trailers)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/interim"));
    cr_expect(eq(int, shoji_response_status(response), 200));
    cr_expect(eq(str, (char *)shoji_response_header(response, "X-Final"), "1"));
    cr_expect(eq(ptr, (void *)shoji_response_header(response, "X-Interim"), NULL));
    shoji_response_free(response);
    response = get(session, at(origin.first, "/trailer"));
    cr_expect(eq(str, (char *)shoji_response_header(response, "X-Head"), "1"));
    cr_expect(eq(ptr, (void *)shoji_response_header(response, "X-Trailer"), NULL));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(response, is_decoded_from_its_content_coding)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/gzip"));
    cr_expect(has_text(response, "{\"packed\": true}"));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(response, can_be_without_a_body)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/empty"));
    size_t length = 42;
    cr_expect(eq(int, shoji_response_status(response), 204));
    cr_expect(eq(str, (char *)shoji_response_body(response, &length), ""));
    cr_expect(eq(sz, length, 0));
    shoji_response_free(response);
    cr_assert(eq(int, ask(&response, session, "HEAD", at(origin.first, "/users/"), NULL),
                 SHOJI_OK));
    cr_expect(eq(str, (char *)shoji_response_body(response, NULL), ""));
    cr_expect(ne(str, (char *)shoji_response_header(response, "Content-Length"), "0"));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(response, does_not_need_its_session)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/users/"));
    shoji_session_free(session);
    const shoji_document *document = NULL;
    const shoji_document *again = NULL;
    cr_assert(eq(int, shoji_response_document(&document, response, NULL), SHOJI_OK));
    cr_expect(eq(int, shoji_document_element(document), SHOJI_ELEMENT_CATALOG));
    cr_assert(eq(int, shoji_response_document(&again, response, NULL), SHOJI_OK));
    cr_expect(eq(ptr, (void *)again, (void *)document));
    shoji_response_free(response);
}

Test(response, says_its_type_where_it_is_not_json)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/page"));
    const shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(
        eq(int, shoji_response_document(&document, response, &error), SHOJI_SYNTAX));
    cr_expect(ne(ptr, strstr(error.message, "text/html"), NULL), "%s", error.message);
    cr_expect(eq(sz, error.line, 1));
    cr_expect(eq(ptr, (void *)document, NULL));
    shoji_response_free(response);
    shoji_session_free(session);
}

struct error_case {
    const char *path;
    int http_status;
    shoji_status status;
    const char *words;
};

Test(response, explains_an_error_in_the_servers_words)
{
    static const struct error_case cases[] = {
        {"/problem/404", 404, SHOJI_HTTP,
         "/problem/404: 404 Not Found: nothing is at /problem/404 look elsewhere"},
        {"/problem/599", 599, SHOJI_HTTP, "/problem/599: 599: nothing is at"},
        {"/message/400", 400, SHOJI_HTTP, "400 Bad Request: the old way to say it"},
        {"/html/500", 500, SHOJI_HTTP, "/html/500: 500 Internal Server Error"},
        {"/html/401", 401, SHOJI_HTTP, "401 Unauthorized: give a token"},
        {"/html/403", 403, SHOJI_HTTP, "403 Forbidden: what was given"},
        {"/html/503", 503, SHOJI_HTTP, "503 Service Unavailable: try again later"},
        {"/precondition", 412, SHOJI_PRECONDITION,
         "412 Precondition Failed: it has changed"},
        {"/problem/428", 428, SHOJI_PRECONDITION, "428 Precondition Required: "},
    };
    shoji_session *session = new_session(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shoji_response *response;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_expect(eq(
            int, ask(&response, session, "GET", at(origin.first, cases[i].path), &error),
            cases[i].status));
        cr_expect(eq(int, error.http_status, cases[i].http_status));
        cr_expect(ne(ptr, strstr(error.message, cases[i].words), NULL), "%s",
                  error.message);
        cr_assert(ne(ptr, response, NULL));
        cr_expect(eq(int, shoji_response_status(response), cases[i].http_status));
        shoji_response_free(response);
    }
    shoji_session_free(session);
}
