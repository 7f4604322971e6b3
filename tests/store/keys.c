/* Keys, declared templates and paths: what all stores share. */
#include "store/keys.h"
#include "store/declared.h"
#include "store/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char listing[4096];

static shoji_status list_key(void *context, const char *key, size_t length)
{
    (void)context;
    size_t used = strlen(listing);
    snprintf(listing + used, sizeof listing - used, "%s%.*s", used > 0 ? " " : "",
             (int)length, key);
    return SHOJI_OK;
}

static const char *keys_of_json(const char *text)
{
    shoji_tree *tree;
    listing[0] = '\0';
    cr_assert(eq(int, shoji_tree_parse(&tree, text, strlen(text), NULL, NULL), SHOJI_OK));
    cr_assert(
        eq(int, store_keys_of_value(shoji_tree_root(tree), list_key, NULL), SHOJI_OK));
    shoji_tree_free(tree);
    return listing;
}

static const char *keys_of_text(const char *text)
{
    listing[0] = '\0';
    cr_assert(eq(int, store_keys_of_text(text, list_key, NULL), SHOJI_OK));
    return listing;
}

Test(keys, are_equal_for_numbers_of_equal_value)
{
    static const struct {
        const char *number;
        const char *key;
    } cases[] = {
        {"0", "n0"},
        {"-0", "n0"},
        {"0.000", "n0"},
        {"-0e99999999999999999999999", "n0"},
        {"100", "n1e2"},
        {"1e2", "n1e2"},
        {"1E+02", "n1e2"},
        {"100.0", "n1e2"},
        {"0.1e3", "n1e2"},
        {"10000e-2", "n1e2"},
        {"-100", "n-1e2"},
        {"387", "n387e0"},
        {"0.5", "n5e-1"},
        {"0.050", "n5e-2"},
        {"123.4560", "n123456e-3"},
        {"9007199254740993", "n9007199254740993e0"},
        {"9007199254740992", "n9007199254740992e0"},
        {"1e400", "n1e400"},
        {"10e399", "n1e400"},
        {"1e99999999999999999", "n1e99999999999999999"},
        {"10e99999999999999999", "n1e100000000000000000"},
        {"1e100000000000000000", "n1e100000000000000000"},
        {"100e999999999999999999999999", "n1e1000000000000000000000001"},
        {"0.01e1000000000000000000000001", "n1e999999999999999999999999"},
        {"0.01e-999999999999999999999999", "n1e-1000000000000000000000001"},
        {"100e-1000000000000000000000000", "n1e-999999999999999999999998"},
        {"1e00000000000000000000000000007", "n1e7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(str, (char *)keys_of_json(cases[i].number), (char *)cases[i].key),
                  "%s", cases[i].number);
}

Test(keys, of_values_say_their_type)
{
    cr_assert(eq(str, (char *)keys_of_json("\"100\""), "s100"));
    cr_assert(eq(str, (char *)keys_of_json("\"\""), "s"));
    cr_assert(eq(str, (char *)keys_of_json("true"), "bt"));
    cr_assert(eq(str, (char *)keys_of_json("false"), "bf"));
    cr_assert(eq(str, (char *)keys_of_json("null"), ""));
    cr_assert(eq(str, (char *)keys_of_json("{\"a\":1}"), ""));
    cr_assert(eq(str, (char *)keys_of_json("[1,\"1\",null,[2],{},true]"), "n1e0 s1 bt"));
    cr_assert(eq(str, (char *)keys_of_json("[]"), ""));
}

Test(keys, of_a_text_are_all_that_it_can_mean)
{
    cr_assert(eq(str, (char *)keys_of_text("JP"), "sJP"));
    cr_assert(eq(str, (char *)keys_of_text(""), "s"));
    cr_assert(eq(str, (char *)keys_of_text("10"), "s10 n1e1"));
    cr_assert(eq(str, (char *)keys_of_text("true"), "strue bt"));
    cr_assert(eq(str, (char *)keys_of_text("false"), "sfalse bf"));
}

Test(keys, of_a_text_that_is_no_json_number_are_of_a_string_alone)
{
    static const char *const texts[] = {"01",  "+1",   ".5",  "1.",   "1e",
                                        "1e+", "--1",  "-",   " 1",   "1 ",
                                        "0x1", "1e5x", "NaN", "1.e5", "null"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "s%s", texts[i]);
        cr_expect(eq(str, (char *)keys_of_text(texts[i]), expected));
    }
}

Test(keys, have_a_greatest_length)
{
    char *text = malloc(STORE_KEY_MAXIMUM + 3);
    memset(text, '7', STORE_KEY_MAXIMUM + 2);
    text[STORE_KEY_MAXIMUM + 2] = '\0';
    cr_assert(eq(str, (char *)keys_of_text(text), ""));
    cr_assert(eq(str, (char *)keys_of_json(text), ""));
    memset(text + 1, '0', STORE_KEY_MAXIMUM + 1);
    cr_assert(eq(str, (char *)keys_of_json(text), "n7e65537"));
    free(text);
}

static shoji_status stop(void *context, const char *key, size_t length)
{
    (void)key;
    (void)length;
    ++*(int *)context;
    return SHOJI_LIMIT;
}

Test(keys, end_where_the_callback_says)
{
    int called = 0;
    cr_assert(eq(int, store_keys_of_text("10", stop, &called), SHOJI_LIMIT));
    cr_assert(eq(int, called, 1));
}

