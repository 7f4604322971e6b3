/* Making documents, and editing them. */
#include "document/names.h"
#include "support/failing_memory.h"

#include <shoji/builder.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_built(const shoji_builder *builder, const char *expected)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_builder_emit(&text, builder, NULL), SHOJI_OK));
    cr_assert(eq(str, text.bytes, (char *)expected));
    shoji_buffer_finish(&text);
}

Test(builder, makes_each_element)
{
    static const char *const expected[] = {
        [SHOJI_ELEMENT_VALUE] = "{}",
        [SHOJI_ELEMENT_CATALOG] = "{\"element\":\"shoji:catalog\"}",
        [SHOJI_ELEMENT_ENTITY] = "{\"element\":\"shoji:entity\",\"body\":{}}",
        [SHOJI_ELEMENT_VIEW] = "{\"element\":\"shoji:view\",\"value\":null}",
        [SHOJI_ELEMENT_FRAGMENT] = "{\"element\":\"shoji:fragment\",\"value\":null}",
        [SHOJI_ELEMENT_ORDER] = "{\"element\":\"shoji:order\",\"graph\":[]}",
    };
    for (int element = SHOJI_ELEMENT_VALUE; element <= SHOJI_ELEMENT_ORDER; element++) {
        shoji_builder *builder;
        shoji_document *document = NULL;
        cr_assert(eq(int, shoji_builder_new(&builder, (shoji_element)element), SHOJI_OK));
        expect_built(builder, expected[element]);
        cr_assert(eq(int, shoji_builder_finish(builder, &document, NULL), SHOJI_OK));
        cr_assert(eq(int, shoji_document_element(document), element));
        shoji_document_free(document);
        shoji_builder_free(builder);
    }
}

Test(builder, makes_a_catalog)
{
    shoji_builder *builder;
    shoji_tree *tuple;
    shoji_tree_parse(&tuple, "{\"n\":1.50}", 10, NULL, NULL);
    shoji_builder_new(&builder, SHOJI_ELEMENT_CATALOG);
    shoji_builder_set_string(builder, "/title", "A \"title\"");
    shoji_builder_set_link(builder, SHOJI_CATALOGS, "by a/b~c", "{?a}");
    shoji_builder_add_entity(builder, "1/");
    shoji_builder_add_entity(builder, "2/");
    shoji_builder_set_tuple(builder, "3/", shoji_tree_root(tuple));
    shoji_builder_set_tuple(builder, "4/", shoji_tree_root(NULL));
    expect_built(builder, "{\"element\":\"shoji:catalog\",\"title\":\"A \\\"title\\\"\","
                          "\"catalogs\":{\"by a/b~c\":\"{?a}\"},"
                          "\"entities\":[\"1/\",\"2/\"],"
                          "\"index\":{\"3/\":{\"n\":1.50},\"4/\":null}}");
    shoji_builder_free(builder);
    shoji_tree_free(tuple);
}

static shoji_document *parse(const char *text)
{
    shoji_document *document = NULL;
    cr_assert(eq(int, shoji_document_parse(&document, text, strlen(text), NULL, NULL),
                 SHOJI_OK));
    return document;
}

Test(builder, changes_nothing_but_what_is_edited)
{
    shoji_document *document =
        parse("{\"x\":1e2,\"element\":\"shoji:entity\",\"body\":{\"a\":[1.0,{\"b\":2}],"
              "\"c\":0.10,\"d\":null},\"y\":{}}");
    shoji_builder *builder;
    cr_assert(eq(int, shoji_builder_edit(&builder, document), SHOJI_OK));
    shoji_builder_set_boolean(builder, "/body/a/1/b", true);
    shoji_builder_set_number(builder, "/body/a/-", "7");
    shoji_builder_set_string(builder, "/body/e/f", "new");
    cr_assert(eq(int, shoji_builder_remove(builder, "/body/d"), SHOJI_OK));
    cr_assert(eq(int, shoji_builder_remove(builder, "/body/d"), SHOJI_NOT_FOUND));
    cr_assert(eq(int, shoji_builder_remove(builder, "/body/a/0"), SHOJI_OK));
    expect_built(builder,
                 "{\"x\":1e2,\"element\":\"shoji:entity\",\"body\":{\"a\":[{\"b\":"
                 "true},7],\"c\":0.10,\"e\":{\"f\":\"new\"}},\"y\":{}}");
    shoji_builder_free(builder);
    shoji_document_free(document);
}

