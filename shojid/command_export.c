/* "shojid export": the documents of a store as a tree of files. */
#define _GNU_SOURCE /* syncfs */

#include "commands.h"
#include "service/offline.h"
#include "store/fail.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help_text[] =
    "Usage: shojid export STORE DIR\n"
    "\n"
    "Writes each document of STORE into a file below DIR, such that \"shojid dir:DIR\"\n"
    "serves the same: /users/ is users/index.json, /users/1/ is users/1.json. DIR must "
    "be\n"
    "empty, or not there. All is of one moment, whoever writes to the store meanwhile.\n"
    "\n"
    "A document whose name no file can have, such as one that begins with a dot, is "
    "named\n"
    "and left out, with what lies below it.\n"
    "Exit status: 0 done, 1 failed or left something out, 2 the command line is wrong.\n";

struct export
{
    struct store *store;
    struct store_snapshot *snapshot;
    struct offline *offline;
    shoji_buffer path; /* canonical: where the walk is */
    int directory;     /* the folder in which its file goes, or its folder */
    size_t written;
    size_t left_out;
    shoji_error error;
};

static shoji_status export_document(struct export *export, const char *name);

static shoji_status fail_file(struct export *export, const char *what)
{
    return store_fail(&export->error, SHOJI_UNREACHABLE, NULL,
                      "%.300s cannot be written as a %s: %s", export->path.bytes, what,
                      strerror(errno));
}

static shoji_status write_all(struct export *export, int file, const char *text,
                              size_t length)
{
    while (length > 0) {
        ssize_t count = write(file, text, length);
        if (count < 0 && errno != EINTR)
            return fail_file(export, "file");
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        }
    }
    return SHOJI_OK;
}

/* Writes a document into a file that is not there yet. */
static shoji_status write_file(struct export *export, int directory, const char *name,
                               const struct store_document *document)
{
    const char *text;
    size_t length;
    shoji_status status =
        offline_render(export->offline, document, &text, &length, &export->error);
    if (status != SHOJI_OK)
        return status;
    int file = openat(directory, name,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0)
        return fail_file(export, "file");
    status = write_all(export, file, text, length);
    if (close(file) != 0 && status == SHOJI_OK)
        status = fail_file(export, "file");
    export->written += status == SHOJI_OK;
    return status;
}

static shoji_status stop(void *context, const char *segment)
{
    (void)segment;
    *(bool *)context = true;
    return SHOJI_STOPPED;
}

/* Whether other documents lie below the path. */
static shoji_status holds_others(struct export *export, bool *holds)
{
    *holds = false;
    shoji_status status = export->store->methods->below(
        export->snapshot, export->path.bytes, stop, holds, &export->error);
    return status == SHOJI_STOPPED ? SHOJI_OK : status;
}

/* Why a name is that of no file that dir: serves; NULL where it is one. A leaf has
 * ".json" at its end. */
static const char *name_fault(const char *name, bool leaf)
{
    size_t most = leaf ? NAME_MAX - 5 : NAME_MAX;
    if (name[0] == '.')
        return "its name begins with a dot, and a directory hides such files";
    if (strlen(name) > most)
        return "its name is longer than that of a file can be";
    return NULL;
}

static shoji_status leave_out(struct export *export, const char *why)
{
    export->left_out++;
    commands_fail(0, "%s is left out: %s", export->path.bytes, why);
    return SHOJI_OK;
}

static shoji_status export_child(void *context, const char *segment)
{
    struct export *export = context;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    size_t before = export->path.length;
    shoji_status status = shoji_iri_append_decoded(&name, segment, strlen(segment));
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(&export->path, "%s/", segment);
    status = status == SHOJI_OK ? export_document(export, name.bytes)
                                : store_fail_status(&export->error, status);
    /* A failure is told of the path where it was met. */
    if (status == SHOJI_OK) {
        export->path.length = before;
        export->path.bytes[before] = '\0';
    }
    shoji_buffer_finish(&name);
    return status;
}

/* Writes a document as index.json of an open folder, and then all that lies below. Paths
 * go no deeper than STORE_PATH_DEPTH. */
static shoji_status fill_folder(struct export *export, int folder,
                                const struct store_document *document)
{
    int above = export->directory;
    shoji_status status = write_file(export, folder, "index.json", document);
    export->directory = folder;
    if (status == SHOJI_OK)
        status = export->store->methods->below(export->snapshot, export->path.bytes,
                                               export_child, export, &export->error);
    export->directory = above;
    return status;
}

