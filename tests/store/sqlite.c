/* The SQLite store: commits, what it refuses, and what it survives. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char catalog[] = "{\"element\":\"shoji:catalog\"}";
static const char entity[] = "{\"element\":\"shoji:entity\",\"body\":{\"n\":1}}";

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture, "sqlite", NULL, 0);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(sqlite, .init = setup, .fini = teardown);

static shoji_status put(const char *path, const char *text)
{
    return fixture_commit(fixture.store, STORE_PUT, path, text, 0, NULL, NULL);
}

static void must_put(const char *path, const char *text)
{
    cr_assert(eq(int, put(path, text), SHOJI_OK), "%s", path);
}

static shoji_status delete (const char *path)
{
    return fixture_commit(fixture.store, STORE_DELETE, path, NULL, 0, NULL, NULL);
}

static struct store_document get(const char *path)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    cr_assert(eq(int, fixture_read(fixture.store, path, &document, NULL), SHOJI_OK), "%s",
              path);
    return document;
}

static bool exists(const char *path)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_status status = fixture_read(fixture.store, path, &document, NULL);
    store_document_finish(&document);
    return status == SHOJI_OK;
}

static uint64_t shown_revision(const char *path)
{
    struct store_document document = get(path);
    uint64_t revision = document.shown_revision;
    store_document_finish(&document);
    return revision;
}

static uint64_t member_count(const char *path)
{
    struct store_document document = get(path);
    uint64_t count = document.member_count;
    store_document_finish(&document);
    return count;
}

Test(sqlite, is_made_with_a_root_catalog)
{
    struct store_document root = get("/");
    cr_assert(eq(str, root.text,
                 "{\"element\":\"shoji:catalog\",\"title\":\"Shoji catalogs\"}"));
    cr_assert(eq(u64, root.revision, 1));
    cr_assert(eq(u64, root.shown_revision, 1));
    cr_assert(gt(i64, root.modified, 1000000000));
    cr_assert(not(root.verbatim));
    store_document_finish(&root);
}

Test(sqlite, keeps_documents_and_its_id)
{
    char id[17];
    strcpy(id, fixture.store->id);
    must_put("/a/", catalog);
    fixture_reopen(&fixture, false);
    cr_assert(eq(str, fixture.store->id, id));
    cr_assert(exists("/a/"));
    struct fixture other;
    fixture_open(&other, "sqlite", NULL, 0);
    cr_assert(ne(str, other.store->id, id));
    fixture_close(&other);
}

Test(sqlite, stores_text_compactly_and_without_loss)
{
    must_put("/a/", "{ \"element\" : \"shoji:entity\",\n \"x\": 1.50, \"body\": { } }");
    struct store_document document = get("/a/");
    cr_assert(
        eq(str, document.text, "{\"element\":\"shoji:entity\",\"x\":1.50,\"body\":{}}"));
    cr_assert(eq(i64, document.modified, 1000));
    store_document_finish(&document);
}

Test(sqlite, says_whether_the_first_write_created)
{
    struct store_result result;
    cr_assert(
        eq(int, fixture_commit(fixture.store, STORE_PUT, "/a/", entity, 0, &result, NULL),
           SHOJI_OK));
    cr_assert(result.created);
    cr_assert(eq(u64, result.revision, 2));
    cr_assert(
        eq(int, fixture_commit(fixture.store, STORE_PUT, "/a/", entity, 0, &result, NULL),
           SHOJI_OK));
    cr_assert(not(result.created));
    cr_assert(eq(u64, result.revision, 3));
    cr_assert(eq(u64, shown_revision("/a/"), 3));
}

/* A write that must be refused. */
static void refused(enum store_operation operation, const char *path, const char *text,
                    uint64_t if_revision, shoji_status status, const char *code)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store_result result = {0, false, 7};
    cr_assert(eq(int,
                 fixture_commit(fixture.store, operation, path, text, if_revision,
                                &result, &error),
                 status),
              "%s", path);
    cr_assert(eq(int, error.status, status));
    cr_assert(ne(str, error.message, ""));
    cr_assert(eq(sz, result.failed, 0));
    if (code == NULL)
        cr_assert(eq(ptr, (void *)error.code, NULL), "%s", error.code);
    else
        cr_assert(eq(str, (char *)error.code, (char *)code));
}

