#include <shoji/writer.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "value/number.h"
#include "value/tree.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    PENDING_SIZE = 8192,
    INDENT_MAXIMUM = 16,
    DEPTH_MAXIMUM = 10000
};

/* What may come next. */
enum state {
    AT_ROOT,       /* a value */
    AFTER_ROOT,    /* the end */
    FIRST_ITEM,    /* an item, or the end of the array */
    NEXT_ITEM,     /* the same, after a comma */
    FIRST_NAME,    /* a name, or the end of the object */
    NEXT_NAME,     /* the same, after a comma */
    AFTER_NAME_SET /* the value of a member */
};

struct shoji_writer {
    shoji_sink sink;
    void *context;
    shoji_writer_options options;
    shoji_status status;
    enum state state;
    size_t depth;
    unsigned char *in_object; /* a bit for each open level */
    size_t in_object_size;
    size_t pending_length;
    char pending[PENDING_SIZE];
};

static bool level_is_object(const shoji_writer *writer)
{
    size_t level = writer->depth - 1;
    return (writer->in_object[level / 8] >> level % 8 & 1) != 0;
}

static shoji_status fail(shoji_writer *writer, shoji_status status)
{
    if (writer->status == SHOJI_OK)
        writer->status = status;
    return writer->status;
}

static void flush(shoji_writer *writer)
{
    if (writer->status == SHOJI_OK && writer->pending_length != 0)
        fail(writer,
             writer->sink(writer->context, writer->pending, writer->pending_length));
    writer->pending_length = 0;
}

static void put(shoji_writer *writer, const char *bytes, size_t length)
{
    while (length > PENDING_SIZE - writer->pending_length) {
        size_t part = PENDING_SIZE - writer->pending_length;
        memcpy(writer->pending + writer->pending_length, bytes, part);
        writer->pending_length = PENDING_SIZE;
        flush(writer);
        bytes += part;
        length -= part;
    }
    memcpy(writer->pending + writer->pending_length, bytes, length);
    writer->pending_length += length;
}

static void put_byte(shoji_writer *writer, char byte)
{
    put(writer, &byte, 1);
}

static void put_line(shoji_writer *writer)
{
    if (writer->options.indent == 0)
        return;
    static const char spaces[INDENT_MAXIMUM + 1] = "                ";
    put_byte(writer, '\n');
    for (size_t i = 0; i < writer->depth; i++)
        put(writer, spaces, writer->options.indent);
}

static void put_escape(shoji_writer *writer, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    const char text[6] = {'\\',
                          'u',
                          digits[unit >> 12 & 15],
                          digits[unit >> 8 & 15],
                          digits[unit >> 4 & 15],
                          digits[unit & 15]};
    put(writer, text, sizeof text);
}

static void put_control(shoji_writer *writer, char byte)
{
    static const char shorts[] = "\bb\ff\nn\rr\tt";
    for (const char *pair = shorts; *pair != '\0'; pair += 2) {
        if (*pair == byte) {
            put_byte(writer, '\\');
            put_byte(writer, pair[1]);
            return;
        }
    }
    put_escape(writer, (unsigned char)byte);
}

static void put_point(shoji_writer *writer, uint32_t point)
{
    if (point < 0x10000) {
        put_escape(writer, point);
        return;
    }
    point -= 0x10000;
    put_escape(writer, 0xd800 + (point >> 10));
    put_escape(writer, 0xdc00 + (point & 0x3ff));
}

/* The length of what can be written as it is. */
static size_t plain_prefix(const char *text, size_t length, bool ascii)
{
    size_t at = 0;
    for (; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte < ' ' || byte == '"' || byte == '\\' || (ascii && byte >= 0x80))
            break;
    }
    return at;
}

