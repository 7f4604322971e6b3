/* What store/store.h promises of reading, of every kind of store. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <string.h>

static const struct fixture_document documents[] = {
    {"/", "{\"element\":\"shoji:catalog\",\"title\":\"All\"}"},
    {"/users/",
     "{\"element\":\"shoji:catalog\",\"catalogs\":{"
     "\"sellers by sold count\":\"sellers{?sold_count}\",\"by name\":\"{?last_name}\","
     "\"elsewhere\":\"http://example.org/users{?sold_count}\"},"
     "\"views\":{\"named\":\"by_name/{last_name}/\"}}"},
    {"/users/1/", "{\"element\":\"shoji:entity\",\"body\":{\"last_name\":\"Shoji\","
                  "\"sold_count\":387,\"active\":true,\"tags\":[\"a\",7]}}"},
    {"/users/2/", "{\"element\":\"shoji:entity\",\"body\":{\"last_name\":\"387\","
                  "\"sold_count\":3.870e2,\"active\":false,\"tags\":\"b\"}}"},
    {"/users/3/", "{\"element\":\"shoji:entity\",\"body\":{\"last_name\":\"true\","
                  "\"sold_count\":null,\"active\":\"true\",\"tags\":[\"b\",\"b\"]}}"},
    {"/users/3/sold_count/", "387"},
    {"/users/counts/", "{\"element\":\"shoji:view\",\"value\":[387]}"},
    {"/users/groups/", "{\"element\":\"shoji:catalog\"}"},
    {"/users/groups/a/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"A\"}}"},
    {"/users/roles/", "{\"element\":\"shoji:catalog\"}"},
};

struct kind {
    char name[8];
};

static struct kind kinds[] = {{"sqlite"}, {"dir"}};

/* A test that is run once for each kind of store, over the documents above. */
#define CONTRACT(NAME)                                                                   \
    static void NAME(struct store *store);                                               \
    ParameterizedTestParameters(contract, NAME)                                          \
    {                                                                                    \
        return cr_make_param_array(struct kind, kinds, sizeof kinds / sizeof kinds[0]);  \
    }                                                                                    \
    ParameterizedTest(struct kind *kind, contract, NAME)                                 \
    {                                                                                    \
        struct fixture fixture;                                                          \
        fixture_open(&fixture, kind->name, documents,                                    \
                     sizeof documents / sizeof documents[0]);                            \
        NAME(fixture.store);                                                             \
        fixture_close(&fixture);                                                         \
    }                                                                                    \
    static void NAME(struct store *store)

static const struct store_query all = {NULL, 0, 0, 0};

static struct store_document head(struct store *store, const char *path)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    cr_assert(eq(int, fixture_read(store, path, &document, NULL), SHOJI_OK), "%s", path);
    return document;
}

CONTRACT(has_an_id_of_sixteen_digits)
{
    cr_assert(eq(sz, strlen(store->id), 16));
    cr_assert(eq(sz, strspn(store->id, "0123456789abcdef"), 16));
}

CONTRACT(reads_what_is_stored)
{
    struct store_document document = head(store, "/users/1/");
    cr_assert(eq(str, document.path, "/users/1/"));
    cr_assert(eq(int, document.element, SHOJI_ELEMENT_ENTITY));
    cr_assert(eq(str, document.text, (char *)documents[2].text));
    cr_assert(eq(sz, document.length, strlen(documents[2].text)));
    cr_assert(eq(u64, document.shown_revision, document.revision));
    cr_assert(gt(u64, document.revision, 0));
    store_document_finish(&document);
}