/* "directory pattern" of each template of a catalog with these members. */
static const char *declared(const char *members, const char *base)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"element\":\"shoji:catalog\",%s}", members);
    shoji_document *catalog;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_document_parse(&catalog, text, strlen(text), NULL, &error),
                 SHOJI_OK),
              "%s: %s", text, error.message);
    struct declared_templates found = DECLARED_TEMPLATES_INIT;
    cr_assert(eq(int, declared_templates_read(&found, catalog, base, NULL), SHOJI_OK));
    listing[0] = '\0';
    for (size_t i = 0; i < found.count; i++) {
        size_t used = strlen(listing);
        snprintf(listing + used, sizeof listing - used, "%s%s %s", used > 0 ? "|" : "",
                 found.templates[i].directory, found.templates[i].pattern);
    }
    declared_templates_finish(&found);
    shoji_document_free(catalog);
    return listing;
}

Test(declared, are_resolved_to_absolute_paths)
{
    static const struct {
        const char *reference;
        const char *expected;
    } cases[] = {
        {"{?code}", "/users/ /users/{?code}"},
        {"sellers{?code}", "/users/ /users/sellers{?code}"},
        {"by_name/{name}/", "/users/by_name/ /users/by_name/{name}/"},
        {"variables/?type={type}", "/users/variables/ /users/variables/?type={type}"},
        {"?type={type}", "/users/ /users/?type={type}"},
        {"?path=/a/b/{type}", "/users/ /users/?path=/a/b/{type}"},
        {"../{x}", "/ /{x}"},
        {"../../../{x}", "/ /{x}"},
        {".{x}", "/users/ /users/.{x}"},
        {"./a/../{x}", "/users/ /users/{x}"},
        {"/absolute/{x}", "/absolute/ /absolute/{x}"},
        {"caf%c3%a9/{x}", "/users/caf%C3%A9/ /users/caf%c3%a9/{x}"},
        {"a,b/{x}", "/users/a%2Cb/ /users/a,b/{x}"},
        {"//localhost/a/{x}", "/a/ /a/{x}"},
        {"http://example.org/users/{x}", ""},
        {"http:{x}", ""},
        {"//example.org/{x}", ""},
        {"//localhost:81/{x}", ""},
        {"//example.org{x}", ""},
        {"a#b{x}", ""},
        {"plain", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char members[256];
        snprintf(members, sizeof members, "\"catalogs\":{\"a\":\"%s\"}",
                 cases[i].reference);
        cr_expect(
            eq(str, (char *)declared(members, "/users/"), (char *)cases[i].expected),
            "%s", cases[i].reference);
    }
}

Test(declared, follow_rfc_3986_where_the_base_has_no_slash)
{
    cr_assert(eq(str, (char *)declared("\"views\":{\"a\":\"{?x}\"}", "/a/users"),
                 "/a/ /a/users{?x}"));
    cr_assert(eq(str, (char *)declared("\"views\":{\"a\":\"b{?x}\"}", "/a/users"),
                 "/a/ /a/b{?x}"));
}

Test(declared, are_found_in_every_map)
{
    cr_assert(eq(str,
                 (char *)declared("\"urls\":{\"a\":\"e{?x}\"},\"catalogs\":{\"a\":\"a{?x}"
                                  "\"},\"views\":{\"a\":\"b{?x}\"},\"fragments\":{\"a\":"
                                  "\"c{?x}\"},\"orders\":{\"a\":\"d{?x}\"}",
                                  "/"),
                 "/ /a{?x}|/ /b{?x}|/ /c{?x}|/ /d{?x}|/ /e{?x}"));
}

Test(path, has_a_parent_and_a_segment)
{
    static const struct {
        const char *path;
        const char *parent;
        const char *segment;
    } cases[] = {{"/", "", ""}, {"/a/", "/", "a"}, {"/a/bc/", "/a/", "bc"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].path);
        size_t segment_length;
        const char *segment = store_path_segment(cases[i].path, length, &segment_length);
        cr_assert(
            eq(sz, store_path_parent(cases[i].path, length), strlen(cases[i].parent)));
        cr_assert(eq(sz, segment_length, strlen(cases[i].segment)));
        cr_assert(eq(int, strncmp(segment, cases[i].segment, segment_length), 0));
    }
}

Test(path, is_refused_where_it_is_not_canonical)
{
    static const char *const paths[] = {"", "a/", "/a", "//", "/a//b/", "a"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        cr_assert(eq(int, store_path_check(paths[i], NULL), SHOJI_USAGE), "%s", paths[i]);
    cr_assert(eq(int, store_path_check("/", NULL), SHOJI_OK));
    cr_assert(eq(int, store_path_check("/a/b/", NULL), SHOJI_OK));
}

Test(path, is_refused_where_it_is_too_long_or_too_deep)
{
    char path[STORE_PATH_MAXIMUM + 2];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    path[sizeof path - 2] = '/';
    cr_assert(eq(int, store_path_check(path, NULL), SHOJI_LIMIT));
    path[sizeof path - 3] = '/';
    path[sizeof path - 2] = '\0';
    cr_assert(eq(int, store_path_check(path, NULL), SHOJI_OK));
    for (size_t i = 0; i < STORE_PATH_DEPTH + 1; i++)
        memcpy(path + 2 * i, "/a", 2);
    strcpy(path + 2 * STORE_PATH_DEPTH, "/");
    cr_assert(eq(int, store_path_check(path, NULL), SHOJI_OK));
    strcpy(path + 2 * STORE_PATH_DEPTH, "/a/");
    cr_assert(eq(int, store_path_check(path, NULL), SHOJI_LIMIT));
}
