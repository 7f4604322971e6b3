/* JSON values: reading, looking up, numbers, positions. */
#include "support/failing_memory.h"
#include "value/duplicates.h"
#include "value/tree.h"

#include <shoji/value.h>
#include <shoji/writer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static shoji_tree *parse(const char *text)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, text, strlen(text), NULL, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s: %s", text, error.message);
    return tree;
}

static void expect_text(const char *text, const char *expected)
{
    shoji_tree *tree = parse(text);
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_value_emit(&buffer, shoji_tree_root(tree), NULL), SHOJI_OK));
    cr_assert(eq(str, buffer.bytes, (char *)expected));
    shoji_buffer_finish(&buffer);
    shoji_tree_free(tree);
}

Test(value, comes_out_as_it_went_in)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1e400",
        "0.10",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "{\"\":{}}",
        "[1,\"a\",null,{\"b\":[true]}]",
        "\"\\u0000\"",
        "{\"b\":1,\"a\":2}",
        "1234567890123456789012345678901234567890.5E+00",
        "\"caf\xc3\xa9 \xf0\x9f\x8c\x8d\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_text(texts[i], texts[i]);
}

Test(value, decodes_escapes)
{
    expect_text("\"\\u0041\\n\\/\\ud83c\\udf0d\\\"\\\\\"",
                "\"A\\n/\xf0\x9f\x8c\x8d\\\"\\\\\"");
    expect_text("{\"\\u0061\\t\":1}", "{\"a\\t\":1}");
}

Test(value, gives_strings_with_their_final_nul)
{
    shoji_tree *tree = parse("{\"plain\" : \"abc\", \"escaped\":\"a\\u0000c\"}");
    shoji_value root = shoji_tree_root(tree);
    size_t length;
    cr_assert(eq(str, (char *)shoji_value_string(shoji_value_member(root, "plain"), NULL),
                 "abc"));
    const char *escaped =
        shoji_value_string(shoji_value_member(root, "escaped"), &length);
    cr_assert(eq(sz, length, 3));
    cr_assert(eq(int, memcmp(escaped, "a\0c", 4), 0));
    cr_assert(eq(ptr, (void *)shoji_value_string(root, &length), NULL));
    cr_assert(eq(sz, length, 0));
    shoji_tree_free(tree);
}

Test(value, gives_numbers_with_their_final_nul_before_any_separator)
{
    static const char *const texts[] = {"[1.50,2]", "[1.50 ,2]", "[1.50\n,2]",
                                        "[1.50]",   "[1.50\n]",  "[1.50\t]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        shoji_tree *tree = parse(texts[i]);
        shoji_value first = shoji_value_item(shoji_tree_root(tree), 0);
        cr_assert(eq(str, (char *)shoji_value_number(first, NULL), "1.50"), "%s",
                  texts[i]);
        shoji_tree_free(tree);
    }
    shoji_tree *tree = parse("12");
    cr_assert(eq(str, (char *)shoji_value_number(shoji_tree_root(tree), NULL), "12"));
    shoji_tree_free(tree);
}

Test(value, of_equal_names_keeps_the_last_in_its_place)
{
    expect_text("{\"a\":1,\"b\":{\"x\":[1,2]},\"a\":3}", "{\"b\":{\"x\":[1,2]},\"a\":3}");
    expect_text("{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":3}");
    expect_text("{\"a\":[{\"c\":1,\"\\u0063\":2}],\"a\":{\"d\":0,\"d\":1}}",
                "{\"a\":{\"d\":1}}");
    shoji_tree *tree = parse("{\"a\":1,\"a\":2}");
    cr_assert(eq(sz, shoji_value_size(shoji_tree_root(tree)), 1));
    shoji_tree_free(tree);
}

