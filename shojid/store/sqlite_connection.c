#define _XOPEN_SOURCE 700 /* realpath */

#include "store/sqlite_connection.h"

#include "store/fail.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_MILLISECONDS = 5000
};

static shoji_status fail_to_open(const char *file, shoji_error *error)
{
    return store_fail(error, SHOJI_INVALID, NULL,
                      "%s cannot be opened: it must be readable, and its directory "
                      "writable for SQLite's -wal and -shm files; change their "
                      "permissions, or serve a copy of the file and of its -wal",
                      file);
}

shoji_status connection_fail(struct connection *connection, int code, shoji_error *error)
{
    const char *file = connection->file;
    /* A quota or a limit of file sizes comes as a write that fails, without its number.
     */
    switch (code == SQLITE_IOERR_WRITE ? SQLITE_FULL : code & 0xff) {
    case SQLITE_NOMEM:
        return store_fail_memory(error);
    case SQLITE_FULL:
        return store_fail(error, SHOJI_LIMIT, STORE_FULL,
                          "%s cannot grow: its disk or a quota has no room left", file);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return store_fail(error, SHOJI_LIMIT, STORE_BUSY,
                          "%s is locked by another program: try again when it is done",
                          file);
    case SQLITE_READONLY:
        if (connection->reading)
            return fail_to_open(file, error);
        return store_fail(error, SHOJI_INVALID, STORE_READ_ONLY,
                          "%s cannot be written: make it and its directory writable",
                          file);
    case SQLITE_NOTADB:
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s is not an SQLite database: name another file, or restore "
                          "it from a backup",
                          file);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table of the store's is not there */
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s is damaged (%s): restore it from a backup", file,
                          sqlite3_errstr(code));
    case SQLITE_TOOBIG:
        return store_fail(error, SHOJI_LIMIT, STORE_LARGE,
                          "the document is too large for %s", file);
    case SQLITE_CANTOPEN:
        return fail_to_open(file, error);
    default:
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN, "%s cannot be used: %s",
                          file, sqlite3_errstr(code));
    }
}

/* Whether files can be made beside one. */
static shoji_status can_write_beside(const char *file, bool *can, shoji_error *error)
{
    char *directory = strdup(file);
    if (directory == NULL)
        return store_fail_memory(error);
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory ? 1 : 0] = '\0';
    *can = faccessat(AT_FDCWD, slash != NULL ? directory : ".", W_OK | X_OK,
                     AT_EACCESS) == 0;
    free(directory);
    return SHOJI_OK;
}

/* Whether a file can be written, and files beside it made: SQLite would else open it for
 * reading, and fail later. */
static shoji_status check_writable(const char *file, shoji_error *error)
{
    bool beside = false;
    shoji_status status = can_write_beside(file, &beside, error);
    if (status != SHOJI_OK)
        return status;
    bool itself = faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) == 0;
    if (beside && itself)
        return SHOJI_OK;
    return store_fail(error, SHOJI_INVALID, STORE_READ_ONLY,
                      itself ? "the directory of %s cannot be written, and must hold "
                               "SQLite's -wal and -shm files: change its permissions"
                             : "%s cannot be written: change its permissions, or serve "
                               "it with --read-only",
                      file);
}

/* Says why a file cannot even be tried, where that is plain. */
static shoji_status check_file(const char *file, int flags, shoji_error *error)
{
    struct stat found;
    if (stat(file, &found) == 0) {
        if (S_ISREG(found.st_mode))
            return (flags & SQLITE_OPEN_READWRITE) != 0 ? check_writable(file, error)
                                                        : SHOJI_OK;
        return store_fail(error, SHOJI_INVALID, NULL,
                          S_ISDIR(found.st_mode)
                              ? "%s is a directory: name a file in it, or serve the "
                                "documents in it with dir:PATH"
                              : "%s is not a regular file",
                          file);
    }
    if (errno != ENOENT)
        return store_fail(error, SHOJI_NOT_FOUND, NULL, "%s cannot be opened: %s", file,
                          strerror(errno));
    if ((flags & SQLITE_OPEN_CREATE) != 0)
        return SHOJI_OK;
    return store_fail(error, SHOJI_NOT_FOUND, NULL,
                      "%s is not there: a store is made when it is opened for writing",
                      file);
}

static shoji_status has_log(const char *file, bool *has, shoji_error *error)
{
    struct stat found;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&name, "%s-wal", file);
    if (status == SHOJI_OK)
        *has = stat(name.bytes, &found) == 0;
    shoji_buffer_finish(&name);
    return status == SHOJI_OK ? SHOJI_OK : store_fail_memory(error);
}

/*
 * Whether a file can be read only as one that nobody changes. A database with a
 * write-ahead log is not read without SQLite's -shm file beside it; where that cannot be
 * made, and there is no log, all there is to read is in the file itself. SQLite has both
 * beside the file that a link leads to.
 */
static shoji_status is_immutable(const char *file, bool *immutable, shoji_error *error)
{
    bool beside = false;
    bool log = false;
    char *real = realpath(file, NULL);
    if (real == NULL)
        return errno == ENOMEM ? store_fail_memory(error) : fail_to_open(file, error);
    shoji_status status = can_write_beside(real, &beside, error);
    if (status == SHOJI_OK && !beside)
        status = has_log(real, &log, error);
    free(real);
    *immutable = status == SHOJI_OK && !beside && !log;
    return status;
}

