#include "store/aggregate.h"

#include "store/decimal.h"
#include "store/fail.h"
#include "store/keys.h"
#include "store/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is known so far of one group, or of all entities where there are no groups. */
struct group {
    shoji_buffer name;   /* the value of `by`, as the name of a member */
    uint64_t last;       /* the number of the entity that was added last */
    uint64_t count;      /* of values */
    uint64_t numbers;    /* among them */
    shoji_buffer list;   /* JSON texts, a comma before each: collected, or distinct */
    shoji_value extreme; /* the least or greatest; in `extreme_tree` */
    shoji_tree *extreme_tree;
    size_t extreme_size;     /* bytes of its text */
    struct decimal_sum *sum; /* NULL where none is asked for */
};

struct aggregation {
    const struct store_projection *projection;
    shoji_writer *writer;
    uint64_t entities;
    size_t kept; /* bytes of lists and extremes */
    struct group *groups;
    size_t group_count;
    size_t group_capacity;
    struct table names;    /* the key of each value of `by`: its group */
    struct table distinct; /* the group's number and the key of each value */
    shoji_buffer scratch;
};

/* Whether results go out as they come. */
static bool is_streamed(const struct aggregation *aggregation)
{
    return aggregation->projection->by == NULL &&
           (aggregation->projection->aggregate == STORE_COLLECT ||
            aggregation->projection->aggregate == STORE_DISTINCT);
}

static void group_finish(struct group *group)
{
    shoji_buffer_finish(&group->name);
    shoji_buffer_finish(&group->list);
    shoji_tree_free(group->extreme_tree);
    free(group->sum);
}

void aggregation_free(struct aggregation *aggregation)
{
    if (aggregation == NULL)
        return;
    for (size_t i = 0; i < aggregation->group_count; i++)
        group_finish(&aggregation->groups[i]);
    free(aggregation->groups);
    table_finish(&aggregation->names);
    table_finish(&aggregation->distinct);
    shoji_buffer_finish(&aggregation->scratch);
    free(aggregation);
}

static bool adds(const struct aggregation *aggregation)
{
    return aggregation->projection->aggregate == STORE_SUM ||
           aggregation->projection->aggregate == STORE_MEAN;
}

static shoji_status keep(struct aggregation *aggregation, size_t bytes)
{
    if (bytes > STORE_COMPUTED_MAXIMUM - aggregation->kept)
        return SHOJI_RANGE;
    aggregation->kept += bytes;
    return SHOJI_OK;
}

static shoji_status grow_groups(struct aggregation *aggregation)
{
    if (aggregation->group_count == STORE_GROUPS_MAXIMUM)
        return SHOJI_RANGE;
    if (aggregation->group_count < aggregation->group_capacity)
        return SHOJI_OK;
    size_t capacity =
        aggregation->group_capacity == 0 ? 1 : aggregation->group_capacity * 2;
    struct group *groups =
        realloc(aggregation->groups, capacity * sizeof aggregation->groups[0]);
    if (groups == NULL)
        return SHOJI_NO_MEMORY;
    aggregation->groups = groups;
    aggregation->group_capacity = capacity;
    return SHOJI_OK;
}

static shoji_status add_group(struct aggregation *aggregation, const char *name,
                              size_t length, uint32_t *number)
{
    shoji_status status = grow_groups(aggregation);
    if (status != SHOJI_OK)
        return status;
    struct group *group = &aggregation->groups[aggregation->group_count];
    *group = (struct group){.name = SHOJI_BUFFER_INIT, .list = SHOJI_BUFFER_INIT};
    if (adds(aggregation))
        group->sum = calloc(1, sizeof *group->sum);
    if (adds(aggregation) && group->sum == NULL)
        return SHOJI_NO_MEMORY;
    *number = (uint32_t)aggregation->group_count++;
    status = keep(aggregation, length);
    return status == SHOJI_OK ? shoji_buffer_append(&group->name, name, length) : status;
}

