/* Rates, by a clock that the tests set, and rules. */
#include "service/rate.h"
#include "service/rules.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

static struct rate *rate;

static void setup(void)
{
    rate = rate_new();
    cr_assert(rate != NULL);
}

static void teardown(void)
{
    rate_free(rate);
}

TestSuite(rate, .init = setup, .fini = teardown);

static uint32_t take(struct rate_limit limit, const char *key, int64_t now)
{
    return rate_take(rate, limit, RATE_ADDRESS, key, now);
}

Test(rate, lets_as_many_through_at_once_as_it_says)
{
    const struct rate_limit limit = {6, 60};
    for (int i = 0; i < 6; i++)
        cr_assert(eq(u32, take(limit, "a", 1000 * SECOND), 0), "%d", i);
    cr_assert(eq(u32, take(limit, "a", 1000 * SECOND), 10));
}

Test(rate, lets_one_more_through_whenever_its_part_of_the_time_has_gone)
{
    const struct rate_limit limit = {6, 60};
    for (int i = 0; i < 6; i++)
        take(limit, "a", 0);
    cr_assert(eq(u32, take(limit, "a", 10 * SECOND - 1), 1));
    cr_assert(eq(u32, take(limit, "a", 10 * SECOND), 0));
    cr_assert(eq(u32, take(limit, "a", 10 * SECOND), 10));
    cr_assert(eq(u32, take(limit, "a", 30 * SECOND), 0));
    cr_assert(eq(u32, take(limit, "a", 30 * SECOND), 0));
    cr_assert(eq(u32, take(limit, "a", 30 * SECOND), 10));
}

Test(rate, does_not_count_what_it_refuses)
{
    const struct rate_limit limit = {1, 10};
    cr_assert(eq(u32, take(limit, "a", 0), 0));
    for (int i = 0; i < 100; i++)
        cr_assert(eq(u32, take(limit, "a", 4 * SECOND), 6));
    cr_assert(eq(u32, take(limit, "a", 10 * SECOND), 0));
}

Test(rate, saves_up_no_more_than_it_says)
{
    const struct rate_limit limit = {2, 10};
    cr_assert(eq(u32, take(limit, "a", 0), 0));
    for (int i = 0; i < 2; i++)
        cr_assert(eq(u32, take(limit, "a", 100000 * SECOND), 0));
    cr_assert(ne(u32, take(limit, "a", 100000 * SECOND), 0));
}

Test(rate, is_each_key_s_own_and_each_kind_s)
{
    const struct rate_limit limit = {1, 10};
    cr_assert(eq(u32, take(limit, "a", 0), 0));
    cr_assert(eq(u32, take(limit, "b", 0), 0));
    cr_assert(eq(u32, rate_take(rate, limit, RATE_TOKEN, "a", 0), 0));
    cr_assert(eq(u32, take(limit, "a", 0), 10));
    cr_assert(eq(u32, rate_take(rate, limit, RATE_TOKEN, "a", 0), 10));
}

Test(rate, is_off_where_it_is_zero)
{
    const struct rate_limit off = {0, 0};
    for (int i = 0; i < 10000; i++)
        cr_assert(eq(u32, take(off, "a", 0), 0));
}

Test(rate, forgets_at_once_what_a_slower_limit_has_left)
{
    const struct rate_limit slow = {1, 86400};
    const struct rate_limit fast = {10, 1};
    cr_assert(eq(u32, take(slow, "a", 0), 0));
    cr_assert(eq(u32, take(slow, "a", 0), 86400));
    cr_assert(eq(u32, take(fast, "a", 0), 1));
    cr_assert(eq(u32, take(fast, "a", SECOND), 0));
}

Test(rate, keeps_those_that_are_over_among_very_many_others)
{
    const struct rate_limit limit = {5, 86400};
    char key[16];
    for (int i = 0; i < 6; i++)
        take(limit, "busy", 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "%d", i);
        take(limit, key, 1);
    }
    cr_assert(ne(u32, take(limit, "busy", 2), 0));
}

Test(rate, is_read_from_a_text)
{
    static const struct {
        const char *text;
        struct rate_limit limit;
    } good[] = {
        {"off", {0, 0}},
        {"1/second", {1, 1}},
        {"600/minute", {600, 60}},
        {"5000/hour", {5000, 3600}},
        {"1000000/day", {1000000, 86400}},
    };
    static const char *const bad[] = {
        "",       "0/second",  "1",         "1/",          "/second", "-1/second",
        "1/week", "1/seconds", "1 /second", "1000001/day", "1e3/day", "99999999/day"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct rate_limit limit = {7, 7};
        cr_assert(rate_parse(&limit, good[i].text), "%s", good[i].text);
        cr_assert(eq(u32, limit.count, good[i].limit.count));
        cr_assert(eq(u32, limit.seconds, good[i].limit.seconds));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rate_limit limit = {7, 7};
        cr_assert(eq(int, rate_parse(&limit, bad[i]), false), "%s", bad[i]);
        cr_assert(eq(u32, limit.count, 7));
    }
}