/* Thousands of names, some of them twice, and among them many that share a hash slot. */
Test(value, finds_equal_names_among_many)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{");
    for (int i = 0; i < 5000; i++)
        shoji_buffer_append_format(&text, "\"name %d\":%d,", i % 4000, i);
    shoji_buffer_append_string(&text, "\"end\":0}");
    shoji_tree *tree = parse(text.bytes);
    shoji_value root = shoji_tree_root(tree);
    cr_assert(eq(sz, shoji_value_size(root), 4001));
    cr_assert(eq(str,
                 (char *)shoji_value_number(shoji_value_member(root, "name 7"), NULL),
                 "4007"));
    cr_assert(eq(sz, tree->duplicate_count, 1000));
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
}

/* Names that somebody has made to share one hash slot: the reader sorts them instead. */
Test(value, finds_equal_names_among_many_that_collide)
{
    enum {
        NAMES = 1500,
        MASK = 4095
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"last\":1");
    char name[16];
    for (unsigned n = 0, found = 0; found < NAMES; n++) {
        int length = snprintf(name, sizeof name, "%07u", n);
        if ((shoji__name_hash(name, (size_t)length) & MASK) != 0)
            continue;
        found++;
        shoji_buffer_append_format(&text, ",\"%s\":%u", name, found);
    }
    shoji_buffer_append_format(&text, ",\"%s\":0,\"last\":2,\"last\":3}", name);
    shoji_tree *tree = parse(text.bytes);
    shoji_value root = shoji_tree_root(tree);
    cr_assert(eq(sz, shoji_value_size(root), NAMES + 1));
    cr_assert(eq(sz, tree->duplicate_count, 3));
    cr_assert(
        eq(str, (char *)shoji_value_number(shoji_value_member(root, name), NULL), "0"));
    cr_assert(
        eq(str, (char *)shoji_value_number(shoji_value_member(root, "last"), NULL), "3"));
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
}

