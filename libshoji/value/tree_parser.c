#include "value/tree_parser.h"

#include "base/error.h"
#include "base/memory.h"
#include "value/event_callbacks.h"
#include "value/tree.h"

#include <stdio.h>
#include <string.h>

enum {
    FEW_BYTES = 64,
    /* Texts with a value for every eight bytes or less are rare. Only a long one is worth
     * finding out: what its beginning needs tells of the whole (see foresee). */
    BYTES_A_NODE = 8,
    FIRST_NODES = 1 << 13,
    /* Bytes from which on the beginning of a text tells of the rest. */
    TELLING_LENGTH = 1 << 14,
    OFFSET_SIZE = sizeof(uint32_t),
    MESSAGE_SIZE = 128
};

/* Keeps what is rare out of the functions that every value passes through. */
#define OUT_OF_LINE __attribute__((noinline))

static const uint32_t no_node = UINT32_MAX;

static uint32_t pack(size_t length, unsigned type)
{
    return (uint32_t)length << SHOJI__TYPE_BITS | type;
}

/*
 * How much will be needed for the whole text, given what is needed for the part of it
 * that has been read: in proportion and a little more, but at least half as much again.
 * To reserve too much is not free: the allocator hands large blocks back to the system,
 * which makes their pages anew for the next text; nor is to grow in many steps.
 */
static size_t foresee(struct shoji__tree_parser *parser, size_t need)
{
    size_t read = shoji__events_begin(&parser->events);
    size_t least = need <= SIZE_MAX / 2 ? need + need / 2 : need;
    if (read < TELLING_LENGTH || parser->expected <= read)
        return least;
    double whole = (double)need * 1.03 * ((double)parser->expected / (double)read);
    bool fits = whole < (double)(SIZE_MAX / 2);
    return fits && whole > (double)least ? (size_t)whole : least;
}

static shoji_status grow_nodes(struct shoji__tree_parser *parser)
{
    shoji_tree *tree = parser->tree;
    if (tree->capacity >= no_node / 2)
        return SHOJI_NO_MEMORY;
    size_t capacity = foresee(parser, tree->capacity);
    if (capacity > no_node / 2)
        capacity = no_node / 2;
    struct shoji__node *nodes =
        shoji__realloc_array(tree->nodes, capacity, sizeof *nodes);
    if (nodes == NULL)
        return SHOJI_NO_MEMORY;
    tree->nodes = nodes;
    tree->capacity = capacity;
    return SHOJI_OK;
}

/* Keeps decoded bytes, with a NUL, outside of the text. `offset` is where they begin in
 * it. Gives their place as a node has it. */
static shoji_status keep_extra(struct shoji__tree_parser *parser, const char *bytes,
                               size_t length, size_t offset, uint32_t *place)
{
    shoji_tree *tree = parser->tree;
    size_t need = tree->extra_length + OFFSET_SIZE + length + 1;
    if (need > UINT32_MAX)
        return shoji__events_fail(&parser->events, offset, SHOJI_LIMIT, "json.too-large",
                                  "the text has more escaped strings than memory can "
                                  "address");
    if (need > tree->extra_capacity) {
        size_t capacity = foresee(parser, need);
        char *extra = shoji__realloc(tree->extra, capacity);
        if (extra == NULL)
            return SHOJI_NO_MEMORY;
        tree->extra = extra;
        tree->extra_capacity = capacity;
    }
    uint32_t begin = (uint32_t)offset;
    char *to = tree->extra + tree->extra_length;
    memcpy(to, &begin, OFFSET_SIZE);
    memcpy(to + OFFSET_SIZE, bytes, length);
    to[OFFSET_SIZE + length] = '\0';
    *place = (uint32_t)(tree->extra_length + OFFSET_SIZE);
    tree->extra_length = need;
    return SHOJI_OK;
}

/*
 * Puts a NUL after the last number, once what follows it has been read. That byte is a
 * separator or white space, which nobody needs any more; but a line break is counted when
 * a position is told, so a number before one gets its NUL elsewhere.
 */
static shoji_status terminate_number(struct shoji__tree_parser *parser)
{
    shoji_tree *tree = parser->tree;
    struct shoji__node *node = &tree->nodes[tree->count - 1];
    uint32_t length = shoji__node_length(node);
    size_t end = node->a + length;
    parser->after_number = false;
    if (tree->text[end] != '\n') {
        tree->text[end] = '\0';
        return SHOJI_OK;
    }
    node->b |= SHOJI__IN_EXTRA;
    return keep_extra(parser, tree->text + node->a, length, node->a, &node->a);
}

