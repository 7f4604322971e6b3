/* How changes of a tree are noticed, with inotify and without. */
#define _XOPEN_SOURCE 700 /* mkdtemp */

#include "fixture.h"

#include "store/dir_watch.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fixture fixture;
static struct dir_watch watch = DIR_WATCH_INIT;

static void add(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", fixture.directory, name);
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    cr_assert(ge(int, directory, 0));
    dir_watch_add(&watch, directory, name);
    close(directory);
}

static void setup(void)
{
    fixture_prepare(&fixture);
    fixture_write(&fixture, "a/x.json", "1");
    fixture_write(&fixture, "a/b/x.json", "1");
    fixture_write(&fixture, "ab/x.json", "1");
    dir_watch_begin(&watch);
    add("");
    add("a/");
    add("a/b/");
    add("ab/");
    dir_watch_end(&watch);
}

static void teardown(void)
{
    dir_watch_finish(&watch);
    fixture_close(&fixture);
}

TestSuite(dir_watch, .init = setup, .fini = teardown);

static struct dir_changes poll_changes(void)
{
    struct dir_changes changes;
    dir_watch_poll(&watch, &changes);
    return changes;
}

Test(dir_watch, tells_of_nothing_where_nothing_has_changed)
{
    struct dir_changes changes = poll_changes();
    cr_assert(dir_changes_none(&changes));
    cr_assert(not(dir_changes_reach(&changes, "")));
    dir_changes_finish(&changes);
}

/* The name by which the only change reaches a directory. */
static void name_is(const struct dir_changes *changes, const char *directory,
                    const char *expected)
{
    size_t length = 0;
    const char *name = dir_changes_name(changes, 0, directory, &length);
    cr_assert(ne(ptr, (void *)name, NULL));
    cr_assert(eq(sz, length, strlen(expected)));
    cr_assert(eq(int, strncmp(name, expected, length), 0));
}

Test(dir_watch, tells_in_which_directory_something_has_changed_and_once)
{
    fixture_write(&fixture, "a/b/x.json", "2");
    struct dir_changes changes = poll_changes();
    cr_assert(not(changes.all));
    cr_assert(eq(sz, changes.count, 1));
    cr_assert(dir_changes_reach(&changes, ""));
    cr_assert(dir_changes_reach(&changes, "a/"));
    cr_assert(dir_changes_reach(&changes, "a/b/"));
    cr_assert(not(dir_changes_reach(&changes, "ab/")));
    name_is(&changes, "", "a");
    name_is(&changes, "a/", "b");
    name_is(&changes, "a/b/", "x.json");
    dir_changes_finish(&changes);
    changes = poll_changes();
    cr_assert(dir_changes_none(&changes));
    dir_changes_finish(&changes);
}

Test(dir_watch, tells_of_everything_where_directories_come_and_go)
{
    char path[200];
    snprintf(path, sizeof path, "%s/a/new", fixture.directory);
    cr_assert(eq(int, mkdir(path, 0755), 0));
    struct dir_changes changes = poll_changes();
    cr_assert(changes.all);
    cr_assert(dir_changes_reach(&changes, "ab/"));
    dir_changes_finish(&changes);
}

Test(dir_watch, tells_of_everything_where_too_much_has_changed)
{
    for (int i = 0; i <= DIR_CHANGES_MAXIMUM; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%d/x.json", i);
        fixture_write(&fixture, name, "1");
        snprintf(name, sizeof name, "many/%d/", i);
        add(name);
    }
    struct dir_changes changes = poll_changes();
    dir_changes_finish(&changes);
    for (int i = 0; i <= DIR_CHANGES_MAXIMUM; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%d/x.json", i);
        fixture_write(&fixture, name, "2");
    }
    changes = poll_changes();
    cr_assert(changes.all);
    dir_changes_finish(&changes);
}

Test(dir_watch, looks_at_everything_at_intervals_where_there_is_no_inotify)
{
    close(watch.descriptor);
    watch.descriptor = -1;
    watch.duration = 0;
    struct dir_changes changes = poll_changes();
    cr_assert(changes.all);
    dir_changes_finish(&changes);
    watch.duration = (int64_t)3600 * 1000000000;
    changes = poll_changes();
    cr_assert(dir_changes_none(&changes));
    dir_changes_finish(&changes);
}
