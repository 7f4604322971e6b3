/* Documents: reading, validating, links, bases, finding by name, emitting. */
#include "document/fault.h"
#include "support/failing_memory.h"

#include <shoji/document.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static const char users_text[] =
    "{\"element\": \"shoji:catalog\", \"self\": \"http://example.org/users\","
    " \"title\": \"Users Catalog\","
    " \"updated\": \"#2003-12-13T18:30:02Z#\","
    " \"catalogs\": {\"bills\": \"bills\", \"sellers\": \"sellers\","
    "                \"sellers by sold count\": \"sellers{?sold_count}\"},"
    " \"entities\": [\"1\", \"2\", \"88374\", \"9843\"],"
    " \"views\": {\"Sold Counts\": \"sold_counts\"}}";

static shoji_document *parse(const char *text)
{
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_document_parse(&document, text, strlen(text), NULL, &error);
    cr_assert(eq(int, status, SHOJI_OK), "%s: %s", text, error.message);
    return document;
}

Test(document, gives_its_common_members)
{
    shoji_document *users = parse(users_text);
    cr_assert(eq(int, shoji_document_element(users), SHOJI_ELEMENT_CATALOG));
    cr_assert(eq(str, (char *)shoji_document_self(users), "http://example.org/users"));
    cr_assert(eq(str, (char *)shoji_document_title(users), "Users Catalog"));
    cr_assert(eq(str, (char *)shoji_document_updated(users), "#2003-12-13T18:30:02Z#"));
    cr_assert(eq(ptr, (void *)shoji_document_description(users), NULL));
    cr_assert(eq(sz, shoji_value_size(shoji_document_entities(users)), 4));
    cr_assert(not(shoji_value_exists(shoji_document_body(users))));
    shoji_document_free(users);
}

Test(document, lists_its_links_in_order)
{
    shoji_document *users = parse(users_text);
    shoji_links links = shoji_document_links(users, SHOJI_CATALOGS);
    shoji_link link;
    cr_assert(shoji_links_next(&links, &link));
    cr_assert(eq(str, (char *)link.name, "bills"));
    cr_assert(shoji_links_next(&links, &link));
    cr_assert(shoji_links_next(&links, &link));
    cr_assert(eq(str, (char *)link.name, "sellers by sold count"));
    cr_assert(eq(str, (char *)link.reference, "sellers{?sold_count}"));
    cr_assert(link.is_template);
    cr_assert(not(shoji_links_next(&links, &link)));
    shoji_document_free(users);
}

Test(document, lists_entities_and_then_the_index)
{
    shoji_document *catalog = parse(
        "{\"element\":\"shoji:catalog\",\"index\":{\"2/\":{\"name\":\"b\"},\"3/\":null},"
        "\"entities\":[\"1/\"]}");
    static const char *const expected[] = {"1/", "2/", "3/"};
    static const shoji_type types[] = {SHOJI_NONE, SHOJI_OBJECT, SHOJI_NULL};
    shoji_entries entries = shoji_document_entries(catalog);
    shoji_entry entry;
    for (size_t i = 0; i < 3; i++) {
        cr_assert(shoji_entries_next(&entries, &entry));
        cr_assert(eq(str, (char *)entry.reference, (char *)expected[i]));
        cr_assert(eq(int, shoji_value_type(entry.tuple), types[i]));
    }
    cr_assert(not(shoji_entries_next(&entries, &entry)));
    shoji_document_free(catalog);
}

struct kind_case {
    const char *text;
    shoji_element element;
};

