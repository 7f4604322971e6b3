#include "store/dir_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static const uint32_t interest = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE |
                                 IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/* How much longer than a look at everything the pause before the next one is. */
enum {
    PAUSE_FACTOR = 10
};

static int64_t steady_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void forget(struct dir_watch *watch)
{
    if (watch->descriptor >= 0)
        close(watch->descriptor);
    watch->descriptor = -1;
    for (size_t i = 0; i < watch->count; i++)
        free(watch->watched[i].name);
    watch->count = 0;
}

void dir_watch_finish(struct dir_watch *watch)
{
    forget(watch);
    free(watch->watched);
    *watch = (struct dir_watch)DIR_WATCH_INIT;
}

void dir_watch_begin(struct dir_watch *watch)
{
    forget(watch);
    watch->looked = steady_now();
    watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void dir_watch_end(struct dir_watch *watch)
{
    int64_t now = steady_now();
    watch->duration = now - watch->looked;
    watch->looked = now;
}

/* Where a descriptor is among the watched, or belongs. Descriptors mostly grow. */
static size_t position_of(const struct dir_watch *watch, int descriptor)
{
    size_t low = 0;
    size_t high = watch->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watch->watched[middle].descriptor < descriptor)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_at(const struct dir_watch *watch, size_t position, int descriptor)
{
    return position < watch->count && watch->watched[position].descriptor == descriptor;
}

static bool make_room(struct dir_watch *watch)
{
    if (watch->count < watch->capacity)
        return true;
    size_t capacity = watch->capacity == 0 ? 16 : watch->capacity * 2;
    struct watched *watched = realloc(watch->watched, capacity * sizeof watched[0]);
    if (watched == NULL)
        return false;
    watch->watched = watched;
    watch->capacity = capacity;
    return true;
}

static bool keep(struct dir_watch *watch, int descriptor, const char *name)
{
    size_t position = position_of(watch, descriptor);
    char *copy = strdup(name);
    if (copy == NULL || !make_room(watch)) {
        free(copy);
        return false;
    }
    if (has_at(watch, position, descriptor)) {
        free(watch->watched[position].name);
    } else {
        memmove(&watch->watched[position + 1], &watch->watched[position],
                (watch->count - position) * sizeof watch->watched[0]);
        watch->count++;
    }
    watch->watched[position] = (struct watched){descriptor, copy};
    return true;
}

void dir_watch_add(struct dir_watch *watch, int directory, const char *name)
{
    if (watch->descriptor < 0)
        return;
    /* By its descriptor, so that it is this directory, whatever has its name now. */
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    int descriptor = inotify_add_watch(watch->descriptor, path, interest);
    if (descriptor < 0 || !keep(watch, descriptor, name))
        forget(watch);
}

static void add_change(struct dir_changes *changes, const char *directory,
                       const char *name)
{
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->changes[i].directory, directory) == 0 &&
            strcmp(changes->changes[i].name, name) == 0)
            return;
    if (changes->count == DIR_CHANGES_MAXIMUM) {
        changes->all = true;
        return;
    }
    struct dir_change change = {strdup(directory), strdup(name)};
    if (change.directory == NULL || change.name == NULL) {
        free(change.directory);
        free(change.name);
        changes->all = true;
        return;
    }
    changes->changes[changes->count++] = change;
}

/* What one event means: a change of a file in a directory, or one of the directories
 * themselves, after which all are watched anew. */
static void read_event(const struct dir_watch *watch, const struct inotify_event *event,
                       struct dir_changes *changes)
{
    const uint32_t structural = IN_Q_OVERFLOW | IN_ISDIR | IN_IGNORED | IN_UNMOUNT |
                                IN_DELETE_SELF | IN_MOVE_SELF;
    size_t position = position_of(watch, event->wd);
    if ((event->mask & structural) != 0 || event->len == 0 ||
        !has_at(watch, position, event->wd))
        changes->all = true;
    else
        add_change(changes, watch->watched[position].name, event->name);
}

static void read_events(const struct dir_watch *watch, struct dir_changes *changes)
{
    union {
        struct inotify_event aligned;
        char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    } room;
    for (;;) {
        ssize_t length = read(watch->descriptor, room.bytes, sizeof room.bytes);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno != EAGAIN)
            changes->all = true;
        if (length <= 0)
            return;
        for (size_t at = 0; at < (size_t)length;) {
            const struct inotify_event *event = (const void *)(room.bytes + at);
            read_event(watch, event, changes);
            at += sizeof *event + event->len;
        }
    }
}

void dir_watch_poll(struct dir_watch *watch, struct dir_changes *changes)
{
    *changes = (struct dir_changes){.all = false};
    if (watch->descriptor >= 0)
        read_events(watch, changes);
    else
        changes->all = steady_now() - watch->looked >= PAUSE_FACTOR * watch->duration;
}

void dir_changes_finish(struct dir_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->changes[i].directory);
        free(changes->changes[i].name);
    }
    changes->count = 0;
}

const char *dir_changes_name(const struct dir_changes *changes, size_t index,
                             const char *directory, size_t *length)
{
    const struct dir_change *change = &changes->changes[index];
    size_t above = strlen(directory);
    if (strncmp(change->directory, directory, above) != 0)
        return NULL;
    const char *below = change->directory + above;
    const char *name = *below != '\0' ? below : change->name;
    *length = strcspn(name, "/");
    return name;
}

bool dir_changes_reach(const struct dir_changes *changes, const char *directory)
{
    size_t length;
    for (size_t i = 0; i < changes->count; i++)
        if (dir_changes_name(changes, i, directory, &length) != NULL)
            return true;
    return changes->all;
}