Test(builder, turns_an_array_of_draft_01_into_a_map)
{
    shoji_document *document =
        parse("{\"element\":\"shoji:catalog\",\"catalogs\":[\"a/\",\"b/\"]}");
    shoji_builder *builder;
    shoji_builder_edit(&builder, document);
    shoji_builder_set_link(builder, SHOJI_CATALOGS, "c", "c/");
    expect_built(builder, "{\"element\":\"shoji:catalog\",\"catalogs\":{\"a/\":\"a/\","
                          "\"b/\":\"b/\",\"c\":\"c/\"}}");
    shoji_builder_free(builder);
    shoji_document_free(document);
}

struct misuse_case {
    const char *pointer;
    shoji_status status;
};

Test(builder, keeps_its_first_error)
{
    static const struct misuse_case cases[] = {
        {"body", SHOJI_USAGE},           {"/body/~", SHOJI_USAGE},
        {"/element/x", SHOJI_NOT_FOUND}, {"/list/5", SHOJI_NOT_FOUND},
        {"/list/01", SHOJI_NOT_FOUND},
    };
    shoji_document *document = parse("{\"element\":\"shoji:catalog\",\"list\":[1]}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_builder *builder;
        shoji_document *built = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_builder_edit(&builder, document);
        cr_assert(
            eq(int, shoji_builder_set_null(builder, cases[i].pointer), cases[i].status),
            "%s", cases[i].pointer);
        cr_assert(
            eq(int, shoji_builder_set_string(builder, "/title", "x"), cases[i].status));
        cr_assert(
            eq(int, shoji_builder_finish(builder, &built, &error), cases[i].status));
        cr_assert(eq(ptr, built, NULL));
        shoji_builder_free(builder);
    }
    shoji_document_free(document);
}

Test(builder, refuses_text_that_no_document_can_hold)
{
    shoji_builder *builder;
    shoji_builder_new(&builder, SHOJI_ELEMENT_ENTITY);
    cr_assert(
        eq(int, shoji_builder_set_string(builder, "/body/a", "\xff"), SHOJI_SYNTAX));
    shoji_builder_free(builder);
    shoji_builder_new(&builder, SHOJI_ELEMENT_ENTITY);
    cr_assert(eq(int, shoji_builder_set_number(builder, "/body/a", "1."), SHOJI_SYNTAX));
    shoji_builder_free(builder);
}

Test(builder, validates_what_it_finishes)
{
    shoji_builder *builder;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_builder_new(&builder, SHOJI_ELEMENT_CATALOG);
    shoji_builder_set_link(builder, SHOJI_VIEWS, "broken", "{");
    cr_assert(eq(int, shoji_builder_finish(builder, &document, &error), SHOJI_INVALID));
    cr_assert(eq(str, error.pointer, "/views/broken"));
    shoji_builder_free(builder);
}

static int build(const shoji_document *document)
{
    shoji_builder *builder = NULL;
    shoji_document *built = NULL;
    shoji_status status = shoji_builder_edit(&builder, document);
    if (status == SHOJI_OK) {
        shoji_builder_set_link(builder, SHOJI_CATALOGS, "a name/with ~ in it", "x/");
        shoji_builder_add_entity(builder, "1/");
        shoji_builder_set_tuple(builder, "2/", shoji_tree_root(NULL));
        shoji_builder_remove(builder, "/list/0");
        shoji_builder_set_string(builder, "/views/-", "w");
        shoji_builder_set_null(builder, "/many/18");
        status = shoji_builder_finish(builder, &built, NULL);
    }
    shoji_document_free(built);
    shoji_builder_free(builder);
    return status;
}

Test(builder, survives_every_failed_allocation)
{
    shoji_document *document =
        parse("{\"element\":\"shoji:catalog\",\"catalogs\":[\"a\"],\"views\":[\"v\"],"
              "\"urls\":[\"u\"],\"list\":[1,[2]],\"many\":{\"1\":1,\"2\":2,\"3\":3,"
              "\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9,\"10\":10,\"11\":11,"
              "\"12\":12,\"13\":13,\"14\":14,\"15\":15,\"16\":16,\"17\":17}}");
    int failures;
    FAILING_MEMORY_SWEEP(failures, build(document));
    cr_assert(gt(int, failures, 10));
    shoji_document_free(document);
}

