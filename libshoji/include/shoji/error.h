/*
 * What a call reports: a status to branch on, and an error to show a person.
 *
 * There is no thread-local or global error state: the caller owns the shoji_error and
 * may pass NULL where it wants the status alone. A call that fails fills it; one that
 * succeeds leaves it alone. On failure a call leaves every other output untouched.
 *
 * Threads: an error is used by one thread at a time.
 */
#ifndef SHOJI_ERROR_H
#define SHOJI_ERROR_H

#include <shoji/api.h>

#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

/* The conditions on which a caller branches. The numbers are part of the ABI. */
typedef enum shoji_status {
    SHOJI_OK = 0,
    SHOJI_NO_MEMORY = 1,    /* an allocation failed, or a size would overflow */
    SHOJI_USAGE = 2,        /* an argument is outside of what the function documents */
    SHOJI_SYNTAX = 3,       /* the text is not JSON, not an IRI or not a template */
    SHOJI_INVALID = 4,      /* well-formed JSON that breaks the protocol */
    SHOJI_LIMIT = 5,        /* a limit of size, depth or number was hit */
    SHOJI_RANGE = 6,        /* a number does not fit the type asked for */
    SHOJI_TYPE = 7,         /* a value is of another type than the one asked for */
    SHOJI_NOT_FOUND = 8,    /* no such name, variable, member or resource */
    SHOJI_AMBIGUOUS = 9,    /* a name has several different targets */
    SHOJI_NO_MATCH = 10,    /* no values are found that give the IRI */
    SHOJI_STOPPED = 11,     /* a callback of the caller's asked to stop */
    SHOJI_UNREACHABLE = 12, /* network, TLS or time-out: no answer was had */
    SHOJI_HTTP = 13,        /* the server answered with an error: see http_status */
    SHOJI_PRECONDITION = 14 /* a precondition did not hold */
} shoji_status;

enum {
    SHOJI_ERROR_MESSAGE_SIZE = 640, /* bytes, with the terminating NUL */
    SHOJI_ERROR_POINTER_SIZE = 512
};

/*
 * What went wrong, where, and what to do about it. Everything is stored in place, so
 * there is nothing to free. Start with SHOJI_ERROR_INIT.
 */
typedef struct shoji_error {
    shoji_status status;
    /* One sentence without line break or final stop, in UTF-8 and NUL-terminated. It may
     * quote the input: escape control characters before it goes to a terminal. */
    char message[SHOJI_ERROR_MESSAGE_SIZE];
    /* A stable name of the fault for programs, such as "json.trailing-comma". A static
     * string; NULL where the status says it all. */
    const char *code;
    /* Where in the text: line and column count from 1, the column in Unicode characters;
     * the offset counts bytes from 0. line is 0 where there is no text to point into. */
    size_t line;
    size_t column;
    size_t offset;
    /* JSON Pointer (RFC 6901) of the member at fault. Empty is the whole document, or no
     * document at all. Cut at a character, with "..." at its end, where it is too long,
     * or a name holds a NUL. */
    char pointer[SHOJI_ERROR_POINTER_SIZE];
    /* The response's status code for SHOJI_HTTP and SHOJI_PRECONDITION, otherwise 0. */
    int http_status;
} shoji_error;

#define SHOJI_ERROR_INIT                                                                 \
    {                                                                                    \
        SHOJI_OK, {0}, 0, 0, 0, 0, {0}, 0                                                \
    }

/*
 * The status in words, such as "out of memory". A static string, never NULL, also for a
 * number that is no status. Thread-safe.
 */
const char *shoji_status_text(shoji_status status);

SHOJI_END_DECLARATIONS

#endif