/* Writes a string that is well-formed UTF-8. */
static void put_string(shoji_writer *writer, const char *text, size_t length)
{
    bool ascii = writer->options.ascii;
    put_byte(writer, '"');
    for (size_t at = 0; at < length;) {
        size_t plain = plain_prefix(text + at, length - at, ascii);
        put(writer, text + at, plain);
        at += plain;
        if (at == length)
            break;
        uint32_t point = 0;
        size_t step = shoji__utf8_decode(text + at, length - at, &point);
        if (point == '"' || point == '\\') {
            put_byte(writer, '\\');
            put_byte(writer, (char)point);
        } else if (point < ' ') {
            put_control(writer, (char)point);
        } else {
            put_point(writer, point);
        }
        at += step;
    }
    put_byte(writer, '"');
}

/* Checks that a value may come now, and writes what stands before it. */
static shoji_status before_value(shoji_writer *writer)
{
    if (writer->status != SHOJI_OK)
        return writer->status;
    switch (writer->state) {
    case AT_ROOT:
    case AFTER_NAME_SET:
        return SHOJI_OK;
    case NEXT_ITEM:
        put_byte(writer, ',');
        put_line(writer);
        return writer->status;
    case FIRST_ITEM:
        put_line(writer);
        return writer->status;
    case AFTER_ROOT:
    case FIRST_NAME:
    case NEXT_NAME:
        break;
    }
    return fail(writer, SHOJI_USAGE);
}

static shoji_status after_value(shoji_writer *writer)
{
    if (writer->depth == 0)
        writer->state = AFTER_ROOT;
    else
        writer->state = level_is_object(writer) ? NEXT_NAME : NEXT_ITEM;
    return writer->status;
}