Test(document, knows_each_element)
{
    static const struct kind_case cases[] = {
        {"{\"element\":\"shoji:catalog\"}", SHOJI_ELEMENT_CATALOG},
        {"{\"element\":\"shoji:entity\",\"body\":{}}", SHOJI_ELEMENT_ENTITY},
        {"{\"element\":\"shoji:entity\",\"index\":{},\"graph\":[]}",
         SHOJI_ELEMENT_ENTITY},
        {"{\"element\":\"shoji:view\",\"value\":null}", SHOJI_ELEMENT_VIEW},
        {"{\"element\":\"shoji:fragment\",\"value\":1}", SHOJI_ELEMENT_FRAGMENT},
        {"{\"element\":\"shoji:fragment\",\"body\":{}}", SHOJI_ELEMENT_FRAGMENT},
        {"{\"element\":\"shoji:order\",\"graph\":[\"1/\",{\"g\":[\"2/\",{\"h\":[]}]}]}",
         SHOJI_ELEMENT_ORDER},
        {"387", SHOJI_ELEMENT_VALUE},
        {"{\"name\":\"no envelope\"}", SHOJI_ELEMENT_VALUE},
        {"[]", SHOJI_ELEMENT_VALUE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_document *document = parse(cases[i].text);
        cr_assert(eq(int, shoji_document_element(document), cases[i].element));
        shoji_document_free(document);
    }
}

struct fault_case {
    const char *text;
    const char *code;
    const char *pointer;
    size_t column;
};

#define CATALOG "{\"element\":\"shoji:catalog\","

static const struct fault_case faults[] = {
    {"{\"element\":\"shoji:thing\"}", "document.element", "/element", 12},
    {"{\"element\":7}", "document.element", "/element", 12},
    {CATALOG "\"self\":5}", "document.type", "/self", 35},
    {CATALOG "\"self\":\"a b\"}", "document.iri", "/self", 35},
    {CATALOG "\"self\":\"a\\u0000\"}", "document.iri", "/self", 35},
    {CATALOG "\"title\":[]}", "document.type", "/title", 36},
    {CATALOG "\"catalogs\":\"x\"}", "document.type", "/catalogs", 39},
    {CATALOG "\"catalogs\":{\"a/b\":5}}", "document.type", "/catalogs/a~1b", 46},
    {CATALOG "\"urls\":{\"t\":\"x{\"}}", "document.template", "/urls/t", 40},
    {CATALOG "\"urls\":{\"t\":\"x{y}\\u0000z\"}}", "document.iri", "/urls/t", 40},
    {CATALOG "\"views\":[\"a\",{}]}", "document.type", "/views/1", 41},
    {CATALOG "\"catalogs\":{\"a\":\"x\",\"b\":\"y\",\"a\":\"z\"}}",
     "document.duplicate-member", "/catalogs/a", 56},
    {CATALOG "\"title\":\"a\",\"title\":\"b\"}", "document.duplicate-member", "/title",
     40},
    {CATALOG "\"entities\":{}}", "document.type", "/entities", 39},
    {CATALOG "\"entities\":[\"1\",2]}", "document.type", "/entities/1", 44},
    {CATALOG "\"entities\":[\"{id}\"]}", "document.iri", "/entities/0", 40},
    {CATALOG "\"index\":[]}", "document.type", "/index", 36},
    {CATALOG "\"index\":{\"1/\":3}}", "document.type", "/index/1~1", 42},
    {CATALOG "\"index\":{\"1/\":{},\"1/\":{}}}", "document.duplicate-member",
     "/index/1~1", 45},
    {"{\"element\":\"shoji:entity\"}", "document.missing-member", "", 1},
    {"{\"element\":\"shoji:entity\",\"body\":[]}", "document.type", "/body", 34},
    {"{\"element\":\"shoji:view\"}", "document.missing-member", "", 1},
    {"{\"element\":\"shoji:fragment\"}", "document.missing-member", "", 1},
    {"{\"element\":\"shoji:fragment\",\"body\":{},\"value\":1}",
     "document.missing-member", "", 1},
    {"{\"element\":\"shoji:order\"}", "document.missing-member", "", 1},
    {"{\"element\":\"shoji:order\",\"graph\":{}}", "document.type", "/graph", 34},
    {"{\"element\":\"shoji:order\",\"graph\":[{\"a\":[],\"b\":[]}]}", "document.group",
     "/graph/0", 35},
    {"{\"element\":\"shoji:order\",\"x\":{\"a\":1,\"a\":2},"
     "\"graph\":[{\"a\":[]},{\"a\":[],\"a\":[]}]}",
     "document.duplicate-member", "/graph/1/a", 70},
    {"{\"element\":\"shoji:order\",\"graph\":[\"1\",{\"a\":[{\"b\":\"x\"}]}]}",
     "document.type", "/graph/1/a/0/b", 50},
};

Test(document, says_what_breaks_the_protocol_and_where)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        shoji_document *document = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = shoji_document_parse(&document, faults[i].text,
                                                   strlen(faults[i].text), NULL, &error);
        cr_assert(eq(int, status, SHOJI_INVALID), "%s", faults[i].text);
        cr_assert(eq(ptr, document, NULL));
        cr_assert(eq(str, (char *)error.code, (char *)faults[i].code), "%s",
                  faults[i].text);
        cr_assert(eq(str, error.pointer, (char *)faults[i].pointer), "%s",
                  faults[i].text);
        cr_assert(eq(sz, error.line, 1), "%s", faults[i].text);
        cr_assert(eq(sz, error.column, faults[i].column), "%s", faults[i].text);
    }
}

