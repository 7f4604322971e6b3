#include <shoji/builder.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/emit.h"
#include "document/items.h"
#include "value/events.h"
#include "value/number.h"
#include "value/pointer.h"

#include <string.h>

struct shoji_builder {
    struct shoji__items items;
    struct shoji__item *root;
    shoji_expectation expect; /* of what is built */
    shoji_error fault;        /* of the first call that failed; its status sticks */
};

/* Fails at a pointer: `why` goes on with the sentence that the pointer begins. */
static shoji_status fail_at(shoji_builder *builder, const char *pointer,
                            shoji_status status, const char *why)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    if (status == SHOJI_OK || builder->fault.status != SHOJI_OK)
        return builder->fault.status;
    return shoji__fail(&builder->fault, status, NULL,
                       "the document could not be built: at \"%s\", %s",
                       shoji__excerpt(excerpt, pointer, strlen(pointer)), why);
}

static shoji_status fail(shoji_builder *builder, shoji_status status)
{
    if (status == SHOJI_OK || builder->fault.status != SHOJI_OK)
        return builder->fault.status;
    return shoji__fail(&builder->fault, status, NULL,
                       "the document could not be built: %s", shoji_status_text(status));
}

/* The child of an item that a token names, made where it is missing. */
static shoji_status step_into(shoji_builder *builder, struct shoji__item *item,
                              struct shoji__slice token, struct shoji__item **child)
{
    shoji_status status = shoji__item_thaw(&builder->items, item);
    if (status == SHOJI_OK)
        status = shoji__item_find(&builder->items, item, token, child);
    if (status == SHOJI_OK && *child == NULL)
        status = shoji__item_add(&builder->items, item, token, child);
    return status;
}

/* The item at a pointer, made with all that leads to it where it is missing; NULL, with
 * the builder's status, where it cannot be had. */
static struct shoji__item *reach(shoji_builder *builder, const char *pointer)
{
    struct shoji__item *item = builder->root;
    struct shoji__slice token;
    const char *rest = pointer;
    if (!shoji__pointer_valid(pointer) || !shoji__utf8_valid(pointer, strlen(pointer)))
        fail_at(builder, pointer, SHOJI_USAGE, "which is no JSON Pointer");
    while (builder->fault.status == SHOJI_OK && shoji__pointer_next(&rest, &token)) {
        shoji_status status = step_into(builder, item, token, &item);
        if (status == SHOJI_NOT_FOUND)
            fail_at(builder, pointer, status,
                    "which leads through a scalar or past the end of an array");
        fail(builder, status);
    }
    return builder->fault.status == SHOJI_OK ? item : NULL;
}

static shoji_status set_kind(shoji_builder *builder, const char *pointer,
                             enum shoji__item_kind kind)
{
    struct shoji__item *item = reach(builder, pointer);
    if (item != NULL)
        shoji__item_reset(&builder->items, item, kind);
    return builder->fault.status;
}

static shoji_status set_text(shoji_builder *builder, const char *pointer,
                             enum shoji__item_kind kind, const char *text)
{
    struct shoji__item *item = reach(builder, pointer);
    if (item == NULL)
        return builder->fault.status;
    size_t length = strlen(text);
    char *copy = shoji__copy_text(text, length);
    if (copy == NULL)
        return fail(builder, SHOJI_NO_MEMORY);
    shoji__item_reset(&builder->items, item, kind);
    item->text = copy;
    item->text_length = length;
    return SHOJI_OK;
}

static shoji_status make(shoji_builder **builder)
{
    shoji_builder *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    shoji__items_init(&made->items);
    made->root = shoji__item_new(&made->items, SHOJI__ITEM_OBJECT);
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
    return builder->fault.status;
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
    made->root->kind = SHOJI__ITEM_LENT;
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
    shoji__items_finish(&builder->items, builder->root);
    shoji__release(builder);
}

shoji_status shoji_builder_set(shoji_builder *builder, const char *pointer,
                               shoji_value value)
{
    if (!shoji_value_exists(value))
        return fail_at(builder, pointer, SHOJI_USAGE, "there is no value to set");
    struct shoji__item *item = reach(builder, pointer);
    if (item == NULL)
        return builder->fault.status;
    shoji__item_reset(&builder->items, item, SHOJI__ITEM_LENT);
    item->lent = value;
    return SHOJI_OK;
}

shoji_status shoji_builder_set_string(shoji_builder *builder, const char *pointer,
                                      const char *string)
{
    if (!shoji__utf8_valid(string, strlen(string)))
        return fail_at(builder, pointer, SHOJI_SYNTAX, "the string is not UTF-8");
    return set_text(builder, pointer, SHOJI__ITEM_STRING, string);
}

