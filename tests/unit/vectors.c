/* The vectors of spec/vectors/, as its README says how to run them: documents, names and
 * resolution. Those of IRIs and templates are run beside the code that they test. */
#include <shoji/shoji.h>

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAULT_MAXIMUM = 16
};

/* One file: what it is called, what it holds, and its text, which may be ill-formed. */
struct vector {
    const char *name;
    shoji_value root;
    shoji_buffer text;
};

typedef void (*vector_check)(const struct vector *vector);

static const char *text_of(shoji_value object, const char *name)
{
    return shoji_value_string(shoji_value_member(object, name), NULL);
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "(nothing)";
}

static void expect_text(const struct vector *vector, const char *what, const char *wanted,
                        const char *had)
{
    cr_expect(same_text(wanted, had), "%s: %s: expected %s, got %s", vector->name, what,
              shown(wanted), shown(had));
}

static void expect_number(const struct vector *vector, shoji_value expect,
                          const char *what, size_t had)
{
    uint64_t wanted = 0;
    if (!shoji_value_exists(shoji_value_member(expect, what)))
        return;
    shoji_status status = shoji_value_uint64(shoji_value_member(expect, what), &wanted);
    cr_expect(status == SHOJI_OK && wanted == had, "%s: %s: expected %ju, got %zu",
              vector->name, what, (uintmax_t)wanted, had);
}

static void read_file(shoji_buffer *bytes, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s cannot be opened", path);
    char piece[BUFSIZ];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        cr_assert(shoji_buffer_append(bytes, piece, length) == SHOJI_OK);
    fclose(file);
}

static void append_base64(shoji_buffer *bytes, const char *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const char *digit = strchr(digits, *text);
        cr_assert(digit != NULL, "base64 with the character %c", *text);
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            char byte = (char)(bits >> count & 0xff);
            cr_assert(shoji_buffer_append(bytes, &byte, 1) == SHOJI_OK);
        }
    }
}

static void read_text(struct vector *vector)
{
    size_t length = 0;
    const char *text =
        shoji_value_string(shoji_value_member(vector->root, "text"), &length);
    const char *base64 = text_of(vector->root, "base64");
    cr_assert((text != NULL) != (base64 != NULL), "%s: one of text and base64",
              vector->name);
    if (text != NULL)
        cr_assert(shoji_buffer_append(&vector->text, text, length) == SHOJI_OK);
    else
        append_base64(&vector->text, base64);
}

static void run_file(const char *folder, const char *name, vector_check check)
{
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_buffer bytes = SHOJI_BUFFER_INIT;
    cr_assert(shoji_buffer_append_format(&path, "%s/%s", folder, name) == SHOJI_OK);
    read_file(&bytes, path.bytes);

    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(shoji_tree_parse(&tree, bytes.bytes, bytes.length, NULL, &error) ==
                  SHOJI_OK,
              "%s:%zu:%zu: %s", path.bytes, error.line, error.column, error.message);
    struct vector vector = {name, shoji_tree_root(tree), SHOJI_BUFFER_INIT};
    cr_expect(shoji_value_exists(shoji_value_member(vector.root, "requirement")),
              "%s: no requirement", name);
    read_text(&vector);
    check(&vector);

    shoji_buffer_finish(&vector.text);
    shoji_tree_free(tree);
    shoji_buffer_finish(&bytes);
    shoji_buffer_finish(&path);
}

static int is_vector(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end != NULL && strcmp(end, ".json") == 0;
}

static void run_folder(const char *name, vector_check check)
{
    const char *vectors = getenv("SHOJI_VECTORS");
    cr_assert(vectors != NULL, "SHOJI_VECTORS must name the folder spec/vectors");
    shoji_buffer folder = SHOJI_BUFFER_INIT;
    cr_assert(shoji_buffer_append_format(&folder, "%s/%s", vectors, name) == SHOJI_OK);

    struct dirent **entries = NULL;
    int count = scandir(folder.bytes, &entries, is_vector, alphasort);
    cr_assert(count > 0, "%s holds no vectors", folder.bytes);
    for (int i = 0; i < count; i++) {
        run_file(folder.bytes, entries[i]->d_name, check);
        free(entries[i]);
    }
    free(entries);
    shoji_buffer_finish(&folder);
}