Test(sqlite, refuses_to_create_what_exists)
{
    must_put("/a/", entity);
    refused(STORE_CREATE, "/a/", entity, 0, SHOJI_PRECONDITION, STORE_EXISTS);
}

Test(sqlite, refuses_to_replace_or_delete_what_does_not_exist)
{
    refused(STORE_REPLACE, "/a/", entity, 0, SHOJI_NOT_FOUND, NULL);
    refused(STORE_DELETE, "/a/", NULL, 0, SHOJI_NOT_FOUND, NULL);
}

/* Commits a write and one that creates /b/ after it. */
static shoji_status commit_pair(const struct store_write *first, shoji_error *error,
                                struct store_result *result)
{
    shoji_document *document;
    cr_assert(eq(int, shoji_document_parse(&document, entity, strlen(entity), NULL, NULL),
                 SHOJI_OK));
    struct store_write second = {
        .operation = STORE_CREATE, .path = "/b/", .document = document};
    struct store_write writes[] = {*first, second};
    struct store_batch batch = {.writes = writes, .count = 2, .now = 1000};
    shoji_status status =
        fixture.store->methods->commit(fixture.store, &batch, result, error);
    shoji_document_free(document);
    return status;
}

Test(sqlite, keeps_a_document_as_it_is_for_its_revision_alone)
{
    struct store_document before = STORE_DOCUMENT_INIT;
    struct store_document after = STORE_DOCUMENT_INIT;
    struct store_result result = {0, false, 0};
    must_put("/a/", entity);
    cr_assert(eq(int, fixture_read(fixture.store, "/a/", &before, NULL), SHOJI_OK));
    struct store_write keep = {
        .operation = STORE_KEEP, .path = "/a/", .if_revision = before.shown_revision};
    cr_assert(eq(int, commit_pair(&keep, NULL, &result), SHOJI_OK));
    cr_assert(eq(int, fixture_read(fixture.store, "/a/", &after, NULL), SHOJI_OK));
    cr_assert(eq(u64, after.revision, before.revision));
    cr_assert(eq(u64, after.shown_revision, before.shown_revision));
    cr_assert(eq(str, after.text, before.text));
    store_document_finish(&before);
    store_document_finish(&after);
}

Test(sqlite, refuses_a_batch_that_keeps_what_has_changed_or_is_not_there)
{
    static const struct store_write cases[] = {
        {.operation = STORE_KEEP, .path = "/a/", .if_revision = 1},
        {.operation = STORE_KEEP, .path = "/a/", .if_own_revision = 1},
        {.operation = STORE_KEEP, .path = "/none/", .if_own_revision = 1},
        {.operation = STORE_KEEP, .path = "/none/"},
    };
    must_put("/a/", entity);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_error error = SHOJI_ERROR_INIT;
        struct store_result result = {0, false, 7};
        shoji_status wanted = i < 3 ? SHOJI_PRECONDITION : SHOJI_NOT_FOUND;
        cr_assert(eq(int, commit_pair(&cases[i], &error, &result), wanted), "%zu", i);
        cr_assert(eq(sz, result.failed, 0));
        cr_assert(not(exists("/b/")));
    }
}

Test(sqlite, tells_a_documents_own_revision_from_that_of_what_it_shows)
{
    struct store_document holder = STORE_DOCUMENT_INIT;
    struct store_result result = {0, false, 0};
    must_put("/c/", catalog);
    must_put("/c/1/", entity);
    cr_assert(eq(int, fixture_read(fixture.store, "/c/", &holder, NULL), SHOJI_OK));
    cr_assert(lt(u64, holder.revision, holder.shown_revision));
    struct store_write keep = {
        .operation = STORE_KEEP, .path = "/c/", .if_own_revision = holder.revision};
    cr_assert(eq(int, commit_pair(&keep, NULL, &result), SHOJI_OK));
    keep.if_own_revision = holder.shown_revision;
    cr_assert(eq(int, commit_pair(&keep, NULL, &result), SHOJI_PRECONDITION));
    store_document_finish(&holder);
}

