/*
 * The templates that catalogs declare, and the index of the attributes by which they
 * filter. Everything here happens in the transaction of the write that makes it needed,
 * but for what takes long where a catalog has many entities: see sqlite_fill.c.
 */
#include "store/sqlite_private.h"

#include "store/declared.h"
#include "store/fail.h"
#include "store/keys.h"
#include "store/path.h"

#include <stdlib.h>
#include <string.h>

void sqlite_indexed_finish(struct indexed_attributes *indexed)
{
    for (size_t i = 0; i < indexed->count; i++)
        free(indexed->attributes[i].name);
    free(indexed->attributes);
    *indexed = (struct indexed_attributes)INDEXED_ATTRIBUTES_INIT;
}

shoji_status sqlite_indexed_add(struct indexed_attributes *indexed, int64_t id,
                                const char *name)
{
    struct indexed_attribute *attributes =
        realloc(indexed->attributes, (indexed->count + 1) * sizeof attributes[0]);
    if (attributes == NULL)
        return SHOJI_NO_MEMORY;
    indexed->attributes = attributes;
    char *copy = name != NULL ? strdup(name) : NULL;
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    attributes[indexed->count++] = (struct indexed_attribute){id, copy};
    return SHOJI_OK;
}

static bool has_name(const struct indexed_attributes *indexed, const char *name)
{
    for (size_t i = 0; i < indexed->count; i++)
        if (strcmp(indexed->attributes[i].name, name) == 0)
            return true;
    return false;
}

shoji_status sqlite_indexed_read(struct connection *connection, int64_t catalog,
                                 struct indexed_attributes *indexed, shoji_error *error)
{
    struct indexed_attributes read = INDEXED_ATTRIBUTES_INIT;
    shoji_status added = SHOJI_OK;
    struct query query;
    query_begin(&query, connection, STATEMENT_INDEXED);
    query_bind_integer(&query, catalog);
    while (added == SHOJI_OK && query_step(&query)) {
        size_t length;
        int64_t id = query_integer(&query, 0);
        added = sqlite_indexed_add(&read, id, query_text(&query, 1, &length));
        if (query_integer(&query, 2) < 0)
            connection->index_unfinished = true;
    }
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && added != SHOJI_OK)
        status = store_fail_memory(error);
    if (status == SHOJI_OK)
        *indexed = read;
    else
        sqlite_indexed_finish(&read);
    return status;
}

/* One statement that is run for each key of an entity. */
struct key_run {
    struct query query;
    int64_t attribute;
    int64_t entity;
};

static shoji_status run_for_key(void *context, const char *key, size_t length)
{
    struct key_run *run = context;
    query_again(&run->query);
    query_bind_integer(&run->query, run->attribute);
    query_bind_blob(&run->query, key, length);
    query_bind_integer(&run->query, run->entity);
    query_step(&run->query);
    return run->query.code == SQLITE_OK ? SHOJI_OK : SHOJI_STOPPED;
}

/* Runs a statement for each key of each indexed attribute of an entity. */
static shoji_status run_for_entity(struct connection *connection,
                                   enum statement statement,
                                   const struct indexed_attributes *indexed,
                                   int64_t entity, shoji_value body, shoji_error *error)
{
    struct key_run run = {.entity = entity};
    shoji_status status = SHOJI_OK;
    query_begin(&run.query, connection, statement);
    for (size_t i = 0; i < indexed->count && status == SHOJI_OK; i++) {
        run.attribute = indexed->attributes[i].id;
        status = store_keys_of_value(
            shoji_value_member(body, indexed->attributes[i].name), run_for_key, &run);
    }
    shoji_status ended = query_end(&run.query, error);
    if (ended == SHOJI_OK && status != SHOJI_OK)
        return store_fail_status(error, status);
    return ended;
}

shoji_status sqlite_index_entity(struct connection *connection,
                                 const struct indexed_attributes *indexed, int64_t entity,
                                 const shoji_document *document, shoji_error *error)
{
    if (indexed->count == 0)
        return SHOJI_OK;
    return run_for_entity(connection, STATEMENT_ATTRIBUTE_INSERT, indexed, entity,
                          shoji_document_body(document), error);
}

/* Runs a statement for the keys of an entity of which the text is at hand. `readable`
 * tells whether it is one that has keys: otherwise nothing has been run. */
static shoji_status run_for_text(struct connection *connection, enum statement statement,
                                 const struct indexed_attributes *indexed, int64_t entity,
                                 const char *text, size_t length, bool *readable,
                                 shoji_error *error)
{
    shoji_document *document;
    shoji_status status = shoji_document_parse(&document, text, length, NULL, NULL);
    *readable = status == SHOJI_OK;
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(error);
    if (status != SHOJI_OK)
        return SHOJI_OK;
    status = run_for_entity(connection, statement, indexed, entity,
                            shoji_document_body(document), error);
    shoji_document_free(document);
    return status;
}

