/*
 * PATCH of a catalog: of its own members, of the entities that it lists, or of both, in
 * one commit.
 *
 * Each entity that is changed is guarded by the revision at which it was read, and not
 * the catalog by its own: so writes to other entities do not come in the way.
 */
#include "service/access.h"
#include "service/fault.h"
#include "service/faults.h"
#include "service/incoming.h"
#include "service/patch.h"
#include "service/tuple.h"
#include "service/validators.h"
#include "service/write.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

#define PRECONDITIONS "preconditions"

/* What shall become of one entity. */
struct change {
    const char *key;          /* as `index` has it */
    shoji_value tuple;        /* null removes */
    shoji_value precondition; /* SHOJI_NONE without */
    char *path;               /* canonical */
    shoji_document *document; /* NULL to remove */
};

/* All that a patch does. */
struct changes {
    struct visit *visit;
    const struct patch *patch;
    const struct store_document *catalog;
    struct change *list; /* in the order of the patch */
    size_t count;
    struct change **sorted; /* by path */
    shoji_document *own;    /* the catalog as it shall be; NULL for as it is */
    struct store_write *writes;
    const char **keys; /* of each write; NULL of the catalog's own */
    size_t write_count;
    shoji_error *error;
};

static void finish(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->list[i].path);
        shoji_document_free(changes->list[i].document);
    }
    free(changes->list);
    free(changes->sorted);
    free(changes->writes);
    free(changes->keys);
    shoji_document_free(changes->own);
}

static bool allocate(struct changes *changes, size_t count)
{
    changes->list = calloc(count + 1, sizeof *changes->list);
    changes->sorted = calloc(count + 1, sizeof *changes->sorted);
    changes->writes = calloc(count + 1, sizeof *changes->writes);
    changes->keys = calloc(count + 1, sizeof *changes->keys);
    return changes->list != NULL && changes->sorted != NULL && changes->writes != NULL &&
           changes->keys != NULL;
}

/* Answers a refusal of one member, which the error says, with its place. */
static shoji_status refuse(const struct changes *changes, const char *parent,
                           const char *key)
{
    shoji_error *error = changes->error;
    if (error->status == SHOJI_NO_MEMORY)
        return error->status;
    fault_point(error, parent, key);
    if (error->status == SHOJI_INVALID || error->status == SHOJI_LIMIT)
        problem_body(changes->visit, error);
    else
        problem_error(changes->visit, error);
    return SHOJI_STOPPED;
}

/* Notes a fault of one member of the index: others may have some, too. */
static shoji_status note(const struct changes *changes, const char *key)
{
    fault_point(changes->error, "/index", key);
    return faults_note(changes->visit, changes->error);
}

/* Appends the canonical path to which a name of `index` leads.
 * SHOJI_NO_MATCH: it is not directly below the catalog. SHOJI_NO_MEMORY. */
static shoji_status append_member_path(shoji_buffer *path, const struct visit *visit,
                                       const shoji_member *member)
{
    shoji_buffer stored = SHOJI_BUFFER_INIT;
    const char *catalog = visit->path.bytes;
    size_t length = visit->path.length;
    if (strlen(member->name) != member->name_length)
        return SHOJI_NO_MATCH;
    shoji_status status =
        site_append_inward(&stored, &visit->site, catalog, member->name);
    if (status == SHOJI_OK)
        status = site_append_target(path, &visit->site, catalog, stored.bytes);
    if (status == SHOJI_OK &&
        (route_parent(path->bytes, path->length) != length ||
         strncmp(path->bytes, catalog, length) != 0 || route_is_reserved(path->bytes)))
        status = SHOJI_NO_MATCH;
    shoji_buffer_finish(&stored);
    return status;
}

static shoji_status add_change(struct changes *changes, const shoji_member *member)
{
    struct change *change = &changes->list[changes->count];
    shoji_type type = shoji_value_type(member->value);
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_status status = append_member_path(&path, changes->visit, member);
    if (status == SHOJI_OK) {
        changes->sorted[changes->count++] = change;
        change->key = member->name;
        change->tuple = member->value;
        change->path = path.bytes;
        if (type == SHOJI_OBJECT || type == SHOJI_NULL)
            return SHOJI_OK;
        store_fail(changes->error, SHOJI_INVALID, NULL,
                   "the tuple of \"%.200s\" must be an object, or null to remove it",
                   member->name);
        return note(changes, member->name);
    }
    shoji_buffer_finish(&path);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(changes->error);
    store_fail(changes->error, SHOJI_INVALID, NULL,
               "\"%.200s\" names no entity of this catalog: those are directly below it, "
               "such as \"1/\"",
               member->name);
    return note(changes, member->name);
}