shoji_status aggregation_begin(struct aggregation **aggregation,
                               const struct store_projection *projection,
                               shoji_writer *writer)
{
    struct aggregation *made = calloc(1, sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->projection = projection;
    made->writer = writer;
    made->names.keys.maximum = STORE_COMPUTED_MAXIMUM;
    made->distinct.keys.maximum = STORE_COMPUTED_MAXIMUM;
    shoji_status status = SHOJI_OK;
    uint32_t number;
    if (projection->by == NULL)
        status = add_group(made, "", 0, &number);
    if (status == SHOJI_OK && is_streamed(made))
        status = shoji_writer_begin_array(writer);
    if (status == SHOJI_OK)
        *aggregation = made;
    else
        aggregation_free(made);
    return status;
}

/* Puts a value at the end of a group's list, or out. */
static shoji_status list_value(struct aggregation *aggregation, struct group *group,
                               shoji_value value)
{
    if (is_streamed(aggregation))
        return shoji_value_exists(value) ? shoji_writer_value(aggregation->writer, value)
                                         : shoji_writer_null(aggregation->writer);
    shoji_buffer *text = &aggregation->scratch;
    shoji_buffer_clear(text);
    shoji_status status = shoji_value_exists(value)
                              ? shoji_value_emit(text, value, NULL)
                              : shoji_buffer_append_string(text, "null");
    if (status == SHOJI_OK)
        status = keep(aggregation, text->length + 1);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&group->list, ",", 1);
    return status == SHOJI_OK
               ? shoji_buffer_append(&group->list, text->bytes, text->length)
               : status;
}

static void add_number(struct group *group, shoji_value value)
{
    size_t length;
    struct decimal decimal;
    double number = 0;
    const char *text = shoji_value_number(value, &length);
    if (!decimal_scan(&decimal, text, length))
        return;
    if (shoji_value_double(value, &number, NULL) != SHOJI_OK)
        number = decimal.negative ? -INFINITY : INFINITY;
    decimal_sum_add(group->sum, &decimal, number);
}

/* -1, 0 or 1. A number is before a string for the sake of any order; strings are compared
 * by their characters, which in UTF-8 is by their bytes. */
static int compare(shoji_value one, shoji_value other)
{
    size_t one_length, other_length;
    const char *text = shoji_value_number(one, &one_length);
    const char *other_text = shoji_value_number(other, &other_length);
    struct decimal decimal, other_decimal;
    if (text != NULL && other_text != NULL && decimal_scan(&decimal, text, one_length) &&
        decimal_scan(&other_decimal, other_text, other_length))
        return decimal_compare(&decimal, &other_decimal);
    text = shoji_value_string(one, &one_length);
    other_text = shoji_value_string(other, &other_length);
    if (text == NULL || other_text == NULL)
        return 0;
    int order =
        memcmp(text, other_text, one_length < other_length ? one_length : other_length);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (one_length > other_length) - (one_length < other_length);
}

/* Whether a value takes the place of the least or greatest so far. Numbers do from
 * strings, and strings never from numbers. */
static bool is_more_extreme(const struct aggregation *aggregation,
                            const struct group *group, shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    shoji_type held = shoji_value_type(group->extreme);
    if (type != SHOJI_NUMBER && type != SHOJI_STRING)
        return false;
    if (type != held)
        return held != SHOJI_NUMBER;
    int order = compare(value, group->extreme);
    return aggregation->projection->aggregate == STORE_MINIMUM ? order < 0 : order > 0;
}

static shoji_status hold_extreme(struct aggregation *aggregation, struct group *group,
                                 shoji_value value)
{
    if (!is_more_extreme(aggregation, group, value))
        return SHOJI_OK;
    shoji_buffer *text = &aggregation->scratch;
    shoji_tree *tree;
    shoji_buffer_clear(text);
    shoji_status status = shoji_value_emit(text, value, NULL);
    if (status == SHOJI_OK)
        status = keep(aggregation, text->length);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, text->bytes, text->length, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    aggregation->kept -= group->extreme_size;
    shoji_tree_free(group->extreme_tree);
    group->extreme_size = text->length;
    group->extreme_tree = tree;
    group->extreme = shoji_tree_root(tree);
    return SHOJI_OK;
}