shoji_status shoji_writer_new(shoji_writer **writer, shoji_sink sink, void *context,
                              const shoji_writer_options *options)
{
    static const shoji_writer_options defaults = SHOJI_WRITER_OPTIONS_INIT;
    if (options == NULL)
        options = &defaults;
    if (sink == NULL || options->indent > INDENT_MAXIMUM ||
        options->depth > DEPTH_MAXIMUM)
        return SHOJI_USAGE;
    shoji_writer *made = shoji__alloc(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->sink = sink;
    made->context = context;
    made->options = *options;
    if (made->options.depth == 0)
        made->options.depth = DEPTH_MAXIMUM;
    made->status = SHOJI_OK;
    made->state = AT_ROOT;
    made->depth = 0;
    made->in_object = NULL;
    made->in_object_size = 0;
    made->pending_length = 0;
    *writer = made;
    return SHOJI_OK;
}

void shoji_writer_free(shoji_writer *writer)
{
    if (writer == NULL)
        return;
    shoji__release(writer->in_object);
    shoji__release(writer);
}

shoji_status shoji_writer_end(shoji_writer *writer)
{
    if (writer->status == SHOJI_OK && writer->state != AFTER_ROOT)
        return fail(writer, SHOJI_USAGE);
    flush(writer);
    writer->state = AT_ROOT;
    return writer->status;
}

static shoji_status make_level(shoji_writer *writer)
{
    if (writer->depth >= writer->options.depth)
        return fail(writer, SHOJI_LIMIT);
    if (writer->depth / 8 < writer->in_object_size)
        return SHOJI_OK;
    size_t size = writer->in_object_size * 2 + 16;
    unsigned char *bits = shoji__realloc(writer->in_object, size);
    if (bits == NULL)
        return fail(writer, SHOJI_NO_MEMORY);
    writer->in_object = bits;
    writer->in_object_size = size;
    return SHOJI_OK;
}

static shoji_status begin(shoji_writer *writer, bool object)
{
    if (before_value(writer) != SHOJI_OK || make_level(writer) != SHOJI_OK)
        return writer->status;
    size_t level = writer->depth++;
    unsigned char bit = (unsigned char)(1u << level % 8);
    if (object)
        writer->in_object[level / 8] |= bit;
    else
        writer->in_object[level / 8] &= (unsigned char)~bit;
    put_byte(writer, object ? '{' : '[');
    writer->state = object ? FIRST_NAME : FIRST_ITEM;
    return writer->status;
}

static shoji_status end(shoji_writer *writer, enum state first, enum state next,
                        char bracket)
{
    if (writer->status != SHOJI_OK)
        return writer->status;
    if (writer->state != first && writer->state != next)
        return fail(writer, SHOJI_USAGE);
    writer->depth--;
    if (writer->state == next)
        put_line(writer);
    put_byte(writer, bracket);
    return after_value(writer);
}

shoji_status shoji_writer_begin_object(shoji_writer *writer)
{
    return begin(writer, true);
}

shoji_status shoji_writer_end_object(shoji_writer *writer)
{
    return end(writer, FIRST_NAME, NEXT_NAME, '}');
}

shoji_status shoji_writer_begin_array(shoji_writer *writer)
{
    return begin(writer, false);
}

shoji_status shoji_writer_end_array(shoji_writer *writer)
{
    return end(writer, FIRST_ITEM, NEXT_ITEM, ']');
}

/* A name that is known to be well-formed. */
static shoji_status write_name(shoji_writer *writer, const char *name, size_t length)
{
    if (writer->status != SHOJI_OK)
        return writer->status;
    if (writer->state != FIRST_NAME && writer->state != NEXT_NAME)
        return fail(writer, SHOJI_USAGE);
    if (writer->state == NEXT_NAME)
        put_byte(writer, ',');
    put_line(writer);
    put_string(writer, name, length);
    put(writer, ": ", writer->options.indent != 0 ? 2 : 1);
    writer->state = AFTER_NAME_SET;
    return writer->status;
}

shoji_status shoji_writer_name(shoji_writer *writer, const char *name)
{
    return shoji_writer_name_n(writer, name, strlen(name));
}

shoji_status shoji_writer_name_n(shoji_writer *writer, const char *name, size_t length)
{
    if (!shoji__utf8_valid(name, length))
        return fail(writer, SHOJI_SYNTAX);
    return write_name(writer, name, length);
}

shoji_status shoji_writer_string(shoji_writer *writer, const char *string)
{
    return shoji_writer_string_n(writer, string, strlen(string));
}

shoji_status shoji_writer_string_n(shoji_writer *writer, const char *string,
                                   size_t length)
{
    if (!shoji__utf8_valid(string, length))
        return fail(writer, SHOJI_SYNTAX);
    if (before_value(writer) != SHOJI_OK)
        return writer->status;
    put_string(writer, string, length);
    return after_value(writer);
}

/* A value whose text needs nothing. */
static shoji_status write_plain(shoji_writer *writer, const char *text, size_t length)
{
    if (before_value(writer) != SHOJI_OK)
        return writer->status;
    put(writer, text, length);
    return after_value(writer);
}

shoji_status shoji_writer_number(shoji_writer *writer, const char *text, size_t length)
{
    if (!shoji__is_number(shoji__slice(text, length)))
        return fail(writer, SHOJI_SYNTAX);
    return write_plain(writer, text, length);
}

shoji_status shoji_writer_int64(shoji_writer *writer, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    return write_plain(writer, text, (size_t)length);
}

shoji_status shoji_writer_uint64(shoji_writer *writer, uint64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRIu64, number);
    return write_plain(writer, text, (size_t)length);
}

shoji_status shoji_writer_double(shoji_writer *writer, double number)
{
    char text[SHOJI__DOUBLE_SIZE];
    if (!isfinite(number))
        return fail(writer, SHOJI_RANGE);
    shoji__double_write(text, number);
    return write_plain(writer, text, strlen(text));
}

shoji_status shoji_writer_boolean(shoji_writer *writer, bool boolean)
{
    return boolean ? write_plain(writer, "true", 4) : write_plain(writer, "false", 5);
}

shoji_status shoji_writer_null(shoji_writer *writer)
{
    return write_plain(writer, "null", 4);
}

