/* Filling the caller's shoji_error. */
#ifndef SHOJI_BASE_ERROR_H
#define SHOJI_BASE_ERROR_H

#include <shoji/error.h>

#include "base/slice.h"

#include <stdarg.h>

/*
 * Fills an error and returns its status. `error` may be NULL. `code` is a static string,
 * or NULL. The message is cut at a character where it is too long. The place and the
 * pointer are reset: set them afterwards.
 */
shoji_status shoji__fail(shoji_error *error, shoji_status status, const char *code,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with its arguments in a list. */
shoji_status shoji__fail_list(shoji_error *error, shoji_status status, const char *code,
                              const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* The failures that need no words of their own. */
shoji_status shoji__fail_memory(shoji_error *error);

/* Fills an error with one that has been made aside, and returns its status. */
shoji_status shoji__fail_as(shoji_error *error, const shoji_error *fault);

/* Sets the place. `error` may be NULL. */
void shoji__error_place(shoji_error *error, size_t line, size_t column, size_t offset);

/* Sets the pointer to `parent` followed by the escaped token `name`. */
void shoji__error_pointer(shoji_error *error, const char *parent,
                          struct shoji__slice name);

/*
 * Room for a piece of input that is quoted in a message: cut to a readable length at a
 * character, ill-formed bytes replaced by "?", control characters by spaces.
 */
enum {
    SHOJI__EXCERPT_SIZE = 100
};

/* Fills `excerpt` and returns it. */
const char *shoji__excerpt(char excerpt[SHOJI__EXCERPT_SIZE], const char *bytes,
                           size_t length);

/* The same for `size` bytes of room, at least 8. */
const char *shoji__excerpt_into(char *excerpt, size_t size, const char *bytes,
                                size_t length);

#endif
