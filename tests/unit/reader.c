/* The streaming reader. */
#include "support/failing_memory.h"

#include <shoji/reader.h>
#include <shoji/writer.h>

#include "value/stream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Writes each member as NAME=VALUE; into a buffer. */
static shoji_status collect(void *context, const shoji_member *member)
{
    shoji_buffer *all = context;
    shoji_buffer value = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_value_emit(&value, member->value, NULL);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(
            all, "%s=%s;", member->name ? member->name : "", value.bytes);
    shoji_buffer_finish(&value);
    return status;
}

/* Feeds a text in pieces of that many bytes. */
static shoji_status read_in_pieces(const char *text, size_t length, size_t piece,
                                   const char *pointer, const shoji_limits *limits,
                                   shoji_buffer *all, shoji_error *error)
{
    shoji_reader *reader;
    shoji_status status = shoji_reader_new(&reader, pointer, limits, collect, all);
    if (status != SHOJI_OK)
        return status;
    /* Pieces are put together; it is the blocks that cut tokens. */
    if (piece < 1000)
        shoji__reader_cut(reader, piece);
    for (size_t at = 0; at < length && status == SHOJI_OK; at += piece)
        status = shoji_reader_feed(reader, text + at,
                                   length - at < piece ? length - at : piece, error);
    if (status == SHOJI_OK)
        status = shoji_reader_end(reader, error);
    shoji_reader_free(reader);
    return status;
}

static shoji_status ignore(void *context, const shoji_member *member)
{
    (void)context;
    (void)member;
    return SHOJI_OK;
}

struct reader_case {
    const char *text;
    const char *pointer;
    const char *expected;
};

Test(reader, gives_the_members_at_a_pointer)
{
    static const struct reader_case cases[] = {
        {"[1, \"a\" ,null,[2],{\"b\":3}]", "", "=1;=\"a\";=null;=[2];={\"b\":3};"},
        {"{\"a\":1,\"b\\n\":{\"c\":[]}}", "", "a=1;b\n={\"c\":[]};"},
        {"{\"x\":{\"index\":{\"no\":0}},\"index\":{\"1/\":{\"n\":1},\"2/\":null}}",
         "/index", "1/={\"n\":1};2/=null;"},
        {"{\"a\":{\"b\":[1]},\"a\":{\"b\":[2]}}", "/a/b", "=1;=2;"},
        {"{\"a/b\":{\"m~n\":{\"k\":1.50}}}", "/a~1b/m~0n", "k=1.50;"},
        {"{\"a\":[[\"b\",{\"b\":[9]}]],\"b\":[1]}", "/b", "=1;"},
        {"{\"3166-1\":[]}", "/3166-1", ""},
        {"{\"a\":{\"self\":0},\"self\" : \"x\\n\",\"b\":{\"self\":1}}", "/self",
         "self=\"x\\n\";"},
        {"{\"a\":{\"n~\":1.50,\"m\":2},\"a\":{\"n~\":null}}", "/a/n~0",
         "n~=1.50;n~=null;"},
        {" 5 ", "", "=5;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece < 80; piece++) {
            shoji_buffer all = SHOJI_BUFFER_INIT;
            shoji_error error = SHOJI_ERROR_INIT;
            shoji_buffer_append_string(&all, "");
            cr_assert(eq(int,
                         read_in_pieces(cases[i].text, strlen(cases[i].text), piece,
                                        cases[i].pointer, NULL, &all, &error),
                         SHOJI_OK),
                      "%s: %s", cases[i].text, error.message);
            cr_assert(eq(str, all.bytes, (char *)cases[i].expected), "%s", cases[i].text);
            shoji_buffer_finish(&all);
        }
    }
}

Test(reader, says_that_nothing_is_at_the_pointer)
{
    shoji_buffer all = SHOJI_BUFFER_INIT;
    static const char text[] = "{\"a\":5,\"b\":[{\"c\":[]}]}";
    cr_assert(eq(int, read_in_pieces(text, strlen(text), 5, "/x", NULL, &all, NULL),
                 SHOJI_NOT_FOUND));
    cr_assert(eq(int, read_in_pieces(text, strlen(text), 5, "/b/0", NULL, &all, NULL),
                 SHOJI_NOT_FOUND));
    cr_assert(eq(int, read_in_pieces(text, strlen(text), 5, "/a/0", NULL, &all, NULL),
                 SHOJI_NOT_FOUND));
    cr_assert(eq(int, read_in_pieces(text, strlen(text), 5, "x", NULL, &all, NULL),
                 SHOJI_USAGE));
    shoji_buffer_finish(&all);
}

