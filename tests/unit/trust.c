/* Redirects, and who is told what. */
#include "asking.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ASKING_SUITE(redirect);
ASKING_SUITE(credentials);

struct redirect_case {
    const char *method;
    int status;
    bool followed;
};

Test(redirect, is_followed_for_what_reads_alone)
{
    static const struct redirect_case cases[] = {
        {"GET", 301, true},  {"GET", 302, true},    {"GET", 303, true},
        {"GET", 307, true},  {"GET", 308, true},    {"HEAD", 302, true},
        {"GET", 300, false}, {"GET", 304, false},   {"POST", 303, false},
        {"PUT", 307, false}, {"PATCH", 308, false}, {"DELETE", 301, false},
    };
    shoji_session *session = new_session(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char path[80];
        shoji_response *response;
        snprintf(path, sizeof path, "/redirect/%d?to=/echo", cases[i].status);
        cr_assert(eq(
            int, ask(&response, session, cases[i].method, at(origin.first, path), NULL),
            SHOJI_OK));
        cr_expect(eq(int, shoji_response_status(response),
                     cases[i].followed ? 200 : cases[i].status),
                  "case %zu", i);
        const char *iri = at(origin.first, cases[i].followed ? "/echo" : path);
        cr_expect(eq(str, (char *)shoji_response_iri(response), (char *)iri));
        shoji_response_free(response);
    }
    shoji_session_free(session);
}

Test(redirect, without_a_location_is_an_answer)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/redirect/302"));
    cr_expect(eq(int, shoji_response_status(response), 302));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(redirect, is_followed_as_often_as_the_limit_says_and_no_more)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/count/10"));
    cr_expect(has_text(response, "\"arrived\""));
    shoji_response_free(response);
    shoji_session_free(session);
    expect_failure(NULL, at(origin.first, "/count/11"), SHOJI_LIMIT, "client.redirects");
}

Test(redirect, is_refused_to_what_is_no_web_address)
{
    static const struct {
        const char *target;
        const char *code;
    } cases[] = {
        {"file:///etc/passwd", "client.scheme"},
        {"ftp://127.0.0.1/", "client.scheme"},
        {"gopher://127.0.0.1:1/x", "client.scheme"},
        {"urn:x:y", "client.scheme"},
        {"http:///nowhere", "client.redirect"},
        {"http://", "client.redirect"},
        {"//user:pw@127.0.0.1/", "client.redirect"},
        {"/a%20b%3C", "client.redirect"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char path[200];
        snprintf(path, sizeof path, "/redirect/302?to=%s", cases[i].target);
        expect_failure(NULL, at(origin.first, path), SHOJI_INVALID, cases[i].code);
    }
}

Test(redirect, keeps_what_was_given_for_an_origin_from_every_other)
{
    static const char *const secret[] = {"X-Api-Key: of-session", NULL};
    static const char *const own[] = {"Cookie: of-request", NULL};
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "the-token";
    options.headers = secret;
    shoji_session *session = new_session(&options);
    shoji_request request = SHOJI_REQUEST_INIT;
    shoji_response *response = NULL;
    request.iri = at(origin.first, "/redirect/307?to=SECOND/echo");
    request.headers = own;
    cr_assert(eq(int, shoji_session_send(&response, session, &request, NULL), SHOJI_OK));
    cr_expect(eq(str, (char *)shoji_response_iri(response),
                 (char *)at(origin.second, "/echo")));
    cr_expect(was_told("FIRST", "the-token"));
    cr_expect(was_told("FIRST", "of-session"));
    cr_expect(was_told("FIRST", "of-request"));
    cr_expect(was_asked("SECOND"));
    cr_expect(not(was_told("SECOND", "the-token")));
    cr_expect(not(was_told("SECOND", "of-session")));
    cr_expect(not(was_told("SECOND", "of-request")));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(redirect, brings_credentials_back_with_it_to_their_origin)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "the-token";
    options.origin = at(origin.second, "/anything");
    shoji_session *session = new_session(&options);
    shoji_response *response =
        get(session, at(origin.first, "/redirect/307?to=SECOND/echo"));
    cr_expect(has_text(response, "Bearer the-token"));
    cr_expect(not(was_told("FIRST", "the-token")));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(credentials, stay_with_the_origin_of_the_first_request)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "the-token";
    shoji_session *session = new_session(&options);
    shoji_response_free(get(session, at(origin.first, "/echo")));
    shoji_response_free(get(session, at(origin.second, "/echo")));
    cr_expect(was_told("FIRST", "Bearer the-token"));
    cr_expect(was_asked("SECOND"));
    cr_expect(not(was_told("SECOND", "the-token")));
    shoji_session_free(session);
}

Test(credentials, in_an_iri_are_kept_for_its_origin_and_shown_to_nobody)
{
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at_with("me:p%40ss", "/echo"));
    cr_expect(has_text(response, "[\"authorization\", \"Basic bWU6cEBzcw==\"]"));
    cr_expect(
        eq(str, (char *)shoji_response_iri(response), (char *)at(origin.first, "/echo")));
    shoji_response_free(response);
    response = get(session, at(origin.first, "/echo/again"));
    cr_expect(has_text(response, "Basic bWU6cEBzcw=="));
    shoji_response_free(response);
    response = get(session, at(origin.second, "/echo"));
    cr_expect(not(has_text(response, "Basic")));
    shoji_response_free(response);

    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(
        eq(int, ask(&response, session, "GET", at_with("me:p%40ss", "/html/500"), &error),
           SHOJI_HTTP));
    cr_expect(eq(ptr, strstr(error.message, "ss@"), NULL), "%s", error.message);
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(credentials, come_from_netrc_for_its_hosts)
{
    char home[] = "/tmp/shoji-netrc-XXXXXX";
    char path[64];
    cr_assert(ne(ptr, mkdtemp(home), NULL));
    snprintf(path, sizeof path, "%s/.netrc", home);
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    fputs("machine 127.0.0.1 login me password netrc\n", file);
    fclose(file);
    setenv("HOME", home, 1);

    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.netrc = true;
    shoji_session *session = new_session(&options);
    shoji_response *response = get(session, at(origin.first, "/echo"));
    cr_expect(has_text(response, "Basic bWU6bmV0cmM="));
    shoji_response_free(response);
    shoji_session_free(session);
    remove(path);
    remove(home);
}

Test(credentials, do_not_follow_a_redirect_from_https_to_http)
{
    trust_the_tests_authority();
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "the-token";
    expect_failure(&options, at(origin.secure, "/redirect/302?to=FIRST/echo"),
                   SHOJI_INVALID, "client.redirect");
    cr_expect(was_told("SECURE", "the-token"));
    cr_expect(not(was_asked("FIRST")));

    shoji_session *session = new_session(NULL);
    shoji_response *response =
        get(session, at(origin.secure, "/redirect/302?to=FIRST/echo"));
    cr_expect(eq(int, shoji_response_status(response), 200));
    shoji_response_free(response);
    shoji_session_free(session);
}
