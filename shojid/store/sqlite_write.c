#include "store/sqlite_private.h"

#include "store/fail.h"
#include "store/path.h"

#include <stdlib.h>
#include <string.h>

enum {
    GONE_MAXIMUM = 100000,              /* paths of deleted documents that are kept */
    DOCUMENT_MAXIMUM = 64 * 1024 * 1024 /* bytes of a document's text */
};

/*
 * A batch on its way into the store. Writes mostly come in runs below one parent, so the
 * last one is kept: what changes for it is written once, when the next comes or at the
 * end.
 */
struct writing {
    struct connection *connection;
    int64_t revision;
    int64_t now;
    char *parent_path; /* NULL for none yet */
    size_t parent_length;
    struct found parent;
    struct indexed_attributes indexed; /* for the parent */
    int64_t more_members;
    bool parent_shows; /* the parent's representation has changed */
    shoji_buffer text;
};

/* Writes what has changed for the parent. */
static shoji_status flush_parent(struct writing *writing, shoji_error *error)
{
    if (writing->parent_path == NULL || !writing->parent_shows)
        return SHOJI_OK;
    struct query query;
    query_begin(&query, writing->connection, STATEMENT_BUMP);
    query_bind_integer(&query, writing->parent.id);
    query_bind_integer(&query, writing->more_members);
    query_bind_integer(&query, writing->revision);
    query_bind_integer(&query, writing->now);
    writing->more_members = 0;
    writing->parent_shows = false;
    return query_run(&query, error);
}

static void forget_parent(struct writing *writing)
{
    free(writing->parent_path);
    writing->parent_path = NULL;
    sqlite_indexed_finish(&writing->indexed);
}

static shoji_status remember_parent(struct writing *writing, const char *path,
                                    size_t length, shoji_error *error)
{
    shoji_status status =
        sqlite_find(writing->connection, path, length, &writing->parent, error);
    if (status == SHOJI_OK)
        status = sqlite_indexed_read(writing->connection, writing->parent.id,
                                     &writing->indexed, error);
    if (status != SHOJI_OK)
        return status;
    writing->parent_path = strndup(path, length);
    writing->parent_length = length;
    return writing->parent_path != NULL ? SHOJI_OK : store_fail_memory(error);
}

/* Makes the parent of a path the one that is kept. */
static shoji_status enter_parent(struct writing *writing, const char *path,
                                 shoji_error *error)
{
    size_t length = store_path_parent(path, strlen(path));
    if (writing->parent_path != NULL && writing->parent_length == length &&
        memcmp(writing->parent_path, path, length) == 0)
        return SHOJI_OK;
    shoji_status status = flush_parent(writing, error);
    forget_parent(writing);
    return status == SHOJI_OK ? remember_parent(writing, path, length, error) : status;
}

static bool is_shown(shoji_element element)
{
    return element == SHOJI_ELEMENT_CATALOG || element == SHOJI_ELEMENT_ENTITY;
}

/* Notes what a write changes for the parent of its document. An element of a document
 * that is not there is that of a bare value, which no parent shows. */
static void note_parent(struct writing *writing, shoji_element before,
                        shoji_element after)
{
    writing->more_members +=
        (after == SHOJI_ELEMENT_ENTITY) - (before == SHOJI_ELEMENT_ENTITY);
    if (is_shown(before) || is_shown(after))
        writing->parent_shows = true;
}

static shoji_status run_for_path(struct connection *connection, enum statement statement,
                                 const char *path, shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, statement);
    query_bind_text(&query, path, strlen(path));
    return query_run(&query, error);
}

static shoji_status insert_document(struct writing *writing,
                                    const struct store_write *write, int64_t *id,
                                    shoji_error *error)
{
    struct query query;
    query_begin(&query, writing->connection, STATEMENT_INSERT);
    query_bind_text(&query, write->path, strlen(write->path));
    query_bind_integer(&query, writing->parent.id);
    query_bind_integer(&query, shoji_document_element(write->document));
    query_bind_integer(&query, writing->revision);
    query_bind_integer(&query, writing->now);
    query_bind_text(&query, writing->text.bytes, writing->text.length);
    shoji_status status = query_run(&query, error);
    if (status != SHOJI_OK)
        return status;
    *id = sqlite3_last_insert_rowid(writing->connection->db);
    return run_for_path(writing->connection, STATEMENT_GONE_REMOVE, write->path, error);
}

static shoji_status update_document(struct writing *writing,
                                    const struct store_write *write, int64_t id,
                                    shoji_error *error)
{
    struct query query;
    query_begin(&query, writing->connection, STATEMENT_UPDATE);
    query_bind_integer(&query, id);
    query_bind_integer(&query, shoji_document_element(write->document));
    query_bind_integer(&query, writing->revision);
    query_bind_integer(&query, writing->now);
    query_bind_text(&query, writing->text.bytes, writing->text.length);
    return query_run(&query, error);
}

/* Refuses to take away what other documents lie below. None of them is named: whoever has
 * sent this may not be somebody who may know of it. */
