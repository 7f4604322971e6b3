/* Making documents, and editing them. */
#include "support/failing_memory.h"

#include <shoji/builder.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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
        status = shoji_builder_finish(builder, &built, NULL);
    }
    shoji_document_free(built);
    shoji_builder_free(builder);
    return status;
}

Test(builder, survives_every_failed_allocation)
{
    shoji_document *document =
        parse("{\"element\":\"shoji:catalog\",\"catalogs\":[\"a\"],\"list\":[1,[2]]}");
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