static shoji_expectation read_expectation(const char *word)
{
    static const char *const words[] = {"any",      "catalog", "entity",   "view",
                                        "fragment", "order",   "envelope", "value"};
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return (shoji_expectation)i;
    cr_assert(word == NULL, "no such kind of document: %s", word);
    return SHOJI_EXPECT_ANY;
}

static void read_limit(size_t *limit, shoji_value limits, const char *name)
{
    uint64_t number;
    if (shoji_value_uint64(shoji_value_member(limits, name), &number) == SHOJI_OK)
        *limit = (size_t)number;
}

static shoji_document_options read_options(const struct vector *vector)
{
    shoji_document_options made = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_value options = shoji_value_member(vector->root, "options");
    made.expect = read_expectation(text_of(options, "as"));
    made.strict = shoji_value_type(shoji_value_member(options, "strict")) == SHOJI_TRUE;
    shoji_value limits = shoji_value_member(options, "limits");
    read_limit(&made.limits.depth, limits, "depth");
    read_limit(&made.limits.size, limits, "size");
    read_limit(&made.limits.members, limits, "members");
    read_limit(&made.limits.string, limits, "string");
    return made;
}

static void check_text_members(const struct vector *vector, shoji_value expect,
                               const shoji_document *document)
{
    const struct {
        const char *name;
        const char *(*get)(const shoji_document *document);
    } members[] = {
        {"self", shoji_document_self},
        {"title", shoji_document_title},
        {"description", shoji_document_description},
        {"updated", shoji_document_updated},
        {"specification", shoji_document_specification},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (shoji_value_exists(shoji_value_member(expect, members[i].name)))
            expect_text(vector, members[i].name, text_of(expect, members[i].name),
                        members[i].get(document));
}

static void check_link(const struct vector *vector, shoji_value wanted,
                       const shoji_link *link)
{
    expect_text(vector, "map", text_of(wanted, "map"), shoji_map_text(link->map));
    expect_text(vector, "name", text_of(wanted, "name"), link->name);
    expect_text(vector, "reference", text_of(wanted, "reference"), link->reference);
    bool template =
        shoji_value_type(shoji_value_member(wanted, "template")) == SHOJI_TRUE;
    cr_expect(link->is_template == template, "%s: %s: is it a template?", vector->name,
              link->name);
}

static void check_links(const struct vector *vector, shoji_value expect,
                        const shoji_document *document)
{
    shoji_value wanted = shoji_value_member(expect, "links");
    if (!shoji_value_exists(wanted))
        return;
    size_t count = 0;
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link))
            check_link(vector, shoji_value_item(wanted, count++), &link);
    }
    cr_expect(count == shoji_value_size(wanted), "%s: %zu links", vector->name, count);
}

static void check_entries(const struct vector *vector, shoji_value expect,
                          const shoji_document *document)
{
    shoji_value wanted = shoji_value_member(expect, "entries");
    if (!shoji_value_exists(wanted))
        return;
    size_t count = 0;
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry)) {
        shoji_value item = shoji_value_item(wanted, count++);
        expect_text(vector, "entry", text_of(item, "reference"), entry.reference);
        cr_expect(shoji_value_equal(shoji_value_member(item, "tuple"), entry.tuple),
                  "%s: the tuple of %s", vector->name, entry.reference);
    }
    cr_expect(count == shoji_value_size(wanted), "%s: %zu entries", vector->name, count);
}

/* A document as it is written in one form, and that text read and written again. */
static void check_form(const struct vector *vector, const char *form, const char *wanted,
                       const shoji_document *document,
                       const shoji_writer_options *writing,
                       const shoji_document_options *options)
{
    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    cr_assert(shoji_document_emit(&emitted, document, writing) == SHOJI_OK);
    expect_text(vector, form, wanted, emitted.bytes);

    shoji_document *again = NULL;
    cr_expect(shoji_document_parse(&again, emitted.bytes, emitted.length, options,
                                   NULL) == SHOJI_OK,
              "%s: %s: what was emitted cannot be read", vector->name, form);
    shoji_buffer twice = SHOJI_BUFFER_INIT;
    if (again != NULL && shoji_document_emit(&twice, again, writing) == SHOJI_OK)
        expect_text(vector, "emitted again", emitted.bytes, twice.bytes);
    shoji_document_free(again);
    shoji_buffer_finish(&twice);
    shoji_buffer_finish(&emitted);
}