shoji_status sqlite_unindex_entity(struct connection *connection,
                                   const struct indexed_attributes *indexed,
                                   int64_t entity, shoji_error *error)
{
    if (indexed->count == 0)
        return SHOJI_OK;
    struct query query;
    shoji_status ran = SHOJI_OK;
    bool readable = true;
    query_begin(&query, connection, STATEMENT_TEXT);
    query_bind_integer(&query, entity);
    if (query_step(&query)) {
        size_t length;
        const char *text = query_text(&query, 0, &length);
        if (text != NULL)
            ran = run_for_text(connection, STATEMENT_ATTRIBUTE_DELETE, indexed, entity,
                               text, length, &readable, error);
    }
    shoji_status status = query_end(&query, ran == SHOJI_OK ? error : NULL);
    if (ran != SHOJI_OK)
        return ran;
    if (status == SHOJI_OK && !readable)
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s holds a document that cannot be read: restore it from a "
                          "backup",
                          connection->file);
    return status;
}

shoji_status sqlite_index_text(struct connection *connection,
                               const struct indexed_attributes *indexed, int64_t entity,
                               const char *text, size_t length, shoji_error *error)
{
    bool readable;
    return run_for_text(connection, STATEMENT_ATTRIBUTE_INSERT, indexed, entity, text,
                        length, &readable, error);
}

/* Gathers the variables of a template. */
static shoji_status add_variables(struct indexed_attributes *wanted, const char *pattern)
{
    shoji_template *compiled;
    shoji_status status = shoji_template_compile(&compiled, pattern, NULL);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    size_t count = shoji_template_variable_count(compiled);
    for (size_t i = 0; i < count && status == SHOJI_OK; i++) {
        const char *name = shoji_template_variable(compiled, i);
        if (wanted->count < SQLITE_INDEXED_MAXIMUM && !has_name(wanted, name))
            status = sqlite_indexed_add(wanted, 0, name);
    }
    shoji_template_free(compiled);
    return status;
}

/* Which attributes the templates that filter a catalog ask for. */
static shoji_status read_wanted(struct connection *connection, int64_t catalog,
                                struct indexed_attributes *wanted, shoji_error *error)
{
    shoji_status added = SHOJI_OK;
    struct query query;
    query_begin(&query, connection, STATEMENT_TEMPLATES_OF_CATALOG);
    query_bind_integer(&query, catalog);
    while (added == SHOJI_OK && query_step(&query)) {
        size_t length;
        const char *pattern = query_text(&query, 0, &length);
        added = pattern != NULL ? add_variables(wanted, pattern) : SHOJI_NO_MEMORY;
    }
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && added != SHOJI_OK)
        return store_fail_memory(error);
    return status;
}

static shoji_status drop_unwanted(struct connection *connection,
                                  const struct indexed_attributes *present,
                                  const struct indexed_attributes *wanted,
                                  shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < present->count && status == SHOJI_OK; i++)
        if (!has_name(wanted, present->attributes[i].name))
            status = sqlite_fill_forget(connection, present->attributes[i].id, error);
    return status;
}

/* Where the keys of all entities are to be added in a moment, an attribute is not there
 * for queries yet. */
static shoji_status insert_indexed(struct connection *connection, int64_t catalog,
                                   const char *name, struct indexed_attributes *added,
                                   shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_INDEXED_INSERT);
    query_bind_integer(&query, -catalog);
    query_bind_text(&query, name, strlen(name));
    shoji_status status = query_run(&query, error);
    if (status != SHOJI_OK)
        return status;
    int64_t id = sqlite3_last_insert_rowid(connection->db);
    return sqlite_indexed_add(added, id, name) == SHOJI_OK ? SHOJI_OK
                                                           : store_fail_memory(error);
}

static shoji_status add_wanted(struct connection *connection, int64_t catalog,
                               const struct indexed_attributes *present,
                               const struct indexed_attributes *wanted,
                               shoji_error *error)
{
    struct indexed_attributes added = INDEXED_ATTRIBUTES_INIT;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < wanted->count && status == SHOJI_OK; i++)
        if (!has_name(present, wanted->attributes[i].name))
            status = insert_indexed(connection, catalog, wanted->attributes[i].name,
                                    &added, error);
    if (status == SHOJI_OK && added.count > 0)
        status = sqlite_fill_begin(connection, catalog, &added, error);
    sqlite_indexed_finish(&added);
    return status;
}

/* Makes what is indexed for a catalog what the templates ask for. */
static shoji_status refresh(struct connection *connection, int64_t catalog,
                            shoji_error *error)
{
    struct indexed_attributes present = INDEXED_ATTRIBUTES_INIT;
    struct indexed_attributes wanted = INDEXED_ATTRIBUTES_INIT;
    shoji_status status = sqlite_indexed_read(connection, catalog, &present, error);
    if (status == SHOJI_OK)
        status = read_wanted(connection, catalog, &wanted, error);
    if (status == SHOJI_OK)
        status = drop_unwanted(connection, &present, &wanted, error);
    if (status == SHOJI_OK)
        status = add_wanted(connection, catalog, &present, &wanted, error);
    sqlite_indexed_finish(&present);
    sqlite_indexed_finish(&wanted);
    return status;
}

/* A set of catalogs whose index is to be refreshed. */
struct affected {
    int64_t *catalogs;
    size_t count;
};