static struct rules_grant grant(const char *text, char *names)
{
    struct rules_grant parsed = {RULES_UNSAID, NULL};
    cr_assert(rules_parse(&parsed, names, text), "%s", text);
    return parsed;
}

Test(rules, let_those_whom_they_name)
{
    char names[64];
    static const struct {
        const char *text;
        bool nobody;
        bool ann;
        bool an;
        bool bob;
    } cases[] = {
        {"public", true, true, true, true},
        {"users", false, true, true, true},
        {"nobody", false, false, false, false},
        {"ann", false, true, false, false},
        {" ann ,bob,", false, true, false, true},
        {"annie bob", false, false, false, true},
        {"an", false, false, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rules_grant parsed = grant(cases[i].text, names);
        cr_assert(eq(int, rules_let(&parsed, NULL), cases[i].nobody), "%zu", i);
        cr_assert(eq(int, rules_let(&parsed, "ann"), cases[i].ann), "%zu", i);
        cr_assert(eq(int, rules_let(&parsed, "an"), cases[i].an), "%zu", i);
        cr_assert(eq(int, rules_let(&parsed, "bob"), cases[i].bob), "%zu", i);
    }
}

Test(rules, are_refused_where_they_name_nobody_that_can_be)
{
    static const char *const bad[] = {
        "", " ", ",", "ann;bob", "public ann", "ann users", "\xC3\xA4", "a/b", "a\"b"};
    char names[64];
    struct rules_grant parsed;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(eq(int, rules_parse(&parsed, names, bad[i]), false), "%s", bad[i]);
}

static const struct rule list[] = {
    {"/a/", {RULES_USERS, NULL}, {RULES_UNSAID, NULL}},
    {"/a/b/", {RULES_UNSAID, NULL}, {RULES_NOBODY, NULL}},
    {"/", {RULES_UNSAID, NULL}, {RULES_PUBLIC, NULL}},
    {"/a/b/c/", {RULES_PUBLIC, NULL}, {RULES_USERS, NULL}},
};
static const struct rules all = {list, 4};

Test(rules, count_by_the_longest_path_that_says_something)
{
    static const struct {
        const char *path;
        enum rules_who read;
        enum rules_who write;
    } cases[] = {
        {"/", RULES_PUBLIC, RULES_PUBLIC},        {"/x/", RULES_PUBLIC, RULES_PUBLIC},
        {"/a/", RULES_USERS, RULES_PUBLIC},       {"/a/x/y/", RULES_USERS, RULES_PUBLIC},
        {"/a/b/", RULES_USERS, RULES_NOBODY},     {"/ab/", RULES_PUBLIC, RULES_PUBLIC},
        {"/a/b/c/d/", RULES_PUBLIC, RULES_USERS},
    };
    const struct rules none = {NULL, 0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert(
            eq(int, (int)rules_reading(&all, cases[i].path)->who, (int)cases[i].read),
            "%s", cases[i].path);
        cr_assert(
            eq(int, (int)rules_writing(&all, cases[i].path)->who, (int)cases[i].write),
            "%s", cases[i].path);
    }
    cr_assert(eq(int, (int)rules_reading(&none, "/")->who, (int)RULES_PUBLIC));
    cr_assert(eq(int, (int)rules_writing(&none, "/")->who, (int)RULES_USERS));
}

Test(rules, tell_what_they_hide_directly_below)
{
    cr_assert(rules_hide_below(&all, "/"));
    cr_assert(eq(int, rules_hide_below(&all, "/a/"), false));
    cr_assert(eq(int, rules_hide_below(&all, "/a/b/"), false));
    cr_assert(eq(int, rules_hide_below(&all, "/x/"), false));
    cr_assert(ne(u64, rules_view(&all, "/", NULL), 0));
    cr_assert(eq(u64, rules_view(&all, "/", "ann"), 0));
    cr_assert(eq(u64, rules_view(&all, "/a/", NULL), 0));
}

Test(rules, have_a_view_for_each_set_of_hidden_things)
{
    static const struct rule two[] = {
        {"/a/", {RULES_NAMED, "ann"}, {RULES_UNSAID, NULL}},
        {"/b/", {RULES_NAMED, "ann bob"}, {RULES_UNSAID, NULL}},
    };
    const struct rules rules = {two, 2};
    uint64_t nobody = rules_view(&rules, "/", NULL);
    uint64_t bob = rules_view(&rules, "/", "bob");
    cr_assert(ne(u64, nobody, bob));
    cr_assert(eq(u64, rules_view(&rules, "/", "carol"), nobody));
    cr_assert(eq(u64, rules_view(&rules, "/", "ann"), 0));
}
