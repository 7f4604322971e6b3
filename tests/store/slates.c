/* What store/store.h promises of slates, and how a store of version 1 gets them. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOW = 1000
};

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture, "sqlite", NULL, 0);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(slates, .init = setup, .fini = teardown);

static shoji_status commit_batch(const struct store_batch *batch,
                                 struct store_result *result, shoji_error *error)
{
    return fixture.store->methods->commit(fixture.store, batch, result, error);
}

static shoji_status commit_at(int64_t now, const struct store_slate_write *write,
                              shoji_error *error)
{
    struct store_batch batch = {.slates = write, .slate_count = 1, .now = now};
    struct store_result result;
    return commit_batch(&batch, &result, error);
}

static void put_at(int64_t now, const char *collection, const char *key, const char *text,
                   int64_t expires)
{
    struct store_slate_write write = {collection, key, text, expires, false};
    cr_assert(eq(int, commit_at(now, &write, NULL), SHOJI_OK), "%s", key);
}

static void put(const char *collection, const char *key, const char *text,
                int64_t expires)
{
    put_at(NOW, collection, key, text, expires);
}

static char listing[4096];
static uint64_t last_revision;

static shoji_status list(void *context, const struct store_slate *slate)
{
    size_t length = strlen(listing);
    (void)context;
    cr_assert(eq(sz, strlen(slate->text), slate->length));
    last_revision = slate->revision;
    snprintf(listing + length, sizeof listing - length, "%s%s=%s@%lld",
             length > 0 ? " " : "", slate->key, slate->text, (long long)slate->expires);
    return SHOJI_OK;
}

static shoji_status find(const char *collection, const char *key)
{
    struct store_snapshot *snapshot;
    shoji_error error = SHOJI_ERROR_INIT;
    listing[0] = '\0';
    cr_assert(eq(int, fixture.store->methods->snapshot(fixture.store, &snapshot, &error),
                 SHOJI_OK));
    shoji_status status =
        fixture.store->methods->slates(snapshot, collection, key, list, NULL, &error);
    fixture.store->methods->release(snapshot);
    return status;
}

static char *all_of(const char *collection)
{
    cr_assert(eq(int, find(collection, NULL), SHOJI_OK));
    return listing;
}

Test(slates, are_found_by_collection_and_key)
{
    put("a", "k", "1", 0);
    put("b", "k", "2", 2000);
    cr_assert(eq(int, find("a", "k"), SHOJI_OK));
    cr_assert(eq(str, listing, "k=1@0"));
    cr_assert(eq(int, find("b", "k"), SHOJI_OK));
    cr_assert(eq(str, listing, "k=2@2000"));
    cr_assert(eq(int, find("a", "other"), SHOJI_NOT_FOUND));
    cr_assert(eq(int, find("c", "k"), SHOJI_NOT_FOUND));
}

Test(slates, are_listed_in_the_order_of_their_keys)
{
    put("a", "z", "1", 0);
    put("a", "b", "2", 0);
    put("b", "c", "3", 0);
    cr_assert(eq(str, all_of("a"), "b=2@0 z=1@0"));
    cr_assert(eq(str, all_of("none"), ""));
}

Test(slates, are_replaced_and_removed)
{
    put("a", "k", "1", 0);
    put("a", "k", "{\"n\":2}", 3000);
    cr_assert(eq(str, all_of("a"), "k={\"n\":2}@3000"));
    put("a", "k", NULL, 0);
    cr_assert(eq(str, all_of("a"), ""));
    put("a", "k", NULL, 0);
}

Test(slates, have_the_revision_of_their_commit)
{
    struct store_slate_write write = {"a", "k", "1", 0, false};
    struct store_batch batch = {.slates = &write, .slate_count = 1, .now = NOW};
    struct store_result result;
    cr_assert(eq(int, commit_batch(&batch, &result, NULL), SHOJI_OK));
    cr_assert(eq(int, find("a", "k"), SHOJI_OK));
    cr_assert(eq(u64, last_revision, result.revision));
}

Test(slates, outlive_the_program)
{
    put("a", "k", "1", 0);
    fixture_reopen(&fixture, false);
    cr_assert(eq(str, all_of("a"), "k=1@0"));
    fixture_reopen(&fixture, true);
    cr_assert(eq(str, all_of("a"), "k=1@0"));
}

Test(slates, are_no_documents)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    put("a", "k", "1", 0);
    cr_assert(
        eq(int, fixture_read(fixture.store, "/a/k/", &document, NULL), SHOJI_NOT_FOUND));
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/", 0), ""));
}

Test(slates, that_must_be_new_are_refused_where_one_counts_still)
{
    struct store_slate_write write = {"a", "k", "2", 0, true};
    shoji_error error = SHOJI_ERROR_INIT;
    put("a", "k", "1", NOW + 1);
    cr_assert(eq(int, commit_at(NOW, &write, &error), SHOJI_PRECONDITION));
    cr_assert(eq(str, (char *)error.code, STORE_EXISTS));
    cr_assert(eq(str, all_of("a"), "k=1@1001"));
    /* The one that has expired counts no more, whether or not it has been swept. */
    cr_assert(eq(int, commit_at(NOW + 1, &write, &error), SHOJI_OK));
    cr_assert(eq(str, all_of("a"), "k=2@0"));
    cr_assert(eq(int, commit_at(NOW + 9999, &write, &error), SHOJI_PRECONDITION));
}