Test(sqlite, knows_what_is_gone_until_it_is_there_again)
{
    must_put("/a/", entity);
    cr_assert(eq(int, delete ("/a/"), SHOJI_OK));
    refused(STORE_DELETE, "/a/", NULL, 0, SHOJI_NOT_FOUND, STORE_GONE);
    refused(STORE_REPLACE, "/a/", entity, 0, SHOJI_NOT_FOUND, STORE_GONE);
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, fixture_read(fixture.store, "/a/", &document, &error), SHOJI_NOT_FOUND));
    cr_assert(eq(str, (char *)error.code, STORE_GONE));
    must_put("/a/", entity);
    cr_assert(eq(int, delete ("/a/"), SHOJI_OK));
    cr_assert(eq(int, delete ("/a/"), SHOJI_NOT_FOUND));
}

Test(sqlite, wants_a_parent_that_can_hold_documents)
{
    refused(STORE_PUT, "/a/b/", entity, 0, SHOJI_NOT_FOUND, STORE_NO_PARENT);
    must_put("/a/", "387");
    refused(STORE_PUT, "/a/b/", entity, 0, SHOJI_NOT_FOUND, STORE_NO_PARENT);
    must_put("/a/", entity);
    must_put("/a/b/", "387");
}

Test(sqlite, refuses_a_path_that_is_not_canonical)
{
    refused(STORE_PUT, "/a", entity, 0, SHOJI_USAGE, NULL);
}

Test(sqlite, checks_the_shown_revision)
{
    must_put("/a/", catalog);
    uint64_t before = shown_revision("/a/");
    must_put("/a/b/", entity);
    refused(STORE_PUT, "/a/", catalog, before, SHOJI_PRECONDITION, STORE_CHANGED);
    cr_assert(eq(int,
                 fixture_commit(fixture.store, STORE_PUT, "/a/", catalog,
                                shown_revision("/a/"), NULL, NULL),
                 SHOJI_OK));
    refused(STORE_REPLACE, "/x/", entity, 3, SHOJI_PRECONDITION, STORE_CHANGED);
    refused(STORE_DELETE, "/a/b/", NULL, 1, SHOJI_PRECONDITION, STORE_CHANGED);
}

Test(sqlite, checks_revisions_as_they_were_before_the_batch)
{
    must_put("/a/", catalog);
    shoji_document *member;
    shoji_document *holder;
    cr_assert(eq(int, shoji_document_parse(&member, entity, strlen(entity), NULL, NULL),
                 SHOJI_OK));
    cr_assert(eq(int, shoji_document_parse(&holder, catalog, strlen(catalog), NULL, NULL),
                 SHOJI_OK));
    struct store_write writes[] = {
        {STORE_CREATE, "/a/b/", member, 0, 0},
        {STORE_REPLACE, "/a/", holder, shown_revision("/a/"), 0},
    };
    struct store_batch batch = {.writes = writes, .count = 2, .now = 1000};
    struct store_result result;
    cr_assert(eq(int,
                 fixture.store->methods->commit(fixture.store, &batch, &result, NULL),
                 SHOJI_OK));
    shoji_document_free(member);
    shoji_document_free(holder);
}

Test(sqlite, does_not_delete_what_holds_documents_nor_names_them)
{
    must_put("/a/", catalog);
    must_put("/a/b/", "1");
    refused(STORE_DELETE, "/a/", NULL, 0, SHOJI_PRECONDITION, STORE_NOT_EMPTY);
    struct store_write write = {.operation = STORE_DELETE, .path = "/a/"};
    struct store_batch batch = {.writes = &write, .count = 1, .now = 1};
    struct store_result result;
    shoji_error error = SHOJI_ERROR_INIT;
    fixture.store->methods->commit(fixture.store, &batch, &result, &error);
    cr_assert(eq(ptr, strstr(error.message, "/a/b/"), NULL), "%s", error.message);
    refused(STORE_PUT, "/a/", "1", 0, SHOJI_PRECONDITION, STORE_NOT_EMPTY);
    cr_assert(eq(int, delete ("/a/b/"), SHOJI_OK));
    cr_assert(eq(int, delete ("/a/"), SHOJI_OK));
}

