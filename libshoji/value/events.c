#include "value/events.h"

#include "base/error.h"
#include "base/memory.h"
#include "value/explain.h"
#include "value/guard.h"

#include <yajl/yajl_parse.h>

#include <string.h>

enum {
    /* Bytes that are guarded and then tokenized at a time: both passes find them in the
     * cache. Within a token that is longer they double, since yajl reads an unfinished
     * token from its beginning with every piece. */
    BLOCK_SIZE = 1 << 16,
    DEPTH_MAXIMUM = 10000,
    LENGTH_MAXIMUM = (1 << 28) - 1
};

const shoji_limits shoji__limits_greatest = {DEPTH_MAXIMUM, 4294967040, LENGTH_MAXIMUM,
                                             LENGTH_MAXIMUM};

struct shoji__events {
    const struct shoji__event_handler *handler;
    void *context;
    const shoji_limits *limits;
    yajl_handle yajl;
    struct shoji__gap gap;
    size_t depth;
    unsigned char *in_object; /* a bit for each depth */
    size_t read;              /* offset in the text up to which yajl has been fed */
    size_t block;             /* offset in the text of what it is being fed */
    size_t block_size;        /* bytes to feed it next */
    bool ended;
    shoji_status status;
    /* What is read now, for faults that an event meets. */
    const struct shoji__window *window;
    shoji_error *error;
};

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

static bool inside_object(const struct shoji__events *events)
{
    size_t level = events->depth - 1;
    return (events->in_object[level / 8] >> level % 8 & 1) != 0;
}

/* The grammar after a value at the present depth. */
static enum shoji__grammar after_value(const struct shoji__events *events)
{
    if (events->depth == 0)
        return SHOJI__AT_END;
    return inside_object(events) ? SHOJI__AFTER_VALUE_IN_OBJECT
                                 : SHOJI__AFTER_VALUE_IN_ARRAY;
}

/* Describes the token that yajl has just read; separators before it are behind. */
static struct shoji__event make_event(struct shoji__events *events, const void *bytes,
                                      size_t length)
{
    size_t end = events->block + yajl_get_bytes_consumed(events->yajl);
    return (struct shoji__event){bytes, length, end};
}

/* Settles an event that has been handled. yajl goes on where this is not 0. */
static int settle(struct shoji__events *events, const struct shoji__event *event,
                  shoji_status status, enum shoji__grammar grammar)
{
    if (status != SHOJI_OK) {
        events->status = status;
        return 0;
    }
    events->gap.grammar = grammar;
    events->gap.offset = event->end;
    return 1;
}

/* Refuses a string or a number that is too long; its place is where it begins. */
static bool is_too_long(struct shoji__events *events, size_t length)
{
    if (length <= events->limits->string)
        return false;
    shoji__events_fail(events, shoji__events_begin(events), SHOJI_LIMIT,
                       "json.string-too-long",
                       "this string or number is longer than the limit");
    return true;
}

static int on_literal(struct shoji__events *events, shoji_type type)
{
    struct shoji__event event = make_event(events, NULL, 0);
    shoji_status status = events->handler->literal(events->context, &event, type);
    return settle(events, &event, status, after_value(events));
}

static int on_null(void *context)
{
    return on_literal(context, SHOJI_NULL);
}

static int on_boolean(void *context, int boolean)
{
    return on_literal(context, boolean ? SHOJI_TRUE : SHOJI_FALSE);
}

static int on_number(void *context, const char *text, size_t length)
{
    struct shoji__events *events = context;
    if (is_too_long(events, length))
        return 0;
    struct shoji__event event = make_event(events, text, length);
    shoji_status status = events->handler->number(events->context, &event);
    return settle(events, &event, status, after_value(events));
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    struct shoji__events *events = context;
    if (is_too_long(events, length))
        return 0;
    struct shoji__event event = make_event(events, text, length);
    shoji_status status = events->handler->string(events->context, &event);
    return settle(events, &event, status, after_value(events));
}

