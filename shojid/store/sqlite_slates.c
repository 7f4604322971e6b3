/*
 * Slates: small texts beside the documents, that end by themselves. A commit that changes
 * some sweeps a few of those that have expired: never so many that it takes long, and
 * more than it adds.
 */
#include "store/sqlite_private.h"

#include "store/fail.h"

#include <string.h>

enum {
    COLLECTION_MAXIMUM = 64,
    KEY_MAXIMUM = 128,
    TEXT_MAXIMUM = 64 * 1024,
    SWEPT_AT_LEAST = 16,
    SWEPT_FOR_EACH = 2 /* slate that is written */
};

/* Whether a store of version 1, which is read alone, has been upgraded since it was
 * opened, by somebody else. */
static shoji_status find_table(struct connection *connection, bool *found,
                               shoji_error *error)
{
    struct query query;
    *found = atomic_load(&connection->store->has_slates);
    if (*found)
        return SHOJI_OK;
    query_begin_text(&query, connection,
                     "SELECT 1 FROM sqlite_schema WHERE name = 'slates'");
    *found = query_step(&query);
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && *found)
        atomic_store(&connection->store->has_slates, true);
    return status;
}

/* Calls back with each slate that a query gives: key, expires, revision and text. */
static shoji_status give_all(struct query *query, size_t *count,
                             store_slate_callback callback, void *context)
{
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && query_step(query)) {
        struct store_slate slate;
        size_t key_length;
        slate.key = query_text(query, 0, &key_length);
        slate.expires = query_integer(query, 1);
        slate.revision = (uint64_t)query_integer(query, 2);
        slate.text = query_text(query, 3, &slate.length);
        if (slate.key == NULL || slate.text == NULL)
            break;
        status = callback(context, &slate);
        ++*count;
    }
    return status;
}

shoji_status sqlite_slates(struct store_snapshot *snapshot, const char *collection,
                           const char *key, store_slate_callback callback, void *context,
                           shoji_error *error)
{
    struct connection *connection = connection_of(snapshot);
    struct query query;
    bool found = false;
    size_t count = 0;
    shoji_status status = find_table(connection, &found, error);
    if (status == SHOJI_OK && found) {
        query_begin(&query, connection, key != NULL ? STATEMENT_SLATE : STATEMENT_SLATES);
        query_bind_text(&query, collection, strlen(collection));
        if (key != NULL)
            query_bind_text(&query, key, strlen(key));
        shoji_status own = give_all(&query, &count, callback, context);
        status = query_end(&query, error);
        if (status == SHOJI_OK)
            status = store_conclude(error, SHOJI_OK, own);
    }
    if (status == SHOJI_OK && key != NULL && count == 0)
        return store_fail(error, SHOJI_NOT_FOUND, NULL, "there is no such slate");
    return status;
}

static bool is_ascii(const char *text, size_t maximum)
{
    size_t length = 0;
    for (; text[length] != '\0' && length <= maximum; length++)
        if (text[length] < 0x20 || text[length] > 0x7E)
            return false;
    return length > 0 && length <= maximum;
}

static shoji_status check(const struct store_slate_write *write, shoji_error *error)
{
    if (!is_ascii(write->collection, COLLECTION_MAXIMUM) ||
        !is_ascii(write->key, KEY_MAXIMUM))
        return store_fail(error, SHOJI_USAGE, NULL,
                          "a slate is named by 1 to %d characters of ASCII for its "
                          "collection, and 1 to %d for its key",
                          COLLECTION_MAXIMUM, KEY_MAXIMUM);
    if (write->text != NULL && strlen(write->text) > TEXT_MAXIMUM)
        return store_fail(error, SHOJI_LIMIT, NULL,
                          "a slate has at most %d bytes of text", TEXT_MAXIMUM);
    return SHOJI_OK;
}

static shoji_status check_new(struct connection *connection,
                              const struct store_slate_write *write, int64_t now,
                              shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_SLATE);
    query_bind_text(&query, write->collection, strlen(write->collection));
    query_bind_text(&query, write->key, strlen(write->key));
    bool found = query_step(&query);
    int64_t expires = found ? query_integer(&query, 1) : 0;
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && found && (expires == 0 || expires > now))
        return store_fail(error, SHOJI_PRECONDITION, STORE_EXISTS,
                          "there is a slate of that collection and key already");
    return status;
}

static shoji_status apply(struct connection *connection,
                          const struct store_slate_write *write, int64_t now,
                          uint64_t revision, shoji_error *error)
{
    struct query query;
    shoji_status status = check(write, error);
    if (status == SHOJI_OK && write->must_be_new)
        status = check_new(connection, write, now, error);
    if (status != SHOJI_OK)
        return status;
    query_begin(&query, connection,
                write->text != NULL ? STATEMENT_SLATE_PUT : STATEMENT_SLATE_DELETE);
    query_bind_text(&query, write->collection, strlen(write->collection));
    query_bind_text(&query, write->key, strlen(write->key));
    if (write->text != NULL) {
        query_bind_integer(&query, write->expires);
        query_bind_integer(&query, (int64_t)revision);
        query_bind_text(&query, write->text, strlen(write->text));
    }
    return query_run(&query, error);
}

static shoji_status sweep(struct connection *connection, const struct store_batch *batch,
                          shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_SLATES_SWEEP);
    query_bind_integer(&query, batch->now);
    query_bind_integer(&query,
                       (int64_t)(SWEPT_AT_LEAST + SWEPT_FOR_EACH * batch->slate_count));
    return query_run(&query, error);
}

shoji_status sqlite_apply_slates(struct connection *connection,
                                 const struct store_batch *batch, uint64_t revision,
                                 size_t *failed, shoji_error *error)
{
    if (batch->slate_count == 0)
        return SHOJI_OK;
    shoji_status status = sweep(connection, batch, error);
    for (size_t i = 0; i < batch->slate_count && status == SHOJI_OK; i++) {
        *failed = batch->count + i;
        status = apply(connection, &batch->slates[i], batch->now, revision, error);
    }
    return status;
}
