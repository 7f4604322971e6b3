#include "value/tree.h"

#include "base/error.h"
#include "base/memory.h"
#include "value/duplicates.h"
#include "value/events.h"

#include <string.h>

enum {
    FEW_NODES = 16,
    RAW_OFFSET_SIZE = sizeof(uint32_t)
};

/* What a text is made into while it is read. */
struct builder {
    struct shoji__events *events;
    shoji_tree *tree;
    const shoji_limits *limits;
    /* The array or object that is open; an open one has its parent's node in `a`. */
    uint32_t open;
    struct shoji__duplicates duplicates;
};

static const uint32_t no_node = UINT32_MAX;

static uint32_t pack(uint32_t length, unsigned type)
{
    return length << SHOJI__TYPE_BITS | type;
}

static bool grow_nodes(shoji_tree *tree)
{
    uint32_t capacity = tree->capacity < FEW_NODES ? FEW_NODES : tree->capacity * 2;
    if (tree->capacity >= no_node / 2)
        return false;
    struct shoji__node *nodes =
        shoji__realloc_array(tree->nodes, capacity, sizeof *nodes);
    if (nodes == NULL)
        return false;
    tree->nodes = nodes;
    tree->capacity = capacity;
    return true;
}

static inline shoji_status add_node(struct builder *builder, uint32_t a, uint32_t b)
{
    shoji_tree *tree = builder->tree;
    if (tree->count == tree->capacity && !grow_nodes(tree))
        return SHOJI_NO_MEMORY;
    tree->nodes[tree->count].a = a;
    tree->nodes[tree->count].b = b;
    tree->count++;
    return SHOJI_OK;
}

/* Counts one more item or member of what is open. */
static inline shoji_status count_in(struct builder *builder)
{
    struct shoji__node *open = &builder->tree->nodes[builder->open];
    if (shoji__node_length(open) >= builder->limits->members)
        return shoji__events_fail(builder->events, shoji__events_begin(builder->events),
                                  SHOJI_LIMIT, "json.too-many-members",
                                  "an object or array has more members than the limit");
    open->b += 1u << SHOJI__TYPE_BITS;
    return SHOJI_OK;
}

/* A value counts in an array by itself, in an object by its name. */
static inline shoji_status count_value(struct builder *builder)
{
    if (builder->open == no_node ||
        shoji__node_type(&builder->tree->nodes[builder->open]) == SHOJI_OBJECT)
        return SHOJI_OK;
    return count_in(builder);
}

static shoji_status on_literal(void *context, const struct shoji__event *event,
                               shoji_type type)
{
    struct builder *builder = context;
    shoji_status status = count_value(builder);
    return status == SHOJI_OK ? add_node(builder, (uint32_t)(event->end), pack(0, type))
                              : status;
}

static shoji_status on_number(void *context, const struct shoji__event *event)
{
    struct builder *builder = context;
    shoji_status status = count_value(builder);
    if (status != SHOJI_OK)
        return status;
    return add_node(builder, (uint32_t)(event->end - event->length),
                    pack((uint32_t)event->length, SHOJI_NUMBER));
}

/* Keeps decoded bytes, with a NUL, outside of the text. Gives their place as a node has
 * it. */
static shoji_status keep_extra(struct builder *builder, const char *bytes, size_t length,
                               size_t raw, uint32_t *place)
{
    shoji_tree *tree = builder->tree;
    size_t need = tree->extra_length + RAW_OFFSET_SIZE + length + 1;
    if (need > no_node - tree->text_capacity)
        return shoji__events_fail(builder->events, raw, SHOJI_LIMIT, "json.too-large",
                                  "the text has more escaped strings than memory can "
                                  "address");
    if (need > tree->extra_capacity) {
        char *extra = shoji__realloc(tree->extra, need * 2);
        if (extra == NULL)
            return SHOJI_NO_MEMORY;
        tree->extra = extra;
        tree->extra_capacity = need * 2;
    }
    uint32_t offset = (uint32_t)raw;
    char *to = tree->extra + tree->extra_length;
    memcpy(to, &offset, RAW_OFFSET_SIZE);
    memcpy(to + RAW_OFFSET_SIZE, bytes, length);
    to[RAW_OFFSET_SIZE + length] = '\0';
    *place = (uint32_t)(tree->text_capacity + tree->extra_length + RAW_OFFSET_SIZE);
    tree->extra_length = need;
    return SHOJI_OK;
}

/* The offset of the opening quote of a string with escapes, given that of its closing
 * one: the nearest quote before it that is not escaped. */
