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

#include <stdbool.h>
#include <stddef.h>

/*
 * What receives the events. Of a string or a number, `bytes` is the text (decoded, not
 * NUL-terminated, lent for the length of the call); `end` is the offset in the whole text
 * right after the token, so that a string's closing quote stands at end - 1.
 *
 * A status other than SHOJI_OK stops the reading: the handler explains it by
 * shoji__events_fail, or it is one of the caller's own.
 */
struct shoji__event_handler {
    /* null, true or false */
    shoji_status (*literal)(void *context, size_t end, shoji_type type);
    shoji_status (*number)(void *context, const char *bytes, size_t length, size_t end);
    shoji_status (*string)(void *context, const char *bytes, size_t length, size_t end);
    shoji_status (*name)(void *context, const char *bytes, size_t length, size_t end);
    /* an array or an object */
    shoji_status (*begin)(void *context, size_t end, shoji_type type);
    shoji_status (*end)(void *context, size_t end);
};

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

enum {
    SHOJI__DEPTH_MAXIMUM = 10000
};

/* The fields are for events.c alone; the size is for whoever keeps one. */
struct shoji__events {
    const struct shoji__event_handler *handler;
    void *context;
    const shoji_limits *limits;
    struct yajl_handle_t *yajl;
    struct shoji__gap gap;
    enum shoji__grammar after_value; /* what gap.grammar is after a value here */
    size_t depth;
    unsigned char in_object[SHOJI__DEPTH_MAXIMUM / 8 + 1]; /* a bit for each depth */
    /* What yajl is being fed: a part of the window, whose offset is `block`. */
    const char *block_bytes;
    size_t block_length;
    size_t block;
    size_t read; /* offset in the text up to which yajl has been fed */
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
 * Begins a text. `handler` and `limits` are lent until shoji__events_finish, which takes
 * one that could not begin, too.
 */
shoji_status shoji__events_init(struct shoji__events *events,
                                const struct shoji__event_handler *handler, void *context,
                                const shoji_limits *limits);
void shoji__events_finish(struct shoji__events *events);

/*
 * How many bytes that have not been read the window should have: as many as the cache
 * holds from one pass to the next, and in a long token twice as many each time, since
 * yajl reads one that is unfinished from its beginning again.
 */
static inline size_t shoji__events_want(const struct shoji__events *events)
{
    return events->want;
}

/*
 * Reads on: all of the window that has not been read before. With `last`, the text ends
 * with the window. Fills the error, once, and sticks to its status.
 */
shoji_status shoji__events_read(struct shoji__events *events,
                                const struct shoji__window *window, bool last,
                                shoji_error *error);

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

#endif
