#include <shoji/builder.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "value/events.h"
#include "value/number.h"
#include "value/pointer.h"

#include <string.h>

/*
 * What has been built is a tree of items. An item that nobody has touched lends a value
 * of a document; one that is edited within is thawed, level by level: it gets children
 * that lend theirs. So an edit costs its path, and everything else stays as it was.
 */
enum item_kind {
    ITEM_LENT,
    ITEM_OBJECT,
    ITEM_ARRAY,
    ITEM_STRING,
    ITEM_NUMBER,
    ITEM_TRUE,
    ITEM_FALSE,
    ITEM_NULL
};

struct item {
    enum item_kind kind;
    struct item *parent;
    struct item *previous; /* siblings */
    struct item *next;
    struct item *first; /* children */
    struct item *last;
    size_t count;
    const char *name; /* in an object */
    size_t name_length;
    const char *text; /* of a string or a number */
    size_t text_length;
    shoji_value lent;
};

struct shoji_builder {
    struct shoji__arena arena;
    struct item *root;
    shoji_expectation expect; /* of what is built */
    shoji_status status;
};

static shoji_status fail(shoji_builder *builder, shoji_status status)
{
    if (builder->status == SHOJI_OK)
        builder->status = status;
    return builder->status;
}

static struct item *make_item(shoji_builder *builder, enum item_kind kind)
{
    struct item *item = shoji__arena_alloc(&builder->arena, sizeof *item);
    if (item == NULL)
        fail(builder, SHOJI_NO_MEMORY);
    else
        item->kind = kind;
    return item;
}

static struct item *make_lent(shoji_builder *builder, shoji_value value)
{
    struct item *item = make_item(builder, ITEM_LENT);
    if (item != NULL)
        item->lent = value;
    return item;
}

static void append_child(struct item *parent, struct item *child)
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