shoji_status shoji_builder_set_number(shoji_builder *builder, const char *pointer,
                                      const char *text)
{
    if (!shoji__is_number(shoji__slice_of(text)))
        return fail_at(builder, pointer, SHOJI_SYNTAX, "the number is no JSON number");
    return set_text(builder, pointer, SHOJI__ITEM_NUMBER, text);
}

shoji_status shoji_builder_set_boolean(shoji_builder *builder, const char *pointer,
                                       bool boolean)
{
    return set_kind(builder, pointer, boolean ? SHOJI__ITEM_TRUE : SHOJI__ITEM_FALSE);
}

shoji_status shoji_builder_set_null(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, SHOJI__ITEM_NULL);
}

shoji_status shoji_builder_set_object(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, SHOJI__ITEM_OBJECT);
}

shoji_status shoji_builder_set_array(shoji_builder *builder, const char *pointer)
{
    return set_kind(builder, pointer, SHOJI__ITEM_ARRAY);
}

shoji_status shoji_builder_remove(shoji_builder *builder, const char *pointer)
{
    struct shoji__item *item = builder->root;
    struct shoji__slice token;
    if (builder->fault.status != SHOJI_OK)
        return builder->fault.status;
    if (*pointer == '\0' || !shoji__pointer_valid(pointer))
        return fail_at(builder, pointer, SHOJI_USAGE, "which names nothing to remove");
    while (item != NULL && shoji__pointer_next(&pointer, &token)) {
        shoji_status status = shoji__item_thaw(&builder->items, item);
        if (status == SHOJI_OK)
            status = shoji__item_find(&builder->items, item, token, &item);
        if (status != SHOJI_OK)
            return fail(builder, status);
    }
    if (item == NULL)
        return SHOJI_NOT_FOUND;
    shoji__item_remove(&builder->items, item);
    return SHOJI_OK;
}

/* Appends a token to a pointer, escaped. */
static shoji_status append_token(shoji_buffer *pointer, const char *name)
{
    shoji_status status = shoji__buffer_append_byte(pointer, '/');
    for (; *name != '\0' && status == SHOJI_OK; name++)
        status = shoji__buffer_append_slice(pointer, shoji__token_escape(name));
    return status;
}

static shoji_status make_pointer(shoji_buffer *pointer, const char *member,
                                 const char *name)
{
    shoji_status status = append_token(pointer, member);
    return status == SHOJI_OK ? append_token(pointer, name) : status;
}

/* Turns an array of draft 01 into the map that it stands for. */
static shoji_status make_map(shoji_builder *builder, const char *pointer)
{
    struct shoji__item *map = reach(builder, pointer);
    if (map == NULL)
        return builder->fault.status;
    shoji_status status = shoji__item_thaw(&builder->items, map);
    if (status != SHOJI_OK)
        return fail(builder, status);
    if (map->kind == SHOJI__ITEM_LENT && shoji_value_type(map->lent) == SHOJI_NULL)
        shoji__item_reset(&builder->items, map, SHOJI__ITEM_OBJECT);
    if (map->kind != SHOJI__ITEM_ARRAY)
        return SHOJI_OK;
    return fail(builder, shoji__item_make_map(&builder->items, map));
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
    struct shoji__item *entities = reach(builder, "/entities");
    if (entities == NULL)
        return builder->fault.status;
    shoji_status status = shoji__item_thaw(&builder->items, entities);
    if (status != SHOJI_OK)
        return fail(builder, status);
    if (entities->kind == SHOJI__ITEM_OBJECT && entities->count == 0)
        shoji__item_reset(&builder->items, entities, SHOJI__ITEM_ARRAY);
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

static void write_leaf(shoji_writer *writer, const struct shoji__item *item)
{
    switch (item->kind) {
    case SHOJI__ITEM_LENT:
        shoji_writer_value(writer, item->lent);
        break;
    case SHOJI__ITEM_STRING:
        shoji_writer_string_n(writer, item->text, item->text_length);
        break;
    case SHOJI__ITEM_NUMBER:
        shoji_writer_number(writer, item->text, item->text_length);
        break;
    case SHOJI__ITEM_TRUE:
    case SHOJI__ITEM_FALSE:
        shoji_writer_boolean(writer, item->kind == SHOJI__ITEM_TRUE);
        break;
    case SHOJI__ITEM_NULL:
    case SHOJI__ITEM_OBJECT:
    case SHOJI__ITEM_ARRAY:
        shoji_writer_null(writer);
        break;
    }
}

/* Writes what stands before the children of an item, or all of it where it has none. */
static void open_item(shoji_writer *writer, const struct shoji__item *item)
{
    if (item->kind == SHOJI__ITEM_OBJECT)
        shoji_writer_begin_object(writer);
    else if (item->kind == SHOJI__ITEM_ARRAY)
        shoji_writer_begin_array(writer);
    else
        write_leaf(writer, item);
}

static void close_item(shoji_writer *writer, const struct shoji__item *item)
{
    if (item->kind == SHOJI__ITEM_OBJECT)
        shoji_writer_end_object(writer);
    else if (item->kind == SHOJI__ITEM_ARRAY)
        shoji_writer_end_array(writer);
}

static void write_name(shoji_writer *writer, const struct shoji__item *item)
{
    if (item->parent->kind == SHOJI__ITEM_OBJECT)
        shoji_writer_name_n(writer, item->name.bytes, item->name.length);
}

/* Writes an item and all that is in it, by the items' links instead of by recursion. */
static void write_item(shoji_writer *writer, const struct shoji__item *top)
{
    const struct shoji__item *item = top;
    for (;;) {
        open_item(writer, item);
        if (item->first != NULL) {
            item = item->first;
        } else {
            close_item(writer, item);
            while (item != top && item->next == NULL) {
                item = item->parent;
                close_item(writer, item);
            }
            if (item == top)
                return;
            item = item->next;
        }
        write_name(writer, item);
    }
}

/* The text of an item that has been thawed, as a value. */
static shoji_status read_item(shoji_tree **tree, const struct shoji__item *item)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    if (status != SHOJI_OK)
        return status;
    write_item(writer, item);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(tree, text.bytes, text.length, &shoji__limits_greatest,
                                  NULL);
    shoji_buffer_finish(&text);
    return status;
}

