#include "store/keys.h"

#include "store/decimal.h"

#include <stdint.h>
#include <string.h>

/*
 * Adds `delta` to a decimal of more than DECIMAL_SHORT_EXPONENT digits in place. `digits`
 * begins with a '0' that takes a carry. Such a number is greater than any `delta`, so
 * that the sum has the sign of the number.
 */
static void add_to_digits(char *digits, size_t length, int64_t delta)
{
    for (size_t i = length; i > 0 && delta != 0; i--) {
        int64_t sum = (digits[i - 1] - '0') + delta % 10;
        delta /= 10;
        if (sum < 0) {
            sum += 10;
            delta--;
        } else if (sum > 9) {
            sum -= 10;
            delta++;
        }
        digits[i - 1] = (char)('0' + sum);
    }
}

static shoji_status append_long_exponent(shoji_buffer *key, const struct decimal *decimal,
                                         int64_t shift)
{
    shoji_status status =
        shoji_buffer_append_string(key, decimal->exponent_negative ? "e-" : "e");
    size_t begin = key->length;
    if (status == SHOJI_OK)
        status = shoji_buffer_append(key, "0", 1);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(key, decimal->exponent, decimal->exponent_length);
    if (status != SHOJI_OK)
        return status;
    char *digits = key->bytes + begin;
    size_t length = key->length - begin;
    add_to_digits(digits, length, decimal->exponent_negative ? -shift : shift);
    size_t zeros = 0;
    while (digits[zeros] == '0')
        zeros++;
    memmove(digits, digits + zeros, length - zeros + 1);
    key->length -= zeros;
    return SHOJI_OK;
}

/* Appends the number's exponent, with `shift` added to it. */
static shoji_status append_exponent(shoji_buffer *key, const struct decimal *decimal,
                                    int64_t shift)
{
    if (decimal->exponent_length > DECIMAL_SHORT_EXPONENT)
        return append_long_exponent(key, decimal, shift);
    int64_t exponent = 0;
    for (size_t i = 0; i < decimal->exponent_length; i++)
        exponent = exponent * 10 + (decimal->exponent[i] - '0');
    if (decimal->exponent_negative)
        exponent = -exponent;
    return shoji_buffer_append_format(key, "e%lld", (long long)(exponent + shift));
}

static shoji_status append_number(shoji_buffer *key, const struct decimal *decimal)
{
    size_t begin, end;
    decimal_trim(decimal, &begin, &end);
    if (begin == end)
        return shoji_buffer_append_string(key, "n0");
    /* The digits, read as an integer, count the last one kept as ones. */
    int64_t shift = (int64_t)decimal->integer_length - (int64_t)end;
    shoji_status status = shoji_buffer_append_string(key, decimal->negative ? "n-" : "n");
    if (status == SHOJI_OK)
        status = shoji_buffer_reserve(key, end - begin);
    for (size_t i = begin; status == SHOJI_OK && i < end; i++) {
        char digit = decimal_digit(decimal, i);
        status = shoji_buffer_append(key, &digit, 1);
    }
    return status == SHOJI_OK ? append_exponent(key, decimal, shift) : status;
}

static shoji_status make_string_key(shoji_buffer *key, const char *text, size_t length)
{
    shoji_status status = shoji_buffer_append(key, "s", 1);
    return status == SHOJI_OK ? shoji_buffer_append(key, text, length) : status;
}

/* Makes the key of a scalar; empty for what has none. */
static shoji_status make_key(shoji_buffer *key, shoji_value value)
{
    size_t length;
    const char *text;
    struct decimal decimal;
    switch (shoji_value_type(value)) {
    case SHOJI_TRUE:
        return shoji_buffer_append_string(key, "bt");
    case SHOJI_FALSE:
        return shoji_buffer_append_string(key, "bf");
    case SHOJI_NUMBER:
        text = shoji_value_number(value, &length);
        return decimal_scan(&decimal, text, length) ? append_number(key, &decimal)
                                                    : SHOJI_OK;
    case SHOJI_STRING:
        text = shoji_value_string(value, &length);
        return make_string_key(key, text, length);
    default:
        return SHOJI_OK;
    }
}

/* Calls back with a key that was made with that status. One that is too long is none. */
static shoji_status call_with_key(const shoji_buffer *key, shoji_status made,
                                  store_key_callback callback, void *context)
{
    if (made == SHOJI_LIMIT || (made == SHOJI_OK && key->length == 0))
        return SHOJI_OK;
    return made == SHOJI_OK ? callback(context, key->bytes, key->length) : made;
}

static shoji_status key_of_scalar(shoji_buffer *key, shoji_value value,
                                  store_key_callback callback, void *context)
{
    shoji_buffer_clear(key);
    return call_with_key(key, make_key(key, value), callback, context);
}

shoji_status store_keys_of_value(shoji_value value, store_key_callback callback,
                                 void *context)
{
    shoji_buffer key = {.maximum = STORE_KEY_MAXIMUM};
    shoji_status status = SHOJI_OK;
    if (shoji_value_type(value) == SHOJI_ARRAY) {
        shoji_items items = shoji_value_items(value);
        shoji_value item;
        while (status == SHOJI_OK && shoji_items_next(&items, &item))
            status = key_of_scalar(&key, item, callback, context);
    } else {
        status = key_of_scalar(&key, value, callback, context);
    }
    shoji_buffer_finish(&key);
    return status;
}

/* The key of the number or boolean that a text can mean; empty for none. */
static shoji_status make_literal_key(shoji_buffer *key, const char *text, size_t length)
{
    struct decimal decimal;
    if (strcmp(text, "true") == 0)
        return shoji_buffer_append_string(key, "bt");
    if (strcmp(text, "false") == 0)
        return shoji_buffer_append_string(key, "bf");
    if (decimal_scan(&decimal, text, length))
        return append_number(key, &decimal);
    return SHOJI_OK;
}

shoji_status store_keys_of_text(const char *text, store_key_callback callback,
                                void *context)
{
    size_t length = strlen(text);
    shoji_buffer key = {.maximum = STORE_KEY_MAXIMUM};
    shoji_status status =
        call_with_key(&key, make_string_key(&key, text, length), callback, context);
    if (status == SHOJI_OK) {
        shoji_buffer_clear(&key);
        status =
            call_with_key(&key, make_literal_key(&key, text, length), callback, context);
    }
    shoji_buffer_finish(&key);
    return status;
}