Test(sqlite, keeps_the_root_a_catalog)
{
    refused(STORE_PUT, "/", entity, 0, SHOJI_INVALID, NULL);
    refused(STORE_DELETE, "/", NULL, 0, SHOJI_INVALID, NULL);
    must_put("/", "{\"element\":\"shoji:catalog\",\"title\":\"Mine\"}");
    cr_assert(eq(u64, shown_revision("/"), 2));
}

Test(sqlite, applies_all_of_a_batch_or_nothing)
{
    shoji_document *document;
    cr_assert(eq(int,
                 shoji_document_parse(&document, catalog, strlen(catalog), NULL, NULL),
                 SHOJI_OK));
    struct store_write writes[] = {
        {STORE_CREATE, "/a/", document, 0, 0},
        {STORE_CREATE, "/a/b/", document, 0, 0},
        {STORE_CREATE, "/x/y/", document, 0, 0},
        {STORE_CREATE, "/c/", document, 0, 0},
    };
    struct store_batch batch = {.writes = writes, .count = 4, .now = 1000};
    struct store_result result = {0, false, 0};
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int,
                 fixture.store->methods->commit(fixture.store, &batch, &result, &error),
                 SHOJI_NOT_FOUND));
    cr_assert(eq(sz, result.failed, 2));
    cr_assert(ne(ptr, strstr(error.message, "/x/"), NULL));
    cr_assert(not(exists("/a/")));
    cr_assert(eq(u64, shown_revision("/"), 1));
    writes[2].path = "/a/c/";
    cr_assert(eq(int,
                 fixture.store->methods->commit(fixture.store, &batch, &result, &error),
                 SHOJI_OK));
    cr_assert(result.created);
    cr_assert(exists("/a/c/"));
    cr_assert(eq(u64, shown_revision("/a/b/"), result.revision));
    shoji_document_free(document);
}

Test(sqlite, counts_members_through_every_change)
{
    must_put("/a/", catalog);
    must_put("/a/1/", entity);
    must_put("/a/2/", entity);
    must_put("/a/v/", "1");
    cr_assert(eq(u64, member_count("/a/"), 2));
    must_put("/a/2/", entity);
    cr_assert(eq(u64, member_count("/a/"), 2));
    must_put("/a/2/", catalog);
    cr_assert(eq(u64, member_count("/a/"), 1));
    must_put("/a/v/", entity);
    cr_assert(eq(u64, member_count("/a/"), 2));
    cr_assert(eq(int, delete ("/a/1/"), SHOJI_OK));
    cr_assert(eq(u64, member_count("/a/"), 1));
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "v"));
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/a/", 0), "2"));
}

Test(sqlite, shows_a_change_in_the_catalog_above_and_in_no_other)
{
    must_put("/a/", catalog);
    must_put("/a/b/", catalog);
    must_put("/e/", entity);
    uint64_t root = shown_revision("/");
    uint64_t before = shown_revision("/a/");
    must_put("/a/b/1/", entity);
    cr_assert(eq(u64, shown_revision("/a/"), before));
    cr_assert(eq(u64, shown_revision("/"), root));
    cr_assert(gt(u64, shown_revision("/a/b/"), before));
    must_put("/a/v/", "{\"element\":\"shoji:view\",\"value\":1}");
    cr_assert(eq(u64, shown_revision("/a/"), before));
    must_put("/a/b/", catalog);
    cr_assert(gt(u64, shown_revision("/a/"), before));
    before = shown_revision("/a/b/");
    cr_assert(eq(int, delete ("/a/b/1/"), SHOJI_OK));
    cr_assert(gt(u64, shown_revision("/a/b/"), before));
    before = shown_revision("/e/");
    must_put("/e/1/", entity);
    cr_assert(eq(u64, shown_revision("/e/"), before));
}