/* Writes what stands where an envelope has a map: an array of draft 01 as a map. */
static shoji_status write_map(shoji_writer *writer, const struct shoji__item *map)
{
    if (map->kind == SHOJI__ITEM_LENT)
        return shoji__write_map(writer, map->lent);
    shoji_tree *tree = NULL;
    if (!shoji__item_is_array_of_strings(map)) {
        write_item(writer, map);
        return SHOJI_OK;
    }
    shoji_status status = read_item(&tree, map);
    if (status == SHOJI_OK)
        status = shoji__write_map(writer, shoji_tree_root(tree));
    shoji_tree_free(tree);
    return status;
}

static bool is_envelope(const struct shoji_builder *builder)
{
    const struct shoji__item *root = builder->root;
    if (builder->expect == SHOJI_EXPECT_VALUE)
        return false;
    if (root->kind == SHOJI__ITEM_LENT)
        return shoji_value_exists(shoji_value_member(root->lent, "element"));
    const struct shoji__item *child = root->first;
    while (child != NULL && !shoji__slice_is(child->name, "element"))
        child = child->next;
    return child != NULL;
}

static shoji_status write_document(shoji_writer *writer, const shoji_builder *builder)
{
    const struct shoji__item *root = builder->root;
    shoji_status status = SHOJI_OK;
    shoji_map map;
    if (!is_envelope(builder)) {
        write_item(writer, root);
        return SHOJI_OK;
    }
    if (root->kind == SHOJI__ITEM_LENT)
        return shoji__write_envelope(writer, root->lent);
    shoji_writer_begin_object(writer);
    for (const struct shoji__item *child = root->first;
         child != NULL && status == SHOJI_OK; child = child->next) {
        write_name(writer, child);
        if (shoji__map_of(child->name.bytes, child->name.length, &map))
            status = write_map(writer, child);
        else
            write_item(writer, child);
    }
    shoji_writer_end_object(writer);
    return status;
}

shoji_status shoji_builder_emit(shoji_buffer *text, const shoji_builder *builder,
                                const shoji_writer_options *options)
{
    shoji_writer *writer;
    shoji_buffer_clear(text);
    if (builder->fault.status != SHOJI_OK)
        return builder->fault.status;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, options);
    if (status != SHOJI_OK)
        return status;
    status = write_document(writer, builder);
    if (status == SHOJI_OK)
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
    else if (builder->fault.status != SHOJI_OK)
        shoji__fail_as(error, &builder->fault);
    else
        shoji__fail(error, status, NULL, "the document could not be written: %s",
                    shoji_status_text(status));
    shoji_buffer_finish(&text);
    return status;
}
