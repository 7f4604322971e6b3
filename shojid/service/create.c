/* POST: one entity, or all that a catalog document lists. */
#include "service/methods.h"

#include "service/fault.h"
#include "service/faults.h"
#include "service/idempotency.h"
#include "service/incoming.h"
#include "service/names.h"
#include "service/prefer.h"
#include "service/resource.h"
#include "service/tuple.h"
#include "service/validators.h"
#include "service/write.h"
#include "store/fail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLUG_ATTEMPTS = 9, /* "name", "name-2" to "name-9" */
    ID_ATTEMPTS = 3
};

/* What a POST asks for, in whatever catalog is found. */
struct posted {
    const shoji_document *document;
    struct idempotency idempotency;
};

/* An attempt at it: the catalog that it is sent to, and what it says. In the commit, it
 * must still be the catalog that was read; with a condition, with the members that it
 * had. */
struct post {
    struct visit *visit;
    const shoji_document *document;
    struct store_document catalog;
    bool conditional;
    struct idempotency idempotency; /* the same in all attempts */
    shoji_buffer record;            /* what its slate lends */
};

/* Whether the request's path is a catalog, and its conditions hold; otherwise it has been
 * answered. */
static bool find_catalog(struct post *post)
{
    struct visit *visit = post->visit;
    shoji_error error = SHOJI_ERROR_INIT;
    enum resource resource;
    shoji_status status = resource_find(visit, &resource, &error);
    if (status == SHOJI_OK && resource == RESOURCE_NONE)
        status = store_fail(&error, SHOJI_NOT_FOUND, NULL,
                            "there is no catalog at %.500s; create it by PUT first",
                            visit->path.bytes);
    if (status == SHOJI_OK && resource != RESOURCE_ROOT && resource != RESOURCE_CATALOG) {
        resource_refuse(visit, resource);
        return false;
    }
    if (status == SHOJI_OK)
        status = visit->service->store->methods->read(visit->snapshot, visit->path.bytes,
                                                      true, &post->catalog, &error);
    if (status != SHOJI_OK) {
        problem_error(visit, &error);
        return false;
    }
    return write_conditions_hold(visit, &post->catalog);
}

static struct store_write write_of_catalog(const struct post *post)
{
    struct store_write write = {.operation = STORE_KEEP, .path = post->catalog.path};
    if (post->conditional)
        write.if_revision = post->catalog.shown_revision;
    else
        write.if_own_revision = post->catalog.revision;
    return write;
}

/* Commits the entities, with what is kept of the answer. */
static shoji_status commit(struct post *post, const struct store_write *writes,
                           size_t count, const char *path, uint64_t entities,
                           struct store_result *result, shoji_error *error)
{
    struct store_slate_write slate;
    if (!post->idempotency.is_given)
        return write_commit(post->visit, writes, count, NULL, result, error);
    if (idempotency_write(&post->idempotency, path, entities, &post->record, &slate) !=
        SHOJI_OK)
        return store_fail_memory(error);
    return write_commit(post->visit, writes, count, &slate, result, error);
}

/* Whether a segment is one of the server's own, and so never free. */
static bool is_reserved(const struct visit *visit, const char *segment)
{
    return visit->path.length == 1 && strcmp(segment, "-") == 0;
}

static shoji_status commit_entity(struct post *post, const char *path,
                                  const shoji_document *entity,
                                  struct store_result *result, shoji_error *error)
{
    struct store_write create = {
        .operation = STORE_CREATE, .path = path, .document = entity};
    struct store_write writes[] = {create, write_of_catalog(post)};
    return commit(post, writes, 2, path, 1, result, error);
}

/* The path of an attempt at a name: as the client wishes, and then as it comes. */
static shoji_status append_path(shoji_buffer *path, const struct visit *visit,
                                const shoji_buffer *slug, int attempt)
{
    char id[NAMES_ID_SIZE];
    shoji_buffer_clear(path);
    shoji_status status =
        shoji_buffer_append(path, visit->path.bytes, visit->path.length);
    if (status != SHOJI_OK)
        return status;
    if (attempt < SLUG_ATTEMPTS)
        return attempt == 0
                   ? shoji_buffer_append_format(path, "%s/", slug->bytes)
                   : shoji_buffer_append_format(path, "%s-%d/", slug->bytes, attempt + 1);
    status = names_make_id(id);
    return status != SHOJI_OK ? status : shoji_buffer_append_format(path, "%s/", id);
}

