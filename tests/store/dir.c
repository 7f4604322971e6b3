/* The store of a directory: which files are served, and how changes are noticed. */
#define _XOPEN_SOURCE 700 /* symlink, mkfifo */

#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char catalog[] = "{\"element\":\"shoji:catalog\"}";
static const char entity[] = "{\"element\":\"shoji:entity\",\"body\":{\"n\":1}}";

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture, "dir", NULL, 0);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(dir, .init = setup, .fini = teardown);

static void put(const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "tree/%s", name);
    fixture_write(&fixture, path, text);
}

static const char *path_of(const char *name)
{
    static char paths[2][300];
    static int next;
    next = 1 - next;
    snprintf(paths[next], sizeof paths[next], "%s/tree/%s", fixture.directory, name);
    return paths[next];
}

static struct store_document get(const char *path)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, fixture_read(fixture.store, path, &document, &error), SHOJI_OK),
              "%s: %s", path, error.message);
    return document;
}

static shoji_error get_refused(const char *path, shoji_status status)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, fixture_read(fixture.store, path, &document, &error), status), "%s",
              path);
    return error;
}

static void text_is(const char *path, const char *text)
{
    struct store_document document = get(path);
    cr_assert(eq(str, document.text, (char *)text));
    store_document_finish(&document);
}

static uint64_t shown_revision(const char *path)
{
    struct store_document document = get(path);
    uint64_t revision = document.shown_revision;
    cr_assert(ge(u64, document.shown_revision, document.revision));
    cr_assert(ge(i64, document.shown_modified, document.modified));
    store_document_finish(&document);
    return revision;
}

Test(dir, serves_files_byte_for_byte)
{
    put("a.json", "{ \"element\": \"shoji:entity\",\n  \"body\": {} }\n");
    struct store_document document = get("/a/");
    cr_assert(document.verbatim);
    cr_assert(
        eq(str, document.text, "{ \"element\": \"shoji:entity\",\n  \"body\": {} }\n"));
    store_document_finish(&document);
}

Test(dir, finds_a_document_under_both_of_its_names)
{
    put("a/b.json", "1");
    put("a/c/index.json", "2");
    put("a/d.json", "3");
    put("a/d/index.json", "4");
    text_is("/a/b/", "1");
    text_is("/a/c/", "2");
    text_is("/a/d/", "3");
    get_refused("/a/c/index/", SHOJI_NOT_FOUND);
}

Test(dir, computes_a_catalog_where_a_directory_has_no_document)
{
    put("a/b.json", entity);
    struct store_document root = get("/");
    cr_assert(not(root.verbatim));
    cr_assert(eq(int, root.element, SHOJI_ELEMENT_CATALOG));
    cr_assert(eq(str, root.text, (char *)catalog));
    store_document_finish(&root);
    struct store_document computed = get("/a/");
    cr_assert(not(computed.verbatim));
    cr_assert(eq(u64, computed.member_count, 1));
    store_document_finish(&computed);
    cr_assert(eq(str, (char *)fixture_children(fixture.store, "/", 0), "a"));
    put("index.json", catalog);
    root = get("/");
    cr_assert(root.verbatim);
    store_document_finish(&root);
}

Test(dir, lists_members_in_the_order_of_their_names)
{
    put("a/b.json", entity);
    put("a/a/index.json", entity);
    put("a/C.json", entity);
    put("a/v.json", "1");
    put("a/sub/x.json", entity);
    cr_assert(eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL),
                 "C a b"));
}

Test(dir, encodes_names)
{
    put("caf\xc3\xa9 b.json", "1");
    put("a,b%2F.json", "2");
    text_is("/caf%C3%A9%20b/", "1");
    text_is("/a%2Cb%252F/", "2");
    get_refused("/a%2Cb%2F/", SHOJI_NOT_FOUND);
}

