/* Templates: compiling, variables, expansion. */
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

static shoji_variables *new_variables(void)
{
    shoji_variables *variables = NULL;
    cr_assert(eq(int, shoji_variables_new(&variables), SHOJI_OK));
    return variables;
}

static shoji_variables *variables_of(shoji_value object)
{
    shoji_variables *variables = new_variables();
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        cr_assert(eq(int, shoji_variables_set_value(variables, member.name, member.value),
                     SHOJI_OK),
                  "%s", member.name);
    return variables;
}

static void check_expansion(shoji_value vector, const char *about)
{
    shoji_value expect = shoji_value_member(vector, "expect");
    const char *wanted = case_text(expect, "expansion");
    const char *code = case_text(expect, "code");
    shoji_template *tmpl = compile(case_text(vector, "template"));
    shoji_variables *variables = variables_of(shoji_value_member(vector, "variables"));
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_template_expand(&expansion, tmpl, variables, &error);
    if (wanted != NULL) {
        cr_expect(status == SHOJI_OK, "%s: %s: refused: %s", about,
                  shoji_template_text(tmpl), error.message);
        cr_expect(status != SHOJI_OK || strcmp(expansion.bytes, wanted) == 0,
                  "%s: %s: expected %s, got %s", about, shoji_template_text(tmpl), wanted,
                  expansion.bytes);
    } else {
        cr_assert(code != NULL, "%s: it must expect something", about);
        cr_expect(status == SHOJI_INVALID && strcmp(error.code, code) == 0,
                  "%s: %s: status %d, code %s", about, shoji_template_text(tmpl), status,
                  error.code);
    }
    shoji_buffer_finish(&expansion);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
}

Test(template_vectors, expansion)
{
    cases_run("templates/expansion.json", check_expansion);
}

static void check_malformed(shoji_value vector, const char *about)
{
    shoji_value expect = shoji_value_member(vector, "expect");
    const char *text = case_text(vector, "template");
    int64_t offset = -1;
    shoji_value_int64(shoji_value_member(expect, "offset"), &offset);
    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(shoji_template_compile(&tmpl, text, &error) == SHOJI_SYNTAX,
              "%s: %s is not refused", about, text);
    cr_expect(tmpl == NULL, "%s: the output is touched", about);
    cr_expect(strcmp(error.code, case_text(expect, "code")) == 0,
              "%s: %s: the code is %s", about, text, error.code);
    cr_expect(error.offset == (uint64_t)offset, "%s: %s: the offset is %zu", about, text,
              error.offset);
    cr_expect(error.line == 1 && error.column >= 1, "%s: it has no place", about);
}

Test(template_vectors, malformed)
{
    cases_run("templates/malformed.json", check_malformed);
}

Test(template, knows_itself_by_a_brace)
{
    cr_assert(shoji_template_is("sellers{?sold_count}"));
    cr_assert(shoji_template_is("}"));
    cr_assert(not(shoji_template_is("sellers?a=%7B")));
    cr_assert(not(shoji_template_is("")));
}

Test(template, names_its_variables_once_each_in_order)
{
    shoji_template *tmpl = compile("/{b}{?a,b:3,c*}{&a}");
    cr_assert(eq(sz, shoji_template_variable_count(tmpl), 3));
    cr_assert(eq(str, (char *)shoji_template_variable(tmpl, 0), "b"));
    cr_assert(eq(str, (char *)shoji_template_variable(tmpl, 1), "a"));
    cr_assert(eq(str, (char *)shoji_template_variable(tmpl, 2), "c"));
    cr_assert(eq(ptr, (void *)shoji_template_variable(tmpl, 3), NULL));
    cr_assert(shoji_template_has(tmpl, "c"));
    cr_assert(not(shoji_template_has(tmpl, "C")));
    cr_assert(shoji_template_explodes(tmpl, "c"));
    cr_assert(not(shoji_template_explodes(tmpl, "a")));
    cr_assert(not(shoji_template_explodes(tmpl, "d")));
    cr_assert(eq(str, (char *)shoji_template_text(tmpl), "/{b}{?a,b:3,c*}{&a}"));
    shoji_template_free(tmpl);
}

