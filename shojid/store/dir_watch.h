/*
 * What has changed in a tree of directories since it was last asked: by inotify, and
 * where that is not to be had, by looking again at everything, at intervals long enough
 * that it takes a tenth of the time at most.
 *
 * Threads: a watch is used by one thread at a time.
 */
#ifndef SHOJID_STORE_DIR_WATCH_H
#define SHOJID_STORE_DIR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* The most changes that are told apart: of more, everything is looked at. */
    DIR_CHANGES_MAXIMUM = 64
};

/* A name in a directory that has come, changed or gone. */
struct dir_change {
    char *directory; /* owned; from the root of the tree: "" or "users/" */
    char *name;      /* owned */
};

struct dir_changes {
    bool all; /* anything may have changed */
    struct dir_change changes[DIR_CHANGES_MAXIMUM];
    size_t count;
};

struct watched {
    int descriptor;
    char *name; /* owned */
};

struct dir_watch {
    int descriptor;          /* of inotify; -1 where it is not to be had */
    struct watched *watched; /* in the order of their descriptors */
    size_t count;
    size_t capacity;
    int64_t looked;   /* when all was last looked at, by a steady clock in nanoseconds */
    int64_t duration; /* how long that took */
};

#define DIR_WATCH_INIT                                                                   \
    {                                                                                    \
        -1, NULL, 0, 0, 0, 0                                                             \
    }

void dir_watch_finish(struct dir_watch *watch);

/* Forgets all directories: to be called before everything is looked at, and once it has
 * been. */
void dir_watch_begin(struct dir_watch *watch);
void dir_watch_end(struct dir_watch *watch);

/* Watches a directory, of which `directory` is a descriptor. To be called before its
 * content is read, so that no change goes unseen. A directory that cannot be watched
 * turns the watch to looking at everything. */
void dir_watch_add(struct dir_watch *watch, int directory, const char *name);

/* Tells what has changed, to be freed with dir_changes_finish. */
void dir_watch_poll(struct dir_watch *watch, struct dir_changes *changes);
void dir_changes_finish(struct dir_changes *changes);

/* Whether nothing has changed. */
static inline bool dir_changes_none(const struct dir_changes *changes)
{
    return !changes->all && changes->count == 0;
}

/* Whether something has changed in a directory, or somewhere below it. */
bool dir_changes_reach(const struct dir_changes *changes, const char *directory);

/*
 * The name in a directory by which the change at `index` reaches it: the one that has
 * changed, or the directory that leads to it. NULL where it does not reach it. Lent; not
 * NUL-terminated.
 */
const char *dir_changes_name(const struct dir_changes *changes, size_t index,
                             const char *directory, size_t *length);

#endif
