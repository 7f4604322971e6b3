/* POST: one entity, or all that a catalog document lists. */
#include "service/methods.h"

#include "service/fault.h"
#include "service/incoming.h"
#include "service/names.h"
#include "service/resource.h"
#include "service/validators.h"
#include "service/write.h"
#include "store/fail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BULK_MAXIMUM = 10000, /* entities in one request */
    SLUG_ATTEMPTS = 9,    /* "name", "name-2" to "name-9" */
    ID_ATTEMPTS = 3
};

/* The catalog that is posted to. With a condition, it is written again as it is in the
 * same commit, which fails if it has changed meanwhile: so the condition holds in the
 * commit. */
struct guard {
    struct store_document catalog;
    shoji_document *document; /* NULL where there is no condition */
};

static void guard_finish(struct guard *guard)
{
    store_document_finish(&guard->catalog);
    shoji_document_free(guard->document);
}

/* Whether the request's path is a catalog, and its conditions hold; otherwise it has been
 * answered. */
static bool guard_open(struct visit *visit, struct guard *guard)
{
    bool conditional = validators_are_given(visit->request);
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
        status = visit->service->store->methods->read(
            visit->snapshot, visit->path.bytes, !conditional, &guard->catalog, &error);
    if (status == SHOJI_OK && conditional)
        status = shoji_document_parse(&guard->document, guard->catalog.text,
                                      guard->catalog.length, NULL, &error);
    if (status != SHOJI_OK) {
        problem_error(visit, &error);
        return false;
    }
    return write_conditions_hold(visit, &guard->catalog);
}

static void guard_write(const struct guard *guard, struct store_write *write)
{
    write->operation = STORE_REPLACE;
    write->path = guard->catalog.path;
    write->document = guard->document;
    write->if_revision = guard->catalog.shown_revision;
}

/* Whether a segment is one of the server's own, and so never free. */
static bool is_reserved(const struct visit *visit, const char *segment)
{
    return visit->path.length == 1 && strcmp(segment, "-") == 0;
}

