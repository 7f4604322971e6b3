/* Stores in temporary places, filled with documents, for the tests of every kind. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/store.h"

/* A document to fill a store with. Parents come before what they hold. */
struct fixture_document {
    const char *path;
    const char *text;
};

struct fixture {
    char directory[64];      /* a temporary one, removed at the end */
    char specification[160]; /* of the store in it */
    struct store *store;
};

/* Makes a store of a kind, "sqlite" or "dir", that holds these documents, and opens it;
 * whatever fails fails the test. In a directory, "/a/b/" becomes "a/b.json". */
void fixture_open(struct fixture *fixture, const char *kind,
                  const struct fixture_document *documents, size_t count);
/* Makes the temporary directory alone. */
void fixture_prepare(struct fixture *fixture);
/* Closes the store, if it is open, and removes everything. */
void fixture_close(struct fixture *fixture);
/* Closes and opens the store. */
void fixture_reopen(struct fixture *fixture, bool read_only);

/* Writes a file below the fixture's directory, with the directories that it needs. */
void fixture_write(const struct fixture *fixture, const char *name, const char *text);

/* One write in a commit of its own. `error` and `result` may be NULL. */
shoji_status fixture_commit(struct store *store, enum store_operation operation,
                            const char *path, const char *text, uint64_t if_revision,
                            struct store_result *result, shoji_error *error);

/* Reads a document in a snapshot of its own. */
shoji_status fixture_read(struct store *store, const char *path,
                          struct store_document *document, shoji_error *error);

/* "1 2 88374": the segments of the members of a catalog whose attribute has one of up to
 * two values; all members where `attribute` is NULL. Lent until the next call. */
const char *fixture_members(struct store *store, const char *path, const char *attribute,
                            const char *value, const char *other_value);
/* The same for any query. */
const char *fixture_query(struct store *store, const char *path,
                          const struct store_query *query);
/* The same for children, and for templates. */
const char *fixture_children(struct store *store, const char *path, size_t limit);
const char *fixture_templates(struct store *store, const char *path);

/* How many members a query names. */
uint64_t fixture_count(struct store *store, const char *path,
                       const struct store_query *query);

#endif
