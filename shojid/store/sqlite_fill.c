/*
 * Finishing the index behind the commits: what a new template makes needed can be the
 * keys of a million entities, and no writer is to wait for them.
 *
 * A commit that needs more than a little leaves a note in the store (the table filling;
 * an attribute of no catalog). A thread works through the notes in small transactions,
 * and takes its turn with those who commit. Until an attribute is complete, queries do
 * without it; every entity that is written meanwhile has its keys already. All that is
 * known is in the store, so that after a kill it goes on where it was.
 */
#include "store/sqlite_private.h"

#include "store/fail.h"

#include <string.h>
#include <time.h>

enum {
    AT_ONCE_MAXIMUM = 1000, /* entities whose keys are added in the commit itself */
    /* What ends a transaction of the thread: so many entities, or so much time. */
    STEP_ENTITIES = 500,
    STEP_MILLISECONDS = 10,
    SWEEP_KEYS = 2000,
    /* After a failure, such as a full disk. */
    RETRY_SECONDS = 2
};

shoji_status sqlite_run_with_id(struct connection *connection, enum statement statement,
                                int64_t id, shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, statement);
    query_bind_integer(&query, id);
    return query_run(&query, error);
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Adds the keys of the entities of a catalog behind one, as many as there is time for.
 * `filled` receives the last, or 0 where there is none behind it. */
static shoji_status fill_some(struct connection *connection, int64_t catalog,
                              const struct indexed_attributes *added, int64_t after,
                              int64_t limit, int64_t deadline, int64_t *filled,
                              shoji_error *error)
{
    struct query query;
    shoji_status ran = SHOJI_OK;
    int64_t last = 0;
    query_begin(&query, connection, STATEMENT_MEMBERS);
    query_bind_integer(&query, catalog);
    query_bind_integer(&query, SHOJI_ELEMENT_ENTITY);
    query_bind_integer(&query, after);
    query_bind_integer(&query, limit);
    while (ran == SHOJI_OK && (last == 0 || milliseconds() < deadline) &&
           query_step(&query)) {
        size_t length;
        const char *text = query_text(&query, 2, &length);
        last = query_integer(&query, 0);
        if (text != NULL)
            ran = sqlite_index_text(connection, added, last, text, length, error);
    }
    shoji_status status = query_end(&query, ran == SHOJI_OK ? error : NULL);
    *filled = last;
    return ran == SHOJI_OK ? status : ran;
}

/* Whether a catalog has too many entities to add their keys at once. */
static shoji_status is_large(struct connection *connection, int64_t catalog, bool *large,
                             shoji_error *error)
{
    struct query query;
    query_begin_text(&query, connection,
                     "SELECT member_count > ? FROM documents WHERE id = ?");
    query_bind_integer(&query, AT_ONCE_MAXIMUM);
    query_bind_integer(&query, catalog);
    *large = query_step(&query) && query_integer(&query, 0) != 0;
    return query_end(&query, error);
}

static shoji_status run_for_all(struct connection *connection, enum statement statement,
                                const struct indexed_attributes *attributes,
                                shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < attributes->count && status == SHOJI_OK; i++)
        status = sqlite_run_with_id(connection, statement, attributes->attributes[i].id,
                                    error);
    return status;
}

shoji_status sqlite_fill_begin(struct connection *connection, int64_t catalog,
                               const struct indexed_attributes *added, shoji_error *error)
{
    bool large;
    int64_t filled;
    shoji_status status = is_large(connection, catalog, &large, error);
    if (status != SHOJI_OK)
        return status;
    if (large) {
        connection->index_unfinished = true;
        return run_for_all(connection, STATEMENT_FILLING_INSERT, added, error);
    }
    /* The count is that of the catalog before this commit: there may be some more. */
    status = fill_some(connection, catalog, added, 0, -1, INT64_MAX, &filled, error);
    return status == SHOJI_OK
               ? run_for_all(connection, STATEMENT_INDEXED_READY, added, error)
               : status;
}

