/* Matching: the vectors, its properties, and its bounds. */
#include "iri/match.h"
#include "iri/percent.h"
#include "support/cases.h"
#include "support/failing_memory.h"

#include <shoji/iri.h>
#include <shoji/template.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static shoji_template *compile(const char *text)
{
    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_template_compile(&tmpl, text, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s: %s", text, error.message);
    return tmpl;
}

static bool same_string(shoji_value value, const char *string)
{
    const char *wanted = shoji_value_string(value, NULL);
    return wanted != NULL && strcmp(wanted, string) == 0;
}

/* Whether a variable has the value that JSON gives it, kind and all. */
static bool same_value(const shoji_variables *variables, const char *name,
                       shoji_value wanted)
{
    size_t size = 0;
    const char *key = NULL;
    const char *value = NULL;
    shoji_variable_kind kind = shoji_variables_kind(variables, name, &size);
    if (shoji_value_type(wanted) == SHOJI_STRING)
        return kind == SHOJI_VARIABLE_STRING &&
               shoji_variables_get(variables, name, 0, NULL, &value) &&
               same_string(wanted, value);
    bool map = shoji_value_type(wanted) == SHOJI_OBJECT;
    bool same = kind == (map ? SHOJI_VARIABLE_MAP : SHOJI_VARIABLE_LIST) &&
                size == shoji_value_size(wanted);
    for (size_t i = 0; i < size && same; i++) {
        shoji_variables_get(variables, name, i, &key, &value);
        same = same_string(
            map ? shoji_value_member(wanted, key) : shoji_value_item(wanted, i), value);
    }
    return same;
}

static void check_match(shoji_value vector, const char *about)
{
    const char *text = case_text(vector, "template");
    const char *iri = case_text(vector, "iri");
    shoji_value expect = shoji_value_member(vector, "expect");
    shoji_value wanted = shoji_value_member(expect, "values");
    shoji_template *tmpl = compile(text);
    shoji_variables *values = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_template_match(&values, tmpl, iri, &error);
    if (!shoji_value_exists(wanted)) {
        cr_expect(status == SHOJI_NO_MATCH &&
                      strcmp(error.code, case_text(expect, "code")) == 0,
                  "%s: %s and %s: status %d", about, text, iri, status);
        cr_expect(status == SHOJI_OK || values == NULL, "%s: touched", about);
    } else if (status != SHOJI_OK) {
        cr_expect(false, "%s: %s and %s: %s", about, text, iri, error.message);
    } else {
        cr_expect(shoji_variables_count(values) == shoji_value_size(wanted),
                  "%s: %s and %s: %zu variables", about, text, iri,
                  shoji_variables_count(values));
        shoji_members members = shoji_value_members(wanted);
        shoji_member member;
        while (shoji_members_next(&members, &member))
            cr_expect(same_value(values, member.name, member.value),
                      "%s: %s and %s: the value of %s", about, text, iri, member.name);
    }
    shoji_variables_free(values);
    shoji_template_free(tmpl);
}

Test(template_match_vectors, match)
{
    cases_run("templates/match.json", check_match);
}

Test(template_match, says_which_iri_does_not_match_which_template)
{
    shoji_template *tmpl = compile("sellers{?sold_count}");
    shoji_variables *values = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_template_match(&values, tmpl, "bills", &error), SHOJI_NO_MATCH));
    cr_assert(ne(ptr, strstr(error.message, "\"bills\""), NULL));
    cr_assert(ne(ptr, strstr(error.message, "sellers{?sold_count}"), NULL));
    shoji_template_free(tmpl);
}

Test(template_match, matches_no_text_that_is_not_utf8)
{
    shoji_template *tmpl = compile("{+a}");
    shoji_variables *values = NULL;
    cr_assert(
        eq(int, shoji_template_match(&values, tmpl, "a\xff", NULL), SHOJI_NO_MATCH));
    cr_assert(eq(ptr, values, NULL));
    shoji_template_free(tmpl);
}

static uint32_t random_state = 2463534242u;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