Test(template, gives_the_length_of_the_literal_before_its_first_expression)
{
    static const struct {
        const char *text;
        size_t prefix;
    } cases[] = {{"", 0}, {"{a}", 0}, {"abc", 3}, {"/\xc3\xa9{a}/b", 3}, {"%7E{a}", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_template *tmpl = compile(cases[i].text);
        cr_expect(eq(sz, shoji_template_prefix(tmpl), cases[i].prefix));
        shoji_template_free(tmpl);
    }
}

Test(template, refuses_ill_formed_utf8_at_its_first_byte)
{
    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_template_compile(&tmpl, "a\xc3\xa9\xc3(", &error), SHOJI_SYNTAX));
    cr_assert(eq(str, (char *)error.code, "template.utf8"));
    cr_assert(eq(sz, error.offset, 3));
    cr_assert(eq(sz, error.column, 3));
}

Test(template, says_what_would_be_right)
{
    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_template_compile(&tmpl, "a{b", &error), SHOJI_SYNTAX));
    cr_assert(ne(ptr, strstr(error.message, "%7B"), NULL), "%s", error.message);
    cr_assert(eq(int, shoji_template_compile(&tmpl, "{a:0}", &error), SHOJI_SYNTAX));
    cr_assert(ne(ptr, strstr(error.message, "1 to 9999"), NULL), "%s", error.message);
    cr_assert(eq(int, shoji_template_compile(&tmpl, "{-a}", &error), SHOJI_SYNTAX));
    cr_assert(ne(ptr, strstr(error.message, "'-'"), NULL), "%s", error.message);
}

/* `count` times a piece between two texts; to be freed. */
static char *repeated(const char *before, const char *piece, size_t count,
                      const char *after)
{
    size_t width = strlen(piece);
    char *text = malloc(strlen(before) + count * width + strlen(after) + 1);
    cr_assert(text != NULL);
    strcpy(text, before);
    char *at = text + strlen(before);
    for (size_t i = 0; i < count; i++, at += width)
        memcpy(at, piece, width);
    strcpy(at, after);
    return text;
}