static void remove_child(struct item *child)
{
    struct item *parent = child->parent;
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

static bool thaw_object(shoji_builder *builder, struct item *item)
{
    shoji_members members = shoji_value_members(item->lent);
    shoji_member member;
    item->kind = ITEM_OBJECT;
    while (shoji_members_next(&members, &member)) {
        struct item *child = make_lent(builder, member.value);
        if (child == NULL)
            return false;
        child->name = member.name;
        child->name_length = member.name_length;
        append_child(item, child);
    }
    return true;
}

static bool thaw_array(shoji_builder *builder, struct item *item)
{
    shoji_items items = shoji_value_items(item->lent);
    shoji_value value;
    item->kind = ITEM_ARRAY;
    while (shoji_items_next(&items, &value)) {
        struct item *child = make_lent(builder, value);
        if (child == NULL)
            return false;
        append_child(item, child);
    }
    return true;
}

/* Makes the children of a lent object or array reachable. */
static bool thaw(shoji_builder *builder, struct item *item)
{
    if (item->kind != ITEM_LENT)
        return true;
    if (shoji_value_type(item->lent) == SHOJI_OBJECT)
        return thaw_object(builder, item);
    if (shoji_value_type(item->lent) == SHOJI_ARRAY)
        return thaw_array(builder, item);
    return true;
}

static struct item *find_child(const struct item *parent, struct shoji__slice token)
{
    size_t index;
    struct item *child = parent->first;
    if (parent->kind == ITEM_OBJECT) {
        while (child != NULL && !shoji__token_is(token, child->name, child->name_length))
            child = child->next;
        return child;
    }
    if (!shoji__token_index(token, &index) || index >= parent->count)
        return NULL;
    while (index-- > 0)
        child = child->next;
    return child;
}

/* Adds a child under a token that names none yet. */
static struct item *add_child(shoji_builder *builder, struct item *parent,
                              struct shoji__slice token)
{
    size_t index;
    if (parent->kind != ITEM_OBJECT && parent->kind != ITEM_ARRAY) {
        fail(builder, SHOJI_NOT_FOUND);
        return NULL;
    }
    if (parent->kind == ITEM_ARRAY && !shoji__slice_is(token, "-") &&
        (!shoji__token_index(token, &index) || index != parent->count)) {
        fail(builder, SHOJI_NOT_FOUND);
        return NULL;
    }
    char *name = shoji__arena_alloc(&builder->arena, token.length + 1);
    struct item *child = name != NULL ? make_item(builder, ITEM_OBJECT) : NULL;
    if (child == NULL) {
        fail(builder, SHOJI_NO_MEMORY);
        return NULL;
    }
    child->name = name;
    child->name_length = shoji__token_unescape(name, token);
    append_child(parent, child);
    return child;
}

/* The item at a pointer, made with all that leads to it where it is missing. */
static struct item *reach(shoji_builder *builder, const char *pointer)
{
    struct item *item = builder->root;
    struct shoji__slice token;
    if (builder->status != SHOJI_OK)
        return NULL;
    if (!shoji__pointer_valid(pointer) || !shoji__utf8_valid(pointer, strlen(pointer))) {
        fail(builder, SHOJI_USAGE);
        return NULL;
    }
    while (item != NULL && shoji__pointer_next(&pointer, &token)) {
        if (!thaw(builder, item)) {
            fail(builder, SHOJI_NO_MEMORY);
            return NULL;
        }
        struct item *child = find_child(item, token);
        item = child != NULL ? child : add_child(builder, item, token);
    }
    return item;
}

/* Turns an item into an empty one of another kind, in its place. */
static void reset(struct item *item, enum item_kind kind)
{
    item->kind = kind;
    item->first = NULL;
    item->last = NULL;
    item->count = 0;
}

static shoji_status set_kind(shoji_builder *builder, const char *pointer,
                             enum item_kind kind)
{
    struct item *item = reach(builder, pointer);
    if (item != NULL)
        reset(item, kind);
    return builder->status;
}

static shoji_status set_text(shoji_builder *builder, const char *pointer,
                             enum item_kind kind, const char *text)
{
    struct item *item = reach(builder, pointer);
    if (item == NULL)
        return builder->status;
    size_t length = strlen(text);
    char *copy = shoji__arena_copy(&builder->arena, text, length);
    if (copy == NULL)
        return fail(builder, SHOJI_NO_MEMORY);
    reset(item, kind);
    item->text = copy;
    item->text_length = length;
    return SHOJI_OK;
}

static shoji_status make(shoji_builder **builder)
{
    shoji_builder *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->root = make_item(made, ITEM_OBJECT);
    if (made->root == NULL) {
        shoji_builder_free(made);
        return SHOJI_NO_MEMORY;
    }
    *builder = made;
    return SHOJI_OK;
}

/* What a new document of each element begins with. */
static shoji_status begin_element(shoji_builder *builder, shoji_element element)
{
    shoji_builder_set_string(builder, "/element", shoji_element_text(element));
    if (element == SHOJI_ELEMENT_ENTITY)
        shoji_builder_set_object(builder, "/body");
    if (element == SHOJI_ELEMENT_VIEW || element == SHOJI_ELEMENT_FRAGMENT)
        shoji_builder_set_null(builder, "/value");
    if (element == SHOJI_ELEMENT_ORDER)
        shoji_builder_set_array(builder, "/graph");
    return builder->status;
}

shoji_status shoji_builder_new(shoji_builder **builder, shoji_element element)
{
    shoji_builder *made;
    shoji_status status = make(&made);
    if (status == SHOJI_OK && element != SHOJI_ELEMENT_VALUE) {
        status = begin_element(made, element);
        if (status != SHOJI_OK)
            shoji_builder_free(made);
    }
    if (status == SHOJI_OK)
        *builder = made;
    return status;
}

shoji_status shoji_builder_edit(shoji_builder **builder, const shoji_document *document)
{
    shoji_builder *made;
    shoji_status status = make(&made);
    if (status != SHOJI_OK)
        return status;
    made->root->kind = ITEM_LENT;
    made->root->lent = shoji_document_root(document);
    if (shoji_document_element(document) == SHOJI_ELEMENT_VALUE)
        made->expect = SHOJI_EXPECT_VALUE;
    *builder = made;
    return SHOJI_OK;
}

void shoji_builder_free(shoji_builder *builder)
{
    if (builder == NULL)
        return;
    shoji__arena_finish(&builder->arena);
    shoji__release(builder);
}

shoji_status shoji_builder_set(shoji_builder *builder, const char *pointer,
                               shoji_value value)
{
    if (!shoji_value_exists(value))
        return fail(builder, SHOJI_USAGE);
    struct item *item = reach(builder, pointer);
    if (item == NULL)
        return builder->status;
    reset(item, ITEM_LENT);
    item->lent = value;
    return SHOJI_OK;
}

shoji_status shoji_builder_set_string(shoji_builder *builder, const char *pointer,
                                      const char *string)
{
    if (!shoji__utf8_valid(string, strlen(string)))
        return fail(builder, SHOJI_SYNTAX);
    return set_text(builder, pointer, ITEM_STRING, string);
}

shoji_status shoji_builder_set_number(shoji_builder *builder, const char *pointer,
                                      const char *text)
{
    if (!shoji__is_number(shoji__slice_of(text)))
        return fail(builder, SHOJI_SYNTAX);
    return set_text(builder, pointer, ITEM_NUMBER, text);
}

shoji_status shoji_builder_set_boolean(shoji_builder *builder, const char *pointer,
                                       bool boolean)
{
    return set_kind(builder, pointer, boolean ? ITEM_TRUE : ITEM_FALSE);
}

shoji_status shoji_builder_set_null(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, ITEM_NULL);
}