#define PICK(array) (array)[random_below(sizeof(array) / sizeof(array)[0])]

static const char *const names[] = {"a", "b", "c", "d", "e", "f",
                                    "g", "h", "i", "j", "k", "l"};

enum {
    NAME_COUNT = sizeof names / sizeof names[0],
    REPEATED_NAME_COUNT = 5
};

/* An expression of up to three variables: those from `first` on, or others that may well
 * stand elsewhere, too. */
static void append_expression(shoji_buffer *text, size_t first, bool distinct)
{
    static const char *const operators[] = {"",  "",  "+", "#", ".", "/",
                                            "/", ";", "?", "?", "&", "&"};
    static const char *const modifiers[] = {"", "", "", "*", "*", ":1", ":3"};
    size_t limit = distinct ? NAME_COUNT : REPEATED_NAME_COUNT;
    size_t count = 1 + random_below(3);
    if (!distinct)
        first = random_below(limit);
    shoji_buffer_append_format(text, "{%s", PICK(operators));
    for (size_t i = 0; i < count; i++)
        shoji_buffer_append_format(text, "%s%s%s", i == 0 ? "" : ",",
                                   names[(first + i) % limit], PICK(modifiers));
    shoji_buffer_append_string(text, "}");
}

static void append_template(shoji_buffer *text, bool distinct)
{
    static const char *const literals[] = {"/",   "x", "-", "?k=1",     "#",
                                           "%2f", ",", ".", "\xc3\xa9", "a=1"};
    size_t count = 1 + random_below(4);
    for (size_t i = 0; i < count; i++) {
        if (random_below(2) == 0)
            shoji_buffer_append_string(text, PICK(literals));
        append_expression(text, 3 * i, distinct);
    }
    if (random_below(3) == 0)
        shoji_buffer_append_string(text, PICK(literals));
}

/*
 * Sets each variable to something, or leaves it undefined. No key is the name of a
 * variable, whose member it would be, and no two maps have one, which could be of either.
 */
static void set_randomly(shoji_variables *variables)
{
    static const char *const values[] = {"",
                                         "1",
                                         "a b",
                                         "\xc3\xa9",
                                         "/",
                                         ",",
                                         "%2F",
                                         "%",
                                         "x.y",
                                         "a=b;c&d?",
                                         "aa",
                                         "xx",
                                         "%%",
                                         "..",
                                         "-",
                                         "#",
                                         "a,b",
                                         "100%41",
                                         "\xf0\x9f\x98\x80"};
    static const char *const keys[] = {"k", "l", "k k", "\xc3\xa8", "=&;.,", "", "m.n"};
    for (size_t i = 0; i < NAME_COUNT; i++) {
        size_t kind = random_below(8);
        size_t count = random_below(4);
        if (kind < 4)
            shoji_variables_set(variables, names[i], PICK(values));
        for (size_t k = 0; k < count && (kind == 4 || kind == 5); k++)
            shoji_variables_add(variables, names[i], PICK(values));
        for (size_t k = 0; k < count && kind == 6; k++) {
            char key[16];
            snprintf(key, sizeof key, "%s_%zu", PICK(keys), i);
            shoji_variables_set_pair(variables, names[i], key, PICK(values));
        }
    }
}

static int compare_bytes(const void *one, const void *other)
{
    return *(const unsigned char *)one - *(const unsigned char *)other;
}

static void normalize(shoji_buffer *normal, const char *text)
{
    cr_assert(eq(int, shoji_buffer_append_string(normal, ""), SHOJI_OK));
    cr_assert(eq(int, shoji__percent_normalize(normal, shoji__slice_of(text)), SHOJI_OK));
}

/* Whether two texts are the same; where that may be otherwise, but for the order of
 * members of a form. */
