#include "service/offline.h"

#include "service/filter.h"
#include "service/fragment.h"
#include "service/incoming.h"
#include "service/render.h"
#include "service/templates.h"
#include "store/fail.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A visit without a visitor. */
struct offline {
    struct service service;
    struct service_settings settings;
    struct exchange_request request;
    struct exchange_response response;
    struct visit visit;
    shoji_buffer target; /* of the reference that was followed last */
};

/* A name that no server has (RFC 6761): references to it are none that anybody meant. */
static const char no_base[] = "http://shojid.invalid/";

shoji_status offline_new(struct offline **offline, struct store *store,
                         struct store_snapshot *snapshot, const char *base_iri,
                         shoji_error *error)
{
    struct offline *made = calloc(1, sizeof *made);
    if (made == NULL)
        return store_fail_memory(error);
    made->service.store = store;
    /* Whoever can open the store may see all of it. */
    made->settings.options.no_auth = true;
    made->visit = (struct visit){.service = &made->service,
                                 .settings = &made->settings,
                                 .request = &made->request,
                                 .response = &made->response,
                                 .snapshot = snapshot,
                                 .site = SITE_INIT,
                                 .path = SHOJI_BUFFER_INIT,
                                 .page = {.limit = SIZE_MAX - 1}};
    made->service.templates = templates_new();
    shoji_status status =
        made->service.templates != NULL
            ? site_set_base(&made->visit.site, base_iri != NULL ? base_iri : no_base,
                            error)
            : store_fail_memory(error);
    made->visit.site.relative = true;
    if (status != SHOJI_OK) {
        offline_free(made);
        return status;
    }
    *offline = made;
    return SHOJI_OK;
}

void offline_free(struct offline *offline)
{
    if (offline == NULL)
        return;
    exchange_response_finish(&offline->response);
    site_finish(&offline->visit.site);
    shoji_buffer_finish(&offline->visit.path);
    shoji_buffer_finish(&offline->target);
    templates_free(offline->service.templates);
    free(offline);
}

static shoji_status render(struct visit *visit, const struct store_document *document,
                           shoji_value root, shoji_error *error)
{
    if (document->element != SHOJI_ELEMENT_CATALOG)
        return render_document(visit, document, root, shoji_tree_root(NULL));
    struct render_catalog catalog = {
        .path = document->path,
        .target = document->path,
        .stored = root,
        .size = document->member_count,
    };
    return render_catalog(visit, &catalog, error);
}

shoji_status offline_render(struct offline *offline,
                            const struct store_document *document, const char **text,
                            size_t *length, shoji_error *error)
{
    shoji_tree *tree = NULL;
    shoji_buffer *body = &offline->response.body;
    shoji_status status = SHOJI_OK;
    shoji_buffer_clear(body);
    if (document->verbatim) {
        *text = document->text;
        *length = document->length;
        return SHOJI_OK;
    }
    if (document->element != SHOJI_ELEMENT_VALUE)
        status = shoji_tree_parse(&tree, document->text, document->length, NULL, error);
    if (status == SHOJI_OK) {
        shoji_error why = SHOJI_ERROR_INIT;
        status = render(&offline->visit, document, shoji_tree_root(tree), &why);
        if (status != SHOJI_OK && why.status != SHOJI_OK && error != NULL)
            *error = why;
        else if (status != SHOJI_OK)
            store_fail_status(error, status);
    }
    shoji_tree_free(tree);
    *text = body->bytes;
    *length = body->length;
    return status;
}

shoji_status offline_accept(struct offline *offline, const char *path, const char *text,
                            size_t length, shoji_document **stored, shoji_error *error)
{
    offline->request.body = text;
    offline->request.body_length = length;
    return incoming_accept(&offline->visit, path, stored, error);
}

/* Whether a path that no document is stored at is answered all the same. */
static shoji_status is_computed(struct offline *offline, const char *path, bool *is,
                                shoji_error *error)
{
    struct visit *visit = &offline->visit;
    struct fragment fragment = FRAGMENT_INIT;
    struct filter filter = FILTER_INIT;
    shoji_buffer_clear(&visit->path);
    if (shoji_buffer_append_string(&visit->path, path) != SHOJI_OK)
        return store_fail_memory(error);
    offline->request.path = visit->path.bytes;
    shoji_status status = fragment_find(visit, &fragment, error);
    if (status == SHOJI_NOT_FOUND)
        status = filter_find(visit, false, &filter, error);
    fragment_finish(&fragment);
    filter_finish(&filter);
    *is = status == SHOJI_OK;
    return status == SHOJI_NOT_FOUND ? SHOJI_OK : status;
}

shoji_status offline_follow(struct offline *offline, const char *path,
                            const char *reference, const char **target,
                            shoji_error *error)
{
    shoji_buffer *found = &offline->target;
    struct store_document head = STORE_DOCUMENT_INIT;
    bool is_there = false;
    *target = NULL;
    shoji_buffer_clear(found);
    shoji_status status =
        site_append_target(found, &offline->visit.site, path, reference);
    if (status == SHOJI_NO_MATCH)
        return SHOJI_OK;
    if (status != SHOJI_OK)
        return store_fail_status(error, status);
    if (route_is_reserved(found->bytes))
        return SHOJI_OK;
    status = offline->service.store->methods->read(offline->visit.snapshot, found->bytes,
                                                   true, &head, error);
    store_document_finish(&head);
    if (status == SHOJI_NOT_FOUND)
        status = is_computed(offline, found->bytes, &is_there, error);
    else if (status == SHOJI_OK || status == SHOJI_INVALID)
        /* What is broken is there, and a fault of its own. */
        return SHOJI_OK;
    if (status == SHOJI_OK && !is_there)
        *target = found->bytes;
    return status;
}
