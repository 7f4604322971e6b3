/* What is no JSON text: where each fault is, what is said of it, and what a text may ask
 * for. */
#include <shoji/buffer.h>
#include <shoji/value.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

struct fault_case {
    const char *text;
    const char *code;
    size_t line;
    size_t column;
};

static const struct fault_case faults[] = {
    {"", "json.empty", 1, 1},
    {" \n ", "json.empty", 2, 2},
    {"{\n  \"a\": [1, 2,],\n}", "json.trailing-comma", 2, 13},
    {"{\"a\":1,\n}", "json.trailing-comma", 1, 7},
    {"[1,\n\n ]", "json.trailing-comma", 1, 3},
    {"[1 2]", "json.unexpected", 1, 4},
    {"{\"a\" 1}", "json.unexpected", 1, 6},
    {"{1:2}", "json.bad-name", 1, 2},
    {"[,1]", "json.unexpected", 1, 2},
    {"[1}", "json.unexpected", 1, 3},
    {"[1,2", "json.incomplete", 1, 5},
    {"{\"a\":", "json.incomplete", 1, 6},
    {"\"abc", "json.unclosed-string", 1, 1},
    {"[\"\xc3\xa9\", \"abc", "json.unclosed-string", 1, 7},
    {"\"a\nb\"", "json.control-character", 1, 3},
    {"\"a\\xb\"", "json.bad-escape", 1, 3},
    {"\"\\u00g0\"", "json.bad-escape", 1, 2},
    {"[01]", "json.bad-number", 1, 2},
    {"[-]", "json.bad-number", 1, 3},
    {"[1.]", "json.bad-number", 1, 4},
    {"[1e+]", "json.bad-number", 1, 5},
    {"+1", "json.bad-number", 1, 1},
    {".5", "json.bad-number", 1, 1},
    {"NaN", "json.bad-literal", 1, 1},
    {"-Infinity", "json.bad-literal", 1, 1},
    {"True", "json.bad-literal", 1, 1},
    {"nul", "json.bad-literal", 1, 1},
    {"'a'", "json.bad-quote", 1, 1},
    {"[1] // x", "json.comment", 1, 5},
    {"/* x */ 1", "json.comment", 1, 1},
    {"{} {}", "json.unexpected", 1, 4},
    {"{} \"", "json.unexpected", 1, 4},
    {"1 tru", "json.unexpected", 1, 3},
    {"\xef\xbb\xbf{}", "json.byte-order-mark", 1, 1},
    {"[\x0b"
     "1]",
     "json.control-character", 1, 2},
    {"[1]\x0c", "json.control-character", 1, 4},
    {"\"\x80\"", "json.utf8", 1, 2},
    {"\"\xed\xa0\x80\"", "json.utf8", 1, 2},
    {"\"\xc0\xaf\"", "json.utf8", 1, 2},
    {"\"\\ud800\"", "json.lone-surrogate", 1, 2},
    {"\"\\ud800\\u0041\"", "json.lone-surrogate", 1, 2},
    {"\"\\udc00\\ud800\"", "json.lone-surrogate", 1, 2},
    {"\"\\\\\\ud800x\"", "json.lone-surrogate", 1, 4},
    {"[\"\xc2\xa0\"\xc2\xa0]", "json.unexpected", 1, 5},
};

Test(faults, says_what_is_no_json_and_where)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        shoji_tree *tree = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status =
            shoji_tree_parse(&tree, faults[i].text, strlen(faults[i].text), NULL, &error);
        cr_assert(eq(int, status, SHOJI_SYNTAX), "%s", faults[i].text);
        cr_assert(eq(ptr, tree, NULL));
        cr_assert(eq(str, (char *)error.code, (char *)faults[i].code), "%s: %s",
                  faults[i].text, error.message);
        cr_assert(eq(sz, error.line, faults[i].line), "%s", faults[i].text);
        cr_assert(eq(sz, error.column, faults[i].column), "%s", faults[i].text);
    }
}

struct limit_case {
    const char *text;
    shoji_limits limits;
    const char *code; /* NULL where the limit is kept */
};

