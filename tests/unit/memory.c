/*
 * What happens to each public call where memory is short, beside the sweeps that stand
 * with the tests of a module: nothing leaks, the failure is told, and outputs stay as
 * they were. tests/lint/sweeps.py holds the tests to leaving no call out.
 */
#include "support/failing_memory.h"

#include <shoji/shoji.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const char catalog_text[] =
    "{\"element\":\"shoji:catalog\",\"self\":\"/users/\",\"catalogs\":{\"a\":\"b/\"}}";

static shoji_document *document;
static shoji_tree *tree;
static shoji_tree *reordered;

static void lend(void)
{
    static const char text[] =
        "{\"a\":[1,{\"b\":\"c\\u00e9\"},[[[[[]]]]]],\"b\":2,\"c\":3}";
    static const char other[] =
        "{\"c\":3,\"b\":2,\"a\":[1,{\"b\":\"c\\u00e9\"},[[[[[]]]]]]}";
    cr_assert(eq(
        int,
        shoji_document_parse(&document, catalog_text, strlen(catalog_text), NULL, NULL),
        SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parse(&tree, text, strlen(text), NULL, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parse(&reordered, other, strlen(other), NULL, NULL),
                 SHOJI_OK));
}

static void take_back(void)
{
    shoji_tree_free(reordered);
    shoji_tree_free(tree);
    shoji_document_free(document);
}

TestSuite(memory, .init = lend, .fini = take_back);

static int reserve_and_take(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_reserve(&buffer, 10);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&buffer, "abc", 3);
    char *bytes = status == SHOJI_OK ? shoji_buffer_take(&buffer, NULL) : NULL;
    shoji_free(bytes);
    shoji_buffer_finish(&buffer);
    return status;
}

/* To end it with a NUL, even nothing needs memory. */
static int take_nothing(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    char *bytes = shoji_buffer_take(&buffer, NULL);
    shoji_free(bytes);
    return bytes == NULL;
}

static int append_through_a_sink(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_sink(&buffer, "abc", 3);
    shoji_buffer_finish(&buffer);
    return status;
}

/* More than any room of its own can hold, so that it is measured, and written again. */
static int append_a_long_format(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&buffer, "%5000d", 1);
    shoji_buffer_finish(&buffer);
    return status;
}

static void put_each_kind(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "a");
    shoji_writer_begin_array(writer);
    shoji_writer_string(writer, "b");
    shoji_writer_string_n(writer, "c\0d", 3);
    shoji_writer_number(writer, "1e5", 3);
    shoji_writer_int64(writer, -1);
    shoji_writer_uint64(writer, 1);
    shoji_writer_double(writer, 0.5);
    shoji_writer_boolean(writer, true);
    shoji_writer_null(writer);
    shoji_writer_value(writer, shoji_tree_root(tree));
    shoji_writer_end_array(writer);
    shoji_writer_name_n(writer, "b", 1);
    shoji_writer_null(writer);
    shoji_writer_end_object(writer);
}

/* Of a run of calls the first failure sticks, and the end tells it. */
static int write_each_kind(void)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer = NULL;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    if (status == SHOJI_OK) {
        put_each_kind(writer);
        status = shoji_writer_end(writer);
    }
    shoji_writer_free(writer);
    shoji_buffer_finish(&text);
    return status;
}

/* Deeper than what a writer has room for when it is made. */
static int write_deep(void)
{
    enum {
        DEPTH = 200
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer = NULL;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    for (int i = 0; i < DEPTH && status == SHOJI_OK; i++)
        status = shoji_writer_begin_array(writer);
    for (int i = 0; i < DEPTH && status == SHOJI_OK; i++)
        status = shoji_writer_end_array(writer);
    if (status == SHOJI_OK)
        status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    shoji_buffer_finish(&text);
    return status;
}

static void set_each_kind(shoji_builder *builder)
{
    shoji_builder_set(builder, "/title", shoji_value_at(shoji_tree_root(tree), "/a/1/b"));
    shoji_builder_set_string(builder, "/description", "a text");
    shoji_builder_set_number(builder, "/deep/down/number", "1.50");
    shoji_builder_set_boolean(builder, "/deep/boolean", true);
    shoji_builder_set_null(builder, "/null");
    shoji_builder_set_object(builder, "/object");
    shoji_builder_set_array(builder, "/array");
    for (int i = 0; i < 40; i++)
        shoji_builder_set_null(builder, "/array/-");
}

static int build_each_kind(void)
{
    shoji_builder *builder = NULL;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_builder_edit(&builder, document);
    if (status == SHOJI_OK) {
        set_each_kind(builder);
        status = shoji_builder_emit(&text, builder, NULL);
    }
    shoji_builder_free(builder);
    shoji_buffer_finish(&text);
    return status;
}

static int find_the_base(void)
{
    shoji_buffer base = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_document_base(&base, document, "http://h.example/a/", NULL);
    shoji_buffer_finish(&base);
    return status;
}

static int resolve_a_reference(void)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_document_resolve(&iri, document, "http://h.example/a/",
                                                 "b/", SHOJI_BASE_AUTO, NULL);
    shoji_buffer_finish(&iri);
    return status;
}

