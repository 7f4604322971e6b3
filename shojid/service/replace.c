/* PUT and DELETE. */
#include "service/methods.h"

#include "service/access.h"
#include "service/fault.h"
#include "service/faults.h"
#include "service/fragment.h"
#include "service/incoming.h"
#include "service/resource.h"
#include "service/validators.h"
#include "service/write.h"
#include "store/fail.h"

#include <stdio.h>
#include <string.h>

static const struct store_methods *store_of(const struct visit *visit)
{
    return visit->service->store->methods;
}

/* Reads the head of what is at the path. Returns 1 where there is something, 0 where
 * there is nothing, -1 where an error has been answered. */
static int read_head(struct visit *visit, struct store_document *head)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        store_of(visit)->read(visit->snapshot, visit->path.bytes, true, head, &error);
    if (status == SHOJI_OK)
        return 1;
    if (status == SHOJI_NOT_FOUND)
        return 0;
    problem_error(visit, &error);
    return -1;
}

static shoji_status stop_at_child(void *context, const char *segment)
{
    (void)segment;
    *(bool *)context = true;
    return SHOJI_STOPPED;
}

/* Whether a catalog holds members that would be hidden if it became something else. */
static bool holds_members(struct visit *visit, const struct store_document *head)
{
    bool found = head->member_count > 0;
    if (!found)
        store_of(visit)->children(visit->snapshot, head->path, 1, stop_at_child, &found,
                                  NULL);
    return found;
}

/* Whether a catalog has an entity, for the visitor: to who may not read it, it is none.
 */
static bool is_listed(struct visit *visit, const char *reference)
{
    const char *path = visit->path.bytes;
    shoji_buffer stored = SHOJI_BUFFER_INIT;
    shoji_buffer target = SHOJI_BUFFER_INIT;
    struct store_document head = STORE_DOCUMENT_INIT;
    bool is = site_append_inward(&stored, &visit->site, path, reference) == SHOJI_OK &&
              site_append_target(&target, &visit->site, path, stored.bytes) == SHOJI_OK &&
              route_parent(target.bytes, target.length) == visit->path.length &&
              strncmp(target.bytes, path, visit->path.length) == 0 &&
              access_may_read(visit, target.bytes) &&
              store_of(visit)->read(visit->snapshot, target.bytes, true, &head, NULL) ==
                  SHOJI_OK &&
              head.element == SHOJI_ELEMENT_ENTITY;
    store_document_finish(&head);
    shoji_buffer_finish(&stored);
    shoji_buffer_finish(&target);
    return is;
}

/* What a catalog lists is what is there: a PUT that lists anything else would not do what
 * it says. */
static bool lists_what_is_there(struct visit *visit, const shoji_document *document)
{
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    shoji_status status = SHOJI_OK;
    for (size_t item = 0; status == SHOJI_OK && shoji_entries_next(&entries, &entry);
         item++) {
        bool in_index = shoji_value_exists(entry.tuple);
        if (is_listed(visit, entry.reference))
            continue;
        char number[24];
        shoji_error error = SHOJI_ERROR_INIT;
        snprintf(number, sizeof number, "%zu", item);
        store_fail(&error, SHOJI_INVALID, NULL,
                   "the catalog has no entity \"%.200s\"; PUT changes the catalog alone: "
                   "create its entities by POST",
                   entry.reference);
        fault_point(&error, in_index ? "/index" : "/entities",
                    in_index ? entry.reference : number);
        status = faults_note(visit, &error);
    }
    if (status == SHOJI_NO_MEMORY)
        problem_status(visit, status);
    else if (faults_first(visit) != NULL)
        problem_body(visit, faults_first(visit));
    return status == SHOJI_OK && faults_first(visit) == NULL;
}

/* Whether what is sent can take the place of what is there; otherwise it has been
 * answered. */
static bool can_replace(struct visit *visit, const struct store_document *head,
                        const shoji_document *document)
{
    bool catalog = shoji_document_element(document) == SHOJI_ELEMENT_CATALOG;
    if (!catalog && visit->path.length == 1) {
        problem_answer(visit, 409, "the root must stay a catalog; send one");
        return false;
    }
    if (!catalog && head != NULL && head->element == SHOJI_ELEMENT_CATALOG &&
        holds_members(visit, head)) {
        problem_answer(visit, 409,
                       "the catalog %.500s holds documents and can only be replaced by "
                       "another catalog; delete them first",
                       head->path);
        return false;
    }
    return !catalog || lists_what_is_there(visit, document);
}

/*
 * What was found must still be there if the client has said so, or if it would be wrong
 * to replace what has come since. To a catalog, members may have come, which its shown
 * revision tells; what is none may have become one, and then got members.
 */
static void guard(const struct visit *visit, const struct store_document *head,
                  const shoji_document *document, struct store_write *write)
{
    bool to_catalog = shoji_document_element(document) == SHOJI_ELEMENT_CATALOG;
    bool was_catalog = head->element == SHOJI_ELEMENT_CATALOG;
    bool conditional = validators_limit_a_write(visit->request);
    if (conditional || (was_catalog && !to_catalog))
        write->if_revision = head->shown_revision;
    else if (!to_catalog)
        write->if_own_revision = head->revision;
}