static void check_emitted(const struct vector *vector, shoji_value expect,
                          const shoji_document *document,
                          const shoji_document_options *options)
{
    const struct {
        const char *name;
        shoji_writer_options writing;
    } forms[] = {
        {"emit", {.indent = 0}},
        {"indented", {.indent = 2}},
        {"ascii", {.ascii = true}},
    };
    cr_expect(text_of(expect, "emit") != NULL, "%s: what is it written as?",
              vector->name);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (text_of(expect, forms[i].name) != NULL)
            check_form(vector, forms[i].name, text_of(expect, forms[i].name), document,
                       &forms[i].writing, options);
}

static void check_valid_document(const struct vector *vector)
{
    shoji_document_options options = read_options(vector);
    shoji_value expect = shoji_value_member(vector->root, "expect");
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *document = NULL;
    shoji_status status = shoji_document_parse(&document, vector->text.bytes,
                                               vector->text.length, &options, &error);
    cr_expect(status == SHOJI_OK, "%s: refused: %zu:%zu: %s", vector->name, error.line,
              error.column, error.message);
    if (status != SHOJI_OK)
        return;

    expect_text(vector, "element", text_of(expect, "element"),
                shoji_element_text(shoji_document_element(document)));
    check_text_members(vector, expect, document);
    check_links(vector, expect, document);
    check_entries(vector, expect, document);
    const char *rule = text_of(expect, "base_rule");
    if (rule != NULL)
        expect_text(vector, "base rule", rule,
                    shoji_document_base_rule(document) == SHOJI_BASE_BELOW ? "below"
                                                                           : "rfc3986");
    check_emitted(vector, expect, document, &options);
    shoji_document_free(document);
}

struct faults {
    shoji_error faults[FAULT_MAXIMUM];
    size_t count;
};

static shoji_status keep_fault(void *context, const shoji_error *fault)
{
    struct faults *faults = context;
    if (faults->count < FAULT_MAXIMUM)
        faults->faults[faults->count] = *fault;
    faults->count++;
    return SHOJI_OK;
}

static void check_faults(const struct vector *vector, shoji_value wanted,
                         shoji_document_options options)
{
    struct faults had = {.count = 0};
    options.fault = keep_fault;
    options.fault_context = &had;
    shoji_document *document = NULL;
    cr_expect(shoji_document_parse(&document, vector->text.bytes, vector->text.length,
                                   &options, NULL) != SHOJI_OK,
              "%s: accepted, with its faults reported", vector->name);
    cr_expect(had.count == shoji_value_size(wanted), "%s: %zu faults", vector->name,
              had.count);
    for (size_t i = 0; i < had.count && i < FAULT_MAXIMUM; i++) {
        shoji_value fault = shoji_value_item(wanted, i);
        expect_text(vector, "fault", text_of(fault, "code"), had.faults[i].code);
        expect_text(vector, "fault at", text_of(fault, "pointer"), had.faults[i].pointer);
    }
}

static void check_invalid_document(const struct vector *vector)
{
    shoji_document_options options = read_options(vector);
    shoji_value expect = shoji_value_member(vector->root, "expect");
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *document = NULL;
    shoji_status status = shoji_document_parse(&document, vector->text.bytes,
                                               vector->text.length, &options, &error);
    cr_expect(status != SHOJI_OK, "%s: accepted", vector->name);
    if (status == SHOJI_OK) {
        shoji_document_free(document);
        return;
    }
    cr_expect(document == NULL, "%s: an output on failure", vector->name);
    cr_expect(error.message[0] != '\0', "%s: no message", vector->name);
    expect_text(vector, "code", text_of(expect, "code"), error.code);
    expect_number(vector, expect, "line", error.line);
    expect_number(vector, expect, "column", error.column);
    expect_number(vector, expect, "offset", error.offset);
    if (shoji_value_exists(shoji_value_member(expect, "pointer")))
        expect_text(vector, "pointer", text_of(expect, "pointer"), error.pointer);
    shoji_value faults = shoji_value_member(expect, "faults");
    if (shoji_value_exists(faults))
        check_faults(vector, faults, options);
}

Test(vectors, valid_documents_are_read_and_emitted)
{
    run_folder("documents/valid", check_valid_document);
}