Test(faults, keeps_each_limit)
{
    static const struct limit_case cases[] = {
        {"[[1]]", {2, 100, 10, 10}, NULL},
        {"[[[1]]]", {2, 100, 10, 10}, "json.too-deep"},
        {"[1]", {2, 3, 10, 10}, NULL},
        {"[1] ", {2, 3, 10, 10}, "json.too-large"},
        {"[1,2]", {2, 100, 2, 10}, NULL},
        {"[1,2,3]", {2, 100, 2, 10}, "json.too-many-members"},
        {"{\"a\":1,\"b\":2,\"c\":3}", {2, 100, 2, 10}, "json.too-many-members"},
        {"\"abc\"", {2, 100, 2, 3}, NULL},
        {"\"abcd\"", {2, 100, 2, 3}, "json.string-too-long"},
        {"{\"abcd\":1}", {2, 100, 2, 3}, "json.string-too-long"},
        {"1234", {2, 100, 2, 3}, "json.string-too-long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = shoji_tree_parse(
            &tree, cases[i].text, strlen(cases[i].text), &cases[i].limits, &error);
        if (cases[i].code == NULL) {
            cr_assert(eq(int, status, SHOJI_OK), "%s", cases[i].text);
        } else {
            cr_assert(eq(int, status, SHOJI_LIMIT), "%s", cases[i].text);
            cr_assert(eq(str, (char *)error.code, (char *)cases[i].code));
        }
        shoji_tree_free(tree);
    }
    shoji_limits bad = SHOJI_LIMITS_INIT;
    shoji_tree *tree = NULL;
    bad.depth = 0;
    cr_assert(eq(int, shoji_tree_parse(&tree, "1", 1, &bad, NULL), SHOJI_USAGE));
}

struct pointer_case {
    const char *text;
    const char *pointer;
};

Test(faults, points_to_what_was_being_read)
{
    static const struct pointer_case cases[] = {
        {"{\"a\":{\"b\":[1,tru]}}", "/a/b/1"},
        {"{\"a\":{\"b\":[1 2]}}", "/a/b"},
        {"[[],{\"x\":1,\"m/n~\" 1}]", "/1/m~1n~0"},
        {"[[],{\"x\":1,\"y\":01}]", "/1"},
        {"[[],{\"x\":1,\"y\":\"\xff\"}]", "/1/y"},
        {"[[],{\"x\":1,}]", "/1"},
        {"[{\"x\":", "/0/x"},
        {"[nul", "/0"},
        {"nul", ""},
        {"[] []", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_assert(eq(
            int,
            shoji_tree_parse(&tree, cases[i].text, strlen(cases[i].text), NULL, &error),
            SHOJI_SYNTAX));
        cr_expect(eq(str, error.pointer, (char *)cases[i].pointer), "%s", cases[i].text);
    }
}

Test(faults, cuts_the_pointer_of_a_deep_place)
{
    char text[400];
    memset(text, '[', sizeof text);
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_tree_parse(&tree, text, sizeof text, NULL, &error), SHOJI_SYNTAX));
    cr_assert(eq(sz, strspn(error.pointer, "/0"), strlen(error.pointer) - 3));
    cr_assert(gt(sz, strlen(error.pointer), SHOJI_ERROR_POINTER_SIZE - 8));
    cr_assert(eq(str, error.pointer + strlen(error.pointer) - 3, "..."));
}

/* The message must not depend on where a block ends. */
Test(faults, explains_a_fault_alike_wherever_it_stands)
{
    static const char *const faults[] = {"[1 /*x*/]",       "[NaN]",
                                         "[-Infinity]",     "[1 // x\n]",
                                         "[\xe2\x80\x9cx]", "[\"\\ud83c\\udf"};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        shoji_error plain = SHOJI_ERROR_INIT;
        shoji_tree *tree = NULL;
        shoji_tree_parse(&tree, faults[i], strlen(faults[i]), NULL, &plain);
        for (size_t before = 32768 - 32; before < 32768 + 20; before++) {
            shoji_buffer text = SHOJI_BUFFER_INIT;
            for (size_t n = 0; n < before; n++)
                shoji_buffer_append_string(&text, " ");
            shoji_buffer_append_format(&text, "%s", faults[i]);
            shoji_error error = SHOJI_ERROR_INIT;
            shoji_tree_parse(&tree, text.bytes, text.length, NULL, &error);
            cr_expect(eq(str, error.message, plain.message));
            cr_expect(eq(sz, error.offset, plain.offset + before));
            shoji_buffer_finish(&text);
        }
    }
}

