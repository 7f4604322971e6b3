#include "store/dir_store.h"

#include "store/aggregate.h"
#include "store/dir_tree.h"
#include "store/fail.h"
#include "store/filter.h"
#include "store/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The document of a directory that has none of its own: what lies in it is shown by
 * whoever renders it. */
static const char computed_text[] = "{\"element\":\"shoji:catalog\"}";

enum {
    COMPUTED_REVISION = 1
};

/* A template that some catalog of the tree declares; lent by the catalog's file. */
struct hosted_template {
    const char *directory;
    const char *pattern;
};

/* The tree at one moment, which is what a snapshot sees. Never changes once it is made;
 * freed by whoever gives the last reference back. */
struct generation {
    atomic_uint references;
    struct dir_folder *root;
    struct hosted_template *templates; /* in the order of their directories */
    size_t template_count;
    size_t template_capacity;
};

struct dir_store {
    struct store store; /* first: a struct store * is one of these */
    int directory;
    /* Held while the tree is looked at and changed, and for no longer. */
    pthread_mutex_t mutex;
    struct generation *generation;
    struct dir_watch watch;
    bool stale; /* the last reading failed */
};

static struct dir_store *dir_store_of(struct store *store)
{
    return (struct dir_store *)store;
}

/* A snapshot is a reference to a generation. */
static struct generation *generation_of(struct store_snapshot *snapshot)
{
    return (struct generation *)snapshot;
}

static void release_generation(struct generation *generation)
{
    if (generation == NULL ||
        atomic_fetch_sub_explicit(&generation->references, 1, memory_order_acq_rel) != 1)
        return;
    dir_folder_release(generation->root);
    free(generation->templates);
    free(generation);
}

static void release(struct store_snapshot *snapshot)
{
    release_generation(generation_of(snapshot));
}

static bool add_template(struct generation *generation,
                         const struct declared_template *declared)
{
    if (generation->template_count == generation->template_capacity) {
        size_t capacity =
            generation->template_capacity == 0 ? 16 : generation->template_capacity * 2;
        struct hosted_template *templates =
            realloc(generation->templates, capacity * sizeof templates[0]);
        if (templates == NULL)
            return false;
        generation->templates = templates;
        generation->template_capacity = capacity;
    }
    generation->templates[generation->template_count++] =
        (struct hosted_template){declared->directory, declared->pattern};
    return true;
}

static bool add_templates(struct generation *generation, const struct dir_file *file)
{
    if (file == NULL || file->broken != NULL)
        return true;
    for (size_t i = 0; i < file->templates.count; i++)
        if (!add_template(generation, &file->templates.templates[i]))
            return false;
    return true;
}

/* Gathers the templates of what is served in a folder. Folders go no deeper than
 * DIR_DEPTH_MAXIMUM. */
static bool gather_templates(struct generation *generation,
                             const struct dir_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        struct dir_place place = dir_entry_place(&folder->entries[i]);
        if (!add_templates(generation, place.file))
            return false;
        if (place.folder != NULL && !gather_templates(generation, place.folder))
            return false;
    }
    return true;
}

/* Of one directory, in the order of their texts, so that the order does not depend on
 * how the tree was walked. */
static int compare_templates(const void *one, const void *other)
{
    const struct hosted_template *first = one;
    const struct hosted_template *second = other;
    int order = strcmp(first->directory, second->directory);
    return order != 0 ? order : strcmp(first->pattern, second->pattern);
}

/* Makes a generation of a tree, of which it takes the reference. */
static struct generation *new_generation(struct dir_folder *root)
{
    struct generation *generation = calloc(1, sizeof *generation);
    if (generation == NULL) {
        dir_folder_release(root);
        return NULL;
    }
    atomic_init(&generation->references, 1);
    generation->root = root;
    if (!add_templates(generation, root->index) || !gather_templates(generation, root)) {
        release_generation(generation);
        return NULL;
    }
    if (generation->template_count > 1)
        qsort(generation->templates, generation->template_count,
              sizeof generation->templates[0], compare_templates);
    return generation;
}

/* Reads what has changed into a new generation; the mutex is held. */
static shoji_status read_changes(struct dir_store *dir, const struct dir_changes *changes,
                                 shoji_error *error)
{
    struct dir_folder *root;
    struct dir_folder *old = dir->generation != NULL ? dir->generation->root : NULL;
    shoji_status status =
        dir_tree_read(&root, dir->directory, old, changes, &dir->watch, error);
    if (status != SHOJI_OK)
        return status;
    struct generation *generation = new_generation(root);
    if (generation == NULL)
        return store_fail_memory(error);
    release_generation(dir->generation);
    dir->generation = generation;
    return SHOJI_OK;
}