static int compare_changes(const void *one, const void *other)
{
    const struct change *a = *(struct change *const *)one;
    const struct change *b = *(struct change *const *)other;
    int order = strcmp(a->path, b->path);
    return order != 0 ? order : (a > b) - (a < b);
}

static shoji_status read_index(struct changes *changes, shoji_value index)
{
    shoji_status status = SHOJI_OK;
    shoji_members members = shoji_value_members(index);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = add_change(changes, &member);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(changes->error);
    if (faults_first(changes->visit) != NULL) {
        problem_body(changes->visit, faults_first(changes->visit));
        return SHOJI_STOPPED;
    }
    qsort(changes->sorted, changes->count, sizeof(struct change *), compare_changes);
    for (size_t i = 1; i < changes->count; i++) {
        const struct change *change = changes->sorted[i];
        if (strcmp(change->path, changes->sorted[i - 1]->path) != 0)
            continue;
        store_fail(changes->error, SHOJI_INVALID, "patch.duplicate-entry",
                   "\"%.200s\" and \"%.200s\" are the same entity; name it once",
                   changes->sorted[i - 1]->key, change->key);
        return refuse(changes, "/index", change->key);
    }
    return SHOJI_OK;
}

static struct change *find_change(const struct changes *changes, const char *path)
{
    size_t low = 0;
    size_t high = changes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, changes->sorted[middle]->path);
        if (order == 0)
            return changes->sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static shoji_status add_precondition(struct changes *changes, const shoji_member *member)
{
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_type type = shoji_value_type(member->value);
    shoji_status status = append_member_path(&path, changes->visit, member);
    struct change *change = status == SHOJI_OK ? find_change(changes, path.bytes) : NULL;
    shoji_buffer_finish(&path);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(changes->error);
    if (change != NULL && !shoji_value_exists(change->precondition) &&
        (type == SHOJI_STRING || type == SHOJI_NULL)) {
        change->precondition = member->value;
        return SHOJI_OK;
    }
    store_fail(changes->error, SHOJI_INVALID, NULL,
               change == NULL ? "\"%.200s\" is in " PRECONDITIONS ", and not in index"
               : shoji_value_exists(change->precondition)
                   ? "\"%.200s\" has two preconditions; give one"
                   : "the precondition of \"%.200s\" must be a string, as If-Match has "
                     "it, or null where nothing may be there",
               member->name);
    return refuse(changes, "/" PRECONDITIONS, member->name);
}

static shoji_status read_preconditions(struct changes *changes)
{
    shoji_value preconditions =
        shoji_value_member(patch_root(changes->patch), PRECONDITIONS);
    shoji_status status = SHOJI_OK;
    if (changes->patch->is_merge || !shoji_value_exists(preconditions))
        return SHOJI_OK;
    if (shoji_value_type(preconditions) != SHOJI_OBJECT) {
        store_fail(changes->error, SHOJI_INVALID, NULL,
                   "the member " PRECONDITIONS " must be an object of entity tags by the "
                   "names of index");
        return refuse(changes, "", PRECONDITIONS);
    }
    shoji_members members = shoji_value_members(preconditions);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = add_precondition(changes, &member);
    return status;
}

/* Whether a member of the patch is about the catalog itself. */
static bool is_own(const struct patch *patch, const shoji_member *member)
{
    if (strcmp(member->name, "index") == 0 || strcmp(member->name, "size") == 0)
        return false;
    if (strcmp(member->name, "element") == 0) {
        const char *element = shoji_value_string(member->value, NULL);
        return element == NULL ||
               strcmp(element, shoji_element_text(SHOJI_ELEMENT_CATALOG)) != 0;
    }
    return patch->is_merge || (strcmp(member->name, "self") != 0 &&
                               strcmp(member->name, PRECONDITIONS) != 0);
}