static shoji_status write_folder(struct export *export, const char *name,
                                 const struct store_document *document)
{
    int folder = -1;
    if (mkdirat(export->directory, name, 0777) == 0)
        folder = openat(export->directory, name,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return fail_file(export, "folder");
    shoji_status status = fill_folder(export, folder, document);
    close(folder);
    return status;
}

static shoji_status write_leaf(struct export *export, const char *name,
                               const struct store_document *document)
{
    shoji_buffer file = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&file, "%s.json", name);
    status = status == SHOJI_OK
                 ? write_file(export, export->directory, file.bytes, document)
                 : store_fail_status(&export->error, status);
    shoji_buffer_finish(&file);
    return status;
}

/* Reads what is at the path, and writes it under a name. */
static shoji_status export_document(struct export *export, const char *name)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    bool folder = false;
    shoji_status status = export->store->methods->read(
        export->snapshot, export->path.bytes, false, &document, &export->error);
    if (status == SHOJI_INVALID)
        return leave_out(export, export->error.message);
    if (status == SHOJI_OK)
        status = holds_others(export, &folder);
    /* A leaf called "index" would be taken for its parent. */
    folder = folder || strcmp(name, "index") == 0;
    const char *fault = name_fault(name, !folder);
    if (status == SHOJI_OK && fault != NULL)
        status = leave_out(export, fault);
    else if (status == SHOJI_OK)
        status = folder ? write_folder(export, name, &document)
                        : write_leaf(export, name, &document);
    if (status == SHOJI_SYNTAX)
        status = leave_out(export, export->error.message);
    store_document_finish(&document);
    return status;
}

static shoji_status export_root(struct export *export)
{
    struct store_document root = STORE_DOCUMENT_INIT;
    if (shoji_buffer_append_string(&export->path, "/") != SHOJI_OK)
        return store_fail_memory(&export->error);
    shoji_status status =
        export->store->methods->read(export->snapshot, "/", false, &root, &export->error);
    if (status == SHOJI_OK)
        status = fill_folder(export, export->directory, &root);
    store_document_finish(&root);
    return status;
}

/* Opens the directory, which must be empty, or makes it. */
static shoji_status open_directory(struct export *export, const char *name)
{
    if (mkdir(name, 0777) != 0 && errno != EEXIST)
        return store_fail(&export->error, SHOJI_USAGE, NULL, "%s cannot be made: %s",
                          name, strerror(errno));
    export->directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int duplicate = export->directory >= 0 ? dup(export->directory) : -1;
    DIR *stream = duplicate >= 0 ? fdopendir(duplicate) : NULL;
    if (stream == NULL) {
        store_fail(&export->error, SHOJI_USAGE, NULL, "%s cannot be opened: %s", name,
                   strerror(errno));
        if (duplicate >= 0)
            close(duplicate);
        return SHOJI_USAGE;
    }
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count == 0
               ? SHOJI_OK
               : store_fail(&export->error, SHOJI_USAGE, NULL,
                            "%s is not empty: name a directory that is, or none", name);
}

static shoji_status run(struct export *export, const char *store, const char *directory)
{
    shoji_status status = store_open(&export->store, store, true, &export->error);
    if (status == SHOJI_OK)
        status = open_directory(export, directory);
    if (status == SHOJI_OK)
        status = export->store->methods->snapshot(export->store, &export->snapshot,
                                                  &export->error);
    if (status == SHOJI_OK)
        status = offline_new(&export->offline, export->store, export->snapshot, NULL,
                             &export->error);
    if (status == SHOJI_OK)
        status = export_root(export);
    if (status == SHOJI_OK && syncfs(export->directory) != 0)
        status = store_fail(&export->error, SHOJI_UNREACHABLE, NULL,
                            "the files cannot be made to last: %s", strerror(errno));
    return status;
}

static void finish(struct export *export)
{
    offline_free(export->offline);
    if (export->snapshot != NULL)
        export->store->methods->release(export->snapshot);
    store_close(export->store);
    shoji_buffer_finish(&export->path);
    if (export->directory >= 0)
        close(export->directory);
}

int command_export(int argc, char *const argv[])
{
    const char *words[2];
    int exit_status = commands_words(argc, argv, help_text, words, 2);
    if (exit_status != COMMANDS_GO_ON)
        return exit_status;
    struct export export = {
        .directory = -1, .path = SHOJI_BUFFER_INIT, .error = SHOJI_ERROR_INIT};
    shoji_status status = run(&export, words[0], words[1]);
    if (status == SHOJI_OK)
        printf("%zu documents\n", export.written);
    finish(&export);
    if (status != SHOJI_OK)
        return commands_fail_for(&export.error);
    return export.left_out == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