static shoji_status commit_entity(struct visit *visit, const struct guard *guard,
                                  const char *path, const shoji_document *entity,
                                  struct store_result *result, shoji_error *error)
{
    struct store_write writes[2];
    size_t count = 0;
    if (guard->document != NULL)
        guard_write(guard, &writes[count++]);
    struct store_write create = {STORE_CREATE, path, entity, 0};
    writes[count++] = create;
    return write_commit(visit, writes, count, result, error);
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
static shoji_status create_named(struct visit *visit, const struct guard *guard,
                                 const shoji_document *document, shoji_buffer *path,
                                 struct store_result *result, shoji_error *error)
{
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
                     ? commit_entity(visit, guard, path->bytes, entity, result, error)
                     : SHOJI_STOPPED;
    else
        store_fail(error, status, NULL, "no name could be made for the entity");
    while (is_taken(status, error) && ++attempt < SLUG_ATTEMPTS + ID_ATTEMPTS) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        status = append_path(path, visit, &slug, attempt);
        if (status == SHOJI_OK)
            status = commit_entity(visit, guard, path->bytes, entity, result, error);
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

static void post_entity(struct visit *visit, const struct guard *guard,
                        const shoji_document *document)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_document *unnamed = NULL;
    struct store_result result = {0, false, 0};
    shoji_status status = SHOJI_OK;
    if (shoji_document_self(document) != NULL) {
        status = without_self(document, &unnamed);
        document = unnamed;
    }
    if (status == SHOJI_OK)
        status = create_named(visit, guard, document, &path, &result, &error);
    if (status == SHOJI_OK) {
        write_set_fields(visit, path.bytes, result.revision, true);
        visit->response->status = 201;
    } else if (status != SHOJI_STOPPED && error.status == SHOJI_OK) {
        problem_status(visit, status);
    } else if (status != SHOJI_STOPPED) {
        write_problem(visit, &error);
    }
    shoji_document_free(unnamed);
    shoji_buffer_finish(&path);
}

/* The entities that a catalog document lists, as a batch. */
struct bulk {
    struct store_write *writes; /* the first is the guard's, where there is one */
    shoji_document **documents;
    char **paths;
    const char **keys;
    size_t count;
    size_t guarded; /* 1 where the first write is the guard's */
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

static bool bulk_open(struct bulk *bulk, size_t count, const struct guard *guard)
{
    bulk->writes = calloc(count + 1, sizeof *bulk->writes);
    bulk->documents = calloc(count + 1, sizeof *bulk->documents);
    bulk->paths = calloc(count + 1, sizeof *bulk->paths);
    bulk->keys = calloc(count + 1, sizeof *bulk->keys);
    if (bulk->writes == NULL || bulk->documents == NULL || bulk->paths == NULL ||
        bulk->keys == NULL)
        return false;
    if (guard->document != NULL)
        guard_write(guard, &bulk->writes[bulk->guarded++]);
    return true;
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

static shoji_status entity_of_tuple(shoji_document **entity, shoji_value tuple,
                                    shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    if (status != SHOJI_OK)
        return store_fail_memory(error);
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "element");
    shoji_writer_string(writer, shoji_element_text(SHOJI_ELEMENT_ENTITY));
    shoji_writer_name(writer, "body");
    if (shoji_value_type(tuple) == SHOJI_OBJECT) {
        shoji_writer_value(writer, tuple);
    } else {
        shoji_writer_begin_object(writer);
        shoji_writer_end_object(writer);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        status = shoji_document_parse(entity, text.bytes, text.length, NULL, error);
    else
        store_fail_memory(error);
    shoji_buffer_finish(&text);
    return status;
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
    status = entity_of_tuple(&bulk->documents[at], member->value, error);
    if (status != SHOJI_OK) {
        fault_point(error, "/index", member->name);
        return status;
    }
    struct store_write write = {STORE_CREATE, path, bulk->documents[at], 0};
    bulk->writes[bulk->guarded + at] = write;
    return SHOJI_OK;
}

static void answer_created(struct visit *visit, size_t count)
{
    struct exchange_response *response = visit->response;
    shoji_buffer_clear(&response->body);
    shoji_status status = shoji_buffer_append_format(
        &response->body, "{\"element\":\"shoji:view\",\"value\":{\"created\":%zu}}",
        count);
    if (status != SHOJI_OK) {
        shoji_buffer_clear(&response->body);
        response->status = 201;
        return;
    }
    enum variant variant = negotiate_variant(visit->request);
    exchange_set_header(
        response, "Content-Type", "%s",
        negotiate_type(variant == VARIANT_SHOJI ? variant : VARIANT_JSON, false));
    response->status = count > 0 ? 201 : 200;
}

/* A commit's error, told of the member that was refused. */
static void refuse_bulk(struct visit *visit, const struct bulk *bulk,
                        const struct store_result *result, shoji_error *error)
{
    if (result->failed >= bulk->guarded && result->failed - bulk->guarded < bulk->count) {
        const char *key = bulk->keys[result->failed - bulk->guarded];
        if (is_taken(error->status, error))
            store_fail(
                error, SHOJI_PRECONDITION, STORE_EXISTS,
                "\"%.200s\" is there already, and nothing was created; PUT replaces "
                "a document",
                key);
        fault_point(error, "/index", key);
        problem_error(visit, error);
        return;
    }
    write_problem(visit, error);
}

static void create_bulk(struct visit *visit, const struct guard *guard, shoji_value index)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct bulk bulk = {0};
    struct store_result result = {0, false, 0};
    shoji_status status = bulk_open(&bulk, shoji_value_size(index), guard)
                              ? SHOJI_OK
                              : store_fail_memory(&error);
    shoji_members members = shoji_value_members(index);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = bulk_add(&bulk, visit, &member, &error);
    if (status != SHOJI_OK) {
        problem_body(visit, &error);
    } else {
        status =
            write_commit(visit, bulk.writes, bulk.guarded + bulk.count, &result, &error);
        if (status == SHOJI_OK)
            answer_created(visit, bulk.count);
        else
            refuse_bulk(visit, &bulk, &result, &error);
    }
    bulk_finish(&bulk);
}

static void post_catalog(struct visit *visit, const struct guard *guard,
                         const shoji_document *document)
{
    shoji_value index = shoji_document_index(document);
    size_t count = shoji_value_size(index);
    if (shoji_value_type(index) != SHOJI_OBJECT)
        problem_answer(visit, 422,
                       "a catalog that is posted must have an index: each of its members "
                       "becomes an entity");
    else if (count > BULK_MAXIMUM)
        problem_answer(visit, 413,
                       "the index has %zu members, and one request creates at most %d; "
                       "send several",
                       count, BULK_MAXIMUM);
    else if (count == 0)
        answer_created(visit, 0);
    else
        create_bulk(visit, guard, index);
}

static void post_once(struct visit *visit, const shoji_document *document)
{
    struct guard guard = {STORE_DOCUMENT_INIT, NULL};
    if (visit_open(visit) != SHOJI_OK)
        return;
    if (guard_open(visit, &guard)) {
        if (shoji_document_element(document) == SHOJI_ELEMENT_CATALOG)
            post_catalog(visit, &guard, document);
        else
            post_entity(visit, &guard, document);
    }
    guard_finish(&guard);
    visit_close(visit);
}

void method_post(struct visit *visit)
{
    shoji_document *document = NULL;
    if (incoming_read(visit, &document) != SHOJI_OK)
        return;
    shoji_element element = shoji_document_element(document);
    if (element == SHOJI_ELEMENT_ENTITY || element == SHOJI_ELEMENT_CATALOG)
        post_once(visit, document);
    else
        problem_answer(visit, 422,
                       "a catalog takes an entity, or a catalog whose index lists "
                       "entities, and this is a %s; PUT it to a path of its own",
                       shoji_element_text(element));
    shoji_document_free(document);
}
