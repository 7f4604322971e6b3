/* Patches: a document and its patch, with a NUL between them. What comes out can be read
 * again, what went in has not changed, and the same patch again changes nothing. */
#include "fuzz/fuzz.h"

#include <shoji/shoji.h>

#include <string.h>

static const char retrieval[] = "http://example.org/a/b";

typedef shoji_status (*apply_patch)(shoji_document **patched,
                                    const shoji_document *document,
                                    const shoji_document *patch, shoji_error *error);

static shoji_status apply_own(shoji_document **patched, const shoji_document *document,
                              const shoji_document *patch, shoji_error *error)
{
    return shoji_document_patch(patched, document, patch, retrieval, error);
}

static shoji_status apply_without_base(shoji_document **patched,
                                       const shoji_document *document,
                                       const shoji_document *patch, shoji_error *error)
{
    return shoji_document_patch(patched, document, patch, NULL, error);
}

static shoji_status apply_body(shoji_document **patched, const shoji_document *document,
                               const shoji_document *patch, shoji_error *error)
{
    return shoji_document_patch_body(patched, document, shoji_document_body(patch),
                                     error);
}

static shoji_status apply_merge(shoji_document **patched, const shoji_document *document,
                                const shoji_document *patch, shoji_error *error)
{
    return shoji_document_merge(patched, document, shoji_document_root(patch), error);
}

static void emit(shoji_buffer *text, const shoji_document *document)
{
    FUZZ_REQUIRE(shoji_value_emit(text, shoji_document_root(document), NULL) == SHOJI_OK);
}

static void require_same(const shoji_document *one, const shoji_document *other)
{
    shoji_buffer first = SHOJI_BUFFER_INIT;
    shoji_buffer second = SHOJI_BUFFER_INIT;
    emit(&first, one);
    emit(&second, other);
    FUZZ_REQUIRE(strcmp(first.bytes, second.bytes) == 0);
    shoji_buffer_finish(&first);
    shoji_buffer_finish(&second);
}

static void require_readable(const shoji_document *document)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_document *again = NULL;
    emit(&text, document);
    FUZZ_REQUIRE(shoji_document_parse(&again, text.bytes, text.length, NULL, NULL) ==
                 SHOJI_OK);
    FUZZ_REQUIRE(shoji_document_element(again) == shoji_document_element(document));
    require_same(again, document);
    shoji_document_free(again);
    shoji_buffer_finish(&text);
}

static void check(apply_patch apply, const shoji_document *document,
                  const shoji_document *patch)
{
    shoji_document *patched = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    if (apply(&patched, document, patch, &error) != SHOJI_OK) {
        FUZZ_REQUIRE(patched == NULL && error.message[0] != '\0' && error.line == 0);
        return;
    }
    require_readable(patched);
    FUZZ_REQUIRE(shoji_document_element(patched) == shoji_document_element(document));
    shoji_document *twice = NULL;
    FUZZ_REQUIRE(apply(&twice, patched, patch, NULL) == SHOJI_OK);
    require_same(patched, twice);
    shoji_document_free(twice);
    shoji_document_free(patched);
}

/* Neither rule of RFC 3986 nor the other is left for the other but by a merge, which says
 * what the document shall be. */
static void check_base_rule(const shoji_document *document, const shoji_document *patch)
{
    shoji_document *patched = NULL;
    if (apply_own(&patched, document, patch, NULL) != SHOJI_OK)
        return;
    shoji_buffer before = SHOJI_BUFFER_INIT;
    shoji_buffer after = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_document_resolve(&before, document, retrieval, "x/y",
                                                 SHOJI_BASE_AUTO, NULL);
    FUZZ_REQUIRE(shoji_document_resolve(&after, patched, retrieval, "x/y",
                                        SHOJI_BASE_AUTO, NULL) == status);
    if (status == SHOJI_OK)
        FUZZ_REQUIRE(strcmp(before.bytes, after.bytes) == 0);
    shoji_buffer_finish(&before);
    shoji_buffer_finish(&after);
    shoji_document_free(patched);
}

static void check_all(const shoji_document *document, const shoji_document *patch)
{
    shoji_buffer before = SHOJI_BUFFER_INIT;
    shoji_buffer after = SHOJI_BUFFER_INIT;
    emit(&before, document);
    check(apply_own, document, patch);
    check(apply_without_base, document, patch);
    check(apply_body, document, patch);
    check(apply_merge, document, patch);
    check_base_rule(document, patch);
    emit(&after, document);
    FUZZ_REQUIRE(strcmp(before.bytes, after.bytes) == 0);
    shoji_buffer_finish(&before);
    shoji_buffer_finish(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    const char *nul = length != 0 ? memchr(text, '\0', length) : NULL;
    if (nul == NULL)
        return 0;
    size_t document_length = (size_t)(nul - text);
    shoji_document *document = NULL;
    shoji_document *patch = NULL;
    if (shoji_document_parse(&document, text, document_length, NULL, NULL) == SHOJI_OK &&
        shoji_document_parse(&patch, nul + 1, length - document_length - 1, NULL, NULL) ==
            SHOJI_OK)
        check_all(document, patch);
    shoji_document_free(patch);
    shoji_document_free(document);
    return 0;
}
