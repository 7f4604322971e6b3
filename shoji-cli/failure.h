/* Exit codes, and the one line on stderr that goes with each of them. */
#ifndef SHOJI_CLI_FAILURE_H
#define SHOJI_CLI_FAILURE_H

#include <shoji/error.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,       /* in a way that no other code names */
    EXIT_USAGE = 2,        /* the command line makes no sense */
    EXIT_INVALID = 3,      /* what was read is not a valid document */
    EXIT_CLIENT_ERROR = 4, /* HTTP 4xx */
    EXIT_SERVER_ERROR = 5, /* HTTP 5xx */
    EXIT_UNREACHABLE = 6,  /* network, TLS, time-out */
    EXIT_NO_NAME = 7,      /* a name not found or ambiguous, or no match */
    EXIT_PRECONDITION = 8, /* HTTP 412 */
    EXIT_INCOMPLETE = 9,   /* a limit was hit */
    EXIT_INTERRUPTED = 130
};

/*
 * Prints "shoji-cli: MESSAGE" on stderr, always one line: what could break or forge one
 * is escaped. Returns the code, so that a function can end with it.
 */
enum exit_code failure(enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for an error of the library: its message, with the place in the text and the
 * member at fault as far as they are known, and the code of its status. */
enum exit_code failure_report(const shoji_error *error);

/* The same for a text that has a name, which comes first: "users.json:1:39: /title: this
 * is a number". */
enum exit_code failure_report_in(const char *where, const shoji_error *error);

enum exit_code failure_memory(void);

/* The code alone, where the message goes another way. */
enum exit_code failure_code(const shoji_error *error);

/* A line on stderr that is no failure, as it stands. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same as "shoji-cli: note: MESSAGE". */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