/* Removes some keys of an attribute that is forgotten, and the attribute after the last
 * of them. */
static shoji_status sweep(struct connection *connection, int64_t attribute,
                          shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_ATTRIBUTES_SWEEP);
    query_bind_integer(&query, attribute);
    query_bind_integer(&query, SWEEP_KEYS);
    shoji_status status = query_run(&query, error);
    if (status != SHOJI_OK)
        return status;
    if (sqlite3_changes(connection->db) == SWEEP_KEYS) {
        connection->index_unfinished = true;
        return SHOJI_OK;
    }
    return sqlite_run_with_id(connection, STATEMENT_INDEXED_DELETE, attribute, error);
}

shoji_status sqlite_fill_forget(struct connection *connection, int64_t attribute,
                                shoji_error *error)
{
    shoji_status status =
        sqlite_run_with_id(connection, STATEMENT_FILLING_DELETE, attribute, error);
    if (status == SHOJI_OK)
        status =
            sqlite_run_with_id(connection, STATEMENT_INDEXED_FORGET, attribute, error);
    return status == SHOJI_OK ? sweep(connection, attribute, error) : status;
}

/* What is to be filled next: attributes of one catalog that have come equally far. */
struct note {
    int64_t catalog; /* 0 for nothing */
    int64_t filled;
    struct indexed_attributes attributes;
};

static shoji_status read_note(struct connection *connection, struct note *note,
                              shoji_error *error)
{
    struct query query;
    shoji_status added = SHOJI_OK;
    query_begin(&query, connection, STATEMENT_FILLING_FIRST);
    if (query_step(&query)) {
        note->catalog = query_integer(&query, 0);
        note->filled = query_integer(&query, 1);
    }
    shoji_status status = query_end(&query, error);
    if (status != SHOJI_OK || note->catalog == 0)
        return status;
    query_begin(&query, connection, STATEMENT_FILLING_LIKE);
    query_bind_integer(&query, note->catalog);
    query_bind_integer(&query, note->filled);
    while (added == SHOJI_OK && query_step(&query)) {
        size_t length;
        int64_t id = query_integer(&query, 0);
        added = sqlite_indexed_add(&note->attributes, id, query_text(&query, 1, &length));
    }
    status = query_end(&query, error);
    return status == SHOJI_OK && added != SHOJI_OK ? store_fail_memory(error) : status;
}

static shoji_status keep_progress(struct connection *connection, const struct note *note,
                                  int64_t filled, shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < note->attributes.count && status == SHOJI_OK; i++) {
        struct query query;
        query_begin(&query, connection, STATEMENT_FILLING_UPDATE);
        query_bind_integer(&query, note->attributes.attributes[i].id);
        query_bind_integer(&query, filled);
        status = query_run(&query, error);
    }
    return status;
}

/* One step on what a note asks for. */
static shoji_status work_on(struct connection *connection, const struct note *note,
                            shoji_error *error)
{
    int64_t filled;
    shoji_status status =
        fill_some(connection, note->catalog, &note->attributes, note->filled,
                  STEP_ENTITIES, milliseconds() + STEP_MILLISECONDS, &filled, error);
    if (status == SHOJI_OK && filled != 0)
        return keep_progress(connection, note, filled, error);
    if (status == SHOJI_OK)
        status =
            run_for_all(connection, STATEMENT_FILLING_DELETE, &note->attributes, error);
    if (status == SHOJI_OK)
        status =
            run_for_all(connection, STATEMENT_INDEXED_READY, &note->attributes, error);
    return status;
}

static shoji_status find_forgotten(struct connection *connection, int64_t *attribute,
                                   shoji_error *error)
{
    struct query query;
    *attribute = 0;
    query_begin(&query, connection, STATEMENT_INDEXED_FORGOTTEN);
    if (query_step(&query))
        *attribute = query_integer(&query, 0);
    return query_end(&query, error);
}