/* A scalar whose key comes next. */
struct distinct {
    struct aggregation *aggregation;
    uint32_t group;
    shoji_value value;
};

static shoji_status add_distinct_key(void *context, const char *key, size_t length)
{
    struct distinct *distinct = context;
    struct aggregation *aggregation = distinct->aggregation;
    shoji_buffer *whole = &aggregation->scratch;
    uint32_t unused;
    shoji_buffer_clear(whole);
    shoji_status status = shoji_buffer_append(whole, (const char *)&distinct->group,
                                              sizeof distinct->group);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(whole, key, length);
    if (status != SHOJI_OK ||
        table_find(&aggregation->distinct, whole->bytes, whole->length, &unused))
        return status;
    if (aggregation->distinct.used == STORE_DISTINCT_MAXIMUM)
        return SHOJI_RANGE;
    status = table_add(&aggregation->distinct, whole->bytes, whole->length, 0);
    return status == SHOJI_OK
               ? list_value(aggregation, &aggregation->groups[distinct->group],
                            distinct->value)
               : status;
}

/* As store_keys_of_value, of a scalar; but one whose key would be too long cannot be left
 * out of what is counted. */
static shoji_status key_of_scalar(shoji_value scalar, store_key_callback callback,
                                  void *context)
{
    size_t length = 0;
    if (shoji_value_type(scalar) == SHOJI_STRING)
        shoji_value_string(scalar, &length);
    else if (shoji_value_type(scalar) == SHOJI_NUMBER)
        shoji_value_number(scalar, &length);
    if (length >= STORE_KEY_MAXIMUM)
        return SHOJI_RANGE;
    return store_keys_of_value(scalar, callback, context);
}

/* Of an array, each item counts by itself, as it does for a filter. */
static shoji_status add_distinct(struct aggregation *aggregation, uint32_t group,
                                 shoji_value value)
{
    struct distinct distinct = {aggregation, group, value};
    if (shoji_value_type(value) != SHOJI_ARRAY)
        return key_of_scalar(value, add_distinct_key, &distinct);
    shoji_status status = SHOJI_OK;
    shoji_items items = shoji_value_items(value);
    while (status == SHOJI_OK && shoji_items_next(&items, &distinct.value))
        if (shoji_value_type(distinct.value) != SHOJI_ARRAY)
            status = key_of_scalar(distinct.value, add_distinct_key, &distinct);
    return status;
}

static shoji_status add_to_group(struct aggregation *aggregation, uint32_t number,
                                 shoji_value value)
{
    struct group *group = &aggregation->groups[number];
    enum store_aggregate aggregate = aggregation->projection->aggregate;
    if (group->last == aggregation->entities)
        return SHOJI_OK;
    group->last = aggregation->entities;
    if (aggregate == STORE_COLLECT)
        return list_value(aggregation, group, value);
    if (!shoji_value_exists(value) || shoji_value_type(value) == SHOJI_NULL)
        return SHOJI_OK;
    group->count++;
    if (aggregate == STORE_DISTINCT)
        return add_distinct(aggregation, number, value);
    if (aggregate == STORE_MINIMUM || aggregate == STORE_MAXIMUM)
        return hold_extreme(aggregation, group, value);
    if (adds(aggregation) && shoji_value_type(value) == SHOJI_NUMBER) {
        group->numbers++;
        add_number(group, value);
    }
    return SHOJI_OK;
}

/* The entity that is added, and the value of `by` whose key comes next. */
struct grouping {
    struct aggregation *aggregation;
    shoji_value by;
    shoji_value value;
};

