#include "document/items.h"

#include "base/memory.h"
#include "document/emit.h"
#include "value/pointer.h"

enum {
    /* Children up to which going through them is as fast as any index. */
    FEW_CHILDREN = 16
};

void shoji__items_init(struct shoji__items *items)
{
    *items = (struct shoji__items){.token = SHOJI_BUFFER_INIT};
    items->pool.arena = &items->arena;
}

/* Frees what an item has but its name and its place. Its children become spare, and
 * theirs: they wait in a list of siblings, so that nothing recurs. */
static void empty_item(struct shoji__items *items, struct shoji__item *item)
{
    struct shoji__item *waiting = item->first;
    while (waiting != NULL) {
        struct shoji__item *child = waiting;
        waiting = child->next;
        if (child->first != NULL) {
            child->last->next = waiting;
            waiting = child->first;
        }
        shoji__names_clear(&child->names, &items->pool);
        shoji__release(child->own_name);
        shoji__release(child->text);
        child->next = items->spare;
        items->spare = child;
    }
    shoji__names_clear(&item->names, &items->pool);
    shoji__release(item->text);
    item->first = NULL;
    item->last = NULL;
    item->count = 0;
    item->is_indexed = false;
    item->text = NULL;
    item->text_length = 0;
}

void shoji__items_finish(struct shoji__items *items, struct shoji__item *root)
{
    if (root != NULL)
        empty_item(items, root);
    shoji__arena_finish(&items->arena);
    shoji_buffer_finish(&items->token);
}

struct shoji__item *shoji__item_new(struct shoji__items *items,
                                    enum shoji__item_kind kind)
{
    struct shoji__item *item = items->spare;
    if (item != NULL)
        items->spare = item->next;
    else
        item = shoji__arena_alloc(&items->arena, sizeof *item);
    if (item != NULL)
        *item = (struct shoji__item){.kind = kind};
    return item;
}

void shoji__item_reset(struct shoji__items *items, struct shoji__item *item,
                       enum shoji__item_kind kind)
{
    empty_item(items, item);
    item->kind = kind;
}