CONTRACT(reads_every_element)
{
    static const struct {
        const char *path;
        shoji_element element;
    } cases[] = {
        {"/", SHOJI_ELEMENT_CATALOG},
        {"/users/", SHOJI_ELEMENT_CATALOG},
        {"/users/counts/", SHOJI_ELEMENT_VIEW},
        {"/users/3/", SHOJI_ELEMENT_ENTITY},
        {"/users/3/sold_count/", SHOJI_ELEMENT_VALUE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_document document = head(store, cases[i].path);
        cr_assert(eq(int, document.element, cases[i].element), "%s", cases[i].path);
        store_document_finish(&document);
    }
}

CONTRACT(leaves_the_text_out_of_a_head)
{
    struct store_snapshot *snapshot;
    struct store_document document = STORE_DOCUMENT_INIT;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(int, store->methods->read(snapshot, "/users/", true, &document, NULL),
                 SHOJI_OK));
    cr_assert(eq(ptr, document.text, NULL));
    cr_assert(eq(u64, document.member_count, 3));
    store_document_finish(&document);
    store->methods->release(snapshot);
}

CONTRACT(does_not_find_what_is_not_there)
{
    static const char *const paths[] = {"/users/4/", "/users/1/x/",    "/x/",
                                        "/x/y/z/",   "/users/%2E%2E/", "/users/.hidden/",
                                        "/.hidden/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct store_document document = STORE_DOCUMENT_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_assert(
            eq(int, fixture_read(store, paths[i], &document, &error), SHOJI_NOT_FOUND));
        cr_assert(eq(ptr, (void *)error.code, NULL));
        cr_assert(ne(ptr, strstr(error.message, paths[i]), NULL), "%s", error.message);
        cr_assert(eq(ptr, document.path, NULL));
    }
}

CONTRACT(shows_a_catalog_at_least_as_new_as_itself)
{
    struct store_document catalog = head(store, "/users/");
    struct store_document entity = head(store, "/users/3/");
    cr_assert(ge(u64, catalog.shown_revision, catalog.revision));
    cr_assert(ge(u64, catalog.shown_revision, entity.revision));
    cr_assert(ge(i64, catalog.shown_modified, catalog.modified));
    store_document_finish(&catalog);
    store_document_finish(&entity);
}

CONTRACT(lists_the_entities_directly_below_a_catalog)
{
    cr_assert(
        eq(str, (char *)fixture_members(store, "/users/", NULL, NULL, NULL), "1 2 3"));
    cr_assert(
        eq(str, (char *)fixture_members(store, "/users/groups/", NULL, NULL, NULL), "a"));
    cr_assert(eq(str, (char *)fixture_members(store, "/", NULL, NULL, NULL), ""));
    cr_assert(eq(u64, fixture_count(store, "/users/", &all), 3));
}

CONTRACT(lists_nothing_of_what_is_no_catalog)
{
    cr_assert(eq(str, (char *)fixture_members(store, "/users/3/", NULL, NULL, NULL), ""));
    cr_assert(eq(str, (char *)fixture_members(store, "/nobody/", NULL, NULL, NULL), ""));
    cr_assert(eq(u64, fixture_count(store, "/nobody/", &all), 0));
}

static shoji_status remember_sequence(void *context, const struct store_member *member)
{
    *(uint64_t *)context = member->sequence;
    return SHOJI_OK;
}

CONTRACT(goes_on_after_a_sequence_number)
{
    struct store_snapshot *snapshot;
    struct store_query query = {NULL, 0, 0, 2};
    uint64_t sequence = 0;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(int,
                 store->methods->members(snapshot, "/users/", &query, remember_sequence,
                                         &sequence, NULL),
                 SHOJI_OK));
    store->methods->release(snapshot);
    query.after = sequence;
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "3"));
    cr_assert(eq(u64, fixture_count(store, "/users/", &query), 3));
    query.after = UINT64_MAX;
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), ""));
}

CONTRACT(limits_members)
{
    struct store_query query = {NULL, 0, 0, 2};
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "1 2"));
}

static shoji_status stop(void *context, const struct store_member *member)
{
    (void)member;
    ++*(int *)context;
    return SHOJI_RANGE;
}

