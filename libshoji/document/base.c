#include "document/document.h"

#include "base/buffer.h"
#include "base/error.h"
#include "iri/parse.h"

shoji_base_rule shoji_document_base_rule(const shoji_document *document)
{
    bool to_the_letter =
        shoji_value_exists(document->index) || shoji_value_exists(document->graph);
    return to_the_letter ? SHOJI_BASE_RFC3986 : SHOJI_BASE_BELOW;
}

shoji_status shoji_document_base(shoji_buffer *base, const shoji_document *document,
                                 const char *retrieval, shoji_error *error)
{
    const char *self = shoji_document_self(document);
    if (retrieval == NULL && (self == NULL || !shoji__iri_has_scheme(self)))
        return shoji__fail(
            error, SHOJI_NOT_FOUND, "document.no-base",
            "the document has no absolute \"self\", and the IRI that it was "
            "fetched from is not known: its references cannot be resolved");
    return shoji_iri_resolve(base, retrieval, self != NULL ? self : "",
                             SHOJI_BASE_RFC3986, error);
}

shoji_status shoji_document_resolve(shoji_buffer *iri, const shoji_document *document,
                                    const char *retrieval, const char *reference,
                                    shoji_base_rule rule, shoji_error *error)
{
    /* What needs no base is not refused for the want of one. */
    if (shoji__iri_has_scheme(reference))
        return shoji_iri_resolve(iri, NULL, reference, SHOJI_BASE_RFC3986, error);
    shoji_buffer base = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_document_base(&base, document, retrieval, error);
    if (rule == SHOJI_BASE_AUTO)
        rule = shoji_document_base_rule(document);
    if (status == SHOJI_OK)
        status = shoji_iri_resolve(iri, base.bytes, reference, rule, error);
    shoji_buffer_finish(&base);
    return status;
}
