/* The SQLite store's index: when it is there, and that it is used. */
#include "fixture.h"

#include "store/sqlite_private.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const char plain[] = "{\"element\":\"shoji:catalog\"}";
static const char by_name[] =
    "{\"element\":\"shoji:catalog\",\"catalogs\":{\"by name\":\"{?name}\"}}";

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture, "sqlite", NULL, 0);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(sqlite_index, .init = setup, .fini = teardown);

static void put(const char *path, const char *text)
{
    cr_assert(eq(int, fixture_commit(fixture.store, STORE_PUT, path, text, 0, NULL, NULL),
                 SHOJI_OK),
              "%s", path);
}

static void put_named(const char *path, const char *name)
{
    char text[200];
    snprintf(text, sizeof text, "{\"element\":\"shoji:entity\",\"body\":{\"name\":%s}}",
             name);
    put(path, text);
}

static void delete (const char *path)
{
    cr_assert(eq(int,
                 fixture_commit(fixture.store, STORE_DELETE, path, NULL, 0, NULL, NULL),
                 SHOJI_OK),
              "%s", path);
}

/* What the index holds: "path name=key" of each entry. */
static const char *index_content(void)
{
    static char content[4096];
    sqlite3 *db;
    sqlite3_stmt *statement;
    cr_assert(eq(int, sqlite3_open(strchr(fixture.specification, ':') + 1, &db), 0));
    cr_assert(eq(int,
                 sqlite3_prepare_v2(
                     db,
                     "SELECT d.path || ' ' || i.name || '=' || CAST(a.value AS TEXT)"
                     " FROM attributes a LEFT JOIN indexed i ON i.id = a.attribute"
                     " LEFT JOIN documents d ON d.id = a.entity ORDER BY 1",
                     -1, &statement, NULL),
                 0));
    content[0] = '\0';
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t length = strlen(content);
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        snprintf(content + length, sizeof content - length, "%s%s",
                 length > 0 ? ", " : "", text != NULL ? text : "dangling");
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return content;
}

#define INDEX_IS(EXPECTED) cr_assert(eq(str, (char *)index_content(), EXPECTED))

Test(sqlite_index, holds_what_a_template_filters_by_and_nothing_else)
{
    put("/a/", by_name);
    put("/b/", plain);
    put_named("/a/1/", "\"x\"");
    put_named("/a/2/", "[1,1.0,\"y\",null]");
    put_named("/b/1/", "\"x\"");
    INDEX_IS("/a/1/ name=sx, /a/2/ name=n1e0, /a/2/ name=sy");
}

Test(sqlite_index, follows_an_entity_through_its_life)
{
    put("/a/", by_name);
    put_named("/a/1/", "\"x\"");
    put_named("/a/1/", "\"y\"");
    INDEX_IS("/a/1/ name=sy");
    put("/a/1/", "1");
    INDEX_IS("");
    put_named("/a/1/", "\"z\"");
    INDEX_IS("/a/1/ name=sz");
    delete ("/a/1/");
    INDEX_IS("");
}

Test(sqlite_index, is_built_where_a_template_comes_later)
{
    put("/a/", plain);
    put_named("/a/1/", "\"x\"");
    INDEX_IS("");
    put("/a/", by_name);
    INDEX_IS("/a/1/ name=sx");
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", "name", "x", NULL), "1"));
    put("/a/", by_name);
    INDEX_IS("/a/1/ name=sx");
    put("/a/", plain);
    INDEX_IS("");
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", "name", "x", NULL), "1"));
    cr_assert(eq(str, (char *)fixture_templates(fixture.store, "/a/"), ""));
}

Test(sqlite_index, is_of_the_catalog_that_the_template_leads_to)
{
    put("/a/", plain);
    put_named("/a/1/", "\"x\"");
    put("/b/", "{\"element\":\"shoji:catalog\",\"views\":{\"of a\":\"/a/find/{name}\"}}");
    INDEX_IS("/a/1/ name=sx");
    cr_assert(eq(str, (char *)fixture_templates(fixture.store, "/a/find/x/"),
                 "/a/find/{name}"));
    delete ("/b/");
    INDEX_IS("");
}

Test(sqlite_index, moves_when_a_nearer_catalog_comes_or_goes)
{
    put("/a/", "{\"element\":\"shoji:catalog\",\"urls\":{\"x\":\"sub/{?name}\"}}");
    put_named("/a/1/", "\"x\"");
    INDEX_IS("/a/1/ name=sx");
    put("/a/sub/", plain);
    put_named("/a/sub/2/", "\"y\"");
    INDEX_IS("/a/sub/2/ name=sy");
    put("/a/sub/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"e\"}}");
    INDEX_IS("/a/1/ name=sx, /a/sub/ name=se");
    put("/a/sub/", plain);
    INDEX_IS("/a/sub/2/ name=sy");
    delete ("/a/sub/2/");
    delete ("/a/sub/");
    INDEX_IS("/a/1/ name=sx");
}