static int make_new(void)
{
    shoji_builder *builder = NULL;
    shoji_status status = shoji_builder_new(&builder, SHOJI_ELEMENT_ORDER);
    shoji_builder_free(builder);
    return status;
}

Test(builder, survives_every_failed_allocation_of_a_new_document)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, make_new());
    cr_assert(gt(int, failures, 1));
}

Test(builder, makes_one_link_of_an_array_item_that_stands_twice)
{
    shoji_document *document =
        parse("{\"element\":\"shoji:catalog\",\"views\":[\"a\",\"b\",\"a\"]}");
    shoji_document *built = NULL;
    shoji_builder *builder;
    cr_assert(eq(int, shoji_builder_edit(&builder, document), SHOJI_OK));
    cr_assert(eq(int, shoji_builder_set_link(builder, SHOJI_VIEWS, "c", "d"), SHOJI_OK));
    expect_built(builder, "{\"element\":\"shoji:catalog\","
                          "\"views\":{\"b\":\"b\",\"a\":\"a\",\"c\":\"d\"}}");
    cr_assert(eq(int, shoji_builder_finish(builder, &built, NULL), SHOJI_OK));
    shoji_document_free(built);
    shoji_builder_free(builder);
    shoji_document_free(document);
}

Test(builder, makes_a_map_of_null)
{
    shoji_document *document = parse("{\"element\":\"shoji:catalog\",\"urls\":null}");
    shoji_builder *builder;
    shoji_builder_edit(&builder, document);
    cr_assert(eq(int, shoji_builder_set_link(builder, SHOJI_URLS, "a", "b"), SHOJI_OK));
    expect_built(builder, "{\"element\":\"shoji:catalog\",\"urls\":{\"a\":\"b\"}}");
    shoji_builder_free(builder);
    shoji_document_free(document);
}

Test(builder, leaves_a_bare_value_one)
{
    static const char text[] = "{\"element\":\"He\",\"number\":2}";
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_document *document = NULL;
    shoji_document *built = NULL;
    shoji_builder *builder;
    options.expect = SHOJI_EXPECT_VALUE;
    shoji_document_parse(&document, text, sizeof text - 1, &options, NULL);
    shoji_builder_edit(&builder, document);
    cr_assert(eq(int, shoji_builder_finish(builder, &built, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_document_element(built), SHOJI_ELEMENT_VALUE));
    shoji_document_free(built);
    shoji_builder_free(builder);
    shoji_document_free(document);
}

/* By [DOC-21] of spec/shoji.md, whoever writes the document. */
Test(builder, writes_arrays_of_draft_01_as_maps_as_a_document_does)
{
    static const char expected[] = "{\"element\":\"shoji:catalog\",\"views\":{\"b\":"
                                   "\"b\",\"a\":\"a\"},\"x\":[\"a\"]}";
    shoji_document *document = parse(
        "{\"element\":\"shoji:catalog\",\"views\":[\"a\",\"b\",\"a\"],\"x\":[\"a\"]}");
    shoji_builder *builder;
    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    shoji_document_emit(&emitted, document, NULL);
    cr_expect(eq(str, emitted.bytes, (char *)expected));
    shoji_builder_edit(&builder, document);
    expect_built(builder, expected);
    shoji_builder_set_null(builder, "/y");
    expect_built(builder, "{\"element\":\"shoji:catalog\",\"views\":{\"b\":\"b\",\"a\":"
                          "\"a\"},\"x\":[\"a\"],\"y\":null}");
    shoji_builder_set_string(builder, "/views/0", "c");
    shoji_builder_set_string(builder, "/views/-", "b");
    expect_built(builder, "{\"element\":\"shoji:catalog\",\"views\":{\"c\":\"c\",\"a\":"
                          "\"a\",\"b\":\"b\"},\"x\":[\"a\"],\"y\":null}");
    shoji_builder_set_number(builder, "/views/-", "1");
    expect_built(builder,
                 "{\"element\":\"shoji:catalog\",\"views\":[\"c\",\"b\",\"a\",\"b\","
                 "1],\"x\":[\"a\"],\"y\":null}");
    shoji_builder_free(builder);
    shoji_document_free(document);
    shoji_buffer_finish(&emitted);
}

Test(builder, leaves_the_arrays_of_a_bare_value)
{
    static const char text[] = "{\"views\":[\"a\",\"a\"]}";
    shoji_document *document = parse(text);
    shoji_builder *builder;
    shoji_builder_edit(&builder, document);
    expect_built(builder, text);
    shoji_builder_set_null(builder, "/x");
    expect_built(builder, "{\"views\":[\"a\",\"a\"],\"x\":null}");
    shoji_builder_free(builder);
    shoji_document_free(document);
}

/* Were an edit to look at all members, these would take minutes. */
Test(builder, edits_among_very_many_members)
{
    enum {
        TUPLES = 100000
    };
    shoji_builder *builder;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    char reference[24];
    char pointer[32];
    shoji_builder_new(&builder, SHOJI_ELEMENT_CATALOG);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < TUPLES; i++) {
            snprintf(reference, sizeof reference, "%d/", i);
            shoji_builder_set_tuple(builder, reference, shoji_tree_root(NULL));
        }
    }
    for (int i = 0; i < TUPLES; i++) {
        snprintf(pointer, sizeof pointer, "/index/%d~1", i);
        if (i % 1000 != 7)
            shoji_builder_remove(builder, pointer);
    }
    shoji_builder_set_boolean(builder, "/index/7~1", true);
    cr_assert(eq(int, shoji_builder_emit(&text, builder, NULL), SHOJI_OK));
    static const char begins[] =
        "{\"element\":\"shoji:catalog\",\"index\":{\"7/\":true,\"1007/\":null,";
    cr_expect(eq(int, strncmp(text.bytes, begins, sizeof begins - 1), 0));
    shoji_builder_free(builder);
    shoji_buffer_finish(&text);
}

