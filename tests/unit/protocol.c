/* Media types, entity tags, dates, conditional requests and problem objects. */
#include "support/failing_memory.h"

#include <shoji/protocol.h>
#include <shoji/shoji.h>
#include <shoji/value.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const offered[] = {"application/json", "application/shoji+json",
                                      "text/html"};

enum {
    JSON = 0,
    SHOJI = 1,
    HTML = 2
};

struct accept_case {
    const char *accept;
    int chosen;
};

Test(accept, chooses_by_the_most_specific_range_and_then_by_the_servers_order)
{
    static const struct accept_case cases[] = {
        {NULL, JSON},
        {"", JSON},
        {" , ", JSON},
        {"*/*", JSON},
        {"application/json", JSON},
        {"APPLICATION/Shoji+JSON", SHOJI},
        {"application/shoji+json, */*;q=0.1", SHOJI},
        {"application/json, application/shoji+json", JSON},
        {"application/*;q=0.5, text/html;q=0.4", JSON},
        {"application/json;q=0.1, application/*;q=0.9", SHOJI},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML},
        {"application/json;q=0, */*", SHOJI},
        {"application/json; charset=utf-8", JSON},
        {"text/html;level=1;q=0.3, application/shoji+json;q=0.2", HTML},
        {"text/html;level=1;q=0.9, text/html;q=0.1, application/json;q=0.5", JSON},
        {"text/html; note=\"a, b;q=0\" ;q=1, application/json;q=0.9", HTML},
        {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML},
        {"application/json;q=0.001", JSON},
        {"text/html;x=\"\\\",\";q=1, application/json;q=0.5", HTML},
        {"text/html; , application/json;q=0.5", HTML},
        {"*/*;q=0", -1},
        {"image/png", -1},
        {"application/json;q=0", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect(eq(int, shoji_accept_choose(cases[i].accept, offered, COUNT(offered)),
                     cases[i].chosen),
                  "Accept: %s", cases[i].accept != NULL ? cases[i].accept : "(none)");
}

Test(accept, lets_a_malformed_range_count_for_nothing)
{
    static const char *const malformed[] = {
        "application/json;q=2",
        "application/json;q=1.001",
        "application/json;q=",
        "application/json;q=0.1234",
        "application/json;q=x",
        "application/json;q=-1",
        "application/json;q=.",
        "application",
        "application/",
        "/json",
        "*/json",
        "application/json/x",
        "application /json",
        "application/json;level",
        "application/json;=1",
    };
    for (size_t i = 0; i < COUNT(malformed); i++) {
        char accept[200];
        cr_expect(eq(int, shoji_accept_choose(malformed[i], offered, COUNT(offered)), -1),
                  "Accept: %s", malformed[i]);
        snprintf(accept, sizeof accept, "%s, text/html;q=0.1", malformed[i]);
        cr_expect(eq(int, shoji_accept_choose(accept, offered, COUNT(offered)), HTML),
                  "Accept: %s", accept);
    }
}

Test(accept, finds_nothing_among_no_types)
{
    cr_expect(eq(int, shoji_accept_choose(NULL, offered, 0), -1));
    cr_expect(eq(int, shoji_accept_choose("*/*", offered, 0), -1));
}

Test(media_type, is_compared_without_parameters_and_in_any_case)
{
    cr_expect(shoji_media_type_is("application/json", "application/json"));
    cr_expect(shoji_media_type_is("Application/JSON; charset=utf-8", "application/json"));
    cr_expect(shoji_media_type_is(" application/json ;x=y", "application/json"));
    cr_expect(not(shoji_media_type_is("application/json2", "application/json")));
    cr_expect(not(shoji_media_type_is("application/jso", "application/json")));
    cr_expect(not(shoji_media_type_is("", "application/json")));
    cr_expect(not(shoji_media_type_is(NULL, "application/json")));
}

struct etag_case {
    const char *field;
    const char *etag;
    bool strong;
    bool weak;
};

Test(etag, is_matched_strongly_and_weakly)
{
    static const struct etag_case cases[] = {
        {"\"a\"", "\"a\"", true, true},
        {"W/\"a\"", "\"a\"", false, true},
        {"\"a\"", "W/\"a\"", false, true},
        {"W/\"a\"", "W/\"a\"", false, true},
        {"\"a\", \"b\"", "\"b\"", true, true},
        {" \"a\" ,\"b\" ", "\"b\"", true, true},
        {",,\"b\"", "\"b\"", true, true},
        {"\"a,b\"", "\"a,b\"", true, true},
        {"\"a\\\", \"b\"", "\"b\"", true, true},
        {"*", "\"anything\"", true, true},
        {" * ", "\"anything\"", true, true},
        {"\"\"", "\"\"", true, true},
        {"\"*\"", "\"a\"", false, false},
        {"\"a\"", "\"A\"", false, false},
        {"a", "\"a\"", false, false},
        {"\"a", "\"a\"", false, false},
        {"w/\"a\"", "\"a\"", false, false},
        {"W/", "\"a\"", false, false},
        {"\"", "\"", false, false},
        {"", "\"a\"", false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct etag_case *c = &cases[i];
        cr_expect(eq(int, shoji_etag_matches(c->field, c->etag, false), c->strong),
                  "strongly: %s, %s", c->field, c->etag);
        cr_expect(eq(int, shoji_etag_matches(c->field, c->etag, true), c->weak),
                  "weakly: %s, %s", c->field, c->etag);
    }
}

struct date_case {
    const char *text;
    int64_t seconds;
};

Test(http_date, reads_all_three_forms)
{
    static const struct date_case cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
        {"Thursday, 31-Dec-70 00:00:00 GMT", 31449600},
        {"Tuesday, 01-Jan-69 00:00:00 GMT", 3124224000},
        {"Tue, 19 Jan 2038 03:14:08 GMT", INT64_C(2147483648)},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799)},
        {"Sat, 01 Jan 0000 00:00:00 GMT", INT64_C(-62167219200)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = 42;
        cr_expect(shoji_http_date_parse(cases[i].text, &seconds), "%s", cases[i].text);
        cr_expect(eq(i64, seconds, cases[i].seconds), "%s", cases[i].text);
    }
}

