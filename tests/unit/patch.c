/* Patches of documents and values: the vectors of spec/vectors/patches/, and what holds
 * for every patch. */
#include "support/cases.h"
#include "support/failing_memory.h"

#include <shoji/shoji.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum {
    LARGE = 100000, /* entries, in the tests of what grows */
    DEEP = 9990,
    ROUNDS = 3000
};

static const char retrieval[] = "http://example.org/users/";

static shoji_document *parse(const char *text)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.limits.depth = 10000;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_document_parse(&document, text, strlen(text), &options, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s: %s", text, error.message);
    return document;
}

static shoji_tree *parse_value(const char *text)
{
    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.depth = 10000;
    shoji_tree *tree = NULL;
    shoji_status status = shoji_tree_parse(&tree, text, strlen(text), &limits, NULL);
    cr_assert(eq(int, status, SHOJI_OK), "%s", text);
    return tree;
}

static void expect_document(const shoji_document *document, const char *expected,
                            const char *about)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_document_emit(&text, document, NULL), SHOJI_OK));
    cr_expect(eq(str, text.bytes, (char *)expected), "%s", about);
    shoji_buffer_finish(&text);
}

/* What the two kinds of patch have in common. */
typedef shoji_status (*apply_patch)(shoji_document **patched,
                                    const shoji_document *document, const char *patch,
                                    const char *base, shoji_error *error);

static shoji_status apply_own(shoji_document **patched, const shoji_document *document,
                              const char *patch, const char *base, shoji_error *error)
{
    shoji_document *read = parse(patch);
    shoji_status status = shoji_document_patch(patched, document, read, base, error);
    shoji_document_free(read);
    return status;
}

static shoji_status apply_merge(shoji_document **patched, const shoji_document *document,
                                const char *patch, const char *base, shoji_error *error)
{
    (void)base;
    shoji_tree *read = parse_value(patch);
    shoji_status status =
        shoji_document_merge(patched, document, shoji_tree_root(read), error);
    shoji_tree_free(read);
    return status;
}

static void check_refused(shoji_value vector, const char *about, shoji_status status,
                          const shoji_document *patched, const shoji_error *error)
{
    shoji_value expect = shoji_value_member(vector, "expect");
    const char *pointer = case_text(expect, "pointer");
    cr_expect(ne(int, status, SHOJI_OK), "%s", about);
    cr_expect(patched == NULL, "%s: the output was touched", about);
    cr_expect(eq(int, error->status, status), "%s", about);
    cr_assert(error->code != NULL && pointer != NULL, "%s", about);
    cr_expect(eq(str, (char *)error->code, (char *)case_text(expect, "code")), "%s",
              about);
    cr_expect(eq(str, (char *)error->pointer, (char *)pointer), "%s", about);
    cr_expect(eq(sz, error->line, 0), "%s", about);
    cr_expect(ne(int, error->message[0], '\0'), "%s", about);
}

static void check_document_patch(shoji_value vector, const char *about, apply_patch apply)
{
    const char *patch = case_text(vector, "patch");
    const char *base = case_text(vector, "retrieval");
    const char *expected = case_text(shoji_value_member(vector, "expect"), "text");
    shoji_document *document = parse(case_text(vector, "document"));
    shoji_buffer before = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_document_emit(&before, document, NULL), SHOJI_OK));

    shoji_document *patched = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = apply(&patched, document, patch, base, &error);
    expect_document(document, before.bytes, about);
    shoji_buffer_finish(&before);
    shoji_document_free(document);
    if (expected == NULL) {
        check_refused(vector, about, status, patched, &error);
        return;
    }
    cr_assert(eq(int, status, SHOJI_OK), "%s: %s", about, error.message);
    cr_expect(eq(int, error.message[0], '\0'), "%s: the error was touched", about);
    expect_document(patched, expected, about);

    shoji_document *twice = NULL;
    cr_assert(eq(int, apply(&twice, patched, patch, base, NULL), SHOJI_OK), "%s", about);
    expect_document(twice, expected, about);
    shoji_document_free(twice);
    shoji_document_free(patched);
}