/* The name that a scalar gives its group: the string itself, or the JSON text. */
static const char *name_of(shoji_value by, size_t *length)
{
    switch (shoji_value_type(by)) {
    case SHOJI_STRING:
        return shoji_value_string(by, length);
    case SHOJI_NUMBER:
        return shoji_value_number(by, length);
    default:
        *length = shoji_value_type(by) == SHOJI_TRUE ? 4 : 5;
        return *length == 4 ? "true" : "false";
    }
}

/* Makes a group, or finds that of a value of another type that has the same name: names
 * are all that the result shows of them. */
static shoji_status make_group(struct grouping *grouping, const char *key, size_t length,
                               uint32_t *number)
{
    struct aggregation *aggregation = grouping->aggregation;
    shoji_buffer *as_string = &aggregation->scratch;
    size_t name_length;
    const char *name = name_of(grouping->by, &name_length);
    shoji_buffer_clear(as_string);
    shoji_status status = shoji_buffer_append(as_string, "s", 1);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(as_string, name, name_length);
    if (status != SHOJI_OK)
        return status;
    if (!table_find(&aggregation->names, as_string->bytes, as_string->length, number)) {
        status = add_group(aggregation, name, name_length, number);
        if (status == SHOJI_OK)
            status = table_add(&aggregation->names, as_string->bytes, as_string->length,
                               *number);
    }
    if (status == SHOJI_OK && shoji_value_type(grouping->by) != SHOJI_STRING)
        status = table_add(&aggregation->names, key, length, *number);
    return status;
}

static shoji_status add_by_key(void *context, const char *key, size_t length)
{
    struct grouping *grouping = context;
    uint32_t number;
    shoji_status status = SHOJI_OK;
    if (!table_find(&grouping->aggregation->names, key, length, &number))
        status = make_group(grouping, key, length, &number);
    return status == SHOJI_OK
               ? add_to_group(grouping->aggregation, number, grouping->value)
               : status;
}

/* An entity is in the group of its value; with an array in that of each item; with an
 * object or none in no group. */
static shoji_status add_by(struct aggregation *aggregation, shoji_value by,
                           shoji_value value)
{
    struct grouping grouping = {aggregation, by, value};
    if (shoji_value_type(by) != SHOJI_ARRAY)
        return key_of_scalar(by, add_by_key, &grouping);
    shoji_status status = SHOJI_OK;
    shoji_items items = shoji_value_items(by);
    while (status == SHOJI_OK && shoji_items_next(&items, &grouping.by))
        if (shoji_value_type(grouping.by) != SHOJI_ARRAY)
            status = key_of_scalar(grouping.by, add_by_key, &grouping);
    return status;
}

shoji_status aggregation_fail(shoji_error *error, shoji_status status)
{
    if (status == SHOJI_LIMIT || status == SHOJI_RANGE)
        return store_fail(error, SHOJI_RANGE, STORE_TOO_MUCH,
                          "the projection comes to more than %d groups, %d different "
                          "values or %d bytes, or tells apart values of more than %d "
                          "bytes: project an attribute with fewer or shorter values",
                          STORE_GROUPS_MAXIMUM, STORE_DISTINCT_MAXIMUM,
                          STORE_COMPUTED_MAXIMUM, STORE_KEY_MAXIMUM);
    return store_fail_status(error, status);
}

shoji_status aggregation_add_body(struct aggregation *aggregation, shoji_value body,
                                  shoji_error *error)
{
    const struct store_projection *projection = aggregation->projection;
    shoji_value value = shoji_value_member(body, projection->attribute);
    aggregation->entities++;
    shoji_status status =
        projection->by == NULL
            ? add_to_group(aggregation, 0, value)
            : add_by(aggregation, shoji_value_member(body, projection->by), value);
    return status == SHOJI_OK ? SHOJI_OK : aggregation_fail(error, status);
}

