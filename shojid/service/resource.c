#include "service/resource.h"

#include "service/access.h"
#include "service/filter.h"
#include "service/fragment.h"
#include "service/projection.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

static const char read_alone[] = "GET, HEAD, OPTIONS";
/* Shoji's own patches are documents, and so are what they change; a bare value can only
 * be merged with another. */
static const char any_patch[] =
    "application/json, application/shoji+json, application/merge-patch+json";
static const char merge_patch[] = "application/merge-patch+json";

static const struct {
    const char *read;
    const char *write;
    const char *patch;
} methods[] = {
    [RESOURCE_NONE] = {"OPTIONS", "OPTIONS, PUT", NULL},
    [RESOURCE_ROOT] = {read_alone, "GET, HEAD, OPTIONS, POST, PUT, PATCH", any_patch},
    [RESOURCE_CATALOG] = {read_alone, "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE",
                          any_patch},
    [RESOURCE_HIDDEN] = {"OPTIONS", "OPTIONS, PUT, PATCH, DELETE", any_patch},
    [RESOURCE_DOCUMENT] = {read_alone, "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
                           any_patch},
    [RESOURCE_VALUE] = {read_alone, "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
                        merge_patch},
    [RESOURCE_FRAGMENT] = {read_alone, "GET, HEAD, OPTIONS, PUT, PATCH", merge_patch},
    [RESOURCE_COMPUTED] = {read_alone, read_alone, NULL},
    [RESOURCE_RESERVED] = {read_alone, read_alone, NULL},
    [RESOURCE_UNKNOWN] = {"OPTIONS", "OPTIONS", NULL},
};

const char *resource_allow(const struct visit *visit, enum resource resource)
{
    return access_may_write(visit, visit->path.bytes) ? methods[resource].write
                                                      : methods[resource].read;
}

const char *resource_accept_patch(const struct visit *visit, enum resource resource)
{
    return access_may_write(visit, visit->path.bytes) ? methods[resource].patch : NULL;
}

void resource_set_fields(struct visit *visit, enum resource resource)
{
    const char *patch = resource_accept_patch(visit, resource);
    exchange_set_header(visit->response, "Allow", "%s", resource_allow(visit, resource));
    if (patch != NULL)
        exchange_set_header(visit->response, "Accept-Patch", "%s", patch);
}

void resource_refuse(struct visit *visit, enum resource resource)
{
    resource_set_fields(visit, resource);
    problem_answer(visit, 405, "%s is not a method of this resource, which has %s%s",
                   visit->request->method, resource_allow(visit, resource),
                   access_is_read_only(visit) ? ": this server is read-only" : "");
}

static bool is_paged(const struct visit *visit)
{
    return visit->query.length > 0 || visit->page.limit_given || visit->page.after_given;
}

static shoji_status find_computed(struct visit *visit, enum resource *resource,
                                  shoji_error *error)
{
    struct fragment fragment = FRAGMENT_INIT;
    shoji_status status = fragment_find(visit, &fragment, error);
    fragment_finish(&fragment);
    if (status == SHOJI_OK) {
        *resource = RESOURCE_FRAGMENT;
        return SHOJI_OK;
    }
    if (status != SHOJI_NOT_FOUND)
        return status;

    struct filter filter = FILTER_INIT;
    status = filter_find(visit, false, &filter, error);
    /* What a catalog declares is not told to whoever may not read it. */
    bool computed = status == SHOJI_OK && access_may_read(visit, filter.catalog.path);
    filter_finish(&filter);
    if (status != SHOJI_OK && status != SHOJI_NOT_FOUND)
        return status;
    *resource = computed ? RESOURCE_COMPUTED : RESOURCE_NONE;
    return SHOJI_OK;
}

/* A computed view can be read by whoever may see all that it is computed from. */
static shoji_status find_view(struct visit *visit, enum resource *resource,
                              shoji_error *error)
{
    bool computed = false;
    size_t parent = route_parent(visit->path.bytes, visit->path.length);
    char *catalog = strndup(visit->path.bytes, parent);
    if (catalog == NULL)
        return store_fail_memory(error);
    shoji_status status = SHOJI_OK;
    if (!access_may_read(visit, catalog) || !projection_is_open(visit, catalog))
        status = projection_is_stored(visit, visit->path.bytes, &computed, error);
    free(catalog);
    *resource = computed ? RESOURCE_HIDDEN : RESOURCE_DOCUMENT;
    return status;
}

enum resource resource_reserved(const struct visit *visit)
{
    const char *path = visit->path.bytes;
    return strcmp(path, "/-/health/") == 0 || strcmp(path, "/-/ready/") == 0
               ? RESOURCE_RESERVED
               : RESOURCE_UNKNOWN;
}

shoji_status resource_find(struct visit *visit, enum resource *resource,
                           shoji_error *error)
{
    if (route_is_reserved(visit->path.bytes)) {
        *resource = resource_reserved(visit);
        return SHOJI_OK;
    }
    struct store_document head = STORE_DOCUMENT_INIT;
    shoji_status status = visit->service->store->methods->read(
        visit->snapshot, visit->path.bytes, true, &head, error);
    shoji_element element = head.element;
    store_document_finish(&head);
    if (status == SHOJI_NOT_FOUND)
        return find_computed(visit, resource, error);
    if (status != SHOJI_OK)
        return status;
    if (element == SHOJI_ELEMENT_VIEW)
        return find_view(visit, resource, error);
    if (is_paged(visit))
        *resource = RESOURCE_COMPUTED;
    else if (visit->path.length == 1)
        *resource = RESOURCE_ROOT;
    else if (element == SHOJI_ELEMENT_CATALOG)
        *resource = RESOURCE_CATALOG;
    else if (element == SHOJI_ELEMENT_VALUE)
        *resource = RESOURCE_VALUE;
    else
        *resource = RESOURCE_DOCUMENT;
    return SHOJI_OK;
}
