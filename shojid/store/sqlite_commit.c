/*
 * Commits, several in one transaction where several wait: the disk is waited for once.
 *
 * Whoever commits puts a request into a queue. The first that finds nobody at work leads:
 * it takes what is in the queue, applies each request within a savepoint of its own, so
 * that one that is refused leaves no trace, commits the transaction, and wakes those
 * whose requests it took. Then whoever still waits leads in its turn.
 *
 * An error that ends the whole transaction, such as a full disk, is that of the request
 * that met it. Those applied before it are taken again in a next round. Where the commit
 * itself fails, there is no telling which of them is too much: each is then taken again
 * in a transaction of its own.
 */
#include "store/sqlite_private.h"

#include "store/fail.h"

#include <string.h>

enum {
    /* The most requests in one transaction, and the most writes after which no other
     * request is added to it. */
    ROUND_REQUESTS = 64,
    ROUND_WRITES = 1000
};

struct commit_request {
    const struct store_batch *batch;
    struct store_result result;
    shoji_error *error;
    shoji_status status;
    bool answered; /* for whoever leads alone */
    bool done;     /* under the mutex: the request may be gone as soon as this is set */
    struct commit_request *next;
};

/* Takes back what a request has done; false where the transaction has ended, or has to
 * end, since that cannot be had. */
static bool take_back(struct connection *connection)
{
    if (!connection_in_transaction(connection))
        return false;
    if (connection_run(connection, "ROLLBACK TO request; RELEASE request", NULL) ==
        SHOJI_OK)
        return true;
    connection_run(connection, "ROLLBACK", NULL);
    return false;
}

/* Applies one request, or leaves no trace of it; false where the transaction cannot go
 * on. */
static bool apply_request(struct connection *connection, struct commit_request *request)
{
    request->status = connection_run(connection, "SAVEPOINT request", request->error);
    if (request->status != SHOJI_OK)
        return connection_in_transaction(connection);
    request->status =
        sqlite_apply(connection, request->batch, &request->result, request->error);
    if (request->status == SHOJI_OK)
        request->status = connection_run(connection, "RELEASE request", request->error);
    return request->status == SHOJI_OK || take_back(connection);
}

static void answer(struct commit_request *request, shoji_status status,
                   const shoji_error *error)
{
    request->answered = true;
    if (status == SHOJI_OK || request->status != SHOJI_OK)
        return;
    request->status = status;
    if (request->error != NULL)
        *request->error = *error;
}

/* Applies requests in the open transaction, up to one with which it cannot go on: that
 * one is answered, and false. */
static bool apply_round(struct connection *connection, struct commit_request *round[],
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!apply_request(connection, round[i])) {
            round[i]->answered = true;
            return false;
        }
    }
    return true;
}

/* Begins a transaction. One that could not be rolled back, for want of memory, is first
 * rolled back now. */
static shoji_status begin(struct connection *connection, shoji_error *error)
{
    shoji_status status = SHOJI_OK;
    if (connection_in_transaction(connection))
        status = connection_run(connection, "ROLLBACK", error);
    if (status == SHOJI_OK)
        status = connection_run(connection, "BEGIN IMMEDIATE", error);
    return status;
}

/* Runs one transaction, and answers the requests in it; none of them, and false, where
 * each has to be tried alone. */
static bool run_round(struct connection *connection, struct commit_request *round[],
                      size_t count)
{
    shoji_error error = SHOJI_ERROR_INIT;
    for (size_t i = 0; i < count; i++)
        round[i]->status = SHOJI_OK;
    shoji_status status = begin(connection, &error);
    if (status == SHOJI_OK) {
        if (!apply_round(connection, round, count))
            return true;
        status = connection_run(connection, "COMMIT", &error);
        if (status != SHOJI_OK && connection_in_transaction(connection))
            connection_run(connection, "ROLLBACK", NULL);
        if (status != SHOJI_OK && count > 1)
            return false;
    }
    for (size_t i = 0; i < count; i++)
        answer(round[i], status, &error);
    return true;
}

/* The requests at the head of the queue that go into one round; the mutex is held. */
static size_t pick_round(struct sqlite_store *sqlite, struct commit_request *round[])
{
    size_t count = 0;
    size_t writes = 0;
    size_t most = sqlite->alone > 0 ? 1 : ROUND_REQUESTS;
    if (sqlite->alone > 0)
        sqlite->alone--;
    for (struct commit_request *request = sqlite->waiting;
         request != NULL && count < most && writes < ROUND_WRITES;
         request = request->next) {
        round[count++] = request;
        writes += request->batch->count + request->batch->slate_count;
    }
    return count;
}

/* Takes the requests that are answered out of the queue; the mutex is held. */
static void drop_answered(struct sqlite_store *sqlite)
{
    struct commit_request **link = &sqlite->waiting;
    while (*link != NULL) {
        struct commit_request *request = *link;
        if (request->answered) {
            *link = request->next;
            request->done = true;
        } else {
            link = &request->next;
        }
    }
    sqlite->waiting_end = link;
}

/* Runs rounds until one's own request is done; the mutex is held, but for the rounds. */
static void lead(struct sqlite_store *sqlite, const struct commit_request *own)
{
    struct commit_request *round[ROUND_REQUESTS];
    sqlite->committing = true;
    while (!own->done) {
        size_t count = pick_round(sqlite, round);
        pthread_mutex_unlock(&sqlite->commit_mutex);
        bool together = run_round(sqlite->writer, round, count);
        pthread_mutex_lock(&sqlite->commit_mutex);
        if (!together)
            sqlite->alone = count;
        drop_answered(sqlite);
        sqlite_fill_wake(sqlite);
        pthread_cond_broadcast(&sqlite->commit_done);
    }
    sqlite->committing = false;
}

shoji_status sqlite_commit(struct store *store, const struct store_batch *batch,
                           struct store_result *result, shoji_error *error)
{
    struct sqlite_store *sqlite = (struct sqlite_store *)store;
    result->failed = 0;
    if (store->read_only)
        return store_fail(error, SHOJI_USAGE, STORE_READ_ONLY,
                          "the store was opened for reading alone: start shojid without "
                          "--read-only to write to it");
    struct commit_request request = {.batch = batch, .error = error};
    pthread_mutex_lock(&sqlite->commit_mutex);
    *sqlite->waiting_end = &request;
    sqlite->waiting_end = &request.next;
    while (!request.done) {
        if (sqlite->committing)
            pthread_cond_wait(&sqlite->commit_done, &sqlite->commit_mutex);
        else
            lead(sqlite, &request);
    }
    pthread_mutex_unlock(&sqlite->commit_mutex);
    if (request.status == SHOJI_OK)
        *result = request.result;
    else
        result->failed = request.result.failed;
    return request.status;
}