static void check_own(shoji_value vector, const char *about)
{
    check_document_patch(vector, about, apply_own);
}

static void check_document_merge(shoji_value vector, const char *about)
{
    check_document_patch(vector, about, apply_merge);
}

static void check_merge(shoji_value vector, const char *about)
{
    const char *expected = case_text(shoji_value_member(vector, "expect"), "text");
    shoji_tree *target = parse_value(case_text(vector, "document"));
    shoji_tree *patch = parse_value(case_text(vector, "patch"));
    for (int round = 0; round < 2; round++) {
        shoji_tree *merged = NULL;
        shoji_buffer text = SHOJI_BUFFER_INIT;
        cr_assert(eq(int,
                     shoji_value_merge(&merged, shoji_tree_root(target),
                                       shoji_tree_root(patch), NULL),
                     SHOJI_OK),
                  "%s", about);
        cr_assert(
            eq(int, shoji_value_emit(&text, shoji_tree_root(merged), NULL), SHOJI_OK));
        cr_expect(eq(str, text.bytes, (char *)expected), "%s", about);
        shoji_buffer_finish(&text);
        shoji_tree_free(target);
        target = merged;
    }
    shoji_tree_free(patch);
    shoji_tree_free(target);
}

Test(patch_vectors, attributes)
{
    cases_run("patches/attributes.json", check_own);
}

Test(patch_vectors, members)
{
    cases_run("patches/members.json", check_own);
}

Test(patch_vectors, catalog)
{
    cases_run("patches/catalog.json", check_own);
}

Test(patch_vectors, merge)
{
    cases_run("patches/merge.json", check_merge);
}

Test(patch_vectors, merge_document)
{
    cases_run("patches/merge-document.json", check_document_merge);
}

/* A catalog of one entity, in as many spellings. */
static shoji_document *catalog_of_spellings(int count)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(
        &text,
        "{\"element\":\"shoji:catalog\",\"self\":\"http://h.example/\",\"index\":{");
    for (int i = 0; i < count; i++)
        shoji_buffer_append_format(&text, "%s\"%d/../a\":{\"n\":%d}", i > 0 ? "," : "", i,
                                   i);
    shoji_buffer_append_string(&text, "}}");
    shoji_document *catalog = parse(text.bytes);
    shoji_buffer_finish(&text);
    return catalog;
}

/* What a tuple for that entity, `"n":...` to count the members that get it, comes to. */
static shoji_status patch_spellings(int count, const char *tuple, size_t *members,
                                    shoji_error *error)
{
    shoji_document *catalog = catalog_of_spellings(count);
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"element\":\"shoji:catalog\",\"index\":{\"a\":");
    shoji_buffer_append_string(&text, tuple);
    shoji_buffer_append_string(&text, "}}");
    shoji_document *patched = NULL;
    shoji_status status = apply_own(&patched, catalog, text.bytes, NULL, error);
    if (status == SHOJI_OK)
        *members = shoji_value_size(shoji_document_index(patched));
    shoji_document_free(patched);
    shoji_buffer_finish(&text);
    shoji_document_free(catalog);
    return status;
}

Test(patch, gives_no_more_than_sixteen_members_the_attributes_of_one_entity)
{
    shoji_error error = SHOJI_ERROR_INIT;
    size_t members = 0;
    cr_expect(eq(int, patch_spellings(16, "{\"n\":0}", &members, NULL), SHOJI_OK));
    cr_expect(eq(sz, members, 16));
    cr_expect(eq(int, patch_spellings(17, "{\"n\":0}", &members, &error), SHOJI_LIMIT));
    cr_assert(ne(ptr, (void *)error.code, NULL));
    cr_expect(eq(str, (char *)error.code, "patch.too-many-tuples"));
    cr_expect(eq(str, error.pointer, "/index/a"));
}