Test(value, looks_up_by_pointer)
{
    shoji_tree *tree = parse("{\"a/b\":{\"m~n\":[10,{\"\":\"x\"}]},\"\":1}");
    shoji_value root = shoji_tree_root(tree);
    cr_assert(eq(str,
                 (char *)shoji_value_number(shoji_value_at(root, "/a~1b/m~0n/0"), NULL),
                 "10"));
    cr_assert(eq(str,
                 (char *)shoji_value_string(shoji_value_at(root, "/a~1b/m~0n/1/"), NULL),
                 "x"));
    cr_assert(eq(str, (char *)shoji_value_number(shoji_value_at(root, "/"), NULL), "1"));
    cr_assert(shoji_value_equal(shoji_value_at(root, ""), root));
    static const char *const absent[] = {
        "/a", "/a~1b/m~0n/2", "/a~1b/m~0n/00", "/a~1b/m~0n/-",
        "x",  "/~2",          "/a~1b/m~0n/0/0"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        cr_assert(not(shoji_value_exists(shoji_value_at(root, absent[i]))), "%s",
                  absent[i]);
    shoji_tree_free(tree);
}

Test(value, nothing_takes_every_question)
{
    shoji_value nothing = shoji_tree_root(NULL);
    int64_t number;
    cr_assert(eq(int, shoji_value_type(nothing), SHOJI_NONE));
    cr_assert(eq(sz, shoji_value_size(nothing), 0));
    cr_assert(eq(int, shoji_value_type(shoji_value_member(nothing, "a")), SHOJI_NONE));
    cr_assert(eq(int, shoji_value_type(shoji_value_item(nothing, 0)), SHOJI_NONE));
    cr_assert(eq(int, shoji_value_int64(nothing, &number), SHOJI_TYPE));
    cr_assert(eq(ptr, (void *)shoji_value_string(nothing, NULL), NULL));
}

struct whole_case {
    const char *text;
    shoji_status as_int64;
    int64_t int64;
    shoji_status as_uint64;
    uint64_t uint64;
};

Test(number, becomes_an_integer_where_it_is_one)
{
    static const struct whole_case cases[] = {
        {"0", SHOJI_OK, 0, SHOJI_OK, 0},
        {"-0", SHOJI_OK, 0, SHOJI_OK, 0},
        {"0e999999999999999999999", SHOJI_OK, 0, SHOJI_OK, 0},
        {"1.0", SHOJI_OK, 1, SHOJI_OK, 1},
        {"100e-2", SHOJI_OK, 1, SHOJI_OK, 1},
        {"1.5e1", SHOJI_OK, 15, SHOJI_OK, 15},
        {"1.5", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"-1", SHOJI_OK, -1, SHOJI_RANGE, 0},
        {"9223372036854775807", SHOJI_OK, INT64_MAX, SHOJI_OK, INT64_MAX},
        {"9223372036854775808", SHOJI_RANGE, 0, SHOJI_OK, (uint64_t)INT64_MAX + 1},
        {"-9223372036854775808", SHOJI_OK, INT64_MIN, SHOJI_RANGE, 0},
        {"-9223372036854775809", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"18446744073709551615", SHOJI_RANGE, 0, SHOJI_OK, UINT64_MAX},
        {"18446744073709551616", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"1e99999999999999999999", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"1e-99999999999999999999", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"0e99999999999", SHOJI_OK, 0, SHOJI_OK, 0},
        {"-0.00E-0", SHOJI_OK, 0, SHOJI_OK, 0},
        {"0.1e1", SHOJI_OK, 1, SHOJI_OK, 1},
        {"1e000000000000000000000000002", SHOJI_OK, 100, SHOJI_OK, 100},
        {"1e18", SHOJI_OK, INT64_C(1000000000000000000), SHOJI_OK,
         UINT64_C(1000000000000000000)},
        {"1e19", SHOJI_RANGE, 0, SHOJI_OK, UINT64_C(10000000000000000000)},
        {"-1e19", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"1e20", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"1.8446744073709551615e19", SHOJI_RANGE, 0, SHOJI_OK, UINT64_MAX},
        {"1.84467440737095516155e19", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
        {"-9223372036854775808.0", SHOJI_OK, INT64_MIN, SHOJI_RANGE, 0},
        {"-92233720368547758080e-1", SHOJI_OK, INT64_MIN, SHOJI_RANGE, 0},
        {"9007199254740993", SHOJI_OK, INT64_C(9007199254740993), SHOJI_OK,
         UINT64_C(9007199254740993)},
        {"1e-1", SHOJI_RANGE, 0, SHOJI_RANGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = parse(cases[i].text);
        int64_t int64 = 0;
        uint64_t uint64 = 0;
        cr_assert(
            eq(int, shoji_value_int64(shoji_tree_root(tree), &int64), cases[i].as_int64),
            "%s", cases[i].text);
        cr_assert(eq(i64, int64, cases[i].int64), "%s", cases[i].text);
        cr_assert(eq(int, shoji_value_uint64(shoji_tree_root(tree), &uint64),
                     cases[i].as_uint64),
                  "%s", cases[i].text);
        cr_assert(eq(u64, uint64, cases[i].uint64), "%s", cases[i].text);
        shoji_tree_free(tree);
    }
}

struct double_case {
    const char *text;
    shoji_status status;
    double number;
    bool exact;
};

Test(number, becomes_the_nearest_double_and_says_whether_it_is_exact)
{
    static const struct double_case cases[] = {
        {"0", SHOJI_OK, 0, true},
        {"0.5", SHOJI_OK, 0.5, true},
        {"0.1", SHOJI_OK, 0.1, false},
        {"-1e3", SHOJI_OK, -1000, true},
        {"9007199254740993", SHOJI_OK, 9007199254740992.0, false},
        {"1e400", SHOJI_RANGE, 0, false},
        {"1e-400", SHOJI_OK, 0, false},
        {"4.9e-324", SHOJI_OK, 4.9e-324, false},
        {"1e-99999999999999999999", SHOJI_OK, 0, false},
        {"1e99999999999999999999", SHOJI_RANGE, 0, false},
        {"-1e99999999999999999999", SHOJI_RANGE, 0, false},
        {"-1e-99999999999999999999", SHOJI_OK, 0, false},
        {"-0", SHOJI_OK, 0, true},
        {"0e99999999999", SHOJI_OK, 0, true},
        {"0.1e1", SHOJI_OK, 1, true},
        {"1e19", SHOJI_OK, 1e19, true},
        {"9007199254740991", SHOJI_OK, 9007199254740991.0, true},
        {"9007199254740992", SHOJI_OK, 9007199254740992.0, true},
        {"9007199254740994", SHOJI_OK, 9007199254740994.0, true},
        {"9007199254740995", SHOJI_OK, 9007199254740996.0, false},
        {"9007199254740993.00000000000000000000000000000000000000001", SHOJI_OK,
         9007199254740994.0, false},
        {"18446744073709551615", SHOJI_OK, 18446744073709551616.0, false},
        {"1.7976931348623157e308", SHOJI_OK, 1.7976931348623157e308, false},
        {"1.7976931348623159e308", SHOJI_RANGE, 0, false},
        {"2.2250738585072011e-308", SHOJI_OK, 2.2250738585072011e-308, false},
        {"2.5e-324", SHOJI_OK, 4.9406564584124654e-324, false},
        {"2.4e-324", SHOJI_OK, 0, false},
        {"1e000000000000000000000000002", SHOJI_OK, 100, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = parse(cases[i].text);
        double number = 0;
        bool exact = false;
        cr_assert(eq(int, shoji_value_double(shoji_tree_root(tree), &number, &exact),
                     cases[i].status),
                  "%s", cases[i].text);
        cr_assert(number == cases[i].number, "%s", cases[i].text);
        cr_assert(eq(int, exact, cases[i].exact), "%s", cases[i].text);
        shoji_tree_free(tree);
    }
}

Test(number, of_hundreds_of_digits_is_read_to_the_last)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    double number = 0;
    bool exact = true;
    int64_t whole = 7;
    shoji_buffer_append_string(&text, "1");
    for (int i = 0; i < 400; i++)
        shoji_buffer_append_string(&text, "0");
    shoji_tree *tree = parse(text.bytes);
    cr_expect(
        eq(int, shoji_value_double(shoji_tree_root(tree), &number, NULL), SHOJI_RANGE));
    cr_expect(eq(int, shoji_value_int64(shoji_tree_root(tree), &whole), SHOJI_RANGE));
    cr_expect(eq(i64, whole, 7));
    shoji_tree_free(tree);

    shoji_buffer_append_string(&text, "e-400");
    tree = parse(text.bytes);
    cr_expect(eq(int, shoji_value_int64(shoji_tree_root(tree), &whole), SHOJI_OK));
    cr_expect(eq(i64, whole, 1));
    cr_expect(
        eq(int, shoji_value_double(shoji_tree_root(tree), &number, &exact), SHOJI_OK));
    cr_expect(number == 1 && exact);
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
}

/* The least double has 751 digits; with all of them it is exact, with one more it is not.
 */
Test(number, is_exact_with_all_the_digits_of_a_double)
{
    char digits[1000];
    double number = 0;
    bool exact = false;
    snprintf(digits, sizeof digits, "%.750e", 4.9406564584124654e-324);
    shoji_tree *tree = parse(digits);
    cr_expect(
        eq(int, shoji_value_double(shoji_tree_root(tree), &number, &exact), SHOJI_OK));
    cr_expect(number == 4.9406564584124654e-324 && exact);
    shoji_tree_free(tree);

    char *exponent = strchr(digits, 'e');
    memmove(exponent + 1, exponent, strlen(exponent) + 1);
    *exponent = '1';
    tree = parse(digits);
    cr_expect(
        eq(int, shoji_value_double(shoji_tree_root(tree), &number, &exact), SHOJI_OK));
    cr_expect(number == 4.9406564584124654e-324 && !exact);
    shoji_tree_free(tree);
}

Test(number, keeps_the_sign_of_a_zero_as_a_double)
{
    double number = 1;
    shoji_tree *tree = parse("-0.0e5");
    cr_expect(
        eq(int, shoji_value_double(shoji_tree_root(tree), &number, NULL), SHOJI_OK));
    cr_expect(number == 0 && signbit(number));
    shoji_tree_free(tree);
}

struct equal_case {
    const char *one;
    const char *other;
    bool equal;
};

Test(value, equals_by_value)
{
    static const struct equal_case cases[] = {
        {"1", "1.0", true},
        {"1e2", "100", true},
        {"0", "-0.0e7", true},
        {"1", "2", false},
        {"1", "-1", false},
        {"0.1", "0.10000000000000000001", false},
        {"\"a\"", "\"\\u0061\"", true},
        {"[1,2]", "[1,2,3]", false},
        {"[1,[2]]", "[1.0,[2]]", true},
        {"{\"a\":1,\"b\":[]}", "{\"b\":[],\"a\":1}", true},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1,\"a\":2}", "{\"a\":2}", true},
        {"null", "false", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *one = parse(cases[i].one);
        shoji_tree *other = parse(cases[i].other);
        cr_assert(eq(int, shoji_value_equal(shoji_tree_root(one), shoji_tree_root(other)),
                     cases[i].equal),
                  "%s and %s", cases[i].one, cases[i].other);
        shoji_tree_free(one);
        shoji_tree_free(other);
    }
}

/* Every node's offset is found again, whatever brackets and strings stand before it. */
Test(tree, tells_the_offset_of_every_node)
{
    const char *text =
        "{\n \"a\" : [ [ \"x\\\"[\" , [ ] ],\n  {\"b[\":null, \"c\": 12\n},"
        " true, [-1] ] }";
    static const char begins[] = "{\"[[\"[{\"n\"1t[-";
    shoji_tree *tree = parse(text);
    cr_assert(eq(sz, tree->count, strlen(begins)));
    size_t previous = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        size_t offset = shoji__tree_offset(tree, i, 0, 0);
        cr_assert(eq(chr, text[offset], begins[i]), "node %u", i);
        cr_assert(i == 0 || offset > previous, "node %u", i);
        if (i > 0)
            cr_assert(eq(sz, shoji__tree_offset(tree, i, i - 1, previous), offset));
        previous = offset;
    }
    shoji_tree_free(tree);
}

/* Strings and numbers across the blocks in which a long text is read. */
Test(tree, reads_tokens_across_blocks)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "[");
    for (int i = 0; text.length < 300000; i++)
        shoji_buffer_append_format(&text, "%s\"s%d\\n\\\"\",\"\xc3\xa9 %d\",%d.5,true",
                                   i ? "," : "", i, i, i);
    shoji_buffer_append_string(&text, "]");
    shoji_tree *tree = parse(text.bytes);
    shoji_buffer again = SHOJI_BUFFER_INIT;
    shoji_value_emit(&again, shoji_tree_root(tree), NULL);
    cr_assert(eq(str, again.bytes, text.bytes));
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&again);
}

