/*
 * What yajl calls, for a file that receives the events of a text: include it there once,
 * define the six functions declared below, and hand `event_callbacks` to
 * shoji__events_init. They are compiled into yajl's callbacks, so that one call leads
 * from the tokenizer to the receiver: a text has an event for every nine bytes or so.
 *
 * Of a string or a number, `bytes` is the text (decoded, not NUL-terminated, lent for the
 * length of the call); `end` is the offset in the whole text right after the token, so
 * that a string's closing quote stands at end - 1.
 *
 * A status other than SHOJI_OK stops the reading: the receiver explains it by
 * shoji__events_fail, or it is one of its own.
 */
#ifndef SHOJI_VALUE_EVENT_CALLBACKS_H
#define SHOJI_VALUE_EVENT_CALLBACKS_H

#include "value/events.h"

#include <stdint.h>

/* null, true or false */
static shoji_status on_literal(void *context, size_t end, shoji_type type);
static shoji_status on_number(void *context, const char *bytes, size_t length,
                              size_t end);
static shoji_status on_string(void *context, const char *bytes, size_t length,
                              size_t end);
static shoji_status on_name(void *context, const char *bytes, size_t length, size_t end);
/* an array or an object */
static shoji_status on_begin(void *context, size_t end, shoji_type type);
static shoji_status on_end(void *context, size_t end);

/*
 * The offset after the token that yajl has just read. Only yajl knows it where it does
 * not lend the text itself.
 */
static inline size_t end_of_token(const struct shoji__events *events)
{
    return events->block + yajl_get_bytes_consumed(events->yajl);
}

/* The same for a string (with its closing quote) or a number. */
static inline size_t end_of_text(const struct shoji__events *events, const void *bytes,
                                 size_t length, size_t quote)
{
    size_t at = (size_t)((uintptr_t)bytes - (uintptr_t)events->block_bytes);
    return at < events->block_length ? events->block + at + length + quote
                                     : end_of_token(events);
}

/* Settles an event that has been handled. yajl goes on where this is not 0. */
static inline int settle(struct shoji__events *events, size_t end, shoji_status status,
                         enum shoji__grammar grammar)
{
    if (status != SHOJI_OK) {
        events->status = status;
        return 0;
    }
    events->gap.grammar = grammar;
    events->gap.offset = end;
    return 1;
}

static int take_literal(struct shoji__events *events, shoji_type type)
{
    size_t end = end_of_token(events);
    shoji_status status = on_literal(events->context, end, type);
    return settle(events, end, status, events->after_value);
}

static int take_null(void *context)
{
    return take_literal(context, SHOJI_NULL);
}

static int take_boolean(void *context, int boolean)
{
    return take_literal(context, boolean ? SHOJI_TRUE : SHOJI_FALSE);
}

static int take_number(void *context, const char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return shoji__events_refuse_length(events, shoji__events_begin(events));
    size_t end = end_of_text(events, bytes, length, 0);
    shoji_status status = on_number(events->context, bytes, length, end);
    return settle(events, end, status, events->after_value);
}

static int take_string(void *context, const unsigned char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return shoji__events_refuse_length(events, shoji__events_begin(events));
    size_t end = end_of_text(events, bytes, length, 1);
    shoji_status status = on_string(events->context, (const char *)bytes, length, end);
    return settle(events, end, status, events->after_value);
}

static int take_name(void *context, const unsigned char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return shoji__events_refuse_length(events, shoji__events_begin(events));
    size_t end = end_of_text(events, bytes, length, 1);
    shoji_status status = on_name(events->context, (const char *)bytes, length, end);
    return settle(events, end, status, SHOJI__AFTER_NAME);
}

static inline int take_begin(struct shoji__events *events, shoji_type type)
{
    size_t end = end_of_token(events);
    if (events->depth == events->limits->depth)
        return shoji__events_refuse_depth(events, end - 1);
    shoji_status status = on_begin(events->context, end, type);
    return settle(events, end, status, shoji__events_open(events, type));
}

static int take_begin_object(void *context)
{
    return take_begin(context, SHOJI_OBJECT);
}

static int take_begin_array(void *context)
{
    return take_begin(context, SHOJI_ARRAY);
}

static int take_end(void *context)
{
    struct shoji__events *events = context;
    size_t end = end_of_token(events);
    shoji_status status = on_end(events->context, end);
    return settle(events, end, status, shoji__events_close(events));
}

static const yajl_callbacks event_callbacks = {
    .yajl_null = take_null,
    .yajl_boolean = take_boolean,
    .yajl_number = take_number,
    .yajl_string = take_string,
    .yajl_start_map = take_begin_object,
    .yajl_map_key = take_name,
    .yajl_end_map = take_end,
    .yajl_start_array = take_begin_array,
    .yajl_end_array = take_end,
};

#endif