/* Takes notice of what has changed in the tree; the mutex is held. */
static shoji_status refresh(struct dir_store *dir, shoji_error *error)
{
    struct dir_changes changes;
    dir_watch_poll(&dir->watch, &changes);
    changes.all = changes.all || dir->stale;
    shoji_status status = SHOJI_OK;
    if (!dir_changes_none(&changes))
        status = read_changes(dir, &changes, error);
    dir->stale = status != SHOJI_OK;
    dir_changes_finish(&changes);
    return status;
}

static shoji_status take_snapshot(struct store *store, struct store_snapshot **snapshot,
                                  shoji_error *error)
{
    struct dir_store *dir = dir_store_of(store);
    pthread_mutex_lock(&dir->mutex);
    shoji_status status = refresh(dir, error);
    if (status == SHOJI_OK) {
        atomic_fetch_add_explicit(&dir->generation->references, 1, memory_order_relaxed);
        *snapshot = (struct store_snapshot *)dir->generation;
    }
    pthread_mutex_unlock(&dir->mutex);
    return status;
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* Fills in what a catalog's representation can show of what lies below it. */
static void fill_shown(struct store_document *document, const struct dir_folder *folder)
{
    document->member_count = folder->member_count;
    document->shown_modified = later(document->modified, folder->shown_modified);
    uint64_t hash =
        dir_hash(folder->shown_hash, &document->revision, sizeof document->revision);
    document->shown_revision = dir_revision(document->shown_modified, hash, true);
}

static shoji_status fill_document(struct store_document *document,
                                  const struct dir_place *place, const char *path,
                                  size_t length, bool head)
{
    const struct dir_file *file = place->file;
    document->element = dir_place_element(place);
    document->verbatim = file != NULL;
    document->revision = file != NULL ? file->revision : COMPUTED_REVISION;
    document->modified = file != NULL ? file->modified : place->folder->modified;
    document->shown_revision = document->revision;
    document->shown_modified = document->modified;
    if (document->element == SHOJI_ELEMENT_CATALOG && place->folder != NULL)
        fill_shown(document, place->folder);
    document->path = strndup(path, length);
    if (!head) {
        document->length = file != NULL ? file->length : sizeof computed_text - 1;
        document->text =
            strndup(file != NULL ? file->text : computed_text, document->length);
    }
    return document->path != NULL && (head || document->text != NULL) ? SHOJI_OK
                                                                      : SHOJI_NO_MEMORY;
}

static shoji_status read_place(const struct dir_place *place, const char *path,
                               size_t length, bool head, struct store_document *document,
                               shoji_error *error)
{
    if (place->file != NULL && place->file->broken != NULL) {
        if (error != NULL)
            *error = *place->file->broken;
        return place->file->broken->status;
    }
    struct store_document result = STORE_DOCUMENT_INIT;
    if (fill_document(&result, place, path, length, head) != SHOJI_OK) {
        store_document_finish(&result);
        return store_fail_memory(error);
    }
    *document = result;
    return SHOJI_OK;
}

static shoji_status read_document(struct store_snapshot *snapshot, const char *path,
                                  bool head, struct store_document *document,
                                  shoji_error *error)
{
    struct dir_place place;
    size_t length = strlen(path);
    if (!dir_tree_find(generation_of(snapshot)->root, path, length, &place) ||
        (place.file == NULL && place.folder == NULL))
        return store_fail(error, SHOJI_NOT_FOUND, NULL, "there is nothing at %s", path);
    return read_place(&place, path, length, head, document, error);
}

/* The folder of a catalog; NULL where nothing lies below it, or it is no catalog. */
static const struct dir_folder *catalog_folder(struct store_snapshot *snapshot,
                                               const char *path)
{
    struct dir_place place;
    if (!dir_tree_find(generation_of(snapshot)->root, path, strlen(path), &place) ||
        dir_place_element(&place) != SHOJI_ELEMENT_CATALOG)
        return NULL;
    return place.folder;
}

/* The entity of an entry, or NULL. */
static const struct dir_file *entity_of(const struct dir_entry *entry)
{
    struct dir_place place = dir_entry_place(entry);
    return dir_place_element(&place) == SHOJI_ELEMENT_ENTITY ? place.file : NULL;
}

/* Calls back with each entity that passes; its number in the folder is its sequence
 * number. */
static shoji_status visit(const struct dir_folder *folder, const struct filter_set *set,
                          uint64_t after, size_t limit, store_member_callback callback,
                          void *context, uint64_t *count)
{
    *count = 0;
    for (size_t i = after < folder->count ? (size_t)after : folder->count;
         i < folder->count && (limit == 0 || *count < limit); i++) {
        const struct dir_entry *entry = &folder->entries[i];
        const struct dir_file *entity = entity_of(entry);
        if (entity == NULL)
            continue;
        bool holds;
        shoji_status status =
            filter_set_holds(set, shoji_document_body(entity->document), &holds);
        if (status == SHOJI_OK && holds) {
            (*count)++;
            struct store_member member = {entry->segment, i + 1, entity->text,
                                          entity->length};
            if (callback != NULL)
                status = callback(context, &member);
        }
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

static shoji_status members(struct store_snapshot *snapshot, const char *path,
                            const struct store_query *query,
                            store_member_callback callback, void *context,
                            shoji_error *error)
{
    const struct dir_folder *folder = catalog_folder(snapshot, path);
    if (folder == NULL)
        return SHOJI_OK;
    struct filter_set set;
    uint64_t count;
    shoji_status status = filter_set_init(&set, query, error);
    if (status != SHOJI_OK)
        return status;
    status = visit(folder, &set, query->after, query->limit, callback, context, &count);
    filter_set_finish(&set);
    return store_conclude(error, SHOJI_OK, status);
}

static shoji_status count_members(struct store_snapshot *snapshot, const char *path,
                                  const struct store_query *query, uint64_t *count,
                                  shoji_error *error)
{
    const struct dir_folder *folder = catalog_folder(snapshot, path);
    if (folder == NULL || query->filter_count == 0) {
        *count = folder != NULL ? folder->member_count : 0;
        return SHOJI_OK;
    }
    struct filter_set set;
    uint64_t result;
    shoji_status status = filter_set_init(&set, query, error);
    if (status != SHOJI_OK)
        return status;
    status = visit(folder, &set, 0, 0, NULL, NULL, &result);
    filter_set_finish(&set);
    if (status != SHOJI_OK)
        return store_fail_status(error, status);
    *count = result;
    return SHOJI_OK;
}

static shoji_status children(struct store_snapshot *snapshot, const char *path,
                             size_t limit, store_child_callback callback, void *context,
                             shoji_error *error)
{
    struct dir_place place;
    (void)error;
    if (!dir_tree_find(generation_of(snapshot)->root, path, strlen(path), &place) ||
        place.folder == NULL)
        return SHOJI_OK;
    size_t called = 0;
    for (size_t i = 0; i < place.folder->count && (limit == 0 || called < limit); i++) {
        const struct dir_entry *entry = &place.folder->entries[i];
        struct dir_place child = dir_entry_place(entry);
        if (dir_place_element(&child) != SHOJI_ELEMENT_CATALOG)
            continue;
        called++;
        shoji_status status = callback(context, entry->segment);
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

static shoji_status below(struct store_snapshot *snapshot, const char *path,
                          store_child_callback callback, void *context,
                          shoji_error *error)
{
    struct dir_place place;
    shoji_status status = SHOJI_OK;
    if (!dir_tree_find(generation_of(snapshot)->root, path, strlen(path), &place) ||
        place.folder == NULL)
        return SHOJI_OK;
    for (size_t i = 0; i < place.folder->count && status == SHOJI_OK; i++)
        status = callback(context, place.folder->entries[i].segment);
    return store_conclude(error, SHOJI_OK, status);
}

static shoji_status project(struct store_snapshot *snapshot, const char *path,
                            const struct store_projection *projection,
                            shoji_writer *writer, shoji_error *error)
{
    const struct dir_folder *folder = catalog_folder(snapshot, path);
    struct aggregation *aggregation;
    shoji_status status = aggregation_begin(&aggregation, projection, writer);
    if (status != SHOJI_OK)
        return store_fail_status(error, status);
    for (size_t i = 0; folder != NULL && i < folder->count && status == SHOJI_OK; i++) {
        const struct dir_file *entity = entity_of(&folder->entries[i]);
        if (entity != NULL)
            status = aggregation_add_body(aggregation,
                                          shoji_document_body(entity->document), error);
    }
    if (status == SHOJI_OK)
        status = aggregation_end(aggregation, error);
    aggregation_free(aggregation);
    return status;
}

/* Where the templates of a directory begin, or would. */
static size_t first_template(const struct generation *generation, const char *directory,
                             size_t length)
{
    size_t low = 0;
    size_t high = generation->template_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(generation->templates[middle].directory, directory, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_directory(const struct hosted_template *hosted, const char *directory,
                         size_t length)
{
    return strncmp(hosted->directory, directory, length) == 0 &&
           hosted->directory[length] == '\0';
}

static shoji_status templates(struct store_snapshot *snapshot, const char *path,
                              store_template_callback callback, void *context,
                              shoji_error *error)
{
    const struct generation *generation = generation_of(snapshot);
    shoji_status status = SHOJI_OK;
    (void)error;
    for (size_t end = strlen(path); end > 0; end = store_path_parent(path, end)) {
        size_t i = first_template(generation, path, end);
        while (status == SHOJI_OK && i < generation->template_count &&
               is_directory(&generation->templates[i], path, end))
            status = callback(context, generation->templates[i++].pattern);
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

static shoji_status nearest(struct store_snapshot *snapshot, const char *path,
                            struct store_document *catalog, shoji_error *error)
{
    struct dir_folder *root = generation_of(snapshot)->root;
    struct dir_place place;
    size_t end = strlen(path);
    while (end > 1 && !(dir_tree_find(root, path, end, &place) &&
                        dir_place_element(&place) == SHOJI_ELEMENT_CATALOG))
        end = store_path_parent(path, end);
    if (end <= 1)
        dir_tree_find(root, "/", 1, &place);
    return read_place(&place, path, end, false, catalog, error);
}

static shoji_status commit(struct store *store, const struct store_batch *batch,
                           struct store_result *result, shoji_error *error)
{
    (void)store;
    (void)batch;
    result->failed = 0;
    return store_fail(error, SHOJI_USAGE, STORE_READ_ONLY,
                      "a directory is served as it is: change its files, or import them "
                      "into a sqlite: store");
}

static void close_store(struct store *store)
{
    struct dir_store *dir = dir_store_of(store);
    release_generation(dir->generation);
    dir_watch_finish(&dir->watch);
    pthread_mutex_destroy(&dir->mutex);
    if (dir->directory >= 0)
        close(dir->directory);
    free(dir);
}

static const struct store_methods methods = {
    .close = close_store,
    .snapshot = take_snapshot,
    .release = release,
    .read = read_document,
    .members = members,
    .count = count_members,
    .children = children,
    .below = below,
    .templates = templates,
    .nearest = nearest,
    .project = project,
    .commit = commit,
};

/* The id of the store is that of its directory, so that it is the same the next time. */
static void make_id(struct dir_store *dir)
{
    struct stat found;
    uint64_t place[2] = {0, 0};
    if (fstat(dir->directory, &found) == 0) {
        place[0] = (uint64_t)found.st_dev;
        place[1] = (uint64_t)found.st_ino;
    }
    snprintf(dir->store.id, sizeof dir->store.id, "%016llx",
             (unsigned long long)dir_hash(0, place, sizeof place));
}

static shoji_status open_root(struct dir_store *dir, const char *path, shoji_error *error)
{
    dir->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->directory >= 0) {
        make_id(dir);
        return SHOJI_OK;
    }
    if (errno == ENOTDIR)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "%s is no directory: a store in a file is named sqlite:%s",
                          path, path);
    return store_fail(error, SHOJI_NOT_FOUND, NULL, "%s cannot be served: %s", path,
                      strerror(errno));
}

shoji_status dir_store_open(struct store **store, const char *path, bool read_only,
                            shoji_error *error)
{
    (void)read_only;
    struct dir_store *dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return store_fail_memory(error);
    dir->store.methods = &methods;
    dir->store.read_only = true;
    dir->watch = (struct dir_watch)DIR_WATCH_INIT;
    dir->stale = true;
    pthread_mutex_init(&dir->mutex, NULL);
    shoji_status status = open_root(dir, path, error);
    if (status == SHOJI_OK)
        status = refresh(dir, error);
    if (status != SHOJI_OK) {
        close_store(&dir->store);
        return status;
    }
    *store = &dir->store;
    return SHOJI_OK;
}