Test(patch, removes_or_leaves_any_number_of_members_of_one_entity)
{
    size_t members = 1;
    cr_expect(eq(int, patch_spellings(100, "null", &members, NULL), SHOJI_OK));
    cr_expect(eq(sz, members, 0));
    cr_expect(eq(int, patch_spellings(100, "{}", &members, NULL), SHOJI_OK));
    cr_expect(eq(sz, members, 100));
}

Test(patch, makes_no_result_out_of_proportion_to_what_went_in)
{
    enum {
        LENGTH = 5 << 20
    };
    shoji_buffer tuple = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    size_t members = 0;
    shoji_buffer_append_string(&tuple, "{\"s\":\"");
    cr_assert(eq(int, shoji_buffer_reserve(&tuple, LENGTH + 8), SHOJI_OK));
    memset(tuple.bytes + tuple.length, 'x', LENGTH);
    tuple.length += LENGTH;
    shoji_buffer_append_string(&tuple, "\"}");
    cr_expect(eq(int, patch_spellings(2, tuple.bytes, &members, NULL), SHOJI_OK));
    cr_expect(eq(int, patch_spellings(16, tuple.bytes, &members, &error), SHOJI_LIMIT));
    cr_expect(ne(ptr, strstr(error.message, "67108864 bytes"), NULL), "%s",
              error.message);
    shoji_buffer_finish(&tuple);
}

static void expect_body(const char *document, const char *attributes,
                        const char *expected)
{
    shoji_document *entity = parse(document);
    shoji_tree *tree = parse_value(attributes);
    shoji_document *patched = NULL;
    cr_assert(eq(int,
                 shoji_document_patch_body(&patched, entity, shoji_tree_root(tree), NULL),
                 SHOJI_OK));
    shoji_document_free(entity);
    shoji_tree_free(tree);
    expect_document(patched, expected, document);
    shoji_document_free(patched);
}

Test(patch_body, takes_a_tuple_for_the_attributes_of_an_entity)
{
    expect_body("{\"element\":\"shoji:entity\",\"self\":\"x\",\"body\":{\"a\":1.0,"
                "\"b\":2},\"z\":1e2}",
                "{\"b\":null,\"c\":{\"d\":[]}}",
                "{\"element\":\"shoji:entity\",\"self\":\"x\",\"body\":{\"a\":1.0,"
                "\"b\":null,\"c\":{\"d\":[]}},\"z\":1e2}");
    expect_body("{\"element\":\"shoji:fragment\",\"body\":{}}", "{\"a\":1}",
                "{\"element\":\"shoji:fragment\",\"body\":{\"a\":1}}");
    expect_body("{\"element\":\"shoji:entity\",\"graph\":[]}", "{\"a\":1}",
                "{\"element\":\"shoji:entity\",\"graph\":[],\"body\":{\"a\":1}}");
}

Test(patch_body, refuses_what_has_no_attributes)
{
    static const struct {
        const char *document;
        const char *attributes;
        shoji_status status;
        const char *code;
    } cases[] = {
        {"{\"element\":\"shoji:entity\",\"body\":{}}", "[1]", SHOJI_USAGE, ""},
        {"{\"element\":\"shoji:entity\",\"body\":{}}", "null", SHOJI_USAGE, ""},
        {"{\"element\":\"shoji:catalog\"}", "{}", SHOJI_INVALID, "patch.element"},
        {"{\"body\":{}}", "{}", SHOJI_INVALID, "patch.element"},
        {"{\"element\":\"shoji:fragment\",\"value\":1}", "{}", SHOJI_INVALID,
         "patch.fragment"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shoji_document *document = parse(cases[i].document);
        shoji_tree *tree = parse_value(cases[i].attributes);
        shoji_document *patched = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        cr_expect(eq(
            int,
            shoji_document_patch_body(&patched, document, shoji_tree_root(tree), &error),
            cases[i].status));
        cr_expect(patched == NULL && error.message[0] != '\0');
        cr_expect(eq(str, (char *)(error.code != NULL ? error.code : ""),
                     (char *)cases[i].code));
        shoji_tree_free(tree);
        shoji_document_free(document);
    }
}

/* The attributes stand two levels further in than they did. */
Test(patch_body, refuses_to_nest_deeper_than_any_text_can)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"a\":");
    for (int i = 0; i < 9998; i++)
        shoji_buffer_append_string(&text, "[");
    for (int i = 0; i < 9998; i++)
        shoji_buffer_append_string(&text, "]");
    shoji_buffer_append_string(&text, "}");
    shoji_tree *tree = parse_value(text.bytes);
    shoji_document *entity = parse("{\"element\":\"shoji:entity\",\"body\":{}}");
    shoji_document *patched = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_value root = shoji_tree_root(tree);
    cr_expect(eq(int, shoji_document_patch_body(&patched, entity, root, NULL), SHOJI_OK));
    shoji_document *deeper = NULL;
    shoji_value whole = shoji_document_root(patched);
    cr_expect(
        eq(int, shoji_document_patch_body(&deeper, entity, whole, &error), SHOJI_LIMIT));
    cr_expect(deeper == NULL && error.message[0] != '\0');
    shoji_document_free(patched);
    shoji_document_free(entity);
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
}

