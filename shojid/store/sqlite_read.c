#include "store/sqlite_private.h"

#include "store/fail.h"
#include "store/path.h"

#include <stdlib.h>
#include <string.h>

shoji_status sqlite_find(struct connection *connection, const char *path, size_t length,
                         struct found *found, shoji_error *error)
{
    struct query query;
    struct found result = {0};
    query_begin(&query, connection, STATEMENT_FIND);
    query_bind_text(&query, path, length);
    if (query_step(&query)) {
        result.id = query_integer(&query, 0);
        result.element = (shoji_element)query_integer(&query, 1);
        result.parent = query_integer(&query, 2);
        result.shown_revision = (uint64_t)query_integer(&query, 3);
        result.revision = (uint64_t)query_integer(&query, 4);
    }
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK)
        *found = result;
    return status;
}

/* Cuts a path to the depth that a stored one can have. */
static size_t cut_to_depth(const char *path, size_t length)
{
    size_t depth = 0;
    for (size_t i = 1; i < length; i++) {
        depth += path[i] == '/';
        if (depth == STORE_PATH_DEPTH)
            return i + 1;
    }
    return length;
}

shoji_status sqlite_find_nearest(struct connection *connection, const char *path,
                                 size_t length, struct found *found,
                                 size_t *catalog_length, shoji_error *error)
{
    struct found candidate = {0};
    size_t end = cut_to_depth(path, length);
    while (end > 0) {
        shoji_status status = sqlite_find(connection, path, end, &candidate, error);
        if (status != SHOJI_OK)
            return status;
        if (candidate.id != 0 && candidate.element == SHOJI_ELEMENT_CATALOG)
            break;
        end = store_path_parent(path, end);
    }
    *found = end > 0 ? candidate : (struct found){0};
    if (catalog_length != NULL)
        *catalog_length = end;
    return SHOJI_OK;
}

shoji_status sqlite_is_gone(struct connection *connection, const char *path, bool *gone,
                            shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_IS_GONE);
    query_bind_text(&query, path, strlen(path));
    *gone = query_step(&query);
    return query_end(&query, error);
}

static shoji_status fail_not_found(struct connection *connection, const char *path,
                                   shoji_error *error)
{
    bool gone;
    shoji_status status = sqlite_is_gone(connection, path, &gone, error);
    if (status != SHOJI_OK)
        return status;
    if (gone)
        return store_fail(error, SHOJI_NOT_FOUND, STORE_GONE, "%s was deleted", path);
    return store_fail(error, SHOJI_NOT_FOUND, NULL, "there is nothing at %s", path);
}

/* Fills a document from the row of STATEMENT_READ or STATEMENT_READ_HEAD. */
static shoji_status fill_document(struct store_document *document, struct query *query,
                                  const char *path, size_t path_length, bool head)
{
    document->element = (shoji_element)query_integer(query, 0);
    document->revision = (uint64_t)query_integer(query, 1);
    document->modified = query_integer(query, 2);
    document->shown_revision = (uint64_t)query_integer(query, 3);
    document->shown_modified = query_integer(query, 4);
    document->member_count = (uint64_t)query_integer(query, 5);
    document->path = strndup(path, path_length);
    if (!head) {
        const char *text = query_text(query, 6, &document->length);
        document->text = text != NULL ? strndup(text, document->length) : NULL;
    }
    return document->path != NULL && (head || document->text != NULL) ? SHOJI_OK
                                                                      : SHOJI_NO_MEMORY;
}

/* Reads the document at the first `length` bytes of a path. */
static shoji_status read_at(struct connection *connection, const char *path,
                            size_t length, bool head, struct store_document *document,
                            bool *exists, shoji_error *error)
{
    struct store_document result = STORE_DOCUMENT_INIT;
    shoji_status filled = SHOJI_OK;
    struct query query;
    query_begin(&query, connection, head ? STATEMENT_READ_HEAD : STATEMENT_READ);
    query_bind_text(&query, path, length);
    *exists = query_step(&query);
    if (*exists)
        filled = fill_document(&result, &query, path, length, head);
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && filled != SHOJI_OK)
        status = store_fail_memory(error);
    if (status == SHOJI_OK && *exists)
        *document = result;
    else
        store_document_finish(&result);
    return status;
}

