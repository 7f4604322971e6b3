/*
 * A connection to the SQLite file, with its prepared statements, and the one place where
 * SQLite's errors become ours. For the files sqlite_*.c alone.
 *
 * Threads: a connection is used by one thread at a time.
 */
#ifndef SHOJID_STORE_SQLITE_CONNECTION_H
#define SHOJID_STORE_SQLITE_CONNECTION_H

#include <shoji/error.h>

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The statements that a connection prepares once; their texts are in
 * sqlite_statements.c, with the order of their arguments. */
enum statement {
    STATEMENT_REVISION,
    STATEMENT_READ,
    STATEMENT_READ_HEAD,
    STATEMENT_FIND,
    STATEMENT_FIND_BELOW,
    STATEMENT_IS_GONE,
    STATEMENT_CHILDREN,
    STATEMENT_BELOW,
    STATEMENT_MEMBERS,
    STATEMENT_TEMPLATES,
    STATEMENT_NEXT_REVISION,
    STATEMENT_INSERT,
    STATEMENT_UPDATE,
    STATEMENT_DELETE,
    STATEMENT_TEXT,
    STATEMENT_BUMP,
    STATEMENT_GONE_ADD,
    STATEMENT_GONE_TRIM,
    STATEMENT_GONE_REMOVE,
    STATEMENT_TEMPLATE_INSERT,
    STATEMENT_TEMPLATES_DELETE,
    STATEMENT_TEMPLATES_RETARGET,
    STATEMENT_TEMPLATES_RELEASE,
    STATEMENT_TEMPLATES_TARGETS,
    STATEMENT_TEMPLATES_OF_CATALOG,
    STATEMENT_INDEXED,
    STATEMENT_INDEXED_FIND,
    STATEMENT_INDEXED_INSERT,
    STATEMENT_INDEXED_DELETE,
    STATEMENT_INDEXED_READY,
    STATEMENT_INDEXED_FORGET,
    STATEMENT_INDEXED_FORGOTTEN,
    STATEMENT_FILLING_INSERT,
    STATEMENT_FILLING_DELETE,
    STATEMENT_FILLING_FIRST,
    STATEMENT_FILLING_LIKE,
    STATEMENT_FILLING_UPDATE,
    STATEMENT_ATTRIBUTE_INSERT,
    STATEMENT_ATTRIBUTE_DELETE,
    STATEMENT_ATTRIBUTES_SWEEP,
    STATEMENT_SLATE,
    STATEMENT_SLATES,
    STATEMENT_SLATE_PUT,
    STATEMENT_SLATE_DELETE,
    STATEMENT_SLATES_SWEEP,
    STATEMENT_COUNT
};

extern const char *const sqlite_statement_texts[STATEMENT_COUNT];

struct sqlite_store;

struct connection {
    struct sqlite_store *store; /* whose it is; NULL while one is being opened */
    sqlite3 *db;
    const char *file;        /* lent */
    bool reading;            /* it was opened for that alone */
    bool index_unfinished;   /* it has met what sqlite_fill.c is to finish */
    struct connection *next; /* in the list of those that are idle */
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

/*
 * Opens a connection. `flags` are those of sqlite3_open_v2; `cache` is the size of its
 * page cache in KiB. SHOJI_NOT_FOUND, SHOJI_INVALID: it cannot be opened.
 * SHOJI_NO_MEMORY.
 */
shoji_status connection_open(struct connection **connection, const char *file, int flags,
                             int cache, shoji_error *error);
void connection_close(struct connection *connection);

/* Runs a statement that takes and gives nothing, such as "BEGIN". */
shoji_status connection_run(struct connection *connection, const char *sql,
                            shoji_error *error);

/* Whether a transaction is open. */
static inline bool connection_in_transaction(struct connection *connection)
{
    return sqlite3_get_autocommit(connection->db) == 0;
}

/* Translates the error code that a call on the connection has just returned. */
shoji_status connection_fail(struct connection *connection, int code, shoji_error *error);

/*
 * One run of a statement. Errors stick, so that a run can be checked once, at its end:
 *
 *     struct query query;
 *     query_begin(&query, connection, STATEMENT_FIND);
 *     query_bind_text(&query, path, length);
 *     if (query_step(&query))
 *         id = query_integer(&query, 0);
 *     return query_end(&query, error);
 *
 * Arguments are bound in the order of the calls. Texts are lent until query_end.
 */
struct query {
    struct connection *connection;
    sqlite3_stmt *statement;
    int kept;  /* where the statement is kept, or -1 */
    int bound; /* how many arguments are bound */
    int code;  /* SQLite's, the first that was an error */
};

void query_begin(struct query *query, struct connection *connection,
                 enum statement statement);
/* Begins a statement that is prepared for this run alone. */
void query_begin_text(struct query *query, struct connection *connection,
                      const char *sql);
void query_bind_integer(struct query *query, int64_t integer);
void query_bind_text(struct query *query, const char *text, size_t length);
void query_bind_blob(struct query *query, const char *bytes, size_t length);
/* Whether there is a row. */
bool query_step(struct query *query);
/* Takes a run back to before its first step, with nothing bound. */
void query_again(struct query *query);
shoji_status query_end(struct query *query, shoji_error *error);

/* The columns of a row, from 0. Text is NUL-terminated, and lent until the next step;
 * NULL where memory is short, which then sticks. */
int64_t query_integer(struct query *query, int column);
const char *query_text(struct query *query, int column, size_t *length);

/* Steps a statement that gives no rows, and ends it. */
shoji_status query_run(struct query *query, shoji_error *error);

#endif