Test(merge, refuses_no_patch)
{
    shoji_document *document = parse("{}");
    shoji_document *merged = NULL;
    shoji_tree *tree = NULL;
    shoji_value none = shoji_tree_root(NULL);
    shoji_value root = shoji_document_root(document);
    cr_expect(eq(int, shoji_value_merge(&tree, root, none, NULL), SHOJI_USAGE));
    cr_expect(eq(int, shoji_document_merge(&merged, document, none, NULL), SHOJI_USAGE));
    cr_expect(tree == NULL && merged == NULL);
    shoji_document_free(document);
}

Test(merge, begins_with_nothing)
{
    shoji_tree *patch = parse_value("{\"a\":{\"b\":null,\"c\":1}}");
    shoji_tree *merged = NULL;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    cr_assert(eq(
        int,
        shoji_value_merge(&merged, shoji_tree_root(NULL), shoji_tree_root(patch), NULL),
        SHOJI_OK));
    cr_assert(eq(int, shoji_value_emit(&text, shoji_tree_root(merged), NULL), SHOJI_OK));
    cr_expect(eq(str, text.bytes, "{\"a\":{\"c\":1}}"));
    shoji_buffer_finish(&text);
    shoji_tree_free(merged);
    shoji_tree_free(patch);
}

/* What was read as a bare value, "element" and all, is one after the merge. */
Test(merge, keeps_a_bare_value_bare)
{
    static const char text[] = "{\"element\":\"shoji:entity\"}";
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.expect = SHOJI_EXPECT_VALUE;
    shoji_document *document = NULL;
    shoji_document *merged = NULL;
    shoji_tree *patch = parse_value("{\"element\":7}");
    cr_assert(eq(int, shoji_document_parse(&document, text, strlen(text), &options, NULL),
                 SHOJI_OK));
    cr_assert(eq(int,
                 shoji_document_merge(&merged, document, shoji_tree_root(patch), NULL),
                 SHOJI_OK));
    cr_expect(eq(int, shoji_document_element(merged), SHOJI_ELEMENT_VALUE));
    expect_document(merged, "{\"element\":7}", "a bare value");
    shoji_document_free(merged);
    shoji_document_free(document);
    shoji_tree_free(patch);
}

Test(merge, goes_as_deep_as_a_text_can)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer patch_text = SHOJI_BUFFER_INIT;
    for (int i = 0; i < DEEP; i++) {
        shoji_buffer_append_string(&text, "{\"a\":");
        shoji_buffer_append_string(&patch_text, "{\"a\":");
    }
    shoji_buffer_append_string(&text, "1");
    shoji_buffer_append_string(&patch_text, "2");
    for (int i = 0; i < DEEP; i++) {
        shoji_buffer_append_string(&text, "}");
        shoji_buffer_append_string(&patch_text, "}");
    }
    shoji_tree *target = parse_value(text.bytes);
    shoji_tree *patch = parse_value(patch_text.bytes);
    shoji_tree *merged = NULL;
    cr_assert(eq(
        int,
        shoji_value_merge(&merged, shoji_tree_root(target), shoji_tree_root(patch), NULL),
        SHOJI_OK));
    cr_assert(eq(int, shoji_value_emit(&text, shoji_tree_root(merged), NULL), SHOJI_OK));
    cr_expect(eq(int, strcmp(text.bytes, patch_text.bytes), 0));
    shoji_tree_free(merged);
    shoji_tree_free(target);
    shoji_tree_free(patch);
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&patch_text);
}

