/*
 * The schema, and whether a file is one of ours.
 *
 * documents   every document; a document's id is its place in the stable order of its
 *             catalog, and is never used again. `parent` is 0 for the root.
 *             `member_count` counts the entities directly below.
 * gone        the paths of documents that were deleted, the newest of them.
 * templates   those that catalogs declare (store/declared.h); `catalog` is the one that
 *             such a template filters: the one with the longest path that is a prefix of
 *             its directory.
 * indexed     the attributes by which some template filters a catalog. While the keys of
 *             its entities are being added, `catalog` is the negative of the catalog's
 *             id, so that no query looks there; 0 where all keys are to be removed.
 * filling     how far that has come: the id of the last entity that has its keys.
 * attributes  the keys (store/keys.h) of these attributes, of each of its entities.
 * slates      small texts beside the documents, that expire; `expires` is 0 for never.
 *
 * Version 1 had neither slates nor filling. A new version says in `upgrades` what makes
 * it of the one before, and is made of all of them.
 */
#include "store/sqlite_private.h"

#include "store/fail.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
    APPLICATION_ID = 0x53686f6a, /* "Shoj" */
    SCHEMA_VERSION = 2
};

/* Version 1. */
static const char schema[] =
    "CREATE TABLE state (id TEXT NOT NULL, revision INTEGER NOT NULL);"
    "CREATE TABLE documents ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  path TEXT NOT NULL UNIQUE,"
    "  parent INTEGER NOT NULL,"
    "  element INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  shown_revision INTEGER NOT NULL,"
    "  shown_modified INTEGER NOT NULL,"
    "  member_count INTEGER NOT NULL,"
    "  text TEXT NOT NULL);"
    "CREATE INDEX documents_by_parent ON documents (parent, element);"
    "CREATE TABLE gone ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  path TEXT NOT NULL UNIQUE);"
    "CREATE TABLE templates ("
    "  id INTEGER PRIMARY KEY,"
    "  declarer INTEGER NOT NULL,"
    "  catalog INTEGER NOT NULL,"
    "  directory TEXT NOT NULL,"
    "  pattern TEXT NOT NULL);"
    "CREATE INDEX templates_by_declarer ON templates (declarer);"
    "CREATE INDEX templates_by_catalog ON templates (catalog);"
    "CREATE INDEX templates_by_directory ON templates (directory);"
    "CREATE TABLE indexed ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  catalog INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  UNIQUE (catalog, name));"
    "CREATE TABLE attributes ("
    "  attribute INTEGER NOT NULL,"
    "  value BLOB NOT NULL,"
    "  entity INTEGER NOT NULL,"
    "  PRIMARY KEY (attribute, value, entity)) WITHOUT ROWID;";

/* What makes the next version of version 1, of version 2, and so on. */
static const char *const upgrades[SCHEMA_VERSION - 1] = {
    "CREATE TABLE slates ("
    "  collection TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  expires INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  PRIMARY KEY (collection, key)) WITHOUT ROWID;"
    "CREATE INDEX slates_by_expiry ON slates (expires) WHERE expires > 0;"
    "CREATE TABLE filling ("
    "  attribute INTEGER PRIMARY KEY,"
    "  filled INTEGER NOT NULL);",
};

static const char root_text[] =
    "{\"element\":\"shoji:catalog\",\"title\":\"Shoji catalogs\"}";

static shoji_status read_integer(struct connection *connection, const char *sql,
                                 int64_t *integer, shoji_error *error)
{
    struct query query;
    int64_t read = 0;
    query_begin_text(&query, connection, sql);
    if (query_step(&query))
        read = query_integer(&query, 0);
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK)
        *integer = read;
    return status;
}

/* Tells a store of ours from an empty file, which is one of version 0, and refuses all
 * else. */
static shoji_status check_kind(struct connection *connection, int64_t *version,
                               shoji_error *error)
{
    int64_t application = 0;
    int64_t tables = 0;
    shoji_status status =
        read_integer(connection, "PRAGMA application_id", &application, error);
    if (status == SHOJI_OK)
        status = read_integer(connection, "PRAGMA user_version", version, error);
    if (status == SHOJI_OK)
        status = read_integer(connection, "SELECT count(*) FROM sqlite_schema", &tables,
                              error);
    if (status != SHOJI_OK)
        return status;
    if (application == 0 && *version == 0 && tables == 0)
        return SHOJI_OK;
    if (application != APPLICATION_ID)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "%s is an SQLite database, but not a shojid store: name "
                          "another file",
                          connection->file);
    if (*version < 1 || *version > SCHEMA_VERSION)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "%s is a store of version %lld, and this shojid knows versions "
                          "up to %d: use the shojid that made it, or a newer one",
                          connection->file, (long long)*version, SCHEMA_VERSION);
    return SHOJI_OK;
}

static shoji_status make_id(char id[17], shoji_error *error)
{
    unsigned char random[8];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "the system gives no random numbers for the store's id");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    return SHOJI_OK;
}

