/* The vectors of spec/vectors/http/, as its README says how to run them. */
#include "support/cases.h"

#include <shoji/protocol.h>
#include <shoji/value.h>

#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

enum {
    OFFERS_MAXIMUM = 8
};

static bool same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "(nothing)";
}

static shoji_value expected(shoji_value vector, const char *name)
{
    return shoji_value_member(shoji_value_member(vector, "expect"), name);
}

static bool is_true(shoji_value value)
{
    return shoji_value_type(value) == SHOJI_TRUE;
}

/* A number that a case may leave out. */
static size_t number_of(shoji_value vector, const char *name)
{
    uint64_t number = 0;
    if (shoji_value_exists(shoji_value_member(vector, name)))
        cr_assert(shoji_value_uint64(shoji_value_member(vector, name), &number) ==
                  SHOJI_OK);
    return (size_t)number;
}

static void check_accept(shoji_value vector, const char *about)
{
    const char *offers[OFFERS_MAXIMUM];
    size_t count = 0;
    shoji_items items = shoji_value_items(shoji_value_member(vector, "offers"));
    shoji_value offer;
    while (shoji_items_next(&items, &offer)) {
        cr_assert(count < OFFERS_MAXIMUM, "%s: too many offers", about);
        offers[count++] = shoji_value_string(offer, NULL);
    }
    int chosen = shoji_accept_choose(case_text(vector, "accept"), offers, count);
    const char *had = chosen < 0 ? NULL : offers[chosen];
    const char *wanted = shoji_value_string(expected(vector, "type"), NULL);
    cr_expect(same_text(had, wanted), "%s: %s, and not %s", about, shown(had),
              shown(wanted));
}

Test(http_vectors, media_types_are_chosen)
{
    cases_run("http/accept.json", check_accept);
}

static void check_media_type(shoji_value vector, const char *about)
{
    bool same =
        shoji_media_type_is(case_text(vector, "content_type"), case_text(vector, "type"));
    cr_expect(same == is_true(expected(vector, "same")), "%s", about);
}

Test(http_vectors, media_types_are_compared)
{
    cases_run("http/media-types.json", check_media_type);
}

static void check_etag(shoji_value vector, const char *about)
{
    const char *field = case_text(vector, "field");
    const char *etag = case_text(vector, "etag");
    cr_expect(shoji_etag_matches(field, etag, false) ==
                  is_true(expected(vector, "strong")),
              "%s: strongly", about);
    cr_expect(shoji_etag_matches(field, etag, true) == is_true(expected(vector, "weak")),
              "%s: weakly", about);
}

Test(http_vectors, entity_tags_are_compared)
{
    cases_run("http/etags.json", check_etag);
}

static void check_condition(shoji_value vector, const char *about)
{
    shoji_value headers = shoji_value_member(vector, "headers");
    shoji_conditions conditions = {
        .if_match = case_text(headers, "If-Match"),
        .if_none_match = case_text(headers, "If-None-Match"),
        .if_modified_since = case_text(headers, "If-Modified-Since"),
        .if_unmodified_since = case_text(headers, "If-Unmodified-Since"),
    };
    const char *method = case_text(vector, "method");
    bool is_read = same_text(method, "GET") || same_text(method, "HEAD");
    int64_t modified = -1;
    const char *date = case_text(vector, "last_modified");
    if (date != NULL)
        cr_assert(shoji_http_date_parse(date, &modified), "%s: %s", about, date);
    size_t wanted = SHOJI_PROCEED;
    if (shoji_value_type(expected(vector, "status")) != SHOJI_NULL)
        wanted = number_of(shoji_value_member(vector, "expect"), "status");
    shoji_condition had = shoji_conditions_evaluate(&conditions, is_read,
                                                    case_text(vector, "etag"), modified);
    cr_expect((size_t)had == wanted, "%s: %d, and not %zu", about, had, wanted);
}

Test(http_vectors, conditions_are_evaluated)
{
    cases_run("http/conditions.json", check_condition);
}

static void check_date(shoji_value vector, const char *about)
{
    int64_t had = 0;
    int64_t wanted = 0;
    char written[SHOJI_HTTP_DATE_SIZE];
    bool is_date = shoji_value_int64(expected(vector, "seconds"), &wanted) == SHOJI_OK;
    cr_expect(shoji_http_date_parse(case_text(vector, "text"), &had) == is_date,
              "%s: is it a date?", about);
    cr_expect(had == wanted, "%s: %jd, and not %jd", about, (intmax_t)had,
              (intmax_t)wanted);
    const char *text = shoji_value_string(expected(vector, "written"), NULL);
    if (text == NULL)
        return;
    shoji_http_date_format(written, wanted);
    cr_expect(same_text(written, text), "%s: written as %s", about, written);
}

Test(http_vectors, dates_are_read_and_written)
{
    cases_run("http/dates.json", check_date);
}

static void check_problem(shoji_value vector, const char *about)
{
    shoji_value members = shoji_value_member(vector, "problem");
    shoji_problem problem = {
        .status = (int)number_of(members, "status"),
        .type = case_text(members, "type"),
        .title = case_text(members, "title"),
        .detail = case_text(members, "detail"),
        .instance = case_text(members, "instance"),
        .pointer = case_text(members, "pointer"),
        .line = number_of(members, "line"),
        .column = number_of(members, "column"),
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_tree *tree = NULL;
    cr_assert(shoji_problem_emit(&text, &problem) == SHOJI_OK, "%s", about);
    cr_assert(shoji_tree_parse(&tree, text.bytes, text.length, NULL, NULL) == SHOJI_OK,
              "%s: %s", about, text.bytes);
    cr_expect(shoji_value_equal(shoji_tree_root(tree), expected(vector, "object")),
              "%s: %s", about, text.bytes);
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
}

Test(http_vectors, problem_objects_are_written)
{
    cases_run("http/problems.json", check_problem);
}
