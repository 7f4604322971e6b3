#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */

#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fixture_prepare(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    strcpy(fixture->directory, "/tmp/shoji-store-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(fixture->directory), NULL));
}

static void make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        cr_assert(mkdir(path, 0755) == 0 || errno == EEXIST, "mkdir %s", path);
        *slash = '/';
    }
}

void fixture_write(const struct fixture *fixture, const char *name, const char *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", fixture->directory, name);
    make_directories(path);
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    cr_assert(ge(int, fputs(text, file), 0));
    cr_assert(eq(int, fclose(file), 0));
}

static void fill_directory(struct fixture *fixture,
                           const struct fixture_document *documents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[512];
        const char *path = documents[i].path;
        if (strcmp(path, "/") == 0)
            snprintf(name, sizeof name, "tree/index.json");
        else
            snprintf(name, sizeof name, "tree%.*s.json", (int)strlen(path) - 1, path);
        fixture_write(fixture, name, documents[i].text);
    }
}

void fixture_open(struct fixture *fixture, const char *kind,
                  const struct fixture_document *documents, size_t count)
{
    fixture_prepare(fixture);
    bool is_dir = strcmp(kind, "dir") == 0;
    snprintf(fixture->specification, sizeof fixture->specification, "%s:%s/%s", kind,
             fixture->directory, is_dir ? "tree" : "store.db");
    if (is_dir) {
        fixture_write(fixture, "tree/.hidden.json", "{}");
        fill_directory(fixture, documents, count);
    }
    fixture_reopen(fixture, false);
    for (size_t i = 0; i < count && !is_dir; i++) {
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = fixture_commit(fixture->store, STORE_PUT, documents[i].path,
                                             documents[i].text, 0, NULL, &error);
        cr_assert(eq(int, status, SHOJI_OK), "%s: %s", documents[i].path, error.message);
    }
}

void fixture_reopen(struct fixture *fixture, bool read_only)
{
    shoji_error error = SHOJI_ERROR_INIT;
    store_close(fixture->store);
    fixture->store = NULL;
    shoji_status status =
        store_open(&fixture->store, fixture->specification, read_only, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s", error.message);
}

static int remove_one(const char *path, const struct stat *found, int type,
                      struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store);
    nftw(fixture->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

shoji_status fixture_commit(struct store *store, enum store_operation operation,
                            const char *path, const char *text, uint64_t if_revision,
                            struct store_result *result, shoji_error *error)
{
    shoji_document *document = NULL;
    shoji_error parsing = SHOJI_ERROR_INIT;
    if (text != NULL) {
        shoji_status parsed =
            shoji_document_parse(&document, text, strlen(text), NULL, &parsing);
        cr_assert(eq(int, parsed, SHOJI_OK), "%s: %s", text, parsing.message);
    }
    struct store_write write = {operation, path, document, if_revision, 0};
    struct store_batch batch = {.writes = &write, .count = 1, .now = 1000};
    struct store_result unused = {0, false, 0};
    shoji_status status =
        store->methods->commit(store, &batch, result != NULL ? result : &unused, error);
    shoji_document_free(document);
    return status;
}

static struct store_snapshot *begin(struct store *store)
{
    struct store_snapshot *snapshot;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = store->methods->snapshot(store, &snapshot, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s", error.message);
    return snapshot;
}

shoji_status fixture_read(struct store *store, const char *path,
                          struct store_document *document, shoji_error *error)
{
    struct store_snapshot *snapshot = begin(store);
    shoji_status status = store->methods->read(snapshot, path, false, document, error);
    store->methods->release(snapshot);
    return status;
}

/* Where the callbacks write what they get. */
static char listing[8192];

static void list(const char *text)
{
    size_t length = strlen(listing);
    snprintf(listing + length, sizeof listing - length, "%s%s", length > 0 ? " " : "",
             text);
}

static shoji_status list_member(void *context, const struct store_member *member)
{
    (void)context;
    cr_assert(eq(sz, strlen(member->text), member->length));
    list(member->segment);
    return SHOJI_OK;
}

static shoji_status list_text(void *context, const char *text)
{
    (void)context;
    list(text);
    return SHOJI_OK;
}

const char *fixture_query(struct store *store, const char *path,
                          const struct store_query *query)
{
    struct store_snapshot *snapshot = begin(store);
    shoji_error error = SHOJI_ERROR_INIT;
    listing[0] = '\0';
    shoji_status status =
        store->methods->members(snapshot, path, query, list_member, NULL, &error);
    store->methods->release(snapshot);
    cr_assert(eq(int, status, SHOJI_OK), "%s", error.message);
    return listing;
}

const char *fixture_members(struct store *store, const char *path, const char *attribute,
                            const char *value, const char *other_value)
{
    const char *values[2] = {value, other_value};
    struct store_filter filter = {attribute, values,
                                  (size_t)((value != NULL) + (other_value != NULL))};
    struct store_query query = {&filter, attribute != NULL, 0, 0};
    return fixture_query(store, path, &query);
}

const char *fixture_children(struct store *store, const char *path, size_t limit)
{
    struct store_snapshot *snapshot = begin(store);
    listing[0] = '\0';
    cr_assert(eq(int,
                 store->methods->children(snapshot, path, limit, list_text, NULL, NULL),
                 SHOJI_OK));
    store->methods->release(snapshot);
    return listing;
}

const char *fixture_templates(struct store *store, const char *path)
{
    struct store_snapshot *snapshot = begin(store);
    listing[0] = '\0';
    cr_assert(eq(int, store->methods->templates(snapshot, path, list_text, NULL, NULL),
                 SHOJI_OK));
    store->methods->release(snapshot);
    return listing;
}

uint64_t fixture_count(struct store *store, const char *path,
                       const struct store_query *query)
{
    struct store_snapshot *snapshot = begin(store);
    uint64_t count = 999999;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = store->methods->count(snapshot, path, query, &count, &error);
    store->methods->release(snapshot);
    cr_assert(eq(int, status, SHOJI_OK), "%s", error.message);
    return count;
}