/* SQLite gives names such as ":memory:" a meaning of its own; a path has none. */
static shoji_status append_name(shoji_buffer *name, const char *file)
{
    return shoji_buffer_append_format(name, "%s%s", file[0] == '/' ? "" : "./", file);
}

static shoji_status append_immutable_name(shoji_buffer *name, const char *file)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._~/";
    shoji_status status =
        shoji_buffer_append_string(name, file[0] == '/' ? "file://" : "file:./");
    for (const char *at = file; status == SHOJI_OK && *at != '\0'; at++)
        if (strchr(plain, *at) != NULL)
            status = shoji_buffer_append(name, at, 1);
        else
            status = shoji_buffer_append_format(name, "%%%02X", (unsigned char)*at);
    return status == SHOJI_OK ? shoji_buffer_append_string(name, "?immutable=1") : status;
}

/* Opens the database of a connection, whose file has been checked. */
static shoji_status open_database(struct connection *connection, int flags,
                                  shoji_error *error)
{
    bool immutable = false;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    if (connection->reading)
        status = is_immutable(connection->file, &immutable, error);
    if (status != SHOJI_OK)
        return status;
    status = immutable ? append_immutable_name(&name, connection->file)
                       : append_name(&name, connection->file);
    int code = SQLITE_NOMEM;
    if (status == SHOJI_OK)
        code = sqlite3_open_v2(
            name.bytes, &connection->db,
            flags | SQLITE_OPEN_NOMUTEX | (immutable ? SQLITE_OPEN_URI : 0), NULL);
    shoji_buffer_finish(&name);
    return code == SQLITE_OK ? SHOJI_OK : connection_fail(connection, code, error);
}

static shoji_status configure(struct connection *connection, int cache,
                              shoji_error *error)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
             "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY",
             cache);
    sqlite3_busy_timeout(connection->db, BUSY_MILLISECONDS);
    sqlite3_extended_result_codes(connection->db, 1);
    return connection_run(connection, sql, error);
}

shoji_status connection_open(struct connection **connection, const char *file, int flags,
                             int cache, shoji_error *error)
{
    shoji_status status = check_file(file, flags, error);
    if (status != SHOJI_OK)
        return status;
    struct connection *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return store_fail_memory(error);
    opened->file = file;
    opened->reading = (flags & SQLITE_OPEN_READWRITE) == 0;
    status = open_database(opened, flags, error);
    if (status == SHOJI_OK)
        status = configure(opened, cache, error);
    if (status != SHOJI_OK) {
        connection_close(opened);
        return status;
    }
    *connection = opened;
    return SHOJI_OK;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection);
}

shoji_status connection_run(struct connection *connection, const char *sql,
                            shoji_error *error)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? SHOJI_OK : connection_fail(connection, code, error);
}

static void prepare(struct query *query, const char *sql, unsigned flags)
{
    query->code = sqlite3_prepare_v3(query->connection->db, sql, -1, flags,
                                     &query->statement, NULL);
}

void query_begin(struct query *query, struct connection *connection,
                 enum statement statement)
{
    /* What a callback of a running statement asks for may be that very statement: so one
     * is taken out while it runs. */
    *query = (struct query){.connection = connection,
                            .statement = connection->statements[statement],
                            .kept = (int)statement};
    connection->statements[statement] = NULL;
    if (query->statement == NULL)
        prepare(query, sqlite_statement_texts[statement], SQLITE_PREPARE_PERSISTENT);
}

void query_begin_text(struct query *query, struct connection *connection, const char *sql)
{
    *query = (struct query){.connection = connection, .kept = -1};
    prepare(query, sql, 0);
}

void query_bind_integer(struct query *query, int64_t integer)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_int64(query->statement, ++query->bound, integer);
}

void query_bind_text(struct query *query, const char *text, size_t length)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_text64(query->statement, ++query->bound, text, length,
                                          SQLITE_STATIC, SQLITE_UTF8);
}

void query_bind_blob(struct query *query, const char *bytes, size_t length)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_blob64(query->statement, ++query->bound, bytes, length,
                                          SQLITE_STATIC);
}

bool query_step(struct query *query)
{
    if (query->code != SQLITE_OK)
        return false;
    int code = sqlite3_step(query->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        query->code = code;
    return code == SQLITE_ROW;
}

void query_again(struct query *query)
{
    if (query->statement != NULL)
        sqlite3_reset(query->statement);
    query->bound = 0;
}

shoji_status query_end(struct query *query, shoji_error *error)
{
    struct connection *connection = query->connection;
    shoji_status status = query->code == SQLITE_OK
                              ? SHOJI_OK
                              : connection_fail(connection, query->code, error);
    if (query->statement == NULL)
        return status;
    if (query->kept >= 0 && connection->statements[query->kept] == NULL) {
        sqlite3_reset(query->statement);
        sqlite3_clear_bindings(query->statement);
        connection->statements[query->kept] = query->statement;
    } else {
        sqlite3_finalize(query->statement);
    }
    query->statement = NULL;
    return status;
}

int64_t query_integer(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

const char *query_text(struct query *query, int column, size_t *length)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    if (text == NULL)
        query->code = SQLITE_NOMEM;
    *length = (size_t)sqlite3_column_bytes(query->statement, column);
    return text;
}

shoji_status query_run(struct query *query, shoji_error *error)
{
    query_step(query);
    return query_end(query, error);
}
