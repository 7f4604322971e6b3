/* What is too much, too late or no answer at all. */
#include "asking.h"
#include "client/pipe.h"
#include "support/failing_memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

ASKING_SUITE(limit);
ASKING_SUITE(failure);

static volatile sig_atomic_t pipe_signals;

static void count_signal(int number)
{
    (void)number;
    pipe_signals++;
}

/* Writes to a pipe that nobody reads. */
static void break_a_pipe(void)
{
    int ends[2];
    cr_assert(eq(int, pipe(ends), 0));
    close(ends[0]);
    cr_expect(eq(long, (long)write(ends[1], "x", 1), -1L));
    close(ends[1]);
}

Test(pipe_guard, keeps_back_the_signals_of_its_time_alone)
{
    struct shoji__pipe_guard guard;
    struct shoji__pipe_guard inner;
    const struct sigaction counting = {.sa_handler = count_signal};
    sigaction(SIGPIPE, &counting, NULL);
    shoji__pipe_guard_begin(&guard);
    break_a_pipe();
    shoji__pipe_guard_end(&guard);
    cr_expect(eq(int, (int)pipe_signals, 0));
    break_a_pipe();
    cr_expect(eq(int, (int)pipe_signals, 1));

    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    break_a_pipe();
    shoji__pipe_guard_begin(&inner);
    break_a_pipe();
    shoji__pipe_guard_end(&inner);
    cr_expect(eq(int, (int)pipe_signals, 1));
    sigprocmask(SIG_UNBLOCK, &mask, NULL);
    cr_expect(eq(int, (int)pipe_signals, 2));
}

Test(limit, of_a_body_holds_as_its_bytes_arrive)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.body_limit = 100000;
    expect_failure(&options, at(origin.first, "/endless"), SHOJI_LIMIT,
                   "client.body-too-large");
    expect_failure(&options, at(origin.first, "/bomb"), SHOJI_LIMIT,
                   "client.body-too-large");
    expect_failure(&options, at(origin.first, "/announce"), SHOJI_LIMIT,
                   "client.body-too-large");
    expect_failure(&options, at(origin.first, "/size/100001"), SHOJI_LIMIT,
                   "client.body-too-large");
    shoji_session *session = new_session(&options);
    shoji_response *response = get(session, at(origin.first, "/size/100000"));
    size_t length;
    shoji_response_body(response, &length);
    cr_expect(eq(sz, length, 100000));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(limit, of_headers_holds_in_number_and_in_size)
{
    expect_failure(NULL, at(origin.first, "/many-headers/501"), SHOJI_LIMIT,
                   "client.head-too-large");
    expect_failure(NULL, at(origin.first, "/large-headers"), SHOJI_LIMIT,
                   "client.head-too-large");
    shoji_session *session = new_session(NULL);
    shoji_response *response = get(session, at(origin.first, "/many-headers/90"));
    cr_expect(eq(str, (char *)shoji_response_header(response, "X-89"), "v"));
    shoji_response_free(response);
    shoji_session_free(session);
}

Test(limit, of_time_holds_for_what_stalls_and_for_what_drips)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.timeout_ms = 300;
    expect_failure(&options, at(origin.first, "/stall"), SHOJI_UNREACHABLE,
                   "client.timeout");
    expect_failure(&options, at(origin.first, "/drip"), SHOJI_UNREACHABLE,
                   "client.timeout");
    expect_failure(&options, at(origin.first, "/redirect/302?to=/drip"),
                   SHOJI_UNREACHABLE, "client.timeout");
}

/* A port that takes connections and never says a word. */
static int listen_in_silence(char *iri, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int silent = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert(eq(int, bind(silent, (struct sockaddr *)&address, length), 0));
    cr_assert(eq(int, listen(silent, 4), 0));
    cr_assert(eq(int, getsockname(silent, (struct sockaddr *)&address, &length), 0));
    snprintf(iri, size, "https://127.0.0.1:%d/", (int)ntohs(address.sin_port));
    return silent;
}

Test(limit, of_time_to_connect_is_one_of_its_own)
{
    char iri[100];
    int silent = listen_in_silence(iri, sizeof iri);
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.connect_timeout_ms = 200;
    expect_failure(&options, iri, SHOJI_UNREACHABLE, "client.connect-timeout");
    close(silent);
}