static shoji_status write_scalar(shoji_writer *writer, shoji_value value)
{
    size_t length;
    const char *text;
    switch (shoji_value_type(value)) {
    case SHOJI_NULL:
        return shoji_writer_null(writer);
    case SHOJI_FALSE:
        return shoji_writer_boolean(writer, false);
    case SHOJI_TRUE:
        return shoji_writer_boolean(writer, true);
    case SHOJI_NUMBER:
        text = shoji_value_number(value, &length);
        return write_plain(writer, text, length);
    case SHOJI_STRING:
        text = shoji_value_string(value, &length);
        if (before_value(writer) != SHOJI_OK)
            return writer->status;
        put_string(writer, text, length);
        return after_value(writer);
    case SHOJI_NONE:
    case SHOJI_ARRAY:
    case SHOJI_OBJECT:
        break;
    }
    return fail(writer, SHOJI_USAGE);
}

/*
 * Walks the nodes of a value in their order, without recursion. An open level's end is
 * the writer's to know: it is where the walk passes the end of the container, which its
 * parent finds by span; so the ends are kept in a stack that grows with the depth.
 */
struct walk {
    uint32_t *ends; /* of the open levels: the node after each */
    size_t depth;
    size_t capacity;
};

static shoji_status walk_into(shoji_writer *writer, struct walk *walk, shoji_value value)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity * 2 + 16;
        uint32_t *ends = shoji__realloc_array(walk->ends, capacity, sizeof *ends);
        if (ends == NULL)
            return fail(writer, SHOJI_NO_MEMORY);
        walk->ends = ends;
        walk->capacity = capacity;
    }
    walk->ends[walk->depth++] = value.node + value.tree->nodes[value.node].a;
    return begin(writer, shoji_value_type(value) == SHOJI_OBJECT);
}

/* Closes the levels that end at a node. */
static void walk_out(shoji_writer *writer, struct walk *walk, uint32_t node)
{
    while (walk->depth > 0 && walk->ends[walk->depth - 1] == node &&
           writer->status == SHOJI_OK) {
        walk->depth--;
        if (level_is_object(writer))
            shoji_writer_end_object(writer);
        else
            shoji_writer_end_array(writer);
    }
}

/* Writes one node and returns the next to write. */
static uint32_t walk_step(shoji_writer *writer, struct walk *walk, shoji_value value)
{
    const struct shoji__node *node = &value.tree->nodes[value.node];
    unsigned type = shoji__node_type(node);
    if (type == SHOJI__DROPPED)
        return value.node + 1 + shoji__node_span(node + 1);
    if (writer->state == FIRST_NAME || writer->state == NEXT_NAME)
        write_name(writer, shoji__node_bytes(value.tree, node), shoji__node_length(node));
    else if (type == SHOJI_ARRAY || type == SHOJI_OBJECT)
        walk_into(writer, walk, value);
    else
        write_scalar(writer, value);
    return value.node + 1;
}

shoji_status shoji_writer_value(shoji_writer *writer, shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    if (type != SHOJI_ARRAY && type != SHOJI_OBJECT)
        return write_scalar(writer, value);
    if (writer->state == FIRST_NAME || writer->state == NEXT_NAME)
        return fail(writer, SHOJI_USAGE);

    struct walk walk = {NULL, 0, 0};
    uint32_t node = value.node;
    uint32_t end = node + value.tree->nodes[node].a;
    while (node < end && writer->status == SHOJI_OK) {
        node = walk_step(writer, &walk, shoji__value_at(value.tree, node));
        walk_out(writer, &walk, node);
    }
    shoji__release(walk.ends);
    return writer->status;
}

shoji_status shoji_buffer_sink(void *context, const char *bytes, size_t length)
{
    return shoji_buffer_append(context, bytes, length);
}

shoji_status shoji_value_emit(shoji_buffer *buffer, shoji_value value,
                              const shoji_writer_options *options)
{
    shoji_writer *writer;
    shoji_buffer_clear(buffer);
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, buffer, options);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_value(writer, value);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status != SHOJI_OK)
        shoji_buffer_clear(buffer);
    return status;
}