/* Whether the patch is about the catalog itself; one that is no object replaces it. */
static bool has_own(const struct patch *patch)
{
    shoji_value root = patch_root(patch);
    bool has = shoji_value_type(root) != SHOJI_OBJECT ||
               (!patch->is_merge &&
                shoji_document_element(patch->document) != SHOJI_ELEMENT_CATALOG);
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    while (!has && shoji_members_next(&members, &member))
        has = is_own(patch, &member);
    return has;
}

static shoji_status write_own(shoji_buffer *text, const struct patch *patch)
{
    shoji_writer *writer;
    shoji_value root = patch_root(patch);
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    shoji_writer_begin_object(writer);
    while (shoji_members_next(&members, &member)) {
        if (strcmp(member.name, "element") != 0 && !is_own(patch, &member))
            continue;
        shoji_writer_name_n(writer, member.name, member.name_length);
        shoji_writer_value(writer, member.value);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    return status;
}

/* Makes the part of a patch that is about the catalog itself. */
static shoji_status take_own(const struct patch *patch, struct patch *own,
                             shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    own->is_merge = patch->is_merge;
    shoji_status status = shoji_value_type(patch_root(patch)) == SHOJI_OBJECT
                              ? write_own(&text, patch)
                              : shoji_value_emit(&text, patch_root(patch), NULL);
    if (status != SHOJI_OK)
        store_fail_status(error, status);
    else if (own->is_merge)
        status = shoji_tree_parse(&own->tree, text.bytes, text.length, NULL, error);
    else
        status =
            shoji_document_parse(&own->document, text.bytes, text.length, NULL, error);
    shoji_buffer_finish(&text);
    return status;
}

/* Makes the catalog as it shall be. */
static shoji_status patch_own(struct changes *changes)
{
    struct patch own = {.is_merge = false};
    shoji_document *catalog = NULL;
    shoji_status status = take_own(changes->patch, &own, changes->error);
    if (status == SHOJI_OK)
        status = shoji_document_parse(&catalog, changes->catalog->text,
                                      changes->catalog->length, NULL, changes->error);
    if (status == SHOJI_OK)
        status = patch_apply(changes->visit, &own, catalog, &changes->own);
    shoji_document_free(catalog);
    patch_finish(&own);
    return status;
}

static void add_write(struct changes *changes, const char *key,
                      const struct store_write *write)
{
    changes->keys[changes->write_count] = key;
    changes->writes[changes->write_count++] = *write;
}

/* The catalog itself, where it changes, or where the request is about its revision. */
static void write_catalog(struct changes *changes)
{
    bool conditional = validators_limit_a_write(changes->visit->request);
    struct store_write write = {
        .operation = changes->own != NULL ? STORE_REPLACE : STORE_KEEP,
        .path = changes->catalog->path,
        .document = changes->own,
        .if_revision = conditional ? changes->catalog->shown_revision : 0,
        .if_own_revision = changes->catalog->revision,
    };
    if (changes->own != NULL || conditional)
        add_write(changes, NULL, &write);
}

/* The precondition of a member against what is there, NULL for nothing. */
static bool precondition_holds(struct changes *changes, const struct change *change,
                               const struct store_document *entity)
{
    struct visit *visit = changes->visit;
    const char *field = shoji_value_string(change->precondition, NULL);
    if (!shoji_value_exists(change->precondition))
        return true;
    if (entity == NULL || field == NULL)
        return entity == NULL && field == NULL;
    if (strcmp(field, "*") == 0)
        return true;
    uint64_t view = visit->view;
    visit->view = access_view(visit, change->path);
    bool holds = validators_hold(visit, field, entity->shown_revision);
    visit->view = view;
    return holds;
}

static shoji_status refuse_precondition(struct changes *changes,
                                        const struct change *change, bool exists)
{
    const struct store_document *catalog = changes->catalog;
    const char *field = shoji_value_string(change->precondition, NULL);
    validators_set(changes->visit, catalog->shown_revision, catalog->shown_modified,
                   VARIANT_JSON);
    store_fail(changes->error, SHOJI_PRECONDITION, NULL,
               field == NULL ? "\"%.200s\" is there already, and nothing was changed"
               : exists      ? "\"%.200s\" is not as its precondition expects it, and "
                               "nothing was changed; get it anew"
                             : "there is no \"%.200s\", and nothing was changed",
               change->key);
    return refuse(changes, "/index", change->key);
}

/* Makes an entity as the patch has it. */
static shoji_status merge_entity(struct change *change, const shoji_document *old,
                                 shoji_error *error)
{
    shoji_builder *builder = NULL;
    shoji_tree *body = NULL;
    shoji_status status =
        shoji_value_merge(&body, shoji_document_body(old), change->tuple, error);
    if (status == SHOJI_OK && shoji_builder_edit(&builder, old) != SHOJI_OK)
        status = store_fail_memory(error);
    if (status == SHOJI_OK) {
        shoji_builder_set(builder, "/body", shoji_tree_root(body));
        status = shoji_builder_finish(builder, &change->document, error);
    }
    shoji_builder_free(builder);
    shoji_tree_free(body);
    return status;
}

static shoji_status make_entity(const struct patch *patch, struct change *change,
                                const struct store_document *entity, shoji_error *error)
{
    shoji_document *old = NULL;
    shoji_status status = SHOJI_OK;
    if (entity != NULL)
        status = shoji_document_parse(&old, entity->text, entity->length, NULL, error);
    else if (patch->is_merge)
        status = tuple_entity(&old, shoji_tree_root(NULL), error);
    if (status == SHOJI_OK && patch->is_merge)
        status = merge_entity(change, old, error);
    else if (status == SHOJI_OK && entity != NULL)
        status = shoji_document_patch_body(&change->document, old, change->tuple, error);
    else if (status == SHOJI_OK)
        status = tuple_entity(&change->document, change->tuple, error);
    shoji_document_free(old);
    return status;
}

/* Adds the write of an entity; `entity` is what is there, NULL for nothing. */
static shoji_status write_entity(struct changes *changes, struct change *change,
                                 const struct store_document *entity)
{
    bool removes = shoji_value_type(change->tuple) == SHOJI_NULL;
    if (removes && entity == NULL)
        return SHOJI_OK;
    if (!removes &&
        make_entity(changes->patch, change, entity, changes->error) != SHOJI_OK)
        return refuse(changes, "/index", change->key);
    bool guarded = entity != NULL && shoji_value_exists(change->precondition);
    struct store_write write = {
        .operation = removes          ? STORE_DELETE
                     : entity != NULL ? STORE_REPLACE
                                      : STORE_CREATE,
        .path = change->path,
        .document = change->document,
        .if_revision = guarded ? entity->shown_revision : 0,
        .if_own_revision = entity != NULL ? entity->revision : 0,
    };
    add_write(changes, change->key, &write);
    return SHOJI_OK;
}

static shoji_status refuse_element(struct changes *changes, const struct change *change,
                                   shoji_element element)
{
    store_fail(changes->error, SHOJI_INVALID, NULL,
               "\"%.200s\" is a %s, and index is about entities; send the request to its "
               "own path",
               change->key, shoji_element_text(element));
    return refuse(changes, "/index", change->key);
}

static shoji_status plan_change(struct changes *changes, struct change *change)
{
    struct visit *visit = changes->visit;
    struct store_document entity = STORE_DOCUMENT_INIT;
    /* Before the look-up, by which a refusal would tell what is there. */
    if (!access_may_write(visit, change->path)) {
        store_fail(changes->error, SHOJI_USAGE, WRITE_FORBIDDEN,
                   "a rule keeps this request from writing to %.500s", change->path);
        return refuse(changes, "/index", change->key);
    }
    shoji_status status = visit->service->store->methods->read(
        visit->snapshot, change->path, false, &entity, changes->error);
    if (status != SHOJI_OK && status != SHOJI_NOT_FOUND)
        return refuse(changes, "/index", change->key);
    bool exists = status == SHOJI_OK;
    *changes->error = (shoji_error)SHOJI_ERROR_INIT;
    if (exists && entity.element != SHOJI_ELEMENT_ENTITY)
        status = refuse_element(changes, change, entity.element);
    else if (!precondition_holds(changes, change, exists ? &entity : NULL))
        status = refuse_precondition(changes, change, exists);
    else
        status = write_entity(changes, change, exists ? &entity : NULL);
    store_document_finish(&entity);
    return status;
}

/* Whether anything of what has been planned is more than a condition. */
static bool writes_something(const struct changes *changes)
{
    bool writes = false;
    for (size_t i = 0; i < changes->write_count && !writes; i++)
        writes = changes->writes[i].operation != STORE_KEEP;
    return writes;
}

/* Commits what has been planned. Where that is nothing, all tags stay as they are. */
static shoji_status commit(struct changes *changes)
{
    struct visit *visit = changes->visit;
    struct store_result result = {0, false, 0};
    shoji_status status = SHOJI_OK;
    if (changes->write_count > 0)
        status = write_commit(visit, changes->writes, changes->write_count, NULL, &result,
                              changes->error);
    if (status == SHOJI_OK)
        write_answer(visit, visit->path.bytes,
                     writes_something(changes) ? result.revision
                                               : changes->catalog->shown_revision,
                     false);
    else if (result.failed < changes->write_count && changes->keys[result.failed] != NULL)
        fault_point(changes->error, "/index", changes->keys[result.failed]);
    return status;
}

/* What `index` and `entities` of a merge patch cannot be, since they are computed. */
static shoji_status check_merge(struct changes *changes, shoji_value root)
{
    shoji_value index = shoji_value_member(root, "index");
    if (shoji_value_exists(shoji_value_member(root, "entities"))) {
        store_fail(changes->error, SHOJI_INVALID, "patch.entities",
                   "the entities of a catalog are added and removed by the names of "
                   "index, and not by its entities");
        return refuse(changes, "", "entities");
    }
    if (!shoji_value_exists(index) || shoji_value_type(index) == SHOJI_OBJECT)
        return SHOJI_OK;
    store_fail(changes->error, SHOJI_INVALID, NULL,
               "the index of a catalog must be an object; to remove entities, set each "
               "of their names to null");
    return refuse(changes, "", "index");
}

/* Whether each entity has a precondition, and nothing else changes. */
static bool are_all_guarded(const struct changes *changes)
{
    bool guarded = changes->count > 0 && !has_own(changes->patch);
    for (size_t i = 0; guarded && i < changes->count; i++)
        guarded = shoji_value_exists(changes->list[i].precondition);
    return guarded;
}

/* The conditions of the request; of one that has none, and must have, those of its
 * entities. */
static shoji_status check_conditions(struct changes *changes, shoji_value index)
{
    struct visit *visit = changes->visit;
    bool blind = write_is_blind(visit);
    if (!blind && !write_conditions_hold(visit, changes->catalog))
        return SHOJI_STOPPED;
    shoji_status status = SHOJI_OK;
    if (changes->patch->is_merge)
        status = check_merge(changes, patch_root(changes->patch));
    if (status == SHOJI_OK)
        status = read_index(changes, index);
    if (status == SHOJI_OK)
        status = read_preconditions(changes);
    if (status == SHOJI_OK && blind && !are_all_guarded(changes)) {
        write_refuse_blind(visit, changes->catalog);
        return SHOJI_STOPPED;
    }
    return status;
}

static shoji_status run(struct changes *changes, shoji_value index)
{
    shoji_status status = check_conditions(changes, index);
    if (status == SHOJI_OK && has_own(changes->patch))
        status = patch_own(changes);
    if (status == SHOJI_OK)
        write_catalog(changes);
    for (size_t i = 0; status == SHOJI_OK && i < changes->count; i++)
        status = plan_change(changes, &changes->list[i]);
    return status == SHOJI_OK ? commit(changes) : status;
}

shoji_status patch_catalog(struct visit *visit, const struct patch *patch,
                           const struct store_document *catalog, shoji_error *error)
{
    struct changes changes = {
        .visit = visit, .patch = patch, .catalog = catalog, .error = error};
    shoji_value index = shoji_value_member(patch_root(patch), "index");
    size_t count = shoji_value_size(index);
    if (count > WRITE_MEMBERS_MAXIMUM) {
        problem_answer(visit, 413,
                       "the index has %zu members, and one request changes at most %d; "
                       "send several",
                       count, WRITE_MEMBERS_MAXIMUM);
        return SHOJI_STOPPED;
    }
    shoji_status status =
        allocate(&changes, count) ? run(&changes, index) : store_fail_memory(error);
    finish(&changes);
    return status;
}
