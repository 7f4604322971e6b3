/* PATCH of a single document or attribute; that of catalogs is in patch_catalog.c. */
#include "service/patch.h"

#include "service/fault.h"
#include "service/fragment.h"
#include "service/incoming.h"
#include "service/methods.h"
#include "service/projection.h"
#include "service/resource.h"
#include "service/validators.h"
#include "service/write.h"
#include "store/fail.h"

void patch_finish(struct patch *patch)
{
    shoji_document_free(patch->document);
    shoji_tree_free(patch->tree);
}

shoji_value patch_root(const struct patch *patch)
{
    return patch->is_merge ? shoji_tree_root(patch->tree)
                           : shoji_document_root(patch->document);
}

/* Applies a patch, and checks what comes out. */
static shoji_status apply(struct visit *visit, const struct patch *patch,
                          const shoji_document *document, shoji_document **patched,
                          shoji_error *error)
{
    shoji_buffer retrieval = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    if (patch->is_merge) {
        status = shoji_document_merge(patched, document, patch_root(patch), error);
    } else if (site_append_iri(&retrieval, &visit->site, visit->path.bytes) != SHOJI_OK) {
        status = store_fail_memory(error);
    } else {
        status = shoji_document_patch(patched, document, patch->document, retrieval.bytes,
                                      error);
    }
    shoji_buffer_finish(&retrieval);
    return status == SHOJI_OK ? incoming_check(*patched, error) : status;
}

/* A value for a view that stays a computed one would be lost. */
static shoji_status check_value(shoji_value patch, const shoji_document *patched,
                                shoji_error *error)
{
    shoji_type type = shoji_value_type(shoji_value_member(patch, "value"));
    if (shoji_document_element(patched) != SHOJI_ELEMENT_VIEW || type == SHOJI_NONE ||
        type == SHOJI_NULL ||
        shoji_value_exists(shoji_value_member(patch, "projection")) ||
        !projection_is(shoji_document_root(patched)))
        return SHOJI_OK;
    store_fail(error, SHOJI_INVALID, NULL,
               "the value of this view is computed by its projection; change that, or "
               "remove it by a merge patch");
    fault_point(error, "", "value");
    return error->status;
}

shoji_status patch_apply(struct visit *visit, const struct patch *patch,
                         const shoji_document *document, shoji_document **stored)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *patched = NULL;
    shoji_status status = apply(visit, patch, document, &patched, &error);
    if (status == SHOJI_OK)
        status = check_value(patch_root(patch), patched, &error);
    if (status != SHOJI_OK)
        problem_body(visit, &error);
    else
        status = incoming_prepare(visit, visit->path.bytes, patched, stored);
    shoji_document_free(patched);
    return status == SHOJI_OK ? SHOJI_OK : SHOJI_STOPPED;
}

/* Replaces a document that was read, if it has not changed since. */
static shoji_status commit_replacement(struct visit *visit,
                                       const struct store_document *old,
                                       const shoji_document *document, shoji_error *error)
{
    struct store_result result = {0, false, 0};
    bool conditional = validators_limit_a_write(visit->request);
    struct store_write write = {
        .operation = STORE_REPLACE,
        .path = old->path,
        .document = document,
        .if_revision = conditional ? old->shown_revision : 0,
        .if_own_revision = old->revision,
    };
    shoji_status status = write_commit(visit, &write, 1, NULL, &result, error);
    if (status == SHOJI_OK)
        write_answer(visit, visit->path.bytes, result.revision, false);
    return status;
}

static shoji_status patch_document(struct visit *visit, const struct patch *patch,
                                   const struct store_document *old, shoji_error *error)
{
    shoji_document *document = NULL;
    shoji_document *stored = NULL;
    if (!write_conditions_hold(visit, old))
        return SHOJI_STOPPED;
    shoji_status status =
        shoji_document_parse(&document, old->text, old->length, NULL, error);
    if (status == SHOJI_OK)
        status = patch_apply(visit, patch, document, &stored);
    if (status == SHOJI_OK)
        status = commit_replacement(visit, old, stored, error);
    shoji_document_free(stored);
    shoji_document_free(document);
    return status;
}