static shoji_status check_empty(struct writing *writing, const char *path, int64_t id,
                                const char *refusal, shoji_error *error)
{
    struct query query;
    shoji_error found = SHOJI_ERROR_INIT;
    query_begin(&query, writing->connection, STATEMENT_FIND_BELOW);
    query_bind_integer(&query, id);
    if (query_step(&query))
        store_fail(&found, SHOJI_PRECONDITION, STORE_NOT_EMPTY,
                   "%.500s holds other documents: %s", path, refusal);
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && found.status != SHOJI_OK && error != NULL)
        *error = found;
    return status == SHOJI_OK ? found.status : status;
}

static shoji_status check_put(struct writing *writing, const struct store_write *write,
                              const struct found *found, shoji_error *error)
{
    shoji_element element = shoji_document_element(write->document);
    bool is_root = strcmp(write->path, "/") == 0;
    if (is_root && element != SHOJI_ELEMENT_CATALOG)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "the root / must stay a catalog, and cannot become a %s",
                          shoji_element_text(element));
    if (!is_root &&
        (writing->parent.id == 0 || writing->parent.element == SHOJI_ELEMENT_VALUE))
        return store_fail(error, SHOJI_NOT_FOUND, STORE_NO_PARENT,
                          "there is no document at %.*s to hold %s: make it first",
                          (int)writing->parent_length, writing->parent_path, write->path);
    if (found->id != 0 && element == SHOJI_ELEMENT_VALUE &&
        found->element != SHOJI_ELEMENT_VALUE)
        return check_empty(writing, write->path, found->id,
                           "a bare value cannot take its place", error);
    return SHOJI_OK;
}

static shoji_status emit_text(struct writing *writing, const struct store_write *write,
                              shoji_error *error)
{
    shoji_status status = shoji_document_emit(&writing->text, write->document, NULL);
    if (status == SHOJI_LIMIT)
        return store_fail(error, status, STORE_LARGE,
                          "the document for %s has more than %d bytes", write->path,
                          DOCUMENT_MAXIMUM);
    return status == SHOJI_OK ? SHOJI_OK : store_fail_status(error, status);
}

/* The document of a write, if it is of that element. */
static const shoji_document *document_if(const struct store_write *write,
                                         shoji_element element)
{
    return write->document != NULL && shoji_document_element(write->document) == element
               ? write->document
               : NULL;
}

/* Keeps the index after a write; `before` is what was there. */
static shoji_status index_after(struct writing *writing, const struct store_write *write,
                                int64_t id, shoji_element before, shoji_error *error)
{
    const shoji_document *entity = document_if(write, SHOJI_ELEMENT_ENTITY);
    const shoji_document *catalog = document_if(write, SHOJI_ELEMENT_CATALOG);
    bool was = before == SHOJI_ELEMENT_CATALOG;
    shoji_status status = SHOJI_OK;
    if (entity != NULL)
        status = sqlite_index_entity(writing->connection, &writing->indexed, id, entity,
                                     error);
    if (status != SHOJI_OK || (catalog == NULL && !was))
        return status;
    status =
        sqlite_index_catalog(writing->connection, write->path, id, catalog, was, error);
    if (status != SHOJI_OK)
        return status;
    /* What is indexed for the parent may have changed, and so has the document itself,
     * which may be the next one's parent. */
    status = flush_parent(writing, error);
    forget_parent(writing);
    return status;
}

static shoji_status unindex_before(struct writing *writing, const struct found *found,
                                   shoji_error *error)
{
    if (found->id == 0 || found->element != SHOJI_ELEMENT_ENTITY)
        return SHOJI_OK;
    return sqlite_unindex_entity(writing->connection, &writing->indexed, found->id,
                                 error);
}

static shoji_status put(struct writing *writing, const struct store_write *write,
                        const struct found *found, shoji_error *error)
{
    int64_t id = found->id;
    shoji_element before = id != 0 ? found->element : SHOJI_ELEMENT_VALUE;
    shoji_status status = check_put(writing, write, found, error);
    if (status == SHOJI_OK)
        status = emit_text(writing, write, error);
    if (status == SHOJI_OK)
        status = unindex_before(writing, found, error);
    if (status == SHOJI_OK)
        status = id == 0 ? insert_document(writing, write, &id, error)
                         : update_document(writing, write, id, error);
    if (status != SHOJI_OK)
        return status;
    note_parent(writing, before, shoji_document_element(write->document));
    return index_after(writing, write, id, before, error);
}

static shoji_status bury(struct connection *connection, const char *path,
                         shoji_error *error)
{
    shoji_status status = run_for_path(connection, STATEMENT_GONE_ADD, path, error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_GONE_TRIM);
    query_bind_integer(&query, GONE_MAXIMUM);
    return query_run(&query, error);
}

static shoji_status delete_document(struct writing *writing,
                                    const struct store_write *write,
                                    const struct found *found, shoji_error *error)
{
    if (strcmp(write->path, "/") == 0)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "the root / is always there, and cannot be deleted");
    shoji_status status =
        check_empty(writing, write->path, found->id, "delete them first", error);
    if (status == SHOJI_OK)
        status = unindex_before(writing, found, error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin(&query, writing->connection, STATEMENT_DELETE);
    query_bind_integer(&query, found->id);
    status = query_run(&query, error);
    if (status == SHOJI_OK)
        status = bury(writing->connection, write->path, error);
    if (status != SHOJI_OK)
        return status;
    note_parent(writing, found->element, SHOJI_ELEMENT_VALUE);
    return index_after(writing, write, found->id, found->element, error);
}

