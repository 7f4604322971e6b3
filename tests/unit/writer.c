/* The JSON writer. */
#include "support/failing_memory.h"

#include <shoji/writer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <locale.h>
#include <math.h>
#include <string.h>

static void write_sample(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "list");
    shoji_writer_begin_array(writer);
    shoji_writer_int64(writer, -3);
    shoji_writer_uint64(writer, UINT64_MAX);
    shoji_writer_boolean(writer, true);
    shoji_writer_null(writer);
    shoji_writer_begin_object(writer);
    shoji_writer_end_object(writer);
    shoji_writer_end_array(writer);
    shoji_writer_name(writer, "text");
    shoji_writer_string(writer, "a\"\\\n\x01/\x7f \xc3\xa9\xf0\x9f\x8c\x8d");
    shoji_writer_name(writer, "number");
    shoji_writer_number(writer, "1e400", 5);
    shoji_writer_end_object(writer);
}

static void expect_sample(shoji_writer_options options, const char *expected)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    cr_assert(
        eq(int, shoji_writer_new(&writer, shoji_buffer_sink, &buffer, &options), 0));
    write_sample(writer);
    cr_assert(eq(int, shoji_writer_end(writer), SHOJI_OK));
    cr_assert(eq(str, buffer.bytes, (char *)expected));
    shoji_writer_free(writer);
    shoji_buffer_finish(&buffer);
}

Test(writer, writes_no_white_space_by_default)
{
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    expect_sample(options,
                  "{\"list\":[-3,18446744073709551615,true,null,{}],"
                  "\"text\":\"a\\\"\\\\\\n\\u0001/\x7f \xc3\xa9\xf0\x9f\x8c\x8d\","
                  "\"number\":1e400}");
}

Test(writer, indents)
{
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    options.indent = 2;
    expect_sample(options,
                  "{\n  \"list\": [\n    -3,\n    18446744073709551615,\n    true,\n"
                  "    null,\n    {}\n  ],\n"
                  "  \"text\": \"a\\\"\\\\\\n\\u0001/\x7f \xc3\xa9\xf0\x9f\x8c\x8d\",\n"
                  "  \"number\": 1e400\n}");
}

Test(writer, escapes_all_that_is_not_ascii_on_request)
{
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    options.ascii = true;
    expect_sample(options, "{\"list\":[-3,18446744073709551615,true,null,{}],"
                           "\"text\":\"a\\\"\\\\\\n\\u0001/\x7f \\u00e9\\ud83c\\udf0d\","
                           "\"number\":1e400}");
}

struct double_case {
    double number;
    const char *text;
};

Test(writer, writes_the_shortest_double_in_any_locale)
{
    static const struct double_case cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {0.1, "0.1"},
        {1, "1"},
        {10, "10"},
        {100000, "100000"},
        {12.5, "12.5"},
        {-2.5, "-2.5"},
        {0.00012, "0.00012"},
        {1e-5, "0.00001"},
        {1.5e-6, "1.5e-6"},
        {9007199254740993.0, "9007199254740992"},
        {1e17, "1e17"},
        {1.25e21, "1.25e21"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {0.30000000000000004, "0.30000000000000004"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {0x1p-24, "5.960464477539063e-8"},
        {0x1p-1017, "7.120236347223045e-307"},
        {0x1p+976, "6.386688990511104e293"},
    };
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_buffer buffer = SHOJI_BUFFER_INIT;
        shoji_writer *writer;
        shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
        shoji_writer_double(writer, cases[i].number);
        shoji_writer_end(writer);
        cr_assert(eq(str, buffer.bytes, (char *)cases[i].text));
        shoji_writer_free(writer);
        shoji_buffer_finish(&buffer);
    }
}

typedef shoji_status (*misuse)(shoji_writer *writer);

static shoji_status value_without_name(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    return shoji_writer_null(writer);
}

static shoji_status name_in_array(shoji_writer *writer)
{
    shoji_writer_begin_array(writer);
    return shoji_writer_name(writer, "a");
}