static size_t opening_quote(const char *text, size_t closing)
{
    for (size_t at = closing - 1;; at--) {
        if (text[at] != '"')
            continue;
        size_t backslashes = 0;
        while (backslashes < at && text[at - backslashes - 1] == '\\')
            backslashes++;
        if (backslashes % 2 == 0)
            return at;
    }
}

static shoji_status add_string(struct builder *builder, const struct shoji__event *event)
{
    shoji_tree *tree = builder->tree;
    size_t closing = event->end - 1;
    size_t start = closing - event->length;
    uint32_t place = (uint32_t)start;

    /* The tokenizer lends the text itself, or a copy: of a string that two blocks share,
     * or of one that it has decoded. */
    const char *in_place = tree->text + start;
    if (event->bytes != in_place &&
        (in_place[-1] != '"' || memcmp(in_place, event->bytes, event->length) != 0)) {
        size_t raw = opening_quote(tree->text, closing);
        shoji_status status =
            keep_extra(builder, event->bytes, event->length, raw, &place);
        if (status != SHOJI_OK)
            return status;
    } else {
        tree->text[closing] = '\0';
    }
    return add_node(builder, place, pack((uint32_t)event->length, SHOJI_STRING));
}

static shoji_status on_string(void *context, const struct shoji__event *event)
{
    struct builder *builder = context;
    shoji_status status = count_value(builder);
    return status == SHOJI_OK ? add_string(builder, event) : status;
}

static shoji_status on_name(void *context, const struct shoji__event *event)
{
    struct builder *builder = context;
    shoji_status status = count_in(builder);
    return status == SHOJI_OK ? add_string(builder, event) : status;
}

static shoji_status on_begin(void *context, const struct shoji__event *event,
                             shoji_type type)
{
    (void)event;
    struct builder *builder = context;
    shoji_status status = count_value(builder);
    if (status != SHOJI_OK)
        return status;
    uint32_t parent = builder->open;
    builder->open = builder->tree->count;
    return add_node(builder, parent, pack(0, type));
}

static shoji_status on_end(void *context, const struct shoji__event *event)
{
    struct builder *builder = context;
    shoji_tree *tree = builder->tree;
    uint32_t index = builder->open;
    struct shoji__node *node = &tree->nodes[index];
    (void)event;
    builder->open = node->a;
    node->a = tree->count - index;
    if (shoji__node_type(node) == SHOJI_OBJECT && shoji__node_length(node) > 1)
        return shoji__duplicates_drop(&builder->duplicates, tree, index);
    return SHOJI_OK;
}

static const struct shoji__event_handler handler = {
    .literal = on_literal,
    .number = on_number,
    .string = on_string,
    .name = on_name,
    .begin = on_begin,
    .end = on_end,
};

/*
 * Puts a NUL after each number. That byte is a separator or white space, which nobody
 * needs any more; but a line break is counted when a position is told, so a number before
 * one gets its NUL elsewhere.
 */
