#include "value/number.h"

enum {
    EXPONENT_DIGITS = 18
};

static size_t skip_digits(struct shoji__slice text, size_t at)
{
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    return at;
}

static bool has(struct shoji__slice text, size_t at, char byte)
{
    return at < text.length && text.bytes[at] == byte;
}

bool shoji__is_number(struct shoji__slice text)
{
    size_t at = has(text, 0, '-') ? 1 : 0;
    size_t digits = at;
    at = has(text, at, '0') ? at + 1 : skip_digits(text, at);
    if (at == digits)
        return false;
    if (has(text, at, '.')) {
        digits = ++at;
        at = skip_digits(text, at);
        if (at == digits)
            return false;
    }
    if (has(text, at, 'e') || has(text, at, 'E')) {
        at++;
        if (has(text, at, '+') || has(text, at, '-'))
            at++;
        digits = at;
        at = skip_digits(text, at);
        if (at == digits)
            return false;
    }
    return at == text.length;
}

/* Reads what follows the 'e'. false where it has too many digits. */
static bool read_exponent(struct shoji__slice text, int64_t *exponent)
{
    size_t at = 0;
    bool negative = has(text, 0, '-');
    if (negative || has(text, 0, '+'))
        at++;
    while (has(text, at, '0'))
        at++;
    if (text.length - at > EXPONENT_DIGITS)
        return false;
    int64_t value = 0;
    for (; at < text.length; at++)
        value = value * 10 + (text.bytes[at] - '0');
    *exponent = negative ? -value : value;
    return true;
}

static char digit_at(const struct shoji__decimal *decimal, size_t index)
{
    return index < decimal->whole.length
               ? decimal->whole.bytes[index]
               : decimal->part.bytes[index - decimal->whole.length];
}

char shoji__decimal_digit(const struct shoji__decimal *decimal, size_t index)
{
    return digit_at(decimal, decimal->first + index);
}

bool shoji__decimal_read(struct shoji__decimal *decimal, struct shoji__slice number)
{
    size_t at = has(number, 0, '-') ? 1 : 0;
    *decimal = (struct shoji__decimal){.negative = at != 0};

    size_t end = skip_digits(number, at);
    decimal->whole = shoji__slice(number.bytes + at, end - at);
    decimal->part = shoji__slice(number.bytes + end, 0);
    if (has(number, end, '.')) {
        at = end + 1;
        end = skip_digits(number, at);
        decimal->part = shoji__slice(number.bytes + at, end - at);
    }

    size_t first = 0;
    size_t last = decimal->whole.length + decimal->part.length;
    while (first < last && digit_at(decimal, first) == '0')
        first++;
    while (last > first && digit_at(decimal, last - 1) == '0')
        last--;
    decimal->first = first;
    decimal->count = last - first;
    if (decimal->count == 0) {
        decimal->negative = false;
        return true;
    }
    if (end < number.length &&
        !read_exponent(shoji__slice(number.bytes + end + 1, number.length - end - 1),
                       &decimal->exponent))
        return false;
    decimal->exponent += (int64_t)decimal->whole.length - (int64_t)first;
    return true;
}

bool shoji__numbers_equal(struct shoji__slice one, struct shoji__slice other)
{
    struct shoji__decimal a;
    struct shoji__decimal b;
    if (shoji__slice_equal(one, other))
        return true;
    if (!shoji__decimal_read(&a, one) || !shoji__decimal_read(&b, other))
        return false;
    if (a.negative != b.negative || a.count != b.count || a.exponent != b.exponent)
        return false;
    for (size_t i = 0; i < a.count; i++)
        if (shoji__decimal_digit(&a, i) != shoji__decimal_digit(&b, i))
            return false;
    return true;
}