Test(document, does_not_judge_members_that_mean_nothing_in_it)
{
    shoji_document_free(parse("{\"element\":\"shoji:view\",\"value\":1,\"entities\":5,"
                              "\"index\":\"x\",\"graph\":0,\"body\":null}"));
    shoji_document_free(
        parse(CATALOG "\"body\":5,\"size\":7,\"title\":null,\"urls\":null}"));
    shoji_document_free(
        parse("{\"element\":\"shoji:entity\",\"body\":{\"a\":1,\"a\":2}}"));
}

static shoji_status count_fault(void *context, const shoji_error *fault)
{
    shoji_buffer *all = context;
    return shoji_buffer_append_format(all, "%zu:%zu %s %s\n", fault->line, fault->column,
                                      fault->code, fault->pointer);
}

Test(document, reports_every_fault)
{
    static const char text[] = "{\"element\":\"shoji:catalog\",\n"
                               " \"title\":1,\n"
                               " \"catalogs\":{\"a\":2, \"b\":\"{\"},\n"
                               " \"index\":{\"x y\":3}\n"
                               "}";
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = count_fault;
    options.fault_context = &all;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int,
                 shoji_document_parse(&document, text, strlen(text), &options, &error),
                 SHOJI_INVALID));
    cr_assert(eq(str, all.bytes,
                 "2:10 document.type /title\n"
                 "3:18 document.type /catalogs/a\n"
                 "3:25 document.template /catalogs/b\n"
                 "4:17 document.iri /index/x y\n"
                 "4:17 document.type /index/x y\n"));
    cr_assert(eq(str, error.pointer, "/title"));
    shoji_buffer_finish(&all);
}

Test(document, reports_the_faults_of_an_unknown_element)
{
    static const char text[] = "{\"element\":\"shoji:thing\",\"title\":1,\"self\":7}";
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = count_fault;
    options.fault_context = &all;
    shoji_document *document = NULL;
    shoji_document_parse(&document, text, strlen(text), &options, NULL);
    cr_assert(eq(str, all.bytes,
                 "1:12 document.element /element\n"
                 "1:34 document.type /title\n"
                 "1:43 document.type /self\n"));
    shoji_buffer_finish(&all);
}

Test(document, tells_names_apart_that_hold_nuls)
{
    shoji_document *document =
        parse(CATALOG "\"catalogs\":{\"a\\u0000b\":\"x\",\"a\":\"y\"}}");
    shoji_target target;
    cr_assert(eq(int, shoji_document_find(&target, document, "a", NULL, NULL), SHOJI_OK));
    cr_assert(eq(str, (char *)target.link.reference, "y"));
    shoji_document_free(document);
}

Test(document, gives_up_on_too_many_faults)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, CATALOG "\"entities\":[0");
    for (int i = 0; i < 2000; i++)
        shoji_buffer_append_string(&text, ",0");
    shoji_buffer_append_string(&text, "]}");
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = count_fault;
    options.fault_context = &all;
    shoji_document *document = NULL;
    cr_assert(eq(int,
                 shoji_document_parse(&document, text.bytes, text.length, &options, NULL),
                 SHOJI_LIMIT));
    cr_assert(ne(ptr, strstr(all.bytes, "document.too-many-faults"), NULL));
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&all);
}