static bool is_taken(shoji_status status, const shoji_error *error)
{
    return status == SHOJI_PRECONDITION && error->code != NULL &&
           strcmp(error->code, STORE_EXISTS) == 0;
}

/* Tries names until one is free. SHOJI_STOPPED is what has been answered already. */
static shoji_status create_named(struct post *post, const shoji_document *document,
                                 shoji_buffer *path, struct store_result *result,
                                 shoji_error *error)
{
    struct visit *visit = post->visit;
    shoji_buffer slug = SHOJI_BUFFER_INIT;
    shoji_document *entity = NULL;
    const char *wish = exchange_header(visit->request, "Slug");
    int attempt = SLUG_ATTEMPTS;
    if (wish != NULL && names_append_slug(&slug, wish) == SHOJI_OK &&
        !is_reserved(visit, slug.bytes))
        attempt = 0;
    shoji_status status = append_path(path, visit, &slug, attempt);
    if (status == SHOJI_OK)
        status = incoming_prepare(visit, path->bytes, document, &entity) == SHOJI_OK
                     ? commit_entity(post, path->bytes, entity, result, error)
                     : SHOJI_STOPPED;
    else
        store_fail(error, status, NULL, "no name could be made for the entity");
    while (is_taken(status, error) && result->failed == 0 &&
           ++attempt < SLUG_ATTEMPTS + ID_ATTEMPTS) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        status = append_path(path, visit, &slug, attempt);
        if (status == SHOJI_OK)
            status = commit_entity(post, path->bytes, entity, result, error);
    }
    shoji_document_free(entity);
    shoji_buffer_finish(&slug);
    return status;
}

/* A new entity is where the server says: its own `self` is not asked for. */
static shoji_status without_self(const shoji_document *document, shoji_document **result)
{
    shoji_builder *builder = NULL;
    shoji_status status = shoji_builder_edit(&builder, document);
    if (status == SHOJI_OK) {
        shoji_builder_remove(builder, "/self");
        status = shoji_builder_finish(builder, result, NULL);
    }
    shoji_builder_free(builder);
    return status;
}

/* As a write_attempt. */
static shoji_status post_entity(struct post *post, shoji_error *error)
{
    struct visit *visit = post->visit;
    const shoji_document *document = post->document;
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_document *unnamed = NULL;
    struct store_result result = {0, false, 0};
    shoji_status status = SHOJI_OK;
    if (shoji_document_self(document) != NULL) {
        status = without_self(document, &unnamed);
        document = unnamed;
    }
    if (status == SHOJI_OK)
        status = create_named(post, document, &path, &result, error);
    if (status == SHOJI_OK)
        write_answer(visit, path.bytes, result.revision, true);
    else if (status != SHOJI_STOPPED && error->status == SHOJI_OK)
        store_fail_status(error, status);
    shoji_document_free(unnamed);
    shoji_buffer_finish(&path);
    return status;
}

/* The entities that a catalog document lists, as a batch. */
struct bulk {
    struct store_write *writes; /* the last is the catalog's */
    shoji_document **documents;
    char **paths;
    const char **keys;
    size_t count;
};

static void bulk_finish(struct bulk *bulk)
{
    for (size_t i = 0; i < bulk->count; i++) {
        shoji_document_free(bulk->documents[i]);
        free(bulk->paths[i]);
    }
    free(bulk->writes);
    free(bulk->documents);
    free(bulk->paths);
    free(bulk->keys);
}

static bool bulk_open(struct bulk *bulk, size_t count)
{
    bulk->writes = calloc(count + 1, sizeof *bulk->writes);
    bulk->documents = calloc(count + 1, sizeof *bulk->documents);
    bulk->paths = calloc(count + 1, sizeof *bulk->paths);
    bulk->keys = calloc(count + 1, sizeof *bulk->keys);
    return bulk->writes != NULL && bulk->documents != NULL && bulk->paths != NULL &&
           bulk->keys != NULL;
}