Test(builder, makes_a_map_of_a_very_long_array)
{
    enum {
        LINKS = 100000
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"element\":\"shoji:catalog\",\"urls\":[\"x\"");
    for (int i = 0; i < LINKS; i++)
        shoji_buffer_append_format(&text, ",\"%d\"", i % (LINKS / 2));
    shoji_buffer_append_string(&text, "]}");
    shoji_document *document = parse(text.bytes);
    shoji_document *built = NULL;
    shoji_builder *builder;
    shoji_builder_edit(&builder, document);
    shoji_builder_set_link(builder, SHOJI_URLS, "x", "y");
    cr_assert(eq(int, shoji_builder_finish(builder, &built, NULL), SHOJI_OK));
    shoji_value urls = shoji_value_member(shoji_document_root(built), "urls");
    cr_expect(eq(sz, shoji_value_size(urls), LINKS / 2 + 1));
    shoji_document_free(built);
    shoji_builder_free(builder);
    shoji_document_free(document);
    shoji_buffer_finish(&text);
}

/* What is replaced is not kept. */
Test(builder, takes_no_more_memory_however_often_it_is_edited)
{
    shoji_builder *builder;
    long live = 0;
    shoji_builder_new(&builder, SHOJI_ELEMENT_ENTITY);
    for (int i = 0; i < 10000; i++) {
        shoji_builder_set_object(builder, "/body");
        for (int n = 0; n < 20; n++) {
            char pointer[24];
            snprintf(pointer, sizeof pointer, "/body/%d/x", n);
            shoji_builder_set_string(builder, pointer, "text");
        }
        shoji_builder_remove(builder, "/body/7");
        if (i == 0)
            live = failing_memory_live();
    }
    cr_expect(eq(long, failing_memory_live(), live));
    shoji_builder_free(builder);
}

/* Emits a value with one of its nodes replaced, or removed where the replacement is
 * SHOJI_NONE; by recursion, as nothing in the library does. */
static void write_changed(shoji_writer *writer, shoji_value value, uint32_t changed,
                          shoji_value replacement)
{
    if (value.node == changed) {
        shoji_writer_value(writer, replacement);
    } else if (shoji_value_type(value) == SHOJI_OBJECT) {
        shoji_members members = shoji_value_members(value);
        shoji_member member;
        shoji_writer_begin_object(writer);
        while (shoji_members_next(&members, &member)) {
            if (member.value.node == changed && !shoji_value_exists(replacement))
                continue;
            shoji_writer_name_n(writer, member.name, member.name_length);
            write_changed(writer, member.value, changed, replacement);
        }
        shoji_writer_end_object(writer);
    } else if (shoji_value_type(value) == SHOJI_ARRAY) {
        shoji_items items = shoji_value_items(value);
        shoji_value item;
        shoji_writer_begin_array(writer);
        while (shoji_items_next(&items, &item))
            if (item.node != changed || shoji_value_exists(replacement))
                write_changed(writer, item, changed, replacement);
        shoji_writer_end_array(writer);
    } else {
        shoji_writer_value(writer, value);
    }
}