static bool same_text(const char *one, const char *other, bool ordered)
{
    shoji_buffer normal_one = SHOJI_BUFFER_INIT;
    shoji_buffer normal_other = SHOJI_BUFFER_INIT;
    normalize(&normal_one, one);
    normalize(&normal_other, other);
    if (!ordered && strchr(one, '&') != NULL) {
        qsort(normal_one.bytes, normal_one.length, 1, compare_bytes);
        qsort(normal_other.bytes, normal_other.length, 1, compare_bytes);
    }
    bool same = strcmp(normal_one.bytes, normal_other.bytes) == 0;
    shoji_buffer_finish(&normal_one);
    shoji_buffer_finish(&normal_other);
    return same;
}

/* What a text is matched with expands to it again. false where it does not match. */
static bool check_match_holds(const shoji_template *tmpl, const char *iri, bool ordered)
{
    shoji_variables *values = NULL;
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    bool matched = shoji_template_match(&values, tmpl, iri, NULL) == SHOJI_OK;
    if (matched) {
        cr_assert(
            eq(int, shoji_template_expand(&expansion, tmpl, values, NULL), SHOJI_OK));
        cr_assert(same_text(iri, expansion.bytes, ordered), "%s: %s gave %s",
                  shoji_template_text(tmpl), iri, expansion.bytes);
    }
    shoji_variables_free(values);
    shoji_buffer_finish(&expansion);
    return matched;
}

/* How many of `count` random expansions match, and how many were expanded. */
static size_t count_matches(size_t count, bool distinct, size_t *expanded)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    size_t matched = 0;
    *expanded = 0;
    for (size_t i = 0; i < count; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        shoji_variables *variables = NULL;
        append_template(&text, distinct);
        shoji_template *tmpl = compile(text.bytes);
        cr_assert(eq(int, shoji_variables_new(&variables), SHOJI_OK));
        set_randomly(variables);
        if (shoji_template_expand(&expansion, tmpl, variables, NULL) == SHOJI_OK) {
            bool matches = check_match_holds(tmpl, expansion.bytes, distinct);
            cr_expect(matches || !distinct, "%s does not match %s", text.bytes,
                      expansion.bytes);
            matched += matches;
            (*expanded)++;
        }
        shoji_variables_free(variables);
        shoji_template_free(tmpl);
        shoji_buffer_finish(&text);
    }
    shoji_buffer_finish(&expansion);
    return matched;
}

Test(template_match, finds_values_for_whatever_was_expanded)
{
    size_t expanded = 0;
    size_t matched = count_matches(12000, true, &expanded);
    cr_assert(gt(sz, expanded, 5000));
    cr_assert(eq(sz, matched, expanded));
}

/* Not for all: where each appearance of a variable tells something else of its value, it
 * can take several of them together to find it (MATCH-10). */
Test(template_match, finds_values_of_nearly_all_variables_that_stand_more_than_once)
{
    size_t expanded = 0;
    size_t matched = count_matches(3000, false, &expanded);
    cr_assert(gt(sz, expanded, 1200));
    cr_assert(gt(sz, matched * 1000, expanded * 990), "%zu of %zu", matched, expanded);
}

Test(template_match, gives_only_values_that_expand_to_the_iri)
{
    static const char *const pieces[] = {
        "a",  "b",   "x",   "/",      ",",   ".",   ";",   "?", "&", "=",
        "a=", "%41", "%2f", "%C3%A9", "%C3", "?a=", "&b=", "1", "#", "-"};
    size_t matched = 0;
    for (int i = 0; i < 30000; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        shoji_buffer iri = SHOJI_BUFFER_INIT;
        append_template(&text, i % 2 == 0);
        shoji_buffer_append_string(&iri, "");
        for (size_t k = random_below(8); k > 0; k--)
            shoji_buffer_append_string(&iri, PICK(pieces));
        shoji_template *tmpl = compile(text.bytes);
        matched += check_match_holds(tmpl, iri.bytes, false);
        shoji_template_free(tmpl);
        shoji_buffer_finish(&text);
        shoji_buffer_finish(&iri);
    }
    cr_assert(gt(sz, matched, 500));
}

/* `count` times a piece, with something behind it. To be freed. A number sign in the
 * piece is replaced by a number of five digits, which grows. */
