#include "service/service.h"

#include "service/incoming.h"
#include "service/methods.h"
#include "service/resource.h"
#include "service/templates.h"
#include "service/validators.h"
#include "service/visit.h"
#include "store/fail.h"

#include <shoji/protocol.h>

#include <stdlib.h>
#include <string.h>

shoji_status service_new(struct service **service, struct store *store,
                         const struct service_options *options, shoji_error *error)
{
    struct service *made = calloc(1, sizeof *made);
    if (made == NULL || pthread_mutex_init(&made->turn, NULL) != 0) {
        free(made);
        return store_fail_memory(error);
    }
    made->store = store;
    made->options = *options;
    made->options.base_iri = NULL;
    made->salt = validators_salt(store, options);
    made->base.relative = options->relative_links;
    made->templates = templates_new();
    shoji_status status = made->templates != NULL ? SHOJI_OK : store_fail_memory(error);
    if (status == SHOJI_OK && options->base_iri != NULL)
        status = site_set_base(&made->base, options->base_iri, error);
    if (status != SHOJI_OK) {
        service_free(made);
        return status;
    }
    *service = made;
    return SHOJI_OK;
}

void service_free(struct service *service)
{
    if (service == NULL)
        return;
    templates_free(service->templates);
    site_finish(&service->base);
    pthread_mutex_destroy(&service->turn);
    free(service);
}

shoji_status visit_open(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store *store = visit->service->store;
    shoji_status status = store->methods->snapshot(store, &visit->snapshot, &error);
    if (status != SHOJI_OK)
        problem_error(visit, &error);
    return status;
}

void visit_close(struct visit *visit)
{
    if (visit->snapshot != NULL)
        visit->service->store->methods->release(visit->snapshot);
    visit->snapshot = NULL;
}

bool visit_may_write(const struct visit *visit)
{
    const struct service *service = visit->service;
    return service->options.take_writes && !service->options.read_only &&
           !service->store->read_only;
}

static void finish(struct visit *visit)
{
    visit_close(visit);
    site_finish(&visit->site);
    shoji_buffer_finish(&visit->path);
    shoji_buffer_finish(&visit->query);
}

static shoji_status set_site(struct visit *visit, shoji_error *error)
{
    const struct service *service = visit->service;
    const struct exchange_request *request = visit->request;
    visit->site.relative = service->options.relative_links;
    if (service->base.origin.length == 0)
        return site_set_host(&visit->site, request->secure,
                             exchange_header(request, "Host"), error);
    if (shoji_buffer_append(&visit->site.origin, service->base.origin.bytes,
                            service->base.origin.length) != SHOJI_OK ||
        shoji_buffer_append(&visit->site.prefix, service->base.prefix.bytes,
                            service->base.prefix.length) != SHOJI_OK)
        return store_fail_memory(error);
    return SHOJI_OK;
}

/* Finds out what the request names. Returns whether it can be answered; otherwise it has
 * been. */
static bool begin(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    const struct exchange_request *request = visit->request;
    shoji_status status = route_canonical(&visit->path, request->path, &error);
    if (status == SHOJI_OK)
        status = route_query(&visit->page, &visit->query, request->query,
                             visit->service->options.page_size, &error);
    if (status == SHOJI_OK && !route_is_reserved(visit->path.bytes))
        status = set_site(visit, &error);
    if (status != SHOJI_OK)
        problem_error(visit, &error);
    return status == SHOJI_OK;
}

static void answer_text(struct visit *visit, const char *text)
{
    struct exchange_response *response = visit->response;
    shoji_status status = shoji_buffer_append_string(&response->body, text);
    if (status != SHOJI_OK) {
        problem_status(visit, status);
        return;
    }
    exchange_set_header(response, "Content-Type", "text/plain; charset=utf-8");
    exchange_set_header(response, "Cache-Control", "no-store");
    response->status = 200;
}

/* The server's own paths. */
static void read_reserved(struct visit *visit)
{
    const char *path = visit->path.bytes;
    if (strcmp(path, "/-/health/") == 0) {
        answer_text(visit, "ok\n");
    } else if (strcmp(path, "/-/ready/") == 0) {
        shoji_error error = SHOJI_ERROR_INIT;
        struct store_document root = STORE_DOCUMENT_INIT;
        if (visit_open(visit) != SHOJI_OK)
            return;
        shoji_status status = visit->service->store->methods->read(visit->snapshot, "/",
                                                                   true, &root, &error);
        if (status == SHOJI_OK || status == SHOJI_NOT_FOUND)
            answer_text(visit, "ready\n");
        else
            problem_error(visit, &error);
        store_document_finish(&root);
    } else {
        problem_answer(visit, 404,
                       "nothing is at %.500s: paths that begin with /-/ are the server's "
                       "own, and it has /-/health and /-/ready",
                       path);
    }
}