Test(document, reads_arrays_of_draft_01_unless_it_is_strict)
{
    static const char text[] =
        CATALOG "\"views\":[\"v/2\",\"v/1\",\"v/2\"],\"size\":1.0}";
    shoji_document *document = parse(text);
    shoji_links links = shoji_document_links(document, SHOJI_VIEWS);
    shoji_link link;
    cr_assert(shoji_links_next(&links, &link));
    cr_assert(eq(str, (char *)link.name, "v/2"));
    cr_assert(eq(str, (char *)link.reference, "v/2"));

    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_document_emit(&emitted, document, NULL), SHOJI_OK));
    cr_assert(eq(str, emitted.bytes,
                 CATALOG "\"views\":{\"v/1\":\"v/1\",\"v/2\":\"v/2\"},\"size\":1.0}"));
    shoji_buffer_finish(&emitted);
    shoji_document_free(document);

    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    options.strict = true;
    cr_assert(eq(int,
                 shoji_document_parse(&document, text, strlen(text), &options, &error),
                 SHOJI_INVALID));
    cr_assert(eq(str, (char *)error.code, "document.array-for-map"));
    cr_assert(eq(str, error.pointer, "/views"));
}

struct expectation_case {
    const char *text;
    shoji_expectation expect;
    const char *code; /* NULL where it is met */
};