static int parse_once(const char *text)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, text, strlen(text), NULL, &error);
    if (status != SHOJI_OK)
        cr_assert(eq(int, error.status, SHOJI_NO_MEMORY));
    shoji_tree_free(tree);
    return status;
}

Test(value, survives_every_failed_allocation)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"a\":1,\"a\":2\n,\"e\":\"\\n\"");
    for (int i = 0; i < 60; i++)
        shoji_buffer_append_format(&text, ",\"n%d\":[1,2,3,4,5,6,7,8]", i % 50);
    shoji_buffer_append_string(&text, "}");
    int failures;
    FAILING_MEMORY_SWEEP(failures, parse_once(text.bytes));
    cr_assert(gt(int, failures, 6));
    shoji_buffer_finish(&text);
}

/* Longer than a block, and than what the tokenizer has from the beginning: a token that
 * is cut, one that is decoded besides, and more levels than usual. */
static int parse_deep(const char *text)
{
    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.depth = 5000;
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, text, strlen(text), &limits, &error);
    cr_assert(eq(int, status, (int)error.status));
    shoji_tree_free(tree);
    return status;
}

Test(value, survives_every_failed_allocation_in_long_tokens)
{
    static const char *const units[] = {"a", "\xc3\xa9\\u00e9\\n"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        for (int level = 0; level < 3000; level++)
            shoji_buffer_append_string(&text, "[");
        shoji_buffer_append_string(&text, "\"");
        while (text.length < 150000)
            shoji_buffer_append_string(&text, units[i]);
        shoji_buffer_append_string(&text, "\"");
        for (int level = 0; level < 3000; level++)
            shoji_buffer_append_string(&text, "]");
        int failures;
        FAILING_MEMORY_SWEEP(failures, parse_deep(text.bytes));
        cr_assert(gt(int, failures, 12));
        shoji_buffer_finish(&text);
    }
}

