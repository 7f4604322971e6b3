#include <shoji/reader.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "value/events.h"
#include "value/pointer.h"

#include <string.h>

enum {
    /* Pieces are put together to so many bytes before they are read. */
    READ_SIZE = 1 << 16,
    /* The longest escape of one byte of a string is \u00XX. */
    ESCAPED_BYTE_MAXIMUM = 6
};

/*
 * Each item is cut out of the window by where its value begins and ends, and read as a
 * text of its own. Reading it twice costs time, and keeps one tree builder, not two.
 */
struct shoji_reader {
    shoji_reader_callback callback;
    void *context;
    shoji_limits limits;
    char *pointer;
    size_t token_count;

    struct shoji__events events;
    shoji_buffer bytes; /* the window's */
    struct shoji__window window;
    size_t read; /* bytes of the window that have been read */
    bool ended;
    shoji_error failure; /* the first, which sticks */

    size_t depth;   /* arrays and objects that are open */
    size_t matched; /* tokens that lead to the one at depth matched + 1 */
    bool on_name;   /* the name before the next value is the next token */
    size_t target;  /* depth within the target, 0 outside of it */
    bool found;
    bool found_scalar;

    shoji_buffer name; /* of the item */
    bool has_name;
    size_t previous_end; /* offset of the end of the last event */
    size_t item_start;   /* offset of the item's first byte, where `in_item` */
    bool in_item;
};

/* The next token of the pointer after those that are matched. */
static struct shoji__slice next_token(const shoji_reader *reader)
{
    const char *pointer = reader->pointer;
    struct shoji__slice token = {NULL, 0};
    for (size_t i = 0; i <= reader->matched; i++)
        shoji__pointer_next(&pointer, &token);
    return token;
}

static const char *window_at(const shoji_reader *reader, size_t offset)
{
    return reader->window.bytes + (offset - reader->window.start.offset);
}

static shoji_status refuse_size(shoji_reader *reader, size_t start)
{
    return shoji__events_fail(&reader->events, start, SHOJI_LIMIT, "json.too-large",
                              "this member is larger than the limit");
}

static shoji_status deliver(shoji_reader *reader, size_t start, size_t end)
{
    while (strchr(" \t\r\n,:", *window_at(reader, start)) != NULL)
        start++;
    if (end - start > reader->limits.size)
        return refuse_size(reader, start);
    shoji_tree *tree;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, window_at(reader, start), end - start,
                                           &reader->limits, &error);
    if (status == SHOJI_NO_MEMORY)
        return status;
    if (status != SHOJI_OK)
        return shoji__events_fail(&reader->events, start + error.offset, status,
                                  error.code, error.message);

    shoji_member member = {NULL, 0, shoji_tree_root(tree)};
    if (reader->has_name) {
        member.name = reader->name.bytes;
        member.name_length = reader->name.length;
    }
    status = reader->callback(reader->context, &member);
    shoji_tree_free(tree);
    return status;
}

static bool directly_in_target(const shoji_reader *reader)
{
    return reader->target != 0 && reader->depth == reader->target;
}

/* Whether the value that comes now is what the pointer names. */
static bool is_target(const shoji_reader *reader)
{
    if (reader->target != 0)
        return false;
    if (reader->depth == 0)
        return reader->token_count == 0;
    return reader->on_name && reader->matched + 1 == reader->token_count;
}

static shoji_status on_scalar(shoji_reader *reader, size_t end)
{
    shoji_status status = SHOJI_OK;
    if (directly_in_target(reader))
        status = deliver(reader, reader->previous_end, end);
    else if (is_target(reader))
        reader->found_scalar = true;
    reader->on_name = false;
    reader->previous_end = end;
    return status;
}

static shoji_status on_literal(void *context, size_t end, shoji_type type)
{
    (void)type;
    return on_scalar(context, end);
}

