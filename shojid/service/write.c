#include "service/write.h"

#include "service/access.h"
#include "service/fragment.h"
#include "service/prefer.h"
#include "service/projection.h"
#include "service/resource.h"
#include "service/validators.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    /* How often a write that depends on what is stored is tried, where another one has
     * come between reading and committing. */
    ATTEMPTS = 100,
    ATTEMPT_SECONDS = 10
};

/* Commits the writes to a computed view if the catalog from which it is computed is as
 * the request's condition has it, too. */
static shoji_status commit_if_source(const struct visit *visit, struct store_batch *batch,
                                     struct store_result *result, shoji_error *error)
{
    struct store *store = visit->service->store;
    struct store_write *writes = calloc(batch->count + 1, sizeof *writes);
    char *catalog =
        strndup(visit->path.bytes, route_parent(visit->path.bytes, visit->path.length));
    shoji_status status = SHOJI_NO_MEMORY;
    if (writes != NULL && catalog != NULL) {
        memcpy(writes, batch->writes, batch->count * sizeof *writes);
        writes[batch->count++] = (struct store_write){
            .operation = STORE_KEEP, .path = catalog, .if_revision = visit->source};
        batch->writes = writes;
        status = store->methods->commit(store, batch, result, error);
    } else {
        store_fail_memory(error);
    }
    free(catalog);
    free(writes);
    return status;
}

shoji_status write_commit(struct visit *visit, const struct store_write *writes,
                          size_t count, const struct store_slate_write *slate,
                          struct store_result *result, shoji_error *error)
{
    struct store *store = visit->service->store;
    struct store_batch batch = {.writes = writes,
                                .count = count,
                                .slates = slate,
                                .slate_count = slate != NULL ? 1 : 0,
                                .now = (int64_t)time(NULL)};
    visit_close(visit);
    for (size_t i = 0; i < count; i++) {
        if (access_may_write(visit, writes[i].path))
            continue;
        result->failed = i;
        return store_fail(error, SHOJI_USAGE, WRITE_FORBIDDEN,
                          "a rule keeps this request from writing to %.500s",
                          writes[i].path);
    }
    return visit->source != 0 ? commit_if_source(visit, &batch, result, error)
                              : store->methods->commit(store, &batch, result, error);
}

bool write_is_blind(const struct visit *visit)
{
    return visit->settings->options.require_precondition &&
           strcmp(visit->request->method, "POST") != 0 &&
           !validators_limit_a_write(visit->request);
}

static void refuse_blind(struct visit *visit, uint64_t revision, int64_t modified)
{
    validators_set(visit, revision, modified, VARIANT_JSON);
    problem_answer(visit, 428,
                   "this server changes nothing without a condition: get the document, "
                   "and send its ETag in If-Match");
}

void write_refuse_blind(struct visit *visit, const struct store_document *document)
{
    refuse_blind(visit, document->shown_revision, document->shown_modified);
}

bool write_conditions_hold(struct visit *visit, const struct store_document *document)
{
    struct projection_shown shown = {0, -1, 0, 0};
    shoji_error error = SHOJI_ERROR_INIT;
    bool blind = write_is_blind(visit);
    visit->source = 0;
    if (!blind && !validators_limit_a_write(visit->request))
        return true;
    if (document != NULL &&
        projection_find_shown(&shown, visit, document, &error) != SHOJI_OK) {
        problem_error(visit, &error);
        return false;
    }
    if (document != NULL && blind) {
        refuse_blind(visit, shown.revision, shown.modified);
        return false;
    }
    if (validators_write(visit, shown.revision, shown.modified) == SHOJI_PROCEED) {
        visit->source = shown.source;
        return true;
    }
    if (document != NULL)
        validators_set(visit, shown.revision, shown.modified, VARIANT_JSON);
    if (document != NULL)
        problem_answer(visit, 412,
                       "the document is not as the request expects it; get it anew, and "
                       "send the ETag that it has then in If-Match");
    else
        problem_answer(visit, 412,
                       "the request expects a document, and there is none at %.500s",
                       visit->path.bytes);
    return false;
}

static bool has_code(const shoji_error *error, const char *code)
{
    return error->code != NULL && strcmp(error->code, code) == 0;
}

/*
 * Whether an attempt has failed only because another write came first, and the client has
 * not said that it minds: to such a one, a document that was made or removed meanwhile is
 * as one that was changed.
 */
static bool is_overtaken(const struct visit *visit, shoji_status status,
                         const shoji_error *error)
{
    if (status == SHOJI_OK || validators_limit_a_write(visit->request))
        return false;
    return has_code(error, STORE_CHANGED) || has_code(error, STORE_EXISTS) ||
           (status == SHOJI_NOT_FOUND && has_code(error, STORE_GONE));
}