Test(sqlite, puts_what_is_made_again_at_the_end)
{
    must_put("/a/", catalog);
    must_put("/a/1/", entity);
    must_put("/a/2/", entity);
    must_put("/a/1/", entity);
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "1 2"));
    cr_assert(eq(int, delete ("/a/1/"), SHOJI_OK));
    must_put("/a/1/", entity);
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "2 1"));
}

Test(sqlite, shows_a_snapshot_of_one_moment_which_holds_up_no_writer)
{
    struct store *store = fixture.store;
    struct store_snapshot *snapshot;
    struct store_document document = STORE_DOCUMENT_INIT;
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    must_put("/a/", catalog);
    cr_assert(eq(int, store->methods->read(snapshot, "/a/", true, &document, NULL),
                 SHOJI_NOT_FOUND));
    store->methods->release(snapshot);
    cr_assert(exists("/a/"));
}

static void *release_later(void *snapshot)
{
    const struct timespec pause = {0, 50000000};
    nanosleep(&pause, NULL);
    fixture.store->methods->release(snapshot);
    return NULL;
}

Test(sqlite, lets_a_snapshot_wait_for_one_that_is_released)
{
    struct store *store = fixture.store;
    struct store_snapshot *snapshots[33];
    pthread_t thread;
    for (size_t i = 0; i < 32; i++)
        cr_assert(
            eq(int, store->methods->snapshot(store, &snapshots[i], NULL), SHOJI_OK));
    cr_assert(eq(int, pthread_create(&thread, NULL, release_later, snapshots[0]), 0));
    cr_assert(eq(int, store->methods->snapshot(store, &snapshots[32], NULL), SHOJI_OK));
    pthread_join(thread, NULL);
    for (size_t i = 1; i < 33; i++)
        store->methods->release(snapshots[i]);
}

Test(sqlite, says_that_it_is_busy_where_no_snapshot_is_released)
{
    struct store *store = fixture.store;
    struct store_snapshot *snapshots[33];
    shoji_error error = SHOJI_ERROR_INIT;
    for (size_t i = 0; i < 32; i++)
        cr_assert(
            eq(int, store->methods->snapshot(store, &snapshots[i], NULL), SHOJI_OK));
    cr_assert(
        eq(int, store->methods->snapshot(store, &snapshots[32], &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, STORE_BUSY));
    for (size_t i = 0; i < 32; i++)
        store->methods->release(snapshots[i]);
}

/* Threads that write at once, every other write to be refused. */
enum {
    THREADS = 8,
    COMMITS = 40
};

static void *write_many(void *number)
{
    int thread = *(int *)number;
    for (int i = 0; i < COMMITS; i++) {
        char path[32];
        snprintf(path, sizeof path, "/a/%d-%d/", thread, i);
        cr_assert(eq(
            int, fixture_commit(fixture.store, STORE_CREATE, path, entity, 0, NULL, NULL),
            SHOJI_OK));
        cr_assert(eq(
            int, fixture_commit(fixture.store, STORE_CREATE, path, entity, 0, NULL, NULL),
            SHOJI_PRECONDITION));
    }
    return NULL;
}

Test(sqlite, takes_writers_at_once_and_refuses_each_for_itself)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    must_put("/a/", catalog);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        cr_assert(eq(int, pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0));
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert(eq(u64, member_count("/a/"), THREADS * COMMITS));
    /* The root, the catalog, and the commits that were not refused. */
    cr_assert(eq(u64, shown_revision("/a/"), 2 + THREADS * COMMITS));
}

Test(sqlite, survives_a_kill_with_all_that_was_acknowledged)
{
    int channel[2];
    must_put("/a/", catalog);
    store_close(fixture.store);
    fixture.store = NULL;
    cr_assert(eq(int, pipe(channel), 0));
    pid_t child = fork();
    if (child == 0) {
        fixture_reopen(&fixture, false);
        for (int i = 0;; i++) {
            char path[32];
            snprintf(path, sizeof path, "/a/%d/", i);
            if (put(path, entity) == SHOJI_OK &&
                write(channel[1], &i, sizeof i) != sizeof i)
                _exit(1);
        }
    }
    int acknowledged = -1;
    for (int i = 0; i < 30; i++)
        cr_assert(eq(int, (int)read(channel[0], &acknowledged, sizeof acknowledged),
                     (int)sizeof acknowledged));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(channel[1]);
    while (read(channel[0], &acknowledged, sizeof acknowledged) > 0)
        continue;
    close(channel[0]);
    fixture_reopen(&fixture, false);
    cr_assert(ge(u64, member_count("/a/"), (uint64_t)acknowledged + 1));
    for (int i = 0; i <= acknowledged; i++) {
        char path[32];
        snprintf(path, sizeof path, "/a/%d/", i);
        cr_assert(exists(path), "%s", path);
    }
}

