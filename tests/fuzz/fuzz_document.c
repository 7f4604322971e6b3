/* Documents: whatever is accepted can be walked, asked and emitted, and is accepted
 * again; every fault that is reported has its place. */
#include "fuzz/fuzz.h"

#include <shoji/shoji.h>

#include <string.h>

static shoji_status check_fault(void *context, const shoji_error *fault)
{
    const size_t *length = context;
    FUZZ_REQUIRE(fault->message[0] != '\0' && fault->code != NULL);
    FUZZ_REQUIRE(fault->line > 0 && fault->column > 0 && fault->offset <= *length);
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
    shoji_buffer_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.fault = check_fault;
    options.fault_context = &length;
    shoji_document *document = NULL;
    if (shoji_document_parse(&document, (const char *)bytes, length, &options, NULL) !=
        SHOJI_OK)
        return 0;
    walk(document);
    check_emitted(document);
    shoji_document_free(document);
    return 0;
}