Test(document, meets_what_the_caller_expects_of_it)
{
    static const struct expectation_case cases[] = {
        {CATALOG "\"index\":{}}", SHOJI_EXPECT_CATALOG, NULL},
        {CATALOG "\"index\":{}}", SHOJI_EXPECT_ENVELOPE, NULL},
        {CATALOG "\"index\":{}}", SHOJI_EXPECT_ENTITY, "document.unexpected-element"},
        {"[1]", SHOJI_EXPECT_ENVELOPE, "document.no-envelope"},
        {"{\"body\":{}}", SHOJI_EXPECT_ENTITY, "document.no-envelope"},
        {"{\"element\":\"Fe\"}", SHOJI_EXPECT_VALUE, NULL},
        {"{\"element\":\"Fe\"}", SHOJI_EXPECT_ANY, "document.element"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_document *document = NULL;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
        options.expect = cases[i].expect;
        shoji_status status = shoji_document_parse(
            &document, cases[i].text, strlen(cases[i].text), &options, &error);
        if (cases[i].code == NULL)
            cr_assert(eq(int, status, SHOJI_OK), "case %zu", i);
        else
            cr_assert(eq(str, (char *)error.code, (char *)cases[i].code), "case %zu", i);
        shoji_document_free(document);
    }
}

struct resolve_case {
    const char *text;
    const char *retrieval;
    const char *reference;
    shoji_base_rule rule;
    const char *expected; /* NULL where it cannot be resolved */
};

Test(document, resolves_by_the_rule_that_it_falls_under)
{
    static const struct resolve_case cases[] = {
        {users_text, NULL, "1", SHOJI_BASE_AUTO, "http://example.org/users/1"},
        {users_text, "http://elsewhere.example/x", "1", SHOJI_BASE_AUTO,
         "http://example.org/users/1"},
        {users_text, NULL, "1", SHOJI_BASE_RFC3986, "http://example.org/1"},
        {users_text, NULL, "/1", SHOJI_BASE_AUTO, "http://example.org/1"},
        {"{\"element\":\"shoji:catalog\",\"self\":\"/d/2/folders/public\",\"index\":{}}",
         "https://example.org/x", "../variables/g/", SHOJI_BASE_AUTO,
         "https://example.org/d/2/variables/g/"},
        {"{\"element\":\"shoji:catalog\",\"self\":\"/d/2/folders/public\",\"index\":{}}",
         "https://example.org/x", "g/", SHOJI_BASE_BELOW,
         "https://example.org/d/2/folders/public/g/"},
        {"{\"element\":\"shoji:order\",\"self\":\"http://example.org/a/o\",\"graph\":[]}",
         NULL, "1/", SHOJI_BASE_AUTO, "http://example.org/a/1/"},
        {"{\"element\":\"shoji:catalog\"}", "http://example.org/a", "1", SHOJI_BASE_AUTO,
         "http://example.org/a/1"},
        {"{\"element\":\"shoji:catalog\"}", NULL, "1", SHOJI_BASE_AUTO, NULL},
        {"{\"element\":\"shoji:catalog\"}", NULL, "http://example.org/1", SHOJI_BASE_AUTO,
         "http://example.org/1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_document *document = parse(cases[i].text);
        shoji_buffer iri = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status =
            shoji_document_resolve(&iri, document, cases[i].retrieval, cases[i].reference,
                                   cases[i].rule, &error);
        if (cases[i].expected == NULL) {
            cr_assert(eq(int, status, SHOJI_NOT_FOUND), "case %zu", i);
        } else {
            cr_assert(eq(int, status, SHOJI_OK), "case %zu: %s", i, error.message);
            cr_assert(eq(str, iri.bytes, (char *)cases[i].expected), "case %zu", i);
        }
        shoji_buffer_finish(&iri);
        shoji_document_free(document);
    }
}

static const char find_text[] =
    "{\"element\":\"shoji:catalog\",\"self\":\"http://example.org/c/\","
    "\"catalogs\":{\"a\":\"x/\",\"same\":\"y/\",\"b\":\"b/\",\"views:v\":\"odd/\"},"
    "\"views\":{\"a\":\"z/\",\"same\":\"http://EXAMPLE.org/c/./y/\",\"v\":\"v/\"},"
    "\"index\":{\"JP/\":{\"name\":\"Japan\",\"code\":392},\"../c/CAF%C3%89/\":null,"
    "\"b/\":{\"name\":\"JP\"},\"2/\":{\"name\":\"twin\"},\"3/\":{\"name\":\"twin\"}}}";

struct find_case {
    const char *name;
    const char *attribute;
    shoji_status status;
    shoji_place place;
    const char *reference;
};

Test(document, finds_a_name_where_it_is_looked_for_first)
{
    static const struct find_case cases[] = {
        {"b", NULL, SHOJI_OK, SHOJI_IN_MAP, "b/"},
        {"a", NULL, SHOJI_AMBIGUOUS, SHOJI_IN_MAP, NULL},
        {"catalogs:a", NULL, SHOJI_OK, SHOJI_IN_MAP, "x/"},
        {"views:a", NULL, SHOJI_OK, SHOJI_IN_MAP, "z/"},
        {"same", NULL, SHOJI_OK, SHOJI_IN_MAP, "y/"},
        {"views:v", NULL, SHOJI_OK, SHOJI_IN_MAP, "odd/"},
        {"entities:b", NULL, SHOJI_OK, SHOJI_BY_SEGMENT, "b/"},
        {"JP/", NULL, SHOJI_OK, SHOJI_BY_REFERENCE, "JP/"},
        {"http://example.org/c/JP/", NULL, SHOJI_OK, SHOJI_BY_REFERENCE, "JP/"},
        {"JP", NULL, SHOJI_OK, SHOJI_BY_SEGMENT, "JP/"},
        {"CAF\xc3\x89", NULL, SHOJI_OK, SHOJI_BY_SEGMENT, "../c/CAF%C3%89/"},
        {"Japan", NULL, SHOJI_OK, SHOJI_BY_ATTRIBUTE, "JP/"},
        {"392", "code", SHOJI_OK, SHOJI_BY_ATTRIBUTE, "JP/"},
        {"twin", NULL, SHOJI_AMBIGUOUS, SHOJI_IN_MAP, NULL},
        {"Japan", "code", SHOJI_NOT_FOUND, SHOJI_IN_MAP, NULL},
        {"orders:a", NULL, SHOJI_NOT_FOUND, SHOJI_IN_MAP, NULL},
        {"", NULL, SHOJI_NOT_FOUND, SHOJI_IN_MAP, NULL},
    };
    shoji_document *document = parse(find_text);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_find_options options = SHOJI_FIND_OPTIONS_INIT;
        shoji_target target;
        shoji_error error = SHOJI_ERROR_INIT;
        options.attribute = cases[i].attribute;
        shoji_status status =
            shoji_document_find(&target, document, cases[i].name, &options, &error);
        cr_assert(eq(int, status, cases[i].status), "%s: %s", cases[i].name,
                  error.message);
        if (status != SHOJI_OK)
            continue;
        cr_assert(eq(int, target.place, cases[i].place), "%s", cases[i].name);
        cr_assert(eq(str, (char *)target.link.reference, (char *)cases[i].reference));
    }
    shoji_document_free(document);
}

Test(document, lists_names_where_none_is_found_and_targets_where_several_are)
{
    shoji_document *document = parse(find_text);
    shoji_target target;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document_find(&target, document, "nope\x1b[2J", NULL, &error);
    cr_assert(ne(ptr, strstr(error.message, "\"same\""), NULL), "%s", error.message);
    cr_assert(ne(ptr, strstr(error.message, "\"JP/\""), NULL), "%s", error.message);
    cr_assert(eq(ptr, strchr(error.message, '\x1b'), NULL));
    shoji_document_find(&target, document, "a", NULL, &error);
    cr_assert(ne(ptr, strstr(error.message, "catalogs:\"x/\", views:\"z/\""), NULL), "%s",
              error.message);
    shoji_document_free(document);
}

static int find_every_way(void)
{
    static const char *const names[] = {"http://example.org/c/./CAF%c3%89/",
                                        "CAF\xc3\x89", "Japan"};
    shoji_document *document = NULL;
    shoji_target target;
    shoji_status status =
        shoji_document_parse(&document, find_text, sizeof find_text - 1, NULL, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == SHOJI_OK; i++)
        status = shoji_document_find(&target, document, names[i], NULL, NULL);
    shoji_document_free(document);
    return status;
}

Test(document, survives_every_failed_allocation_of_a_search)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, find_every_way());
    cr_assert(gt(int, failures, 20));
}

