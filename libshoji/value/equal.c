#include "base/memory.h"
#include "value/names.h"
#include "value/number.h"
#include "value/tree.h"

#include <string.h>

/*
 * Two values are compared container by container, in the order in which these stand in
 * the first one, so that nothing recurs: the partner of each in the second one is found
 * before its turn comes.
 *
 * Mostly all members stand in the same order. Then the partner of a container is simply
 * the next one. Where some names are in another order, all begins anew with a table of
 * partners, and the names of such objects are sorted, by which they cannot be made to
 * cost more than n log n. Without memory for the table a partner is looked for from the
 * root down, and members one by one: that is slow, and just as right.
 */

enum outcome {
    DIFFERENT,
    EQUAL,
    OUT_OF_ORDER /* of names: nothing is known yet */
};

struct comparison {
    shoji_value one;
    shoji_value other;
    bool in_order;      /* names have been in the same order so far, and must be */
    uint32_t *partners; /* of the nodes of `one`, counted from its root; may be NULL */
    uint32_t *names;    /* room for those of an object of each; NULL if partners is */
};

static const struct shoji__node *node_of(shoji_value value)
{
    return &value.tree->nodes[value.node];
}

static struct shoji__slice bytes_of(shoji_value value)
{
    return shoji__slice(shoji__node_bytes(value.tree, node_of(value)),
                        shoji__node_length(node_of(value)));
}

static bool is_container(shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    return type == SHOJI_ARRAY || type == SHOJI_OBJECT;
}

/* Whether two values are the same as far as they can be without what is in them. */
static bool matches(shoji_value one, shoji_value other)
{
    shoji_type type = shoji_value_type(one);
    if (type != shoji_value_type(other))
        return false;
    if (type == SHOJI_STRING)
        return shoji__slice_equal(bytes_of(one), bytes_of(other));
    if (type == SHOJI_NUMBER)
        return shoji__numbers_equal(bytes_of(one), bytes_of(other));
    return shoji_value_size(one) == shoji_value_size(other);
}

static bool pair(struct comparison *work, shoji_value one, shoji_value other)
{
    if (!matches(one, other))
        return false;
    if (work->partners != NULL)
        work->partners[one.node - work->one.node] = other.node;
    return true;
}

static enum outcome compare_items(struct comparison *work, shoji_value one,
                                  shoji_value other)
{
    shoji_items left = shoji_value_items(one);
    shoji_items right = shoji_value_items(other);
    shoji_value a;
    shoji_value b;
    while (shoji_items_next(&left, &a) && shoji_items_next(&right, &b))
        if (!pair(work, a, b))
            return DIFFERENT;
    return EQUAL;
}

/* Lists the names of an object, sorted. */
static void list_names(uint32_t *names, shoji_value object)
{
    size_t count = 0;
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        names[count++] = member.value.node - 1;
    shoji__names_sort(object.tree, names, count);
}

static enum outcome compare_sorted(struct comparison *work, shoji_value one,
                                   shoji_value other)
{
    size_t count = shoji_value_size(one);
    uint32_t *left = work->names;
    uint32_t *right = work->names + count;
    list_names(left, one);
    list_names(right, other);
    for (size_t i = 0; i < count; i++)
        if (shoji__name_compare(one.tree, left[i], other.tree, right[i]) != 0 ||
            !pair(work, shoji__value_at(one.tree, left[i] + 1),
                  shoji__value_at(other.tree, right[i] + 1)))
            return DIFFERENT;
    return EQUAL;
}

static enum outcome compare_one_by_one(struct comparison *work, shoji_value one,
                                       shoji_value other)
{
    shoji_members members = shoji_value_members(one);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        if (!pair(work, member.value,
                  shoji_value_member_n(other, member.name, member.name_length)))
            return DIFFERENT;
    return EQUAL;
}

