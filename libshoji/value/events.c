#include "value/events.h"

#include "base/error.h"
#include "value/explain.h"
#include "value/guard.h"

#include <yajl/yajl_parse.h>

#include <stdint.h>
#include <string.h>

enum {
    /* Copied, guarded and tokenized in turn, each time out of the cache. */
    BLOCK_SIZE = 1 << 15,
    LENGTH_MAXIMUM = (1 << 28) - 1
};

const shoji_limits shoji__limits_greatest = {SHOJI__DEPTH_MAXIMUM, 4294967040,
                                             LENGTH_MAXIMUM, LENGTH_MAXIMUM};

shoji_status shoji__limits_check(const shoji_limits *limits)
{
    const shoji_limits *greatest = &shoji__limits_greatest;
    bool good = limits->depth >= 1 && limits->depth <= greatest->depth &&
                limits->size <= greatest->size && limits->members <= greatest->members &&
                limits->string <= greatest->string;
    return good ? SHOJI_OK : SHOJI_USAGE;
}

shoji_status shoji__events_fail(struct shoji__events *events, size_t offset,
                                shoji_status status, const char *code,
                                const char *message)
{
    events->status = status;
    return shoji__explain_at(events->window, offset, events->error, status, code,
                             message);
}

size_t shoji__events_begin(struct shoji__events *events)
{
    shoji__gap_advance(&events->gap, events->window);
    return events->gap.offset;
}

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

/* Refuses a string or a number that is too long; its place is where it begins. */
static int refuse_length(struct shoji__events *events)
{
    shoji__events_fail(events, shoji__events_begin(events), SHOJI_LIMIT,
                       "json.string-too-long",
                       "this string or number is longer than the limit");
    return 0;
}

static int refuse_depth(struct shoji__events *events, size_t end)
{
    shoji__events_fail(events, end - 1, SHOJI_LIMIT, "json.too-deep",
                       "arrays and objects are nested deeper than the limit");
    return 0;
}

static int on_literal(struct shoji__events *events, shoji_type type)
{
    size_t end = end_of_token(events);
    shoji_status status = events->handler->literal(events->context, end, type);
    return settle(events, end, status, events->after_value);
}

static int on_null(void *context)
{
    return on_literal(context, SHOJI_NULL);
}

static int on_boolean(void *context, int boolean)
{
    return on_literal(context, boolean ? SHOJI_TRUE : SHOJI_FALSE);
}

static int on_number(void *context, const char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return refuse_length(events);
    size_t end = end_of_text(events, bytes, length, 0);
    shoji_status status = events->handler->number(events->context, bytes, length, end);
    return settle(events, end, status, events->after_value);
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return refuse_length(events);
    size_t end = end_of_text(events, bytes, length, 1);
    shoji_status status =
        events->handler->string(events->context, (const char *)bytes, length, end);
    return settle(events, end, status, events->after_value);
}

static int on_name(void *context, const unsigned char *bytes, size_t length)
{
    struct shoji__events *events = context;
    if (length > events->limits->string)
        return refuse_length(events);
    size_t end = end_of_text(events, bytes, length, 1);
    shoji_status status =
        events->handler->name(events->context, (const char *)bytes, length, end);
    return settle(events, end, status, SHOJI__AFTER_NAME);
}

static int on_begin_object(void *context)
{
    struct shoji__events *events = context;
    size_t end = end_of_token(events);
    if (events->depth == events->limits->depth)
        return refuse_depth(events, end);
    shoji_status status = events->handler->begin(events->context, end, SHOJI_OBJECT);
    size_t level = events->depth++;
    events->in_object[level / 8] |= (unsigned char)(1u << level % 8);
    events->after_value = SHOJI__AFTER_VALUE_IN_OBJECT;
    return settle(events, end, status, SHOJI__AFTER_BEGIN_OBJECT);
}

static int on_begin_array(void *context)
{
    struct shoji__events *events = context;
    size_t end = end_of_token(events);
    if (events->depth == events->limits->depth)
        return refuse_depth(events, end);
    shoji_status status = events->handler->begin(events->context, end, SHOJI_ARRAY);
    size_t level = events->depth++;
    events->in_object[level / 8] &= (unsigned char)~(1u << level % 8);
    events->after_value = SHOJI__AFTER_VALUE_IN_ARRAY;
    return settle(events, end, status, SHOJI__AFTER_BEGIN_ARRAY);
}

/* The grammar after a value at a depth. */
static enum shoji__grammar after_value_at(const struct shoji__events *events,
                                          size_t depth)
{
    if (depth == 0)
        return SHOJI__AT_END;
    size_t level = depth - 1;
    return events->in_object[level / 8] >> level % 8 & 1 ? SHOJI__AFTER_VALUE_IN_OBJECT
                                                         : SHOJI__AFTER_VALUE_IN_ARRAY;
}

static int on_end(void *context)
{
    struct shoji__events *events = context;
    size_t end = end_of_token(events);
    shoji_status status = events->handler->end(events->context, end);
    events->after_value = after_value_at(events, --events->depth);
    return settle(events, end, status, events->after_value);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_begin_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_end,
    .yajl_start_array = on_begin_array,
    .yajl_end_array = on_end,
};

