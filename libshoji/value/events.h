/*
 * JSON as a stream of events: yajl's tokenizer made strict, with limits, and with errors
 * that say where and why.
 *
 * The caller keeps the bytes: a window onto the text that holds at least all from the end
 * of the last event on (`tail`), since a fault is explained by looking back that far.
 */
#ifndef SHOJI_VALUE_EVENTS_H
#define SHOJI_VALUE_EVENTS_H

#include <shoji/value.h>

#include "value/position.h"
#include "value/tokenizer_memory.h"

#include <yajl/yajl_parse.h>

#include <stdbool.h>
#include <stddef.h>

/* Where the grammar stands: what may come next. */
enum shoji__grammar {
    SHOJI__AT_START,
    SHOJI__AFTER_BEGIN_OBJECT,
    SHOJI__AFTER_BEGIN_ARRAY,
    SHOJI__AFTER_NAME,
    SHOJI__AFTER_COLON,
    SHOJI__AFTER_VALUE_IN_OBJECT,
    SHOJI__AFTER_VALUE_IN_ARRAY,
    SHOJI__AFTER_COMMA_IN_OBJECT,
    SHOJI__AFTER_COMMA_IN_ARRAY,
    SHOJI__AT_END
};

/*
 * A stretch of text as it is being read.
 */
struct shoji__window {
    const char *bytes;            /* the window's */
    size_t length;                /* bytes in it */
    struct shoji__position start; /* of its first byte */
};

/*
 * Where the reading of separators stands between two events.
 */
struct shoji__gap {
    enum shoji__grammar grammar;
    size_t offset; /* in the text: how far separators have been read */
    size_t comma;  /* of the last comma, where the grammar is after one */
    /* Where that comma stands, once it has left the window; line 0 before. */
    struct shoji__position comma_place;
};

/* What comes after a window. */
enum shoji__extent {
    SHOJI__MORE_COMES,
    SHOJI__IS_CUT,  /* more, but nobody will read it */
    SHOJI__IS_WHOLE /* nothing: the text ends with the window */
};

enum {
    SHOJI__DEPTH_MAXIMUM = 10000,
    /* Bytes at the end of a window that are left unread where more comes, so that what
     * follows a fault can be seen when it is explained, wherever the window ends. */
    SHOJI__LOOK_AHEAD = 16
};

/* The fields are for events.c and event_callbacks.h; the size is for whoever keeps one.
 */
struct shoji__events {
    void *context;
    const shoji_limits *limits;
    struct yajl_handle_t *yajl;
    struct shoji__tokenizer_memory memory; /* yajl's */
    struct shoji__gap gap;
    enum shoji__grammar after_value; /* what gap.grammar is after a value here */
    size_t depth;
    unsigned char in_object[SHOJI__DEPTH_MAXIMUM / 8 + 1]; /* a bit for each depth */
    /* What yajl is being fed: a part of the window, whose offset is `block`. */
    const char *block_bytes;
    size_t block_length;
    size_t block;
    size_t read; /* offset in the text up to which yajl has been fed */
    size_t block_size;
    size_t want;
    bool ended;
    shoji_status status;
    /* What is read now, for faults that an event meets. */
    const struct shoji__window *window;
    shoji_error *error;
};

/* The greatest limits that can be set. */
extern const shoji_limits shoji__limits_greatest;

/* Checks limits against their documented ranges: SHOJI_USAGE. */
shoji_status shoji__limits_check(const shoji_limits *limits);

/*
 * Begins a text. `callbacks` are those of event_callbacks.h, and `context` is what the
 * receiver's functions get. All are lent until shoji__events_finish, which takes one that
 * could not begin, too.
 */
shoji_status shoji__events_init(struct shoji__events *events,
                                const yajl_callbacks *callbacks, void *context,
                                const shoji_limits *limits);
void shoji__events_finish(struct shoji__events *events);

/*
 * For tests: has the text cut into blocks of that many bytes, SHOJI__LOOK_AHEAD and more
 * in the first one. To be called before anything is read.
 */
void shoji__events_cut(struct shoji__events *events, size_t size);

/*
 * How many bytes should come to the window before it is read again: as many as the cache
 * holds from one pass to the next, and in a long token as many as it has already, since
 * yajl reads one that is unfinished from its beginning again.
 */
static inline size_t shoji__events_want(const struct shoji__events *events)
{
    return events->want;
}

/*
 * Reads on: what of the window has not been read before, up to the look-ahead where more
 * comes. Fills the error, once, and sticks to its status. SHOJI_NO_MEMORY leaves the
 * error to the caller.
 */
shoji_status shoji__events_read(struct shoji__events *events,
                                const struct shoji__window *window,
                                enum shoji__extent extent, shoji_error *error);

/*
 * The offset in the text from which on the next window must reach, given the one that was
 * read last.
 */
size_t shoji__events_tail(struct shoji__events *events,
                          const struct shoji__window *window);

/*
 * For a handler that fails: reports it at an offset within the window, and returns the
 * status. `code` as for shoji__fail.
 */
shoji_status shoji__events_fail(struct shoji__events *events, size_t offset,
                                shoji_status status, const char *code,
                                const char *message);

/* For a handler: the offset at which the token of the present event begins. */
size_t shoji__events_begin(struct shoji__events *events);

/* The same for limits of the events' own. They return 0, by which a callback stops yajl.
 */
int shoji__events_refuse_length(struct shoji__events *events, size_t offset);
int shoji__events_refuse_depth(struct shoji__events *events, size_t offset);

/* Notes that an array or object begins; the grammar after its bracket. */
static inline enum shoji__grammar shoji__events_open(struct shoji__events *events,
                                                     shoji_type type)
{
    size_t level = events->depth++;
    unsigned bit = 1u << level % 8;
    if (type == SHOJI_OBJECT) {
        events->in_object[level / 8] |= (unsigned char)bit;
        events->after_value = SHOJI__AFTER_VALUE_IN_OBJECT;
        return SHOJI__AFTER_BEGIN_OBJECT;
    }
    events->in_object[level / 8] &= (unsigned char)~bit;
    events->after_value = SHOJI__AFTER_VALUE_IN_ARRAY;
    return SHOJI__AFTER_BEGIN_ARRAY;
}

/* Notes that one ends; the grammar after it. */
static inline enum shoji__grammar shoji__events_close(struct shoji__events *events)
{
    if (--events->depth == 0)
        return events->after_value = SHOJI__AT_END;
    size_t level = events->depth - 1;
    bool in_object = (events->in_object[level / 8] >> level % 8 & 1) != 0;
    return events->after_value =
               in_object ? SHOJI__AFTER_VALUE_IN_OBJECT : SHOJI__AFTER_VALUE_IN_ARRAY;
}

#endif