/* Tokens that many blocks share: escapes and digits cut anywhere come out whole. */
Test(value, reads_a_token_of_many_blocks)
{
    static const char *const units[] = {"1", "\\\""};
    static const char *const quotes[] = {"", "\""};
    enum {
        UNITS = 400001
    };
    for (size_t i = 0; i < 2; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        shoji_buffer_append_string(&text, quotes[i]);
        for (size_t n = 0; n < UNITS; n++)
            shoji_buffer_append_string(&text, units[i]);
        shoji_buffer_append_string(&text, quotes[i]);
        shoji_tree *tree = parse(text.bytes);
        size_t digits;
        size_t characters;
        shoji_value_number(shoji_tree_root(tree), &digits);
        shoji_value_string(shoji_tree_root(tree), &characters);
        cr_assert(eq(sz, digits + characters, UNITS));
        shoji_tree_free(tree);
        shoji_buffer_finish(&text);
    }
}

static bool equal_texts(const char *one, const char *other)
{
    shoji_tree *left = parse(one);
    shoji_tree *right = parse(other);
    bool equal = shoji_value_equal(shoji_tree_root(left), shoji_tree_root(right));
    cr_expect(
        eq(int, shoji_value_equal(shoji_tree_root(right), shoji_tree_root(left)), equal),
        "%s and %s, the other way round", one, other);
    shoji_tree_free(left);
    shoji_tree_free(right);
    return equal;
}