/* A text with a fault far behind the window's start; its place must not depend on the
 * pieces, and must be the one that a whole reading gives. */
static void expect_same_fault(const char *fault)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"index\":{\n");
    for (int i = 0; text.length < 150000; i++)
        shoji_buffer_append_format(&text, "\"%d/\": {\"n\": \"\xc3\xa9\\n\"},\n", i);
    shoji_buffer_append_format(&text, "%s", fault);

    shoji_tree *tree = NULL;
    shoji_error whole = SHOJI_ERROR_INIT;
    cr_assert(ne(int, shoji_tree_parse(&tree, text.bytes, text.length, NULL, &whole), 0));
    static const size_t pieces[] = {1, 4096, 65536, 65537, 1000000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        shoji_buffer all = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = read_in_pieces(text.bytes, text.length, pieces[i], "/index",
                                             NULL, &all, &error);
        cr_assert(eq(int, status, (int)whole.status), "%s in %zu", fault, pieces[i]);
        cr_assert(eq(str, (char *)error.code, (char *)whole.code), "%s", fault);
        cr_assert(eq(sz, error.line, whole.line), "%s in %zu", fault, pieces[i]);
        cr_assert(eq(sz, error.column, whole.column), "%s in %zu", fault, pieces[i]);
        cr_assert(eq(sz, error.offset, whole.offset), "%s in %zu", fault, pieces[i]);
        shoji_buffer_finish(&all);
    }
    shoji_buffer_finish(&text);
}

Test(reader, finds_each_fault_where_a_whole_reading_does)
{
    static char long_gap[140000];
    memset(long_gap, ' ', sizeof long_gap);
    memcpy(long_gap, "\"a\":1,", 6);
    memcpy(long_gap + sizeof long_gap - 3, "}}", 3);
    static const char *const endings[] = {
        "}}",
        "\"a\":1",
        "\"a\":01}}",
        "\"a\":\"\\ud800\"}}",
        "\"a\":\"x",
        "\"a\":1}} x",
        "\"a\":1}}\x0c",
        "\"a\":\"\xff\"}}",
        "\"a\":[1,\n]",
        "\"a\" 1}}",
        "\"a\":tru}}",
        long_gap,
        "\"a\":\"\\ud83c",
    };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        expect_same_fault(endings[i]);
}

Test(reader, keeps_the_limit_of_a_member)
{
    static const shoji_limits limits = {8, 40, 8, 20};
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    static const char wide[] = "[[1],[1,2,3,4,5,6,7,8,9]]";
    cr_assert(eq(int, read_in_pieces(wide, strlen(wide), 3, "", &limits, &all, &error),
                 SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "json.too-many-members"));
    static const char large[] = "[[1],[\"0123456789\",\"0123456789\",\"0123456789\",1]]";
    cr_assert(eq(int, read_in_pieces(large, strlen(large), 3, "", &limits, &all, &error),
                 SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "json.too-large"));
    cr_assert(eq(sz, error.offset, 5));
    shoji_buffer_finish(&all);
}

