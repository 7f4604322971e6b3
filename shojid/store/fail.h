/* Filling the caller's shoji_error, for the stores. */
#ifndef SHOJID_STORE_FAIL_H
#define SHOJID_STORE_FAIL_H

#include <shoji/error.h>

/* Fills an error, which may be NULL, and returns its status. `code` is a static string,
 * or NULL. A message that is too long is cut. */
shoji_status store_fail(shoji_error *error, shoji_status status, const char *code,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

shoji_status store_fail_memory(shoji_error *error);

/* For a status that came without an error, such as from a shoji_buffer. */
shoji_status store_fail_status(shoji_error *error, shoji_status status);

/* What an iteration comes to: the failure of the store's own part, or else what the
 * caller's callback returned. Want of memory, which either can meet, is put in words. */
shoji_status store_conclude(shoji_error *error, shoji_status own, shoji_status called);

#endif