Test(vectors, invalid_documents_are_refused_with_code_and_place)
{
    run_folder("documents/invalid", check_invalid_document);
}

static shoji_document *read_document(const struct vector *vector)
{
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(shoji_document_parse(&document, vector->text.bytes, vector->text.length,
                                   NULL, &error) == SHOJI_OK,
              "%s: %s", vector->name, error.message);
    return document;
}

static const char *status_word(shoji_status status)
{
    switch (status) {
    case SHOJI_OK:
        return "ok";
    case SHOJI_NOT_FOUND:
        return "not-found";
    case SHOJI_AMBIGUOUS:
        return "ambiguous";
    case SHOJI_LIMIT:
        return "limit";
    default:
        return shoji_status_text(status);
    }
}

/* Whether the vector expects success, and had it; any other status is compared, and the
 * code where there is one. */
static bool succeeds(const struct vector *vector, shoji_value expect, shoji_status status,
                     const shoji_error *error)
{
    const char *wanted = text_of(expect, "status");
    expect_text(vector, "status", wanted != NULL ? wanted : "ok", status_word(status));
    if (text_of(expect, "code") != NULL)
        expect_text(vector, "code", text_of(expect, "code"), error->code);
    return wanted == NULL && status == SHOJI_OK;
}

static void check_target(const struct vector *vector, shoji_value expect,
                         const shoji_target *target)
{
    static const char *const places[] = {"map", "reference", "segment", "attribute"};
    expect_text(vector, "place", text_of(expect, "place"), places[target->place]);
    expect_text(vector, "reference", text_of(expect, "reference"),
                target->link.reference);
    if (target->place != SHOJI_IN_MAP)
        return;
    expect_text(vector, "map", text_of(expect, "map"), shoji_map_text(target->link.map));
    bool template =
        shoji_value_type(shoji_value_member(expect, "template")) == SHOJI_TRUE;
    cr_expect(target->link.is_template == template, "%s: is it a template?",
              vector->name);
}

static void check_name(const struct vector *vector)
{
    shoji_value expect = shoji_value_member(vector->root, "expect");
    shoji_find_options options = SHOJI_FIND_OPTIONS_INIT;
    options.attribute = text_of(shoji_value_member(vector->root, "options"), "attribute");
    shoji_document *document = read_document(vector);
    shoji_target target;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_document_find(
        &target, document, text_of(vector->root, "name"), &options, &error);
    if (succeeds(vector, expect, status, &error))
        check_target(vector, expect, &target);
    shoji_document_free(document);
}

static shoji_base_rule read_rule(const char *word)
{
    if (word == NULL)
        return SHOJI_BASE_AUTO;
    return strcmp(word, "below") == 0 ? SHOJI_BASE_BELOW : SHOJI_BASE_RFC3986;
}

/* The reference of a case, as many times as it says. */
static void append_reference(shoji_buffer *reference, shoji_value root)
{
    uint64_t times = 1;
    const char *text = text_of(root, "reference");
    cr_assert(text != NULL);
    if (shoji_value_exists(shoji_value_member(root, "times")))
        cr_assert(shoji_value_uint64(shoji_value_member(root, "times"), &times) ==
                  SHOJI_OK);
    cr_assert(shoji_buffer_append(reference, "", 0) == SHOJI_OK);
    for (uint64_t i = 0; i < times; i++)
        cr_assert(shoji_buffer_append_string(reference, text) == SHOJI_OK);
}

static void check_resolution(const struct vector *vector)
{
    shoji_value expect = shoji_value_member(vector->root, "expect");
    shoji_document *document = read_document(vector);
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    append_reference(&reference, vector->root);
    shoji_status status = shoji_document_resolve(
        &iri, document, text_of(vector->root, "retrieval"), reference.bytes,
        read_rule(text_of(vector->root, "rule")), &error);
    if (succeeds(vector, expect, status, &error)) {
        expect_number(vector, expect, "length", iri.length);
        if (!shoji_value_exists(shoji_value_member(expect, "length")))
            expect_text(vector, "IRI", text_of(expect, "iri"), iri.bytes);
    }
    shoji_buffer_finish(&reference);
    shoji_buffer_finish(&iri);
    shoji_document_free(document);
}

Test(vectors, names_are_found)
{
    run_folder("names", check_name);
}

Test(vectors, references_are_resolved)
{
    run_folder("resolution", check_resolution);
}
