/* "shojid import": a tree of files as the documents of a store. */
#include "commands.h"
#include "service/offline.h"
#include "service/site.h"
#include "store/fail.h"
#include "store/store.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help_text[] =
    "Usage: shojid import STORE DIR\n"
    "\n"
    "Puts each document of the tree DIR, as \"shojid dir:DIR\" serves it and \"shojid\n"
    "export\" writes it, into STORE, at its path: it is made, or takes the place of "
    "what\n"
    "is there. The members of a catalog come in the order in which it lists them.\n"
    "\n"
    "All documents are checked first: where one would be refused, nothing is written.\n"
    "Then they are written in batches, each of them whole or not at all.\n"
    "Exit status: 0 done, 1 failed, 2 the command line is wrong.\n";

enum {
    /* What ends a batch: so many documents, or so many bytes. */
    BATCH_DOCUMENTS = 500,
    BATCH_BYTES = 4 * 1024 * 1024
};

struct import {
    struct store *source;
    struct store_snapshot *from;
    struct store *store;
    struct store_snapshot *before; /* the store, as it was at the beginning */
    struct offline *offline;
    struct site site;
    shoji_buffer path; /* canonical: where the walk is */
    bool writing;      /* otherwise documents are only checked */
    size_t faults;
    size_t written;
    struct store_write writes[BATCH_DOCUMENTS];
    size_t count;
    size_t bytes;
    shoji_error error;
};

/* A document below the one that is walked through. */
struct child {
    char *segment;
    size_t place; /* in the order in which they are taken */
};

struct children {
    struct child *children;
    size_t count;
    size_t capacity;
    size_t next_place;
};

static void drop_batch(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        free((char *)import->writes[i].path);
        shoji_document_free((shoji_document *)import->writes[i].document);
    }
    import->count = 0;
    import->bytes = 0;
}

static shoji_status commit(struct import *import)
{
    struct store_result result = {0};
    struct store_batch batch = {
        .writes = import->writes, .count = import->count, .now = (int64_t)time(NULL)};
    shoji_error why = SHOJI_ERROR_INIT;
    if (import->count == 0)
        return SHOJI_OK;
    shoji_status status =
        import->store->methods->commit(import->store, &batch, &result, &why);
    if (status == SHOJI_OK)
        import->written += import->count;
    else
        store_fail(&import->error, status, why.code,
                   "%.250s: %.400s; %zu documents are in the store, and no part of the "
                   "batch from %.250s on is",
                   result.failed < import->count ? import->writes[result.failed].path
                                                 : import->writes[0].path,
                   why.message, import->written, import->writes[0].path);
    drop_batch(import);
    return status;
}

/* Takes a document into the batch. */
static shoji_status add(struct import *import, shoji_document *document, size_t length)
{
    char *path = strdup(import->path.bytes);
    if (path == NULL) {
        shoji_document_free(document);
        return store_fail_memory(&import->error);
    }
    import->writes[import->count++] =
        (struct store_write){.operation = STORE_PUT, .path = path, .document = document};
    import->bytes += length;
    return import->count == BATCH_DOCUMENTS || import->bytes >= BATCH_BYTES
               ? commit(import)
               : SHOJI_OK;
}

/* A directory without a document of its own is a catalog only as long as the store has
 * nothing there. */
static shoji_status is_needed(struct import *import,
                              const struct store_document *document, bool *needed)
{
    struct store_document head = STORE_DOCUMENT_INIT;
    *needed = true;
    if (document->verbatim)
        return SHOJI_OK;
    shoji_status status = import->store->methods->read(import->before, document->path,
                                                       true, &head, &import->error);
    store_document_finish(&head);
    *needed = status == SHOJI_NOT_FOUND;
    return status == SHOJI_NOT_FOUND ? SHOJI_OK : status;
}

static shoji_status complain(struct import *import, const shoji_error *why)
{
    if (why->status == SHOJI_NO_MEMORY) {
        import->error = *why;
        return why->status;
    }
    import->faults++;
    if (why->pointer[0] != '\0')
        commands_fail(0, "%s: %s: %s", import->path.bytes, why->pointer, why->message);
    else
        commands_fail(0, "%s: %s", import->path.bytes, why->message);
    return SHOJI_OK;
}

