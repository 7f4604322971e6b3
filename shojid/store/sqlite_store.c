#include "store/sqlite_store.h"

#include "store/fail.h"
#include "store/sqlite_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    /* Connections for snapshots: whoever needs one more waits for one to be released. */
    POOL_MAXIMUM = 32,
    POOL_WAIT_SECONDS = 5,
    /* Page caches, in KiB. All of them together stay a small part of the memory. */
    READER_CACHE = 512,
    WRITER_CACHE = 4096
};

static struct sqlite_store *sqlite_store_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

static void close_store(struct store *store)
{
    struct sqlite_store *sqlite = sqlite_store_of(store);
    sqlite_fill_stop(sqlite);
    while (sqlite->idle != NULL) {
        struct connection *next = sqlite->idle->next;
        connection_close(sqlite->idle);
        sqlite->idle = next;
    }
    connection_close(sqlite->writer);
    pthread_cond_destroy(&sqlite->filler_told);
    pthread_cond_destroy(&sqlite->commit_done);
    pthread_mutex_destroy(&sqlite->commit_mutex);
    pthread_cond_destroy(&sqlite->pool_freed);
    pthread_mutex_destroy(&sqlite->pool_mutex);
    free(sqlite->file);
    free(sqlite);
}

/* Waits for a connection to be idle, or for room to open one; the mutex is held. */
static bool wait_for_room(struct sqlite_store *sqlite)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += POOL_WAIT_SECONDS;
    while (sqlite->idle == NULL && sqlite->open == POOL_MAXIMUM)
        if (pthread_cond_timedwait(&sqlite->pool_freed, &sqlite->pool_mutex, &deadline) !=
            0)
            return sqlite->idle != NULL || sqlite->open < POOL_MAXIMUM;
    return true;
}

static void return_room(struct sqlite_store *sqlite)
{
    pthread_mutex_lock(&sqlite->pool_mutex);
    sqlite->open--;
    pthread_cond_signal(&sqlite->pool_freed);
    pthread_mutex_unlock(&sqlite->pool_mutex);
}

/* Takes an idle connection, or opens one. */
static shoji_status acquire(struct sqlite_store *sqlite, struct connection **connection,
                            shoji_error *error)
{
    pthread_mutex_lock(&sqlite->pool_mutex);
    bool room = wait_for_room(sqlite);
    struct connection *idle = sqlite->idle;
    if (idle != NULL)
        sqlite->idle = idle->next;
    else if (room)
        sqlite->open++;
    pthread_mutex_unlock(&sqlite->pool_mutex);
    if (!room)
        return store_fail(error, SHOJI_LIMIT, STORE_BUSY,
                          "all %d readers of the store are busy: try again later",
                          POOL_MAXIMUM);
    if (idle != NULL) {
        *connection = idle;
        return SHOJI_OK;
    }
    shoji_status status =
        connection_open(connection, sqlite->file, sqlite->flags, READER_CACHE, error);
    if (status == SHOJI_OK)
        (*connection)->store = sqlite;
    else
        return_room(sqlite);
    return status;
}

static void give_back(struct connection *connection)
{
    struct sqlite_store *sqlite = connection->store;
    pthread_mutex_lock(&sqlite->pool_mutex);
    connection->next = sqlite->idle;
    sqlite->idle = connection;
    pthread_cond_signal(&sqlite->pool_freed);
    pthread_mutex_unlock(&sqlite->pool_mutex);
}

/* Ends a connection's transaction, and gives it back; one that cannot end is closed. */
static void end_reading(struct connection *connection)
{
    struct sqlite_store *sqlite = connection->store;
    connection_run(connection, "ROLLBACK", NULL);
    if (!connection_in_transaction(connection)) {
        give_back(connection);
        return;
    }
    connection_close(connection);
    return_room(sqlite);
}

/* BEGIN alone takes no snapshot; the first reading does. */
static shoji_status begin_reading(struct connection *connection, shoji_error *error)
{
    shoji_status status = connection_run(connection, "BEGIN", error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_REVISION);
    return query_run(&query, error);
}

static shoji_status take_snapshot(struct store *store, struct store_snapshot **snapshot,
                                  shoji_error *error)
{
    struct connection *connection;
    shoji_status status = acquire(sqlite_store_of(store), &connection, error);
    if (status != SHOJI_OK)
        return status;
    status = begin_reading(connection, error);
    if (status != SHOJI_OK) {
        end_reading(connection);
        return status;
    }
    *snapshot = (struct store_snapshot *)connection;
    return SHOJI_OK;
}

static void release(struct store_snapshot *snapshot)
{
    end_reading(connection_of(snapshot));
}

static const struct store_methods methods = {
    .close = close_store,
    .snapshot = take_snapshot,
    .release = release,
    .read = sqlite_read,
    .members = sqlite_members,
    .count = sqlite_count,
    .scans = sqlite_scans,
    .children = sqlite_children,
    .below = sqlite_below,
    .templates = sqlite_templates,
    .nearest = sqlite_nearest,
    .project = sqlite_project,
    .check = sqlite_check,
    .slates = sqlite_slates,
    .commit = sqlite_commit,
};

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Goes on with the index where another process has left it. */
static shoji_status resume_filling(struct sqlite_store *sqlite, shoji_error *error)
{
    struct query query;
    query_begin_text(&query, sqlite->writer,
                     "SELECT EXISTS (SELECT 1 FROM filling)"
                     " OR EXISTS (SELECT 1 FROM indexed WHERE catalog = 0)");
    sqlite->writer->index_unfinished =
        query_step(&query) && query_integer(&query, 0) != 0;
    shoji_status status = query_end(&query, error);
    pthread_mutex_lock(&sqlite->commit_mutex);
    sqlite_fill_wake(sqlite);
    pthread_mutex_unlock(&sqlite->commit_mutex);
    return status;
}

shoji_status sqlite_store_open(struct store **store, const char *file, bool read_only,
                               shoji_error *error)
{
    struct sqlite_store *sqlite = calloc(1, sizeof *sqlite);
    if (sqlite == NULL)
        return store_fail_memory(error);
    sqlite->store.methods = &methods;
    sqlite->store.read_only = read_only;
    sqlite->flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite->waiting_end = &sqlite->waiting;
    atomic_init(&sqlite->has_slates, !read_only);
    pthread_mutex_init(&sqlite->pool_mutex, NULL);
    pthread_mutex_init(&sqlite->commit_mutex, NULL);
    init_condition(&sqlite->pool_freed);
    init_condition(&sqlite->commit_done);
    init_condition(&sqlite->filler_told);
    sqlite->file = strdup(file);
    shoji_status status =
        sqlite->file != NULL
            ? connection_open(&sqlite->writer, sqlite->file,
                              sqlite->flags | (read_only ? 0 : SQLITE_OPEN_CREATE),
                              WRITER_CACHE, error)
            : store_fail_memory(error);
    if (status == SHOJI_OK)
        status = sqlite_schema_open(sqlite->writer, read_only, sqlite->store.id, error);
    if (status == SHOJI_OK && !read_only)
        status = resume_filling(sqlite, error);
    if (status != SHOJI_OK) {
        close_store(&sqlite->store);
        return status;
    }
    *store = &sqlite->store;
    return SHOJI_OK;
}