void method_options(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    enum resource resource;
    if (visit_open(visit) != SHOJI_OK)
        return;
    if (resource_find(visit, &resource, &error) != SHOJI_OK) {
        problem_error(visit, &error);
        return;
    }
    exchange_set_header(visit->response, "Allow", "%s", resource_allow(visit, resource));
    visit->response->status = 204;
    visit->response->no_body = true;
}

enum {
    IS_READ = 1,   /* gives a representation */
    IS_WRITE = 2,  /* changes the store */
    HAS_BODY = 4,  /* carries a document */
    IS_FOREIGN = 8 /* known, and of no resource here */
};

static const struct method {
    const char *name;
    unsigned traits;
    void (*answer)(struct visit *visit);
} methods[] = {
    {"GET", IS_READ, method_read},
    {"HEAD", IS_READ, method_read},
    {"OPTIONS", 0, method_options},
    {"POST", IS_WRITE | HAS_BODY, method_post},
    {"PUT", IS_WRITE | HAS_BODY, method_put},
    {"DELETE", IS_WRITE, method_delete},
    {"PATCH", IS_FOREIGN, NULL},
};

static const struct method *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

static void refuse_method(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    enum resource resource;
    if (visit_open(visit) != SHOJI_OK)
        return;
    if (resource_find(visit, &resource, &error) == SHOJI_OK)
        resource_refuse(visit, resource);
    else
        problem_error(visit, &error);
}

/*
 * A page of another site can make a browser send a POST without asking this server first:
 * where whoever reaches it may write, only its own pages may. Were such a page's own name
 * made to lead to this machine, it would seem to be one of them: so, unless the base IRI
 * says what this site is called, the Host must be a name that cannot lead elsewhere.
 */
static bool refuse_foreign_page(struct visit *visit)
{
    const char *host = exchange_header(visit->request, "Host");
    const char *origin = exchange_header(visit->request, "Origin");
    if (visit->service->base.origin.length == 0 && !site_host_is_loopback(host)) {
        problem_answer(visit, 403,
                       "the request is for the host %.200s, and this server takes writes "
                       "for localhost, 127.0.0.1 and [::1] alone; use one of these, or "
                       "start it with the --base-iri under which it is reached",
                       host != NULL ? host : "(none)");
        return true;
    }
    if (origin == NULL || shoji_iri_same_origin(origin, visit->site.origin.bytes))
        return false;
    problem_answer(
        visit, 403,
        "the request comes from a page of %.200s, and this server takes writes "
        "from its own origin alone",
        origin);
    return true;
}

/* Whether a write is refused for who sends it or for what this server is. */
static bool refuse_write(struct visit *visit)
{
    const struct service *service = visit->service;
    if (service->options.read_only || service->store->read_only) {
        exchange_set_header(visit->response, "Allow", "GET, HEAD, OPTIONS");
        problem_answer(visit, 405, "this server is read-only");
        return true;
    }
    if (service->options.take_writes)
        return refuse_foreign_page(visit);
    exchange_set_header(visit->response, "WWW-Authenticate", "Bearer realm=\"shojid\"");
    problem_answer(visit, 401,
                   "this server takes no writes: it has no tokens, and only one that was "
                   "started with --no-auth, on a loopback address, takes them without");
    return true;
}

static bool refuse(struct visit *visit)
{
    const struct method *method = find_method(visit->request->method);
    if (method == NULL) {
        problem_answer(visit, 501,
                       "this server does not have the method %.50s; it has GET, HEAD, "
                       "OPTIONS, POST, PUT and DELETE",
                       visit->request->method);
        return true;
    }
    if (!begin(visit))
        return true;
    if (method->traits & IS_FOREIGN) {
        refuse_method(visit);
        return true;
    }
    if ((method->traits & IS_WRITE) && route_is_reserved(visit->path.bytes)) {
        resource_refuse(visit, RESOURCE_RESERVED);
        return true;
    }
    if ((method->traits & IS_WRITE) && refuse_write(visit))
        return true;
    return (method->traits & HAS_BODY) && !incoming_type_is_known(visit);
}

bool service_refuse(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response)
{
    struct visit visit = {
        .service = service, .request = request, .response = response, .site = SITE_INIT};
    bool refused = refuse(&visit);
    finish(&visit);
    return refused;
}

void service_answer(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response)
{
    struct visit visit = {
        .service = service, .request = request, .response = response, .site = SITE_INIT};
    if (!refuse(&visit)) {
        const struct method *method = find_method(request->method);
        if ((method->traits & IS_READ) && route_is_reserved(visit.path.bytes))
            read_reserved(&visit);
        else
            method->answer(&visit);
    }
    if (strcmp(request->method, "HEAD") == 0)
        response->no_body = true;
    finish(&visit);
}