static const struct equal_case orders[] = {
    {"{\"a\":{\"x\":1,\"y\":[{}]},\"b\":2}", "{\"b\":2,\"a\":{\"y\":[{}],\"x\":1}}",
     true},
    {"{\"a\":{\"x\":1,\"y\":[{}]},\"b\":2}", "{\"b\":2,\"a\":{\"y\":[[]],\"x\":1}}",
     false},
    {"[{\"a\":[1],\"b\":[2]},[3],{\"c\":{}}]", "[{\"b\":[2],\"a\":[1]},[3],{\"c\":{}}]",
     true},
    {"[{\"a\":[1],\"b\":[2]},[3],{\"c\":{}}]", "[{\"b\":[2],\"a\":[1]},[3],{\"d\":{}}]",
     false},
    {"[{\"a\":[1],\"b\":[2]},[[3]]]", "[{\"b\":[1],\"a\":[2]},[[3]]]", false},
    {"{\"a\":0,\"b\":{\"c\":[4]},\"a\":[1]}", "{\"a\":[1],\"b\":{\"c\":[4]}}", true},
    {"{\"a\":[[7]],\"b\":{\"c\":[4]},\"a\":[1]}", "{\"b\":{\"c\":[4]},\"a\":[1]}", true},
    {"{\"a\\u0000\":1,\"a\":2}", "{\"a\":2,\"a\\u0000\":1}", true},
    {"{\"a\\u0000\":1,\"a\":2}", "{\"a\":1,\"a\\u0000\":2}", false},
    {"{\"a\":1,\"b\":1}", "{\"c\":1,\"a\":1}", false},
    {"[\"a\",\"b\"]", "[\"b\",\"a\"]", false},
    {"[[],{}]", "[{},[]]", false},
};