static int on_name(void *context, const unsigned char *text, size_t length)
{
    struct shoji__events *events = context;
    if (is_too_long(events, length))
        return 0;
    struct shoji__event event = make_event(events, text, length);
    shoji_status status = events->handler->name(events->context, &event);
    return settle(events, &event, status, SHOJI__AFTER_NAME);
}

static int on_begin(struct shoji__events *events, shoji_type type)
{
    struct shoji__event event = make_event(events, NULL, 0);
    if (events->depth == events->limits->depth) {
        shoji__events_fail(events, event.end - 1, SHOJI_LIMIT, "json.too-deep",
                           "arrays and objects are nested deeper than the limit");
        return 0;
    }
    shoji_status status = events->handler->begin(events->context, &event, type);
    size_t level = events->depth++;
    unsigned char bit = (unsigned char)(1u << level % 8);
    if (type == SHOJI_OBJECT)
        events->in_object[level / 8] |= bit;
    else
        events->in_object[level / 8] &= (unsigned char)~bit;
    return settle(events, &event, status,
                  type == SHOJI_OBJECT ? SHOJI__AFTER_BEGIN_OBJECT
                                       : SHOJI__AFTER_BEGIN_ARRAY);
}

static int on_begin_object(void *context)
{
    return on_begin(context, SHOJI_OBJECT);
}

static int on_begin_array(void *context)
{
    return on_begin(context, SHOJI_ARRAY);
}

static int on_end(void *context)
{
    struct shoji__events *events = context;
    struct shoji__event event = make_event(events, NULL, 0);
    shoji_status status = events->handler->end(events->context, &event);
    events->depth--;
    return settle(events, &event, status, after_value(events));
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

shoji_status shoji__events_new(struct shoji__events **events,
                               const struct shoji__event_handler *handler, void *context,
                               const shoji_limits *limits)
{
    struct shoji__events *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->handler = handler;
    made->context = context;
    made->limits = limits;
    made->block_size = BLOCK_SIZE;
    made->in_object = shoji__alloc_zero(limits->depth / 8 + 1);
    /* yajl crashes where an allocator of ours would fail: it gets the C library's. */
    made->yajl = made->in_object != NULL ? yajl_alloc(&callbacks, NULL, made) : NULL;
    if (made->yajl == NULL) {
        shoji__events_free(made);
        return SHOJI_NO_MEMORY;
    }
    /* The guard has checked them, more strictly. */
    yajl_config(made->yajl, yajl_dont_validate_strings, 1);
    *events = made;
    return SHOJI_OK;
}

void shoji__events_free(struct shoji__events *events)
{
    if (events == NULL)
        return;
    if (events->yajl != NULL)
        yajl_free(events->yajl);
    shoji__release(events->in_object);
    shoji__release(events);
}

static shoji_status guard_fault(struct shoji__events *events,
                                enum shoji__guard_fault fault, size_t offset)
{
    if (fault == SHOJI__GUARD_UTF8)
        return shoji__events_fail(events, offset, SHOJI_SYNTAX, "json.utf-8",
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

    size_t window_end = window->start.offset + window->length;
    while (events->read < window_end) {
        const char *bytes = window->bytes + (events->read - window->start.offset);
        size_t rest = window_end - events->read;
        size_t block = rest < events->block_size ? rest : events->block_size;
        size_t settled = events->gap.offset;
        enum shoji__guard_fault fault;
        size_t clean = shoji__guard_scan(bytes, block, last && block == rest, &fault);
        if (clean != 0 && tokenize(events, bytes, clean) != SHOJI_OK)
            return events->status;
        events->block_size =
            events->gap.offset == settled ? events->block_size * 2 : BLOCK_SIZE;
        if (fault != SHOJI__GUARD_CLEAN)
            return guard_fault(events, fault,
                               window->start.offset + (size_t)(bytes - window->bytes) +
                                   clean);
        if (clean < block && block == rest)
            break;
    }
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