/* Whether nothing is due before the next node can be put down. */
static inline bool is_ready(const struct shoji__tree_parser *parser)
{
    return !parser->after_number && parser->tree->count != parser->tree->capacity;
}

static OUT_OF_LINE shoji_status prepare_node(struct shoji__tree_parser *parser)
{
    shoji_status status = parser->after_number ? terminate_number(parser) : SHOJI_OK;
    if (status == SHOJI_OK && parser->tree->count == parser->tree->capacity)
        status = grow_nodes(parser);
    return status;
}

static inline void put_node(shoji_tree *tree, size_t a, uint32_t b)
{
    tree->nodes[tree->count++] = (struct shoji__node){(uint32_t)a, b};
}

static inline shoji_status add_node(struct shoji__tree_parser *parser, size_t a,
                                    uint32_t b)
{
    shoji_status status = is_ready(parser) ? SHOJI_OK : prepare_node(parser);
    if (status == SHOJI_OK)
        put_node(parser->tree, a, b);
    return status;
}

static OUT_OF_LINE shoji_status refuse_member(struct shoji__tree_parser *parser)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message,
             "an object or array has more members than the limit of %zu",
             parser->limits->members);
    return shoji__events_fail(&parser->events, shoji__events_begin(&parser->events),
                              SHOJI_LIMIT, "json.too-many-members", message);
}

/* Counts one more item or member of what is open; false where it is one too many. */
static inline bool count_in(struct shoji__tree_parser *parser)
{
    struct shoji__node *open = &parser->tree->nodes[parser->open];
    if (shoji__node_length(open) >= parser->limits->members)
        return false;
    open->b += 1u << SHOJI__TYPE_BITS;
    return true;
}

/* A value counts in an array by itself, in an object by its name. */
static inline bool count_value(struct shoji__tree_parser *parser)
{
    return !parser->in_array || count_in(parser);
}

static shoji_status on_literal(void *context, size_t end, shoji_type type)
{
    struct shoji__tree_parser *parser = context;
    if (!count_value(parser))
        return refuse_member(parser);
    return add_node(parser, end, pack(0, type));
}

static shoji_status on_number(void *context, const char *bytes, size_t length, size_t end)
{
    struct shoji__tree_parser *parser = context;
    (void)bytes;
    if (!count_value(parser))
        return refuse_member(parser);
    shoji_status status = add_node(parser, end - length, pack(length, SHOJI_NUMBER));
    parser->after_number = status == SHOJI_OK;
    return status;
}

static shoji_status add_decoded(struct shoji__tree_parser *parser, const char *bytes,
                                size_t length)
{
    size_t offset = shoji__events_begin(&parser->events);
    uint32_t place = 0;
    shoji_status status = keep_extra(parser, bytes, length, offset, &place);
    if (status != SHOJI_OK)
        return status;
    return add_node(parser, place, pack(length, SHOJI_STRING | SHOJI__IN_EXTRA));
}

/* Adds a string where the next node is not ready, or which is not lent from the text. */
static OUT_OF_LINE shoji_status add_rare_string(struct shoji__tree_parser *parser,
                                                const char *bytes, size_t length,
                                                size_t start)
{
    char *in_place = parser->tree->text + start;
    /* The tokenizer lends a copy of a string that two blocks share, or of one that it has
     * decoded; only the former stands so in the text. */
    if (bytes != in_place &&
        (in_place[-1] != '"' || memcmp(in_place, bytes, length) != 0))
        return add_decoded(parser, bytes, length);
    in_place[length] = '\0';
    return add_node(parser, start, pack(length, SHOJI_STRING));
}

static inline shoji_status add_string(struct shoji__tree_parser *parser,
                                      const char *bytes, size_t length, size_t end)
{
    shoji_tree *tree = parser->tree;
    size_t start = end - 1 - length;
    if (bytes != tree->text + start || !is_ready(parser))
        return add_rare_string(parser, bytes, length, start);
    tree->text[end - 1] = '\0';
    put_node(tree, start, pack(length, SHOJI_STRING));
    return SHOJI_OK;
}

static shoji_status on_string(void *context, const char *bytes, size_t length, size_t end)
{
    struct shoji__tree_parser *parser = context;
    if (!count_value(parser))
        return refuse_member(parser);
    return add_string(parser, bytes, length, end);
}