shoji_status sqlite_read(struct store_snapshot *snapshot, const char *path, bool head,
                         struct store_document *document, shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    bool exists;
    shoji_status status =
        read_at(connection, path, strlen(path), head, document, &exists, error);
    if (status == SHOJI_OK && !exists)
        return fail_not_found(connection, path, error);
    return status;
}

shoji_status sqlite_nearest(struct store_snapshot *snapshot, const char *path,
                            struct store_document *catalog, shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    struct found found;
    size_t length;
    bool exists;
    shoji_status status =
        sqlite_find_nearest(connection, path, strlen(path), &found, &length, error);
    if (status == SHOJI_OK)
        status = read_at(connection, path, length, false, catalog, &exists, error);
    if (status == SHOJI_OK && !exists)
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s has lost its root catalog: restore it from a backup",
                          connection->file);
    return status;
}

/* Calls back with the last segment of the path in the first column of a row. */
static shoji_status call_with_segment(struct query *query, shoji_buffer *segment,
                                      store_child_callback callback, void *context)
{
    size_t length;
    size_t segment_length;
    const char *path = query_text(query, 0, &length);
    if (path == NULL)
        return SHOJI_NO_MEMORY;
    const char *begin = store_path_segment(path, length, &segment_length);
    shoji_buffer_clear(segment);
    shoji_status status = shoji_buffer_append(segment, begin, segment_length);
    return status == SHOJI_OK ? callback(context, segment->bytes) : status;
}

/* Calls back with the last segment of the path of each row; ends the query. */
static shoji_status call_with_segments(struct query *query, store_child_callback callback,
                                       void *context, shoji_error *error)
{
    shoji_buffer segment = SHOJI_BUFFER_INIT;
    shoji_status called = SHOJI_OK;
    while (called == SHOJI_OK && query_step(query))
        called = call_with_segment(query, &segment, callback, context);
    shoji_status status = query_end(query, error);
    shoji_buffer_finish(&segment);
    return store_conclude(error, status, called);
}

shoji_status sqlite_children(struct store_snapshot *snapshot, const char *path,
                             size_t limit, store_child_callback callback, void *context,
                             shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    struct found found;
    shoji_status status = sqlite_find(connection, path, strlen(path), &found, error);
    if (status != SHOJI_OK || found.id == 0)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_CHILDREN);
    query_bind_integer(&query, found.id);
    query_bind_integer(&query, SHOJI_ELEMENT_CATALOG);
    query_bind_integer(&query, limit != 0 && limit <= INT64_MAX ? (int64_t)limit : -1);
    return call_with_segments(&query, callback, context, error);
}

shoji_status sqlite_below(struct store_snapshot *snapshot, const char *path,
                          store_child_callback callback, void *context,
                          shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    struct found found;
    shoji_status status = sqlite_find(connection, path, strlen(path), &found, error);
    if (status != SHOJI_OK || found.id == 0)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_BELOW);
    query_bind_integer(&query, found.id);
    return call_with_segments(&query, callback, context, error);
}

static shoji_status templates_of(struct connection *connection, const char *directory,
                                 size_t length, store_template_callback callback,
                                 void *context, shoji_error *error)
{
    struct query query;
    shoji_status called = SHOJI_OK;
    query_begin(&query, connection, STATEMENT_TEMPLATES);
    query_bind_text(&query, directory, length);
    while (called == SHOJI_OK && query_step(&query)) {
        size_t pattern_length;
        const char *pattern = query_text(&query, 0, &pattern_length);
        called = pattern != NULL ? callback(context, pattern) : SHOJI_NO_MEMORY;
    }
    shoji_status status = query_end(&query, error);
    return store_conclude(error, status, called);
}

shoji_status sqlite_templates(struct store_snapshot *snapshot, const char *path,
                              store_template_callback callback, void *context,
                              shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    shoji_status status = SHOJI_OK;
    size_t end = cut_to_depth(path, strlen(path));
    while (status == SHOJI_OK && end > 0) {
        status = templates_of(connection, path, end, callback, context, error);
        end = store_path_parent(path, end);
    }
    return status;
}