CONTRACT(ends_where_the_callback_says)
{
    struct store_snapshot *snapshot;
    int called = 0;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(int,
                 store->methods->members(snapshot, "/users/", &all, stop, &called, NULL),
                 SHOJI_RANGE));
    cr_assert(eq(int, called, 1));
    store->methods->release(snapshot);
}

/* sold_count and last_name are what a template filters by; active and tags are not. */
CONTRACT(filters_by_the_rule_of_the_specification)
{
    static const struct {
        const char *attribute;
        const char *value;
        const char *members;
    } cases[] = {
        {"sold_count", "387", "1 2"}, {"sold_count", "38.70E+1", "1 2"},
        {"sold_count", "0387", ""},   {"sold_count", "null", ""},
        {"sold_count", "", ""},       {"last_name", "Shoji", "1"},
        {"last_name", "shoji", ""},   {"last_name", "387", "2"},
        {"last_name", "3.87e2", ""},  {"last_name", "true", "3"},
        {"active", "true", "1 3"},    {"active", "false", "2"},
        {"tags", "a", "1"},           {"tags", "b", "2 3"},
        {"tags", "7.0", "1"},         {"no such attribute", "a", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(str,
                     (char *)fixture_members(store, "/users/", cases[i].attribute,
                                             cases[i].value, NULL),
                     (char *)cases[i].members),
                  "%s = %s", cases[i].attribute, cases[i].value);
}

CONTRACT(takes_any_value_of_a_list)
{
    cr_assert(eq(str,
                 (char *)fixture_members(store, "/users/", "last_name", "Shoji", "true"),
                 "1 3"));
    cr_assert(
        eq(str, (char *)fixture_members(store, "/users/", "tags", "a", "b"), "1 2 3"));
    cr_assert(
        eq(str, (char *)fixture_members(store, "/users/", "last_name", NULL, NULL), ""));
}

CONTRACT(wants_all_filters_to_hold)
{
    static const char *const count[] = {"387"};
    static const char *const name[] = {"387", "true"};
    static const char *const active[] = {"false"};
    struct store_filter filters[] = {
        {"sold_count", count, 1}, {"last_name", name, 2}, {"active", active, 1}};
    struct store_query query = {filters, 2, 0, 0};
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "2"));
    cr_assert(eq(u64, fixture_count(store, "/users/", &query), 1));
    query.filter_count = 3;
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "2"));
    cr_assert(eq(u64, fixture_count(store, "/users/", &query), 1));
}

CONTRACT(limits_and_goes_on_among_those_that_a_filter_passes)
{
    static const char *const values[] = {"387"};
    struct store_filter filter = {"sold_count", values, 1};
    struct store_query query = {&filter, 1, 0, 1};
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "1"));
    cr_assert(eq(u64, fixture_count(store, "/users/", &query), 2));
    static const char *const unindexed[] = {"true"};
    filter = (struct store_filter){"active", unindexed, 1};
    cr_assert(eq(str, (char *)fixture_query(store, "/users/", &query), "1"));
    cr_assert(eq(u64, fixture_count(store, "/users/", &query), 2));
}

CONTRACT(refuses_a_query_with_too_many_values)
{
    static const char *values[2000];
    for (size_t i = 0; i < 2000; i++)
        values[i] = "x";
    struct store_filter filter = {"last_name", values, 2000};
    struct store_query query = {&filter, 1, 0, 0};
    struct store_snapshot *snapshot;
    shoji_error error = SHOJI_ERROR_INIT;
    int called = 0;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(
        int, store->methods->members(snapshot, "/users/", &query, stop, &called, &error),
        SHOJI_LIMIT));
    cr_assert(ne(ptr, strstr(error.message, "1000"), NULL), "%s", error.message);
    store->methods->release(snapshot);
}