/* A sequence of numbers that is the same in every run. */
static unsigned draw(unsigned long long *state, unsigned below)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(*state >> 33) % below;
}

static void append_random_value(shoji_buffer *text, unsigned long long *state, int depth)
{
    static const char *const scalars[] = {"null", "null",          "1", "1.50", "\"s\"",
                                          "true", "[{\"a\":null}]"};
    if (depth == 0 || draw(state, 3) == 0) {
        shoji_buffer_append_string(text, scalars[draw(state, 7)]);
        return;
    }
    shoji_buffer_append_string(text, "{");
    bool first = true;
    for (char name = 'a'; name < 'f'; name++) {
        if (draw(state, 2) == 0)
            continue;
        shoji_buffer_append_format(text, "%s\"%c\":", first ? "" : ",", name);
        append_random_value(text, state, depth - 1);
        first = false;
    }
    shoji_buffer_append_string(text, "}");
}

/* RFC 7396, section 2, as it stands there, but that the members come in another order. */
static void append_merged(shoji_buffer *text, shoji_value target, shoji_value patch)
{
    shoji_buffer value = SHOJI_BUFFER_INIT;
    if (shoji_value_type(patch) != SHOJI_OBJECT) {
        shoji_value_emit(&value, patch, NULL);
        shoji_buffer_append_string(text, value.bytes);
        shoji_buffer_finish(&value);
        return;
    }
    const char *separator = "";
    shoji_member member;
    shoji_buffer_append_string(text, "{");
    shoji_members members = shoji_value_members(patch);
    while (shoji_members_next(&members, &member)) {
        if (shoji_value_type(member.value) == SHOJI_NULL)
            continue;
        shoji_buffer_append_format(text, "%s\"%s\":", separator, member.name);
        append_merged(text, shoji_value_member(target, member.name), member.value);
        separator = ",";
    }
    members = shoji_value_members(target);
    while (shoji_members_next(&members, &member)) {
        if (shoji_value_exists(shoji_value_member(patch, member.name)))
            continue;
        shoji_value_emit(&value, member.value, NULL);
        shoji_buffer_append_format(text, "%s\"%s\":%s", separator, member.name,
                                   value.bytes);
        separator = ",";
    }
    shoji_buffer_append_string(text, "}");
    shoji_buffer_finish(&value);
}

Test(merge, does_what_the_rfc_says_to_any_values)
{
    unsigned long long state = 7396;
    for (int round = 0; round < ROUNDS; round++) {
        shoji_buffer texts[3] = {SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT};
        append_random_value(&texts[0], &state, 4);
        append_random_value(&texts[1], &state, 4);
        shoji_tree *target = parse_value(texts[0].bytes);
        shoji_tree *patch = parse_value(texts[1].bytes);
        append_merged(&texts[2], shoji_tree_root(target), shoji_tree_root(patch));
        shoji_tree *expected = parse_value(texts[2].bytes);
        shoji_tree *merged = NULL;
        cr_assert(eq(int,
                     shoji_value_merge(&merged, shoji_tree_root(target),
                                       shoji_tree_root(patch), NULL),
                     SHOJI_OK));
        cr_assert(shoji_value_equal(shoji_tree_root(merged), shoji_tree_root(expected)),
                  "%s patched by %s is not %s", texts[0].bytes, texts[1].bytes,
                  texts[2].bytes);
        shoji_tree_free(merged);
        shoji_tree_free(expected);
        shoji_tree_free(patch);
        shoji_tree_free(target);
        for (int i = 0; i < 3; i++)
            shoji_buffer_finish(&texts[i]);
    }
}