static shoji_status wrong_end(shoji_writer *writer)
{
    shoji_writer_begin_array(writer);
    return shoji_writer_end_object(writer);
}

static shoji_status end_after_name(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "a");
    return shoji_writer_end_object(writer);
}

static shoji_status second_root(shoji_writer *writer)
{
    shoji_writer_null(writer);
    return shoji_writer_null(writer);
}

static shoji_status unfinished(shoji_writer *writer)
{
    shoji_writer_begin_array(writer);
    return shoji_writer_end(writer);
}

static shoji_status nothing_written(shoji_writer *writer)
{
    return shoji_writer_end(writer);
}

static shoji_status end_of_nothing(shoji_writer *writer)
{
    return shoji_writer_end_array(writer);
}

static shoji_status absent_value(shoji_writer *writer)
{
    return shoji_writer_value(writer, shoji_tree_root(NULL));
}

static shoji_status container_for_a_name(shoji_writer *writer)
{
    shoji_tree *tree;
    shoji_tree_parse(&tree, "[1]", 3, NULL, NULL);
    shoji_writer_begin_object(writer);
    shoji_status status = shoji_writer_value(writer, shoji_tree_root(tree));
    shoji_tree_free(tree);
    return status;
}

Test(writer, keeps_the_grammar)
{
    static const misuse misuses[] = {value_without_name,  name_in_array,  wrong_end,
                                     end_after_name,      second_root,    unfinished,
                                     nothing_written,     end_of_nothing, absent_value,
                                     container_for_a_name};
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        shoji_buffer buffer = SHOJI_BUFFER_INIT;
        shoji_writer *writer;
        shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
        cr_assert(eq(int, misuses[i](writer), SHOJI_USAGE), "case %zu", i);
        cr_assert(eq(int, shoji_writer_null(writer), SHOJI_USAGE), "case %zu sticks", i);
        shoji_writer_free(writer);
        shoji_buffer_finish(&buffer);
    }
}

static shoji_status bad_utf8(shoji_writer *writer)
{
    return shoji_writer_string(writer, "a\xff");
}

static shoji_status bad_number(shoji_writer *writer)
{
    return shoji_writer_number(writer, "01", 2);
}

static shoji_status infinite(shoji_writer *writer)
{
    return shoji_writer_double(writer, INFINITY);
}

Test(writer, refuses_what_json_cannot_hold)
{
    shoji_writer *writer;
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
    cr_assert(eq(int, bad_utf8(writer), SHOJI_SYNTAX));
    shoji_writer_free(writer);
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
    cr_assert(eq(int, bad_number(writer), SHOJI_SYNTAX));
    shoji_writer_free(writer);
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
    cr_assert(eq(int, infinite(writer), SHOJI_RANGE));
    shoji_writer_free(writer);
    shoji_buffer_finish(&buffer);
}

static shoji_status bad_name(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    return shoji_writer_name_n(writer, "a\xc3", 2);
}

Test(writer, refuses_a_name_that_is_not_utf8)
{
    shoji_writer *writer;
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
    cr_expect(eq(int, bad_name(writer), SHOJI_SYNTAX));
    cr_expect(eq(int, shoji_writer_end(writer), SHOJI_SYNTAX));
    shoji_writer_free(writer);
    shoji_buffer_finish(&buffer);
}

Test(writer, refuses_options_that_are_out_of_range)
{
    static const shoji_writer_options wrong[] = {{.indent = 17}, {.depth = 10001}};
    static const shoji_writer_options right = {.indent = 16, .depth = 10000};
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer *writer = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect(eq(int,
                     shoji_writer_new(&writer, shoji_buffer_sink, &buffer, &wrong[i]),
                     SHOJI_USAGE));
    cr_expect(eq(int, shoji_writer_new(&writer, NULL, &buffer, NULL), SHOJI_USAGE));
    cr_expect(eq(ptr, writer, NULL));
    cr_expect(
        eq(int, shoji_writer_new(&writer, shoji_buffer_sink, &buffer, &right), SHOJI_OK));
    shoji_writer_free(writer);
}