static shoji_status on_text(void *context, const char *bytes, size_t length, size_t end)
{
    (void)bytes;
    (void)length;
    return on_scalar(context, end);
}

static shoji_status on_name(void *context, const char *bytes, size_t length, size_t end)
{
    shoji_reader *reader = context;
    reader->previous_end = end;
    if (directly_in_target(reader)) {
        reader->has_name = true;
        shoji_buffer_clear(&reader->name);
        return shoji_buffer_append(&reader->name, bytes, length);
    }
    reader->on_name = reader->target == 0 && reader->depth == reader->matched + 1 &&
                      reader->matched < reader->token_count &&
                      shoji__token_is(next_token(reader), bytes, length);
    return SHOJI_OK;
}

static shoji_status on_begin(void *context, size_t end, shoji_type type)
{
    shoji_reader *reader = context;
    if (directly_in_target(reader)) {
        reader->in_item = true;
        reader->item_start = end - 1;
    } else if (is_target(reader)) {
        reader->found = true;
        reader->target = reader->depth + 1;
        reader->has_name = false;
    }
    if (reader->on_name)
        reader->matched++;
    (void)type;
    reader->on_name = false;
    reader->depth++;
    reader->previous_end = end;
    return SHOJI_OK;
}

static shoji_status on_end(void *context, size_t end)
{
    shoji_reader *reader = context;
    shoji_status status = SHOJI_OK;
    if (directly_in_target(reader))
        reader->target = 0;
    if (reader->target == 0 && reader->matched > 0 &&
        reader->depth == reader->matched + 1)
        reader->matched--;
    reader->depth--;
    if (directly_in_target(reader)) {
        reader->in_item = false;
        status = deliver(reader, reader->item_start, end);
    }
    reader->previous_end = end;
    return status;
}

static const struct shoji__event_handler handler = {
    .literal = on_literal,
    .number = on_text,
    .string = on_text,
    .name = on_name,
    .begin = on_begin,
    .end = on_end,
};

static size_t count_tokens(const char *pointer)
{
    struct shoji__slice token;
    size_t count = 0;
    while (shoji__pointer_next(&pointer, &token))
        count++;
    return count;
}

shoji_status shoji_reader_new(shoji_reader **reader, const char *pointer,
                              const shoji_limits *limits, shoji_reader_callback callback,
                              void *context)
{
    shoji_limits taken = SHOJI_LIMITS_INIT;
    if (limits != NULL)
        taken = *limits;
    if (!shoji__pointer_valid(pointer) || shoji__limits_check(&taken) != SHOJI_OK)
        return SHOJI_USAGE;
    shoji_reader *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->callback = callback;
    made->context = context;
    made->limits = taken;
    made->window.start = (struct shoji__position)SHOJI__POSITION_INIT;
    made->pointer = shoji__copy_text(pointer, strlen(pointer));
    made->token_count = count_tokens(pointer);
    shoji_status status = made->pointer != NULL ? SHOJI_OK : SHOJI_NO_MEMORY;
    if (status == SHOJI_OK)
        status = shoji__events_init(&made->events, &handler, made, &made->limits);
    if (status != SHOJI_OK) {
        shoji_reader_free(made);
        return status;
    }
    *reader = made;
    return SHOJI_OK;
}

void shoji_reader_free(shoji_reader *reader)
{
    if (reader == NULL)
        return;
    shoji__events_finish(&reader->events);
    shoji__release(reader->pointer);
    shoji_buffer_finish(&reader->bytes);
    shoji_buffer_finish(&reader->name);
    shoji__release(reader);
}

/* Refuses an item, or a string outside of items, that grows past its limit while the
 * window holds it. */
static shoji_status check_growth(shoji_reader *reader, size_t tail)
{
    size_t end = reader->window.start.offset + reader->window.length;
    if (reader->in_item && end - reader->item_start > reader->limits.size)
        return refuse_size(reader, reader->item_start);
    if ((end - tail) / ESCAPED_BYTE_MAXIMUM > reader->limits.string + 1)
        return shoji__events_fail(&reader->events, tail, SHOJI_LIMIT,
                                  "json.string-too-long",
                                  "this string or number is longer than the limit");
    return SHOJI_OK;
}