static shoji_status insert_state(struct connection *connection, shoji_error *error)
{
    char id[17];
    shoji_status status = make_id(id, error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin_text(&query, connection,
                     "INSERT INTO state (id, revision) VALUES (?, 1)");
    query_bind_text(&query, id, sizeof id - 1);
    return query_run(&query, error);
}

static shoji_status insert_root(struct connection *connection, shoji_error *error)
{
    int64_t now = 0;
    shoji_status status = read_integer(
        connection, "SELECT CAST(strftime('%s', 'now') AS INTEGER)", &now, error);
    if (status != SHOJI_OK)
        return status;
    struct query query;
    query_begin(&query, connection, STATEMENT_INSERT);
    query_bind_text(&query, "/", 1);
    query_bind_integer(&query, 0);
    query_bind_integer(&query, SHOJI_ELEMENT_CATALOG);
    query_bind_integer(&query, 1);
    query_bind_integer(&query, now);
    query_bind_text(&query, root_text, sizeof root_text - 1);
    return query_run(&query, error);
}

static shoji_status make_tables(struct connection *connection, shoji_error *error)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
    shoji_status status = connection_run(connection, schema, error);
    if (status == SHOJI_OK)
        status = connection_run(connection, sql, error);
    if (status == SHOJI_OK)
        status = insert_state(connection, error);
    if (status == SHOJI_OK)
        status = insert_root(connection, error);
    return status;
}

/* Makes a store of this version of what is there. */
static shoji_status upgrade(struct connection *connection, int64_t version,
                            shoji_error *error)
{
    char sql[64];
    shoji_status status = SHOJI_OK;
    if (version == 0)
        status = make_tables(connection, error);
    for (int64_t next = version > 0 ? version : 1;
         status == SHOJI_OK && next < SCHEMA_VERSION; next++)
        status = connection_run(connection, upgrades[next - 1], error);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", SCHEMA_VERSION);
    return status == SHOJI_OK ? connection_run(connection, sql, error) : status;
}

/* Makes a store of this version, in one transaction, unless another process has just done
 * it: then what is there is looked at again. */
static shoji_status make_current(struct connection *connection, shoji_error *error)
{
    int64_t version = 0;
    shoji_status status = connection_run(connection, "BEGIN IMMEDIATE", error);
    if (status != SHOJI_OK)
        return status;
    status = check_kind(connection, &version, error);
    if (status == SHOJI_OK && version < SCHEMA_VERSION)
        status = upgrade(connection, version, error);
    if (status == SHOJI_OK)
        status = connection_run(connection, "COMMIT", error);
    if (status != SHOJI_OK)
        connection_run(connection, "ROLLBACK", NULL);
    return status;
}

static shoji_status read_id(struct connection *connection, char id[17],
                            shoji_error *error)
{
    struct query query;
    bool found = false;
    query_begin_text(&query, connection, "SELECT id FROM state");
    if (query_step(&query)) {
        size_t length;
        const char *text = query_text(&query, 0, &length);
        found = text != NULL && length == 16;
        if (found)
            memcpy(id, text, length + 1);
    }
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && !found)
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s has lost its store id: restore it from a backup",
                          connection->file);
    return status;
}

/* What a store always has, so that one which cannot give it is damaged. */
static shoji_status check_root(struct connection *connection, shoji_error *error)
{
    struct query query;
    query_begin(&query, connection, STATEMENT_READ);
    query_bind_text(&query, "/", 1);
    bool found = query_step(&query);
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && !found)
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "%s has lost its root catalog: restore it from a backup",
                          connection->file);
    return status;
}

/* Only with a write-ahead log do readers and the writer not wait for one another. */
static shoji_status use_wal(struct connection *connection, shoji_error *error)
{
    struct query query;
    bool used = false;
    query_begin_text(&query, connection, "PRAGMA journal_mode = WAL");
    if (query_step(&query)) {
        size_t length;
        const char *mode = query_text(&query, 0, &length);
        used = mode != NULL && strcmp(mode, "wal") == 0;
    }
    shoji_status status = query_end(&query, error);
    if (status == SHOJI_OK && !used)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "%s lies on a file system without shared memory, such as a "
                          "network drive: put it on a local disk",
                          connection->file);
    if (status == SHOJI_OK)
        status =
            connection_run(connection, "PRAGMA journal_size_limit = 67108864", error);
    return status;
}

shoji_status sqlite_schema_open(struct connection *connection, bool read_only,
                                char id[17], shoji_error *error)
{
    int64_t version = 0;
    shoji_status status = check_kind(connection, &version, error);
    if (status == SHOJI_OK && version == 0 && read_only)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "%s is empty: a store is made when it is opened for writing",
                          connection->file);
    if (status == SHOJI_OK && !read_only)
        status = use_wal(connection, error);
    if (status == SHOJI_OK && version < SCHEMA_VERSION && !read_only)
        status = make_current(connection, error);
    if (status == SHOJI_OK)
        status = read_id(connection, id, error);
    return status == SHOJI_OK ? check_root(connection, error) : status;
}