Test(template, takes_a_thousand_variables_and_no_more)
{
    static const struct {
        const char *before, *piece, *after;
        size_t count;
        shoji_status status;
    } cases[] = {
        {"{?", "a,", "a}", 999, SHOJI_OK},      {"{?", "a,", "a}", 1000, SHOJI_LIMIT},
        {"", "{a}", "", 1000, SHOJI_OK},        {"", "{a}", "", 1001, SHOJI_LIMIT},
        {"", "{a}", "{a,b}", 999, SHOJI_LIMIT}, {"", "{a}", "}", 1000, SHOJI_SYNTAX},
        {"{", ",", "}", 60000, SHOJI_SYNTAX},   {"", "{}", "", 30000, SHOJI_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text =
            repeated(cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        shoji_template *tmpl = NULL;
        cr_expect(eq(int, shoji_template_compile(&tmpl, text, NULL), cases[i].status),
                  "case %zu", i);
        shoji_template_free(tmpl);
        free(text);
    }
}

Test(template, takes_no_more_bytes_than_an_iri)
{
    char *longest = repeated("", "a", SHOJI_IRI_MAXIMUM, "");
    char *longer = repeated("", "a", SHOJI_IRI_MAXIMUM, "a");
    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_template_compile(&tmpl, longer, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "template.too-long"));
    cr_assert(eq(int, shoji_template_compile(&tmpl, longest, NULL), SHOJI_OK));
    shoji_template_free(tmpl);
    free(longest);
    free(longer);
}

Test(template, expands_to_no_more_than_the_maximum)
{
    shoji_template *tmpl = compile("{x}");
    shoji_variables *variables = new_variables();
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    char *value = repeated("", " ", SHOJI_IRI_MAXIMUM / 3 + 1, "");
    cr_assert(eq(int, shoji_buffer_append_string(&expansion, "before"), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(variables, "x", value), SHOJI_OK));
    cr_assert(
        eq(int, shoji_template_expand(&expansion, tmpl, variables, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "template.too-long"));
    cr_assert(eq(str, expansion.bytes, "before"));

    cr_assert(eq(int, shoji_variables_set(variables, "x", value + 1), SHOJI_OK));
    cr_assert(
        eq(int, shoji_template_expand(&expansion, tmpl, variables, NULL), SHOJI_OK));
    cr_assert(eq(sz, expansion.length, SHOJI_IRI_MAXIMUM / 3 * 3));

    expansion.maximum = 5;
    cr_assert(eq(int, shoji_variables_set(variables, "x", "abcdef"), SHOJI_OK));
    cr_assert(
        eq(int, shoji_template_expand(&expansion, tmpl, variables, NULL), SHOJI_LIMIT));
    shoji_buffer_finish(&expansion);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
    free(value);
}

Test(template, names_the_variable_whose_value_has_no_prefix)
{
    shoji_template *tmpl = compile("{a}{?b:3}");
    shoji_variables *variables = new_variables();
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_variables_add(variables, "b", "1");
    cr_assert(eq(int, shoji_template_expand(&expansion, tmpl, variables, &error),
                 SHOJI_INVALID));
    cr_assert(ne(ptr, strstr(error.message, "\"b\""), NULL), "%s", error.message);
    shoji_buffer_finish(&expansion);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
}

static void expect_expansion(const char *text, const shoji_variables *variables,
                             const char *wanted)
{
    shoji_template *tmpl = compile(text);
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    cr_assert(
        eq(int, shoji_template_expand(&expansion, tmpl, variables, NULL), SHOJI_OK));
    cr_expect(eq(str, expansion.bytes, (char *)wanted));
    shoji_buffer_finish(&expansion);
    shoji_template_free(tmpl);
}

Test(template, needs_no_variables)
{
    expect_expansion("sellers{?sold_count}", NULL, "sellers");
    expect_expansion("", NULL, "");
}

Test(variables, are_replaced_where_they_are_set_anew)
{
    shoji_variables *variables = new_variables();
    shoji_variables_set(variables, "a", "1");
    shoji_variables_set_pair(variables, "b", "k", "v");
    shoji_variables_set(variables, "a", "2");
    shoji_variables_set(variables, "b", "3");
    cr_assert(eq(sz, shoji_variables_count(variables), 2));
    cr_assert(eq(str, (char *)shoji_variables_name(variables, 0), "a"));
    cr_assert(eq(str, (char *)shoji_variables_name(variables, 1), "b"));
    cr_assert(eq(ptr, (void *)shoji_variables_name(variables, 2), NULL));
    expect_expansion("{a}{b}", variables, "23");
    shoji_variables_free(variables);
}

Test(variables, become_lists_by_adding)
{
    shoji_variables *variables = new_variables();
    size_t size = 0;
    shoji_variables_set(variables, "a", "1");
    shoji_variables_add(variables, "a", "2");
    shoji_variables_add(variables, "b", "3");
    cr_assert(eq(int, shoji_variables_kind(variables, "a", &size), SHOJI_VARIABLE_LIST));
    cr_assert(eq(sz, size, 2));
    cr_assert(eq(int, shoji_variables_kind(variables, "b", &size), SHOJI_VARIABLE_LIST));
    cr_assert(eq(sz, size, 1));
    expect_expansion("{?a*,b*}", variables, "?a=1&a=2&b=3");
    shoji_variables_free(variables);
}

Test(variables, hold_one_pair_of_a_key)
{
    shoji_variables *variables = new_variables();
    const char *key = NULL;
    const char *value = NULL;
    shoji_variables_set_pair(variables, "m", "k", "1");
    shoji_variables_set_pair(variables, "m", "l", "2");
    shoji_variables_set_pair(variables, "m", "k", "3");
    cr_assert(shoji_variables_get(variables, "m", 0, &key, &value));
    cr_assert(eq(str, (char *)key, "k"));
    cr_assert(eq(str, (char *)value, "3"));
    cr_assert(shoji_variables_get(variables, "m", 1, NULL, NULL));
    cr_assert(not(shoji_variables_get(variables, "m", 2, &key, &value)));
    cr_assert(not(shoji_variables_get(variables, "n", 0, &key, &value)));
    shoji_variables_free(variables);
}

Test(variables, do_not_change_their_kind_by_adding)
{
    shoji_variables *variables = new_variables();
    shoji_variables_set(variables, "s", "1");
    shoji_variables_add(variables, "l", "1");
    shoji_variables_set_pair(variables, "m", "k", "1");
    cr_assert(eq(int, shoji_variables_add(variables, "m", "2"), SHOJI_TYPE));
    cr_assert(eq(int, shoji_variables_set_pair(variables, "s", "k", "2"), SHOJI_TYPE));
    cr_assert(eq(int, shoji_variables_set_pair(variables, "l", "k", "2"), SHOJI_TYPE));
    expect_expansion("{s}{l}{m}", variables, "11k,1");
    shoji_variables_free(variables);
}

Test(variables, hold_an_empty_list_that_counts_as_undefined)
{
    shoji_variables *variables = new_variables();
    size_t size = 9;
    shoji_variables_set_empty(variables, "a");
    cr_assert(eq(int, shoji_variables_kind(variables, "a", &size), SHOJI_VARIABLE_LIST));
    cr_assert(eq(sz, size, 0));
    expect_expansion("x{?a}{?a*}", variables, "x");
    shoji_variables_add(variables, "a", "1");
    expect_expansion("x{?a}", variables, "x?a=1");
    shoji_variables_free(variables);
}

Test(variables, refuse_what_is_not_utf8)
{
    shoji_variables *variables = new_variables();
    cr_assert(eq(int, shoji_variables_set(variables, "a", "\xff"), SHOJI_SYNTAX));
    cr_assert(eq(int, shoji_variables_add(variables, "a", "\xff"), SHOJI_SYNTAX));
    cr_assert(
        eq(int, shoji_variables_set_pair(variables, "a", "\xff", ""), SHOJI_SYNTAX));
    cr_assert(
        eq(int, shoji_variables_set_pair(variables, "a", "", "\xff"), SHOJI_SYNTAX));
    cr_assert(eq(sz, shoji_variables_count(variables), 0));
    shoji_variables_free(variables);
}

static shoji_status set_json(shoji_variables *variables, const char *name,
                             const char *text)
{
    shoji_tree *tree = NULL;
    cr_assert(eq(int, shoji_tree_parse(&tree, text, strlen(text), NULL, NULL), SHOJI_OK));
    shoji_status status =
        shoji_variables_set_value(variables, name, shoji_tree_root(tree));
    shoji_tree_free(tree);
    return status;
}

Test(variables, take_json)
{
    shoji_variables *variables = new_variables();
    cr_assert(eq(int, set_json(variables, "a", "[1.50, null, true, \"x\"]"), SHOJI_OK));
    cr_assert(eq(int, set_json(variables, "m", "{\"k\": 1e400, \"n\": null}"), SHOJI_OK));
    cr_assert(eq(int, set_json(variables, "s", "false"), SHOJI_OK));
    expect_expansion("{a}{?m*}{#s}", variables, "1.50,true,x?k=1e400#false");
    cr_assert(eq(int, set_json(variables, "a", "null"), SHOJI_OK));
    cr_assert(eq(int, set_json(variables, "never", "null"), SHOJI_OK));
    cr_assert(eq(sz, shoji_variables_count(variables), 2));
    cr_assert(eq(str, (char *)shoji_variables_name(variables, 0), "m"));
    expect_expansion("{a}{s}", variables, "false");
    shoji_variables_free(variables);
}

Test(variables, refuse_json_that_is_nested_or_holds_a_nul)
{
    shoji_variables *variables = new_variables();
    shoji_variables_set(variables, "a", "before");
    cr_assert(eq(int, set_json(variables, "a", "[[1]]"), SHOJI_TYPE));
    cr_assert(eq(int, set_json(variables, "a", "{\"b\": {}}"), SHOJI_TYPE));
    cr_assert(eq(int, set_json(variables, "a", "\"\\u0000\""), SHOJI_SYNTAX));
    cr_assert(eq(int, set_json(variables, "a", "[\"b\\u0000\"]"), SHOJI_SYNTAX));
    cr_assert(eq(int, set_json(variables, "a", "{\"\\u0000\": 1}"), SHOJI_SYNTAX));
    expect_expansion("{a}", variables, "before");
    shoji_variables_free(variables);
}

Test(variables, are_a_thousand_at_most)
{
    shoji_variables *variables = new_variables();
    char name[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "v%d", i);
        cr_assert(eq(int, shoji_variables_set(variables, name, ""), SHOJI_OK));
    }
    cr_assert(eq(int, shoji_variables_set(variables, "v0", "again"), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(variables, "more", ""), SHOJI_LIMIT));
    cr_assert(eq(int, shoji_variables_add(variables, "more", ""), SHOJI_LIMIT));
    cr_assert(eq(int, shoji_variables_set_empty(variables, "more"), SHOJI_LIMIT));
    cr_assert(eq(sz, shoji_variables_count(variables), 1000));
    shoji_variables_free(variables);
}

Test(variables, hold_a_hundred_thousand_strings_at_most)
{
    shoji_variables *variables = new_variables();
    for (int i = 0; i < 99999; i++)
        cr_assert(eq(int, shoji_variables_add(variables, "l", ""), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set_pair(variables, "m", "k", ""), SHOJI_LIMIT));
    cr_assert(eq(int, shoji_variables_set(variables, "s", ""), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set(variables, "t", ""), SHOJI_LIMIT));
    cr_assert(eq(int, shoji_variables_add(variables, "l", ""), SHOJI_LIMIT));
    cr_assert(eq(int, shoji_variables_set(variables, "l", ""), SHOJI_OK));
    cr_assert(eq(int, shoji_variables_set_pair(variables, "m", "k", ""), SHOJI_OK));
    shoji_variables_free(variables);
}

Test(variables, take_no_more_json_than_strings)
{
    char *items = repeated("[", "1,", 100000, "1]");
    shoji_variables *variables = new_variables();
    cr_assert(eq(int, set_json(variables, "l", items), SHOJI_LIMIT));
    cr_assert(eq(sz, shoji_variables_count(variables), 0));
    shoji_variables_free(variables);
    free(items);
}

static int compile_and_expand(void)
{
    shoji_template *tmpl = NULL;
    shoji_variables *variables = NULL;
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    int status = shoji_template_compile(&tmpl, "/\xc3\xa9{/a,b:2}{?l*,m*}", NULL);
    if (status == SHOJI_OK)
        status = shoji_variables_new(&variables);
    if (status == SHOJI_OK)
        status = shoji_variables_set(variables, "a", "1");
    for (int i = 0; i < 6 && status == SHOJI_OK; i++)
        status = shoji_variables_add(variables, "l", "item");
    if (status == SHOJI_OK)
        status = shoji_variables_set_pair(variables, "m", "k", "v");
    if (status == SHOJI_OK)
        status = shoji_variables_set_pair(variables, "m", "k", "w");
    if (status == SHOJI_OK)
        status = shoji_variables_set(variables, "a", "2");
    if (status == SHOJI_OK)
        status = shoji_variables_set_empty(variables, "e");
    if (status == SHOJI_OK)
        status = shoji_template_expand(&expansion, tmpl, variables, NULL);
    shoji_buffer_finish(&expansion);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
    return status;
}

static shoji_value sweep_value;

static int set_from_json(void)
{
    shoji_variables *variables = NULL;
    int status = shoji_variables_new(&variables);
    if (status == SHOJI_OK)
        status = shoji_variables_set_value(variables, "v", sweep_value);
    if (status == SHOJI_OK)
        status = shoji_variables_set_value(variables, "v",
                                           shoji_value_member(sweep_value, "a"));
    shoji_variables_free(variables);
    return status;
}

Test(template, survives_every_failed_allocation)
{
    static const char text[] = "{\"a\": \"1\", \"b\": 2, \"c\": true}";
    shoji_tree *tree = NULL;
    int failures;
    FAILING_MEMORY_SWEEP(failures, compile_and_expand());
    cr_assert(gt(int, failures, 15));

    cr_assert(eq(int, shoji_tree_parse(&tree, text, strlen(text), NULL, NULL), SHOJI_OK));
    sweep_value = shoji_tree_root(tree);
    FAILING_MEMORY_SWEEP(failures, set_from_json());
    cr_assert(gt(int, failures, 5));
    shoji_tree_free(tree);
}
