/*
 * Stores in the hands of many threads: writers, readers, and, of a directory, somebody
 * who edits it meanwhile. A plain program, since ThreadSanitizer, for which it is made,
 * and Criterion do not go together.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */

#include "store/store.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITERS = 8,
    READERS = 4,
    COMMITS = 50,
    EDITS = 300
};

static const char catalog[] =
    "{\"element\":\"shoji:catalog\",\"catalogs\":{\"by n\":\"{?n}\"}}";

static char directory[] = "/tmp/shoji-threads-XXXXXX";
static struct store *store;
static atomic_bool stopped;

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "store_threads: %s\n", what);
    exit(1);
}

static shoji_status commit(enum store_operation operation, const char *path,
                           const char *text)
{
    shoji_document *document;
    must(shoji_document_parse(&document, text, strlen(text), NULL, NULL) == SHOJI_OK,
         "a document could not be read");
    struct store_write write = {operation, path, document, 0, 0};
    struct store_batch batch = {.writes = &write, .count = 1, .now = 1000};
    struct store_result result;
    shoji_status status = store->methods->commit(store, &batch, &result, NULL);
    shoji_document_free(document);
    return status;
}

/* Makes each of its entities, and is refused to make it again. */
static void *run_writer(void *number)
{
    for (int i = 0; i < COMMITS; i++) {
        char path[64];
        char text[100];
        snprintf(path, sizeof path, "/a/%d-%d/", *(int *)number, i);
        snprintf(text, sizeof text, "{\"element\":\"shoji:entity\",\"body\":{\"n\":%d}}",
                 i % 10);
        must(commit(STORE_CREATE, path, text) == SHOJI_OK, "a write was refused");
        must(commit(STORE_CREATE, path, text) == SHOJI_PRECONDITION,
             "a second write was not refused");
    }
    return NULL;
}

static shoji_status count_member(void *context, const struct store_member *member)
{
    (void)member;
    ++*(uint64_t *)context;
    return SHOJI_OK;
}

/* Sees in each snapshot as many members as the catalog says that it has. */
static void *run_reader(void *unused)
{
    const struct store_query all = {NULL, 0, 0, 0};
    const char *value = "3";
    struct store_filter filter = {"n", &value, 1};
    const struct store_query some = {&filter, 1, 0, 0};
    (void)unused;
    while (!atomic_load(&stopped)) {
        struct store_snapshot *snapshot;
        struct store_document head = STORE_DOCUMENT_INIT;
        uint64_t members = 0;
        uint64_t passed = 0;
        uint64_t counted = 0;
        must(store->methods->snapshot(store, &snapshot, NULL) == SHOJI_OK,
             "a snapshot was refused");
        must(store->methods->read(snapshot, "/a/", true, &head, NULL) == SHOJI_OK,
             "the catalog was not there");
        must(store->methods->members(snapshot, "/a/", &all, count_member, &members,
                                     NULL) == SHOJI_OK,
             "the members could not be read");
        must(store->methods->members(snapshot, "/a/", &some, count_member, &passed,
                                     NULL) == SHOJI_OK &&
                 store->methods->count(snapshot, "/a/", &some, &counted, NULL) ==
                     SHOJI_OK,
             "the members could not be filtered");
        must(members == head.member_count, "a snapshot showed two moments");
        must(passed == counted, "a count was not that of the members");
        store_document_finish(&head);
        store->methods->release(snapshot);
    }
    return NULL;
}

static void open_store(const char *kind, const char *name)
{
    char specification[128];
    shoji_error error = SHOJI_ERROR_INIT;
    snprintf(specification, sizeof specification, "%s:%s/%s", kind, directory, name);
    must(store_open(&store, specification, false, &error) == SHOJI_OK, error.message);
}

static void begin_readers(pthread_t readers[READERS])
{
    atomic_store(&stopped, false);
    for (int i = 0; i < READERS; i++)
        must(pthread_create(&readers[i], NULL, run_reader, NULL) == 0, "no thread");
}

static void end_readers(pthread_t readers[READERS])
{
    atomic_store(&stopped, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
}

static void test_sqlite(void)
{
    pthread_t readers[READERS];
    pthread_t writers[WRITERS];
    int numbers[WRITERS];
    open_store("sqlite", "store.db");
    must(commit(STORE_CREATE, "/a/", catalog) == SHOJI_OK, "no catalog");
    begin_readers(readers);
    for (int i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        must(pthread_create(&writers[i], NULL, run_writer, &numbers[i]) == 0,
             "no thread");
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    end_readers(readers);
    store_close(store);
}

/* Writes a file of the tree; its content is broken for a moment, as an editor's is. */
static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    must(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "no file");
}

static void make_directory(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    must(mkdir(path, 0755) == 0, "no directory");
}

static void test_dir(void)
{
    pthread_t readers[READERS];
    make_directory("tree");
    make_directory("tree/a");
    write_file("tree/a/index.json", catalog);
    open_store("dir", "tree");
    begin_readers(readers);
    for (int i = 0; i < EDITS; i++) {
        char name[64];
        char text[100];
        snprintf(name, sizeof name, "tree/a/%d.json", i % 20);
        snprintf(text, sizeof text, "{\"element\":\"shoji:entity\",\"body\":{\"n\":%d}}",
                 i % 10);
        write_file(name, text);
        snprintf(name, sizeof name, "tree/a/d%d", i);
        if (i % 50 == 0)
            make_directory(name);
    }
    end_readers(readers);
    store_close(store);
}

static int remove_one(const char *path, const struct stat *found, int type,
                      struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

int main(void)
{
    must(mkdtemp(directory) != NULL, "no temporary directory");
    test_sqlite();
    test_dir();
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
