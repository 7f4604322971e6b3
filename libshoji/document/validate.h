/* What the protocol asks of a document beyond being JSON. */
#ifndef SHOJI_DOCUMENT_VALIDATE_H
#define SHOJI_DOCUMENT_VALIDATE_H

#include "document/document.h"

/* Checks a document that has been classified, and reports its faults as the options say.
 */
shoji_status shoji__validate(const shoji_document *document,
                             const shoji_document_options *options, shoji_error *error);

#endif