Test(dir, leaves_out_what_is_hidden_or_no_json)
{
    put(".a.json", "1");
    put(".git/config.json", "1");
    put("b.txt", "1");
    put(".json", "1");
    put("c.JSON", "1");
    static const char *const paths[] = {
        "/.a/", "/.git/", "/.git/config/", "/b/", "/b.txt/", "//", "/c/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        get_refused(paths[i], SHOJI_NOT_FOUND);
}

Test(dir, follows_no_link_and_reads_no_special_file)
{
    fixture_write(&fixture, "secret.json", "\"secret\"");
    fixture_write(&fixture, "outside/x.json", "\"secret\"");
    put("real.json", "1");
    cr_assert(eq(int, symlink("../secret.json", path_of("a.json")), 0));
    cr_assert(eq(int, symlink("real.json", path_of("b.json")), 0));
    cr_assert(eq(int, symlink("../outside", path_of("c")), 0));
    cr_assert(eq(int, symlink("/etc", path_of("d")), 0));
    cr_assert(eq(int, mkfifo(path_of("e.json"), 0644), 0));
    static const char *const paths[] = {
        "/a/",          "/b/", "/c/",         "/c/x/",
        "/d/",          "/e/", "/../secret/", "/%2E%2E/secret/",
        "/..%2Fsecret/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        get_refused(paths[i], SHOJI_NOT_FOUND);
    text_is("/real/", "1");
}

Test(dir, notices_a_file_that_is_edited_added_or_removed)
{
    put("a/b.json", "1");
    text_is("/a/b/", "1");
    put("a/b.json", "2");
    text_is("/a/b/", "2");
    put("a/b.json", "3");
    text_is("/a/b/", "3");
    put("a/c.json", "4");
    text_is("/a/c/", "4");
    cr_assert(eq(int, unlink(path_of("a/b.json")), 0));
    get_refused("/a/b/", SHOJI_NOT_FOUND);
    cr_assert(eq(int, rename(path_of("a/c.json"), path_of("a/d.json")), 0));
    get_refused("/a/c/", SHOJI_NOT_FOUND);
    text_is("/a/d/", "4");
}

Test(dir, notices_a_change_beside_what_does_not_change)
{
    put("index.json", catalog);
    put("a.json", catalog);
    put("a/b.json", "1");
    put("a/b/c.json", "2");
    put("a/b/d/e.json", "3");
    put("z/y.json", "4");
    text_is("/a/b/d/e/", "3");
    put("a/b/d/e.json", "5");
    put("a/b.json", "6");
    text_is("/a/b/d/e/", "5");
    text_is("/a/b/", "6");
    text_is("/a/b/c/", "2");
    text_is("/z/y/", "4");
    text_is("/", catalog);
    cr_assert(eq(int, unlink(path_of("a/b.json")), 0));
    cr_assert(eq(int, unlink(path_of("index.json")), 0));
    struct store_document computed = get("/a/b/");
    cr_assert(not(computed.verbatim));
    store_document_finish(&computed);
    computed = get("/");
    cr_assert(not(computed.verbatim));
    store_document_finish(&computed);
    put("a/b/index.json", "7");
    text_is("/a/b/", "7");
    text_is("/a/b/d/e/", "5");
}

Test(dir, notices_many_changes_at_once)
{
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "a/%d.json", i);
        put(name, "1");
    }
    text_is("/a/199/", "1");
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "a/%d.json", i);
        put(name, "2");
    }
    text_is("/a/0/", "2");
    text_is("/a/199/", "2");
}

Test(dir, notices_directories_that_come_move_and_go)
{
    put("a/b/c.json", "1");
    text_is("/a/b/c/", "1");
    cr_assert(eq(int, rename(path_of("a"), path_of("z")), 0));
    get_refused("/a/b/c/", SHOJI_NOT_FOUND);
    text_is("/z/b/c/", "1");
    put("z/b/c.json", "2");
    text_is("/z/b/c/", "2");
    cr_assert(eq(int, unlink(path_of("z/b/c.json")), 0));
    cr_assert(eq(int, rmdir(path_of("z/b")), 0));
    get_refused("/z/b/", SHOJI_NOT_FOUND);
    put("z/b/d.json", "3");
    text_is("/z/b/d/", "3");
}

Test(dir, changes_the_revision_with_the_content)
{
    put("a/b.json", entity);
    put("a/index.json", catalog);
    uint64_t document = shown_revision("/a/b/");
    uint64_t above = shown_revision("/a/");
    cr_assert(eq(u64, shown_revision("/a/b/"), document));
    cr_assert(eq(u64, shown_revision("/a/"), above));
    put("a/b.json", "{\"element\":\"shoji:entity\",\"body\":{\"n\":2}}");
    cr_assert(ne(u64, shown_revision("/a/b/"), document));
    cr_assert(ne(u64, shown_revision("/a/"), above));
    above = shown_revision("/a/");
    put("a/c.json", entity);
    cr_assert(ne(u64, shown_revision("/a/"), above));
    above = shown_revision("/a/");
    cr_assert(eq(int, unlink(path_of("a/c.json")), 0));
    cr_assert(ne(u64, shown_revision("/a/"), above));
}

Test(dir, has_the_same_id_and_revisions_when_it_is_opened_again)
{
    char id[17];
    put("a.json", entity);
    strcpy(id, fixture.store->id);
    uint64_t revision = shown_revision("/a/");
    uint64_t root = shown_revision("/");
    fixture_reopen(&fixture, false);
    cr_assert(eq(str, fixture.store->id, id));
    cr_assert(eq(u64, shown_revision("/a/"), revision));
    cr_assert(eq(u64, shown_revision("/"), root));
}

Test(dir, reports_a_broken_file_and_serves_the_others)
{
    put("a/1.json", entity);
    put("a/2.json", "{\"element\":\"shoji:entity\",\n\"body\":{},}");
    put("a/3.json", "{\"element\":\"shoji:entity\"}");
    put("a/4.json", "");
    shoji_error error = get_refused("/a/2/", SHOJI_INVALID);
    cr_assert(eq(str, (char *)error.code, STORE_BROKEN));
    cr_assert(eq(int, strncmp(error.message, "a/2.json:2:", 11), 0), "%s", error.message);
    cr_assert(eq(sz, error.line, 2));
    error = get_refused("/a/3/", SHOJI_INVALID);
    cr_assert(eq(int, strncmp(error.message, "a/3.json:", 9), 0), "%s", error.message);
    get_refused("/a/4/", SHOJI_INVALID);
    cr_assert(
        eq(str, (char *)fixture_members(fixture.store, "/a/", NULL, NULL, NULL), "1"));
    struct store_query all = {NULL, 0, 0, 0};
    cr_assert(eq(u64, fixture_count(fixture.store, "/a/", &all), 1));
    put("a/2.json", entity);
    text_is("/a/2/", entity);
}

