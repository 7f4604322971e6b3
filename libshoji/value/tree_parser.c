#include "value/tree_parser.h"

#include "base/error.h"
#include "base/memory.h"
#include "value/tree.h"

#include <string.h>

enum {
    FEW_BYTES = 64,
    /* Texts with a value for every eight bytes or less are rare, and memory that is
     * reserved and never touched costs next to nothing; growing costs a copy. */
    BYTES_A_NODE = 8,
    OFFSET_SIZE = sizeof(uint32_t)
};

/* Keeps what is rare out of the functions that every value passes through. */
#define OUT_OF_LINE __attribute__((noinline))

static const uint32_t no_node = UINT32_MAX;

static uint32_t pack(size_t length, unsigned type)
{
    return (uint32_t)length << SHOJI__TYPE_BITS | type;
}

static shoji_status grow_nodes(shoji_tree *tree)
{
    if (tree->capacity >= no_node / 2)
        return SHOJI_NO_MEMORY;
    uint32_t capacity = tree->capacity * 2;
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
        char *extra = shoji__realloc(tree->extra, need * 2);
        if (extra == NULL)
            return SHOJI_NO_MEMORY;
        tree->extra = extra;
        tree->extra_capacity = need * 2;
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

static OUT_OF_LINE shoji_status prepare_node(struct shoji__tree_parser *parser)
{
    shoji_status status = parser->after_number ? terminate_number(parser) : SHOJI_OK;
    if (status == SHOJI_OK && parser->tree->count == parser->tree->capacity)
        status = grow_nodes(parser->tree);
    return status;
}

static inline shoji_status add_node(struct shoji__tree_parser *parser, size_t a,
                                    uint32_t b)
{
    shoji_tree *tree = parser->tree;
    if (parser->after_number || tree->count == tree->capacity) {
        shoji_status status = prepare_node(parser);
        if (status != SHOJI_OK)
            return status;
    }
    tree->nodes[tree->count++] = (struct shoji__node){(uint32_t)a, b};
    return SHOJI_OK;
}

static OUT_OF_LINE shoji_status refuse_member(struct shoji__tree_parser *parser)
{
    return shoji__events_fail(&parser->events, shoji__events_begin(&parser->events),
                              SHOJI_LIMIT, "json.too-many-members",
                              "an object or array has more members than the limit");
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

static OUT_OF_LINE shoji_status add_decoded(struct shoji__tree_parser *parser,
                                            const char *bytes, size_t length)
{
    size_t offset = shoji__events_begin(&parser->events);
    uint32_t place = 0;
    shoji_status status = keep_extra(parser, bytes, length, offset, &place);
    if (status != SHOJI_OK)
        return status;
    return add_node(parser, place, pack(length, SHOJI_STRING | SHOJI__IN_EXTRA));
}

static inline shoji_status add_string(struct shoji__tree_parser *parser,
                                      const char *bytes, size_t length, size_t end)
{
    size_t start = end - 1 - length;
    /* The tokenizer lends the text itself, or a copy: of a string that two blocks share,
     * or of one that it has decoded. */
    char *in_place = parser->tree->text + start;
    if (bytes != in_place &&
        (in_place[-1] != '"' || memcmp(in_place, bytes, length) != 0))
        return add_decoded(parser, bytes, length);
    in_place[length] = '\0';
    return add_node(parser, start, pack(length, SHOJI_STRING));
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
    if (shoji__node_type(node) == SHOJI_OBJECT && shoji__node_length(node) > 1)
        return shoji__duplicates_drop(&parser->duplicates, tree, index);
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

static shoji_status make_tree(shoji_tree **tree, size_t expected)
{
    shoji_tree *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    *tree = made;
    made->text_capacity = expected + 1;
    made->text = shoji__alloc(made->text_capacity);
    made->capacity = (uint32_t)(expected / BYTES_A_NODE) + FEW_BYTES / BYTES_A_NODE;
    made->nodes = shoji__alloc_array(made->capacity, sizeof *made->nodes);
    return made->text != NULL && made->nodes != NULL ? SHOJI_OK : SHOJI_NO_MEMORY;
}

shoji_status shoji__tree_parser_init(struct shoji__tree_parser *parser,
                                     const shoji_limits *limits, size_t expected)
{
    parser->duplicates = (struct shoji__duplicates){0};
    parser->tree = NULL;
    parser->limits = limits;
    parser->open = no_node;
    parser->in_array = false;
    parser->after_number = false;
    parser->window = (struct shoji__window){NULL, 0, SHOJI__POSITION_INIT};
    shoji_status status = shoji__events_init(&parser->events, &handler, parser, limits);
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

static shoji_status read_text(struct shoji__tree_parser *parser, bool last,
                              shoji_error *error)
{
    const shoji_tree *tree = parser->tree;
    parser->window.bytes = tree->text;
    parser->window.length = tree->text_length;
    shoji_status status =
        shoji__events_read(&parser->events, &parser->window, last, error);
    return status == SHOJI_NO_MEMORY ? shoji__fail_memory(error) : status;
}

static shoji_status refuse_size(struct shoji__tree_parser *parser, shoji_error *error)
{
    /* A fault in what is there comes before the one that there is more. */
    shoji_status status = read_text(parser, false, error);
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
            part == missing ? read_text(parser, false, error) : SHOJI_OK;
        if (status != SHOJI_OK)
            return status;
    }
    return too_large ? refuse_size(parser, error) : SHOJI_OK;
}

/* Gives back what has been reserved too much. */
static shoji_status trim(shoji_tree *tree)
{
    struct shoji__node *nodes =
        shoji__realloc_array(tree->nodes, tree->count, sizeof *nodes);
    if (nodes == NULL)
        return SHOJI_NO_MEMORY;
    tree->nodes = nodes;
    tree->capacity = tree->count;
    if (tree->text_capacity == tree->text_length + 1)
        return SHOJI_OK;
    char *text = shoji__realloc(tree->text, tree->text_length + 1);
    if (text == NULL)
        return SHOJI_NO_MEMORY;
    tree->text = text;
    tree->text_capacity = tree->text_length + 1;
    return SHOJI_OK;
}

shoji_status shoji__tree_parser_end(struct shoji__tree_parser *parser, shoji_tree **tree,
                                    shoji_error *error)
{
    shoji_status status = read_text(parser, true, error);
    if (status != SHOJI_OK)
        return status;
    parser->tree->text[parser->tree->text_length] = '\0';
    if (parser->after_number)
        status = terminate_number(parser);
    if (status == SHOJI_OK)
        status = trim(parser->tree);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? shoji__fail_memory(error) : status;
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