/* Lets go of what nobody looks back at. */
static void drop_front(shoji_reader *reader, size_t keep_from)
{
    size_t count = keep_from - reader->window.start.offset;
    shoji__position_advance(&reader->window.start, reader->bytes.bytes, count);
    memmove(reader->bytes.bytes, reader->bytes.bytes + count,
            reader->bytes.length - count);
    reader->bytes.length -= count;
    reader->read = reader->bytes.length;
}

static shoji_status read_window(shoji_reader *reader, bool last)
{
    reader->window.bytes = reader->bytes.bytes;
    reader->window.length = reader->bytes.length;
    shoji_status status =
        shoji__events_read(&reader->events, &reader->window, last, &reader->failure);
    if (status != SHOJI_OK || last)
        return status;

    size_t tail = shoji__events_tail(&reader->events, &reader->window);
    status = check_growth(reader, tail);
    if (status != SHOJI_OK)
        return status;
    size_t keep_from = tail < reader->previous_end ? tail : reader->previous_end;
    if (reader->in_item && reader->item_start < keep_from)
        keep_from = reader->item_start;
    drop_front(reader, keep_from);
    return SHOJI_OK;
}

/* Gives the caller the failure that sticks, where there is one. */
static shoji_status report(const shoji_reader *reader, shoji_error *error)
{
    if (reader->failure.status != SHOJI_OK && error != NULL)
        *error = reader->failure;
    return reader->failure.status;
}

/* Settles the outcome of a reading, which may be the callback's own status. */
static shoji_status settle(shoji_reader *reader, shoji_status status, shoji_error *error)
{
    if (status == SHOJI_NO_MEMORY)
        shoji__fail_memory(&reader->failure);
    else if (status != SHOJI_OK && reader->failure.status != status)
        shoji__fail(&reader->failure, status, NULL, "the reader was stopped");
    return report(reader, error);
}

shoji_status shoji_reader_feed(shoji_reader *reader, const char *text, size_t length,
                               shoji_error *error)
{
    if (reader->failure.status != SHOJI_OK)
        return report(reader, error);
    if (reader->ended)
        return shoji__fail(error, SHOJI_USAGE, NULL, "the text has been ended");
    while (length != 0) {
        /* Doubling what is kept bounds how often an unfinished token is looked at. */
        size_t want = reader->read > READ_SIZE ? reader->read : READ_SIZE;
        size_t have = reader->bytes.length - reader->read;
        size_t part = length < want - have ? length : want - have;
        shoji_status status = shoji_buffer_append(&reader->bytes, text, part);
        if (status == SHOJI_OK && have + part == want)
            status = read_window(reader, false);
        if (status != SHOJI_OK)
            return settle(reader, status, error);
        text += part;
        length -= part;
    }
    return SHOJI_OK;
}

shoji_status shoji_reader_end(shoji_reader *reader, shoji_error *error)
{
    if (reader->failure.status != SHOJI_OK || reader->ended)
        return report(reader, error);
    reader->ended = true;
    shoji_status status = shoji_buffer_reserve(&reader->bytes, 0);
    if (status == SHOJI_OK)
        status = read_window(reader, true);
    if (status != SHOJI_OK)
        return settle(reader, status, error);
    if (reader->found)
        return SHOJI_OK;
    if (reader->found_scalar)
        return settle(reader,
                      shoji__fail(&reader->failure, SHOJI_TYPE, NULL,
                                  "\"%s\" is neither an object nor an array",
                                  reader->pointer),
                      error);
    return settle(reader,
                  shoji__fail(&reader->failure, SHOJI_NOT_FOUND, NULL,
                              "the text has nothing at \"%s\"", reader->pointer),
                  error);
}
