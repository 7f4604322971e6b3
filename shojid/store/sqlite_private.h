/* What the files of the SQLite store, sqlite_*.c, share. */
#ifndef SHOJID_STORE_SQLITE_PRIVATE_H
#define SHOJID_STORE_SQLITE_PRIVATE_H

#include "store/filter.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct commit_request;

struct sqlite_store {
    struct store store; /* first: a struct store * is one of these */
    char *file;
    int flags; /* with which connections are opened */
    /* Whether there is a table of slates. A store of version 1 has none, and stays as it
     * is where it is opened for reading. */
    atomic_bool has_slates;

    /* Connections for snapshots: those that nobody uses are in a list. */
    pthread_mutex_t pool_mutex;
    pthread_cond_t pool_freed;
    struct connection *idle;
    size_t open;

    /* Commits that wait: see sqlite_commit.c. */
    pthread_mutex_t commit_mutex;
    pthread_cond_t commit_done;
    struct commit_request *waiting;
    struct commit_request **waiting_end;
    bool committing; /* somebody uses `writer` */
    size_t alone;    /* how many requests are to be tried one by one */
    struct connection *writer;

    /* The thread that finishes the index, see sqlite_fill.c; under the same mutex. */
    pthread_t filler;
    pthread_cond_t filler_told;
    bool filler_made; /* and has to be joined */
    bool filler_runs;
    bool closing;
};

/* A snapshot is a connection in a read transaction. */
static inline struct connection *connection_of(struct store_snapshot *snapshot)
{
    return (struct connection *)snapshot;
}

/*
 * Checks that the file is a store of ours and of a version that this program knows, and
 * makes one of a file that is empty; reads the store's id. One of an earlier version is
 * made one of this version, in one transaction, unless it is opened for reading alone.
 * Leaves a file that is not ours as it is.
 */
shoji_status sqlite_schema_open(struct connection *connection, bool read_only,
                                char id[17], shoji_error *error);

/* Methods of the store (store/store.h). */
shoji_status sqlite_read(struct store_snapshot *snapshot, const char *path, bool head,
                         struct store_document *document, shoji_error *error);
shoji_status sqlite_children(struct store_snapshot *snapshot, const char *path,
                             size_t limit, store_child_callback callback, void *context,
                             shoji_error *error);
shoji_status sqlite_templates(struct store_snapshot *snapshot, const char *path,
                              store_template_callback callback, void *context,
                              shoji_error *error);
shoji_status sqlite_nearest(struct store_snapshot *snapshot, const char *path,
                            struct store_document *catalog, shoji_error *error);
shoji_status sqlite_members(struct store_snapshot *snapshot, const char *path,
                            const struct store_query *query,
                            store_member_callback callback, void *context,
                            shoji_error *error);
shoji_status sqlite_count(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, uint64_t *count,
                          shoji_error *error);
shoji_status sqlite_scans(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, bool *scans,
                          shoji_error *error);
shoji_status sqlite_slates(struct store_snapshot *snapshot, const char *collection,
                           const char *key, store_slate_callback callback, void *context,
                           shoji_error *error);
shoji_status sqlite_below(struct store_snapshot *snapshot, const char *path,
                          store_child_callback callback, void *context,
                          shoji_error *error);
shoji_status sqlite_project(struct store_snapshot *snapshot, const char *path,
                            const struct store_projection *projection,
                            shoji_writer *writer, shoji_error *error);
shoji_status sqlite_check(struct store_snapshot *snapshot, store_fault_callback callback,
                          void *context, shoji_error *error);
shoji_status sqlite_commit(struct store *store, const struct store_batch *batch,
                           struct store_result *result, shoji_error *error);

/* What a look-up by path gives; id is 0 where there is no document. */
struct found {
    int64_t id;
    shoji_element element;
    int64_t parent; /* 0 for the root */
    uint64_t shown_revision;
    uint64_t revision;
};

shoji_status sqlite_find(struct connection *connection, const char *path, size_t length,
                         struct found *found, shoji_error *error);

/* The catalog with the longest path that is a prefix of the first `length` bytes of a
 * path; `catalog_length` receives its length, and may be NULL. */
shoji_status sqlite_find_nearest(struct connection *connection, const char *path,
                                 size_t length, struct found *found,
                                 size_t *catalog_length, shoji_error *error);

