/*
 * Patches: a document and what shall change go in, a new document comes out
 * (spec/shoji.md, "Patching"). There are two kinds: Shoji's own, which is a document
 * itself and replaces attributes; and JSON Merge Patch (RFC 7396), which can also remove
 * them.
 *
 * What goes in never changes, and what comes out depends on none of it: it is freed on
 * its own. Members that are not patched keep their place, their order and the spelling of
 * their numbers. Time grows with the sizes of document and patch, times the logarithm of
 * the patch's; and no result is longer than 64 MiB or, where they are more, twice the
 * texts of both that went in. (A text of twice the length comes of maps that were arrays,
 * as draft 01 has them, and are written as objects.)
 *
 * Every function here is a pure function: any number of threads may call it at once.
 */
#ifndef SHOJI_PATCH_H
#define SHOJI_PATCH_H

#include <shoji/document.h>
#include <shoji/error.h>
#include <shoji/value.h>

SHOJI_BEGIN_DECLARATIONS

/*
 * Applies a patch of Shoji's own kind: a document of the same element, whose members say
 * what shall be.
 *
 * - `body`, of an entity or a fragment: each attribute replaces the one of its name, also
 *   by null. None is removed.
 * - `index`, of a catalog: each name means an entity, in whatever spelling. An object's
 *   attributes replace those of the entity's tuple, or the entity is added last, to
 *   `index` if there is one. null removes it from `index` and `entities`, if it is there.
 * - The five maps: each name is replaced or added. None is removed.
 * - `element` and `self` stay, and all else replaces the member of its name.
 *
 * patched    receives the document, to be freed with shoji_document_free.
 * patch      its references are those of `document`, and resolved as they are.
 * retrieval  the IRI that `document` was fetched from, as for shoji_document_base; may be
 *            NULL where that is not known.
 *
 * SHOJI_INVALID: the patch cannot be applied to this document. Codes: "patch.element",
 * not the same element, or a bare value; "patch.fragment", a body for a fragment with a
 * value or the reverse; "patch.entities", `entities` in the patch of a catalog;
 * "patch.duplicate-entry", two names of one entity; "patch.base-rule", an `index` or
 * `graph` for a document that has had neither, after which its relative references would
 * lead elsewhere. The error's pointer is one into the patch, and there is no line.
 * SHOJI_LIMIT: the result would be longer than is said above, or nested deeper than
 * 10,000; or, with the code "patch.too-many-tuples", an entity that gets attributes is
 * more than 16 members of the catalog's `index`, in different spellings: each gets them.
 * SHOJI_NO_MEMORY. And of an `index`: SHOJI_NOT_FOUND, a reference of the patch or the
 * catalog is relative, and there is no base ("document.no-base"); SHOJI_SYNTAX,
 * `retrieval` is no absolute IRI; SHOJI_LIMIT, the base, or a name of the patch once it
 * is resolved, is longer than SHOJI_IRI_MAXIMUM.
 */
shoji_status shoji_document_patch(shoji_document **patched,
                                  const shoji_document *document,
                                  const shoji_document *patch, const char *retrieval,
                                  shoji_error *error);

/*
 * Applies attributes, such as one tuple of a catalog's patch, to the `body` of the entity
 * that they belong to (or of a fragment): as shoji_document_patch does with a patch that
 * has this body.
 *
 * attributes  an object; lent for the call.
 *
 * SHOJI_USAGE: the attributes are no object. SHOJI_INVALID: the document is neither
 * entity nor fragment ("patch.element"), or a fragment with a value ("patch.fragment").
 * SHOJI_LIMIT, SHOJI_NO_MEMORY as above.
 */
shoji_status shoji_document_patch_body(shoji_document **patched,
                                       const shoji_document *document,
                                       shoji_value attributes, shoji_error *error);

/*
 * Applies a JSON Merge Patch (RFC 7396, section 2) to any JSON value. Members that the
 * patch adds come last, in its order.
 *
 * merged  receives a tree whose root is the result, to be freed with shoji_tree_free.
 * target  SHOJI_NONE is allowed: there is nothing yet.
 * patch   any value; one that is no object replaces the target.
 *
 * SHOJI_USAGE: the patch is SHOJI_NONE. SHOJI_LIMIT: the result would be longer than is
 * said above, or nested deeper than 10,000. SHOJI_NO_MEMORY.
 */
shoji_status shoji_value_merge(shoji_tree **merged, shoji_value target, shoji_value patch,
                               shoji_error *error);

/*
 * Applies a JSON Merge Patch to a whole document, envelope and all, and validates what
 * comes out.
 *
 * merged  receives the document, to be freed with shoji_document_free.
 * patch   any value, lent for the call.
 *
 * SHOJI_INVALID: the result is no valid document, or of another element
 * ("patch.element"). The error's pointer is one into the result, and there is no line.
 * Otherwise as shoji_value_merge.
 */
shoji_status shoji_document_merge(shoji_document **merged, const shoji_document *document,
                                  shoji_value patch, shoji_error *error);

SHOJI_END_DECLARATIONS

#endif