/* Does one step within a transaction; `more` tells whether there was something to do. */
static shoji_status step(struct connection *connection, bool *more, shoji_error *error)
{
    struct note note = {0, 0, INDEXED_ATTRIBUTES_INIT};
    int64_t forgotten = 0;
    shoji_status status = read_note(connection, &note, error);
    if (status == SHOJI_OK && note.catalog != 0)
        status = work_on(connection, &note, error);
    else if (status == SHOJI_OK)
        status = find_forgotten(connection, &forgotten, error);
    if (status == SHOJI_OK && forgotten != 0)
        status = sweep(connection, forgotten, error);
    *more = note.catalog != 0 || forgotten != 0;
    sqlite_indexed_finish(&note.attributes);
    return status;
}

static shoji_status run_step(struct connection *connection, bool *more)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = SHOJI_OK;
    if (connection_in_transaction(connection))
        status = connection_run(connection, "ROLLBACK", &error);
    if (status == SHOJI_OK)
        status = connection_run(connection, "BEGIN IMMEDIATE", &error);
    if (status == SHOJI_OK)
        status = step(connection, more, &error);
    if (status == SHOJI_OK)
        status = connection_run(connection, "COMMIT", &error);
    if (status != SHOJI_OK && connection_in_transaction(connection))
        connection_run(connection, "ROLLBACK", NULL);
    return status;
}

/* Waits so long, or until the store is closed; the mutex is held. */
static void rest(struct sqlite_store *sqlite, int64_t duration)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += duration / 1000;
    until.tv_nsec += duration % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!sqlite->closing && pthread_cond_timedwait(&sqlite->filler_told,
                                                      &sqlite->commit_mutex, &until) == 0)
        ;
}

/* Takes the writer for one step; the mutex is held. Returns whether there may be more to
 * do. Then the writers have as long for themselves as the step took. */
static bool take_turn(struct sqlite_store *sqlite)
{
    bool more = true;
    sqlite->committing = true;
    sqlite->writer->index_unfinished = false;
    pthread_mutex_unlock(&sqlite->commit_mutex);
    int64_t begin = milliseconds();
    shoji_status status = run_step(sqlite->writer, &more);
    int64_t duration = milliseconds() - begin;
    pthread_mutex_lock(&sqlite->commit_mutex);
    more = more || status != SHOJI_OK || sqlite->writer->index_unfinished;
    sqlite->committing = false;
    pthread_cond_broadcast(&sqlite->commit_done);
    if (more)
        rest(sqlite, status == SHOJI_OK ? duration + 1 : RETRY_SECONDS * 1000);
    return more;
}

static void *fill(void *context)
{
    struct sqlite_store *sqlite = context;
    bool more = true;
    pthread_mutex_lock(&sqlite->commit_mutex);
    while (more && !sqlite->closing) {
        if (sqlite->committing)
            pthread_cond_wait(&sqlite->commit_done, &sqlite->commit_mutex);
        else
            more = take_turn(sqlite);
    }
    sqlite->filler_runs = false;
    pthread_mutex_unlock(&sqlite->commit_mutex);
    return NULL;
}

void sqlite_fill_wake(struct sqlite_store *sqlite)
{
    if (!sqlite->writer->index_unfinished || sqlite->filler_runs || sqlite->closing)
        return;
    /* One that has done its work has let go of the mutex for the last time. */
    if (sqlite->filler_made)
        pthread_join(sqlite->filler, NULL);
    sqlite->filler_made = pthread_create(&sqlite->filler, NULL, fill, sqlite) == 0;
    sqlite->filler_runs = sqlite->filler_made;
}

void sqlite_fill_stop(struct sqlite_store *sqlite)
{
    pthread_mutex_lock(&sqlite->commit_mutex);
    sqlite->closing = true;
    pthread_cond_broadcast(&sqlite->filler_told);
    pthread_cond_broadcast(&sqlite->commit_done);
    bool made = sqlite->filler_made;
    pthread_mutex_unlock(&sqlite->commit_mutex);
    if (made)
        pthread_join(sqlite->filler, NULL);
}
