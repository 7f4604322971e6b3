/* Numbers by their text: the grammar to the letter, and exponents of any length. */
#include <shoji/value.h>
#include <shoji/writer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <string.h>

static shoji_tree *parse(const char *text)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_tree_parse(&tree, text, strlen(text), NULL, &error), SHOJI_OK),
        "%s: %s", text, error.message);
    return tree;
}

static shoji_status write_number(shoji_buffer *text, const char *number)
{
    shoji_writer *writer;
    cr_assert(
        eq(int, shoji_writer_new(&writer, shoji_buffer_sink, text, NULL), SHOJI_OK));
    shoji_writer_number(writer, number, strlen(number));
    shoji_status status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    return status;
}

Test(number, is_read_and_written_as_it_is_spelt)
{
    static const char *const numbers[] = {"0",         "-0",
                                          "10",        "1.50",
                                          "1E+05",     "1e-05",
                                          "-0.0e-000", "0e000",
                                          "-1.0E07",   "123456789012345678901234567890.0",
                                          "1e999",     "1e-999",
                                          "0.1e1",     "9e99999999999999999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        cr_expect(eq(int, write_number(&text, numbers[i]), SHOJI_OK), "%s", numbers[i]);
        cr_expect(eq(str, text.bytes, (char *)numbers[i]));
        shoji_tree *tree = parse(numbers[i]);
        cr_expect(eq(str, (char *)shoji_value_number(shoji_tree_root(tree), NULL),
                     (char *)numbers[i]));
        shoji_tree_free(tree);
        shoji_buffer_finish(&text);
    }
}

Test(number, is_refused_where_the_grammar_has_no_such_thing)
{
    static const char *const texts[] = {
        "",      "-",    "+1",  "01",  "-01", "00",       "1.",  ".5",       "-.5",
        "1.e",   "1.x",  "1e",  "1e+", "1E-", "1e+-1",    "1ex", "1e1.5",    "1e1x",
        "1x",    "0x1",  "1,5", "1 ",  " 1",  "--1",      "-a",  "1_000",    "NaN",
        "1.2.3", "1e5e", "nan", "inf", "-",   "Infinity", "1/2", "\xd9\xa1", "1f"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        cr_expect(eq(int, write_number(&text, texts[i]), SHOJI_SYNTAX), "%s", texts[i]);
        cr_expect(eq(sz, text.length, 0), "%s", texts[i]);
        shoji_buffer_finish(&text);
    }
}

struct pair {
    const char *one;
    const char *other;
    bool equal;
};

Test(number, equals_another_by_value_as_far_as_exponents_can_be_counted)
{
    static const struct pair pairs[] = {
        {"1e+000000000000000000000002", "100", true},
        {"-1e-000000000000000000000002", "-0.01", true},
        {"120e999999999999999999", "1.2e1000000000000000001", false},
        {"120e999999999999999990", "12e999999999999999991", true},
        {"12e-999999999999999999", "1.2e-999999999999999998", true},
        {"1e5", "1e6", false},
        {"1e5", "-1e5", false},
        {"12", "13", false},
        {"1.2", "1.23", false},
        {"1e1000000000000000000", "1e1000000000000000000", true},
        {"1e1000000000000000000", "10e999999999999999999", false},
        {"10e999999999999999999", "1e1000000000000000000", false},
        {"0e1000000000000000000", "0", true},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        shoji_tree *one = parse(pairs[i].one);
        shoji_tree *other = parse(pairs[i].other);
        cr_expect(eq(int, shoji_value_equal(shoji_tree_root(one), shoji_tree_root(other)),
                     pairs[i].equal),
                  "%s and %s", pairs[i].one, pairs[i].other);
        shoji_tree_free(one);
        shoji_tree_free(other);
    }
}

struct far_case {
    const char *text;
    shoji_status status;
    double number; /* where it succeeds */
    bool exact;
};

Test(number, with_an_exponent_that_cannot_be_counted_is_nothing_or_too_much)
{
    static const struct far_case cases[] = {
        {"1e1000000000000000000", SHOJI_RANGE, 0, false},
        {"-1e1000000000000000000", SHOJI_RANGE, 0, false},
        {"1e+9999999999999999999999", SHOJI_RANGE, 0, false},
        {"1e-1000000000000000000", SHOJI_OK, 0.0, false},
        {"-1e-1000000000000000000", SHOJI_OK, -0.0, false},
        {"0e1000000000000000000", SHOJI_OK, 0.0, true},
        {"-0e-1000000000000000000", SHOJI_OK, -0.0, true},
        {"1e999999999999999999", SHOJI_RANGE, 0, false},
        {"1e-999999999999999999", SHOJI_OK, 0.0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_tree *tree = parse(cases[i].text);
        shoji_value value = shoji_tree_root(tree);
        double number = 7;
        int64_t whole = 7;
        bool exact = false;
        shoji_status status = shoji_value_double(value, &number, &exact);
        cr_expect(eq(int, status, cases[i].status), "%s", cases[i].text);
        if (status == SHOJI_OK) {
            cr_expect(number == cases[i].number, "%s: %g", cases[i].text, number);
            cr_expect(eq(int, signbit(number) != 0, signbit(cases[i].number) != 0), "%s",
                      cases[i].text);
            cr_expect(eq(int, exact, cases[i].exact), "%s", cases[i].text);
        } else {
            cr_expect(number == 7, "%s: %g", cases[i].text, number);
        }
        cr_expect(eq(int, shoji_value_int64(value, &whole),
                     cases[i].exact ? SHOJI_OK : SHOJI_RANGE),
                  "%s", cases[i].text);
        shoji_tree_free(tree);
    }
}