/* One document, with the place at hand: each is edited, and the whole compared. */
struct edits {
    const shoji_document *document;
    shoji_value replacement;
    char pointer[1024];
    size_t count;
};

static void expect_edited(const struct edits *edits, const shoji_builder *builder,
                          shoji_value changed, shoji_value replacement)
{
    shoji_buffer expected = SHOJI_BUFFER_INIT;
    shoji_buffer had = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_writer_new(&writer, shoji_buffer_sink, &expected, NULL);
    write_changed(writer, shoji_document_root(edits->document), changed.node,
                  replacement);
    cr_assert(eq(int, shoji_writer_end(writer), SHOJI_OK));
    cr_assert(eq(int, shoji_builder_emit(&had, builder, NULL), SHOJI_OK));
    cr_expect(eq(str, had.bytes, expected.bytes), "%s", edits->pointer);
    shoji_writer_free(writer);
    shoji_buffer_finish(&expected);
    shoji_buffer_finish(&had);
}

static void edit_here(struct edits *edits, shoji_value value)
{
    shoji_builder *builder;
    shoji_builder_edit(&builder, edits->document);
    cr_assert(eq(int, shoji_builder_set(builder, edits->pointer, edits->replacement),
                 SHOJI_OK));
    expect_edited(edits, builder, value, edits->replacement);
    shoji_builder_free(builder);
    edits->count++;
    if (edits->pointer[0] == '\0')
        return;
    shoji_builder_edit(&builder, edits->document);
    cr_assert(eq(int, shoji_builder_remove(builder, edits->pointer), SHOJI_OK));
    expect_edited(edits, builder, value, shoji_tree_root(NULL));
    shoji_builder_free(builder);
}

static void edit_within(struct edits *edits, shoji_value value);

static void edit_child(struct edits *edits, const char *token, size_t length,
                       shoji_value child)
{
    size_t end = strlen(edits->pointer);
    size_t at = end;
    if (strlen(token) != length || end + 2 * length + 2 > sizeof edits->pointer)
        return;
    edits->pointer[at++] = '/';
    for (; *token != '\0'; token++) {
        if (*token == '~' || *token == '/') {
            edits->pointer[at++] = '~';
            edits->pointer[at++] = *token == '~' ? '0' : '1';
        } else {
            edits->pointer[at++] = *token;
        }
    }
    edits->pointer[at] = '\0';
    edit_within(edits, child);
    edits->pointer[end] = '\0';
}

static void edit_within(struct edits *edits, shoji_value value)
{
    edit_here(edits, value);
    shoji_members members = shoji_value_members(value);
    shoji_items items = shoji_value_items(value);
    shoji_member member;
    shoji_value item;
    char token[24];
    while (shoji_members_next(&members, &member))
        edit_child(edits, member.name, member.name_length, member.value);
    for (size_t i = 0; shoji_items_next(&items, &item); i++) {
        int length = snprintf(token, sizeof token, "%zu", i);
        edit_child(edits, token, (size_t)length, item);
    }
}

/* Reads what is emitted, so that it has no arrays of draft 01 and no members twice. */
static size_t edit_everywhere(const char *text, size_t length, shoji_value replacement)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_document *read = NULL;
    shoji_document *document = NULL;
    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    struct edits edits = {.replacement = replacement};
    if (shoji_document_parse(&read, text, length, &options, NULL) == SHOJI_OK &&
        shoji_document_emit(&emitted, read, NULL) == SHOJI_OK &&
        shoji_document_parse(&document, emitted.bytes, emitted.length, &options, NULL) ==
            SHOJI_OK) {
        edits.document = document;
        edit_within(&edits, shoji_document_root(document));
    }
    shoji_document_free(document);
    shoji_document_free(read);
    shoji_buffer_finish(&emitted);
    return edits.count;
}

static size_t edit_vector(const char *path, shoji_value replacement)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s", path);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    shoji_tree *vector = NULL;
    cr_assert(eq(int, shoji_tree_parse(&vector, bytes, length, NULL, NULL), SHOJI_OK));
    const char *text =
        shoji_value_string(shoji_value_member(shoji_tree_root(vector), "text"), &length);
    size_t count = text != NULL ? edit_everywhere(text, length, replacement) : 0;
    shoji_tree_free(vector);
    return count;
}

