/*
 * Where a shojid keeps its documents: one small interface, and a file for each that
 * implements it.
 *
 * A document is kept under its canonical path: absolute, of non-empty percent-encoded
 * segments in normal form, with a slash at its end, such as "/users/1/". "/" is the root
 * catalog, which is always there.
 *
 * Whoever reads takes a snapshot: all that is read through it is of one moment, however
 * long it takes, and holds up no writer. Whoever writes commits a batch: all of it or
 * nothing, acknowledged when it would survive a power cut.
 *
 * Revisions count the commits of a store: a document's revision is that of the last
 * commit that changed it, and is never used twice.
 *
 * Threads: any number of threads may use one store at once, each with snapshots of its
 * own.
 */
#ifndef SHOJID_STORE_STORE_H
#define SHOJID_STORE_STORE_H

#include <shoji/shoji.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The codes of shoji_error by which a store says what a status alone does not. */
#define STORE_GONE "store.gone"           /* NOT_FOUND: it was there, and was deleted */
#define STORE_NO_PARENT "store.no-parent" /* NOT_FOUND: nothing to put it into */
#define STORE_EXISTS "store.exists"       /* PRECONDITION: must not exist, but does */
#define STORE_CHANGED "store.changed"     /* PRECONDITION: another revision */
#define STORE_NOT_EMPTY "store.not-empty" /* PRECONDITION: it holds other documents */
#define STORE_READ_ONLY "store.read-only" /* USAGE: this store takes no writes */
#define STORE_BROKEN "store.broken"       /* INVALID: what is stored is not a document */
#define STORE_FULL "store.full"           /* LIMIT: no room on the disk */
#define STORE_TOO_MUCH "store.too-much"   /* RANGE: see project, below */
#define STORE_LARGE "store.large"         /* LIMIT: of a document, and not of its path */
#define STORE_BUSY "store.busy"           /* LIMIT: somebody else holds it for long */

struct store;
struct store_snapshot;

/* A document as it is stored. Everything is owned: store_document_finish frees it. */
struct store_document {
    char *path; /* canonical */
    shoji_element element;
    char *text; /* JSON, NUL-terminated; NULL where only the head was asked for */
    size_t length;
    uint64_t revision; /* of the document itself */
    int64_t modified;  /* seconds since 1970 */
    /* The same of all that its representation shows: for a catalog also the entities and
     * catalogs directly below it. Never less than the two above. */
    uint64_t shown_revision;
    int64_t shown_modified;
    uint64_t member_count; /* entities directly below a catalog */
    /* Whether the text is to be served as it is, byte for byte (dir:), rather than
     * rendered with its members. */
    bool verbatim;
};

#define STORE_DOCUMENT_INIT                                                              \
    {                                                                                    \
        NULL, SHOJI_ELEMENT_VALUE, NULL, 0, 0, 0, 0, 0, 0, false                         \
    }

void store_document_finish(struct store_document *document);

/* "attribute equals any of these texts", by the rule of spec/shoji.md, "Templates route":
 * a string exactly, a number by value, true and false a boolean, an array if any item. */
struct store_filter {
    const char *attribute;
    const char *const *values;
    size_t value_count;
};

struct store_query {
    const struct store_filter *filters; /* all must hold */
    size_t filter_count;
    uint64_t after; /* members with a greater sequence number; 0 for all */
    size_t limit;   /* how many at most; 0 for no limit */
};

/* One entity of a catalog; everything is lent for the length of the callback. */
struct store_member {
    const char *segment; /* the last segment of its path, percent-encoded, no slash */
    uint64_t sequence;   /* its place in the catalog's stable order; from 1 */
    const char *text;    /* JSON, NUL-terminated */
    size_t length;
};

/*
 * A slate: a small JSON text beside the documents, by collection and key, that ends by
 * itself. Tokens are kept in the collection "_auth"; see service/tokens.h. No request
 * for a document can read one.
 */
struct store_slate {
    const char *key;
    const char *text; /* JSON, NUL-terminated */
    size_t length;
    int64_t expires;   /* seconds since 1970; 0 for never */
    uint64_t revision; /* of the commit that wrote it */
};

