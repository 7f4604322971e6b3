/* Following by name, against the scripted origins of support/origin.py. */
#include "asking.h"
#include "support/failing_memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static shoji_session *session;

static void start(void)
{
    start_origins();
    session = new_session(NULL);
}

static void stop(void)
{
    shoji_session_free(session);
    stop_origins();
}

TestSuite(follow, .init = start, .fini = stop, .timeout = 60);
TestSuite(find, .init = start, .fini = stop, .timeout = 60);

/* Follows names, up to a NULL, from a path of the first origin. */
static shoji_status follow(shoji_response **response, const char *path,
                           const char *const names[], shoji_error *error)
{
    shoji_step steps[8];
    size_t count = 0;
    for (; names[count] != NULL; count++)
        steps[count] = (shoji_step){.name = names[count]};
    *response = NULL;
    return shoji_follow(response, session, at(origin.first, path), steps, count, error);
}

/* Expects a chain of names to lead to an IRI. */
static void expect_arrival(const char *path, const char *const names[], const char *iri)
{
    shoji_response *response;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, follow(&response, path, names, &error), SHOJI_OK), "%s",
              error.message);
    cr_expect(eq(str, (char *)shoji_response_iri(response), (char *)iri));
    shoji_response_free(response);
}

/* Expects one to fail so, without a response and with words in the message. */
static void expect_failed_walk(const char *path, const char *const names[],
                               shoji_status status, const char *words)
{
    shoji_response *response;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(eq(int, follow(&response, path, names, &error), status), "%s",
              error.message);
    cr_expect(ne(ptr, strstr(error.message, words), NULL), "%s", error.message);
    cr_expect(eq(ptr, response, NULL));
    shoji_response_free(response);
}

#define NAMES(...)                                                                       \
    (const char *const[])                                                                \
    {                                                                                    \
        __VA_ARGS__, NULL                                                                \
    }

Test(follow, with_no_name_is_a_get)
{
    static const char *const none[] = {NULL};
    expect_arrival("/users/1/", none, at(origin.first, "/users/1/"));
}

Test(follow, begins_somewhere)
{
    shoji_response *response = NULL;
    cr_expect(
        eq(int, shoji_follow(&response, session, NULL, NULL, 0, NULL), SHOJI_USAGE));
    cr_expect(eq(ptr, response, NULL));
}

Test(follow, goes_one_document_at_a_time)
{
    expect_arrival("/", NAMES("users", "1"), at(origin.first, "/users/1/"));
    expect_arrival("/", NAMES("catalogs:users", "entities:2"),
                   at(origin.first, "/users/2/"));
    expect_arrival("/", NAMES("sold counts"), at(origin.first, "/sold_counts"));
}

Test(follow, finds_entities_by_the_attribute_that_a_step_names)
{
    expect_arrival("/users/", NAMES("Grace"), at(origin.first, "/users/2/"));
    shoji_step step = {.name = "Grace", .attribute = "first_name"};
    shoji_response *response = NULL;
    cr_expect(
        eq(int,
           shoji_follow(&response, session, at(origin.first, "/users/"), &step, 1, NULL),
           SHOJI_NOT_FOUND));
}

Test(follow, resolves_below_a_document_of_draft_02)
{
    expect_arrival("/draft", NAMES("1"), at(origin.first, "/draft/1"));
    expect_arrival("/draft", NAMES("counts"), at(origin.first, "/draft/counts"));
}

Test(follow, expands_templates_with_the_variables_of_their_step)
{
    shoji_variables *variables = NULL;
    cr_assert(eq(int, shoji_variables_new(&variables), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(variables, "name", "Grace"), SHOJI_OK));
    shoji_step steps[] = {{.name = "users by name", .variables = variables},
                          {.name = "2"}};
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_follow(&response, session, at(origin.first, "/"), steps, 2, &error),
           SHOJI_OK),
        "%s", error.message);
    cr_expect(
        eq(str, (char *)shoji_response_iri(response), at(origin.first, "/users/2/")));
    shoji_response_free(response);
    shoji_variables_free(variables);
}

Test(follow, lets_the_optional_parts_of_a_template_drop_out)
{
    expect_arrival("/", NAMES("users by name", "Ada"), at(origin.first, "/users/1/"));
}

