#include "service/service.h"

#include "service/access.h"
#include "service/cache.h"
#include "service/faults.h"
#include "service/gate.h"
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

enum {
    CACHE_BYTES = 16 * 1024 * 1024,
    COSTLY_SHARE = 4 /* one of so many requests may wait to do what costs much */
};

static void settings_free(struct service_settings *settings)
{
    if (settings == NULL)
        return;
    if (settings->options.release != NULL)
        settings->options.release(settings->options.owner);
    site_finish(&settings->base);
    free(settings);
}

/* On failure the options are not released. */
static shoji_status settings_new(struct service_settings **settings,
                                 const struct store *store,
                                 const struct service_options *options,
                                 shoji_error *error)
{
    struct service_settings *made = calloc(1, sizeof *made);
    if (made == NULL)
        return store_fail_memory(error);
    made->options = *options;
    made->uses = 1;
    made->salt = validators_salt(store, options);
    made->base.relative = options->relative_links;
    shoji_status status = SHOJI_OK;
    if (options->base_iri != NULL)
        status = site_set_base(&made->base, options->base_iri, error);
    if (status == SHOJI_OK) {
        *settings = made;
        return SHOJI_OK;
    }
    made->options.release = NULL;
    settings_free(made);
    return status;
}

static struct service_settings *settings_begin(struct service *service)
{
    pthread_mutex_lock(&service->lock);
    struct service_settings *settings = service->settings;
    settings->uses++;
    pthread_mutex_unlock(&service->lock);
    return settings;
}

static void settings_end(struct service *service, struct service_settings *settings)
{
    pthread_mutex_lock(&service->lock);
    bool used = --settings->uses > 0;
    pthread_mutex_unlock(&service->lock);
    if (!used)
        settings_free(settings);
}

shoji_status service_new(struct service **service, struct store *store,
                         const struct service_options *options, shoji_error *error)
{
    struct service *made = calloc(1, sizeof *made);
    if (made == NULL)
        return store_fail_memory(error);
    pthread_mutex_init(&made->lock, NULL);
    for (size_t i = 0; i < SERVICE_TURNS; i++)
        pthread_mutex_init(&made->turns[i], NULL);
    made->store = store;
    made->templates = templates_new();
    made->rate = rate_new();
    made->cache = cache_new(CACHE_BYTES);
    made->gate = gate_new(options->connections / COSTLY_SHARE);
    shoji_status status = SHOJI_OK;
    if (made->templates == NULL || made->rate == NULL || made->cache == NULL ||
        made->gate == NULL)
        status = store_fail_memory(error);
    if (status == SHOJI_OK)
        status = settings_new(&made->settings, store, options, error);
    if (status != SHOJI_OK) {
        service_free(made);
        return status;
    }
    *service = made;
    return SHOJI_OK;
}

shoji_status service_reload(struct service *service,
                            const struct service_options *options, shoji_error *error)
{
    struct service_settings *made = NULL;
    struct service_options changed = *options;
    changed.read_only = service->settings->options.read_only;
    shoji_status status = settings_new(&made, service->store, &changed, error);
    if (status != SHOJI_OK)
        return status;
    pthread_mutex_lock(&service->lock);
    struct service_settings *old = service->settings;
    service->settings = made;
    pthread_mutex_unlock(&service->lock);
    settings_end(service, old);
    return SHOJI_OK;
}

