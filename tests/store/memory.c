/*
 * Stores whose every allocation fails in its turn: their own, the library's, and
 * SQLite's. The linker puts the functions below in the place of malloc and its like.
 */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t remaining = SIZE_MAX;
static bool failed;
static long live;

static bool may_allocate(void)
{
    if (remaining == SIZE_MAX)
        return true;
    if (remaining == 0) {
        failed = true;
        return false;
    }
    remaining--;
    return true;
}

void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

void *__wrap_realloc(void *memory, size_t size)
{
    if (!may_allocate())
        return NULL;
    void *result = __real_realloc(memory, size);
    live += memory == NULL && result != NULL;
    return result;
}

void *__wrap_malloc(size_t size)
{
    return __wrap_realloc(NULL, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = __wrap_realloc(NULL, count * size);
    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

char *__wrap_strndup(const char *text, size_t length)
{
    size_t kept = strnlen(text, length);
    char *copy = __wrap_realloc(NULL, kept + 1);
    if (copy != NULL) {
        memcpy(copy, text, kept);
        copy[kept] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, SIZE_MAX);
}

/* SQLite's own allocator, with a say in whether it may. */
static sqlite3_mem_methods sqlite_memory;

static void *sqlite_allocate(int size)
{
    return may_allocate() ? sqlite_memory.xMalloc(size) : NULL;
}

static void *sqlite_reallocate(void *memory, int size)
{
    return may_allocate() ? sqlite_memory.xRealloc(memory, size) : NULL;
}

static void let_sqlite_fail(void)
{
    static sqlite3_mem_methods failing;
    cr_assert(eq(int, sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory), 0));
    failing = sqlite_memory;
    failing.xMalloc = sqlite_allocate;
    failing.xRealloc = sqlite_reallocate;
    cr_assert(eq(int, sqlite3_config(SQLITE_CONFIG_MALLOC, &failing), 0));
}

enum {
    STRICT = 1, /* no failure may go unreported */
    KEEPS = 2   /* what a failed action has kept is freed when the store is closed */
};

/*
 * Runs an action with its first, second ... allocation failing, until it runs through.
 * `check` looks at what a failed action has left; NULL for nothing.
 */
static void sweep(shoji_status (*action)(void), void (*check)(void), int rules)
{
    size_t n = 0;
    for (;; n++) {
        long before = live;
        failed = false;
        remaining = n;
        shoji_status status = action();
        remaining = SIZE_MAX;
        if (status == SHOJI_OK && !failed)
            break;
        bool hidden = (rules & STRICT) != 0 && status == SHOJI_OK;
        bool leaked = (rules & KEEPS) == 0 && status != SHOJI_OK && live != before;
        cr_assert(not(hidden), "failure %zu was hidden", n);
        cr_assert(not(leaked), "failure %zu leaked", n);
        if (status != SHOJI_OK && check != NULL)
            check();
    }
    cr_assert(gt(sz, n, 3));
}

static struct fixture fixture;

static const struct fixture_document documents[] = {
    {"/a/", "{\"element\":\"shoji:catalog\",\"catalogs\":{\"by n\":\"{?n}\"}}"},
    {"/a/1/", "{\"element\":\"shoji:entity\",\"body\":{\"n\":1,\"m\":\"x\"}}"},
    {"/a/2/", "{\"element\":\"shoji:entity\",\"body\":{\"n\":2,\"m\":\"y\"}}"},
    {"/a/b/", "{\"element\":\"shoji:catalog\"}"},
};

static void open_filled(const char *kind)
{
    fixture_open(&fixture, kind, documents, sizeof documents / sizeof documents[0]);
}

/* Closes the store, after which nothing may be left. */
static void finish(void)
{
    store_close(fixture.store);
    fixture.store = NULL;
    cr_assert(eq(long, live, 0));
    fixture_close(&fixture);
}

static shoji_status open_and_close(void)
{
    struct store *store = NULL;
    shoji_status status = store_open(&store, fixture.specification, false, NULL);
    bool is_open = store != NULL;
    cr_assert(eq(int, is_open, status == SHOJI_OK));
    store_close(store);
    return status;
}

static shoji_status pass_member(void *context, const struct store_member *member)
{
    (void)context;
    (void)member;
    return SHOJI_OK;
}

static shoji_status pass_text(void *context, const char *text)
{
    (void)context;
    (void)text;
    return SHOJI_OK;
}

static shoji_status pass_slate(void *context, const struct store_slate *slate)
{
    (void)context;
    (void)slate;
    return SHOJI_OK;
}

static shoji_status pass_bytes(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return SHOJI_OK;
}

/* Asks for all aggregates, alone and by groups. */
static shoji_status ask_projections(struct store_snapshot *snapshot)
{
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, pass_bytes, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    for (int i = STORE_COLLECT; i <= STORE_DISTINCT && status == SHOJI_OK; i++)
        for (int by = 0; by < 2 && status == SHOJI_OK; by++) {
            struct store_projection projection = {"n", (enum store_aggregate)i,
                                                  by == 0 ? NULL : "m"};
            status = fixture.store->methods->project(snapshot, "/a/", &projection, writer,
                                                     NULL);
            if (status == SHOJI_OK)
                status = shoji_writer_end(writer);
        }
    shoji_writer_free(writer);
    return status;
}

/* Asks a snapshot everything. */
static shoji_status ask(struct store_snapshot *snapshot)
{
    static const char *const values[] = {"1", "x"};
    static const struct store_filter filters[] = {{"n", values, 1}, {"m", values, 2}};
    static const struct store_query query = {filters, 2, 0, 10};
    const struct store_methods *methods = fixture.store->methods;
    struct store_document document = STORE_DOCUMENT_INIT;
    uint64_t count;
    shoji_status status = methods->read(snapshot, "/a/", false, &document, NULL);
    store_document_finish(&document);
    if (status == SHOJI_OK)
        status = methods->nearest(snapshot, "/a/x/", &document, NULL);
    store_document_finish(&document);
    if (status == SHOJI_OK)
        status = methods->members(snapshot, "/a/", &query, pass_member, NULL, NULL);
    if (status == SHOJI_OK)
        status = methods->count(snapshot, "/a/", &query, &count, NULL);
    if (status == SHOJI_OK)
        status = methods->children(snapshot, "/a/", 0, pass_text, NULL, NULL);
    if (status == SHOJI_OK)
        status = methods->templates(snapshot, "/a/", pass_text, NULL, NULL);
    if (status == SHOJI_OK)
        status = methods->below(snapshot, "/a/", pass_text, NULL, NULL);
    if (status == SHOJI_OK)
        status = ask_projections(snapshot);
    if (status == SHOJI_OK && methods->slates != NULL)
        status = methods->slates(snapshot, "s", NULL, pass_slate, NULL, NULL);
    return status;
}

static shoji_status take_and_ask(void)
{
    struct store_snapshot *snapshot;
    const struct store_methods *methods = fixture.store->methods;
    shoji_status status = methods->snapshot(fixture.store, &snapshot, NULL);
    if (status != SHOJI_OK)
        return status;
    status = ask(snapshot);
    methods->release(snapshot);
    return status;
}

/* A batch that changes what is indexed, and a bit of everything. */
static struct store_write writes[] = {
    {STORE_REPLACE, "/a/", NULL, 0, 0},  {STORE_CREATE, "/a/3/", NULL, 0, 0},
    {STORE_DELETE, "/a/2/", NULL, 0, 0}, {STORE_DELETE, "/a/b/", NULL, 0, 0},
    {STORE_PUT, "/a/1/", NULL, 0, 0},
};

static void prepare_writes(void)
{
    static const char *const texts[] = {
        "{\"element\":\"shoji:catalog\",\"catalogs\":{\"x\":\"{?m}\",\"y\":\"b/{m}\"}}",
        "{\"element\":\"shoji:entity\",\"body\":{\"n\":1,\"m\":[\"x\",1.50]}}", NULL,
        NULL, "{\"element\":\"shoji:entity\",\"body\":{\"m\":2}}"};
    for (size_t i = 0; i < 5; i++) {
        shoji_document *document = NULL;
        if (texts[i] != NULL)
            cr_assert(eq(
                int,
                shoji_document_parse(&document, texts[i], strlen(texts[i]), NULL, NULL),
                SHOJI_OK));
        writes[i].document = document;
    }
}

static void free_writes(void)
{
    for (size_t i = 0; i < 5; i++)
        shoji_document_free((shoji_document *)writes[i].document);
}

static shoji_status commit_writes(void)
{
    static const struct store_slate_write slates[] = {
        {"s", "new", "{\"n\":1}", 3000, true}, {"s", "old", NULL, 0, false}};
    struct store_batch batch = {writes, 5, slates, 2, 2000};
    struct store_result result;
    return fixture.store->methods->commit(fixture.store, &batch, &result, NULL);
}

/* All is as it was, and can still be asked. */
static void nothing_has_changed(void)
{
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "1 2"));
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", "n", "2", NULL), "2"));
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/a/", 0), "b"));
    cr_assert(eq(str, (char *)fixture_templates(fixture.store, "/a/"), "/a/{?n}"));
}

