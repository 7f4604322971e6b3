/* The document that a request carries: read, checked, and made fit to be stored. */
#ifndef SHOJID_SERVICE_INCOMING_H
#define SHOJID_SERVICE_INCOMING_H

#include "service/visit.h"

/* Whether the request's Content-Type is one that documents are sent as; a request without
 * one is taken at its word. Otherwise 415 has been answered. */
bool incoming_type_is_known(struct visit *visit);

/*
 * Reads the request's body as a document, any element or a bare value, and validates it.
 *
 * document  receives it, to be freed with shoji_document_free.
 *
 * A fault has been answered where it is not SHOJI_OK.
 */
shoji_status incoming_read(struct visit *visit, shoji_document **document);

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

#endif
