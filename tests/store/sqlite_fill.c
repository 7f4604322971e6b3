/* The index that is built behind the commits: what readers and writers notice of it. */
#include "fixture.h"

#include "store/sqlite_private.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ENTITIES = 6000,
    BATCH = 1000,
    PATIENCE_SECONDS = 30
};

static const char plain[] = "{\"element\":\"shoji:catalog\"}";
static const char by_name[] =
    "{\"element\":\"shoji:catalog\",\"catalogs\":{\"by name\":\"{?name,group}\"}}";

static struct fixture fixture;

static void put(const char *path, const char *text)
{
    cr_assert(eq(int, fixture_commit(fixture.store, STORE_PUT, path, text, 0, NULL, NULL),
                 SHOJI_OK),
              "%s", path);
}

static shoji_document *make_entity(size_t number)
{
    char text[200];
    shoji_document *document;
    snprintf(text, sizeof text,
             "{\"element\":\"shoji:entity\",\"body\":{\"name\":%zu,\"group\":%zu}}",
             number, number % 2);
    cr_assert(eq(int, shoji_document_parse(&document, text, strlen(text), NULL, NULL),
                 SHOJI_OK));
    return document;
}

static void put_many(size_t begin)
{
    static struct store_write writes[BATCH];
    static char paths[BATCH][32];
    for (size_t i = 0; i < BATCH; i++) {
        snprintf(paths[i], sizeof paths[i], "/a/%zu/", begin + i);
        writes[i] = (struct store_write){
            .operation = STORE_PUT, .path = paths[i], .document = make_entity(begin + i)};
    }
    struct store_batch batch = {.writes = writes, .count = BATCH, .now = 1000};
    struct store_result result = {0};
    shoji_status status =
        fixture.store->methods->commit(fixture.store, &batch, &result, NULL);
    cr_assert(eq(int, status, SHOJI_OK));
    for (size_t i = 0; i < BATCH; i++)
        shoji_document_free((shoji_document *)writes[i].document);
}

