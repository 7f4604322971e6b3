/* PATCH (spec/shoji.md, "Patching", "Changing"): what its two files have in common. */
#ifndef SHOJID_SERVICE_PATCH_H
#define SHOJID_SERVICE_PATCH_H

#include "service/visit.h"

/* A patch of either kind. */
struct patch {
    bool is_merge;            /* JSON Merge Patch, rather than Shoji's own */
    shoji_document *document; /* of Shoji's own; otherwise NULL */
    shoji_tree *tree;         /* of a merge patch; otherwise NULL */
};

void patch_finish(struct patch *patch);

/* What the patch says, whichever its kind. */
shoji_value patch_root(const struct patch *patch);

/*
 * Applies a patch to the stored document at the request's path, and makes of the result
 * what is to be stored.
 *
 * stored  receives it, to be freed with shoji_document_free; it depends on nothing else.
 *
 * SHOJI_STOPPED: it cannot be applied, which has been answered.
 */
shoji_status patch_apply(struct visit *visit, const struct patch *patch,
                         const shoji_document *document, shoji_document **stored);

/*
 * One attempt to patch a catalog with the entities that it lists; see write_attempt.
 *
 * catalog  as it was read, with its text; a snapshot is open.
 */
shoji_status patch_catalog(struct visit *visit, const struct patch *patch,
                           const struct store_document *catalog, shoji_error *error);

#endif