static void expect_message(const char *text, size_t length, const shoji_limits *limits,
                           const char *part)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(ne(int, shoji_tree_parse(&tree, text, length, limits, &error), SHOJI_OK));
    cr_expect(strstr(error.message, part) != NULL, "%s", error.message);
}

Test(faults, tells_each_limit_that_was_hit)
{
    static const shoji_limits limits = {2, 40, 3, 4};
    expect_message("[[[]]]", 6, &limits, "limit of 2");
    expect_message("[1,2,3,4]", 9, &limits, "limit of 3");
    expect_message("[12345]", 7, &limits, "limit of 4 bytes");
    expect_message("\"\\u00e9\\u00e9\\n\"", 16, &limits, "limit of 4 bytes");
    expect_message("[                                       ]", 41, &limits,
                   "limit of 40");
}

Test(faults, tells_utf_16_from_a_stray_nul)
{
    static const char utf_16[] = "this looks like UTF-16";
    expect_message("{\0\"\0", 4, NULL, utf_16);
    expect_message("\0{\0\"", 4, NULL, utf_16);
    expect_message("\xff\xfe{", 3, NULL, utf_16);
    expect_message("\xfe\xff", 2, NULL, utf_16);
    expect_message("\0{}", 3, NULL, "a control character");
    expect_message("{\0}  ", 5, NULL, "a control character");
}

struct advice_case {
    const char *text;
    const char *advice; /* part of the message */
};

Test(faults, says_what_to_do_about_a_fault)
{
    static const struct advice_case cases[] = {
        {" \n", "white space"},
        {"[1,]", "remove it"},
        {"[1,,2]", "a comma too many"},
        {"{\"a\":1,,}", "a comma too many"},
        {"[1 2]", "a comma is missing"},
        {"[\"a\" \"b\"]", "a comma is missing"},
        {"{\"a\":1 \"b\":2}", "a comma is missing"},
        {"[1}", "']' closes it, not '}'"},
        {"{\"a\":1]", "'}' closes it, not ']'"},
        {"[1]]", "a closing bracket too many"},
        {"{} {}", "put several into an array"},
        {"{'a':1}", "not in apostrophes"},
        {"['a']", "not in apostrophes"},
        {"[\xe2\x80\x9c"
         "a\xe2\x80\x9d]",
         "typographic"},
        {"[1,\xc2\xa0"
         "2]",
         "U+0020"},
        {"[1] // x", "no comments: remove it"},
        {"[NaN]", "use null"},
        {"[None]", "true, false and null"},
        {"[+1]", "plus sign: remove it"},
        {"[.5]", "before its decimal point"},
        {"[5.]", "after its decimal point"},
        {"[007]", "must not begin with a zero"},
        {"[0x10]", "decimal numbers alone"},
        {"[1_000]", "decimal numbers alone"},
        {"[\"say \"hi\"\"]", "must be written as \\\""},
        {"[\"a\n\"]", "must be written as an escape"},
        {"[\"\\d\"]", "write a backslash itself as \\\\"},
        {"[\"a", "a quotation mark is missing"},
        {"[1", "a closing ']' is missing"},
        {"{\"a\":1", "a closing '}' is missing"},
        {"{\"a\":", "before the value of a member"},
        {"<!doctype html>", "HTML"},
        {"\xef\xbb\xbf{}", "save the text as UTF-8 without it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status =
            shoji_tree_parse(&tree, cases[i].text, strlen(cases[i].text), NULL, &error);
        cr_expect(eq(int, status, SHOJI_SYNTAX), "%s", cases[i].text);
        cr_expect(ne(ptr, strstr(error.message, cases[i].advice), NULL), "%s: %s",
                  cases[i].text, error.message);
    }
}