/* Whether a path is that of a document that was deleted. */
shoji_status sqlite_is_gone(struct connection *connection, const char *path, bool *gone,
                            shoji_error *error);

/*
 * Applies a batch within a transaction. On failure, some of it may have been done: roll
 * it back.
 */
shoji_status sqlite_apply(struct connection *connection, const struct store_batch *batch,
                          struct store_result *result, shoji_error *error);

/* Applies a batch's slates in the same way; on failure `failed` is that of the result. */
shoji_status sqlite_apply_slates(struct connection *connection,
                                 const struct store_batch *batch, uint64_t revision,
                                 size_t *failed, shoji_error *error);

/* An attribute that is indexed for a catalog. */
struct indexed_attribute {
    int64_t id;
    char *name; /* owned */
};

struct indexed_attributes {
    struct indexed_attribute *attributes;
    size_t count;
};

#define INDEXED_ATTRIBUTES_INIT                                                          \
    {                                                                                    \
        NULL, 0                                                                          \
    }

enum {
    /* The most attributes that are indexed for one catalog. Filters by others work, by
     * reading each member. */
    SQLITE_INDEXED_MAXIMUM = 1000
};

/* Adds one to a list. SHOJI_NO_MEMORY, which it also is if the name is NULL. */
shoji_status sqlite_indexed_add(struct indexed_attributes *indexed, int64_t id,
                                const char *name);

/* Reads which attributes are indexed for a catalog, or are about to be. */
shoji_status sqlite_indexed_read(struct connection *connection, int64_t catalog,
                                 struct indexed_attributes *indexed, shoji_error *error);
void sqlite_indexed_finish(struct indexed_attributes *indexed);

/*
 * Adds the keys of an entity to the index, or removes them. `text` is that of the entity,
 * with which it was added.
 */
shoji_status sqlite_index_entity(struct connection *connection,
                                 const struct indexed_attributes *indexed, int64_t entity,
                                 const shoji_document *document, shoji_error *error);
shoji_status sqlite_unindex_entity(struct connection *connection,
                                   const struct indexed_attributes *indexed,
                                   int64_t entity, shoji_error *error);

/* Adds the keys of an entity of which the text is at hand: none, where it cannot be read.
 * What fails is the store. */
shoji_status sqlite_index_text(struct connection *connection,
                               const struct indexed_attributes *indexed, int64_t entity,
                               const char *text, size_t length, shoji_error *error);

/* Runs a statement that takes an id and gives nothing. */
shoji_status sqlite_run_with_id(struct connection *connection, enum statement statement,
                                int64_t id, shoji_error *error);

/*
 * Begins to add the keys of all entities of a catalog for attributes that are new; ends
 * it, too, where there are few. Or forgets an attribute, whose keys are removed later.
 */
shoji_status sqlite_fill_begin(struct connection *connection, int64_t catalog,
                               const struct indexed_attributes *added,
                               shoji_error *error);
shoji_status sqlite_fill_forget(struct connection *connection, int64_t attribute,
                                shoji_error *error);

/* Sets the thread to work that finishes it, if there is something to finish; the mutex of
 * the commits is held. */
void sqlite_fill_wake(struct sqlite_store *sqlite);

/* Ends that thread, wherever it is. */
void sqlite_fill_stop(struct sqlite_store *sqlite);

/*
 * Keeps the templates, and what is indexed because of them, after the document at a path
 * was written or deleted, where it was or is a catalog.
 *
 * id        of the document; it may be in the store no more.
 * catalog   what it is now; NULL where it is no catalog any more.
 * was       whether it was a catalog before.
 */
shoji_status sqlite_index_catalog(struct connection *connection, const char *path,
                                  int64_t id, const shoji_document *catalog, bool was,
                                  shoji_error *error);

/*
 * The text of the statement that answers a query over the index; its arguments are, for
 * each of `count` filters, the attribute and its keys; the sequence number after which it
 * begins follows those of the first, and `limit` comes last. Or of the statement that
 * counts: it has no limit. For the tests, which look at the plan.
 */
shoji_status sqlite_query_sql(shoji_buffer *sql, const struct filter *const *filters,
                              size_t count, bool counts);

#endif
