#include "store/filter.h"

#include "store/fail.h"
#include "store/keys.h"

#include <stdlib.h>
#include <string.h>

/* Where the keys of a filter's values are gathered. */
struct gathering {
    struct filter *filter;
    size_t *total;
};

static shoji_status add_key(void *context, const char *key, size_t length)
{
    struct gathering *gathering = context;
    struct filter *filter = gathering->filter;
    if (*gathering->total >= STORE_FILTER_KEYS_MAXIMUM)
        return SHOJI_LIMIT;
    struct filter_key *keys =
        realloc(filter->keys, (filter->key_count + 1) * sizeof filter->keys[0]);
    if (keys == NULL)
        return SHOJI_NO_MEMORY;
    filter->keys = keys;
    char *bytes = malloc(length);
    if (bytes == NULL)
        return SHOJI_NO_MEMORY;
    memcpy(bytes, key, length);
    filter->keys[filter->key_count++] = (struct filter_key){bytes, length};
    (*gathering->total)++;
    return SHOJI_OK;
}

static shoji_status gather(struct filter *filter, const struct store_filter *source,
                           size_t *total)
{
    struct gathering gathering = {filter, total};
    filter->attribute = source->attribute;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < source->value_count && status == SHOJI_OK; i++)
        status = store_keys_of_text(source->values[i], add_key, &gathering);
    return status;
}

shoji_status filter_set_init(struct filter_set *set, const struct store_query *query,
                             shoji_error *error)
{
    *set = (struct filter_set)FILTER_SET_INIT;
    if (query->filter_count == 0)
        return SHOJI_OK;
    set->filters = calloc(query->filter_count, sizeof set->filters[0]);
    if (set->filters == NULL)
        return store_fail_memory(error);
    set->count = query->filter_count;
    size_t total = 0;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < set->count && status == SHOJI_OK; i++)
        status = gather(&set->filters[i], &query->filters[i], &total);
    if (status == SHOJI_OK)
        return SHOJI_OK;
    filter_set_finish(set);
    if (status == SHOJI_LIMIT)
        return store_fail(error, status, NULL,
                          "a query can ask for %d values at most: ask for fewer at once",
                          STORE_FILTER_KEYS_MAXIMUM);
    return store_fail_status(error, status);
}

void filter_set_finish(struct filter_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        for (size_t k = 0; k < set->filters[i].key_count; k++)
            free(set->filters[i].keys[k].bytes);
        free(set->filters[i].keys);
    }
    free(set->filters);
    *set = (struct filter_set)FILTER_SET_INIT;
}

/* Ends the iteration over a value's keys, with SHOJI_STOPPED, at one that is allowed. */
static shoji_status compare_key(void *context, const char *key, size_t length)
{
    const struct filter *filter = context;
    for (size_t i = 0; i < filter->key_count; i++) {
        const struct filter_key *allowed = &filter->keys[i];
        if (allowed->length == length && memcmp(allowed->bytes, key, length) == 0)
            return SHOJI_STOPPED;
    }
    return SHOJI_OK;
}

shoji_status filter_holds(const struct filter *filter, shoji_value body, bool *holds)
{
    shoji_value value = shoji_value_member(body, filter->attribute);
    /* compare_key only reads what it is given. */
    shoji_status status = store_keys_of_value(value, compare_key, (void *)filter);
    *holds = status == SHOJI_STOPPED;
    return *holds ? SHOJI_OK : status;
}

shoji_status filter_set_holds(const struct filter_set *set, shoji_value body, bool *holds)
{
    bool all = true;
    for (size_t i = 0; i < set->count && all; i++) {
        shoji_status status = filter_holds(&set->filters[i], body, &all);
        if (status != SHOJI_OK)
            return status;
    }
    *holds = all;
    return SHOJI_OK;
}