void service_free(struct service *service)
{
    if (service == NULL)
        return;
    settings_free(service->settings);
    gate_free(service->gate);
    cache_free(service->cache);
    rate_free(service->rate);
    templates_free(service->templates);
    for (size_t i = 0; i < SERVICE_TURNS; i++)
        pthread_mutex_destroy(&service->turns[i]);
    pthread_mutex_destroy(&service->lock);
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

static void start(struct visit *visit, struct service *service,
                  const struct exchange_request *request,
                  struct exchange_response *response)
{
    *visit = (struct visit){
        .service = service, .request = request, .response = response, .site = SITE_INIT};
    visit->settings = visit->held = settings_begin(service);
}

static void finish(struct visit *visit)
{
    visit_close(visit);
    faults_finish(visit);
    settings_end(visit->service, visit->held);
    site_finish(&visit->site);
    shoji_buffer_finish(&visit->path);
    shoji_buffer_finish(&visit->query);
}

static shoji_status set_site(struct visit *visit, shoji_error *error)
{
    const struct site *base = &visit->settings->base;
    const struct exchange_request *request = visit->request;
    visit->site.relative = base->relative;
    if (base->origin.length == 0)
        return site_set_host(&visit->site, request->secure, request->host, error);
    if (shoji_buffer_append(&visit->site.origin, base->origin.bytes,
                            base->origin.length) != SHOJI_OK ||
        shoji_buffer_append(&visit->site.prefix, base->prefix.bytes,
                            base->prefix.length) != SHOJI_OK)
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
                             visit->settings->options.page_size, &error);
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
    resource_set_fields(visit, resource);
    visit->response->status = 204;
    visit->response->no_body = true;
}

enum {
    IS_READ = 1,  /* gives a representation */
    IS_WRITE = 2, /* changes the store */
    HAS_BODY = 4  /* carries a document */
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
    {"PATCH", IS_WRITE | HAS_BODY, method_patch},
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
    const char *host = visit->request->host;
    const char *origin = exchange_header(visit->request, "Origin");
    if (visit->settings->base.origin.length == 0 && !site_host_is_loopback(host)) {
        problem_answer(visit, 403,
                       "the request is for the host %.200s, and this server takes writes "
                       "for localhost, 127.0.0.1 and [::1] alone; use one of these, or "
                       "start it with the --base-iri under which it is reached",
                       host != NULL ? host : "(none)");
        return true;
    }
    if (origin == NULL || shoji_iri_same_origin(origin, visit->site.origin.bytes) ||
        cors_names(&visit->settings->options.cors, origin))
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
    if (access_is_read_only(visit)) {
        refuse_method(visit);
        return true;
    }
    if (!access_require_write(visit))
        return true;
    /* No page of another site has a token to send. */
    return !visit->visitor.by_token && refuse_foreign_page(visit);
}

static bool is_health(const struct visit *visit)
{
    const char *path = visit->request->path;
    return strcmp(path, "/-/health") == 0 || strcmp(path, "/-/health/") == 0;
}

/* Whether a request is refused for whom it comes from. */
static bool refuse_visitor(struct visit *visit)
{
    if (is_health(visit))
        return false;
    if (!access_begin(visit) || !access_require_read(visit))
        return true;
    visit->view = access_view(visit, visit->path.bytes);
    return false;
}

static bool refuse(struct visit *visit)
{
    const struct method *method = find_method(visit->request->method);
    if (!is_health(visit) && !access_count(visit))
        return true;
    if (method == NULL) {
        problem_answer(visit, 501,
                       "this server does not have the method %.50s; it has GET, HEAD, "
                       "OPTIONS, POST, PUT, PATCH and DELETE",
                       visit->request->method);
        return true;
    }
    if (cors_answer_preflight(&visit->settings->options.cors, visit->request,
                              visit->response))
        return true;
    if (!begin(visit) || refuse_visitor(visit))
        return true;
    if ((method->traits & IS_WRITE) && route_is_reserved(visit->path.bytes)) {
        resource_refuse(visit, resource_reserved(visit));
        return true;
    }
    if ((method->traits & IS_WRITE) && refuse_write(visit))
        return true;
    return (method->traits & HAS_BODY) && !incoming_type_is_known(visit);
}

bool service_refuse(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response)
{
    struct visit visit;
    start(&visit, service, request, response);
    bool refused = refuse(&visit);
    if (refused)
        cors_allow(&visit.settings->options.cors, request, response);
    finish(&visit);
    return refused;
}

void service_answer(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response)
{
    struct visit visit;
    start(&visit, service, request, response);
    if (!refuse(&visit)) {
        const struct method *method = find_method(request->method);
        if ((method->traits & IS_READ) && route_is_reserved(visit.path.bytes))
            read_reserved(&visit);
        else
            method->answer(&visit);
    }
    if (strcmp(request->method, "HEAD") == 0)
        response->no_body = true;
    cors_allow(&visit.settings->options.cors, request, response);
    finish(&visit);
}
