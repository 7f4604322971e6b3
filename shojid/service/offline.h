/*
 * What the service does to documents, without a request: for the commands that read and
 * write a store by themselves.
 */
#ifndef SHOJID_SERVICE_OFFLINE_H
#define SHOJID_SERVICE_OFFLINE_H

#include "store/store.h"

#include <shoji/shoji.h>

struct offline;

/*
 * Makes one for a snapshot of a store, both lent.
 *
 * base_iri  under which references are those of the store itself; NULL for relative
 *           references alone.
 *
 * SHOJI_USAGE: the base is none; SHOJI_NO_MEMORY.
 */
shoji_status offline_new(struct offline **offline, struct store *store,
                         struct store_snapshot *snapshot, const char *base_iri,
                         shoji_error *error);

/* NULL is allowed. */
void offline_free(struct offline *offline);

/*
 * Renders a document as it is served, with all of a catalog's members on one page, and
 * links relative. `text` is lent until the next call.
 */
shoji_status offline_render(struct offline *offline,
                            const struct store_document *document, const char **text,
                            size_t *length, shoji_error *error);

/*
 * Makes what is to be stored of a text, as a PUT to that path does.
 *
 * stored  receives it, to be freed with shoji_document_free.
 *
 * SHOJI_SYNTAX, SHOJI_INVALID, SHOJI_LIMIT: it would be refused; the error says why.
 */
shoji_status offline_accept(struct offline *offline, const char *path, const char *text,
                            size_t length, shoji_document **stored, shoji_error *error);

/*
 * Whether a reference in the document at a path leads to something that would be served,
 * to a server's own paths, or out of this store: `target` receives the path, lent until
 * the next call, where it leads nowhere, otherwise NULL.
 */
shoji_status offline_follow(struct offline *offline, const char *path,
                            const char *reference, const char **target,
                            shoji_error *error);

#endif