/* Each value of each document of the vectors is replaced, and removed, by itself. */
Test(builder, changes_nothing_else_of_any_vector)
{
    const char *vectors = getenv("SHOJI_VECTORS");
    cr_assert(ne(ptr, (void *)vectors, NULL), "SHOJI_VECTORS must name spec/vectors");
    char path[4096];
    size_t count = 0;
    shoji_tree *replacement = NULL;
    shoji_tree_parse(&replacement, "{\"new\":[1.0]}", 13, NULL, NULL);
    snprintf(path, sizeof path, "%s/documents/valid", vectors);
    DIR *folder = opendir(path);
    cr_assert(ne(ptr, folder, NULL), "%s", path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/documents/valid/%s", vectors, entry->d_name);
        count += edit_vector(path, shoji_tree_root(replacement));
    }
    closedir(folder);
    shoji_tree_free(replacement);
    cr_expect(gt(sz, count, 300));
}

enum {
    NAMES = 512,
    NAME_SIZE = 4
};

static size_t find_in_table(struct shoji__slice *table, struct shoji__slice name)
{
    size_t i = 0;
    while (i < NAMES && (table[i].bytes == NULL || !shoji__slice_equal(table[i], name)))
        i++;
    return i;
}

/* Against a table: names of few different bytes, NUL among them, that begin each other.
 */
Test(names, are_found_replaced_and_removed)
{
    static char bytes[NAMES][NAME_SIZE];
    static struct shoji__slice table[NAMES];
    struct shoji__arena arena = SHOJI__ARENA_INIT;
    struct shoji__name_pool pool = {&arena, NULL};
    struct shoji__names names = {{NULL, NULL}};
    uint32_t random = 1;
    for (int step = 0; step < 40000; step++) {
        random = random * 1664525 + 1013904223;
        size_t slot = random >> 8 & (NAMES - 1);
        struct shoji__slice *was = &table[slot];
        if (was->bytes != NULL) {
            cr_assert(eq(ptr, shoji__names_find(&names, *was), was));
            shoji__names_remove(&names, &pool, *was);
            cr_assert(eq(ptr, shoji__names_find(&names, *was), NULL));
            was->bytes = NULL;
            continue;
        }
        for (size_t i = 0; i < NAME_SIZE; i++)
            bytes[slot][i] = "\0\x01\x80\xff"[random >> (20 + 2 * i) & 3];
        struct shoji__slice name = shoji__slice(bytes[slot], random >> 17 & 3);
        size_t equal = find_in_table(table, name);
        struct shoji__slice *replaced = NULL;
        *was = name;
        cr_assert(shoji__names_put(&names, &pool, was, &replaced));
        cr_assert(eq(ptr, replaced, equal < NAMES ? &table[equal] : NULL));
        if (replaced != NULL)
            replaced->bytes = NULL;
    }
    shoji__names_clear(&names, &pool);
    cr_assert(eq(ptr, shoji__names_find(&names, shoji__slice("", 0)), NULL));
    shoji__arena_finish(&arena);
}

/* The first failure of a run of calls that is checked once, at its end. */
Test(builder, finish_says_what_could_not_be_built)
{
    static const char fine[] = "0";
    const struct {
        const char *pointer;
        const char *number;
        shoji_status status;
        const char *message;
    } cases[] = {
        {"/body/m", "01", SHOJI_SYNTAX,
         "the document could not be built: at \"/body/m\", the number is no JSON number"},
        {"body", fine, SHOJI_USAGE,
         "the document could not be built: at \"body\", which is no JSON Pointer"},
        {"/element/x", fine, SHOJI_NOT_FOUND,
         "the document could not be built: at \"/element/x\", which leads through a "
         "scalar "
         "or past the end of an array"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_builder *builder;
        shoji_document *document = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_assert(eq(int, shoji_builder_new(&builder, SHOJI_ELEMENT_ENTITY), SHOJI_OK));
        shoji_builder_set_number(builder, cases[i].pointer, cases[i].number);
        shoji_builder_set_number(builder, "/body/later", "also wrong");
        shoji_status status = shoji_builder_finish(builder, &document, &error);
        cr_expect(eq(int, status, cases[i].status));
        cr_expect(eq(str, error.message, (char *)cases[i].message));
        shoji_builder_free(builder);
    }
}