static void put_document(struct visit *visit, const struct store_document *head,
                         const shoji_document *document, shoji_status *status,
                         shoji_error *error)
{
    shoji_document *stored = NULL;
    struct store_result result = {0, false, 0};
    *status = SHOJI_STOPPED;
    if (!can_replace(visit, head, document) ||
        incoming_prepare(visit, visit->path.bytes, document, &stored) != SHOJI_OK)
        return;
    struct store_write write = {
        .operation = head == NULL ? STORE_CREATE : STORE_PUT,
        .path = visit->path.bytes,
        .document = stored,
    };
    if (head != NULL)
        guard(visit, head, document, &write);
    *status = write_commit(visit, &write, 1, NULL, &result, error);
    shoji_document_free(stored);
    if (*status == SHOJI_OK)
        write_answer(visit, visit->path.bytes, result.revision, result.created);
}

/* The value that a request sends for a fragment; SHOJI_NONE where it sends none. */
static shoji_value fragment_value(const shoji_document *document)
{
    switch (shoji_document_element(document)) {
    case SHOJI_ELEMENT_VALUE:
    case SHOJI_ELEMENT_VIEW:
        return shoji_document_value(document);
    case SHOJI_ELEMENT_FRAGMENT:
        if (shoji_value_exists(shoji_document_value(document)))
            return shoji_document_value(document);
        return shoji_document_body(document);
    default:
        return shoji_tree_root(NULL);
    }
}

static void put_fragment(struct visit *visit, const struct fragment *fragment,
                         const shoji_document *document, shoji_status *status,
                         shoji_error *error)
{
    shoji_document *entity = NULL;
    struct store_result result = {0, false, 0};
    shoji_value value = fragment_value(document);
    *status = SHOJI_STOPPED;
    if (!shoji_value_exists(value)) {
        problem_answer(
            visit, 422,
            "%.500s is an attribute of an entity: send its value, bare or as a "
            "shoji:fragment",
            visit->path.bytes);
        return;
    }
    if (!write_conditions_hold(visit, &fragment->entity))
        return;
    *status = fragment_replace(fragment, value, &entity, error);
    if (*status != SHOJI_OK)
        return;
    struct store_write write = {
        .operation = STORE_REPLACE,
        .path = fragment->entity.path,
        .document = entity,
        .if_revision = fragment->entity.shown_revision,
    };
    *status = write_commit(visit, &write, 1, NULL, &result, error);
    shoji_document_free(entity);
    if (*status == SHOJI_OK)
        write_answer(visit, visit->path.bytes, result.revision, result.created);
}

/* Puts what is sent where nothing is stored: into an attribute, or as a new document. */
static void put_new(struct visit *visit, const shoji_document *document,
                    shoji_status *status, shoji_error *error)
{
    struct fragment fragment = FRAGMENT_INIT;
    *status = fragment_find(visit, &fragment, error);
    if (*status == SHOJI_OK) {
        put_fragment(visit, &fragment, document, status, error);
    } else if (*status == SHOJI_NOT_FOUND) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        *status = SHOJI_STOPPED;
        if (write_conditions_hold(visit, NULL))
            put_document(visit, NULL, document, status, error);
    }
    fragment_finish(&fragment);
}

static shoji_status put_once(struct visit *visit, const void *context, shoji_error *error)
{
    const shoji_document *document = context;
    struct store_document head = STORE_DOCUMENT_INIT;
    shoji_status status = SHOJI_STOPPED;
    if (visit_open(visit) != SHOJI_OK)
        return status;
    int there = read_head(visit, &head);
    if (there == 1 && write_conditions_hold(visit, &head))
        put_document(visit, &head, document, &status, error);
    else if (there == 0)
        put_new(visit, document, &status, error);
    store_document_finish(&head);
    visit_close(visit);
    return status;
}

void method_put(struct visit *visit)
{
    shoji_document *document = NULL;
    if (write_refuses_query(visit) || incoming_read(visit, &document) != SHOJI_OK)
        return;
    write_try(visit, put_once, document);
    shoji_document_free(document);
}

static shoji_status delete_once(struct visit *visit, shoji_error *error)
{
    struct store_document head = STORE_DOCUMENT_INIT;
    struct store_result result = {0, false, 0};
    enum resource resource;
    if (visit_open(visit) != SHOJI_OK)
        return SHOJI_STOPPED;
    shoji_status status =
        store_of(visit)->read(visit->snapshot, visit->path.bytes, true, &head, error);
    if (status == SHOJI_OK && !write_conditions_hold(visit, &head)) {
        status = SHOJI_STOPPED;
    } else if (status == SHOJI_OK) {
        bool conditional = validators_limit_a_write(visit->request);
        struct store_write write = {
            .operation = STORE_DELETE,
            .path = visit->path.bytes,
            .if_revision = conditional ? head.shown_revision : 0,
        };
        status = write_commit(visit, &write, 1, NULL, &result, error);
    } else if (status == SHOJI_NOT_FOUND) {
        shoji_error ignored = SHOJI_ERROR_INIT;
        if (resource_find(visit, &resource, &ignored) == SHOJI_OK &&
            resource != RESOURCE_NONE) {
            resource_refuse(visit, resource);
            status = SHOJI_STOPPED;
        }
    }
    store_document_finish(&head);
    visit_close(visit);
    return status;
}

void method_delete(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (write_refuses_query(visit))
        return;
    if (visit->path.length == 1) {
        resource_refuse(visit, RESOURCE_ROOT);
        return;
    }
    shoji_status status = delete_once(visit, &error);
    if (status == SHOJI_OK) {
        visit->response->status = 204;
        visit->response->no_body = true;
    } else if (status != SHOJI_STOPPED) {
        write_problem(visit, &error);
    }
}
