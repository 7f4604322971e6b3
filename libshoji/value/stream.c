#include "value/stream.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "value/event_callbacks.h"
#include "value/pointer.h"

#include <string.h>

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
    size_t given; /* bytes of the window that the events have been given */
    bool ended;
    shoji_error failure; /* the first, which sticks */

    size_t depth;   /* arrays and objects that are open */
    size_t matched; /* tokens that lead to the one at depth matched + 1 */
    bool on_name;   /* the name before the next value is the next token */
    size_t target;  /* depth within the target, 0 outside of it */
    bool found;

    shoji_buffer name; /* of the item */
    bool has_name;
    size_t previous_end; /* offset of the end of the last event */
    size_t item_start;   /* offset of the item's first byte, where `in_item` */
    bool in_item;
};

void shoji__reader_cut(shoji_reader *reader, size_t size)
{
    shoji__events_cut(&reader->events, size);
}

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
    /* What stood before it may have left the window. */
    if (start < reader->window.start.offset)
        start = reader->window.start.offset;
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
    bool found = is_target(reader);
    reader->found = reader->found || found;
    if (found || directly_in_target(reader))
        status = deliver(reader, reader->previous_end, end);
    reader->on_name = false;
    reader->previous_end = end;
    return status;
}

static shoji_status on_literal(void *context, size_t end, shoji_type type)
{
    (void)type;
    return on_scalar(context, end);
}

static shoji_status on_number(void *context, const char *bytes, size_t length, size_t end)
{
    (void)bytes;
    (void)length;
    return on_scalar(context, end);
}

static shoji_status on_string(void *context, const char *bytes, size_t length, size_t end)
{
    (void)bytes;
    (void)length;
    return on_scalar(context, end);
}

static shoji_status on_name(void *context, const char *bytes, size_t length, size_t end)
{
    shoji_reader *reader = context;
    reader->previous_end = end;
    reader->on_name = reader->target == 0 && reader->depth == reader->matched + 1 &&
                      reader->matched < reader->token_count &&
                      shoji__token_is(next_token(reader), bytes, length);
    if (!directly_in_target(reader) && !is_target(reader))
        return SHOJI_OK;
    reader->has_name = true;
    shoji_buffer_clear(&reader->name);
    return shoji_buffer_append(&reader->name, bytes, length);
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
        status = shoji__events_init(&made->events, &event_callbacks, made, &made->limits);
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

/* Lets go of what nobody looks back at. */
static void drop_front(shoji_reader *reader, size_t keep_from)
{
    size_t count = keep_from - reader->window.start.offset;
    if (count == 0)
        return;
    shoji__position_advance(&reader->window.start, reader->bytes.bytes, count);
    memmove(reader->bytes.bytes, reader->bytes.bytes + count,
            reader->bytes.length - count);
    reader->bytes.length -= count;
}

static shoji_status read_window(shoji_reader *reader, enum shoji__extent extent)
{
    reader->window.bytes = reader->bytes.bytes;
    reader->window.length = reader->bytes.length;
    shoji_status status =
        shoji__events_read(&reader->events, &reader->window, extent, &reader->failure);
    if (status != SHOJI_OK || extent == SHOJI__IS_WHOLE)
        return status;

    size_t keep_from = shoji__events_tail(&reader->events, &reader->window);
    if (reader->in_item) {
        keep_from = reader->item_start;
        if (reader->events.read - keep_from > reader->limits.size)
            return refuse_size(reader, keep_from);
    }
    drop_front(reader, keep_from);
    reader->given = reader->bytes.length;
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
static shoji_status conclude(shoji_reader *reader, shoji_status status,
                             shoji_error *error)
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
        size_t missing =
            shoji__events_want(&reader->events) - (reader->bytes.length - reader->given);
        size_t part = length < missing ? length : missing;
        shoji_status status = shoji_buffer_append(&reader->bytes, text, part);
        if (status == SHOJI_OK && part == missing)
            status = read_window(reader, SHOJI__MORE_COMES);
        if (status != SHOJI_OK)
            return conclude(reader, status, error);
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
        status = read_window(reader, SHOJI__IS_WHOLE);
    if (status != SHOJI_OK)
        return conclude(reader, status, error);
    if (reader->found)
        return SHOJI_OK;
    return conclude(reader,
                    shoji__fail(&reader->failure, SHOJI_NOT_FOUND, NULL,
                                "the text has nothing at \"%s\"", reader->pointer),
                    error);
}