CONTRACT(lists_the_catalogs_directly_below_a_path)
{
    cr_assert(eq(str, (char *)fixture_children(store, "/", 0), "users"));
    cr_assert(eq(str, (char *)fixture_children(store, "/users/", 0), "groups roles"));
    cr_assert(eq(str, (char *)fixture_children(store, "/users/", 1), "groups"));
    cr_assert(eq(str, (char *)fixture_children(store, "/users/roles/", 0), ""));
    cr_assert(eq(str, (char *)fixture_children(store, "/nobody/", 0), ""));
}

CONTRACT(gives_the_templates_that_could_lead_to_a_path)
{
    static const char in_users[] = "/users/sellers{?sold_count} /users/{?last_name}";
    const char *found = fixture_templates(store, "/users/");
    cr_assert(eq(sz, strlen(found), sizeof in_users - 1), "%s", found);
    cr_assert(ne(ptr, strstr(found, "/users/sellers{?sold_count}"), NULL));
    cr_assert(ne(ptr, strstr(found, "/users/{?last_name}"), NULL));
    found = fixture_templates(store, "/users/by_name/Bob/");
    cr_assert(ne(ptr, strstr(found, "/users/by_name/{last_name}/"), NULL));
    cr_assert(eq(str, (char *)fixture_templates(store, "/user/"), ""));
    cr_assert(eq(str, (char *)fixture_templates(store, "/"), ""));
}

static void nearest_is(struct store *store, const char *path, const char *expected)
{
    struct store_snapshot *snapshot;
    struct store_document catalog = STORE_DOCUMENT_INIT;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(int, store->methods->nearest(snapshot, path, &catalog, NULL), SHOJI_OK));
    cr_assert(eq(str, catalog.path, (char *)expected), "%s", path);
    cr_assert(eq(int, catalog.element, SHOJI_ELEMENT_CATALOG));
    cr_assert(ne(ptr, catalog.text, NULL));
    store_document_finish(&catalog);
    store->methods->release(snapshot);
}

CONTRACT(finds_the_nearest_catalog)
{
    nearest_is(store, "/", "/");
    nearest_is(store, "/x/y/", "/");
    nearest_is(store, "/users/", "/users/");
    nearest_is(store, "/users/by_name/Bob/", "/users/");
    nearest_is(store, "/users/3/sold_count/", "/users/");
    nearest_is(store, "/users/groups/a/", "/users/groups/");
}

static char *project(struct store *store, const char *path, const char *attribute,
                     enum store_aggregate aggregate, const char *by)
{
    static char text[1024];
    struct store_projection projection = {attribute, aggregate, by};
    struct store_snapshot *snapshot;
    shoji_writer *writer;
    shoji_buffer result = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(
        eq(int, shoji_writer_new(&writer, shoji_buffer_sink, &result, NULL), SHOJI_OK));
    cr_assert(eq(int, store->methods->project(snapshot, path, &projection, writer, NULL),
                 SHOJI_OK));
    cr_assert(eq(int, shoji_writer_end(writer), SHOJI_OK));
    snprintf(text, sizeof text, "%s", result.bytes);
    shoji_writer_free(writer);
    shoji_buffer_finish(&result);
    store->methods->release(snapshot);
    return text;
}

CONTRACT(computes_a_projection_over_the_entities_alone)
{
    static const struct {
        enum store_aggregate aggregate;
        const char *by;
        char *result;
    } cases[] = {
        {STORE_COLLECT, NULL, "[387,3.870e2,null]"},
        {STORE_COUNT, NULL, "2"},
        {STORE_SUM, NULL, "774"},
        {STORE_MINIMUM, NULL, "387"},
        {STORE_MAXIMUM, NULL, "387"},
        {STORE_MEAN, NULL, "387"},
        {STORE_DISTINCT, NULL, "[387]"},
        {STORE_COLLECT, "tags", "{\"a\":[387],\"7\":[387],\"b\":[3.870e2,null]}"},
        {STORE_SUM, "active", "{\"true\":387,\"false\":387}"},
        {STORE_DISTINCT, "tags", "{\"a\":[387],\"7\":[387],\"b\":[3.870e2]}"},
        {STORE_COUNT, "nothing", "{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert(eq(
            str, project(store, "/users/", "sold_count", cases[i].aggregate, cases[i].by),
            cases[i].result));
}

