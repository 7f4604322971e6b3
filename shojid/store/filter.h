/*
 * A query's filters, made ready to be asked of many entities: the keys that each allows
 * (store/keys.h).
 */
#ifndef SHOJID_STORE_FILTER_H
#define SHOJID_STORE_FILTER_H

#include "store/store.h"

enum {
    /* The most keys that all filters of one query can come to. */
    STORE_FILTER_KEYS_MAXIMUM = 1000
};

struct filter_key {
    char *bytes; /* owned */
    size_t length;
};

/* One filter: "attribute has any of these keys". */
struct filter {
    const char *attribute; /* lent by the query */
    struct filter_key *keys;
    size_t key_count;
};

struct filter_set {
    struct filter *filters;
    size_t count;
};

#define FILTER_SET_INIT                                                                  \
    {                                                                                    \
        NULL, 0                                                                          \
    }

/*
 * Makes the filters of a query ready. The query is lent to the set, and must outlive it.
 * SHOJI_LIMIT: too many values. SHOJI_NO_MEMORY. The set is then empty.
 */
shoji_status filter_set_init(struct filter_set *set, const struct store_query *query,
                             shoji_error *error);

/* Frees what the set owns, and leaves it empty. */
void filter_set_finish(struct filter_set *set);

/*
 * Whether an entity's body passes one filter, or all of a set.
 * SHOJI_NO_MEMORY.
 */
shoji_status filter_holds(const struct filter *filter, shoji_value body, bool *holds);
shoji_status filter_set_holds(const struct filter_set *set, shoji_value body,
                              bool *holds);

#endif
