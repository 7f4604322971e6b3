/* Reading a tree of directories: see dir_tree.h. */
#include "store/dir_tree.h"

#include "store/fail.h"
#include "store/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One reading of the tree. The buffers hold where it is. */
struct scan {
    const struct dir_changes *changes;
    struct dir_watch *watch;
    shoji_buffer path; /* canonical */
    shoji_buffer name; /* from the root of the tree: "" or "users/" */
    size_t depth;
    size_t total;
    shoji_error *error;
};

/* A folder that is being read, and the one that it replaces. */
struct reading {
    struct dir_folder *folder;
    const struct dir_folder *old;
    size_t capacity;
    int directory;
};

static shoji_status scan_folder(struct scan *scan, int directory, struct dir_folder *old,
                                struct dir_folder **folder);

static shoji_status count_one(struct scan *scan, size_t count)
{
    scan->total += count;
    if (scan->total <= DIR_FILES_MAXIMUM)
        return SHOJI_OK;
    return store_fail(scan->error, SHOJI_LIMIT, NULL,
                      "the tree has more than %d files: import it into a sqlite: store",
                      DIR_FILES_MAXIMUM);
}

static bool ends_in_json(const char *name, size_t length)
{
    return length > 5 && memcmp(name + length - 5, ".json", 5) == 0;
}

/* Appends an entry to a folder that is being read, and takes what it owns. */
static shoji_status add_entry(struct scan *scan, struct reading *reading,
                              const struct dir_entry *entry)
{
    struct dir_folder *into = reading->folder;
    if (into->count == reading->capacity) {
        size_t capacity = reading->capacity == 0 ? 16 : reading->capacity * 2;
        struct dir_entry *entries =
            realloc(into->entries, capacity * sizeof into->entries[0]);
        if (entries == NULL)
            return store_fail_memory(scan->error);
        into->entries = entries;
        reading->capacity = capacity;
    }
    into->entries[into->count++] = *entry;
    return SHOJI_OK;
}

/* Reads a file, unless it is as it was. */
static shoji_status scan_file(struct scan *scan, const struct reading *reading,
                              const char *name, const struct stat *found,
                              struct dir_file *old, struct dir_file **file)
{
    struct dir_signature signature;
    dir_signature_of(&signature, found);
    if (old != NULL && !old->fresh && dir_signature_equal(&signature, &old->signature)) {
        *file = dir_file_share(old);
        return SHOJI_OK;
    }
    size_t length = scan->name.length;
    shoji_status status = shoji_buffer_append_string(&scan->name, name);
    if (status != SHOJI_OK)
        return store_fail_status(scan->error, status);
    status = dir_file_read(file, reading->directory, name, scan->name.bytes,
                           scan->path.bytes, scan->error);
    scan->name.length = length;
    scan->name.bytes[length] = '\0';
    return status;
}

/* A document in the place of what is not read. */
static shoji_status refuse(struct scan *scan, struct dir_file **file, const char *name,
                           const char *why)
{
    *file = dir_file_broken("%s%s cannot be served: %s", scan->name.bytes, name, why);
    return *file != NULL ? SHOJI_OK : store_fail_memory(scan->error);
}

/* Opens a directory, and reads it; one that vanishes meanwhile gives neither folder nor
 * file, one that cannot be read a broken file. */
static shoji_status open_folder(struct scan *scan, const struct reading *reading,
                                const char *name, struct dir_folder *old,
                                struct dir_folder **folder, struct dir_file **broken)
{
    if (scan->depth == DIR_DEPTH_MAXIMUM || scan->path.length > STORE_PATH_MAXIMUM)
        return refuse(scan, broken, name, "it lies too deep in the tree");
    int directory =
        openat(reading->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR))
        return SHOJI_OK;
    if (directory < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        return store_fail(scan->error, SHOJI_LIMIT, STORE_BUSY,
                          "%s%s cannot be opened: %s", scan->name.bytes, name,
                          strerror(errno));
    if (directory < 0)
        return refuse(scan, broken, name, strerror(errno));
    size_t length = scan->name.length;
    shoji_status status = shoji_buffer_append_format(&scan->name, "%s/", name);
    if (status != SHOJI_OK) {
        close(directory);
        return store_fail_status(scan->error, status);
    }
    scan->depth++;
    status = scan_folder(scan, directory, old, folder);
    scan->depth--;
    scan->name.length = length;
    scan->name.bytes[length] = '\0';
    return status;
}