CONTRACT(computes_a_projection_where_there_is_nothing)
{
    static const struct {
        enum store_aggregate aggregate;
        char *result;
    } cases[] = {
        {STORE_COLLECT, "[]"},   {STORE_COUNT, "0"},   {STORE_SUM, "0"},
        {STORE_MINIMUM, "null"}, {STORE_MEAN, "null"}, {STORE_MAXIMUM, "null"},
        {STORE_DISTINCT, "[]"},
    };
    static const char *const paths[] = {"/users/roles/", "/nobody/", "/users/1/"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++)
            cr_assert(eq(str, project(store, paths[k], "x", cases[i].aggregate, NULL),
                         cases[i].result));
}

static shoji_status append_segment(void *context, const char *segment)
{
    return shoji_buffer_append_format(context, "%s ", segment);
}

/* Stores differ in the order of what is of different elements. */
CONTRACT(lists_everything_directly_below_a_path)
{
    static const char *const segments[] = {"1 ",      "2 ",      "3 ",
                                           "counts ", "groups ", "roles "};
    struct store_snapshot *snapshot;
    shoji_buffer list = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    cr_assert(eq(int,
                 store->methods->below(snapshot, "/users/", append_segment, &list, NULL),
                 SHOJI_OK));
    cr_assert(eq(sz, list.length, strlen("1 2 3 counts groups roles ")));
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
        cr_assert(ne(ptr, strstr(list.bytes, segments[i]), NULL), "%s", list.bytes);
    shoji_buffer_clear(&list);
    cr_assert(
        eq(int, store->methods->below(snapshot, "/users/3/", append_segment, &list, NULL),
           SHOJI_OK));
    cr_assert(eq(str, list.bytes, "sold_count "));
    shoji_buffer_finish(&list);
    store->methods->release(snapshot);
}

/* What a snapshot's own callbacks ask of it does not disturb what it is at. */
static shoji_status list_members_within(void *context, const struct store_member *member)
{
    struct store_snapshot *snapshot = ((void **)context)[0];
    struct store *store = ((void **)context)[1];
    int *total = ((void **)context)[2];
    int once = 0;
    (void)member;
    ++*total;
    cr_assert(eq(int,
                 store->methods->members(snapshot, "/users/", &all, stop, &once, NULL),
                 SHOJI_RANGE));
    return SHOJI_OK;
}

CONTRACT(can_be_asked_from_within_a_callback)
{
    struct store_snapshot *snapshot;
    int total = 0;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    void *context[] = {snapshot, store, &total};
    cr_assert(eq(int,
                 store->methods->members(snapshot, "/users/", &all, list_members_within,
                                         context, NULL),
                 SHOJI_OK));
    cr_assert(eq(int, total, 3));
    store->methods->release(snapshot);
}

CONTRACT(gives_many_snapshots_at_once)
{
    struct store_snapshot *snapshots[20];
    for (size_t i = 0; i < 20; i++)
        cr_assert(
            eq(int, store->methods->snapshot(store, &snapshots[i], NULL), SHOJI_OK));
    for (size_t i = 0; i < 20; i++)
        store->methods->release(snapshots[i]);
}

Test(store, refuses_a_kind_that_it_does_not_know)
{
    static const char *const specifications[] = {"mysql:x", "shoji.db", "",
                                                 "sqlite:", "dir:"};
    for (size_t i = 0; i < sizeof specifications / sizeof specifications[0]; i++) {
        struct store *store = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_assert(
            eq(int, store_open(&store, specifications[i], false, &error), SHOJI_USAGE));
        cr_assert(ne(ptr, strstr(error.message, ":PATH"), NULL), "%s", error.message);
        cr_assert(eq(ptr, store, NULL));
    }
    store_close(NULL);
}