static int parse_and_find(void)
{
    shoji_document *document = NULL;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_target target;
    shoji_status status =
        shoji_document_parse(&document, find_text, sizeof find_text - 1, NULL, NULL);
    if (status == SHOJI_OK)
        status = shoji_document_find(&target, document, "same", NULL, NULL);
    if (status == SHOJI_OK)
        status = shoji_document_emit(&text, document, NULL);
    shoji_buffer_finish(&text);
    shoji_document_free(document);
    return status;
}

Test(document, survives_every_failed_allocation)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, parse_and_find());
    cr_assert(gt(int, failures, 10));
}

static int emit_arrays(void)
{
    static const char text[] = CATALOG "\"views\":[\"v/2\",\"v/1\"]}";
    shoji_document *document = NULL;
    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_document_parse(&document, text, sizeof text - 1, NULL, NULL);
    if (status == SHOJI_OK)
        status = shoji_document_emit(&emitted, document, NULL);
    shoji_buffer_finish(&emitted);
    shoji_document_free(document);
    return status;
}

Test(document, survives_every_failed_allocation_of_draft_01)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, emit_arrays());
    cr_assert(gt(int, failures, 10));
}

static shoji_status check_order(void *context, const shoji_error *fault)
{
    size_t *last = context;
    cr_expect(ge(sz, fault->offset, *last), "%s", fault->pointer);
    *last = fault->offset;
    return SHOJI_OK;
}

/* Were each fault looked for from the beginning, this would take minutes under ASan. */
Test(document, reports_a_thousand_faults_of_a_large_index)
{
    enum {
        TUPLES = 300000
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&text, CATALOG "\"index\":{\"0/\":0");
    for (int i = 1; i < TUPLES; i++)
        shoji_buffer_append_format(&text, ",\n\"%d/\":%s", i,
                                   i % 301 == 0 ? "{\"a\":1},\"x y\":[3]" : "{\"a\":1}");
    shoji_buffer_append_string(&text, "}}");
    size_t last = 0;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = check_order;
    options.fault_context = &last;
    shoji_document *document = NULL;
    cr_assert(eq(int,
                 shoji_document_parse(&document, text.bytes, text.length, &options, NULL),
                 SHOJI_LIMIT));
    cr_assert(gt(sz, last, text.length / 4));
    shoji_buffer_finish(&text);
}

static int report_all(const char *text)
{
    shoji_buffer all = SHOJI_BUFFER_INIT;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = count_fault;
    options.fault_context = &all;
    shoji_document *document = NULL;
    shoji_status status =
        shoji_document_parse(&document, text, strlen(text), &options, NULL);
    shoji_buffer_finish(&all);
    return status == SHOJI_INVALID ? SHOJI_OK : status;
}

Test(document, survives_every_failed_allocation_of_a_report)
{
    int failures;
    FAILING_MEMORY_SWEEP(
        failures,
        report_all("{\"element\":\"shoji:order\",\"urls\":{\"a\":\"{\",\"a\":1},"
                   "\"graph\":[{\"a\":[\"<\"],\"b\":[{}]}]}"));
    cr_assert(gt(int, failures, 5));
}

