/* JSON Pointers (RFC 6901). */
#include <shoji/value.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static shoji_tree *tree;

/* The example of RFC 6901, section 5, with an array of more items. */
static void read_the_example(void)
{
    static const char text[] =
        "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
        "\"i\\\\j\":5,\"k\\\"l\":6,\" "
        "\":7,\"m~n\":8,\"m~0n\":9,\"~1\":10,\"n\\u0000n\":11,"
        "\"many\":[0,1,2,3,4,5,6,7,8,9,10,11],\"12\":{\"012\":13}}";
    cr_assert(
        eq(int, shoji_tree_parse(&tree, text, sizeof text - 1, NULL, NULL), SHOJI_OK));
}

static void free_the_example(void)
{
    shoji_tree_free(tree);
}

TestSuite(pointer, .init = read_the_example, .fini = free_the_example);

struct place {
    const char *pointer;
    const char *number;
};

Test(pointer, leads_to_what_rfc_6901_says)
{
    static const struct place places[] = {
        {"/", "0"},         {"/a~1b", "1"},   {"/c%d", "2"},     {"/e^f", "3"},
        {"/g|h", "4"},      {"/i\\j", "5"},   {"/k\"l", "6"},    {"/ ", "7"},
        {"/m~0n", "8"},     {"/m~00n", "9"},  {"/~01", "10"},    {"/many/0", "0"},
        {"/many/11", "11"}, {"/many/9", "9"}, {"/12/012", "13"},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        shoji_value value = shoji_value_at(shoji_tree_root(tree), places[i].pointer);
        const char *number = shoji_value_number(value, NULL);
        cr_expect(
            eq(str, (char *)(number != NULL ? number : "none"), (char *)places[i].number),
            "%s", places[i].pointer);
    }
    shoji_value foo = shoji_value_at(shoji_tree_root(tree), "/foo");
    cr_expect(eq(sz, shoji_value_size(foo), 2));
    cr_expect(
        eq(str, (char *)shoji_value_string(shoji_value_at(foo, "/0"), NULL), "bar"));
}

static void expect_nothing(const char *const pointers[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(
            not(shoji_value_exists(shoji_value_at(shoji_tree_root(tree), pointers[i]))),
            "%s", pointers[i]);
}

Test(pointer, leads_nowhere_where_nothing_is_or_it_is_malformed)
{
    static const char *const pointers[] = {
        "foo", "~1", "/foo/", "/foo/a", "/foo/0/", "/foo/0/0", "/a",  "/a~2b",
        "/a~", "//", "/m~n",  "/m~0",   "/m~0nn",  "/n",       "/nn", "/12/12",
    };
    expect_nothing(pointers, sizeof pointers / sizeof pointers[0]);
}

/* The index of an item has one spelling, and does not wrap around. */
Test(pointer, leads_nowhere_by_what_is_no_index)
{
    static const char *const pointers[] = {
        "/foo/2",
        "/foo/-",
        "/foo/01",
        "/foo/+1",
        "/foo/1 ",
        "/foo/ 1",
        "/foo/0x0",
        "/foo/1.0",
        "/foo/1e0",
        "/many/-0",
        "/many/00",
        "/many/12",
        "/foo/18446744073709551616",
        "/foo/18446744073709551617",
        "/foo/36893488147419103232",
        "/foo/99999999999999999999999999",
    };
    expect_nothing(pointers, sizeof pointers / sizeof pointers[0]);
}
