/*
 * Keys by which values are compared: two scalars are equal, by the rule of
 * spec/shoji.md, "Templates route", exactly where their keys are the same bytes.
 *
 *     "abc"                     sabc
 *     100, 1e2, 100.0           n1e2
 *     -0.5                      n-5e-1
 *     0, -0.0, 0e9              n0
 *     true                      bt
 *
 * A number's key is its sign, its digits without zeros at either end, and the power of
 * ten to multiply them with: exact, whatever the length of the number or its exponent.
 */
#ifndef SHOJID_STORE_KEYS_H
#define SHOJID_STORE_KEYS_H

#include <shoji/buffer.h>
#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>

/* The longest key, in bytes. A value whose key would be longer has none: no request can
 * ask for it. */
enum {
    STORE_KEY_MAXIMUM = 65536
};

/* Receives a key, lent until it returns. A status other than SHOJI_OK ends the
 * iteration, which returns it. */
typedef shoji_status (*store_key_callback)(void *context, const char *key, size_t length);

/*
 * Calls back with each key of an attribute's value: of a scalar, one; of an array, one
 * for each scalar item; of an object, null, or no value, none. A key can come several
 * times. SHOJI_NO_MEMORY, or what the callback returned.
 */
shoji_status store_keys_of_value(shoji_value value, store_key_callback callback,
                                 void *context);

/*
 * Calls back with each key that a text of a request can mean: the string; the number,
 * where the text is a JSON number; the boolean, where it is "true" or "false".
 * SHOJI_NO_MEMORY, or what the callback returned.
 */
shoji_status store_keys_of_text(const char *text, store_key_callback callback,
                                void *context);

#endif
