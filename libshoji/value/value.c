#include <shoji/value.h>

#include "base/slice.h"
#include "value/number.h"
#include "value/tree.h"

#include <math.h>
#include <string.h>

static const shoji_value nothing = {NULL, 0};

static const struct shoji__node *node_of(shoji_value value)
{
    return &value.tree->nodes[value.node];
}

shoji_value shoji_tree_root(const shoji_tree *tree)
{
    return tree != NULL ? shoji__value_at(tree, 0) : nothing;
}

shoji_type shoji_value_type(shoji_value value)
{
    return value.tree != NULL ? (shoji_type)shoji__node_type(node_of(value)) : SHOJI_NONE;
}

bool shoji_value_exists(shoji_value value)
{
    return value.tree != NULL;
}

static const char *scalar_text(shoji_value value, shoji_type type, size_t *length)
{
    bool is_it = shoji_value_type(value) == type;
    if (length != NULL)
        *length = is_it ? shoji__node_length(node_of(value)) : 0;
    return is_it ? shoji__node_bytes(value.tree, node_of(value)) : NULL;
}

const char *shoji_value_string(shoji_value value, size_t *length)
{
    return scalar_text(value, SHOJI_STRING, length);
}

const char *shoji_value_number(shoji_value value, size_t *length)
{
    return scalar_text(value, SHOJI_NUMBER, length);
}

/*
 * The whole number's magnitude. SHOJI_RANGE where it has a fraction or more digits than
 * a uint64_t.
 */
static shoji_status read_whole(shoji_value value, bool *negative, uint64_t *magnitude)
{
    size_t length;
    const char *text = shoji_value_number(value, &length);
    if (text == NULL)
        return SHOJI_TYPE;
    struct shoji__decimal decimal;
    if (!shoji__decimal_read(&decimal, shoji__slice(text, length)))
        return SHOJI_RANGE;
    *negative = decimal.negative;
    *magnitude = 0;
    if (decimal.count == 0)
        return SHOJI_OK;
    /* UINT64_MAX has twenty digits. */
    if (decimal.exponent < (int64_t)decimal.count || decimal.exponent > 20)
        return SHOJI_RANGE;
    uint64_t sum = 0;
    for (size_t i = 0; i < (size_t)decimal.exponent; i++) {
        unsigned digit =
            i < decimal.count ? (unsigned)(shoji__decimal_digit(&decimal, i) - '0') : 0;
        if (sum > (UINT64_MAX - digit) / 10)
            return SHOJI_RANGE;
        sum = sum * 10 + digit;
    }
    *magnitude = sum;
    return SHOJI_OK;
}

shoji_status shoji_value_int64(shoji_value value, int64_t *number)
{
    bool negative;
    uint64_t magnitude;
    shoji_status status = read_whole(value, &negative, &magnitude);
    if (status != SHOJI_OK)
        return status;
    uint64_t greatest = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    if (magnitude > greatest)
        return SHOJI_RANGE;
    if (magnitude > INT64_MAX)
        *number = INT64_MIN;
    else
        *number = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return SHOJI_OK;
}

shoji_status shoji_value_uint64(shoji_value value, uint64_t *number)
{
    bool negative;
    uint64_t magnitude;
    shoji_status status = read_whole(value, &negative, &magnitude);
    if (status != SHOJI_OK)
        return status;
    if (negative)
        return SHOJI_RANGE;
    *number = magnitude;
    return SHOJI_OK;
}

shoji_status shoji_value_double(shoji_value value, double *number, bool *exact)
{
    size_t length;
    const char *text = shoji_value_number(value, &length);
    if (text == NULL)
        return SHOJI_TYPE;
    double nearest = shoji__number_to_double(shoji__slice(text, length));
    if (isinf(nearest))
        return SHOJI_RANGE;
    *number = nearest;
    if (exact != NULL)
        *exact = shoji__double_is(nearest, shoji__slice(text, length));
    return SHOJI_OK;
}

size_t shoji_value_size(shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    return type == SHOJI_ARRAY || type == SHOJI_OBJECT
               ? shoji__node_length(node_of(value))
               : 0;
}

shoji_members shoji_value_members(shoji_value object)
{
    shoji_members members = {NULL, 0, 0};
    if (shoji_value_type(object) != SHOJI_OBJECT)
        return members;
    members.tree = object.tree;
    members.next = object.node + 1;
    members.end = object.node + node_of(object)->a;
    return members;
}

bool shoji_members_next(shoji_members *members, shoji_member *member)
{
    while (members->next < members->end) {
        const struct shoji__node *name = &members->tree->nodes[members->next];
        uint32_t value = members->next + 1;
        members->next = value + shoji__node_span(name + 1);
        if (shoji__node_type(name) == SHOJI__DROPPED)
            continue;
        member->name = shoji__node_bytes(members->tree, name);
        member->name_length = shoji__node_length(name);
        member->value = shoji__value_at(members->tree, value);
        return true;
    }
    return false;
}

shoji_items shoji_value_items(shoji_value array)
{
    shoji_items items = {NULL, 0, 0};
    if (shoji_value_type(array) != SHOJI_ARRAY)
        return items;
    items.tree = array.tree;
    items.next = array.node + 1;
    items.end = array.node + node_of(array)->a;
    return items;
}

bool shoji_items_next(shoji_items *items, shoji_value *item)
{
    if (items->next >= items->end)
        return false;
    *item = shoji__value_at(items->tree, items->next);
    items->next += shoji__node_span(&items->tree->nodes[items->next]);
    return true;
}

shoji_value shoji_value_member(shoji_value value, const char *name)
{
    return shoji_value_member_n(value, name, strlen(name));
}

shoji_value shoji_value_member_n(shoji_value value, const char *name, size_t length)
{
    shoji_members members = shoji_value_members(value);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        if (member.name_length == length && memcmp(member.name, name, length) == 0)
            return member.value;
    return nothing;
}

shoji_value shoji_value_item(shoji_value value, size_t index)
{
    shoji_items items = shoji_value_items(value);
    shoji_value item;
    while (shoji_items_next(&items, &item))
        if (index-- == 0)
            return item;
    return nothing;
}
