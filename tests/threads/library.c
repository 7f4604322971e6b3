/* One document, one tree, one template and one set of variables in the hands of eight
 * threads, and everything in the library that is a pure function besides. */
#include "threads/together.h"

#include <shoji/shoji.h>

#include <string.h>

enum {
    ROUNDS = 100
};

static const char document_text[] =
    "{\"element\":\"shoji:catalog\",\"self\":\"http://h.example/users/\","
    "\"catalogs\":{\"bills\":\"bills/\",\"by name\":\"{?name}\"},"
    "\"views\":{\"Sold Counts\":\"sold_counts\"},"
    "\"index\":{\"1/\":{\"name\":\"Katsuhiro\"},\"2/"
    "\":null},\"more\":[1.50,\"\\u00e9\"]}";

static const char patch_text[] =
    "{\"element\":\"shoji:catalog\",\"catalogs\":{\"new\":\"new/\"},"
    "\"index\":{\"1/\":{\"name\":\"Grace\"},\"2/\":null,\"3/\":{}}}";

static const char tree_text[] = "{\"a\":[1,-2.5e3,18446744073709551615,"
                                "\"\\ud83c\\udf0d\"],\"b\":{\"c\":null,\"d\":true}}";

static shoji_document *document;
static shoji_document *patch;
static shoji_tree *tree;
static shoji_template *tmpl;
static shoji_variables *variables;

/* Emits a value into the transcript. */
static void note_value(shoji_buffer *transcript, shoji_value value)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    together_succeed(shoji_value_emit(&text, value, NULL), "shoji_value_emit", NULL);
    together_note(transcript, "%s", text.bytes);
    shoji_buffer_finish(&text);
}

static void read_document(shoji_buffer *transcript)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link))
            together_note(transcript, "%s:%s %s", shoji_map_text(link.map), link.name,
                          link.reference);
    }
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry))
        together_note(transcript, "%s %d", entry.reference,
                      (int)shoji_value_type(entry.tuple));
    together_note(transcript, "%s", shoji_document_self(document));
}

static void find_and_resolve(shoji_buffer *transcript)
{
    static const char *const names[] = {"bills", "views:Sold Counts", "Katsuhiro", "2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        shoji_target target;
        shoji_buffer iri = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        together_succeed(shoji_document_find(&target, document, names[i], NULL, &error),
                         "shoji_document_find", &error);
        together_succeed(shoji_document_resolve(&iri, document, NULL,
                                                target.link.reference, SHOJI_BASE_AUTO,
                                                &error),
                         "shoji_document_resolve", &error);
        together_note(transcript, "%d %s", (int)target.place, iri.bytes);
        shoji_buffer_finish(&iri);
    }
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_target target;
    together_must(shoji_document_find(&target, document, "nobody", NULL, &error) ==
                      SHOJI_NOT_FOUND,
                  "nobody was found");
    together_note(transcript, "%s", error.message);
}

static void emit_document(shoji_buffer *transcript)
{
    static const shoji_writer_options options = {.indent = 2, .ascii = true};
    shoji_buffer text = SHOJI_BUFFER_INIT;
    together_succeed(shoji_document_emit(&text, document, &options),
                     "shoji_document_emit", NULL);
    together_note(transcript, "%s", text.bytes);
    shoji_buffer_finish(&text);
}

/* Each thread has a builder of its own; the document and the tuple are lent by all. */
static void edit_document(shoji_buffer *transcript)
{
    shoji_builder *builder;
    shoji_document *edited;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_builder_edit(&builder, document), "shoji_builder_edit", NULL);
    shoji_builder_set_link(builder, SHOJI_CATALOGS, "bills", "invoices/");
    shoji_builder_set_tuple(builder, "3/", shoji_value_at(shoji_tree_root(tree), "/b"));
    shoji_builder_remove(builder, "/index/2~1");
    together_succeed(shoji_builder_finish(builder, &edited, &error),
                     "shoji_builder_finish", &error);
    shoji_builder_free(builder);
    together_succeed(shoji_document_emit(&text, edited, NULL), "shoji_document_emit",
                     NULL);
    shoji_document_free(edited);
    together_note(transcript, "%s", text.bytes);
    shoji_buffer_finish(&text);
}