static char *repeated(const char *piece, size_t count, const char *after)
{
    const char *sign = strchr(piece, '#');
    bool numbered = sign != NULL && sign != piece;
    size_t before = numbered ? (size_t)(sign - piece) : 0;
    size_t width = strlen(piece) + (numbered ? 4 : 0);
    char *text = malloc(count * width + strlen(after) + 1);
    cr_assert(text != NULL);
    for (size_t i = 0; i < count; i++) {
        char *at = text + i * width;
        if (numbered)
            sprintf(at, "%.*s%05zu%s", (int)before, piece, i % 100000, sign + 1);
        else
            memcpy(at, piece, width);
    }
    strcpy(text + count * width, after);
    return text;
}

struct hard_case {
    const char *text, *piece, *after;
    shoji_status status;
};

/* Matches a case of about `length` bytes, and returns the work that it was. */
static double work_of(const struct hard_case *hard, size_t length, shoji_status *status)
{
    shoji_template *tmpl = compile(hard->text);
    size_t width = strlen(hard->piece) + (strchr(hard->piece + 1, '#') != NULL ? 4 : 0);
    char *iri = repeated(hard->piece, length / width, hard->after);
    shoji_variables *values = NULL;
    uint64_t work = 0;
    *status = shoji__match_text(&values, tmpl, shoji__slice_of(iri), &work);
    shoji_variables_free(values);
    shoji_template_free(tmpl);
    free(iri);
    return (double)work;
}