static enum outcome compare_members(struct comparison *work, shoji_value one,
                                    shoji_value other)
{
    shoji_members left = shoji_value_members(one);
    shoji_members right = shoji_value_members(other);
    shoji_member a;
    shoji_member b;
    while (shoji_members_next(&left, &a) && shoji_members_next(&right, &b)) {
        if (a.name_length != b.name_length ||
            memcmp(a.name, b.name, a.name_length) != 0) {
            if (work->in_order)
                return OUT_OF_ORDER;
            return work->names != NULL ? compare_sorted(work, one, other)
                                       : compare_one_by_one(work, one, other);
        }
        if (!pair(work, a.value, b.value))
            return DIFFERENT;
    }
    return EQUAL;
}

/* The node after one that is no container, over the value of a dropped name. */
static uint32_t step_over(shoji_value value)
{
    const struct shoji__node *node = node_of(value);
    bool dropped = shoji__node_type(node) == SHOJI__DROPPED;
    return value.node + 1 + (dropped ? shoji__node_span(node + 1) : 0);
}

/* The container at a node or the next one after it, of a value that has one there. */
static shoji_value next_container(shoji_value value)
{
    while (!is_container(value))
        value.node = step_over(value);
    return value;
}

/* The child of `one` that holds a node, and what is paired with it in `other`. */
static void step_down(shoji_value *one, shoji_value *other, uint32_t node)
{
    shoji_items left = shoji_value_items(*one);
    shoji_items right = shoji_value_items(*other);
    while (shoji_items_next(&left, one) && shoji_items_next(&right, other))
        if (left.next > node)
            return;
}

static void step_down_by_name(shoji_value *one, shoji_value *other, uint32_t node)
{
    shoji_members members = shoji_value_members(*one);
    shoji_member member;
    while (shoji_members_next(&members, &member) && members.next <= node)
        continue;
    *one = member.value;
    *other = shoji_value_member_n(*other, member.name, member.name_length);
}

/* The partner of a container, all of whose ancestors have been paired. */
static shoji_value find_partner(const struct comparison *work, shoji_value container)
{
    if (work->partners != NULL)
        return shoji__value_at(work->other.tree,
                               work->partners[container.node - work->one.node]);
    shoji_value one = work->one;
    shoji_value other = work->other;
    while (one.node != container.node)
        if (shoji_value_type(one) == SHOJI_ARRAY)
            step_down(&one, &other, container.node);
        else
            step_down_by_name(&one, &other, container.node);
    return other;
}

static size_t count_containers(shoji_value value)
{
    uint32_t end = value.node + shoji__node_span(node_of(value));
    size_t count = 0;
    while (value.node < end) {
        bool found = is_container(value);
        count += found;
        value.node = found ? value.node + 1 : step_over(value);
    }
    return count;
}

static enum outcome compare_containers(struct comparison *work)
{
    enum outcome outcome = EQUAL;
    shoji_value one = work->one;
    shoji_value other = work->other;
    for (size_t left = count_containers(one); left > 0 && outcome == EQUAL; left--) {
        one = next_container(one);
        other = work->in_order ? next_container(other) : find_partner(work, one);
        outcome = shoji_value_type(one) == SHOJI_ARRAY
                      ? compare_items(work, one, other)
                      : compare_members(work, one, other);
        one.node++;
        other.node++;
    }
    return outcome;
}

bool shoji_value_equal(shoji_value one, shoji_value other)
{
    if (!matches(one, other))
        return false;
    if (!is_container(one))
        return true;
    struct comparison work = {.one = one, .other = other, .in_order = true};
    enum outcome outcome = compare_containers(&work);
    if (outcome != OUT_OF_ORDER)
        return outcome == EQUAL;

    work.in_order = false;
    size_t nodes = shoji__node_span(node_of(one));
    /* As many names as nodes: an object has a name for two of them, and its partner as
     * many names. */
    work.partners = shoji__alloc_array(nodes, 2 * sizeof *work.partners);
    if (work.partners != NULL) {
        work.partners[0] = other.node;
        work.names = work.partners + nodes;
    }
    outcome = compare_containers(&work);
    shoji__release(work.partners);
    return outcome == EQUAL;
}