/* A patch goes into a new document; what it is made of is lent by all. */
static void patch_document(shoji_buffer *transcript)
{
    shoji_document *patched;
    shoji_tree *merged;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_document_patch(&patched, document, patch, NULL, &error),
                     "shoji_document_patch", &error);
    together_succeed(shoji_document_emit(&text, patched, NULL), "shoji_document_emit",
                     NULL);
    together_note(transcript, "%s", text.bytes);
    shoji_document_free(patched);
    shoji_buffer_finish(&text);
    together_succeed(shoji_value_merge(&merged, shoji_document_root(document),
                                       shoji_tree_root(tree), &error),
                     "shoji_value_merge", &error);
    note_value(transcript, shoji_tree_root(merged));
    shoji_tree_free(merged);
}

static void read_tree(shoji_buffer *transcript)
{
    shoji_value root = shoji_tree_root(tree);
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        together_note(transcript, "%s %zu", member.name, shoji_value_size(member.value));
    double number;
    bool exact;
    uint64_t integer;
    together_succeed(shoji_value_double(shoji_value_at(root, "/a/1"), &number, &exact),
                     "shoji_value_double", NULL);
    together_succeed(shoji_value_uint64(shoji_value_at(root, "/a/2"), &integer),
                     "shoji_value_uint64", NULL);
    together_note(transcript, "%.17g %d %llu", number, exact,
                  (unsigned long long)integer);
    together_must(shoji_value_equal(root, root), "a value is not equal to itself");
    note_value(transcript, root);
}

static shoji_status note_member(void *transcript, const shoji_member *member)
{
    note_value(transcript, member->value);
    return SHOJI_OK;
}

/* Trees and readers of one's own, beside those that are shared. */
static void parse(shoji_buffer *transcript)
{
    shoji_tree *own;
    shoji_reader *reader;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(
        shoji_tree_parse(&own, document_text, strlen(document_text), NULL, &error),
        "shoji_tree_parse", &error);
    together_must(shoji_value_equal(shoji_tree_root(own), shoji_document_root(document)),
                  "one text gives two values");
    shoji_tree_free(own);
    together_must(shoji_tree_parse(&own, "[1,]", 4, NULL, &error) == SHOJI_SYNTAX,
                  "a trailing comma was read");
    together_note(transcript, "%zu %s", error.column, error.message);
    together_succeed(shoji_reader_new(&reader, "/index", NULL, note_member, transcript),
                     "shoji_reader_new", NULL);
    for (size_t i = 0; document_text[i] != '\0'; i++)
        shoji_reader_feed(reader, document_text + i, 1, NULL);
    together_succeed(shoji_reader_end(reader, &error), "shoji_reader_end", &error);
    shoji_reader_free(reader);
}

static void expand_and_match(shoji_buffer *transcript)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_variables *matched;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_template_expand(&expansion, tmpl, variables, &error),
                     "shoji_template_expand", &error);
    together_note(transcript, "%s", expansion.bytes);
    together_succeed(shoji_template_match(&matched, tmpl, expansion.bytes, &error),
                     "shoji_template_match", &error);
    for (size_t i = 0; i < shoji_variables_count(matched); i++) {
        const char *name = shoji_variables_name(matched, i);
        const char *key;
        const char *value;
        for (size_t at = 0; shoji_variables_get(matched, name, at, &key, &value); at++)
            together_note(transcript, "%s %s=%s", name, key != NULL ? key : "", value);
    }
    shoji_variables_free(matched);
    shoji_buffer_finish(&expansion);
}