/* Goes to a name of a directory, `length` bytes of which make its segment: gives a copy
 * of that, or NULL for want of memory. */
static char *enter_name(struct scan *scan, const char *name, size_t length)
{
    size_t before = scan->path.length;
    if (shoji_iri_append_segment(&scan->path, name, length) != SHOJI_OK)
        return NULL;
    char *segment = strdup(scan->path.bytes + before);
    if (shoji_buffer_append(&scan->path, "/", 1) == SHOJI_OK)
        return segment;
    free(segment);
    return NULL;
}

/* Reads what is under a name: a file or a folder, or neither where it has gone. */
static shoji_status scan_content(struct scan *scan, struct reading *reading,
                                 const char *name, const char *segment,
                                 const struct stat *found, struct dir_entry *entry)
{
    const struct dir_entry none = {NULL, NULL, NULL};
    const struct dir_entry *old =
        reading->old != NULL ? dir_folder_find(reading->old, segment, strlen(segment))
                             : NULL;
    if (old == NULL)
        old = &none;
    if (S_ISDIR(found->st_mode))
        return open_folder(scan, reading, name, old->folder, &entry->folder,
                           &entry->file);
    if (scan->path.length > STORE_PATH_MAXIMUM)
        return refuse(scan, &entry->file, name, "its path is too long");
    return scan_file(scan, reading, name, found, old->file, &entry->file);
}

/* Reads one name of a directory, `length` bytes of which make its segment. */
static shoji_status scan_name(struct scan *scan, struct reading *reading,
                              const char *name, size_t length, const struct stat *found)
{
    size_t before = scan->path.length;
    struct dir_entry entry = {enter_name(scan, name, length), NULL, NULL};
    if (entry.segment == NULL)
        return store_fail_memory(scan->error);
    shoji_status status = scan_content(scan, reading, name, entry.segment, found, &entry);
    scan->path.length = before;
    scan->path.bytes[before] = '\0';
    bool is_there = entry.file != NULL || entry.folder != NULL;
    if (status == SHOJI_OK && is_there)
        status = add_entry(scan, reading, &entry);
    if (status != SHOJI_OK || !is_there)
        dir_entry_finish(&entry);
    return status;
}

