/* Numbers as they are written: compared, and added up. */
#include "store/decimal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct decimal scan(const char *text)
{
    struct decimal decimal;
    cr_assert(decimal_scan(&decimal, text, strlen(text)), "%s", text);
    return decimal;
}

Test(decimal, is_what_the_grammar_of_json_calls_a_number)
{
    static const char *const others[] = {"",    "-",   "01", "1.", ".5",  "+1", "1e",
                                         "1e+", "0x1", "1 ", " 1", "NaN", "1_0"};
    struct decimal decimal;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_assert(not(decimal_scan(&decimal, others[i], strlen(others[i]))), "%s",
                  others[i]);
}

/* In their order; those in one string are equal. */
static const char *const ordered[][4] = {
    {"-1e99999999999999999999", NULL},
    {"-1e400", "-10e399", NULL},
    {"-12345678901234567891", NULL},
    {"-12345678901234567890", "-1234567890123456789e1", NULL},
    {"-1.01", NULL},
    {"-1", "-1.0", "-10e-1", NULL},
    {"-1e-400", NULL},
    {"0", "-0", "0e999", NULL},
    {"1e-99999999999999999999", NULL},
    {"0.1", "1e-1", "0.10", NULL},
    {"0.11", NULL},
    {"1", NULL},
    {"9", NULL},
    {"10", "1e1", NULL},
    {"9007199254740992", NULL},
    {"9007199254740993", NULL},
    {"1e400", NULL},
};

Test(decimal, is_compared_by_value)
{
    size_t count = sizeof ordered / sizeof ordered[0];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            for (size_t n = 0; ordered[k][n] != NULL; n++) {
                struct decimal one = scan(ordered[i][0]);
                struct decimal other = scan(ordered[k][n]);
                int wanted = (i > k) - (i < k);
                cr_assert(eq(int, decimal_compare(&one, &other), wanted), "%s %s",
                          ordered[i][0], ordered[k][n]);
                cr_assert(eq(int, decimal_compare(&other, &one), -wanted));
            }
}

/* The sum of numbers between spaces, or "rough". */
static char *sum_of(const char *texts)
{
    static char result[400];
    char copy[400];
    struct decimal_sum sum = {.is_rough = false};
    shoji_buffer text = SHOJI_BUFFER_INIT;
    snprintf(copy, sizeof copy, "%s", texts);
    for (char *at = strtok(copy, " "); at != NULL; at = strtok(NULL, " ")) {
        struct decimal decimal = scan(at);
        decimal_sum_add(&sum, &decimal, strtod(at, NULL));
    }
    shoji_status status = decimal_sum_append(&text, &sum);
    snprintf(result, sizeof result, "%s", status == SHOJI_OK ? text.bytes : "rough");
    cr_assert(eq(int, status, status == SHOJI_OK ? SHOJI_OK : SHOJI_RANGE));
    shoji_buffer_finish(&text);
    return result;
}

Test(decimal, is_added_exactly)
{
    static const struct {
        const char *texts;
        char *sum;
    } cases[] = {
        {"", "0"},
        {"-0 0e5", "0"},
        {"1 2 3", "6"},
        {"0.1 0.2", "0.3"},
        {"0.1 -0.1", "0"},
        {"1 -2", "-1"},
        {"-0.5 -0.25", "-0.75"},
        {"1 -0.000000001", "0.999999999"},
        {"-1 0.000000001", "-0.999999999"},
        {"999999999 1", "1000000000"},
        {"1e30 -1e-30 1e-30", "1000000000000000000000000000000"},
        {"9007199254740992 1 1e0", "9007199254740994"},
        {"12.50 1.50", "14"},
        {"1e107 -1e107 7", "7"},
        {"1e108", "rough"},
        {"1e-109 1", "rough"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert(eq(str, sum_of(cases[i].texts), cases[i].sum), "%s", cases[i].texts);
}

Test(decimal, has_the_digits_that_it_promises_on_both_sides)
{
    char number[2 * DECIMAL_SUM_DIGITS + 2];
    memset(number, '9', sizeof number - 1);
    number[DECIMAL_SUM_DIGITS] = '.';
    number[sizeof number - 1] = '\0';
    cr_assert(eq(str, sum_of(number), number));
}

Test(decimal, is_a_double_where_it_is_rough)
{
    struct decimal_sum sum = {.is_rough = false};
    struct decimal large = scan("1e300");
    decimal_sum_add(&sum, &large, 1e300);
    decimal_sum_add(&sum, &large, 1e300);
    cr_assert(eq(dbl, decimal_sum_double(&sum), 2e300));
    struct decimal infinite = scan("1e400");
    decimal_sum_add(&sum, &infinite, INFINITY);
    cr_assert(isinf(decimal_sum_double(&sum)) != 0);
}