static void all_has_changed(void)
{
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "1 3"));
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", "m", "1.5", NULL), "3"));
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/a/", 0), ""));
}

static void sweep_commit(int rules)
{
    open_filled("sqlite");
    cr_assert(eq(int, take_and_ask(), SHOJI_OK));
    prepare_writes();
    sweep(commit_writes, nothing_has_changed, rules);
    all_has_changed();
    free_writes();
    fixture_reopen(&fixture, false);
    all_has_changed();
    finish();
}

Test(memory, that_fails_in_a_commit_leaves_no_trace_of_it)
{
    sweep_commit(STRICT);
}

Test(memory, of_sqlite_itself_can_fail_in_a_commit)
{
    let_sqlite_fail();
    sweep_commit(0);
}

static void sweep_asking(const char *kind, int rules)
{
    open_filled(kind);
    cr_assert(eq(int, take_and_ask(), SHOJI_OK));
    sweep(take_and_ask, nothing_has_changed, rules);
    finish();
}

Test(memory, that_fails_in_reading_is_reported_by_sqlite)
{
    sweep_asking("sqlite", STRICT);
}

Test(memory, that_fails_in_reading_is_reported_by_dir)
{
    sweep_asking("dir", STRICT);
}

Test(memory, of_sqlite_itself_can_fail_in_reading)
{
    let_sqlite_fail();
    sweep_asking("sqlite", KEEPS);
}