/* MATCH-12: twice the length takes about twice the work, up to the longest IRI. */
Test(template_match, takes_time_that_grows_as_the_length_does)
{
    static const struct hard_case cases[] = {
        {"{a}{b}{c}{d}{e}{f}{g}{h}!", "a", "", SHOJI_NO_MATCH},
        {"{a}{b}{c}{d}", "a", "", SHOJI_OK},
        {"{+a}{+b}{+c}{+d}x", "/a", "/", SHOJI_NO_MATCH},
        {"{#a*}{+b*}{c}!", "#a,", "", SHOJI_NO_MATCH},
        {"{a,b}{c,d}{e,f}!", "a,", "", SHOJI_NO_MATCH},
        {"{a,b,c,d,e,f,g,h}!", "a,", "", SHOJI_NO_MATCH},
        {"{/a,b,c}{/d,e,f}!", "/a", "", SHOJI_NO_MATCH},
        {"{a:9999}{b:9999}{c:9999}{d:9999}!", "a", "", SHOJI_NO_MATCH},
        {"{+a:9999}{+b:9999}{+c:9999}!", "%C3%A9", "", SHOJI_NO_MATCH},
        {"{/a*}{/b*}{/c*}!", "/a", "", SHOJI_NO_MATCH},
        {"{/a*}{/b*}{/c*}!", "/a=1", "", SHOJI_NO_MATCH},
        {"{/a*}{/b*}{/c*}", "/a", "", SHOJI_OK},
        {"{.a*}{.b*}{.c*}!", ".a=1", "", SHOJI_NO_MATCH},
        {"{;a*}{;b*}{;c*}!", ";a=v", "", SHOJI_NO_MATCH},
        {"{;a*}{;b*}{;c*}!", ";k", "", SHOJI_NO_MATCH},
        {"{&a*}{&b*}{&c*}!", "&a=v", "", SHOJI_NO_MATCH},
        {"{&a*}{&b*}{&c*}!", "&k=v", "", SHOJI_NO_MATCH},
        {"{&a,b}{&c*}!", "&a=v", "", SHOJI_NO_MATCH},
        {"{;a*,b*,c*}", ";k", "", SHOJI_NO_MATCH},
        {"{;a*}{;b*}{;c*}", ";k", "", SHOJI_NO_MATCH},
        {"{;a*}{;c*}", ";k", "", SHOJI_NO_MATCH},
        {"{;a*}{;c*}", ";a", ";b", SHOJI_OK},
        {"{/a*,b*,c*}", "/k=1", "", SHOJI_NO_MATCH},
        {"{/a*}{/b*}{/c*}", "/k=1", "", SHOJI_NO_MATCH},
        {"{.a*}{.b*}{.c*}", ".k=1", "", SHOJI_NO_MATCH},
        {"{a*,b*,c*}", "k=1,", "k=1", SHOJI_NO_MATCH},
        {"{&a*}{&b*}{&c*}", "&k=1", "", SHOJI_NO_MATCH},
        {"{&a*,b*}{&c*,d*}", "&k=1", "", SHOJI_NO_MATCH},
        {"{;a*}{;b*}{;c*}!", ";k#", "", SHOJI_NO_MATCH},
        {"{;a*}{;b*}{;c*}", ";k#", ";k0", SHOJI_OK},
        {"{;a*}x{;b*}x{;c*}!", ";kx#", "", SHOJI_NO_MATCH},
        {"{;a*}{/b}k{;c*}", ";k#", "", SHOJI_NO_MATCH},
        {"{/a*}{/b*}{/c*}!", "/k#=1", "", SHOJI_NO_MATCH},
        {"{.a*}{.b*}{.c*}", ".k#=1", ".k0=1", SHOJI_OK},
        {"{&a*}{&b*}{&c*}", "&k#=1", "&k0=1", SHOJI_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_status status = SHOJI_OK;
        double half = work_of(&cases[i], 32000, &status);
        double whole = work_of(&cases[i], 64000, &status);
        cr_expect(status == cases[i].status, "%s and %s: status %d", cases[i].text,
                  cases[i].piece, status);
        cr_expect(whole < 2.5 * half, "%s and %s: %f and then %f", cases[i].text,
                  cases[i].piece, half, whole);
        cr_expect(whole < 50e6, "%s and %s: %f", cases[i].text, cases[i].piece, whole);
    }
}

/* The members of a form of several variables depend on those before them. */
Test(template_match, takes_time_by_the_square_of_the_length_for_several_forms)
{
    static const struct hard_case cases[] = {
        {"{&a,b*}{&c,d*}!", "&k=v", "", SHOJI_NO_MATCH},
        {"{&a*,b*}{&c*}!", "&a=v", "", SHOJI_NO_MATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_status status = SHOJI_OK;
        double half = work_of(&cases[i], 3000, &status);
        double whole = work_of(&cases[i], 6000, &status);
        cr_expect(status == cases[i].status, "%s: status %d", cases[i].text, status);
        cr_expect(whole < 4.5 * half, "%s: %f and then %f", cases[i].text, half, whole);
    }
}

/* However many variables there are: nothing is given up where none stands twice. */
Test(template_match, gives_nothing_up_where_no_variable_stands_twice)
{
    static const char *const afters[] = {"", "!"};
    for (size_t i = 0; i < sizeof afters / sizeof afters[0]; i++) {
        shoji_buffer text = SHOJI_BUFFER_INIT;
        for (size_t k = 0; k < 200; k++)
            shoji_buffer_append_format(&text, "{v%zu}", k);
        shoji_buffer_append_string(&text, "!");
        struct hard_case hard = {text.bytes, "a", afters[i], SHOJI_OK};
        shoji_status status = SHOJI_LIMIT;
        double work = work_of(&hard, 65000, &status);
        cr_expect(eq(int, status, i == 0 ? SHOJI_NO_MATCH : SHOJI_OK));
        cr_expect(work < 500e6, "%f", work);
        shoji_buffer_finish(&text);
    }
}

/* The values of an expansion give it again, with its members in the order that it has. */
Test(template_match, prefers_values_that_give_members_in_their_order)
{
    static const char *const cases[][2] = {
        {"{?m*,a}{&y}", "?a=1&y=2"},    {"{&m*,a}{&y}", "&a=1&y=2"},
        {"{?m*,a,n*}", "?k=1&a=2&l=3"}, {"{?a*,m*}", "?a=1&a=2&x=3"},
        {"{?m*,n*}", "?k=1&l=2&k=3"},   {"{?f*}", "?f=x&b=y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_template *tmpl = compile(cases[i][0]);
        shoji_variables *values = NULL;
        shoji_buffer expansion = SHOJI_BUFFER_INIT;
        cr_assert(
            eq(int, shoji_template_match(&values, tmpl, cases[i][1], NULL), SHOJI_OK));
        cr_assert(
            eq(int, shoji_template_expand(&expansion, tmpl, values, NULL), SHOJI_OK));
        cr_expect(eq(str, expansion.bytes, (char *)cases[i][1]));
        shoji_buffer_finish(&expansion);
        shoji_variables_free(values);
        shoji_template_free(tmpl);
    }
}

/* However many ways there are, the work has an end. */
Test(template_match, gives_up_where_variables_stand_too_often)
{
    static const struct hard_case cases[] = {
        {"{a}-{b}-{a}-{b}-{a}!", "-", "!", SHOJI_LIMIT},
        {"{a}-{a}-{a}", "-", "", SHOJI_NO_MATCH},
        {"{a}{a}", "ab", "", SHOJI_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_status status = SHOJI_OK;
        double work = work_of(&cases[i], 60000, &status);
        cr_expect(status == cases[i].status, "%s: status %d", cases[i].text, status);
        cr_expect(work < 250e6, "%s: %f", cases[i].text, work);
    }
}

Test(template_match, says_that_there_are_too_many_ways)
{
    shoji_template *tmpl = compile("{a}-{b}-{a}-{b}-{a}!");
    char *iri = repeated("-", 60000, "!");
    shoji_variables *values = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_template_match(&values, tmpl, iri, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "template.too-ambiguous"));
    cr_assert(eq(ptr, values, NULL));
    shoji_template_free(tmpl);
    free(iri);
}

Test(template_match, takes_no_more_bytes_than_an_iri)
{
    shoji_template *tmpl = compile("{a}");
    char *longest = repeated("a", SHOJI_IRI_MAXIMUM, "");
    char *longer = repeated("a", SHOJI_IRI_MAXIMUM, "a");
    shoji_variables *values = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_template_match(&values, tmpl, longer, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "iri.too-long"));
    cr_assert(eq(int, shoji_template_match(&values, tmpl, longest, NULL), SHOJI_OK));
    shoji_variables_free(values);
    shoji_template_free(tmpl);
    free(longest);
    free(longer);
}

struct use {
    const shoji_template *tmpl;
    const char *iri;
};

static int match_and_free(const struct use *use)
{
    shoji_variables *values = NULL;
    int status = shoji_template_match(&values, use->tmpl, use->iri, NULL);
    shoji_variables_free(values);
    return status;
}

/* Each set of positions in a block of its own. */
Test(template_match, survives_every_failed_allocation_for_a_long_text)
{
    shoji_template *tmpl = compile("{/a*}{;b,c*}{?d*}{+e}{#f*}!");
    char *text = repeated("a", 40000, "!");
    memcpy(text, "/a;b=1;k=v?d=1&d=2", 18);
    struct use use = {tmpl, text};
    int failures;
    FAILING_MEMORY_SWEEP(failures, match_and_free(&use));
    cr_expect(gt(int, failures, 20));
    cr_expect(eq(int, match_and_free(&use), SHOJI_OK));
    shoji_template_free(tmpl);
    free(text);
}

Test(template_match, survives_every_failed_allocation)
{
    static const char *const cases[][2] = {
        {"/caf\xc3\xa9{/a*}{;b,c*}{?d,e*,m*}", "/caf\xc3\xa9/1/2;b=1;k=2;l?k=v&e=1&d=2"},
        {"{x:2}/{+x}{?x}{.k*}", "ab/abc?x=abc.d=e.f=g"},
        {"{x}-{x}{;y*}", "a-b-a-b;y=1;y=2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_template *tmpl = compile(cases[i][0]);
        struct use use = {tmpl, cases[i][1]};
        int failures;
        FAILING_MEMORY_SWEEP(failures, match_and_free(&use));
        cr_expect(failures > 10, "case %zu: %d", i, failures);
        cr_expect(eq(int, match_and_free(&use), SHOJI_OK), "case %zu", i);
        shoji_template_free(tmpl);
    }
}