static shoji_status on_name(void *context, const char *bytes, size_t length, size_t end)
{
    struct shoji__tree_parser *parser = context;
    if (!count_in(parser))
        return refuse_member(parser);
    shoji__name_set_add(&parser->names, bytes, length);
    return add_string(parser, bytes, length, end);
}

static shoji_status on_begin(void *context, size_t end, shoji_type type)
{
    struct shoji__tree_parser *parser = context;
    (void)end;
    if (!count_value(parser))
        return refuse_member(parser);
    uint32_t parent = parser->open;
    parser->open = parser->tree->count;
    parser->in_array = type == SHOJI_ARRAY;
    parser->names = (struct shoji__name_set){0, false};
    return add_node(parser, parent, pack(0, type));
}

static shoji_status on_end(void *context, size_t end)
{
    struct shoji__tree_parser *parser = context;
    shoji_tree *tree = parser->tree;
    uint32_t index = parser->open;
    struct shoji__node *node = &tree->nodes[index];
    (void)end;
    parser->open = node->a;
    parser->in_array = parser->open != no_node &&
                       shoji__node_type(&tree->nodes[parser->open]) == SHOJI_ARRAY;
    node->a = tree->count - index;
    bool may_repeat = parser->names.may_repeat;
    /* The names of the one around it have been forgotten for its own. */
    parser->names.may_repeat = true;
    if (may_repeat && shoji__node_type(node) == SHOJI_OBJECT &&
        shoji__node_length(node) > 1)
        return shoji__duplicates_drop(&parser->duplicates, tree, index);
    return SHOJI_OK;
}

static shoji_status make_tree(shoji_tree **tree, size_t expected)
{
    shoji_tree *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    *tree = made;
    made->text_capacity = expected + 1;
    made->text = shoji__alloc(made->text_capacity);
    size_t nodes = expected / BYTES_A_NODE + FEW_BYTES / BYTES_A_NODE;
    made->capacity = nodes < FIRST_NODES ? nodes : FIRST_NODES;
    made->nodes = shoji__alloc_array(made->capacity, sizeof *made->nodes);
    return made->text != NULL && made->nodes != NULL ? SHOJI_OK : SHOJI_NO_MEMORY;
}

shoji_status shoji__tree_parser_init(struct shoji__tree_parser *parser,
                                     const shoji_limits *limits, size_t expected)
{
    parser->duplicates = (struct shoji__duplicates){0};
    parser->tree = NULL;
    parser->limits = limits;
    parser->expected = expected;
    parser->open = no_node;
    parser->names = (struct shoji__name_set){0, false};
    parser->in_array = false;
    parser->after_number = false;
    parser->window = (struct shoji__window){NULL, 0, SHOJI__POSITION_INIT};
    shoji_status status =
        shoji__events_init(&parser->events, &event_callbacks, parser, limits);
    return status == SHOJI_OK ? make_tree(&parser->tree, expected) : status;
}

void shoji__tree_parser_finish(struct shoji__tree_parser *parser)
{
    shoji__events_finish(&parser->events);
    shoji__duplicates_finish(&parser->duplicates);
    shoji_tree_free(parser->tree);
}

/* Makes room in the text for more bytes and a NUL. */
static bool reserve_text(shoji_tree *tree, size_t more)
{
    size_t need = tree->text_length + more + 1;
    if (need <= tree->text_capacity)
        return true;
    size_t capacity = tree->text_capacity * 2;
    if (capacity < need)
        capacity = need < FEW_BYTES ? FEW_BYTES : need;
    char *text = shoji__realloc(tree->text, capacity);
    if (text == NULL)
        return false;
    tree->text = text;
    tree->text_capacity = capacity;
    return true;
}

/* Has each open array or object, from the root on, give the next one in it in the place
 * of the one around it. Returns the root; no_node where nothing is open. */
static uint32_t turn_around(struct shoji__tree_parser *parser)
{
    uint32_t inner = no_node;
    uint32_t node = parser->open;
    while (node != no_node) {
        uint32_t around = parser->tree->nodes[node].a;
        parser->tree->nodes[node].a = inner;
        inner = node;
        node = around;
    }
    return inner;
}

/* Appends to the error's pointer which item of an array, or which member, is at `node`:
 * the value after it is the one that is meant. */