Test(dir, does_not_read_a_file_that_is_too_large)
{
    put("a.json", "1");
    put("b.json", "1");
    cr_assert(eq(int, truncate(path_of("a.json"), 64 * 1024 * 1024 + 1), 0));
    shoji_error error = get_refused("/a/", SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "a.json has more than"), NULL), "%s",
              error.message);
    text_is("/b/", "1");
}

Test(dir, reports_what_it_may_not_read)
{
    put("a.json", entity);
    put("b/c.json", entity);
    cr_assert(eq(int, chmod(path_of("a.json"), 0), 0));
    cr_assert(eq(int, chmod(path_of("b"), 0), 0));
    cr_assert(eq(int, chmod(fixture.directory, 0755), 0));
    bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert(eq(int, seteuid(65534), 0));
    fixture_reopen(&fixture, false);
    shoji_error error = get_refused("/a/", SHOJI_INVALID);
    shoji_error below = get_refused("/b/", SHOJI_INVALID);
    if (is_root)
        cr_assert(eq(int, seteuid(0), 0));
    cr_assert(eq(str, (char *)error.code, STORE_BROKEN));
    cr_assert(ne(ptr, strstr(error.message, "a.json"), NULL), "%s", error.message);
    cr_assert(ne(ptr, strstr(below.message, "Permission denied"), NULL), "%s",
              below.message);
    cr_assert(eq(int, chmod(path_of("b"), 0755), 0));
}

Test(dir, does_not_read_what_lies_too_deep)
{
    char name[256] = "";
    char path[256] = "/";
    for (int i = 0; i < 65; i++) {
        strcat(name, "d/");
        strcat(path, "d/");
    }
    strcat(name, "x.json");
    put(name, "1");
    shoji_error error = get_refused(path, SHOJI_INVALID);
    cr_assert(ne(ptr, strstr(error.message, "too deep"), NULL), "%s", error.message);
    path[strlen(path) - 2] = '\0';
    struct store_document document = get(path);
    store_document_finish(&document);
}

Test(dir, takes_no_writes)
{
    struct store_result result = {0, false, 9};
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(fixture.store->read_only);
    cr_assert(eq(
        int, fixture_commit(fixture.store, STORE_PUT, "/a/", entity, 0, &result, &error),
        SHOJI_USAGE));
    cr_assert(eq(str, (char *)error.code, STORE_READ_ONLY));
    cr_assert(eq(sz, result.failed, 0));
}

Test(dir, keeps_a_snapshot_as_it_was)
{
    struct store *store = fixture.store;
    struct store_snapshot *snapshot;
    struct store_document document = STORE_DOCUMENT_INIT;
    put("a.json", "1");
    cr_assert(eq(int, store->methods->snapshot(store, &snapshot, NULL), SHOJI_OK));
    put("a.json", "2");
    text_is("/a/", "2");
    cr_assert(
        eq(int, store->methods->read(snapshot, "/a/", false, &document, NULL), SHOJI_OK));
    cr_assert(eq(str, document.text, "1"));
    store_document_finish(&document);
    store->methods->release(snapshot);
}

Test(dir, resolves_templates_where_the_catalog_is_served)
{
    put("users.json",
        "{\"element\":\"shoji:catalog\",\"self\":\"http://example.org/users\","
        "\"catalogs\":{\"s\":\"sellers{?sold_count}\"}}");
    put("later.json",
        "{\"element\":\"shoji:catalog\",\"self\":\"http://example.org/later\","
        "\"index\":{},\"catalogs\":{\"s\":\"sellers{?sold_count}\"}}");
    cr_assert(eq(str, (char *)fixture_templates(fixture.store, "/users/sellers/"),
                 "/users/sellers{?sold_count} /sellers{?sold_count}"));
    put("users.json", catalog);
    cr_assert(eq(str, (char *)fixture_templates(fixture.store, "/users/sellers/"),
                 "/sellers{?sold_count}"));
}

Test(dir, refuses_what_is_no_directory)
{
    struct store *store;
    char specification[200];
    shoji_error error = SHOJI_ERROR_INIT;
    put("a.json", "1");
    snprintf(specification, sizeof specification, "dir:%s", path_of("a.json"));
    cr_assert(eq(int, store_open(&store, specification, false, &error), SHOJI_INVALID));
    snprintf(specification, sizeof specification, "dir:%s", path_of("missing"));
    cr_assert(eq(int, store_open(&store, specification, false, &error), SHOJI_NOT_FOUND));
    cr_assert(ne(ptr, strstr(error.message, "missing"), NULL), "%s", error.message);
}