Test(follow, refuses_a_variable_that_a_template_does_not_have_and_lists_those_it_has)
{
    shoji_variables *variables = NULL;
    cr_assert(eq(int, shoji_variables_new(&variables), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(variables, "nmae", "Grace"), SHOJI_OK));
    shoji_step step = {.name = "users by name", .variables = variables};
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(
        eq(int, shoji_follow(&response, session, at(origin.first, "/"), &step, 1, &error),
           SHOJI_USAGE));
    cr_expect(ne(ptr, strstr(error.message, "\"nmae\": it has name, born"), NULL), "%s",
              error.message);
    step.name = "users";
    cr_expect(
        eq(int, shoji_follow(&response, session, at(origin.first, "/"), &step, 1, &error),
           SHOJI_USAGE));
    cr_expect(ne(ptr, strstr(error.message, "no template"), NULL), "%s", error.message);
    cr_expect(eq(ptr, response, NULL));
    shoji_variables_free(variables);
}

Test(follow, turns_pages_to_find_a_name)
{
    expect_arrival("/", NAMES("pages", "page 3"), at(origin.first, "/page-of/3/"));
}

Test(follow, reports_a_name_that_no_page_has)
{
    expect_failed_walk("/", NAMES("pages", "nobody"), SHOJI_NOT_FOUND,
                       "following \"nobody\" from http");
}

Test(follow, notices_pages_that_go_in_a_circle)
{
    expect_failed_walk("/", NAMES("ring", "nobody"), SHOJI_LIMIT, "they begin again");
}

Test(follow, gives_the_answer_of_a_server_that_refuses)
{
    shoji_response *response;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, follow(&response, "/", NAMES("missing", "more"), &error), SHOJI_HTTP));
    cr_expect(eq(int, error.http_status, 404));
    cr_expect(ne(ptr, strstr(error.message, "following \"missing\" from http"), NULL),
              "%s", error.message);
    cr_assert(ne(ptr, response, NULL));
    cr_expect(eq(int, shoji_response_status(response), 404));
    shoji_response_free(response);
}

Test(follow, takes_the_base_from_where_a_redirect_led)
{
    expect_arrival("/", NAMES("moved", "2"), at(origin.first, "/users/2/"));
}

Test(follow, goes_to_other_origins_but_takes_no_token_there)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    shoji_response *response = NULL;
    options.token = "the-token";
    shoji_session *with_token = new_session(&options);
    const shoji_step steps[] = {{.name = "elsewhere"}, {.name = "users"}};
    cr_assert(eq(
        int, shoji_follow(&response, with_token, at(origin.first, "/"), steps, 2, NULL),
        SHOJI_OK));
    cr_expect(
        eq(str, (char *)shoji_response_iri(response), at(origin.second, "/users/")));
    shoji_response_free(response);
    shoji_session_free(with_token);
    cr_expect(was_told("FIRST", "the-token"));
    cr_expect(was_asked("SECOND"));
    cr_expect(not(was_told("SECOND", "the-token")));
}

Test(follow, refuses_links_that_no_server_should_give)
{
    expect_failed_walk("/", NAMES("trap"), SHOJI_INVALID, "user name");
    expect_failed_walk("/", NAMES("file"), SHOJI_INVALID, "only http and https");
}

Test(follow, refuses_answers_that_are_no_document)
{
    expect_failed_walk("/", NAMES("odd", "more"), SHOJI_INVALID, "300 Multiple Choices");
    expect_failed_walk("/", NAMES("page", "more"), SHOJI_SYNTAX, "text/html");
}

Test(follow, names_the_step_that_fails)
{
    expect_failed_walk("/", NAMES("users", "nobody"), SHOJI_NOT_FOUND,
                       "/users/: nothing");
}

/* Expects a name of a document to lead to an IRI, with `self` trusted or not. */
static void expect_link(bool trust_self, const char *path, const char *name,
                        const char *iri)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer found = SHOJI_BUFFER_INIT;
    shoji_target target;
    options.trust_self = trust_self;
    shoji_session *own = new_session(&options);
    cr_assert(eq(int,
                 shoji_follow(&response, own, at(origin.first, path), NULL, 0, &error),
                 SHOJI_OK));
    const shoji_step step = {.name = name};
    cr_assert(
        eq(int, shoji_response_find(&found, &target, response, &step, &error), SHOJI_OK),
        "%s", error.message);
    cr_expect(eq(str, found.bytes, (char *)iri));
    cr_expect(eq(str, (char *)target.link.name, (char *)name));
    shoji_buffer_finish(&found);
    shoji_response_free(response);
    shoji_session_free(own);
}