/* Checks a document, or writes it. */
static shoji_status take(struct import *import, const struct store_document *document)
{
    shoji_document *stored;
    shoji_error why = SHOJI_ERROR_INIT;
    bool needed;
    shoji_status status = is_needed(import, document, &needed);
    if (status != SHOJI_OK || !needed)
        return status;
    status = offline_accept(import->offline, document->path, document->text,
                            document->length, &stored, &why);
    if (status != SHOJI_OK)
        return complain(import, &why);
    if (import->writing)
        return add(import, stored, document->length);
    shoji_document_free(stored);
    return SHOJI_OK;
}

static void children_finish(struct children *children)
{
    for (size_t i = 0; i < children->count; i++)
        free(children->children[i].segment);
    free(children->children);
}

static shoji_status add_child(void *context, const char *segment)
{
    struct children *children = context;
    if (children->count == children->capacity) {
        size_t capacity = children->capacity == 0 ? 16 : children->capacity * 2;
        struct child *grown =
            realloc(children->children, capacity * sizeof children->children[0]);
        if (grown == NULL)
            return SHOJI_NO_MEMORY;
        children->children = grown;
        children->capacity = capacity;
    }
    char *copy = strdup(segment);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    children->children[children->count++] = (struct child){copy, SIZE_MAX};
    return SHOJI_OK;
}

static int compare_segments(const void *one, const void *other)
{
    return strcmp(((const struct child *)one)->segment,
                  ((const struct child *)other)->segment);
}

static int compare_places(const void *one, const void *other)
{
    const struct child *first = one;
    const struct child *second = other;
    if (first->place != second->place)
        return first->place < second->place ? -1 : 1;
    return compare_segments(one, other);
}

/* Gives the child to which a reference of the document at the path leads the next place,
 * unless it has one. */
static shoji_status place(struct import *import, struct children *children,
                          const char *reference)
{
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status =
        site_append_target(&target, &import->site, import->path.bytes, reference);
    size_t above = import->path.length;
    if (status == SHOJI_OK && target.length > above + 1 &&
        memcmp(target.bytes, import->path.bytes, above) == 0 &&
        strchr(target.bytes + above, '/') == target.bytes + target.length - 1) {
        target.bytes[target.length - 1] = '\0';
        struct child wanted = {target.bytes + above, 0};
        struct child *found = bsearch(&wanted, children->children, children->count,
                                      sizeof children->children[0], compare_segments);
        if (found != NULL && found->place == SIZE_MAX)
            found->place = children->next_place++;
    }
    shoji_buffer_finish(&target);
    return status == SHOJI_NO_MEMORY ? store_fail_memory(&import->error) : SHOJI_OK;
}

static shoji_status place_map(struct import *import, struct children *children,
                              shoji_value map, bool names)
{
    shoji_members members = shoji_value_members(map);
    shoji_items items = shoji_value_items(map);
    shoji_status status = SHOJI_OK;
    shoji_member member;
    shoji_value item;
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        const char *reference =
            names ? member.name : shoji_value_string(member.value, NULL);
        if (reference != NULL)
            status = place(import, children, reference);
    }
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        if (shoji_value_type(item) == SHOJI_STRING)
            status = place(import, children, shoji_value_string(item, NULL));
    return status;
}

/* Puts the children into the order in which the document lists them; those that it does
 * not list come last. */
static shoji_status sort(struct import *import, struct children *children,
                         const struct store_document *document)
{
    shoji_tree *tree = NULL;
    shoji_status status = SHOJI_OK;
    if (children->count < 2)
        return SHOJI_OK;
    qsort(children->children, children->count, sizeof children->children[0],
          compare_segments);
    if (document->element == SHOJI_ELEMENT_CATALOG)
        status = shoji_tree_parse(&tree, document->text, document->length, NULL,
                                  &import->error);
    shoji_value root = shoji_tree_root(tree);
    if (status == SHOJI_OK)
        status = place_map(import, children, shoji_value_member(root, "catalogs"), false);
    if (status == SHOJI_OK)
        status = place_map(import, children, shoji_value_member(root, "entities"), false);
    if (status == SHOJI_OK)
        status = place_map(import, children, shoji_value_member(root, "index"), true);
    shoji_tree_free(tree);
    qsort(children->children, children->count, sizeof children->children[0],
          compare_places);
    return status;
}

static shoji_status walk(struct import *import);