static void setup(void)
{
    fixture_open(&fixture, "sqlite", NULL, 0);
    put("/a/", plain);
    for (size_t i = 0; i < ENTITIES; i += BATCH)
        put_many(i);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(sqlite_fill, .init = setup, .fini = teardown);

/* One number from the file, by a connection of its own. */
static int64_t number(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    cr_assert(eq(int, sqlite3_open(strchr(fixture.specification, ':') + 1, &db), 0));
    sqlite3_busy_timeout(db, 5000);
    cr_assert(eq(int, sqlite3_prepare_v2(db, sql, -1, &statement, NULL), 0));
    cr_assert(eq(int, sqlite3_step(statement), SQLITE_ROW));
    int64_t result = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return result;
}

static bool becomes(const char *sql, int64_t wanted)
{
    time_t end = time(NULL) + PATIENCE_SECONDS;
    while (number(sql) != wanted) {
        if (time(NULL) > end)
            return false;
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return true;
}

#define READY "SELECT count(*) FROM indexed WHERE catalog > 0"
#define KEYS "SELECT count(*) FROM attributes"
#define NOTES "SELECT count(*) FROM filling"

/* Changes the file, by a connection of its own. */
static void change(const char *sql)
{
    sqlite3 *db;
    cr_assert(eq(int, sqlite3_open(strchr(fixture.specification, ':') + 1, &db), 0));
    sqlite3_busy_timeout(db, 5000);
    cr_assert(eq(int, sqlite3_exec(db, sql, NULL, NULL, NULL), 0));
    sqlite3_close(db);
}

static void members_are(const char *name, const char *expected)
{
    cr_assert(eq(str, (char *)fixture_members(fixture.store, "/a/", "name", name, NULL),
                 (char *)expected),
              "%s", name);
}

Test(sqlite_fill, answers_right_before_it_is_complete_and_after)
{
    put("/a/", by_name);
    cr_assert(gt(i64, number(NOTES), 0), "the commit has done it all");
    members_are("5999", "5999");
    members_are("1", "1");
    cr_assert(becomes(READY, 2));
    cr_assert(eq(i64, number(KEYS), 2 * ENTITIES));
    cr_assert(eq(i64, number(NOTES), 0));
    members_are("5999", "5999");
    members_are("x", "");
}

Test(sqlite_fill, keeps_what_is_written_meanwhile)
{
    put("/a/", by_name);
    put("/a/5998/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"new\"}}");
    put("/a/3/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"new\"}}");
    put("/a/last/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"new\"}}");
    cr_assert(eq(
        int, fixture_commit(fixture.store, STORE_DELETE, "/a/5997/", NULL, 0, NULL, NULL),
        SHOJI_OK));
    members_are("new", "3 5998 last");
    cr_assert(becomes(READY, 2));
    members_are("new", "3 5998 last");
    members_are("5997", "");
    members_are("5998", "");
    cr_assert(eq(i64,
                 number("SELECT count(*) FROM attributes a LEFT JOIN documents d"
                        " ON d.id = a.entity WHERE d.id IS NULL"),
                 0));
}

Test(sqlite_fill, goes_on_where_it_was_when_the_store_is_opened_again)
{
    put("/a/", by_name);
    fixture_reopen(&fixture, true);
    members_are("5999", "5999");
    fixture_reopen(&fixture, false);
    cr_assert(becomes(READY, 2));
    cr_assert(eq(i64, number(KEYS), 2 * ENTITIES));
}

Test(sqlite_fill, forgets_an_attribute_that_nothing_filters_by_any_more)
{
    put("/a/", by_name);
    cr_assert(becomes(READY, 2));
    put("/a/", plain);
    members_are("5999", "5999");
    cr_assert(becomes("SELECT count(*) FROM indexed", 0));
    cr_assert(eq(i64, number(KEYS), 0));
    put("/a/", by_name);
    put("/a/", plain);
    cr_assert(becomes("SELECT count(*) FROM indexed", 0));
    cr_assert(eq(i64, number(KEYS) + number(NOTES), 0));
}

static int64_t now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The bound is far above what it takes, and far below a transaction over all entities
 * while sanitizers watch. */
Test(sqlite_fill, holds_up_no_writer_for_long)
{
    put("/a/", by_name);
    int64_t longest = 0;
    while (number(NOTES) > 0) {
        int64_t begin = now_milliseconds();
        put("/a/x/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":1}}");
        int64_t took = now_milliseconds() - begin;
        longest = took > longest ? took : longest;
    }
    cr_assert(lt(i64, longest, 1000));
}

Test(sqlite_fill, reads_the_index_once_it_is_complete)
{
    put("/a/", by_name);
    cr_assert(becomes(READY, 2));
    /* Only the index still says so. */
    change("UPDATE attributes SET value = CAST('sfound' AS BLOB) WHERE"
           " entity = (SELECT id FROM documents WHERE path = '/a/7/')"
           " AND attribute = (SELECT id FROM indexed WHERE name = 'name')");
    members_are("found", "7");
}

/* As an error of the disk would be: the status of a document that cannot be read. */
#define FAIL                                                                             \
    "CREATE TRIGGER fail BEFORE INSERT ON attributes BEGIN SELECT RAISE(ABORT, 'x'); "   \
    "END"
#define WORK "DROP TRIGGER fail"

Test(sqlite_fill, leaves_no_entity_out_where_its_keys_cannot_be_written)
{
    change(FAIL);
    put("/a/", by_name);
    nanosleep(&(struct timespec){0, 300000000}, NULL);
    cr_assert(eq(i64, number(READY), 0));
    cr_assert(eq(i64, number("SELECT max(filled) FROM filling"), 0));
    members_are("5999", "5999");
    change(WORK);
    cr_assert(becomes(READY, 2));
    cr_assert(eq(i64, number(KEYS), 2 * ENTITIES));
}

Test(sqlite_fill, commits_no_template_where_the_keys_cannot_be_written)
{
    put("/b/", plain);
    put("/b/1/", "{\"element\":\"shoji:entity\",\"body\":{\"name\":1}}");
    change(FAIL);
    cr_assert(eq(int,
                 fixture_commit(fixture.store, STORE_PUT, "/b/", by_name, 0, NULL, NULL),
                 SHOJI_INVALID));
    cr_assert(eq(i64, number(READY), 0));
    change(WORK);
    put("/b/", by_name);
    cr_assert(eq(i64, number(READY), 2));
    cr_assert(eq(i64, number(KEYS), 1));
}

Test(sqlite_fill, goes_on_behind_an_entity_that_cannot_be_read)
{
    change("UPDATE documents SET text = '{' WHERE path = '/a/7/'");
    put("/a/", by_name);
    cr_assert(becomes(READY, 2));
    cr_assert(eq(i64, number(KEYS), 2 * (ENTITIES - 1)));
}