/* Some of eight entities, each once and in one of several spellings. */
static void append_random_index(shoji_buffer *text, unsigned long long *state,
                                char attribute)
{
    static const char *const spellings[] = {"@/", "./@/", "/users/@/", "%3@/",
                                            "HTTP://example.org:80/users/@/#x"};
    bool first = true;
    shoji_buffer_append_string(text, "{\"element\":\"shoji:catalog\",\"index\":{");
    for (char digit = '0'; digit < '8'; digit++) {
        if (draw(state, 2) == 0)
            continue;
        shoji_buffer_append_string(text, first ? "\"" : ",\"");
        for (const char *at = spellings[draw(state, 5)]; *at != '\0'; at++)
            shoji_buffer_append(text, *at == '@' ? &digit : at, 1);
        if (draw(state, 3) == 0)
            shoji_buffer_append_string(text, "\":null");
        else
            shoji_buffer_append_format(text, "\":{\"x\":%c,\"%c\":[]}", digit, attribute);
        first = false;
    }
    shoji_buffer_append_string(text, "}}");
}

static bool same_entity(const shoji_document *document, const char *one,
                        const char *other)
{
    shoji_buffer first = SHOJI_BUFFER_INIT;
    shoji_buffer second = SHOJI_BUFFER_INIT;
    shoji_document_resolve(&first, document, retrieval, one, SHOJI_BASE_AUTO, NULL);
    shoji_document_resolve(&second, document, retrieval, other, SHOJI_BASE_AUTO, NULL);
    bool same = shoji_iri_same(first.bytes, second.bytes);
    shoji_buffer_finish(&first);
    shoji_buffer_finish(&second);
    return same;
}

/* The tuple of an entity in a catalog, found by comparing every entry. */
static shoji_value tuple_of(const shoji_document *catalog, const char *reference)
{
    shoji_entries entries = shoji_document_entries(catalog);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry))
        if (same_entity(catalog, entry.reference, reference))
            return entry.tuple;
    return shoji_tree_root(NULL);
}

static void expect_tuple(shoji_value had, shoji_value old, shoji_value patch)
{
    shoji_member member;
    shoji_members members = shoji_value_members(old);
    if (!shoji_value_exists(patch))
        cr_assert(shoji_value_equal(had, old));
    while (shoji_members_next(&members, &member))
        if (!shoji_value_exists(shoji_value_member(patch, member.name)))
            cr_assert(
                shoji_value_equal(shoji_value_member(had, member.name), member.value));
    members = shoji_value_members(patch);
    while (shoji_members_next(&members, &member))
        cr_assert(shoji_value_equal(shoji_value_member(had, member.name), member.value));
}

static void expect_index(const shoji_document *patched, const shoji_document *catalog,
                         const shoji_document *patch)
{
    shoji_entries had = shoji_document_entries(patched);
    shoji_entry result;
    shoji_entry entry;
    shoji_entries entries = shoji_document_entries(catalog);
    while (shoji_entries_next(&entries, &entry)) {
        shoji_value change = tuple_of(patch, entry.reference);
        if (shoji_value_type(change) == SHOJI_NULL)
            continue;
        cr_assert(shoji_entries_next(&had, &result));
        cr_assert(eq(str, (char *)result.reference, (char *)entry.reference));
        expect_tuple(result.tuple, entry.tuple, change);
    }
    entries = shoji_document_entries(patch);
    while (shoji_entries_next(&entries, &entry)) {
        if (shoji_value_type(entry.tuple) == SHOJI_NULL ||
            shoji_value_exists(tuple_of(catalog, entry.reference)))
            continue;
        cr_assert(shoji_entries_next(&had, &result));
        cr_assert(eq(str, (char *)result.reference, (char *)entry.reference));
        cr_assert(shoji_value_equal(result.tuple, entry.tuple));
    }
    cr_assert(not(shoji_entries_next(&had, &result)));
}