/* Were each entry resolved, or each told of in a message, these would take a minute. */
Test(document, finds_a_name_among_very_many)
{
    enum {
        TUPLES = 200000
    };
    static const struct find_case cases[] = {
        {"Name 199999", NULL, SHOJI_OK, SHOJI_BY_ATTRIBUTE, "entity.199999/"},
        {"entity.7", NULL, SHOJI_OK, SHOJI_BY_SEGMENT, "entity.7/"},
        {"entity%2E7/", NULL, SHOJI_OK, SHOJI_BY_REFERENCE, "entity.7/"},
        {"http://example.org/c/./entity.8/", NULL, SHOJI_OK, SHOJI_BY_REFERENCE,
         "entity.8/"},
        {"twin", "kind", SHOJI_AMBIGUOUS, SHOJI_IN_MAP, NULL},
        {"nobody.x", NULL, SHOJI_NOT_FOUND, SHOJI_IN_MAP, NULL},
    };
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(
        &text, CATALOG "\"self\":\"http://example.org/c/\",\"index\":{\"0/\":null");
    for (int i = 1; i < TUPLES; i++)
        shoji_buffer_append_format(
            &text, ",\"entity.%d/\":{\"name\":\"Name %d\",\"kind\":\"twin\"}", i, i);
    shoji_buffer_append_string(&text, "}}");
    shoji_document *document = parse(text.bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_find_options options = SHOJI_FIND_OPTIONS_INIT;
        shoji_target target;
        options.attribute = cases[i].attribute;
        shoji_status status =
            shoji_document_find(&target, document, cases[i].name, &options, NULL);
        cr_assert(eq(int, status, cases[i].status), "%s", cases[i].name);
        if (status != SHOJI_OK)
            continue;
        cr_expect(eq(int, target.place, cases[i].place), "%s", cases[i].name);
        cr_expect(eq(str, (char *)target.link.reference, (char *)cases[i].reference));
    }
    shoji_document_free(document);
    shoji_buffer_finish(&text);
}

struct principal_case {
    const char *text;
    shoji_value (*get)(const shoji_document *document);
    size_t size; /* of the member that is given */
};

Test(document, gives_the_principal_members_and_nothing_where_there_is_none)
{
    static const struct principal_case cases[] = {
        {"{\"element\":\"shoji:entity\",\"body\":{\"a\":1}}", shoji_document_body, 1},
        {"{\"element\":\"shoji:view\",\"value\":[1,2]}", shoji_document_value, 2},
        {"[1,2,3]", shoji_document_value, 3},
        {"{\"element\":\"shoji:catalog\",\"index\":{\"1/\":null}}", shoji_document_index,
         1},
        {"{\"element\":\"shoji:catalog\",\"entities\":[\"1/\"]}", shoji_document_entities,
         1},
        {"{\"element\":\"shoji:order\",\"graph\":[\"1/\",\"2/\"]}", shoji_document_graph,
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_document *document = parse(cases[i].text);
        for (size_t other = 0; other < sizeof cases / sizeof cases[0]; other++) {
            size_t size = cases[other].get == cases[i].get ? cases[i].size : 0;
            shoji_value value = cases[other].get(document);
            cr_expect(eq(sz, shoji_value_size(value), size), "%s", cases[i].text);
            cr_expect(eq(int, shoji_value_exists(value), size != 0), "%s", cases[i].text);
        }
        shoji_document_free(document);
    }
}

Test(document, cuts_the_message_of_a_fault_where_it_is_too_long)
{
    char words[SHOJI_ERROR_MESSAGE_SIZE + 1];
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    struct shoji__faults faults;
    shoji_tree *tree = NULL;
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    cr_assert(eq(int, shoji_tree_parse(&tree, "1", 1, NULL, NULL), SHOJI_OK));
    shoji__faults_init(&faults, tree, &options, &error);
    shoji__fault(&faults, 0, "document.type", "%s", words);
    cr_expect(eq(sz, strlen(error.message), sizeof error.message - 1));
    cr_expect(eq(str, error.message + sizeof error.message - sizeof "x...", "x..."));
    shoji_tree_free(tree);
}
