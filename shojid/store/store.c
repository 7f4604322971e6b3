#include "store/store.h"

#include "store/dir_store.h"
#include "store/fail.h"
#include "store/sqlite_store.h"

#include <stdlib.h>
#include <string.h>

/* The kinds of stores, by how their specifications begin. */
static const struct kind {
    const char *scheme;
    shoji_status (*open)(struct store **store, const char *path, bool read_only,
                         shoji_error *error);
} kinds[] = {
    {"sqlite:", sqlite_store_open},
    {"dir:", dir_store_open},
};

shoji_status store_open(struct store **store, const char *specification, bool read_only,
                        shoji_error *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].scheme);
        if (strncmp(specification, kinds[i].scheme, length) != 0)
            continue;
        if (specification[length] == '\0')
            return store_fail(error, SHOJI_USAGE, NULL,
                              "%s needs a path after the colon, as in %sPATH",
                              specification, kinds[i].scheme);
        return kinds[i].open(store, specification + length, read_only, error);
    }
    return store_fail(
        error, SHOJI_USAGE, NULL,
        "there is no kind of store for \"%s\": write sqlite:PATH or dir:PATH",
        specification);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->methods->close(store);
}

void store_document_finish(struct store_document *document)
{
    free(document->path);
    free(document->text);
    *document = (struct store_document)STORE_DOCUMENT_INIT;
}