/* Reads one name of a directory, if it is one that is served: no hidden one, no link. */
static shoji_status scan_found(struct scan *scan, struct reading *reading,
                               const char *name)
{
    struct stat found;
    size_t length = strlen(name);
    if (name[0] == '.' ||
        fstatat(reading->directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return SHOJI_OK;
    bool is_directory = S_ISDIR(found.st_mode);
    if (!is_directory && !(S_ISREG(found.st_mode) && ends_in_json(name, length)))
        return SHOJI_OK;
    shoji_status status = count_one(scan, 1);
    if (status != SHOJI_OK)
        return status;
    if (!is_directory && strcmp(name, "index.json") == 0)
        return scan_file(scan, reading, name, &found,
                         reading->old != NULL ? reading->old->index : NULL,
                         &reading->folder->index);
    return scan_name(scan, reading, name, is_directory ? length : length - 5, &found);
}

static int compare_entries(const void *one, const void *other)
{
    const struct dir_entry *first = one;
    const struct dir_entry *second = other;
    return strcmp(first->segment, second->segment);
}

/* Sorts the entries, and makes one of a file and a folder of the same name. */
static void sort_entries(struct dir_folder *folder)
{
    size_t kept = 0;
    if (folder->count > 1)
        qsort(folder->entries, folder->count, sizeof folder->entries[0], compare_entries);
    for (size_t i = 0; i < folder->count; i++) {
        struct dir_entry *entry = &folder->entries[i];
        struct dir_entry *last = kept > 0 ? &folder->entries[kept - 1] : NULL;
        if (last == NULL || strcmp(last->segment, entry->segment) != 0) {
            folder->entries[kept++] = *entry;
            continue;
        }
        free(entry->segment);
        if (last->folder == NULL)
            last->folder = entry->folder;
        else
            dir_folder_release(entry->folder);
        if (last->file == NULL)
            last->file = entry->file;
        else
            dir_file_release(entry->file);
    }
    folder->count = kept;
}

/* Sums up what a catalog here shows: which entities and catalogs, in which revision. */
static void sum_up(struct dir_folder *folder)
{
    folder->shown_modified = folder->modified;
    for (size_t i = 0; i < folder->count; i++) {
        struct dir_entry *entry = &folder->entries[i];
        struct dir_place place = dir_entry_place(entry);
        shoji_element element = dir_place_element(&place);
        if (element != SHOJI_ELEMENT_ENTITY && element != SHOJI_ELEMENT_CATALOG)
            continue;
        folder->member_count += element == SHOJI_ELEMENT_ENTITY;
        uint64_t revision = place.file != NULL ? place.file->revision : 0;
        uint64_t hash = folder->shown_hash;
        hash = dir_hash(hash, entry->segment, strlen(entry->segment) + 1);
        hash = dir_hash(hash, &element, sizeof element);
        folder->shown_hash = dir_hash(hash, &revision, sizeof revision);
        if (place.file != NULL && place.file->modified > folder->shown_modified)
            folder->shown_modified = place.file->modified;
    }
}

/* Reads the names of a directory, of which it takes the descriptor. */
static shoji_status scan_names(struct scan *scan, struct reading *reading)
{
    DIR *stream = fdopendir(reading->directory);
    if (stream == NULL) {
        close(reading->directory);
        return store_fail_memory(scan->error);
    }
    shoji_status status = SHOJI_OK;
    struct dirent *found;
    while (status == SHOJI_OK && (found = readdir(stream)) != NULL)
        status = scan_found(scan, reading, found->d_name);
    closedir(stream);
    return status;
}

static struct dir_folder *new_folder(int directory)
{
    struct dir_folder *folder = calloc(1, sizeof *folder);
    if (folder == NULL)
        return NULL;
    atomic_init(&folder->references, 1);
    struct stat found;
    if (fstat(directory, &found) == 0)
        folder->modified = (int64_t)found.st_mtim.tv_sec;
    return folder;
}

/* The names in a folder that are to be read again, each once; everything is owned. */
struct touched {
    char *names[DIR_CHANGES_MAXIMUM];
    size_t count;
};

static void touched_finish(struct touched *touched)
{
    for (size_t i = 0; i < touched->count; i++)
        free(touched->names[i]);
}

static bool has_touched(const struct touched *touched, const char *name, size_t length)
{
    for (size_t i = 0; i < touched->count; i++)
        if (strlen(touched->names[i]) == length &&
            memcmp(touched->names[i], name, length) == 0)
            return true;
    return false;
}

static shoji_status find_touched(struct scan *scan, struct touched *touched)
{
    touched->count = 0;
    for (size_t i = 0; i < scan->changes->count; i++) {
        size_t length;
        const char *name = dir_changes_name(scan->changes, i, scan->name.bytes, &length);
        if (name == NULL || has_touched(touched, name, length))
            continue;
        char *copy = strndup(name, length);
        if (copy == NULL)
            return store_fail_memory(scan->error);
        touched->names[touched->count++] = copy;
    }
    return SHOJI_OK;
}

/* Shares what the replaced folder has under a name, but for what is to be read again. */
static shoji_status keep_entry(struct scan *scan, struct reading *reading,
                               const struct dir_entry *old, bool file, bool folder)
{
    file = file && old->file != NULL;
    folder = folder && old->folder != NULL;
    if (!file && !folder)
        return SHOJI_OK;
    shoji_status status =
        count_one(scan, (size_t)file + (folder ? 1 + old->folder->total : 0));
    if (status != SHOJI_OK)
        return status;
    struct dir_entry entry = {strdup(old->segment),
                              file ? dir_file_share(old->file) : NULL,
                              folder ? dir_folder_share(old->folder) : NULL};
    status = entry.segment != NULL ? add_entry(scan, reading, &entry)
                                   : store_fail_memory(scan->error);
    if (status != SHOJI_OK)
        dir_entry_finish(&entry);
    return status;
}

/* Shares all that is not to be read again. A segment, decoded, is the name of a
 * directory; with ".json", that of a file. */
static shoji_status keep_untouched(struct scan *scan, struct reading *reading,
                                   const struct touched *touched)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < reading->old->count && status == SHOJI_OK; i++) {
        const struct dir_entry *old = &reading->old->entries[i];
        shoji_buffer_clear(&name);
        status = shoji_iri_append_decoded(&name, old->segment, strlen(old->segment));
        bool folder =
            status == SHOJI_OK && !has_touched(touched, name.bytes, name.length);
        if (status == SHOJI_OK)
            status = shoji_buffer_append_string(&name, ".json");
        bool file = status == SHOJI_OK && !has_touched(touched, name.bytes, name.length);
        status = status == SHOJI_OK ? keep_entry(scan, reading, old, file, folder)
                                    : store_fail_status(scan->error, status);
    }
    shoji_buffer_finish(&name);
    return status;
}

