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

struct shoji__events;

/*
 * One event. Of a string or a number, `bytes` is the text (decoded, not NUL-terminated,
 * lent for the length of the call); `end` is the offset in the whole text right after the
 * token, so that a string's closing quote stands at end - 1.
 */
struct shoji__event {
    const char *bytes;
    size_t length;
    size_t end;
};

/* A status other than SHOJI_OK stops the reader: the handler explains it by
 * shoji__events_fail, or it is one of the caller's own. */
struct shoji__event_handler {
    /* null, true or false */
    shoji_status (*literal)(void *context, const struct shoji__event *event,
                            shoji_type type);
    shoji_status (*number)(void *context, const struct shoji__event *event);
    shoji_status (*string)(void *context, const struct shoji__event *event);
    shoji_status (*name)(void *context, const struct shoji__event *event);
    /* an array or an object */
    shoji_status (*begin)(void *context, const struct shoji__event *event,
                          shoji_type type);
    shoji_status (*end)(void *context, const struct shoji__event *event);
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

/* The greatest limits that can be set. */
extern const shoji_limits shoji__limits_greatest;

/* Checks limits against their documented ranges: SHOJI_USAGE. */
shoji_status shoji__limits_check(const shoji_limits *limits);

/* Makes a reader. `handler` and `limits` are lent, and used as long as the reader is. */
shoji_status shoji__events_new(struct shoji__events **events,
                               const struct shoji__event_handler *handler, void *context,
                               const shoji_limits *limits);
void shoji__events_free(struct shoji__events *events);

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