Test(value, equals_whatever_the_order_of_members)
{
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        cr_expect(eq(int, equal_texts(orders[i].one, orders[i].other), orders[i].equal),
                  "%s and %s", orders[i].one, orders[i].other);
}

/* Within a part of a tree, beside other parts. */
Test(value, equals_within_its_tree)
{
    shoji_tree *tree = parse("[{\"z\":[0]},{\"a\":[1],\"b\":{\"c\":2}},"
                             "{\"b\":{\"c\":2},\"a\":[1]},{\"b\":{\"c\":3},\"a\":[1]}]");
    shoji_value root = shoji_tree_root(tree);
    shoji_value second = shoji_value_item(root, 1);
    cr_expect(shoji_value_equal(second, shoji_value_item(root, 2)));
    cr_expect(not(shoji_value_equal(second, shoji_value_item(root, 3))));
    shoji_tree_free(tree);
}

/* An allocation that fails makes it slower, never wrong. */
Test(value, equals_without_memory)
{
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        shoji_tree *one = parse(orders[i].one);
        shoji_tree *other = parse(orders[i].other);
        failing_memory_arm(0);
        bool equal = shoji_value_equal(shoji_tree_root(one), shoji_tree_root(other));
        failing_memory_disarm();
        cr_expect(eq(int, equal, orders[i].equal), "%s and %s", orders[i].one,
                  orders[i].other);
        shoji_tree_free(one);
        shoji_tree_free(other);
    }
}

/* A quadratic comparison of these would take minutes; recursion, megabytes of stack. */
Test(value, equals_what_is_large_and_what_is_deep)
{
    enum {
        MEMBERS = 200000,
        DEPTH = 10000
    };
    shoji_buffer one = SHOJI_BUFFER_INIT;
    shoji_buffer other = SHOJI_BUFFER_INIT;
    for (int i = 0; i < MEMBERS; i++) {
        shoji_buffer_append_format(&one, "%s\"%d\":[%d]", i ? "," : "{", i, i);
        shoji_buffer_append_format(&other, "%s\"%d\":[%d]", i ? "," : "{",
                                   MEMBERS - 1 - i, MEMBERS - 1 - i);
    }
    shoji_buffer_append_string(&one, "}");
    shoji_buffer_append_string(&other, "}");
    cr_expect(equal_texts(one.bytes, other.bytes));

    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.depth = DEPTH;
    shoji_buffer_clear(&one);
    shoji_buffer_clear(&other);
    for (int i = 0; i < DEPTH; i++) {
        shoji_buffer_append_string(&one, "{\"b\":1,\"a\":");
        shoji_buffer_append_string(&other, "{\"a\":");
    }
    shoji_buffer_append_string(&one, "null");
    shoji_buffer_append_string(&other, "null");
    for (int i = 0; i < DEPTH; i++) {
        shoji_buffer_append_string(&one, "}");
        shoji_buffer_append_string(&other, ",\"b\":1}");
    }
    shoji_tree *left = NULL;
    shoji_tree *right = NULL;
    shoji_tree_parse(&left, one.bytes, one.length, &limits, NULL);
    shoji_tree_parse(&right, other.bytes, other.length, &limits, NULL);
    cr_expect(shoji_value_equal(shoji_tree_root(left), shoji_tree_root(right)));
    shoji_tree_free(left);
    shoji_tree_free(right);
    shoji_buffer_finish(&one);
    shoji_buffer_finish(&other);
}