Test(catalog, does_the_same_as_comparing_every_entry)
{
    unsigned long long state = 3987;
    for (int round = 0; round < ROUNDS / 10; round++) {
        shoji_buffer texts[2] = {SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT};
        append_random_index(&texts[0], &state, 'a');
        append_random_index(&texts[1], &state, 'b');
        shoji_document *catalog = parse(texts[0].bytes);
        shoji_document *patch = parse(texts[1].bytes);
        shoji_document *patched = NULL;
        cr_assert(eq(int, shoji_document_patch(&patched, catalog, patch, retrieval, NULL),
                     SHOJI_OK));
        expect_index(patched, catalog, patch);
        shoji_document_free(patched);
        shoji_document_free(patch);
        shoji_document_free(catalog);
        shoji_buffer_finish(&texts[0]);
        shoji_buffer_finish(&texts[1]);
    }
}

/* Entries first, first + 1, and so on. */
static shoji_document *make_large(int first)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"element\":\"shoji:catalog\",\"index\":{");
    for (int i = 0; i < LARGE; i++)
        shoji_buffer_append_format(&text, "%s\"%d/\":{\"n\":%d}", i == 0 ? "" : ",",
                                   first + i, first);
    shoji_buffer_append_string(&text, "}}");
    shoji_document *document = parse(text.bytes);
    shoji_buffer_finish(&text);
    return document;
}

/* Were it quadratic, it would compare ten thousand million names. */
Test(catalog, takes_a_large_patch_of_a_large_catalog, .timeout = 40)
{
    shoji_document *catalog = make_large(0);
    shoji_document *patch = make_large(LARGE / 2);
    shoji_document *patched = NULL;
    cr_assert(eq(int, shoji_document_patch(&patched, catalog, patch, retrieval, NULL),
                 SHOJI_OK));
    shoji_value index = shoji_document_index(patched);
    cr_expect(eq(sz, shoji_value_size(index), LARGE + LARGE / 2));
    shoji_members members = shoji_value_members(index);
    shoji_member member;
    for (int i = 0; shoji_members_next(&members, &member); i++) {
        int64_t n = -1;
        shoji_value_int64(shoji_value_member(member.value, "n"), &n);
        cr_assert(eq(i64, n, i < LARGE / 2 ? 0 : LARGE / 2), "entry %d", i);
        cr_assert(eq(int, atoi(member.name), i));
    }
    shoji_document_free(patched);
    shoji_document_free(patch);
    shoji_document_free(catalog);
}

/* Texts that no longer fit where they are resolved. */
Test(catalog, tells_of_a_reference_that_is_too_long_once_it_is_resolved)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, "{\"element\":\"shoji:catalog\",\"index\":{\"");
    for (int i = 0; i < SHOJI_IRI_MAXIMUM - 10; i++)
        shoji_buffer_append_string(&text, "a");
    shoji_buffer_append_string(&text, "\":{}}}");
    shoji_document *long_one = parse(text.bytes);
    shoji_document *short_one =
        parse("{\"element\":\"shoji:catalog\",\"index\":{\"1/\":{}}}");
    shoji_document *patched = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(eq(int,
                 shoji_document_patch(&patched, short_one, long_one, retrieval, &error),
                 SHOJI_LIMIT));
    cr_expect(eq(int, strncmp(error.pointer, "/index/aaa", 10), 0));
    cr_expect(patched == NULL);
    /* Such an entry is nobody's, and stays. */
    error = (shoji_error)SHOJI_ERROR_INIT;
    cr_expect(eq(int,
                 shoji_document_patch(&patched, long_one, short_one, retrieval, &error),
                 SHOJI_OK));
    cr_expect(eq(sz, shoji_value_size(shoji_document_index(patched)), 2));
    cr_expect(eq(int, error.message[0], '\0'));
    shoji_document_free(patched);
    shoji_document_free(long_one);
    shoji_document_free(short_one);
    shoji_buffer_finish(&text);
}