shoji_status aggregation_add(struct aggregation *aggregation, const char *text,
                             size_t length, shoji_error *error)
{
    shoji_tree *tree;
    shoji_status status = shoji_tree_parse(&tree, text, length, NULL, NULL);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(error);
    if (status != SHOJI_OK)
        return store_fail(error, SHOJI_INVALID, STORE_BROKEN,
                          "the catalog holds an entity that cannot be read: see shojid "
                          "check");
    status = aggregation_add_body(
        aggregation, shoji_value_member(shoji_tree_root(tree), "body"), error);
    shoji_tree_free(tree);
    return status;
}

static shoji_status write_list(struct aggregation *aggregation, struct group *group)
{
    shoji_tree *tree;
    shoji_buffer *list = &group->list;
    shoji_status status = SHOJI_OK;
    if (list->length == 0)
        status = shoji_buffer_append(list, "[", 1);
    else
        list->bytes[0] = '[';
    if (status == SHOJI_OK)
        status = shoji_buffer_append(list, "]", 1);
    /* It has no more than STORE_COMPUTED_MAXIMUM bytes and two, of texts that were read
     * with the limits that count here: the array may be one deeper. */
    const shoji_limits limits = {10000, (size_t)STORE_COMPUTED_MAXIMUM + 2,
                                 (size_t)1 << 27, STORE_COMPUTED_MAXIMUM};
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, list->bytes, list->length, &limits, NULL);
    if (status != SHOJI_OK)
        return status;
    status = shoji_writer_value(aggregation->writer, shoji_tree_root(tree));
    shoji_tree_free(tree);
    shoji_buffer_finish(list);
    return status;
}

/* A number that is neither infinite nor NaN, which JSON does not have; else null. */
static shoji_status write_double(struct aggregation *aggregation, double number)
{
    return isfinite(number) ? shoji_writer_double(aggregation->writer, number)
                            : shoji_writer_null(aggregation->writer);
}

static shoji_status write_sum(struct aggregation *aggregation, const struct group *group)
{
    shoji_buffer *text = &aggregation->scratch;
    shoji_buffer_clear(text);
    shoji_status status = decimal_sum_append(text, group->sum);
    if (status == SHOJI_RANGE)
        return write_double(aggregation, decimal_sum_double(group->sum));
    return status == SHOJI_OK
               ? shoji_writer_number(aggregation->writer, text->bytes, text->length)
               : status;
}

static shoji_status write_result(struct aggregation *aggregation, struct group *group)
{
    shoji_writer *writer = aggregation->writer;
    switch (aggregation->projection->aggregate) {
    case STORE_COUNT:
        return shoji_writer_uint64(writer, group->count);
    case STORE_SUM:
        return write_sum(aggregation, group);
    case STORE_MEAN:
        return group->numbers == 0
                   ? shoji_writer_null(writer)
                   : write_double(aggregation, decimal_sum_double(group->sum) /
                                                   (double)group->numbers);
    case STORE_MINIMUM:
    case STORE_MAXIMUM:
        return group->extreme_tree != NULL ? shoji_writer_value(writer, group->extreme)
                                           : shoji_writer_null(writer);
    default:
        return write_list(aggregation, group);
    }
}

static shoji_status write_groups(struct aggregation *aggregation)
{
    shoji_writer *writer = aggregation->writer;
    shoji_status status = shoji_writer_begin_object(writer);
    for (size_t i = 0; i < aggregation->group_count && status == SHOJI_OK; i++) {
        struct group *group = &aggregation->groups[i];
        status = shoji_writer_name_n(writer, group->name.bytes, group->name.length);
        if (status == SHOJI_OK)
            status = write_result(aggregation, group);
    }
    return status == SHOJI_OK ? shoji_writer_end_object(writer) : status;
}

shoji_status aggregation_end(struct aggregation *aggregation, shoji_error *error)
{
    shoji_status status;
    if (is_streamed(aggregation))
        status = shoji_writer_end_array(aggregation->writer);
    else if (aggregation->projection->by != NULL)
        status = write_groups(aggregation);
    else
        status = write_result(aggregation, &aggregation->groups[0]);
    return status == SHOJI_OK ? SHOJI_OK : aggregation_fail(error, status);
}