static void point_into(shoji_error *error, const shoji_tree *tree, uint32_t container,
                       uint32_t name, uint32_t items)
{
    char parent[SHOJI_ERROR_POINTER_SIZE];
    char index[32];
    memcpy(parent, error->pointer, sizeof parent);
    if (shoji__node_type(&tree->nodes[container]) == SHOJI_ARRAY) {
        int length = snprintf(index, sizeof index, "%lu", (unsigned long)items);
        shoji__error_pointer(error, parent, (struct shoji__slice){index, (size_t)length});
        return;
    }
    const struct shoji__node *node = &tree->nodes[name];
    shoji__error_pointer(
        error, parent,
        (struct shoji__slice){shoji__node_bytes(tree, node), shoji__node_length(node)});
}

/* Whether the fault is in a value, or where one is due, of what is open. */
static bool is_at_value(enum shoji__grammar grammar)
{
    return grammar == SHOJI__AFTER_NAME || grammar == SHOJI__AFTER_COLON ||
           grammar == SHOJI__AFTER_BEGIN_ARRAY || grammar == SHOJI__AFTER_COMMA_IN_ARRAY;
}

/*
 * Gives the error a pointer to what is being read: a member whose name has been read, an
 * item, or else what is open around the place. The tree is of no use afterwards.
 */
static void point(struct shoji__tree_parser *parser, shoji_error *error)
{
    const shoji_tree *tree = parser->tree;
    shoji__events_begin(&parser->events);
    uint32_t innermost = parser->open;
    uint32_t container = turn_around(parser);
    if (error == NULL || container == no_node)
        return;
    /* A pointer that is full is cut, and grows no more. */
    size_t room = SHOJI_ERROR_POINTER_SIZE / 2;
    for (; container != innermost && room != 0; room--) {
        const struct shoji__node *node = &tree->nodes[container];
        point_into(error, tree, container, node->a - 1, shoji__node_length(node) - 1);
        container = node->a;
    }
    if (container == innermost && is_at_value(parser->events.gap.grammar))
        point_into(error, tree, container, tree->count - 1,
                   shoji__node_length(&tree->nodes[container]));
}

static shoji_status read_text(struct shoji__tree_parser *parser,
                              enum shoji__extent extent, shoji_error *error)
{
    const shoji_tree *tree = parser->tree;
    parser->window.bytes = tree->text;
    parser->window.length = tree->text_length;
    shoji_status status =
        shoji__events_read(&parser->events, &parser->window, extent, error);
    if (status == SHOJI_NO_MEMORY)
        return shoji__fail_memory(error);
    if (status != SHOJI_OK)
        point(parser, error);
    return status;
}

static shoji_status refuse_size(struct shoji__tree_parser *parser, shoji_error *error)
{
    /* A fault in what is there comes before the one that there is more. */
    shoji_status status = read_text(parser, SHOJI__IS_CUT, error);
    if (status != SHOJI_OK)
        return status;
    return shoji__fail(error, SHOJI_LIMIT, "json.too-large",
                       "the text has more bytes than the limit of %zu",
                       parser->limits->size);
}

shoji_status shoji__tree_parser_feed(struct shoji__tree_parser *parser, const char *text,
                                     size_t length, shoji_error *error)
{
    shoji_tree *tree = parser->tree;
    size_t room = parser->limits->size - tree->text_length;
    bool too_large = length > room;
    size_t rest = too_large ? room : length;
    while (rest != 0) {
        size_t missing = shoji__events_want(&parser->events) -
                         (tree->text_length - parser->window.length);
        size_t part = rest < missing ? rest : missing;
        if (!reserve_text(tree, part))
            return shoji__fail_memory(error);
        memcpy(tree->text + tree->text_length, text, part);
        tree->text_length += part;
        text += part;
        rest -= part;
        shoji_status status =
            part == missing ? read_text(parser, SHOJI__MORE_COMES, error) : SHOJI_OK;
        if (status != SHOJI_OK)
            return status;
    }
    return too_large ? refuse_size(parser, error) : SHOJI_OK;
}

/* Gives back what has been reserved too much of a block. One that cannot be moved stays
 * as it is. */
static void *shrink(void *block, size_t *capacity, size_t count, size_t size)
{
    if (count == *capacity || block == NULL)
        return block;
    void *shrunk = shoji__realloc_array(block, count, size);
    if (shrunk == NULL)
        return block;
    *capacity = count;
    return shrunk;
}