/* A change of a slate, in a batch. */
struct store_slate_write {
    const char *collection; /* 1 to 64 bytes of ASCII */
    const char *key;        /* 1 to 128 bytes of ASCII */
    const char *text;       /* up to 64 KiB; NULL removes it, if it is there */
    int64_t expires;        /* as in struct store_slate */
    bool must_be_new;       /* refuse, if there is one that has not expired */
};

/* What is computed over the entities of a catalog (spec/shoji.md, "Views and orders"). */
enum store_aggregate {
    STORE_COLLECT, /* each entity's value, in their order; null where there is none */
    STORE_COUNT,   /* of entities that have the attribute, and not null */
    STORE_SUM,     /* of the numbers among the values */
    STORE_MINIMUM,
    STORE_MAXIMUM,
    STORE_MEAN,
    STORE_DISTINCT /* the different values, in the order of their first appearance */
};

struct store_projection {
    const char *attribute;
    enum store_aggregate aggregate;
    const char *by; /* another attribute, by whose values entities are grouped; or NULL */
};

/* A status other than SHOJI_OK ends the iteration, which returns it. */
typedef shoji_status (*store_slate_callback)(void *context,
                                             const struct store_slate *slate);
typedef shoji_status (*store_member_callback)(void *context,
                                              const struct store_member *member);
typedef shoji_status (*store_child_callback)(void *context, const char *segment);
typedef shoji_status (*store_template_callback)(void *context, const char *pattern);

/* What is wrong in a store; lent for the length of the callback. */
struct store_fault {
    const char *code; /* STORE_FAULT_* */
    const char *path; /* of the document that it is about */
    const char *message;
};

#define STORE_FAULT_DAMAGED "store.damaged" /* the file itself; its path is "/" */
#define STORE_FAULT_ORPHAN                                                               \
    "store.orphan"                      /* no document is where its parent should be     \
                                         */
#define STORE_FAULT_COUNT "store.count" /* a catalog counts its entities wrong */
#define STORE_FAULT_INDEX "store.index" /* the index does not agree with its entities */

typedef shoji_status (*store_fault_callback)(void *context,
                                             const struct store_fault *fault);

enum store_operation {
    STORE_PUT,     /* create or replace */
    STORE_CREATE,  /* must not exist */
    STORE_REPLACE, /* must exist */
    STORE_DELETE,  /* must exist, and hold no other documents */
    STORE_KEEP     /* must exist, and stays as it is: for the sake of a revision below */
};

struct store_write {
    enum store_operation operation;
    const char *path;               /* canonical */
    const shoji_document *document; /* what to store; NULL to delete, and to keep */
    uint64_t if_revision;           /* the shown_revision before the batch; 0 for any */
    uint64_t if_own_revision;       /* the same of the document's own revision */
};

struct store_batch {
    const struct store_write *writes;
    size_t count;
    const struct store_slate_write *slates; /* in the same commit, after the writes */
    size_t slate_count;
    int64_t now; /* seconds since 1970: the time that the documents get */
};

struct store_result {
    uint64_t revision; /* of the commit */
    bool created;      /* of the first write: it was not there before */
    size_t failed;     /* on failure: the index of the write that was refused; that of a
                          slate is counted from `count` on */
};

/*
 * What a store implements. Every method must be there but those marked "may". Errors go
 * into `error`, which may be NULL; SHOJI_NO_MEMORY and STORE_BUSY are possible
 * everywhere.
 */
struct store_methods {
    /* Ends all use of the store. No snapshot may be open. */
    void (*close)(struct store *store);

    /* Begins and ends a view of one moment. */
    shoji_status (*snapshot)(struct store *store, struct store_snapshot **snapshot,
                             shoji_error *error);
    void (*release)(struct store_snapshot *snapshot);

    /* Reads the document at a canonical path; `head` leaves its text out.
     * SHOJI_NOT_FOUND, with STORE_GONE where it is known to have been. SHOJI_INVALID with
     * STORE_BROKEN: what is there cannot be served; the message says why. */
    shoji_status (*read)(struct store_snapshot *snapshot, const char *path, bool head,
                         struct store_document *document, shoji_error *error);