Test(sqlite_index, is_right_within_one_batch)
{
    static const char entity[] = "{\"element\":\"shoji:entity\",\"body\":{\"name\":1}}";
    shoji_document *holder;
    shoji_document *member;
    cr_assert(eq(int, shoji_document_parse(&holder, by_name, strlen(by_name), NULL, NULL),
                 SHOJI_OK));
    cr_assert(eq(int, shoji_document_parse(&member, entity, strlen(entity), NULL, NULL),
                 SHOJI_OK));
    struct store_write writes[] = {
        {STORE_CREATE, "/a/", holder, 0, 0},
        {STORE_CREATE, "/a/1/", member, 0, 0},
        {STORE_CREATE, "/a/2/", member, 0, 0},
        {STORE_DELETE, "/a/1/", NULL, 0, 0},
    };
    struct store_batch batch = {.writes = writes, .count = 4, .now = 1000};
    struct store_result result;
    cr_assert(eq(int,
                 fixture.store->methods->commit(fixture.store, &batch, &result, NULL),
                 SHOJI_OK));
    INDEX_IS("/a/2/ name=n1e0");
    shoji_document_free(holder);
    shoji_document_free(member);
}

Test(sqlite_index, has_a_bounded_number_of_attributes)
{
    char text[32768] = "{\"element\":\"shoji:catalog\",\"catalogs\":{\"t\":\"{?a0";
    size_t length = strlen(text);
    for (int i = 1; i < 1200; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%d",
                                   i == 600 ? "}\",\"u\":\"{?a" : ",a", i);
    snprintf(text + length, sizeof text - length, "}\"}}");
    put("/a/", text);
    put("/a/1/", "{\"element\":\"shoji:entity\",\"body\":{\"a999\":1,\"a1000\":1}}");
    INDEX_IS("/a/1/ a999=n1e0");
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", "a1000", "1", NULL), "1"));
}

Test(sqlite_index, refuses_a_catalog_with_too_many_templates)
{
    static char text[64 * 1024] =
        "{\"element\":\"shoji:catalog\",\"catalogs\":{\"x\":\"y\"";
    size_t length = strlen(text);
    for (int i = 0; i < 1001; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   ",\"t%d\":\"a%d{?x}\"", i, i);
    snprintf(text + length, sizeof text - length, "}}");
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int,
                 fixture_commit(fixture.store, STORE_PUT, "/a/", text, 0, NULL, &error),
                 SHOJI_LIMIT));
    cr_assert(ne(ptr, strstr(error.message, "1000"), NULL));
}

/* Runs EXPLAIN QUERY PLAN and fails where a table is read from end to end. */
static void plan_has_no_scan(const struct filter *const *filters, size_t count,
                             bool counts)
{
    shoji_buffer sql = SHOJI_BUFFER_INIT;
    sqlite3 *db;
    sqlite3_stmt *statement;
    cr_assert(eq(int, shoji_buffer_append_string(&sql, "EXPLAIN QUERY PLAN "), SHOJI_OK));
    cr_assert(eq(int, sqlite_query_sql(&sql, filters, count, counts), SHOJI_OK));
    cr_assert(eq(int, sqlite3_open(strchr(fixture.specification, ':') + 1, &db), 0));
    cr_assert(eq(int, sqlite3_prepare_v2(db, sql.bytes, -1, &statement, NULL), 0), "%s",
              sqlite3_errmsg(db));
    int lines = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(statement, 3);
        lines++;
        cr_assert(strstr(detail, "SCAN") == NULL || strcmp(detail, "SCAN a") == 0,
                  "%s: %s", sql.bytes, detail);
    }
    cr_assert(gt(int, lines, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    shoji_buffer_finish(&sql);
}

Test(sqlite_index, answers_without_reading_whole_tables)
{
    struct filter_key keys[] = {{NULL, 0}, {NULL, 0}};
    struct filter one = {"x", keys, 1};
    struct filter two = {"y", keys, 2};
    const struct filter *const orders[][2] = {{&one, &two}, {&two, &one}};
    for (size_t i = 0; i < 2; i++) {
        plan_has_no_scan(orders[i], 1, false);
        plan_has_no_scan(orders[i], 2, false);
        plan_has_no_scan(orders[i], 2, true);
    }
}