Test(http_date, refuses_everything_else_and_leaves_the_output)
{
    static const char *const texts[] = {
        "",
        "0",
        "Sun",
        "Sun, ",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 31 Apr 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Okt 1994 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 94",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t seconds = 42;
        cr_expect(not(shoji_http_date_parse(texts[i], &seconds)), "%s", texts[i]);
        cr_expect(eq(i64, seconds, 42), "%s", texts[i]);
    }
}

Test(http_date, reads_what_it_writes)
{
    char text[SHOJI_HTTP_DATE_SIZE];
    for (int64_t seconds = INT64_C(-62167219200); seconds < INT64_C(253402300800);
         seconds += INT64_C(7654321) * 13) {
        int64_t back = 0;
        shoji_http_date_format(text, seconds);
        cr_assert(eq(sz, strlen(text), SHOJI_HTTP_DATE_SIZE - 1));
        cr_assert(shoji_http_date_parse(text, &back), "%s", text);
        cr_assert(eq(i64, back, seconds), "%s", text);
    }
}

Test(http_date, writes_weekdays_and_keeps_to_four_digit_years)
{
    static const struct date_case cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
        {"Fri, 31 Dec 9999 23:59:59 GMT", INT64_MAX},
        {"Sat, 01 Jan 0000 00:00:00 GMT", INT64_MIN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[SHOJI_HTTP_DATE_SIZE];
        shoji_http_date_format(text, cases[i].seconds);
        cr_expect(eq(str, text, (char *)cases[i].text));
    }
}

static const char before[] = "Sun, 06 Nov 1994 08:49:36 GMT";
static const char present[] = "Sun, 06 Nov 1994 08:49:37 GMT";

enum {
    PRESENT = 784111777
};

struct condition_case {
    shoji_conditions conditions;
    bool exists;
    shoji_condition read;
    shoji_condition write;
};

Test(conditions, are_evaluated_in_the_order_of_rfc_9110)
{
    static const struct condition_case cases[] = {
        {{0}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_match = "\"a\""}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_match = "*"}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_match = "\"b\""},
         true,
         SHOJI_PRECONDITION_FAILED,
         SHOJI_PRECONDITION_FAILED},
        {{.if_match = "W/\"a\""},
         true,
         SHOJI_PRECONDITION_FAILED,
         SHOJI_PRECONDITION_FAILED},
        {{.if_match = "*"}, false, SHOJI_PRECONDITION_FAILED, SHOJI_PRECONDITION_FAILED},
        {{.if_none_match = "\"a\""}, true, SHOJI_NOT_MODIFIED, SHOJI_PRECONDITION_FAILED},
        {{.if_none_match = "W/\"a\""},
         true,
         SHOJI_NOT_MODIFIED,
         SHOJI_PRECONDITION_FAILED},
        {{.if_none_match = "\"b\""}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_none_match = "*"}, true, SHOJI_NOT_MODIFIED, SHOJI_PRECONDITION_FAILED},
        {{.if_none_match = "*"}, false, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_unmodified_since = present}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_unmodified_since = before},
         true,
         SHOJI_PRECONDITION_FAILED,
         SHOJI_PRECONDITION_FAILED},
        {{.if_unmodified_since = "yesterday"}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_modified_since = present}, true, SHOJI_NOT_MODIFIED, SHOJI_PROCEED},
        {{.if_modified_since = before}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        {{.if_modified_since = "yesterday"}, true, SHOJI_PROCEED, SHOJI_PROCEED},
        /* An entity tag outranks the date of its kind. */
        {{.if_match = "\"a\"", .if_unmodified_since = before},
         true,
         SHOJI_PROCEED,
         SHOJI_PROCEED},
        {{.if_none_match = "\"b\"", .if_modified_since = present},
         true,
         SHOJI_PROCEED,
         SHOJI_PROCEED},
        /* A write that must not happen outranks a copy that is still good. */
        {{.if_match = "\"b\"", .if_none_match = "\"a\""},
         true,
         SHOJI_PRECONDITION_FAILED,
         SHOJI_PRECONDITION_FAILED},
        {{.if_match = "\"a\"", .if_none_match = "\"a\""},
         true,
         SHOJI_NOT_MODIFIED,
         SHOJI_PRECONDITION_FAILED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct condition_case *c = &cases[i];
        const char *etag = c->exists ? "\"a\"" : NULL;
        int64_t modified = c->exists ? PRESENT : -1;
        cr_expect(eq(int, shoji_conditions_evaluate(&c->conditions, true, etag, modified),
                     c->read),
                  "reading, case %zu", i);
        cr_expect(eq(int,
                     shoji_conditions_evaluate(&c->conditions, false, etag, modified),
                     c->write),
                  "writing, case %zu", i);
    }
}