/* The host goes through libidn2, the reference through uriparser. */
static void work_on_iris(shoji_buffer *transcript)
{
    static const char base[] = "HTTP://b\xc3\xbc"
                               "cher.example:80/a/./b/%7e/c?q";
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(
        shoji_iri_resolve(&iri, base, "../d/\xc3\xa9?f", SHOJI_BASE_BELOW, &error),
        "shoji_iri_resolve", &error);
    together_note(transcript, "%s", iri.bytes);
    together_succeed(shoji_iri_normalize(&iri, base, &error), "shoji_iri_normalize",
                     &error);
    together_note(transcript, "%s", iri.bytes);
    shoji_status status = shoji_iri_to_uri(&iri, base, &error);
    together_note(transcript, "%d %s", (int)status, iri.bytes);
    together_succeed(shoji_iri_from_uri(&iri, "http://h/%C3%A9", &error),
                     "shoji_iri_from_uri", &error);
    together_note(transcript, "%s", iri.bytes);
    together_succeed(shoji_iri_relativize(&iri, "http://h/a/b/", "http://h/a/c", &error),
                     "shoji_iri_relativize", &error);
    together_note(transcript, "%s", iri.bytes);
    together_must(shoji_iri_same(base, base) && shoji_iri_same_origin(base, base),
                  "an IRI is not the same as itself");
    shoji_buffer_finish(&iri);
}

static void speak_the_protocol(shoji_buffer *transcript)
{
    static const char *const types[] = {"application/json", "text/html"};
    static const shoji_conditions conditions = {.if_none_match = "W/\"1\""};
    static const shoji_problem problem = {.status = 404, .detail = "no such thing"};
    char date[SHOJI_HTTP_DATE_SIZE];
    int64_t seconds = 0;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_http_date_format(date, 784111777);
    together_must(shoji_http_date_parse(date, &seconds), "a date was not read");
    together_succeed(shoji_problem_emit(&text, &problem), "shoji_problem_emit", NULL);
    together_note(transcript, "%s %lld %d %d %s", date, (long long)seconds,
                  shoji_accept_choose("text/*, */*;q=0.1", types, 2),
                  (int)shoji_conditions_evaluate(&conditions, true, "\"1\"", -1),
                  text.bytes);
    shoji_buffer_finish(&text);
}

static void share(void)
{
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_document_parse(&document, document_text, strlen(document_text),
                                          NULL, &error),
                     "shoji_document_parse", &error);
    together_succeed(
        shoji_document_parse(&patch, patch_text, strlen(patch_text), NULL, &error),
        "shoji_document_parse", &error);
    together_succeed(shoji_tree_parse(&tree, tree_text, strlen(tree_text), NULL, &error),
                     "shoji_tree_parse", &error);
    together_succeed(
        shoji_template_compile(&tmpl, "/\xc3\xa9{/a,b:2}{?list*,map*}", &error),
        "shoji_template_compile", &error);
    together_succeed(shoji_variables_new(&variables), "shoji_variables_new", NULL);
    shoji_variables_set(variables, "a", "one \xc3\xa9");
    shoji_variables_set(variables, "b", "two");
    shoji_variables_add(variables, "list", "x");
    shoji_variables_add(variables, "list", "y");
    together_succeed(shoji_variables_set_pair(variables, "map", "k", "v"),
                     "shoji_variables_set_pair", NULL);
}

int main(void)
{
    static const struct together_job jobs[] = {
        {"reading a document", read_document},
        {"finding names", find_and_resolve},
        {"emitting a document", emit_document},
        {"editing a document", edit_document},
        {"patching a document", patch_document},
        {"reading a tree", read_tree},
        {"parsing", parse},
        {"a template", expand_and_match},
        {"IRIs", work_on_iris},
        {"the protocol", speak_the_protocol},
    };
    share();
    together_run(jobs, sizeof jobs / sizeof jobs[0], ROUNDS);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
    shoji_tree_free(tree);
    shoji_document_free(patch);
    shoji_document_free(document);
    return 0;
}