Test(find, takes_self_for_the_base_where_its_origin_is_the_documents)
{
    expect_link(false, "/moved-self/", "2", at(origin.first, "/users/2/"));
    expect_link(false, "/draft", "counts", at(origin.first, "/draft/counts"));
}

Test(find, looks_for_the_links_of_a_copy_where_it_was_found)
{
    expect_link(false, "/mirror/", "more", at(origin.first, "/mirror/more/"));
    expect_link(false, "/lie/", "more", at(origin.first, "/lie/more/"));
    expect_link(false, "/urn/", "more", at(origin.first, "/urn/more/"));
}

Test(find, trusts_a_foreign_self_where_it_is_told_to)
{
    expect_link(true, "/mirror/", "more", "http://example.org/things/more/");
    expect_link(true, "/lie/", "more", at(origin.second, "/lie/more/"));
}

Test(find, leaves_its_outputs_where_it_fails)
{
    shoji_response *response = NULL;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_target target = {.place = SHOJI_BY_ATTRIBUTE};
    shoji_error error = SHOJI_ERROR_INIT;
    static const char *const none[] = {NULL};
    cr_assert(eq(int, follow(&response, "/", none, &error), SHOJI_OK));
    cr_assert(eq(int, shoji_buffer_append_string(&iri, "before"), SHOJI_OK));
    shoji_step step = {.name = "nobody"};
    cr_expect(eq(int, shoji_response_find(&iri, &target, response, &step, &error),
                 SHOJI_NOT_FOUND));
    step.name = NULL;
    cr_expect(eq(int, shoji_response_find(&iri, &target, response, &step, &error),
                 SHOJI_USAGE));
    cr_expect(eq(str, iri.bytes, "before"));
    cr_expect(eq(int, target.place, SHOJI_BY_ATTRIBUTE));
    shoji_buffer_finish(&iri);
    shoji_response_free(response);
}

/* The first request binds a session to its origin, which it keeps in memory. */
static void bind_the_session(void)
{
    static const char *const none[] = {NULL};
    expect_arrival("/users/", none, at(origin.first, "/users/"));
}

static int follow_some(void)
{
    shoji_response *response;
    shoji_status status = follow(&response, "/", NAMES("users by name", "Grace"), NULL);
    shoji_response_free(response);
    return status;
}

Test(follow, survives_every_failed_allocation)
{
    int failures;
    bind_the_session();
    FAILING_MEMORY_SWEEP(failures, follow_some());
    cr_expect(gt(int, failures, 50));
}

static int turn_some_pages(void)
{
    shoji_response *response;
    shoji_status status = follow(&response, "/pages/", NAMES("page 2"), NULL);
    shoji_response_free(response);
    return status;
}

Test(follow, survives_every_failed_allocation_between_pages)
{
    int failures;
    bind_the_session();
    FAILING_MEMORY_SWEEP(failures, turn_some_pages());
    cr_expect(gt(int, failures, 50));
}

static shoji_variables *swept_variables;

static int refuse_a_variable(void)
{
    shoji_response *response = NULL;
    const shoji_step step = {.name = "users by name", .variables = swept_variables};
    shoji_status status =
        shoji_follow(&response, session, at(origin.first, "/"), &step, 1, NULL);
    shoji_response_free(response);
    return status == SHOJI_USAGE ? 0 : 1;
}

Test(follow, survives_every_failed_allocation_while_it_refuses)
{
    int failures;
    bind_the_session();
    cr_assert(eq(int, shoji_variables_new(&swept_variables), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(swept_variables, "wrong", "x"), SHOJI_OK));
    FAILING_MEMORY_SWEEP(failures, refuse_a_variable());
    cr_expect(gt(int, failures, 20));
    shoji_variables_free(swept_variables);
}

static int read_a_response(void)
{
    const shoji_document *document;
    const shoji_step step = {.name = "users"};
    shoji_response *response = NULL;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_status status = ask(&response, session, "GET", at(origin.first, "/"), NULL);
    if (status == SHOJI_OK)
        status = shoji_response_document(&document, response, NULL);
    if (status == SHOJI_OK)
        status = shoji_response_find(&iri, NULL, response, &step, NULL);
    if (status == SHOJI_OK)
        status = shoji_response_resolve(&iri, response, "users/", NULL);
    shoji_buffer_finish(&iri);
    shoji_response_free(response);
    return status;
}

Test(find, survives_every_failed_allocation)
{
    int failures;
    bind_the_session();
    FAILING_MEMORY_SWEEP(failures, read_a_response());
    cr_expect(gt(int, failures, 30));
}
