/* Whether what the store keeps beside the texts of the documents agrees with them. */
#include "store/sqlite_private.h"

#include "store/fail.h"
#include "store/keys.h"
#include "store/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    DAMAGES_MAXIMUM = 20, /* of the file itself: more say nothing more */
    MESSAGE_SIZE = 512
};

struct check {
    struct connection *connection;
    store_fault_callback callback;
    void *context;
    shoji_error *error;
};

static shoji_status report(const struct check *check, const char *code, const char *path,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

static shoji_status report(const struct check *check, const char *code, const char *path,
                           const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct store_fault fault = {code, path, message};
    return check->callback(check->context, &fault);
}

/* A row that tells of a fault; its first column is the path. */
typedef shoji_status (*row_callback)(const struct check *check, const char *path,
                                     struct query *query);

static shoji_status for_rows(const struct check *check, struct query *query,
                             row_callback callback)
{
    shoji_status called = SHOJI_OK;
    while (called == SHOJI_OK && query_step(query)) {
        size_t length;
        const char *path = query_text(query, 0, &length);
        called = path != NULL ? callback(check, path, query) : SHOJI_NO_MEMORY;
    }
    shoji_status status = query_end(query, check->error);
    return store_conclude(check->error, status, called);
}

static shoji_status report_damage(const struct check *check, const char *text,
                                  struct query *query)
{
    (void)query;
    if (strcmp(text, "ok") == 0)
        return SHOJI_OK;
    return report(check, STORE_FAULT_DAMAGED, "/", "the file is damaged: %s", text);
}

static shoji_status check_file(const struct check *check)
{
    struct query query;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA integrity_check(%d)", DAMAGES_MAXIMUM);
    query_begin_text(&query, check->connection, sql);
    return for_rows(check, &query, report_damage);
}

static shoji_status report_orphan(const struct check *check, const char *path,
                                  struct query *query)
{
    (void)query;
    return report(check, STORE_FAULT_ORPHAN, path,
                  "there is no document at the parent of this path to hold it");
}

/* What lies below a document has its path, one segment more, and the slash. */
static shoji_status check_parents(const struct check *check)
{
    struct query query;
    query_begin_text(
        &query, check->connection,
        "SELECT d.path FROM documents d LEFT JOIN documents p ON p.id = d.parent"
        " WHERE d.path <> '/' AND (p.id IS NULL"
        " OR substr(d.path, 1, length(p.path)) <> p.path"
        " OR instr(substr(d.path, length(p.path) + 1), '/')"
        "    <> length(d.path) - length(p.path)) ORDER BY d.id");
    return for_rows(check, &query, report_orphan);
}

static shoji_status report_count(const struct check *check, const char *path,
                                 struct query *query)
{
    return report(check, STORE_FAULT_COUNT, path,
                  "the catalog counts %lld entities, and there are %lld",
                  (long long)query_integer(query, 1), (long long)query_integer(query, 2));
}

static shoji_status check_counts(const struct check *check)
{
    struct query query;
    query_begin_text(
        &query, check->connection,
        "SELECT d.path, d.member_count, coalesce(c.count, 0) FROM documents d"
        " LEFT JOIN (SELECT parent, count(*) AS count FROM documents WHERE element = ?"
        " GROUP BY parent) c ON c.parent = d.id"
        " WHERE d.member_count <> coalesce(c.count, 0) ORDER BY d.id");
    query_bind_integer(&query, SHOJI_ELEMENT_ENTITY);
    return for_rows(check, &query, report_count);
}

/* An attribute that is indexed, and what its entities say of it. */
struct keys_check {
    const struct check *check;
    const char *path; /* of the catalog */
    const char *name;
    int64_t attribute;
    int64_t entity;
    struct query present; /* whether a key is in the index */
    struct table seen;    /* the keys of this entity that have come already */
    uint64_t wanted;
    uint64_t missing;
};

static shoji_status count_key(void *context, const char *key, size_t length)
{
    struct keys_check *keys = context;
    uint32_t unused;
    if (table_find(&keys->seen, key, length, &unused))
        return SHOJI_OK;
    query_again(&keys->present);
    query_bind_integer(&keys->present, keys->attribute);
    query_bind_blob(&keys->present, key, length);
    query_bind_integer(&keys->present, keys->entity);
    keys->wanted++;
    if (!query_step(&keys->present))
        keys->missing++;
    return keys->present.code == SQLITE_OK ? table_add(&keys->seen, key, length, 0)
                                           : SHOJI_STOPPED;
}

static shoji_status count_keys_of(struct keys_check *keys, const char *text,
                                  size_t length)
{
    shoji_tree *tree;
    shoji_status status = shoji_tree_parse(&tree, text, length, NULL, NULL);
    if (status != SHOJI_OK)
        /* What is no document is a fault of its own, and has no keys. */
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    shoji_value body = shoji_value_member(shoji_tree_root(tree), "body");
    status = store_keys_of_value(shoji_value_member(body, keys->name), count_key, keys);
    table_finish(&keys->seen);
    shoji_tree_free(tree);
    return status;
}

static shoji_status count_entities(struct keys_check *keys, int64_t catalog)
{
    struct query query;
    shoji_status counted = SHOJI_OK;
    query_begin(&query, keys->check->connection, STATEMENT_MEMBERS);
    query_bind_integer(&query, catalog);
    query_bind_integer(&query, SHOJI_ELEMENT_ENTITY);
    query_bind_integer(&query, 0);
    query_bind_integer(&query, -1);
    while (counted == SHOJI_OK && query_step(&query)) {
        size_t length;
        const char *text = query_text(&query, 2, &length);
        keys->entity = query_integer(&query, 0);
        if (text != NULL)
            counted = count_keys_of(keys, text, length);
    }
    shoji_status status = query_end(&query, keys->check->error);
    return store_conclude(keys->check->error, status, counted);
}

static shoji_status count_index(const struct keys_check *keys, uint64_t *count)
{
    struct query query;
    query_begin_text(&query, keys->check->connection,
                     "SELECT count(*) FROM attributes WHERE attribute = ?");
    query_bind_integer(&query, keys->attribute);
    *count = query_step(&query) ? (uint64_t)query_integer(&query, 0) : 0;
    return query_end(&query, keys->check->error);
}

static shoji_status check_attribute(struct keys_check *keys, int64_t catalog)
{
    uint64_t count = 0;
    query_begin_text(&keys->present, keys->check->connection,
                     "SELECT 1 FROM attributes"
                     " WHERE attribute = ? AND value = ? AND entity = ?");
    shoji_status status = count_entities(keys, catalog);
    shoji_status ended = query_end(&keys->present, keys->check->error);
    if (ended != SHOJI_OK || status != SHOJI_OK)
        return ended != SHOJI_OK ? ended : status;
    status = count_index(keys, &count);
    if (status != SHOJI_OK || (keys->missing == 0 && count == keys->wanted))
        return status;
    return report(keys->check, STORE_FAULT_INDEX, keys->path,
                  "the index of the attribute \"%.200s\" has %llu entries, the entities "
                  "come to %llu, and %llu of those are not there",
                  keys->name, (unsigned long long)count, (unsigned long long)keys->wanted,
                  (unsigned long long)keys->missing);
}

/* A row of what is indexed: path and id of the catalog, id and name of the attribute. */
static shoji_status check_indexed(const struct check *check, const char *path,
                                  struct query *query)
{
    size_t length;
    struct keys_check keys = {.check = check,
                              .path = path,
                              .name = query_text(query, 3, &length),
                              .attribute = query_integer(query, 2),
                              .seen = TABLE_INIT(0)};
    return keys.name != NULL ? check_attribute(&keys, query_integer(query, 1))
                             : SHOJI_NO_MEMORY;
}

static shoji_status check_index(const struct check *check)
{
    struct query query;
    query_begin_text(&query, check->connection,
                     "SELECT d.path, d.id, i.id, i.name FROM indexed i"
                     " JOIN documents d ON d.id = i.catalog ORDER BY i.id");
    return for_rows(check, &query, check_indexed);
}

shoji_status sqlite_check(struct store_snapshot *snapshot, store_fault_callback callback,
                          void *context, shoji_error *error)
{
    struct check check = {connection_of(snapshot), callback, context, error};
    shoji_status status = check_file(&check);
    if (status == SHOJI_OK)
        status = check_parents(&check);
    if (status == SHOJI_OK)
        status = check_counts(&check);
    return status == SHOJI_OK ? check_index(&check) : status;
}