shoji_status shoji_builder_set_object(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, ITEM_OBJECT);
}

shoji_status shoji_builder_set_array(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, ITEM_ARRAY);
}

shoji_status shoji_builder_remove(shoji_builder *builder, const char *pointer)
{
    struct item *item = builder->root;
    struct shoji__slice token;
    if (builder->status != SHOJI_OK)
        return builder->status;
    if (*pointer == '\0' || !shoji__pointer_valid(pointer))
        return fail(builder, SHOJI_USAGE);
    while (item != NULL && shoji__pointer_next(&pointer, &token)) {
        if (!thaw(builder, item))
            return fail(builder, SHOJI_NO_MEMORY);
        item = find_child(item, token);
    }
    if (item == NULL)
        return SHOJI_NOT_FOUND;
    remove_child(item);
    return SHOJI_OK;
}

/* Appends a token to a pointer, escaped. */
static shoji_status append_token(shoji_buffer *pointer, const char *name)
{
    shoji_status status = shoji__buffer_append_byte(pointer, '/');
    for (; *name != '\0' && status == SHOJI_OK; name++) {
        if (*name == '~')
            status = shoji_buffer_append(pointer, "~0", 2);
        else if (*name == '/')
            status = shoji_buffer_append(pointer, "~1", 2);
        else
            status = shoji__buffer_append_byte(pointer, *name);
    }
    return status;
}

static shoji_status make_pointer(shoji_buffer *pointer, const char *member,
                                 const char *name)
{
    shoji_status status = append_token(pointer, member);
    return status == SHOJI_OK ? append_token(pointer, name) : status;
}

/* Drops the earlier sibling of the same name: of two, the last is kept, as in reading. */
static void drop_earlier(struct item *child)
{
    for (struct item *earlier = child->previous; earlier != NULL;
         earlier = earlier->previous) {
        if (earlier->name_length != child->name_length ||
            memcmp(earlier->name, child->name, child->name_length) != 0)
            continue;
        remove_child(earlier);
        return;
    }
}

/* Turns an array of draft 01 into the map that it stands for. */
static shoji_status make_map(shoji_builder *builder, const char *pointer)
{
    struct item *map = reach(builder, pointer);
    if (map == NULL || !thaw(builder, map))
        return fail(builder, SHOJI_NO_MEMORY);
    if (map->kind == ITEM_LENT && shoji_value_type(map->lent) == SHOJI_NULL)
        reset(map, ITEM_OBJECT);
    if (map->kind != ITEM_ARRAY)
        return SHOJI_OK;
    for (struct item *child = map->first; child != NULL; child = child->next) {
        child->name = child->kind == ITEM_LENT
                          ? shoji_value_string(child->lent, &child->name_length)
                          : child->text;
        if (child->kind != ITEM_LENT)
            child->name_length = child->text_length;
        if (child->name == NULL)
            return fail(builder, SHOJI_NOT_FOUND);
        drop_earlier(child);
    }
    map->kind = ITEM_OBJECT;
    return SHOJI_OK;
}