shoji_status shoji__events_init(struct shoji__events *events,
                                const struct shoji__event_handler *handler, void *context,
                                const shoji_limits *limits)
{
    /* in_object stays as it is: it is set level by level, as they open. */
    events->handler = handler;
    events->context = context;
    events->limits = limits;
    events->gap = (struct shoji__gap){.grammar = SHOJI__AT_START};
    events->after_value = SHOJI__AT_END;
    events->depth = 0;
    events->block_bytes = NULL;
    events->block_length = 0;
    events->block = 0;
    events->read = 0;
    events->want = BLOCK_SIZE;
    events->ended = false;
    events->status = SHOJI_OK;
    /* yajl crashes where an allocator of ours would fail: it gets the C library's. */
    events->yajl = yajl_alloc(&callbacks, NULL, events);
    if (events->yajl == NULL)
        return SHOJI_NO_MEMORY;
    /* The guard has checked them, more strictly. */
    yajl_config(events->yajl, yajl_dont_validate_strings, 1);
    return SHOJI_OK;
}

void shoji__events_finish(struct shoji__events *events)
{
    if (events->yajl != NULL)
        yajl_free(events->yajl);
}

static shoji_status guard_fault(struct shoji__events *events,
                                enum shoji__guard_fault fault, size_t offset)
{
    if (fault == SHOJI__GUARD_UTF8)
        return shoji__events_fail(events, offset, SHOJI_SYNTAX, "json.utf8",
                                  "the text is not well-formed UTF-8 here");
    if (fault == SHOJI__GUARD_CONTROL)
        return shoji__events_fail(
            events, offset, SHOJI_SYNTAX, "json.control-character",
            "a control character: in a string it must be written as "
            "an escape, and elsewhere it cannot stand");
    return shoji__events_fail(
        events, offset, SHOJI_SYNTAX, "json.lone-surrogate",
        "an escaped surrogate without its other half: no UTF-8 text "
        "can hold it");
}

/* Nothing but white space may follow the root value. yajl would let pass what looks like
 * the beginning of a token, so it is not asked. */
static shoji_status check_end(struct shoji__events *events)
{
    struct shoji__window seen = *events->window;
    seen.length = events->read - seen.start.offset;
    shoji__gap_advance(&events->gap, &seen);
    if (events->gap.offset == events->read)
        return SHOJI_OK;
    events->status = SHOJI_SYNTAX;
    return shoji__explain(&events->gap, &seen, events->error);
}

/* Has yajl read `length` bytes that the guard has found clean. */
static shoji_status tokenize(struct shoji__events *events, const char *bytes,
                             size_t length)
{
    events->block = events->read;
    events->block_bytes = bytes;
    events->block_length = length;
    events->read += length;
    if (events->gap.grammar == SHOJI__AT_END)
        return check_end(events);
    yajl_status status = yajl_parse(events->yajl, (const unsigned char *)bytes, length);
    if (events->status != SHOJI_OK)
        return events->status;
    if (events->gap.grammar == SHOJI__AT_END)
        return check_end(events);
    if (status == yajl_status_ok)
        return SHOJI_OK;
    events->status = SHOJI_SYNTAX;
    return shoji__explain(&events->gap, events->window, events->error);
}

static shoji_status finish(struct shoji__events *events)
{
    events->ended = true;
    if (events->gap.grammar == SHOJI__AT_END)
        return SHOJI_OK;
    /* A number at the very end is delivered only now; yajl counts from its end. */
    events->block = events->read;
    events->block_length = 0;
    yajl_status status = yajl_complete_parse(events->yajl);
    if (events->status != SHOJI_OK)
        return events->status;
    if (status == yajl_status_ok && events->gap.grammar == SHOJI__AT_END)
        return SHOJI_OK;
    events->status = SHOJI_SYNTAX;
    return shoji__explain(&events->gap, events->window, events->error);
}

shoji_status shoji__events_read(struct shoji__events *events,
                                const struct shoji__window *window, bool last,
                                shoji_error *error)
{
    if (events->status != SHOJI_OK || events->ended)
        return events->status;
    events->window = window;
    events->error = error;

    const char *bytes = window->bytes + (events->read - window->start.offset);
    size_t length = window->start.offset + window->length - events->read;
    size_t settled = events->gap.offset;
    enum shoji__guard_fault fault;
    size_t clean = shoji__guard_scan(bytes, length, last, &fault);
    if (clean != 0 && tokenize(events, bytes, clean) != SHOJI_OK)
        return events->status;
    if (fault != SHOJI__GUARD_CLEAN)
        return guard_fault(events, fault, events->read);
    events->want = events->gap.offset == settled ? events->want * 2 : BLOCK_SIZE;
    return last ? finish(events) : SHOJI_OK;
}

size_t shoji__events_tail(struct shoji__events *events,
                          const struct shoji__window *window)
{
    struct shoji__gap *gap = &events->gap;
    shoji__gap_advance(gap, window);
    bool after_comma = gap->grammar == SHOJI__AFTER_COMMA_IN_OBJECT ||
                       gap->grammar == SHOJI__AFTER_COMMA_IN_ARRAY;
    if (after_comma && gap->comma_place.line == 0) {
        struct shoji__position place = window->start;
        shoji__position_advance(&place, window->bytes, gap->comma - place.offset);
        gap->comma_place = place;
    }
    /* One byte more: a digit that follows a zero is explained by looking back. */
    return gap->offset > window->start.offset ? gap->offset - 1 : gap->offset;
}