static int split_a_reference(void)
{
    shoji_iri_parts parts;
    return shoji_iri_split(&parts, "http://h.example:80/a?b#c", NULL);
}

static int ask_for_a_scheme(void)
{
    return shoji_iri_is_absolute("http://h.example/") ? 0 : 1;
}

/* Where members stand in another order, room to sort them helps; without, the answer is
 * as right, so that there is no failure to tell. */
static int compare_in_another_order(void)
{
    cr_expect(shoji_value_equal(shoji_tree_root(tree), shoji_tree_root(reordered)));
    return failing_memory_failed();
}

static int parse_in_pieces(void)
{
    static const char text[] = "{\"a\":[1,\"b\\n\"]}";
    shoji_tree_parser *parser = NULL;
    shoji_tree *parsed = NULL;
    shoji_status status = shoji_tree_parser_new(&parser, NULL);
    for (size_t i = 0; i + 1 < sizeof text && status == SHOJI_OK; i++)
        status = shoji_tree_parser_feed(parser, text + i, 1, NULL);
    if (status == SHOJI_OK)
        status = shoji_tree_parser_finish(parser, &parsed, NULL);
    shoji_tree_parser_free(parser);
    shoji_tree_free(parsed);
    return status;
}

struct use {
    const char *name;
    int (*run)(void); /* 0 where all went well, otherwise the status of what failed */
};

Test(memory, that_is_short_is_told_and_nothing_leaks)
{
    static const struct use uses[] = {
        {"a buffer's room and bytes", reserve_and_take},
        {"the bytes of an empty buffer", take_nothing},
        {"a buffer as a sink", append_through_a_sink},
        {"a long format", append_a_long_format},
        {"each kind of value, written", write_each_kind},
        {"deep nesting, written", write_deep},
        {"each kind of value, built", build_each_kind},
        {"equality in another order", compare_in_another_order},
        {"a tree out of pieces", parse_in_pieces},
        {"the base of a document", find_the_base},
        {"a reference of a document", resolve_a_reference},
        {"the parts of a reference", split_a_reference},
        {"the scheme of a reference", ask_for_a_scheme},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        int failures;
        FAILING_MEMORY_SWEEP(failures, uses[i].run());
        cr_expect(gt(int, failures, 0), "%s: %d", uses[i].name, failures);
    }
}

Test(memory, that_is_short_leaves_results_as_they_were)
{
    shoji_buffer kept = SHOJI_BUFFER_INIT;
    shoji_document *made = NULL;
    shoji_builder *builder;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_buffer_append_string(&kept, "before"), SHOJI_OK));
    cr_assert(eq(int, shoji_builder_edit(&builder, document), SHOJI_OK));
    failing_memory_arm(0);
    cr_expect(eq(int,
                 shoji_document_resolve(&kept, document, "http://h.example/", "b/",
                                        SHOJI_BASE_AUTO, &error),
                 SHOJI_NO_MEMORY));
    cr_expect(eq(int, shoji_builder_finish(builder, &made, &error), SHOJI_NO_MEMORY));
    failing_memory_disarm();
    cr_expect(eq(str, kept.bytes, "before"));
    cr_expect(eq(ptr, made, NULL));
    cr_expect(eq(int, error.status, SHOJI_NO_MEMORY));
    shoji_builder_free(builder);
    shoji_buffer_finish(&kept);
}

/* What was there before is not taken for what was to be written. */
Test(memory, of_a_text_holds_nothing_after_a_failure)
{
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    shoji_builder *builder;
    options.indent = 17;
    cr_assert(eq(int, shoji_builder_edit(&builder, document), SHOJI_OK));
    for (int i = 0; i < 4; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        shoji_status status = SHOJI_OK;
        cr_assert(eq(int, shoji_buffer_append_string(&text, "before"), SHOJI_OK));
        if (i == 0)
            status = shoji_value_emit(&text, shoji_tree_root(tree), &options);
        if (i == 1)
            status = shoji_document_emit(&text, document, &options);
        if (i == 2)
            status = shoji_builder_emit(&text, builder, &options);
        if (i == 3 && shoji_builder_set_null(builder, "no pointer") != SHOJI_OK)
            status = shoji_builder_emit(&text, builder, NULL);
        cr_expect(eq(int, status, SHOJI_USAGE), "%d", i);
        cr_expect(eq(str, text.bytes, ""), "%d", i);
        shoji_buffer_finish(&text);
    }
    shoji_builder_free(builder);
}