static shoji_status fail_missing(struct writing *writing, const char *path,
                                 shoji_error *error)
{
    bool gone;
    shoji_status status = sqlite_is_gone(writing->connection, path, &gone, error);
    if (status != SHOJI_OK)
        return status;
    return store_fail(error, SHOJI_NOT_FOUND, gone ? STORE_GONE : NULL,
                      gone ? "%s was deleted" : "there is nothing at %s", path);
}

/* Checks the operation against whether the document is there. */
static shoji_status check_operation(struct writing *writing,
                                    const struct store_write *write, bool exists,
                                    shoji_error *error)
{
    if (write->operation == STORE_CREATE && exists)
        return store_fail(error, SHOJI_PRECONDITION, STORE_EXISTS, "%s exists already",
                          write->path);
    bool needed = write->operation != STORE_PUT && write->operation != STORE_CREATE;
    return needed && !exists ? fail_missing(writing, write->path, error) : SHOJI_OK;
}

static shoji_status apply_write(struct writing *writing, const struct store_write *write,
                                bool *created, shoji_error *error)
{
    struct found found;
    shoji_status status = store_path_check(write->path, error);
    if (status == SHOJI_OK)
        status = enter_parent(writing, write->path, error);
    if (status == SHOJI_OK)
        status = sqlite_find(writing->connection, write->path, strlen(write->path),
                             &found, error);
    if (status == SHOJI_OK)
        status = check_operation(writing, write, found.id != 0, error);
    if (status != SHOJI_OK)
        return status;
    *created = found.id == 0;
    if (write->operation == STORE_KEEP)
        return SHOJI_OK;
    if (write->operation == STORE_DELETE)
        return delete_document(writing, write, &found, error);
    return put(writing, write, &found, error);
}

/* Checks the revision that a write asks for, before any of its batch is applied. */
static shoji_status check_revision(struct connection *connection,
                                   const struct store_write *write, shoji_error *error)
{
    if (write->if_revision == 0 && write->if_own_revision == 0)
        return SHOJI_OK;
    struct found found;
    shoji_status status =
        sqlite_find(connection, write->path, strlen(write->path), &found, error);
    if (status == SHOJI_OK && found.id == 0)
        return store_fail(error, SHOJI_PRECONDITION, STORE_CHANGED,
                          "%s is not there any more", write->path);
    bool changed =
        status == SHOJI_OK &&
        ((write->if_revision != 0 && found.shown_revision != write->if_revision) ||
         (write->if_own_revision != 0 && found.revision != write->if_own_revision));
    if (changed)
        return store_fail(error, SHOJI_PRECONDITION, STORE_CHANGED,
                          "%s has been changed meanwhile: read it again", write->path);
    return status;
}

static shoji_status check_revisions(struct connection *connection,
                                    const struct store_batch *batch, size_t *failed,
                                    shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < batch->count && status == SHOJI_OK; i++) {
        *failed = i;
        status = check_revision(connection, &batch->writes[i], error);
    }
    return status;
}

static shoji_status next_revision(struct connection *connection, int64_t *revision,
                                  shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_NEXT_REVISION);
    if (query_step(&query))
        *revision = query_integer(&query, 0);
    /* An UPDATE with RETURNING has done its work when it gives no more rows. */
    query_step(&query);
    return query_end(&query, error);
}

static shoji_status apply_writes(struct writing *writing, const struct store_batch *batch,
                                 struct store_result *result, shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < batch->count && status == SHOJI_OK; i++) {
        bool created = false;
        result->failed = i;
        status = apply_write(writing, &batch->writes[i], &created, error);
        if (i == 0)
            result->created = created;
    }
    return status == SHOJI_OK ? flush_parent(writing, error) : status;
}

shoji_status sqlite_apply(struct connection *connection, const struct store_batch *batch,
                          struct store_result *result, shoji_error *error)
{
    struct writing writing = {.connection = connection,
                              .now = batch->now,
                              .indexed = INDEXED_ATTRIBUTES_INIT,
                              .text = {.maximum = DOCUMENT_MAXIMUM}};
    struct store_result applied = {0, false, 0};
    shoji_status status = check_revisions(connection, batch, &applied.failed, error);
    if (status == SHOJI_OK)
        status = next_revision(connection, &writing.revision, error);
    if (status == SHOJI_OK)
        status = apply_writes(&writing, batch, &applied, error);
    if (status == SHOJI_OK)
        status = sqlite_apply_slates(connection, batch, (uint64_t)writing.revision,
                                     &applied.failed, error);
    forget_parent(&writing);
    shoji_buffer_finish(&writing.text);
    applied.revision = (uint64_t)writing.revision;
    if (status == SHOJI_OK)
        *result = applied;
    else
        result->failed = applied.failed;
    return status;
}