Test(conditions, ignore_dates_where_the_time_of_the_last_change_is_unknown)
{
    shoji_conditions conditions = {0};
    conditions.if_unmodified_since = before;
    conditions.if_modified_since = present;
    cr_expect(eq(int, shoji_conditions_evaluate(&conditions, true, "\"a\"", -1),
                 SHOJI_PROCEED));
}

Test(problem, has_defaults_and_a_message_equal_to_the_detail)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_problem problem = {.status = 404};
    cr_assert(eq(int, shoji_problem_emit(&text, &problem), SHOJI_OK));
    cr_expect(eq(str, text.bytes,
                 "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                 "\"detail\":\"Not Found\",\"message\":\"Not Found\"}"));
    shoji_buffer_finish(&text);
}

Test(problem, carries_every_member_that_is_set)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_problem problem = {422,         "urn:x",   "No",      "a \"b\"",
                             "/users/1/", "/body/n", (size_t)3, 14};
    cr_assert(eq(int, shoji_problem_emit(&text, &problem), SHOJI_OK));
    cr_expect(eq(str, text.bytes,
                 "{\"type\":\"urn:x\",\"title\":\"No\",\"status\":422,"
                 "\"detail\":\"a \\\"b\\\"\",\"instance\":\"/users/1/\","
                 "\"message\":\"a \\\"b\\\"\",\"pointer\":\"/body/n\","
                 "\"line\":3,\"column\":14}"));
    shoji_buffer_finish(&text);
}

Test(problem, replaces_what_is_not_utf_8)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_problem problem = {.status = 400,
                             .title = "T",
                             .detail = "\xff"
                                       "a\xc3"};
    cr_assert(eq(int, shoji_problem_emit(&text, &problem), SHOJI_OK));
    cr_expect(ne(ptr,
                 strstr(text.bytes, "\"detail\":\"\xef\xbf\xbd"
                                    "a\xef\xbf\xbd\""),
                 NULL));
    shoji_buffer_finish(&text);
}

Test(problem, leaves_the_buffer_where_its_maximum_is_too_small)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    text.maximum = 20;
    cr_assert(eq(int, shoji_buffer_append_string(&text, "before"), SHOJI_OK));
    shoji_problem problem = {.status = 404};
    cr_expect(eq(int, shoji_problem_emit(&text, &problem), SHOJI_LIMIT));
    cr_expect(eq(str, text.bytes, "before"));
    shoji_buffer_finish(&text);
}

static int emit_a_problem(void)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_problem problem = {.status = 400, .detail = "a detail", .pointer = "/a"};
    shoji_status status = shoji_problem_emit(&text, &problem);
    shoji_buffer_finish(&text);
    return status;
}

/* So many good bytes that the character in place of the bad one asks for more room. */
static int repair_a_problem(void)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    char detail[65];
    memset(detail, 'x', 62);
    memcpy(detail + 62, "\xff\xff", 3);
    shoji_problem problem = {.status = 400, .detail = detail};
    shoji_status status = shoji_problem_emit(&text, &problem);
    shoji_buffer_finish(&text);
    return status;
}

Test(problem, survives_every_failed_allocation)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, emit_a_problem());
    cr_expect(gt(int, failures, 1));
    FAILING_MEMORY_SWEEP(failures, repair_a_problem());
    cr_expect(gt(int, failures, 1));
}

Test(phrase, is_known_for_registered_codes_alone)
{
    cr_expect(eq(str, (char *)shoji_http_phrase(200), "OK"));
    cr_expect(eq(str, (char *)shoji_http_phrase(511), "Network Authentication Required"));
    cr_expect(eq(str, (char *)shoji_http_phrase(418), ""));
    cr_expect(eq(str, (char *)shoji_http_phrase(0), ""));
}

Test(version, is_that_of_the_headers)
{
    cr_expect(eq(str, (char *)shoji_version(), SHOJI_VERSION));
}
