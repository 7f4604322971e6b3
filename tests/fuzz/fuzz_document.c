/* Documents: whatever is accepted can be walked, asked and emitted, and is accepted
 * again; a builder emits the same; every fault that is reported has its place, in the
 * order of the text. */
#include "fuzz/fuzz.h"

#include <shoji/shoji.h>

#include "document/document.h"

#include <string.h>

struct faults {
    size_t length; /* of the text */
    size_t last;   /* offset of the last fault */
};

static shoji_status check_fault(void *context, const shoji_error *fault)
{
    struct faults *faults = context;
    FUZZ_REQUIRE(fault->message[0] != '\0' && fault->code != NULL);
    FUZZ_REQUIRE(fault->line > 0 && fault->column > 0);
    FUZZ_REQUIRE(fault->offset >= faults->last && fault->offset <= faults->length);
    faults->last = fault->offset;
    return SHOJI_OK;
}

static void look_up(const shoji_document *document, const char *name)
{
    shoji_target target;
    shoji_find_options options = SHOJI_FIND_OPTIONS_INIT;
    options.retrieval = "http://example.org/a";
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_document_find(&target, document, name, &options, &error);
    FUZZ_REQUIRE(status == SHOJI_OK || error.message[0] != '\0');
}

static void walk(const shoji_document *document)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link)) {
            FUZZ_REQUIRE(link.name != NULL && link.reference != NULL);
            look_up(document, link.name);
        }
    }
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry)) {
        FUZZ_REQUIRE(entry.reference != NULL);
        shoji_document_resolve(&iri, document, "http://example.org/a", entry.reference,
                               SHOJI_BASE_AUTO, NULL);
    }
    shoji_buffer_finish(&iri);
    look_up(document, "name");
}

static void check_emitted(const shoji_document *document)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    FUZZ_REQUIRE(shoji_document_emit(&text, document, NULL) == SHOJI_OK);
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.strict = true;
    shoji_document *again = NULL;
    FUZZ_REQUIRE(shoji_document_parse(&again, text.bytes, text.length, &options, NULL) ==
                 SHOJI_OK);
    FUZZ_REQUIRE(shoji_document_element(document) == shoji_document_element(again));
    shoji_document_free(again);

    shoji_builder *builder = NULL;
    shoji_buffer built = SHOJI_BUFFER_INIT;
    FUZZ_REQUIRE(shoji_builder_edit(&builder, document) == SHOJI_OK);
    /* Looking for it makes the builder take the document apart. */
    bool whole = shoji_builder_remove(builder, "/body/x/y") == SHOJI_NOT_FOUND;
    FUZZ_REQUIRE(shoji_builder_emit(&built, builder, NULL) == SHOJI_OK);
    FUZZ_REQUIRE(!whole || strcmp(built.bytes, text.bytes) == 0);
    shoji_builder_free(builder);
    shoji_buffer_finish(&built);
    shoji_buffer_finish(&text);
}

/* A document that comes in pieces meets the same end, at the same place. */
static void check_pieces(const char *text, size_t length)
{
    shoji_error whole = SHOJI_ERROR_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *document = NULL;
    shoji_document *pieced = NULL;
    shoji_document_parser *parser = NULL;
    shoji_status expected = shoji_document_parse(&document, text, length, NULL, &whole);
    FUZZ_REQUIRE(shoji_document_parser_new(&parser, NULL) == SHOJI_OK);
    size_t cut = length > 0 ? (uint8_t)text[length - 1] % length : 0;
    shoji__document_parser_cut(parser, cut % 64 + 1);
    shoji_status status = shoji_document_parser_feed(parser, text, cut, &error);
    if (status == SHOJI_OK)
        status = shoji_document_parser_feed(parser, text + cut, length - cut, &error);
    if (status == SHOJI_OK)
        status = shoji_document_parser_finish(parser, &pieced, &error);
    FUZZ_REQUIRE(status == expected && error.code == whole.code);
    FUZZ_REQUIRE(error.offset == whole.offset && error.line == whole.line);
    FUZZ_REQUIRE(strcmp(error.pointer, whole.pointer) == 0);
    if (status == SHOJI_OK)
        FUZZ_REQUIRE(shoji_value_equal(shoji_document_root(document),
                                       shoji_document_root(pieced)));
    shoji_document_parser_free(parser);
    shoji_document_free(document);
    shoji_document_free(pieced);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct faults faults = {length, 0};
    check_pieces((const char *)bytes, length);
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = check_fault;
    options.fault_context = &faults;
    shoji_document *document = NULL;
    if (shoji_document_parse(&document, (const char *)bytes, length, &options, NULL) !=
        SHOJI_OK)
        return 0;
    walk(document);
    check_emitted(document);
    shoji_document_free(document);
    return 0;
}