    /* Calls back for each entity directly below a catalog that the query names, in their
     * stable order. A path without a catalog has none. */
    shoji_status (*members)(struct store_snapshot *snapshot, const char *path,
                            const struct store_query *query,
                            store_member_callback callback, void *context,
                            shoji_error *error);

    /* How many entities the query names; `after` and `limit` do not count. */
    shoji_status (*count)(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, uint64_t *count,
                          shoji_error *error);

    /* May. Whether it has to look at every entity of the catalog to answer the query,
     * since no index does; a store without this always has to. */
    shoji_status (*scans)(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, bool *scans,
                          shoji_error *error);

    /* Calls back with the last segment of each catalog directly below a path, in the
     * order of their making, `limit` at most. */
    shoji_status (*children)(struct store_snapshot *snapshot, const char *path,
                             size_t limit, store_child_callback callback, void *context,
                             shoji_error *error);

    /* Calls back with the last segment of each document directly below a path, whatever
     * it is, those of one element in their stable order. */
    shoji_status (*below)(struct store_snapshot *snapshot, const char *path,
                          store_child_callback callback, void *context,
                          shoji_error *error);

    /* Calls back with each template, resolved to an absolute path ("/users/{?name}"),
     * that a hosted catalog declares and that could expand to a target with this path:
     * its literal beginning up to the last slash is a directory above the path. */
    shoji_status (*templates)(struct store_snapshot *snapshot, const char *path,
                              store_template_callback callback, void *context,
                              shoji_error *error);

    /* The catalog with the longest path that is a prefix of this one; as read. */
    shoji_status (*nearest)(struct store_snapshot *snapshot, const char *path,
                            struct store_document *catalog, shoji_error *error);

    /* Computes a projection over the entities of a catalog, and writes it as one JSON
     * value, as it goes: a failure can leave part of it written. A path without a catalog
     * has no entities. SHOJI_RANGE with STORE_TOO_MUCH: it comes to more than is kept in
     * memory, see store/aggregate.h. SHOJI_INVALID with STORE_BROKEN: an entity cannot be
     * read. Or the status of the writer. */
    shoji_status (*project)(struct store_snapshot *snapshot, const char *path,
                            const struct store_projection *projection,
                            shoji_writer *writer, shoji_error *error);

    /* May. Looks whether what the store keeps beside the texts of the documents agrees
     * with them, and calls back with each fault. */
    shoji_status (*check)(struct store_snapshot *snapshot, store_fault_callback callback,
                          void *context, shoji_error *error);

    /* May. Calls back with the slate of that key, or with all of the collection, in the
     * order of their keys, where `key` is NULL; expired ones are there until they are
     * swept. SHOJI_NOT_FOUND: none of that key. A store without slates has none. */
    shoji_status (*slates)(struct store_snapshot *snapshot, const char *collection,
                           const char *key, store_slate_callback callback, void *context,
                           shoji_error *error);

    /* Commits a batch, all or nothing. A document's parent must be in the store, or come
     * earlier in the batch. On failure `result->failed` is set, too.
     * SHOJI_PRECONDITION, SHOJI_NOT_FOUND, SHOJI_USAGE, SHOJI_LIMIT with the codes above;
     * SHOJI_INVALID: the root would no longer be a catalog. */
    shoji_status (*commit)(struct store *store, const struct store_batch *batch,
                           struct store_result *result, shoji_error *error);
};

/* What every store begins with. */
struct store {
    const struct store_methods *methods;
    char id[17];    /* 16 hexadecimal digits, made with the store, NUL-terminated */
    bool read_only; /* commit always refuses */
};

/*
 * Opens a store by its specification: "sqlite:PATH" (made if it is not there, unless
 * `read_only`), or "dir:PATH".
 * SHOJI_USAGE: no such kind of store; SHOJI_NOT_FOUND, SHOJI_INVALID: not there, not
 * ours, of a newer version, not readable; the message says what to do.
 */
shoji_status store_open(struct store **store, const char *specification, bool read_only,
                        shoji_error *error);

/* Closes a store. NULL is allowed. */
void store_close(struct store *store);

#endif