static shoji_status affect(struct affected *affected, int64_t catalog, shoji_error *error)
{
    for (size_t i = 0; i < affected->count; i++)
        if (affected->catalogs[i] == catalog)
            return SHOJI_OK;
    int64_t *catalogs =
        realloc(affected->catalogs, (affected->count + 1) * sizeof catalogs[0]);
    if (catalogs == NULL)
        return store_fail_memory(error);
    affected->catalogs = catalogs;
    catalogs[affected->count++] = catalog;
    return SHOJI_OK;
}

/* The templates that filtered the nearest catalog above a new one, and whose directories
 * lie in it, filter it from now on. */
static shoji_status retarget(struct connection *connection, const char *path, int64_t id,
                             int64_t above, shoji_error *error)
{
    /* '0' follows '/': all paths below this one lie between the two. */
    size_t length = strlen(path);
    char *end = strdup(path);
    if (end == NULL)
        return store_fail_memory(error);
    end[length - 1] = '/' + 1;
    struct query query;
    query_begin(&query, connection, STATEMENT_TEMPLATES_RETARGET);
    query_bind_integer(&query, id);
    query_bind_text(&query, path, length);
    query_bind_text(&query, end, length);
    query_bind_integer(&query, above);
    shoji_status status = query_run(&query, error);
    free(end);
    return status;
}

/* Gives the templates that filtered a catalog to the one above it. */
static shoji_status hand_up(struct connection *connection, int64_t id, int64_t above,
                            shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_TEMPLATES_RELEASE);
    query_bind_integer(&query, above);
    query_bind_integer(&query, id);
    return query_run(&query, error);
}

/* Forgets the templates that a catalog declared. */
static shoji_status forget_templates(struct connection *connection, int64_t id,
                                     struct affected *affected, shoji_error *error)
{
    shoji_status added = SHOJI_OK;
    struct query query;
    query_begin(&query, connection, STATEMENT_TEMPLATES_TARGETS);
    query_bind_integer(&query, id);
    while (added == SHOJI_OK && query_step(&query))
        added = affect(affected, query_integer(&query, 0), error);
    shoji_status status = query_end(&query, error);
    if (status != SHOJI_OK || added != SHOJI_OK)
        return status != SHOJI_OK ? status : added;
    return sqlite_run_with_id(connection, STATEMENT_TEMPLATES_DELETE, id, error);
}

static shoji_status insert_template(struct connection *connection, int64_t declarer,
                                    const struct declared_template *declared,
                                    struct affected *affected, shoji_error *error)
{
    struct found target;
    size_t length = strlen(declared->directory);
    shoji_status status = sqlite_find_nearest(connection, declared->directory, length,
                                              &target, NULL, error);
    if (status == SHOJI_OK)
        status = affect(affected, target.id, error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_TEMPLATE_INSERT);
    query_bind_integer(&query, declarer);
    query_bind_integer(&query, target.id);
    query_bind_text(&query, declared->directory, length);
    query_bind_text(&query, declared->pattern, strlen(declared->pattern));
    return query_run(&query, error);
}

static shoji_status keep_templates(struct connection *connection, const char *path,
                                   int64_t id, const shoji_document *catalog,
                                   struct affected *affected, shoji_error *error)
{
    struct declared_templates declared = DECLARED_TEMPLATES_INIT;
    shoji_status status = declared_templates_read(&declared, catalog, path, error);
    for (size_t i = 0; i < declared.count && status == SHOJI_OK; i++)
        status = insert_template(connection, id, &declared.templates[i], affected, error);
    declared_templates_finish(&declared);
    return status;
}

/* What a catalog's coming or going changes for itself and the one above it. */
static shoji_status move_targets(struct connection *connection, const char *path,
                                 int64_t id, bool is, struct affected *affected,
                                 shoji_error *error)
{
    struct found above = {0};
    size_t parent = store_path_parent(path, strlen(path));
    shoji_status status =
        sqlite_find_nearest(connection, path, parent, &above, NULL, error);
    if (status == SHOJI_OK)
        status = is ? retarget(connection, path, id, above.id, error)
                    : hand_up(connection, id, above.id, error);
    if (status == SHOJI_OK)
        status = affect(affected, id, error);
    if (status == SHOJI_OK && above.id != 0)
        status = affect(affected, above.id, error);
    return status;
}

shoji_status sqlite_index_catalog(struct connection *connection, const char *path,
                                  int64_t id, const shoji_document *catalog, bool was,
                                  shoji_error *error)
{
    struct affected affected = {NULL, 0};
    bool is = catalog != NULL;
    shoji_status status = SHOJI_OK;
    if (was)
        status = forget_templates(connection, id, &affected, error);
    if (status == SHOJI_OK && was != is)
        status = move_targets(connection, path, id, is, &affected, error);
    if (status == SHOJI_OK && is)
        status = keep_templates(connection, path, id, catalog, &affected, error);
    for (size_t i = 0; i < affected.count && status == SHOJI_OK; i++)
        status = refresh(connection, affected.catalogs[i], error);
    free(affected.catalogs);
    return status;
}