static shoji_status refuse(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    ++*(int *)context;
    return SHOJI_STOPPED;
}

Test(writer, stops_when_its_sink_does)
{
    int calls = 0;
    shoji_writer *writer;
    shoji_writer_new(&writer, refuse, &calls, NULL);
    shoji_writer_begin_array(writer);
    for (int i = 0; i < 20000; i++)
        shoji_writer_string(writer, "0123456789");
    cr_assert(eq(int, shoji_writer_end(writer), SHOJI_STOPPED));
    cr_assert(eq(int, calls, 1));
    shoji_writer_free(writer);
}

Test(writer, keeps_its_depth)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    options.depth = 2;
    shoji_writer *writer;
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, &options);
    cr_assert(eq(int, shoji_writer_begin_array(writer), SHOJI_OK));
    cr_assert(eq(int, shoji_writer_begin_array(writer), SHOJI_OK));
    cr_assert(eq(int, shoji_writer_begin_array(writer), SHOJI_LIMIT));
    shoji_writer_free(writer);
    shoji_buffer_finish(&buffer);
}

static int emit_a_tree(const shoji_tree *tree)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_value_emit(&buffer, shoji_tree_root(tree), NULL);
    shoji_buffer_finish(&buffer);
    return status;
}

Test(writer, survives_every_failed_allocation)
{
    static const char text[] = "[[[{\"a\":[1,2,{\"b\":null}]}]]]";
    shoji_tree *tree;
    shoji_tree_parse(&tree, text, sizeof text - 1, NULL, NULL);
    int failures;
    FAILING_MEMORY_SWEEP(failures, emit_a_tree(tree));
    cr_assert(gt(int, failures, 2));
    shoji_tree_free(tree);
}

Test(writer, breaks_no_line_in_what_is_empty)
{
    static const char text[] = "[[],{},{\"a\":[],\"b\":{}}]";
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_tree *tree;
    shoji_tree_parse(&tree, text, sizeof text - 1, NULL, NULL);
    options.indent = 1;
    cr_assert(
        eq(int, shoji_value_emit(&buffer, shoji_tree_root(tree), &options), SHOJI_OK));
    cr_expect(
        eq(str, buffer.bytes, "[\n [],\n {},\n {\n  \"a\": [],\n  \"b\": {}\n }\n]"));
    shoji_tree_free(tree);
    shoji_buffer_finish(&buffer);
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void expect_to_read_back(double number)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_tree *tree;
    double read = -1;
    shoji_writer_new(&writer, shoji_buffer_sink, &buffer, NULL);
    shoji_writer_double(writer, number);
    cr_assert(eq(int, shoji_writer_end(writer), SHOJI_OK));
    shoji_tree_parse(&tree, buffer.bytes, buffer.length, NULL, NULL);
    cr_assert(eq(int, shoji_value_double(shoji_tree_root(tree), &read, NULL), SHOJI_OK));
    cr_assert(read == number, "%s", buffer.bytes);
    shoji_tree_free(tree);
    shoji_writer_free(writer);
    shoji_buffer_finish(&buffer);
}

/* Every power of two, and what is beside it: below it doubles are denser than above. */
Test(writer, writes_doubles_that_read_back)
{
    enum {
        FRACTION_BITS = 52,
        GREATEST_EXPONENT = 2046
    };
    for (uint64_t power = 0; power < FRACTION_BITS + GREATEST_EXPONENT; power++) {
        uint64_t bits = power < FRACTION_BITS
                            ? UINT64_C(1) << power
                            : (power - FRACTION_BITS + 1) << FRACTION_BITS;
        expect_to_read_back(double_of(bits - 1));
        expect_to_read_back(double_of(bits));
        expect_to_read_back(double_of(bits + 1));
        expect_to_read_back(double_of(bits) / 3);
    }
}