static bool count_down(void *context)
{
    int *left = context;
    return --*left <= 0;
}

Test(limit, can_be_the_callers_patience)
{
    int left = 3;
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.interrupt = count_down;
    options.interrupt_context = &left;
    expect_failure(&options, at(origin.first, "/drip"), SHOJI_STOPPED, "");
    cr_expect(eq(int, left, 0));
}

struct failure_case {
    const char *path;
    const char *code;
};

Test(failure, names_the_iri_and_the_host_and_what_to_do)
{
    static const struct failure_case cases[] = {
        {"/short", "client.cut-short"},
        {"/nothing", "client.no-answer"},
        {"/garbage", "client.not-http"},
        {"/bad-gzip", "client.content-coding"},
    };
    shoji_session *session = new_session(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shoji_response *response;
        shoji_error error = SHOJI_ERROR_INIT;
        const char *iri = at(origin.first, cases[i].path);
        cr_expect(eq(int, ask(&response, session, "GET", iri, &error), SHOJI_UNREACHABLE),
                  "%s", iri);
        cr_expect(eq(str, (char *)error.code, (char *)cases[i].code), "%s",
                  error.message);
        cr_expect(ne(ptr, strstr(error.message, iri), NULL), "%s", error.message);
        cr_expect(ne(ptr, strstr(error.message, origin.first + strlen("http://")), NULL));
        cr_expect(eq(ptr, response, NULL));
    }
    shoji_session_free(session);
}

Test(failure, is_told_apart_where_nothing_listens)
{
    expect_failure(NULL, "http://127.0.0.1:1/", SHOJI_UNREACHABLE, "client.refused");
}

Test(failure, is_told_apart_where_a_certificate_is_not_trusted)
{
    unsetenv("CURL_CA_BUNDLE");
    expect_failure(NULL, at(origin.secure, "/echo"), SHOJI_UNREACHABLE,
                   "client.certificate");
    trust_the_tests_authority();
    shoji_session *session = new_session(NULL);
    shoji_response_free(get(session, at(origin.secure, "/echo")));
    shoji_session_free(session);
    setenv("CURL_CA_BUNDLE", "/nonexistent/authorities", 1);
    expect_failure(NULL, at(origin.secure, "/echo"), SHOJI_UNREACHABLE,
                   "client.authorities");
}

Test(failure, is_told_apart_where_http_meets_https)
{
    char iri[400];
    snprintf(iri, sizeof iri, "https://%s/", origin.first + strlen("http://"));
    expect_failure(NULL, iri, SHOJI_UNREACHABLE, "client.tls");
}

static int make_a_session(void)
{
    static const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "token";
    options.origin = "http://example.org/";
    options.headers = headers;
    shoji_session *session = NULL;
    shoji_status status = shoji_session_new(&session, &options, NULL);
    shoji_session_free(session);
    return status;
}

Test(failure, of_any_allocation_is_survived_by_a_session)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, make_a_session());
    cr_expect(gt(int, failures, 8));
}

static shoji_session *swept_session;
static const char *swept_iri;

static int send_a_request(void)
{
    shoji_response *response = NULL;
    shoji_status status = ask(&response, swept_session, "GET", swept_iri, NULL);
    shoji_response_free(response);
    return status;
}

Test(failure, of_any_allocation_is_survived_by_a_request)
{
    static const char *const headers[] = {"X-One: 1", NULL};
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.token = "token";
    options.headers = headers;
    options.origin = origin.first;
    swept_session = new_session(&options);
    swept_iri = at(origin.first, "/redirect/302?to=SECOND/fields");
    int failures;
    FAILING_MEMORY_SWEEP(failures, send_a_request());
    cr_expect(gt(int, failures, 20));
    shoji_session_free(swept_session);
}

static int send_a_login(void)
{
    shoji_session *session = NULL;
    shoji_response *response = NULL;
    shoji_status status = shoji_session_new(&session, NULL, NULL);
    if (status == SHOJI_OK)
        status = ask(&response, session, "GET", swept_iri, NULL);
    shoji_response_free(response);
    shoji_session_free(session);
    return status;
}

Test(failure, of_any_allocation_is_survived_by_a_login)
{
    swept_iri = at_with("me:pw", "/empty");
    int failures;
    FAILING_MEMORY_SWEEP(failures, send_a_login());
    cr_expect(gt(int, failures, 20));
}