Test(sqlite, loses_nothing_where_the_disk_is_full)
{
    must_put("/a/", catalog);
    char *large = malloc(3000000);
    strcpy(large, "\"");
    memset(large + 1, 'x', 2999997);
    strcpy(large + 2999998, "\"");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1000000;
    setrlimit(RLIMIT_FSIZE, &limit);
    refused(STORE_PUT, "/a/large/", large, 0, SHOJI_LIMIT, STORE_FULL);
    cr_assert(exists("/a/"));
    setrlimit(RLIMIT_FSIZE, &before);
    cr_assert(not(exists("/a/large/")));
    must_put("/a/large/", large);
    fixture_reopen(&fixture, false);
    cr_assert(exists("/a/large/"));
    free(large);
}

/* What is too much for the disk, among writes for which there is room. */
static void *write_too_much(void *text)
{
    for (int i = 0; i < 8; i++)
        cr_assert(
            eq(int,
               fixture_commit(fixture.store, STORE_PUT, "/a/large/", text, 0, NULL, NULL),
               SHOJI_LIMIT));
    return NULL;
}

Test(sqlite, refuses_what_is_too_much_and_not_what_waits_beside_it)
{
    enum {
        LARGE = 12000000
    };
    char *large = malloc(LARGE + 1);
    memset(large, 'x', LARGE);
    large[0] = large[LARGE - 1] = '"';
    large[LARGE] = '\0';
    must_put("/a/", catalog);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit limit = {8000000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        cr_assert(
            eq(int,
               pthread_create(&threads[i], NULL, i % 4 == 0 ? write_too_much : write_many,
                              i % 4 == 0 ? (void *)large : &numbers[i]),
               0));
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    cr_assert(not(exists("/a/large/")));
    cr_assert(eq(u64, member_count("/a/"), (THREADS - 2) * COMMITS));
    free(large);
}

Test(sqlite, says_that_it_is_busy_where_another_program_holds_the_file)
{
    sqlite3 *db;
    cr_assert(eq(int, sqlite3_open(strchr(fixture.specification, ':') + 1, &db), 0));
    cr_assert(eq(int, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0));
    refused(STORE_PUT, "/a/", entity, 0, SHOJI_LIMIT, STORE_BUSY);
    cr_assert(exists("/"));
    sqlite3_close(db);
    must_put("/a/", entity);
}

Test(sqlite, refuses_to_write_where_it_is_read_only)
{
    must_put("/a/", catalog);
    fixture_reopen(&fixture, true);
    cr_assert(fixture.store->read_only);
    cr_assert(exists("/a/"));
    refused(STORE_PUT, "/b/", entity, 0, SHOJI_USAGE, STORE_READ_ONLY);
}

/* Opens what cannot be opened, and gives the message. */
static shoji_error open_refused(const char *name, bool read_only, shoji_status status)
{
    char specification[200];
    struct store *store = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    snprintf(specification, sizeof specification, "sqlite:%s/%s", fixture.directory,
             name);
    cr_assert(eq(int, store_open(&store, specification, read_only, &error), status), "%s",
              error.message);
    cr_assert(eq(ptr, store, NULL));
    return error;
}

static void run_on(const char *name, const char *sql)
{
    char path[200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/%s", fixture.directory, name);
    cr_assert(eq(int, sqlite3_open(path, &db), 0));
    cr_assert(eq(int, sqlite3_exec(db, sql, NULL, NULL, NULL), 0), "%s",
              sqlite3_errmsg(db));
    sqlite3_close(db);
}

Test(sqlite, refuses_a_file_that_is_no_database)
{
    fixture_write(&fixture, "text", "this is certainly not a database file, but a text");
    shoji_error error = open_refused("text", false, SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "not an SQLite database"), NULL));
}