static shoji_status patch_stored(struct visit *visit, const struct patch *patch,
                                 const struct store_document *old, shoji_error *error)
{
    if (old->element == SHOJI_ELEMENT_CATALOG)
        return patch_catalog(visit, patch, old, error);
    if (old->element == SHOJI_ELEMENT_VALUE && !patch->is_merge) {
        incoming_refuse_patch(visit, RESOURCE_VALUE);
        return SHOJI_STOPPED;
    }
    return patch_document(visit, patch, old, error);
}

static shoji_status patch_fragment(struct visit *visit, const struct patch *patch,
                                   const struct fragment *fragment, shoji_error *error)
{
    shoji_tree *merged = NULL;
    shoji_document *entity = NULL;
    if (!patch->is_merge) {
        incoming_refuse_patch(visit, RESOURCE_FRAGMENT);
        return SHOJI_STOPPED;
    }
    if (!write_conditions_hold(visit, &fragment->entity))
        return SHOJI_STOPPED;
    shoji_status status =
        shoji_value_merge(&merged, fragment->value, patch_root(patch), error);
    if (status == SHOJI_OK)
        status = fragment_replace(fragment, shoji_tree_root(merged), &entity, error);
    if (status == SHOJI_OK)
        status = commit_replacement(visit, &fragment->entity, entity, error);
    shoji_document_free(entity);
    shoji_tree_free(merged);
    return status;
}

/* Where nothing is stored there may be an attribute. */
static shoji_status patch_computed(struct visit *visit, const struct patch *patch,
                                   const shoji_error *not_stored, shoji_error *error)
{
    struct fragment fragment = FRAGMENT_INIT;
    enum resource resource = RESOURCE_NONE;
    shoji_status status = fragment_find(visit, &fragment, error);
    if (status == SHOJI_OK) {
        status = patch_fragment(visit, patch, &fragment, error);
    } else if (status == SHOJI_NOT_FOUND) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        status = resource_find(visit, &resource, error);
        if (status == SHOJI_OK) {
            if (resource == RESOURCE_NONE)
                problem_error(visit, not_stored);
            else
                resource_refuse(visit, resource);
            status = SHOJI_STOPPED;
        }
    }
    fragment_finish(&fragment);
    return status;
}

static shoji_status patch_once(struct visit *visit, const void *context,
                               shoji_error *error)
{
    const struct patch *patch = context;
    shoji_error not_stored = SHOJI_ERROR_INIT;
    struct store_document document = STORE_DOCUMENT_INIT;
    if (visit_open(visit) != SHOJI_OK)
        return SHOJI_STOPPED;
    shoji_status status = visit->service->store->methods->read(
        visit->snapshot, visit->path.bytes, false, &document, &not_stored);
    if (status == SHOJI_OK)
        status = patch_stored(visit, patch, &document, error);
    else if (status == SHOJI_NOT_FOUND)
        status = patch_computed(visit, patch, &not_stored, error);
    else
        *error = not_stored;
    store_document_finish(&document);
    visit_close(visit);
    return status;
}

/* The self of a patch changes nothing; one that names another resource of this site shows
 * that the patch was meant for that. In a merge patch it is a member as any other. */
static shoji_status check_self(struct visit *visit, const struct patch *patch)
{
    shoji_error error = SHOJI_ERROR_INIT;
    const char *self = patch->is_merge ? NULL : shoji_document_self(patch->document);
    shoji_status status = SHOJI_OK;
    if (self != NULL)
        status = incoming_check_self(visit, visit->path.bytes, self, &error);
    if (status != SHOJI_OK)
        problem_body(visit, &error);
    return status;
}

void method_patch(struct visit *visit)
{
    struct patch patch = {.is_merge = incoming_is_merge_patch(visit->request)};
    if (write_refuses_query(visit))
        return;
    shoji_status status = patch.is_merge ? incoming_read_value(visit, &patch.tree)
                                         : incoming_read(visit, &patch.document);
    if (status == SHOJI_OK)
        status = check_self(visit, &patch);
    if (status == SHOJI_OK)
        write_try(visit, patch_once, &patch);
    patch_finish(&patch);
}