Test(catalog, refuses_a_retrieval_iri_that_is_none)
{
    shoji_document *catalog = parse("{\"element\":\"shoji:catalog\"}");
    shoji_document *patch = parse("{\"element\":\"shoji:catalog\",\"index\":{\"1\":{}}}");
    shoji_document *patched = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_expect(eq(int, shoji_document_patch(&patched, catalog, patch, "users/", &error),
                 SHOJI_SYNTAX));
    cr_expect(patched == NULL && error.message[0] != '\0');
    shoji_document_free(patch);
    shoji_document_free(catalog);
}

/* What the sweeps patch; made before they begin. */
static shoji_document *swept;
static shoji_document *swept_patch;

static int patch_once(const char *base)
{
    shoji_document *patched = NULL;
    shoji_status status = shoji_document_patch(&patched, swept, swept_patch, base, NULL);
    cr_assert(eq(int, (status == SHOJI_OK) == (patched != NULL), 1));
    shoji_document_free(patched);
    return (int)status;
}

static int patch_body_once(void)
{
    shoji_document *patched = NULL;
    shoji_status status = shoji_document_patch_body(
        &patched, swept, shoji_document_body(swept_patch), NULL);
    shoji_document_free(patched);
    return (int)status;
}

static int merge_once(void)
{
    shoji_document *merged = NULL;
    shoji_status status =
        shoji_document_merge(&merged, swept, shoji_document_root(swept_patch), NULL);
    shoji_document_free(merged);
    return (int)status;
}

static int merge_value_once(void)
{
    shoji_tree *merged = NULL;
    shoji_status status = shoji_value_merge(&merged, shoji_document_root(swept),
                                            shoji_document_root(swept_patch), NULL);
    shoji_tree_free(merged);
    return (int)status;
}

static void sweep_begin(const char *document, const char *patch)
{
    swept = parse(document);
    swept_patch = parse(patch);
}

static void sweep_end(int failures)
{
    cr_expect(gt(int, failures, 0));
    shoji_document_free(swept);
    shoji_document_free(swept_patch);
}

Test(memory, may_fail_in_the_patch_of_a_catalog)
{
    int failures;
    sweep_begin("{\"element\":\"shoji:catalog\",\"self\":\"/users/\",\"views\":[\"v\"],"
                "\"entities\":[\"1\",\"2\"],\"index\":{\"1\":{\"a\":1},\"3\":null}}",
                "{\"element\":\"shoji:catalog\",\"title\":\"T\",\"views\":{\"w\":\"x\"},"
                "\"urls\":[\"u\"],\"graph\":[],\"index\":{\"./1\":{\"b\":2},\"2\":null,"
                "\"9\":{}}}");
    FAILING_MEMORY_SWEEP(failures, patch_once(retrieval));
    sweep_end(failures);
}

Test(memory, may_fail_where_an_index_is_made)
{
    int failures;
    sweep_begin("{\"element\":\"shoji:catalog\",\"entities\":[\"1\",\"2\"]}",
                "{\"element\":\"shoji:catalog\",\"index\":{\"1\":{\"b\":2}}}");
    FAILING_MEMORY_SWEEP(failures, patch_once(retrieval));
    sweep_end(failures);
}

Test(memory, may_fail_in_the_patch_of_an_entity)
{
    int failures;
    sweep_begin("{\"element\":\"shoji:entity\",\"body\":{\"a\":1}}",
                "{\"element\":\"shoji:entity\",\"body\":{\"b\":1},\"graph\":[]}");
    FAILING_MEMORY_SWEEP(failures, patch_once(retrieval));
    cr_expect(gt(int, failures, 0));
    FAILING_MEMORY_SWEEP(failures, patch_body_once());
    sweep_end(failures);
}

Test(memory, may_fail_in_a_merge)
{
    int failures;
    sweep_begin("{\"a\":{\"b\":{\"c\":1}},\"d\":1}",
                "{\"a\":{\"b\":{\"c\":null,\"e\":{}}},\"d\":null}");
    FAILING_MEMORY_SWEEP(failures, merge_once());
    cr_expect(gt(int, failures, 0));
    FAILING_MEMORY_SWEEP(failures, merge_value_once());
    sweep_end(failures);
}
