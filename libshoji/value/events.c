#include "value/events.h"

#include "base/error.h"
#include "value/explain.h"
#include "value/guard.h"

#include <stdio.h>
#include <string.h>

enum {
    /* Copied, guarded and tokenized in turn, each time out of the cache. */
    BLOCK_SIZE = 1 << 15,
    LENGTH_MAXIMUM = (1 << 28) - 1,
    MESSAGE_SIZE = 128
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

int shoji__events_refuse_length(struct shoji__events *events, size_t offset)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message,
             "this string or number is longer than the limit of %zu bytes",
             events->limits->string);
    shoji__events_fail(events, offset, SHOJI_LIMIT, "json.string-too-long", message);
    return 0;
}

int shoji__events_refuse_depth(struct shoji__events *events, size_t offset)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message,
             "arrays and objects are nested deeper than the limit of %zu",
             events->limits->depth);
    shoji__events_fail(events, offset, SHOJI_LIMIT, "json.too-deep", message);
    return 0;
}

shoji_status shoji__events_init(struct shoji__events *events,
                                const yajl_callbacks *callbacks, void *context,
                                const shoji_limits *limits)
{
    /* in_object stays as it is: it is set level by level, as they open. */
    events->context = context;
    events->limits = limits;
    events->yajl = NULL;
    events->gap = (struct shoji__gap){.grammar = SHOJI__AT_START};
    events->after_value = SHOJI__AT_END;
    events->depth = 0;
    events->block_bytes = NULL;
    events->block_length = 0;
    events->block = 0;
    events->read = 0;
    shoji__events_cut(events, BLOCK_SIZE);
    events->ended = false;
    events->status = SHOJI_OK;
    if (!shoji__tokenizer_memory_init(&events->memory, limits->depth))
        return SHOJI_NO_MEMORY;
    yajl_alloc_funcs allocation = shoji__tokenizer_memory_lend(&events->memory);
    events->yajl = yajl_alloc(callbacks, &allocation, events);
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
    shoji__tokenizer_memory_finish(&events->memory);
}

void shoji__events_cut(struct shoji__events *events, size_t size)
{
    events->block_size = size;
    events->want = size;
}

/* Whether the text begins as UTF-16 does: with its mark, or with two characters of
 * ASCII. */
static bool is_utf16(const struct shoji__window *window)
{
    const char *bytes = window->bytes;
    if (window->start.offset != 0 || window->length < 2)
        return false;
    if (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)
        return true;
    if (window->length < 4)
        return false;
    size_t zero = bytes[0] == '\0' ? 0 : 1;
    return bytes[zero] == '\0' && bytes[zero + 2] == '\0' && bytes[1 - zero] != '\0' &&
           bytes[3 - zero] != '\0';
}

static shoji_status guard_fault(struct shoji__events *events,
                                enum shoji__guard_fault fault, size_t offset)
{
    const char *code = "json.lone-surrogate";
    const char *message = "an escaped surrogate without its other half: no UTF-8 text "
                          "can hold it";
    if (fault == SHOJI__GUARD_UTF8) {
        code = "json.utf8";
        message = "the text is not well-formed UTF-8 here";
    } else if (fault == SHOJI__GUARD_CONTROL) {
        code = "json.control-character";
        message = "a control character: in a string it must be written as "
                  "an escape, and elsewhere it cannot stand";
    }
    if (offset < 2 && is_utf16(events->window))
        message = "this looks like UTF-16: the text must be in UTF-8";
    return shoji__events_fail(events, offset, SHOJI_SYNTAX, code, message);
}

/* Explains the fault that the tokenizer met; but a token that was too long before comes
 * first, as it does where the text is cut before the fault. */
static shoji_status syntax_fault(struct shoji__events *events)
{
    events->status = shoji__explain(&events->gap, events->window, events->limits->string,
                                    events->error);
    if (events->status == SHOJI_LIMIT)
        shoji__events_refuse_length(events, events->gap.offset);
    return events->status;
}