static void append_child(struct shoji__item *parent, struct shoji__item *child)
{
    child->parent = parent;
    child->previous = parent->last;
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

static void unlink_child(struct shoji__item *child)
{
    struct shoji__item *parent = child->parent;
    if (child->previous != NULL)
        child->previous->next = child->next;
    else
        parent->first = child->next;
    if (child->next != NULL)
        child->next->previous = child->previous;
    else
        parent->last = child->previous;
    parent->count--;
}

/* Frees an item that has no place any more. */
static void free_item(struct shoji__items *items, struct shoji__item *item)
{
    empty_item(items, item);
    shoji__release(item->own_name);
    item->next = items->spare;
    items->spare = item;
}

void shoji__item_remove(struct shoji__items *items, struct shoji__item *item)
{
    if (item->parent->is_indexed)
        shoji__names_remove(&item->parent->names, &items->pool, item->name);
    unlink_child(item);
    free_item(items, item);
}

static struct shoji__item *append_lent(struct shoji__items *items,
                                       struct shoji__item *parent, shoji_value value)
{
    struct shoji__item *child = shoji__item_new(items, SHOJI__ITEM_LENT);
    if (child == NULL)
        return NULL;
    child->lent = value;
    append_child(parent, child);
    return child;
}

static shoji_status thaw_object(struct shoji__items *items, struct shoji__item *item)
{
    shoji_members members = shoji_value_members(item->lent);
    shoji_member member;
    item->kind = SHOJI__ITEM_OBJECT;
    while (shoji_members_next(&members, &member)) {
        struct shoji__item *child = append_lent(items, item, member.value);
        if (child == NULL)
            return SHOJI_NO_MEMORY;
        child->name = shoji__slice(member.name, member.name_length);
    }
    return SHOJI_OK;
}

static shoji_status thaw_array(struct shoji__items *items, struct shoji__item *item)
{
    shoji_items values = shoji_value_items(item->lent);
    shoji_value value;
    item->kind = SHOJI__ITEM_ARRAY;
    while (shoji_items_next(&values, &value))
        if (append_lent(items, item, value) == NULL)
            return SHOJI_NO_MEMORY;
    return SHOJI_OK;
}

shoji_status shoji__item_thaw(struct shoji__items *items, struct shoji__item *item)
{
    if (item->kind != SHOJI__ITEM_LENT)
        return SHOJI_OK;
    if (shoji_value_type(item->lent) == SHOJI_OBJECT)
        return thaw_object(items, item);
    if (shoji_value_type(item->lent) == SHOJI_ARRAY)
        return thaw_array(items, item);
    return SHOJI_OK;
}

/* The item that has a name: its first field. */
static struct shoji__item *item_of(struct shoji__slice *name)
{
    return (struct shoji__item *)name;
}

/* Puts a child into the index of its parent, in the place of another of its name. */
static shoji_status index_child(struct shoji__items *items, struct shoji__item *child)
{
    struct shoji__slice *replaced;
    struct shoji__item *parent = child->parent;
    if (!shoji__names_put(&parent->names, &items->pool, &child->name, &replaced))
        return SHOJI_NO_MEMORY;
    if (replaced != NULL) {
        unlink_child(item_of(replaced));
        free_item(items, item_of(replaced));
    }
    return SHOJI_OK;
}

static shoji_status index_children(struct shoji__items *items, struct shoji__item *parent)
{
    shoji_status status = SHOJI_OK;
    parent->is_indexed = true;
    for (struct shoji__item *child = parent->first; child != NULL && status == SHOJI_OK;
         child = child->next)
        status = index_child(items, child);
    return status;
}

static shoji_status unescape(struct shoji__items *items, struct shoji__slice token,
                             struct shoji__slice *name)
{
    shoji_buffer_clear(&items->token);
    if (shoji_buffer_append(&items->token, token.bytes, token.length) != SHOJI_OK)
        return SHOJI_NO_MEMORY;
    /* An escape is longer than what it stands for, so there is room. */
    name->bytes = items->token.bytes;
    name->length = shoji__token_unescape(items->token.bytes, token);
    return SHOJI_OK;
}

static struct shoji__item *find_by_index(const struct shoji__item *parent, size_t index)
{
    struct shoji__item *child;
    if (index < parent->count / 2) {
        child = parent->first;
        while (index-- > 0)
            child = child->next;
        return child;
    }
    child = parent->last;
    for (size_t i = parent->count - 1; i > index; i--)
        child = child->previous;
    return child;
}

static struct shoji__item *find_among_few(const struct shoji__item *parent,
                                          struct shoji__slice name)
{
    struct shoji__item *child = parent->first;
    while (child != NULL && !shoji__slice_equal(child->name, name))
        child = child->next;
    return child;
}

static shoji_status find_by_name(struct shoji__items *items, struct shoji__item *parent,
                                 struct shoji__slice token, struct shoji__item **child)
{
    struct shoji__slice name;
    shoji_status status = unescape(items, token, &name);
    if (status == SHOJI_OK && parent->count > FEW_CHILDREN && !parent->is_indexed)
        status = index_children(items, parent);
    if (status != SHOJI_OK)
        return status;
    if (parent->is_indexed)
        *child = item_of(shoji__names_find(&parent->names, name));
    else
        *child = find_among_few(parent, name);
    return SHOJI_OK;
}

shoji_status shoji__item_find(struct shoji__items *items, struct shoji__item *parent,
                              struct shoji__slice token, struct shoji__item **child)
{
    size_t index;
    *child = NULL;
    if (parent->kind == SHOJI__ITEM_OBJECT)
        return find_by_name(items, parent, token, child);
    if (parent->kind == SHOJI__ITEM_ARRAY && shoji__token_index(token, &index) &&
        index < parent->count)
        *child = find_by_index(parent, index);
    return SHOJI_OK;
}

static bool can_add(const struct shoji__item *parent, struct shoji__slice token)
{
    size_t index;
    if (parent->kind == SHOJI__ITEM_OBJECT)
        return true;
    return parent->kind == SHOJI__ITEM_ARRAY &&
           (shoji__slice_is(token, "-") ||
            (shoji__token_index(token, &index) && index == parent->count));
}

static shoji_status set_name(struct shoji__item *item, struct shoji__slice name)
{
    item->own_name = shoji__copy_text(name.bytes, name.length);
    item->name = shoji__slice(item->own_name, name.length);
    return item->own_name != NULL ? SHOJI_OK : SHOJI_NO_MEMORY;
}

shoji_status shoji__item_add(struct shoji__items *items, struct shoji__item *parent,
                             struct shoji__slice token, struct shoji__item **child)
{
    struct shoji__slice name;
    if (!can_add(parent, token))
        return SHOJI_NOT_FOUND;
    struct shoji__item *made = shoji__item_new(items, SHOJI__ITEM_OBJECT);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    append_child(parent, made);
    *child = made;
    if (parent->kind == SHOJI__ITEM_ARRAY)
        return SHOJI_OK;
    shoji_status status = unescape(items, token, &name);
    if (status == SHOJI_OK)
        status = set_name(made, name);
    if (status == SHOJI_OK && parent->is_indexed)
        status = index_child(items, made);
    return status;
}

/* Gives an item of an array the name that it stands for: the string that it is. */
static shoji_status name_by_itself(struct shoji__item *item)
{
    size_t length;
    if (item->kind == SHOJI__ITEM_STRING)
        return set_name(item, shoji__slice(item->text, item->text_length));
    const char *text =
        item->kind == SHOJI__ITEM_LENT ? shoji_value_string(item->lent, &length) : NULL;
    if (text == NULL)
        return SHOJI_NOT_FOUND;
    item->name = shoji__slice(text, length);
    return SHOJI_OK;
}

shoji_status shoji__item_make_map(struct shoji__items *items, struct shoji__item *array)
{
    shoji_status status = SHOJI_OK;
    for (struct shoji__item *child = array->first; child != NULL && status == SHOJI_OK;
         child = child->next)
        status = name_by_itself(child);
    if (status == SHOJI_OK)
        status = index_children(items, array);
    array->kind = SHOJI__ITEM_OBJECT;
    return status;
}

bool shoji__item_is_array_of_strings(const struct shoji__item *item)
{
    bool are_strings = item->kind == SHOJI__ITEM_ARRAY;
    if (item->kind == SHOJI__ITEM_LENT)
        return shoji__value_is_array_of_strings(item->lent);
    for (const struct shoji__item *child = item->first; child != NULL && are_strings;
         child = child->next)
        are_strings = child->kind == SHOJI__ITEM_STRING ||
                      (child->kind == SHOJI__ITEM_LENT &&
                       shoji_value_type(child->lent) == SHOJI_STRING);
    return are_strings;
}