/* Feeds the same bytes over and over: what is allocated must stay as it was early on. */
static void expect_steady_memory(const char *begin, const char *bytes, size_t length)
{
    enum {
        ROUNDS = 40000,
        EARLY = 10000
    };
    shoji_reader *reader;
    size_t before = failing_memory_bytes();
    cr_assert(eq(int, shoji_reader_new(&reader, "/x", NULL, ignore, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_reader_feed(reader, begin, strlen(begin), NULL), SHOJI_OK));
    size_t early = 0;
    for (int i = 0; i < ROUNDS; i++) {
        cr_assert(eq(int, shoji_reader_feed(reader, bytes, length, NULL), SHOJI_OK));
        if (i == EARLY)
            early = failing_memory_bytes();
    }
    cr_expect(eq(sz, failing_memory_bytes(), early), "%s...%.40s", begin, bytes);
    shoji_reader_free(reader);
    cr_assert(eq(sz, failing_memory_bytes(), before));
}

Test(reader, needs_memory_for_one_member_alone)
{
    static const char item[] = "{\"name\":\"0123456789\",\"list\":[1,2,3]},";
    static const char spaces[] = "      \n                                 ";
    expect_steady_memory("{\"y\":[", item, sizeof item - 1);
    expect_steady_memory("{\"x\":[", item, sizeof item - 1);
    expect_steady_memory("{\"x\":[", spaces, sizeof spaces - 1);
    expect_steady_memory("{\"x\":[1,", spaces, sizeof spaces - 1);
    expect_steady_memory("{\"x\":[1],\"y\"", spaces, sizeof spaces - 1);
    expect_steady_memory("{\"x\":[1]}", spaces, sizeof spaces - 1);
}

Test(reader, gives_a_scalar_that_white_space_stands_before)
{
    static char text[200000];
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"x\":[1,", 8);
    memcpy(text + sizeof text - 4, "2]}", 3);
    shoji_buffer all = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, read_in_pieces(text, sizeof text - 1, 4096, "/x", NULL, &all, NULL),
                 SHOJI_OK));
    cr_assert(eq(str, all.bytes, "=1;=2;"));
    shoji_buffer_finish(&all);
}

Test(reader, refuses_a_string_that_is_too_long_before_its_end)
{
    static char text[100000];
    static const shoji_limits limits = {8, 1000000, 8, 50000};
    memset(text, 'a', sizeof text);
    memcpy(text, "[\"", 2);
    shoji_reader *reader;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_reader_new(&reader, "", &limits, ignore, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_reader_feed(reader, text, sizeof text, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "json.string-too-long"));
    cr_assert(eq(sz, error.offset, 1));
    shoji_reader_free(reader);
}

static shoji_status stop_at_second(void *context, const shoji_member *member)
{
    (void)member;
    return ++*(int *)context == 2 ? SHOJI_STOPPED : SHOJI_OK;
}

Test(reader, stops_when_its_callback_does)
{
    int calls = 0;
    shoji_reader *reader;
    shoji_reader_new(&reader, "", NULL, stop_at_second, &calls);
    cr_assert(eq(int, shoji_reader_feed(reader, "[1,2,3,4]", 9, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_reader_end(reader, NULL), SHOJI_STOPPED));
    cr_assert(eq(int, shoji_reader_end(reader, NULL), SHOJI_STOPPED));
    cr_assert(eq(int, calls, 2));
    shoji_reader_free(reader);
}

Test(reader, tells_the_error_that_sticks_every_time)
{
    shoji_reader *reader;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_reader_new(&reader, "", NULL, collect, &all);
    cr_assert(eq(int, shoji_reader_feed(reader, "[1,]", 4, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_reader_end(reader, NULL), SHOJI_SYNTAX));
    cr_assert(eq(int, shoji_reader_feed(reader, "1", 1, &error), SHOJI_SYNTAX));
    cr_assert(eq(str, (char *)error.code, "json.trailing-comma"));
    cr_assert(eq(sz, error.column, 3));
    shoji_reader_free(reader);
    shoji_buffer_finish(&all);
}

Test(reader, takes_no_text_after_its_end)
{
    shoji_reader *reader;
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_reader_new(&reader, "", NULL, collect, &all);
    cr_assert(eq(int, shoji_reader_feed(reader, "[1]", 3, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_reader_end(reader, NULL), SHOJI_OK));
    cr_expect(eq(int, shoji_reader_feed(reader, " ", 1, NULL), SHOJI_USAGE));
    shoji_reader_free(reader);
    shoji_reader_free(NULL);
    shoji_buffer_finish(&all);
}

static int read_sample(void)
{
    static char text[6000];
    memset(text, 'z', sizeof text);
    memcpy(text, "{\"a\":{\"x\":[1,2],\"y\":\"z\\n", 24);
    memcpy(text + sizeof text - 3, "\"}}", 3);
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_status status = read_in_pieces(text, sizeof text, 700, "/a", NULL, &all, NULL);
    shoji_buffer_finish(&all);
    return status;
}

Test(reader, survives_every_failed_allocation)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, read_sample());
    cr_assert(gt(int, failures, 8));
}