/* Moves on to the token that yajl has not seen the end of. */
static void advance(struct shoji__events *events)
{
    struct shoji__window seen = *events->window;
    seen.length = events->read - seen.start.offset;
    shoji__gap_advance(&events->gap, &seen);
}

/* Nothing but white space may follow the root value. yajl would let pass what looks like
 * the beginning of a token, so it is not asked. */
static shoji_status check_end(struct shoji__events *events)
{
    advance(events);
    return events->gap.offset == events->read ? SHOJI_OK : syntax_fault(events);
}

/* Has yajl read `length` bytes that the guard has found clean. */
static shoji_status tokenize(struct shoji__events *events, const char *bytes,
                             size_t length)
{
    size_t unfinished = events->read - events->gap.offset;
    events->block = events->read;
    events->block_bytes = bytes;
    events->block_length = length;
    events->read += length;
    if (events->gap.grammar == SHOJI__AT_END)
        return check_end(events);
    if (!shoji__tokenizer_memory_prepare(&events->memory, unfinished + length))
        return events->status = SHOJI_NO_MEMORY;
    yajl_status status = yajl_parse(events->yajl, (const unsigned char *)bytes, length);
    if (events->status != SHOJI_OK)
        return events->status;
    if (events->gap.grammar == SHOJI__AT_END)
        return check_end(events);
    return status == yajl_status_ok ? SHOJI_OK : syntax_fault(events);
}

/* Settles how much is to be read next, and refuses an unfinished token that is too long
 * already. */
static shoji_status check_unfinished(struct shoji__events *events)
{
    advance(events);
    size_t length = events->read - events->gap.offset;
    events->want = length > events->block_size ? length : events->block_size;
    if (shoji__is_longer(events->window, events->gap.offset, events->read,
                         events->limits->string))
        shoji__events_refuse_length(events, events->gap.offset);
    return events->status;
}

static shoji_status finish(struct shoji__events *events)
{
    events->ended = true;
    if (events->gap.grammar == SHOJI__AT_END)
        return SHOJI_OK;
    /* A number at the very end is delivered only now; yajl counts from its end. */
    size_t unfinished = events->read - events->gap.offset;
    events->block = events->read;
    events->block_length = 0;
    if (!shoji__tokenizer_memory_prepare(&events->memory, unfinished + 1))
        return events->status = SHOJI_NO_MEMORY;
    yajl_status status = yajl_complete_parse(events->yajl);
    if (events->status != SHOJI_OK)
        return events->status;
    if (status == yajl_status_ok && events->gap.grammar == SHOJI__AT_END)
        return SHOJI_OK;
    return syntax_fault(events);
}

shoji_status shoji__events_read(struct shoji__events *events,
                                const struct shoji__window *window,
                                enum shoji__extent extent, shoji_error *error)
{
    if (events->status != SHOJI_OK || events->ended)
        return events->status;
    events->window = window;
    events->error = error;

    const char *bytes = window->bytes + (events->read - window->start.offset);
    size_t length = window->start.offset + window->length - events->read;
    if (extent == SHOJI__MORE_COMES)
        length = length > SHOJI__LOOK_AHEAD ? length - SHOJI__LOOK_AHEAD : 0;
    enum shoji__guard_fault fault;
    size_t clean = shoji__guard_scan(bytes, length, extent == SHOJI__IS_WHOLE, &fault);
    if (clean != 0 && tokenize(events, bytes, clean) != SHOJI_OK)
        return events->status;
    if (check_unfinished(events) != SHOJI_OK)
        return events->status;
    if (fault != SHOJI__GUARD_CLEAN)
        return guard_fault(events, fault, events->read);
    return extent == SHOJI__IS_WHOLE ? finish(events) : SHOJI_OK;
}

size_t shoji__events_tail(struct shoji__events *events,
                          const struct shoji__window *window)
{
    struct shoji__gap *gap = &events->gap;
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