/* Makes a folder anew of the one that it replaces and the names that are to be read
 * again. It takes the descriptor. */
static shoji_status amend_names(struct scan *scan, struct reading *reading)
{
    struct touched touched;
    shoji_status status = find_touched(scan, &touched);
    if (status == SHOJI_OK)
        status = keep_untouched(scan, reading, &touched);
    static const char index[] = "index.json";
    if (status == SHOJI_OK && reading->old->index != NULL &&
        !has_touched(&touched, index, sizeof index - 1)) {
        reading->folder->index = dir_file_share(reading->old->index);
        status = count_one(scan, 1);
    }
    for (size_t i = 0; i < touched.count && status == SHOJI_OK; i++)
        status = scan_found(scan, reading, touched.names[i]);
    touched_finish(&touched);
    close(reading->directory);
    return status;
}

/* Reads a directory, of which it takes the descriptor, with all below it. It calls itself
 * through open_folder, DIR_DEPTH_MAXIMUM deep at most. */
static shoji_status scan_folder(struct scan *scan, int directory, struct dir_folder *old,
                                struct dir_folder **folder)
{
    if (old != NULL && !dir_changes_reach(scan->changes, scan->name.bytes)) {
        close(directory);
        *folder = dir_folder_share(old);
        return count_one(scan, old->total);
    }
    size_t before = scan->total;
    bool amends = old != NULL && !scan->changes->all;
    if (!amends)
        dir_watch_add(scan->watch, directory, scan->name.bytes);
    struct reading reading = {new_folder(directory), old, 0, directory};
    if (reading.folder == NULL) {
        close(directory);
        return store_fail_memory(scan->error);
    }
    shoji_status status =
        amends ? amend_names(scan, &reading) : scan_names(scan, &reading);
    if (status != SHOJI_OK) {
        dir_folder_release(reading.folder);
        return status;
    }
    sort_entries(reading.folder);
    sum_up(reading.folder);
    reading.folder->total = scan->total - before;
    *folder = reading.folder;
    return SHOJI_OK;
}

shoji_status dir_tree_read(struct dir_folder **root, int directory,
                           struct dir_folder *old, const struct dir_changes *changes,
                           struct dir_watch *watch, shoji_error *error)
{
    struct scan scan = {.changes = changes, .watch = watch, .error = error};
    struct dir_folder *folder = NULL;
    if (shoji_buffer_append(&scan.path, "/", 1) != SHOJI_OK ||
        shoji_buffer_append(&scan.name, "", 0) != SHOJI_OK) {
        shoji_buffer_finish(&scan.path);
        shoji_buffer_finish(&scan.name);
        return store_fail_memory(error);
    }
    if (changes->all)
        dir_watch_begin(watch);
    int opened = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    shoji_status status =
        opened >= 0 ? scan_folder(&scan, opened, old, &folder)
                    : store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                                 "the tree cannot be read: %s", strerror(errno));
    if (changes->all)
        dir_watch_end(watch);
    shoji_buffer_finish(&scan.path);
    shoji_buffer_finish(&scan.name);
    if (status != SHOJI_OK) {
        dir_folder_release(folder);
        return status;
    }
    *root = folder;
    return SHOJI_OK;
}