Test(slates, are_there_until_they_are_swept_by_a_commit_of_others)
{
    put("a", "k", "1", NOW + 1);
    put("a", "l", "1", 0);
    cr_assert(eq(str, all_of("a"), "k=1@1001 l=1@0"));
    put_at(NOW + 1, "b", "m", "1", 0);
    cr_assert(eq(str, all_of("a"), "l=1@0"));
}

static size_t count_words(const char *text)
{
    size_t count = *text != '\0';
    for (; *text != '\0'; text++)
        count += *text == ' ';
    return count;
}

Test(slates, are_swept_a_bounded_number_at_a_time_but_more_than_come)
{
    char key[8];
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "%02d", i);
        put("a", key, "1", NOW + 1);
    }
    put_at(NOW + 1, "b", "k", "1", 0);
    size_t left = count_words(all_of("a"));
    cr_assert(left < 59 && left > 0, "%zu", left);
    for (int i = 0; i < 60; i++)
        put_at(NOW + 1, "b", "k", "1", 0);
    cr_assert(eq(str, all_of("a"), ""));
}

Test(slates, come_with_the_writes_of_their_batch_or_not_at_all)
{
    static const char text[] = "{\"element\":\"shoji:catalog\"}";
    shoji_document *catalog = NULL;
    struct store_document document = STORE_DOCUMENT_INIT;
    struct store_result result;
    cr_assert(eq(int, shoji_document_parse(&catalog, text, strlen(text), NULL, NULL),
                 SHOJI_OK));
    struct store_write write = {
        .operation = STORE_CREATE, .path = "/a/", .document = catalog};
    struct store_slate_write slates[] = {{"s", "one", "1", 0, true},
                                         {"s", "two", "2", 0, true}};
    struct store_batch batch = {&write, 1, slates, 2, NOW};
    put("s", "two", "0", 0);
    cr_assert(eq(int, commit_batch(&batch, &result, NULL), SHOJI_PRECONDITION));
    cr_assert(eq(sz, result.failed, 2));
    cr_assert(
        eq(int, fixture_read(fixture.store, "/a/", &document, NULL), SHOJI_NOT_FOUND));
    cr_assert(eq(str, all_of("s"), "two=0@0"));
    put("s", "two", NULL, 0);
    cr_assert(eq(int, commit_batch(&batch, &result, NULL), SHOJI_OK));
    cr_assert(eq(str, all_of("s"), "one=1@0 two=2@0"));
    /* And the other way round: the write fails, and takes the slates with it. */
    slates[0].must_be_new = slates[1].must_be_new = false;
    slates[0].text = slates[1].text = NULL;
    cr_assert(eq(int, commit_batch(&batch, &result, NULL), SHOJI_PRECONDITION));
    cr_assert(eq(sz, result.failed, 0));
    cr_assert(eq(str, all_of("s"), "one=1@0 two=2@0"));
    shoji_document_free(catalog);
}