static shoji_status terminate_numbers(struct builder *builder)
{
    shoji_tree *tree = builder->tree;
    for (uint32_t i = 0; i < tree->count; i++) {
        struct shoji__node *node = &tree->nodes[i];
        if (shoji__node_type(node) != SHOJI_NUMBER)
            continue;
        size_t end = node->a + shoji__node_length(node);
        if (tree->text[end] != '\n') {
            tree->text[end] = '\0';
            continue;
        }
        shoji_status status = keep_extra(builder, tree->text + node->a,
                                         shoji__node_length(node), node->a, &node->a);
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

/* Gives back what doubling has taken too much. */
static shoji_status trim(shoji_tree *tree)
{
    struct shoji__node *nodes =
        shoji__realloc_array(tree->nodes, tree->count, sizeof *nodes);
    if (nodes == NULL)
        return SHOJI_NO_MEMORY;
    tree->nodes = nodes;
    tree->capacity = tree->count;
    return SHOJI_OK;
}

static shoji_status read_text(shoji_tree *tree, const shoji_limits *limits,
                              shoji_error *error)
{
    struct builder builder = {.tree = tree, .limits = limits, .open = no_node};
    struct shoji__window window = {tree->text, tree->text_length, SHOJI__POSITION_INIT};
    shoji_status status = shoji__events_new(&builder.events, &handler, &builder, limits);
    if (status == SHOJI_OK)
        status = shoji__events_read(builder.events, &window, true, error);
    if (status == SHOJI_OK)
        status = terminate_numbers(&builder);
    if (status == SHOJI_OK)
        status = trim(tree);
    shoji__duplicates_finish(&builder.duplicates);
    shoji__events_free(builder.events);
    if (status == SHOJI_NO_MEMORY)
        return shoji__fail_memory(error);
    return status;
}

static shoji_tree *copy_text(const char *text, size_t length)
{
    shoji_tree *tree = shoji__alloc_zero(sizeof *tree);
    if (tree == NULL)
        return NULL;
    tree->text = shoji__copy_text(text, length);
    tree->text_length = length;
    tree->text_capacity = length + 1;
    /* Most texts have a value for every sixteen bytes or more. */
    tree->capacity = (uint32_t)(length / 16) + FEW_NODES;
    tree->nodes = shoji__alloc_array(tree->capacity, sizeof *tree->nodes);
    if (tree->text == NULL || tree->nodes == NULL) {
        shoji_tree_free(tree);
        return NULL;
    }
    return tree;
}

shoji_status shoji_tree_parse(shoji_tree **tree, const char *text, size_t length,
                              const shoji_limits *limits, shoji_error *error)
{
    static const shoji_limits defaults = SHOJI_LIMITS_INIT;
    if (limits == NULL)
        limits = &defaults;
    if (shoji__limits_check(limits) != SHOJI_OK)
        return shoji__fail(error, SHOJI_USAGE, NULL, "a limit is out of its range");
    if (length > limits->size)
        return shoji__fail(error, SHOJI_LIMIT, "json.too-large",
                           "the text has %zu bytes, more than the limit of %zu", length,
                           limits->size);

    shoji_tree *made = copy_text(text, length);
    if (made == NULL)
        return shoji__fail_memory(error);
    shoji_status status = read_text(made, limits, error);
    if (status != SHOJI_OK) {
        shoji_tree_free(made);
        return status;
    }
    *tree = made;
    return SHOJI_OK;
}

void shoji_tree_free(shoji_tree *tree)
{
    if (tree == NULL)
        return;
    shoji__release(tree->text);
    shoji__release(tree->extra);
    shoji__release(tree->nodes);
    shoji__release(tree->duplicates);
    shoji__release(tree);
}

/* Where the opening quote of a string, or the first character of a number, stands. */
static size_t scalar_offset(const shoji_tree *tree, const struct shoji__node *node)
{
    uint32_t offset = node->a;
    if (offset >= tree->text_capacity) {
        memcpy(&offset, shoji__node_bytes(tree, node) - RAW_OFFSET_SIZE, sizeof offset);
        return offset;
    }
    return shoji__node_type(node) == SHOJI_NUMBER ? offset : offset - 1;
}

static size_t literal_length(unsigned type)
{
    return type == SHOJI_FALSE ? 5 : 4;
}

/*
 * The offset of the opening bracket of an array or object. It has none of its own in the
 * node, but what stands before it in the text is known: its name, or the last node before
 * it that has an offset and is no bracket, from which brackets are counted.
 */
static size_t bracket_offset(const shoji_tree *tree, uint32_t node, uint32_t known,
                             size_t known_offset)
{
    uint32_t before = node;
    uint32_t brackets = 1;
    size_t at = 0;
    while (before > 0) {
        const struct shoji__node *earlier = &tree->nodes[--before];
        unsigned type = shoji__node_type(earlier);
        bool is_bracket = type == SHOJI_ARRAY || type == SHOJI_OBJECT;
        if (is_bracket && (before != known || known == 0)) {
            brackets++;
            continue;
        }
        if (is_bracket)
            at = known_offset + 1;
        else if (type == SHOJI_NULL || type == SHOJI_FALSE || type == SHOJI_TRUE)
            at = earlier->a;
        else if (type == SHOJI_NUMBER)
            at = scalar_offset(tree, earlier) + shoji__node_length(earlier);
        else
            at = scalar_offset(tree, earlier);
        break;
    }
    /* Strings are behind but the one that `at` may be the opening quote of: a name, or an
     * item; its brackets do not count. */
    if (tree->text[at] == '"') {
        for (at++; tree->text[at] != '"' && tree->text[at] != '\0'; at++)
            at += tree->text[at] == '\\';
        at++;
    }
    for (;; at++) {
        char byte = tree->text[at];
        if ((byte == '[' || byte == '{') && --brackets == 0)
            return at;
    }
}

size_t shoji__tree_offset(const shoji_tree *tree, uint32_t index, uint32_t known,
                          size_t known_offset)
{
    const struct shoji__node *node = &tree->nodes[index];
    unsigned type = shoji__node_type(node);
    if (type == SHOJI_ARRAY || type == SHOJI_OBJECT)
        return bracket_offset(tree, index, known, known_offset);
    if (type == SHOJI_NULL || type == SHOJI_FALSE || type == SHOJI_TRUE)
        return node->a - literal_length(type);
    return scalar_offset(tree, node);
}