Test(memory, that_fails_in_opening_is_reported_by_sqlite)
{
    open_filled("sqlite");
    sweep(open_and_close, NULL, STRICT);
    finish();
}

Test(memory, of_sqlite_itself_can_fail_in_opening)
{
    let_sqlite_fail();
    open_filled("sqlite");
    sweep(open_and_close, NULL, 0);
    finish();
}

static shoji_status make_and_close(void)
{
    char path[200];
    const char *name = strchr(fixture.specification, ':') + 1;
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
        unlink(path);
    }
    return open_and_close();
}

Test(memory, that_fails_in_making_a_store_leaves_one_that_can_be_made)
{
    open_filled("sqlite");
    store_close(fixture.store);
    fixture.store = NULL;
    sweep(make_and_close, NULL, STRICT);
    finish();
}

/* Where a directory cannot be watched for want of memory, it is looked at instead. */
Test(memory, that_fails_in_opening_is_reported_by_dir)
{
    open_filled("dir");
    sweep(open_and_close, NULL, 0);
    finish();
}

static shoji_status edit_and_ask(void)
{
    fixture_write(&fixture, "tree/a/1.json", documents[1].text);
    return take_and_ask();
}

Test(memory, that_fails_in_reading_a_change_is_made_up_for)
{
    open_filled("dir");
    cr_assert(eq(int, edit_and_ask(), SHOJI_OK));
    sweep(edit_and_ask, nothing_has_changed, KEEPS);
    finish();
}