shoji_status shoji_builder_set_link(shoji_builder *builder, shoji_map map,
                                    const char *name, const char *reference)
{
    shoji_buffer pointer = SHOJI_BUFFER_INIT;
    shoji_status status = append_token(&pointer, shoji_map_text(map));
    if (status == SHOJI_OK)
        status = make_map(builder, pointer.bytes);
    if (status == SHOJI_OK)
        status = append_token(&pointer, name);
    if (status == SHOJI_OK)
        status = shoji_builder_set_string(builder, pointer.bytes, reference);
    shoji_buffer_finish(&pointer);
    return fail(builder, status);
}

shoji_status shoji_builder_add_entity(shoji_builder *builder, const char *reference)
{
    struct item *entities = reach(builder, "/entities");
    if (entities == NULL || !thaw(builder, entities))
        return builder->status;
    if (entities->kind == ITEM_OBJECT && entities->count == 0)
        reset(entities, ITEM_ARRAY);
    return shoji_builder_set_string(builder, "/entities/-", reference);
}

shoji_status shoji_builder_set_tuple(shoji_builder *builder, const char *reference,
                                     shoji_value tuple)
{
    shoji_buffer pointer = SHOJI_BUFFER_INIT;
    shoji_status status = make_pointer(&pointer, "index", reference);
    if (status == SHOJI_OK && shoji_value_exists(tuple))
        status = shoji_builder_set(builder, pointer.bytes, tuple);
    else if (status == SHOJI_OK)
        status = shoji_builder_set_null(builder, pointer.bytes);
    shoji_buffer_finish(&pointer);
    return fail(builder, status);
}

static void write_leaf(shoji_writer *writer, const struct item *item)
{
    switch (item->kind) {
    case ITEM_LENT:
        shoji_writer_value(writer, item->lent);
        break;
    case ITEM_STRING:
        shoji_writer_string_n(writer, item->text, item->text_length);
        break;
    case ITEM_NUMBER:
        shoji_writer_number(writer, item->text, item->text_length);
        break;
    case ITEM_TRUE:
    case ITEM_FALSE:
        shoji_writer_boolean(writer, item->kind == ITEM_TRUE);
        break;
    case ITEM_NULL:
    case ITEM_OBJECT:
    case ITEM_ARRAY:
        shoji_writer_null(writer);
        break;
    }
}

/* Writes what stands before the children of an item, or all of it where it has none. */
static void open_item(shoji_writer *writer, const struct item *item)
{
    if (item->parent != NULL && item->parent->kind == ITEM_OBJECT)
        shoji_writer_name_n(writer, item->name, item->name_length);
    if (item->kind == ITEM_OBJECT)
        shoji_writer_begin_object(writer);
    else if (item->kind == ITEM_ARRAY)
        shoji_writer_begin_array(writer);
    else
        write_leaf(writer, item);
}

static void close_item(shoji_writer *writer, const struct item *item)
{
    if (item->kind == ITEM_OBJECT)
        shoji_writer_end_object(writer);
    else if (item->kind == ITEM_ARRAY)
        shoji_writer_end_array(writer);
}

/* Walks all items, by their links instead of by recursion. */
static void write_items(shoji_writer *writer, const struct item *root)
{
    const struct item *item = root;
    while (item != NULL) {
        open_item(writer, item);
        if (item->first != NULL) {
            item = item->first;
            continue;
        }
        close_item(writer, item);
        while (item != root && item->next == NULL) {
            item = item->parent;
            close_item(writer, item);
        }
        item = item != root ? item->next : NULL;
    }
}

shoji_status shoji_builder_emit(shoji_buffer *text, const shoji_builder *builder,
                                const shoji_writer_options *options)
{
    if (builder->status != SHOJI_OK)
        return builder->status;
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, options);
    if (status != SHOJI_OK)
        return status;
    shoji_buffer_clear(text);
    write_items(writer, builder->root);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status != SHOJI_OK)
        shoji_buffer_clear(text);
    return status;
}

shoji_status shoji_builder_finish(const shoji_builder *builder, shoji_document **document,
                                  shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.limits = shoji__limits_greatest;
    options.expect = builder->expect;
    shoji_status status = shoji_builder_emit(&text, builder, NULL);
    if (status == SHOJI_OK)
        status = shoji_document_parse(document, text.bytes, text.length, &options, error);
    else
        shoji__fail(error, status, NULL, "the document could not be built: %s",
                    shoji_status_text(status));
    shoji_buffer_finish(&text);
    return status;
}
