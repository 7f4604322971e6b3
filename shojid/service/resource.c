#include "service/resource.h"

#include "service/filter.h"
#include "service/fragment.h"

const char *resource_allow(const struct visit *visit, enum resource resource)
{
    static const struct {
        const char *read;
        const char *write;
    } methods[] = {
        [RESOURCE_NONE] = {"OPTIONS", "OPTIONS, PUT"},
        [RESOURCE_ROOT] = {"GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS, POST, PUT"},
        [RESOURCE_CATALOG] = {"GET, HEAD, OPTIONS",
                              "GET, HEAD, OPTIONS, POST, PUT, DELETE"},
        [RESOURCE_DOCUMENT] = {"GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS, PUT, DELETE"},
        [RESOURCE_FRAGMENT] = {"GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS, PUT"},
        [RESOURCE_COMPUTED] = {"GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS"},
        [RESOURCE_RESERVED] = {"GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS"},
    };
    return visit_may_write(visit) ? methods[resource].write : methods[resource].read;
}

void resource_refuse(struct visit *visit, enum resource resource)
{
    const char *allow = resource_allow(visit, resource);
    exchange_set_header(visit->response, "Allow", "%s", allow);
    problem_answer(visit, 405, "%s is not a method of this resource, which has %s",
                   visit->request->method, allow);
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
    filter_finish(&filter);
    if (status != SHOJI_OK && status != SHOJI_NOT_FOUND)
        return status;
    *resource = status == SHOJI_OK ? RESOURCE_COMPUTED : RESOURCE_NONE;
    return SHOJI_OK;
}

shoji_status resource_find(struct visit *visit, enum resource *resource,
                           shoji_error *error)
{
    if (route_is_reserved(visit->path.bytes)) {
        *resource = RESOURCE_RESERVED;
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
    if (is_paged(visit))
        *resource = RESOURCE_COMPUTED;
    else if (visit->path.length == 1)
        *resource = RESOURCE_ROOT;
    else if (element == SHOJI_ELEMENT_CATALOG)
        *resource = RESOURCE_CATALOG;
    else
        *resource = RESOURCE_DOCUMENT;
    return SHOJI_OK;
}