static void trim(shoji_tree *tree)
{
    tree->nodes = shrink(tree->nodes, &tree->capacity, tree->count, sizeof *tree->nodes);
    tree->text = shrink(tree->text, &tree->text_capacity, tree->text_length + 1, 1);
    tree->extra = shrink(tree->extra, &tree->extra_capacity, tree->extra_length, 1);
    tree->duplicates = shrink(tree->duplicates, &tree->duplicate_capacity,
                              tree->duplicate_count, sizeof *tree->duplicates);
}

shoji_status shoji__tree_parser_end(struct shoji__tree_parser *parser, shoji_tree **tree,
                                    shoji_error *error)
{
    shoji_status status = read_text(parser, SHOJI__IS_WHOLE, error);
    if (status != SHOJI_OK)
        return status;
    parser->tree->text[parser->tree->text_length] = '\0';
    if (parser->after_number)
        status = terminate_number(parser);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? shoji__fail_memory(error) : status;
    trim(parser->tree);
    *tree = parser->tree;
    parser->tree = NULL;
    return SHOJI_OK;
}

static shoji_status usable(const shoji_limits *limits, shoji_error *error)
{
    if (shoji__limits_check(limits) == SHOJI_OK)
        return SHOJI_OK;
    return shoji__fail(error, SHOJI_USAGE, NULL, "a limit is out of its range");
}

static const shoji_limits default_limits = SHOJI_LIMITS_INIT;

shoji_status shoji_tree_parse(shoji_tree **tree, const char *text, size_t length,
                              const shoji_limits *limits, shoji_error *error)
{
    if (limits == NULL)
        limits = &default_limits;
    shoji_status status = usable(limits, error);
    if (status != SHOJI_OK)
        return status;
    struct shoji__tree_parser parser;
    size_t expected = length < limits->size ? length : limits->size;
    if (shoji__tree_parser_init(&parser, limits, expected) != SHOJI_OK)
        status = shoji__fail_memory(error);
    if (status == SHOJI_OK)
        status = shoji__tree_parser_feed(&parser, text, length, error);
    if (status == SHOJI_OK)
        status = shoji__tree_parser_end(&parser, tree, error);
    shoji__tree_parser_finish(&parser);
    return status;
}

/* The public one: its failure sticks. */
struct shoji_tree_parser {
    struct shoji__tree_parser core;
    shoji_limits limits;
    bool finished;
    shoji_error failure;
};

shoji_status shoji_tree_parser_new(shoji_tree_parser **parser, const shoji_limits *limits)
{
    if (limits == NULL)
        limits = &default_limits;
    if (shoji__limits_check(limits) != SHOJI_OK)
        return SHOJI_USAGE;
    shoji_tree_parser *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->limits = *limits;
    shoji_status status = shoji__tree_parser_init(&made->core, &made->limits, 0);
    if (status != SHOJI_OK) {
        shoji_tree_parser_free(made);
        return status;
    }
    *parser = made;
    return SHOJI_OK;
}

void shoji__tree_parser_cut(shoji_tree_parser *parser, size_t size)
{
    shoji__events_cut(&parser->core.events, size);
}

void shoji_tree_parser_free(shoji_tree_parser *parser)
{
    if (parser == NULL)
        return;
    shoji__tree_parser_finish(&parser->core);
    shoji__release(parser);
}

static shoji_status report(const shoji_tree_parser *parser, shoji_error *error)
{
    if (parser->failure.status != SHOJI_OK && error != NULL)
        *error = parser->failure;
    return parser->failure.status;
}

static shoji_status check_open(const shoji_tree_parser *parser, shoji_error *error)
{
    if (parser->failure.status == SHOJI_OK && parser->finished)
        return shoji__fail(error, SHOJI_USAGE, NULL, "the text has been ended");
    return report(parser, error);
}

shoji_status shoji_tree_parser_feed(shoji_tree_parser *parser, const char *text,
                                    size_t length, shoji_error *error)
{
    shoji_status status = check_open(parser, error);
    if (status != SHOJI_OK)
        return status;
    shoji__tree_parser_feed(&parser->core, text, length, &parser->failure);
    return report(parser, error);
}

shoji_status shoji_tree_parser_finish(shoji_tree_parser *parser, shoji_tree **tree,
                                      shoji_error *error)
{
    shoji_status status = check_open(parser, error);
    if (status != SHOJI_OK)
        return status;
    parser->finished = true;
    shoji__tree_parser_end(&parser->core, tree, &parser->failure);
    return report(parser, error);
}