Test(slates, have_names_and_texts_of_a_bounded_size)
{
    static char text[64 * 1024 + 2];
    char name[130];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memset(text, '1', sizeof text - 1);
    struct {
        struct store_slate_write write;
        shoji_status status;
    } cases[] = {
        {{"", "k", "1", 0, false}, SHOJI_USAGE},
        {{"a", "", "1", 0, false}, SHOJI_USAGE},
        {{"a", name, "1", 0, false}, SHOJI_USAGE},
        {{"a", name + 1, "1", 0, false}, SHOJI_OK},
        {{name + 64, "k", "1", 0, false}, SHOJI_USAGE},
        {{name + 65, "k", "1", 0, false}, SHOJI_OK},
        {{"a", "\xC3\xA4", "1", 0, false}, SHOJI_USAGE},
        {{"a", "k", text, 0, false}, SHOJI_LIMIT},
        {{"a", "k", text + 1, 0, false}, SHOJI_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert(eq(int, commit_at(NOW, &cases[i].write, NULL), cases[i].status), "%zu",
                  i);
}

static shoji_status stop(void *context, const struct store_slate *slate)
{
    (void)slate;
    ++*(int *)context;
    return SHOJI_STOPPED;
}

Test(slates, end_with_what_the_callback_returns)
{
    struct store_snapshot *snapshot;
    int calls = 0;
    put("a", "1", "1", 0);
    put("a", "2", "1", 0);
    cr_assert(eq(int, fixture.store->methods->snapshot(fixture.store, &snapshot, NULL),
                 SHOJI_OK));
    cr_assert(eq(int,
                 fixture.store->methods->slates(snapshot, "a", NULL, stop, &calls, NULL),
                 SHOJI_STOPPED));
    cr_assert(eq(int, calls, 1));
    fixture.store->methods->release(snapshot);
}

/* The file of the store, as SQLite alone sees it. */
static sqlite3 *open_file(void)
{
    sqlite3 *db = NULL;
    const char *file = strchr(fixture.specification, ':') + 1;
    cr_assert(eq(int, sqlite3_open(file, &db), SQLITE_OK));
    return db;
}

static void run_on_file(const char *sql)
{
    sqlite3 *db = open_file();
    char *message = NULL;
    cr_assert(eq(int, sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK), "%s",
              message);
    sqlite3_close(db);
}

static int version_of_file(void)
{
    sqlite3 *db = open_file();
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    cr_assert(eq(int, sqlite3_step(statement), SQLITE_ROW));
    int version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return version;
}

/* What a shojid of version 0.1 made, word for word: with the catalog "/old/". */
static const char version_1[] =
    "PRAGMA application_id = 1399353194; PRAGMA user_version = 1;"
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE state (id TEXT NOT NULL, revision INTEGER NOT NULL);"
    "CREATE TABLE documents ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  path TEXT NOT NULL UNIQUE,"
    "  parent INTEGER NOT NULL,"
    "  element INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  shown_revision INTEGER NOT NULL,"
    "  shown_modified INTEGER NOT NULL,"
    "  member_count INTEGER NOT NULL,"
    "  text TEXT NOT NULL);"
    "CREATE INDEX documents_by_parent ON documents (parent, element);"
    "CREATE TABLE gone ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  path TEXT NOT NULL UNIQUE);"
    "CREATE TABLE templates ("
    "  id INTEGER PRIMARY KEY,"
    "  declarer INTEGER NOT NULL,"
    "  catalog INTEGER NOT NULL,"
    "  directory TEXT NOT NULL,"
    "  pattern TEXT NOT NULL);"
    "CREATE INDEX templates_by_declarer ON templates (declarer);"
    "CREATE INDEX templates_by_catalog ON templates (catalog);"
    "CREATE INDEX templates_by_directory ON templates (directory);"
    "CREATE TABLE indexed ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  catalog INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  UNIQUE (catalog, name));"
    "CREATE TABLE attributes ("
    "  attribute INTEGER NOT NULL,"
    "  value BLOB NOT NULL,"
    "  entity INTEGER NOT NULL,"
    "  PRIMARY KEY (attribute, value, entity)) WITHOUT ROWID;"
    "INSERT INTO state (id, revision) VALUES ('0123456789abcdef', 2);"
    "INSERT INTO documents (path, parent, element, revision, modified, shown_revision,"
    "  shown_modified, member_count, text) VALUES"
    "  ('/', 0, 1, 1, 1000, 2, 1000, 0, '{\"element\":\"shoji:catalog\"}'),"
    "  ('/old/', 1, 1, 2, 1000, 2, 1000, 0, '{\"element\":\"shoji:catalog\"}');";

static void make_version_1(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const char *file = strchr(fixture.specification, ':') + 1;
    char path[200];
    store_close(fixture.store);
    fixture.store = NULL;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", file, suffixes[i]);
        unlink(path);
    }
    run_on_file(version_1);
}

static void has_the_document(void)
{
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/", 0), "old"));
}

Test(slates, are_added_to_a_store_of_version_1)
{
    make_version_1();
    fixture_reopen(&fixture, false);
    has_the_document();
    cr_assert(eq(str, fixture.store->id, "0123456789abcdef"));
    put("a", "k", "1", 5);
    cr_assert(eq(str, all_of("a"), "k=1@5"));
    cr_assert(eq(int, version_of_file(), 2));
    fixture_reopen(&fixture, false);
    cr_assert(eq(str, all_of("a"), "k=1@5"));
}

Test(slates, are_none_in_a_store_of_version_1_that_is_read_and_left_as_it_is)
{
    make_version_1();
    fixture_reopen(&fixture, true);
    has_the_document();
    cr_assert(eq(str, all_of("a"), ""));
    cr_assert(eq(int, find("a", "k"), SHOJI_NOT_FOUND));
    cr_assert(eq(int, version_of_file(), 1));
}

Test(slates, are_seen_by_a_reader_of_version_1_once_another_has_added_them)
{
    struct store *writer = NULL;
    struct store_slate_write write = {"a", "k", "1", 0, false};
    struct store_batch batch = {.slates = &write, .slate_count = 1, .now = NOW};
    struct store_result result;
    make_version_1();
    fixture_reopen(&fixture, true);
    cr_assert(eq(str, all_of("a"), ""));
    cr_assert(eq(int, store_open(&writer, fixture.specification, false, NULL), SHOJI_OK));
    cr_assert(eq(int, writer->methods->commit(writer, &batch, &result, NULL), SHOJI_OK));
    cr_assert(eq(str, all_of("a"), "k=1@0"));
    store_close(writer);
}

/* What an upgrade that is killed leaves: a transaction that nobody commits, whose pages
 * have gone to the log since its cache was too small. */
static void upgrade_and_be_killed(void)
{
    static const char half[] =
        "PRAGMA cache_size = 1; BEGIN IMMEDIATE;"
        "CREATE TABLE slates (collection TEXT, key TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        "INSERT INTO slates SELECT 'a', hex(randomblob(100)) FROM n;"
        "PRAGMA user_version = 2";
    sqlite3 *db = NULL;
    const char *file = strchr(fixture.specification, ':') + 1;
    if (sqlite3_open(file, &db) == SQLITE_OK &&
        sqlite3_exec(db, half, NULL, NULL, NULL) == SQLITE_OK)
        raise(SIGKILL);
    _exit(1);
}

Test(slates, are_added_after_an_upgrade_that_was_killed_midway)
{
    make_version_1();
    pid_t child = fork();
    if (child == 0)
        upgrade_and_be_killed();
    int ended = 0;
    cr_assert(waitpid(child, &ended, 0) == child);
    bool killed = WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL;
    cr_assert(killed);
    cr_assert(eq(int, version_of_file(), 1));
    fixture_reopen(&fixture, false);
    has_the_document();
    put("a", "k", "1", 0);
    cr_assert(eq(str, all_of("a"), "k=1@0"));
}

Test(slates, are_not_in_a_directory)
{
    struct fixture directory;
    fixture_open(&directory, "dir", NULL, 0);
    cr_assert(directory.store->methods->slates == NULL);
    fixture_close(&directory);
}