static char *path_of_key(const struct visit *visit, const char *key, shoji_status *status)
{
    shoji_buffer segment = SHOJI_BUFFER_INIT;
    shoji_buffer path = SHOJI_BUFFER_INIT;
    char *taken = NULL;
    *status = names_append_key(&segment, key);
    if (*status == SHOJI_OK && is_reserved(visit, segment.bytes))
        *status = SHOJI_NO_MATCH;
    if (*status == SHOJI_OK)
        *status =
            shoji_buffer_append_format(&path, "%s%s/", visit->path.bytes, segment.bytes);
    if (*status == SHOJI_OK) {
        taken = strdup(path.bytes);
        if (taken == NULL)
            *status = SHOJI_NO_MEMORY;
    }
    shoji_buffer_finish(&segment);
    shoji_buffer_finish(&path);
    return taken;
}

static shoji_status bulk_add(struct bulk *bulk, const struct visit *visit,
                             const shoji_member *member, shoji_error *error)
{
    shoji_status status;
    char *path = path_of_key(visit, member->name, &status);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(error);
    if (status != SHOJI_OK) {
        store_fail(
            error, SHOJI_INVALID, NULL,
            "\"%.200s\" cannot name a new entity: it must be one segment of a path, "
            "percent-encoded, such as \"JP/\"",
            member->name);
        fault_point(error, "/index", member->name);
        return error->status;
    }
    bulk->paths[bulk->count] = path;
    bulk->keys[bulk->count] = member->name;
    size_t at = bulk->count++;
    status = tuple_entity(&bulk->documents[at], member->value, error);
    if (status != SHOJI_OK) {
        fault_point(error, "/index", member->name);
        return status;
    }
    bulk->writes[at] = (struct store_write){
        .operation = STORE_CREATE, .path = path, .document = bulk->documents[at]};
    return SHOJI_OK;
}

static void answer_created(struct visit *visit, uint64_t count)
{
    struct exchange_response *response = visit->response;
    enum variant variant = negotiate_variant(visit->request);
    write_end_turn(visit);
    shoji_buffer_clear(&response->body);
    response->status = count > 0 ? 201 : 200;
    if (shoji_buffer_append_format(
            &response->body,
            "{\"element\":\"shoji:view\",\"value\":{\"created\":%" PRIu64 "}}",
            count) != SHOJI_OK) {
        shoji_buffer_clear(&response->body);
        return;
    }
    exchange_set_header(
        response, "Content-Type", "%s",
        negotiate_type(variant == VARIANT_SHOJI ? variant : VARIANT_JSON, false));
    exchange_set_header(response, "Vary", "Accept");
    prefer_answer(visit, visit->path.bytes);
}

/* Points a commit's error at the member that was refused. */
static void point_at_member(const struct bulk *bulk, size_t failed, shoji_error *error)
{
    if (failed >= bulk->count)
        return;
    if (is_taken(error->status, error))
        store_fail(error, SHOJI_PRECONDITION, STORE_EXISTS,
                   "\"%.200s\" is there already, and nothing was created; PUT replaces "
                   "a document, and PATCH changes it",
                   bulk->keys[failed]);
    fault_point(error, "/index", bulk->keys[failed]);
}

/* As a write_attempt. */
static shoji_status create_bulk(struct post *post, shoji_value index, shoji_error *error)
{
    struct visit *visit = post->visit;
    struct bulk bulk = {0};
    struct store_result result = {0, false, 0};
    shoji_status status =
        bulk_open(&bulk, shoji_value_size(index)) ? SHOJI_OK : store_fail_memory(error);
    shoji_members members = shoji_value_members(index);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        status = bulk_add(&bulk, visit, &member, error);
        if (status == SHOJI_INVALID)
            status = faults_note(visit, error);
    }
    if (status != SHOJI_NO_MEMORY && faults_first(visit) != NULL) {
        problem_body(visit, faults_first(visit));
        status = SHOJI_STOPPED;
    } else if (status != SHOJI_OK) {
        problem_body(visit, error);
        status = SHOJI_STOPPED;
    } else {
        bulk.writes[bulk.count] = write_of_catalog(post);
        status =
            commit(post, bulk.writes, bulk.count + 1, NULL, bulk.count, &result, error);
        if (status == SHOJI_OK)
            answer_created(visit, bulk.count);
        else
            point_at_member(&bulk, result.failed, error);
    }
    bulk_finish(&bulk);
    return status;
}

