/* The document that a request carries: read, checked, and made fit to be stored. */
#ifndef SHOJID_SERVICE_INCOMING_H
#define SHOJID_SERVICE_INCOMING_H

#include "service/resource.h"
#include "service/visit.h"

/* Whether the request's Content-Type is one that documents are sent as, or patches; a
 * request without one is taken at its word; and its body in UTF-8, without a coding.
 * Otherwise 415 has been answered. */
bool incoming_type_is_known(struct visit *visit);

/* Reads and validates the request's document as shoji_document_parse does; a view with a
 * projection may be without its value. */
shoji_status incoming_parse(shoji_document **document,
                            const struct exchange_request *request,
                            const shoji_document_options *options, shoji_error *error);

/* Whether the request says that it is a JSON Merge Patch. */
bool incoming_is_merge_patch(const struct exchange_request *request);

/* Answers a PATCH whose type that resource does not take: 415, or 405 where it takes
 * none. */
void incoming_refuse_patch(struct visit *visit, enum resource resource);

/*
 * Reads the request's body as a document, any element or a bare value, and validates it.
 *
 * document  receives it, to be freed with shoji_document_free.
 *
 * A fault has been answered where it is not SHOJI_OK.
 */
shoji_status incoming_read(struct visit *visit, shoji_document **document);

/* The same of a body that can be any JSON; `tree` is to be freed with shoji_tree_free. */
shoji_status incoming_read_value(struct visit *visit, shoji_tree **tree);

/* Checks a `self` that was sent: one of this site must be the path that the document is
 * sent to; one of another site says where it has come from, and is dropped.
 * SHOJI_INVALID, SHOJI_NO_MEMORY; the error is filled. */
shoji_status incoming_check_self(const struct visit *visit, const char *path,
                                 const char *self, shoji_error *error);

/* Checks what a server of this kind wants of a document beside its being valid.
 * SHOJI_INVALID, SHOJI_NO_MEMORY; the error is filled. */
shoji_status incoming_check(const shoji_document *document, shoji_error *error);

/*
 * Makes what is to be stored at a canonical path of a document that was sent there:
 * without `self`, with the links into this site relative, and with what the server
 * computes itself (the members of a catalog, its size, its next page, the value of a
 * projection) emptied.
 *
 * stored  receives it, to be freed with shoji_document_free; it depends on nothing else.
 *
 * A fault has been answered where it is not SHOJI_OK.
 */
shoji_status incoming_prepare(struct visit *visit, const char *path,
                              const shoji_document *document, shoji_document **stored);

/* Does all of that with the request's body, and answers nothing: the error is filled. */
shoji_status incoming_accept(struct visit *visit, const char *path,
                             shoji_document **stored, shoji_error *error);

#endif