static shoji_status walk_children(struct import *import, const struct children *children)
{
    size_t before = import->path.length;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < children->count && status == SHOJI_OK; i++) {
        if (shoji_buffer_append_format(&import->path, "%s/",
                                       children->children[i].segment) != SHOJI_OK)
            return store_fail_memory(&import->error);
        status = walk(import);
        import->path.length = before;
        import->path.bytes[before] = '\0';
    }
    return status;
}

static shoji_status walk_below(struct import *import,
                               const struct store_document *document)
{
    struct children children = {0};
    shoji_status status = import->source->methods->below(
        import->from, import->path.bytes, add_child, &children, &import->error);
    if (status == SHOJI_OK)
        status = sort(import, &children, document);
    if (status == SHOJI_OK)
        status = walk_children(import, &children);
    children_finish(&children);
    return status;
}

/* Takes what is at the path, and all that lies below. A tree goes no deeper than
 * DIR_DEPTH_MAXIMUM. */
static shoji_status walk(struct import *import)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_status status = import->source->methods->read(import->from, import->path.bytes,
                                                        false, &document, &why);
    if (status != SHOJI_OK)
        status = complain(import, &why);
    else
        status = take(import, &document);
    if (status == SHOJI_OK)
        status = walk_below(import, &document);
    store_document_finish(&document);
    return status;
}

static shoji_status walk_all(struct import *import, bool writing)
{
    import->writing = writing;
    shoji_buffer_clear(&import->path);
    if (shoji_buffer_append_string(&import->path, "/") != SHOJI_OK)
        return store_fail_memory(&import->error);
    shoji_status status = walk(import);
    return status == SHOJI_OK ? commit(import) : status;
}

static shoji_status open_source(struct import *import, const char *directory)
{
    shoji_buffer specification = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&specification, "dir:%s", directory);
    status = status == SHOJI_OK
                 ? store_open(&import->source, specification.bytes, true, &import->error)
                 : store_fail_memory(&import->error);
    shoji_buffer_finish(&specification);
    if (status == SHOJI_OK)
        status = import->source->methods->snapshot(import->source, &import->from,
                                                   &import->error);
    return status;
}

static shoji_status open_store(struct import *import, const char *store)
{
    shoji_status status = store_open(&import->store, store, false, &import->error);
    if (status == SHOJI_OK && import->store->read_only)
        return store_fail(&import->error, SHOJI_USAGE, STORE_READ_ONLY,
                          "%s takes no writes: import into a sqlite: store", store);
    if (status == SHOJI_OK)
        status = import->store->methods->snapshot(import->store, &import->before,
                                                  &import->error);
    return status;
}

static shoji_status run(struct import *import, const char *store, const char *directory)
{
    shoji_status status = open_source(import, directory);
    if (status == SHOJI_OK)
        status = open_store(import, store);
    if (status == SHOJI_OK)
        status = site_set_base(&import->site, "http://shojid.invalid/", &import->error);
    if (status == SHOJI_OK)
        status = offline_new(&import->offline, import->source, import->from, NULL,
                             &import->error);
    if (status == SHOJI_OK)
        status = walk_all(import, false);
    if (status == SHOJI_OK && import->faults > 0)
        return store_fail(&import->error, SHOJI_INVALID, NULL,
                          "nothing was written: correct what is named above (%zu faults)",
                          import->faults);
    return status == SHOJI_OK ? walk_all(import, true) : status;
}

static void finish(struct import *import)
{
    drop_batch(import);
    offline_free(import->offline);
    site_finish(&import->site);
    if (import->from != NULL)
        import->source->methods->release(import->from);
    if (import->before != NULL)
        import->store->methods->release(import->before);
    store_close(import->source);
    store_close(import->store);
    shoji_buffer_finish(&import->path);
}

int command_import(int argc, char *const argv[])
{
    const char *words[2];
    int exit_status = commands_words(argc, argv, help_text, words, 2);
    if (exit_status != COMMANDS_GO_ON)
        return exit_status;
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return commands_fail(EXIT_FAILURE, "out of memory");
    import->error = (shoji_error)SHOJI_ERROR_INIT;
    shoji_status status = run(import, words[0], words[1]);
    shoji_error error = import->error;
    size_t written = import->written;
    finish(import);
    free(import);
    if (status != SHOJI_OK)
        return commands_fail_for(&error);
    printf("%zu documents\n", written);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