static int64_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Another path may share the turn: then they wait for each other for nothing. */
static void take_turn(struct visit *visit)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < visit->path.length; i++)
        hash = (hash ^ (unsigned char)visit->path.bytes[i]) * 16777619;
    visit->turn = &visit->service->turns[hash % SERVICE_TURNS];
    pthread_mutex_lock(visit->turn);
}

void write_end_turn(struct visit *visit)
{
    if (visit->turn != NULL)
        pthread_mutex_unlock(visit->turn);
    visit->turn = NULL;
}

/* Writes to one path that were overtaken take turns: of many at once only one comes
 * through, and each would be overtaken by others again. One that takes long gives up its
 * turn. */
static shoji_status attempt_in_turn(struct visit *visit, write_attempt attempt,
                                    const void *context, shoji_error *error)
{
    shoji_status status = SHOJI_STOPPED;
    take_turn(visit);
    int64_t end = seconds_now() + ATTEMPT_SECONDS;
    for (int i = 0; i == 0 || (i < ATTEMPTS && seconds_now() < end); i++) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        status = attempt(visit, context, error);
        if (!is_overtaken(visit, status, error))
            break;
    }
    write_end_turn(visit);
    return status;
}

void write_try(struct visit *visit, write_attempt attempt, const void *context)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = attempt(visit, context, &error);
    if (is_overtaken(visit, status, &error))
        status = attempt_in_turn(visit, attempt, context, &error);
    if (status == SHOJI_OK || status == SHOJI_STOPPED)
        return;
    if (error.status != SHOJI_OK)
        write_problem(visit, &error);
    else
        problem_status(visit, status);
}

/* Sets the ETag that the resource has now, after a commit that came too late. */
static void set_present_etag(struct visit *visit)
{
    struct store_document head = STORE_DOCUMENT_INIT;
    struct fragment fragment = FRAGMENT_INIT;
    struct projection_shown shown;
    visit_close(visit);
    if (visit_open(visit) != SHOJI_OK)
        return;
    bool stored = visit->service->store->methods->read(visit->snapshot, visit->path.bytes,
                                                       true, &head, NULL) == SHOJI_OK;
    if (stored && projection_find_shown(&shown, visit, &head, NULL) == SHOJI_OK)
        validators_set(visit, shown.revision, shown.modified, VARIANT_JSON);
    else if (!stored && fragment_find(visit, &fragment, NULL) == SHOJI_OK)
        validators_set(visit, fragment.entity.shown_revision,
                       fragment.entity.shown_modified, VARIANT_JSON);
    fragment_finish(&fragment);
    store_document_finish(&head);
    visit_close(visit);
}

void write_problem(struct visit *visit, const shoji_error *error)
{
    bool conditional = validators_limit_a_write(visit->request);
    bool changed = has_code(error, STORE_CHANGED);
    /* With a condition, what was there before the commit is what the client meant. */
    if (conditional && (changed || has_code(error, STORE_EXISTS))) {
        set_present_etag(visit);
        problem_answer(visit, 412,
                       "another write has come first: the document is no longer as the "
                       "request expects it; get it anew");
    } else if (changed) {
        exchange_set_header(visit->response, "Retry-After", "1");
        problem_answer(
            visit, 503,
            "others have written here whenever this write was tried; try again");
    } else {
        problem_error(visit, error);
    }
}

bool write_refuses_query(struct visit *visit)
{
    if (visit->query.length == 0 && !visit->page.limit_given && !visit->page.after_given)
        return false;
    shoji_error error = SHOJI_ERROR_INIT;
    enum resource resource;
    if (visit_open(visit) != SHOJI_OK)
        return true;
    if (resource_find(visit, &resource, &error) == SHOJI_OK)
        resource_refuse(visit,
                        resource == RESOURCE_NONE ? RESOURCE_UNKNOWN : RESOURCE_COMPUTED);
    else
        problem_error(visit, &error);
    return true;
}

void write_answer(struct visit *visit, const char *path, uint64_t revision, bool created)
{
    char etag[VALIDATORS_ETAG_SIZE];
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    write_end_turn(visit);
    visit->view = access_view(visit, path);
    validators_etag(etag, visit, revision, VARIANT_JSON);
    exchange_set_header(visit->response, "ETag", "%s", etag);
    if (created && site_append_iri(&iri, &visit->site, path) == SHOJI_OK)
        exchange_set_header(visit->response, "Location", "%s", iri.bytes);
    shoji_buffer_finish(&iri);
    visit->response->status = created ? 201 : 204;
    visit->response->no_body = !created;
    prefer_answer(visit, path);
}