Test(sqlite, refuses_the_database_of_another_program_and_leaves_it_alone)
{
    struct stat before;
    struct stat after;
    char path[200];
    snprintf(path, sizeof path, "%s/other.db", fixture.directory);
    run_on("other.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    cr_assert(eq(int, stat(path, &before), 0));
    shoji_error error = open_refused("other.db", false, SHOJI_INVALID);
    cr_assert(ne(ptr,
                 strstr(error.message, "is an SQLite database, but not a shojid store"),
                 NULL));
    cr_assert(eq(int, stat(path, &after), 0));
    cr_assert(eq(i64, after.st_mtim.tv_sec, before.st_mtim.tv_sec));
    cr_assert(eq(i64, after.st_mtim.tv_nsec, before.st_mtim.tv_nsec));
}

Test(sqlite, refuses_a_newer_version)
{
    run_on("store.db", "PRAGMA user_version = 99");
    shoji_error error = open_refused("store.db", false, SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "version 99"), NULL), "%s", error.message);
}

Test(sqlite, refuses_a_directory)
{
    shoji_error error = open_refused(".", false, SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "dir:PATH"), NULL), "%s", error.message);
}

Test(sqlite, is_not_made_for_reading)
{
    char path[200];
    open_refused("missing.db", true, SHOJI_NOT_FOUND);
    snprintf(path, sizeof path, "%s/missing.db", fixture.directory);
    cr_assert(ne(int, access(path, F_OK), 0));
    fixture_write(&fixture, "empty.db", "");
    open_refused("empty.db", true, SHOJI_INVALID);
}

Test(sqlite, is_not_made_where_there_is_no_directory)
{
    shoji_error error = open_refused("no/such/store.db", false, SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "directory"), NULL), "%s", error.message);
}

/* Root can write everywhere: as somebody else, then. */
Test(sqlite, refuses_a_file_that_it_may_not_write)
{
    char path[200];
    store_close(fixture.store);
    fixture.store = NULL;
    snprintf(path, sizeof path, "%s/store.db", fixture.directory);
    cr_assert(eq(int, chmod(path, 0444), 0));
    cr_assert(eq(int, chmod(fixture.directory, 0555), 0));
    bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert(eq(int, seteuid(65534), 0));
    shoji_error error = open_refused("store.db", false, SHOJI_INVALID);
    if (is_root)
        cr_assert(eq(int, seteuid(0), 0));
    cr_assert(eq(int, chmod(fixture.directory, 0755), 0));
    cr_assert(ne(ptr, strstr(error.message, "writ"), NULL), "%s", error.message);
}

Test(sqlite, takes_a_name_that_means_something_to_sqlite_as_a_name)
{
    char directory[200];
    cr_assert(ne(ptr, getcwd(directory, sizeof directory), NULL));
    cr_assert(eq(int, chdir(fixture.directory), 0));
    struct store *store;
    cr_assert(eq(int, store_open(&store, "sqlite::memory:", false, NULL), SHOJI_OK));
    store_close(store);
    cr_assert(eq(int, access(":memory:", F_OK), 0));
    cr_assert(eq(int, chdir(directory), 0));
}

Test(sqlite, keeps_a_bounded_number_of_tombstones)
{
    must_put("/a/", entity);
    cr_assert(eq(int, delete ("/a/"), SHOJI_OK));
    store_close(fixture.store);
    fixture.store = NULL;
    run_on("store.db", "UPDATE sqlite_sequence SET seq = seq + 100000"
                       " WHERE name = 'gone'");
    fixture_reopen(&fixture, false);
    must_put("/b/", entity);
    cr_assert(eq(int, delete ("/b/"), SHOJI_OK));
    refused(STORE_DELETE, "/a/", NULL, 0, SHOJI_NOT_FOUND, NULL);
    refused(STORE_DELETE, "/b/", NULL, 0, SHOJI_NOT_FOUND, STORE_GONE);
}