/* As a write_attempt. */
static shoji_status post_catalog(struct post *post, shoji_error *error)
{
    struct visit *visit = post->visit;
    shoji_value index = shoji_document_index(post->document);
    size_t count = shoji_value_size(index);
    if (shoji_value_type(index) != SHOJI_OBJECT)
        problem_answer(visit, 422,
                       "a catalog that is posted must have an index: each of its members "
                       "becomes an entity");
    else if (count > WRITE_MEMBERS_MAXIMUM)
        problem_answer(visit, 413,
                       "the index has %zu members, and one request creates at most %d; "
                       "send several",
                       count, WRITE_MEMBERS_MAXIMUM);
    else if (count == 0)
        answer_created(visit, 0);
    else
        return create_bulk(post, index, error);
    return SHOJI_STOPPED;
}

/* Answers what was answered before. */
static void repeat(struct visit *visit, const struct idempotency_record *record)
{
    if (!record->is_of_this_body)
        problem_answer(visit, 422,
                       "another request has been sent with this Idempotency-Key; send "
                       "each with a key of its own");
    else if (record->path.length > 0)
        write_answer(visit, record->path.bytes, record->revision, true);
    else
        answer_created(visit, record->count);
}

/* Whether the request has been done before; then it has been answered, and so has an
 * error of the store's. */
static bool was_done(struct post *post)
{
    struct visit *visit = post->visit;
    struct idempotency_record record = IDEMPOTENCY_RECORD_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = idempotency_find(visit, &post->idempotency, &record, &error);
    if (status == SHOJI_OK)
        repeat(visit, &record);
    else if (status != SHOJI_NOT_FOUND)
        problem_error(visit, &error);
    shoji_buffer_finish(&record.path);
    return status != SHOJI_NOT_FOUND;
}

/* Answers what no other attempt would change of what a commit has refused: another
 * request with the same key may have been first, or the names are taken. Returns whether
 * it did. */
static bool answer_refused(struct post *post, const shoji_error *error)
{
    struct visit *visit = post->visit;
    visit_close(visit);
    if (post->idempotency.is_given && (visit_open(visit) != SHOJI_OK || was_done(post)))
        return true;
    if (!is_taken(error->status, error))
        return false;
    problem_error(visit, error);
    return true;
}

static shoji_status post_once(struct visit *visit, const void *context,
                              shoji_error *error)
{
    const struct posted *posted = context;
    struct post post = {
        .visit = visit,
        .document = posted->document,
        .catalog = STORE_DOCUMENT_INIT,
        .conditional = validators_limit_a_write(visit->request),
        .idempotency = posted->idempotency,
        .record = SHOJI_BUFFER_INIT,
    };
    shoji_status status = SHOJI_STOPPED;
    if (visit_open(visit) == SHOJI_OK && !was_done(&post) && find_catalog(&post))
        status = shoji_document_element(post.document) == SHOJI_ELEMENT_CATALOG
                     ? post_catalog(&post, error)
                     : post_entity(&post, error);
    if (status != SHOJI_OK && status != SHOJI_STOPPED && answer_refused(&post, error))
        status = SHOJI_STOPPED;
    store_document_finish(&post.catalog);
    shoji_buffer_finish(&post.record);
    visit_close(visit);
    return status;
}

static void post_document(struct visit *visit, const shoji_document *document)
{
    struct posted posted = {.document = document};
    if (idempotency_begin(visit, &posted.idempotency))
        write_try(visit, post_once, &posted);
}

void method_post(struct visit *visit)
{
    shoji_document *document = NULL;
    if (incoming_read(visit, &document) != SHOJI_OK)
        return;
    shoji_element element = shoji_document_element(document);
    if (element == SHOJI_ELEMENT_ENTITY || element == SHOJI_ELEMENT_CATALOG)
        post_document(visit, document);
    else
        problem_answer(visit, 422,
                       "a catalog takes an entity, or a catalog whose index lists "
                       "entities, and this is a %s; PUT it to a path of its own",
                       shoji_element_text(element));
    shoji_document_free(document);
}
