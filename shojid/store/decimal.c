#include "store/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t limb_base = 1000000000;

static size_t digits_at(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* Reads what stands after the digits of a number: "e" or "E", a sign, digits. */
static bool scan_exponent(struct decimal *decimal, const char *text, size_t length)
{
    size_t at = 1;
    if (at < length && (text[at] == '+' || text[at] == '-')) {
        decimal->exponent_negative = text[at] == '-';
        at++;
    }
    size_t digits = digits_at(text + at, length - at);
    if (digits == 0 || at + digits != length)
        return false;
    while (digits > 0 && text[at] == '0') {
        at++;
        digits--;
    }
    decimal->exponent = text + at;
    decimal->exponent_length = digits;
    return true;
}

bool decimal_scan(struct decimal *decimal, const char *text, size_t length)
{
    *decimal = (struct decimal){0};
    size_t at = 0;
    if (at < length && text[at] == '-') {
        decimal->negative = true;
        at++;
    }
    decimal->integer = text + at;
    decimal->integer_length = digits_at(text + at, length - at);
    if (decimal->integer_length == 0 ||
        (decimal->integer_length > 1 && decimal->integer[0] == '0'))
        return false;
    at += decimal->integer_length;
    decimal->fraction = text + at;
    if (at < length && text[at] == '.') {
        decimal->fraction = text + at + 1;
        decimal->fraction_length = digits_at(text + at + 1, length - at - 1);
        if (decimal->fraction_length == 0)
            return false;
        at += 1 + decimal->fraction_length;
    }
    if (at == length)
        return true;
    return (text[at] == 'e' || text[at] == 'E') &&
           scan_exponent(decimal, text + at, length - at);
}

void decimal_trim(const struct decimal *decimal, size_t *begin, size_t *end)
{
    size_t last = decimal->integer_length + decimal->fraction_length;
    size_t first = 0;
    while (first < last && decimal_digit(decimal, first) == '0')
        first++;
    while (last > first && decimal_digit(decimal, last - 1) == '0')
        last--;
    *begin = first;
    *end = last;
}

static int64_t exponent_of(const struct decimal *decimal)
{
    static const int64_t beyond = INT64_C(1) << 60;
    int64_t exponent = 0;
    if (decimal->exponent_length > DECIMAL_SHORT_EXPONENT)
        exponent = beyond;
    else
        for (size_t i = 0; i < decimal->exponent_length; i++)
            exponent = exponent * 10 + (decimal->exponent[i] - '0');
    return decimal->exponent_negative ? -exponent : exponent;
}

/* The power of ten by which the digit at an index counts. */
static int64_t place_of(const struct decimal *decimal, size_t index)
{
    return exponent_of(decimal) + (int64_t)decimal->integer_length - (int64_t)index - 1;
}

/* Compares two numbers, neither of them zero, without their signs. */
static int compare_sizes(const struct decimal *one, size_t one_at, size_t one_end,
                         const struct decimal *other, size_t other_at, size_t other_end)
{
    int64_t place = place_of(one, one_at);
    int64_t other_place = place_of(other, other_at);
    if (place != other_place)
        return place < other_place ? -1 : 1;
    while (one_at < one_end && other_at < other_end) {
        char digit = decimal_digit(one, one_at++);
        char other_digit = decimal_digit(other, other_at++);
        if (digit != other_digit)
            return digit < other_digit ? -1 : 1;
    }
    return (one_at < one_end) - (other_at < other_end);
}

int decimal_compare(const struct decimal *one, const struct decimal *other)
{
    size_t one_begin, one_end, other_begin, other_end;
    decimal_trim(one, &one_begin, &one_end);
    decimal_trim(other, &other_begin, &other_end);
    int sign = one_begin == one_end ? 0 : one->negative ? -1 : 1;
    int other_sign = other_begin == other_end ? 0 : other->negative ? -1 : 1;
    if (sign != other_sign)
        return sign < other_sign ? -1 : 1;
    if (sign == 0)
        return 0;
    return sign * compare_sizes(one, one_begin, one_end, other, other_begin, other_end);
}

void decimal_sum_add(struct decimal_sum *sum, const struct decimal *decimal, double value)
{
    static const int64_t powers[DECIMAL_LIMB_DIGITS] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    size_t begin, end;
    sum->rough += value;
    decimal_trim(decimal, &begin, &end);
    if (begin == end)
        return;
    if (place_of(decimal, begin) >= DECIMAL_SUM_DIGITS ||
        place_of(decimal, end - 1) < -DECIMAL_SUM_DIGITS) {
        sum->is_rough = true;
        return;
    }
    size_t place = (size_t)(place_of(decimal, end - 1) + DECIMAL_SUM_DIGITS);
    for (size_t i = end; i > begin; i--, place++) {
        int64_t part =
            (decimal_digit(decimal, i - 1) - '0') * powers[place % DECIMAL_LIMB_DIGITS];
        sum->limbs[place / DECIMAL_LIMB_DIGITS] += decimal->negative ? -part : part;
    }
}

/* Carries, so that each limb is from 0 to the base; returns what is left to carry. */
static int64_t carry_limbs(int64_t limbs[DECIMAL_LIMBS])
{
    int64_t carry = 0;
    for (size_t i = 0; i < DECIMAL_LIMBS; i++) {
        int64_t limb = limbs[i] + carry;
        carry = limb / limb_base;
        limb %= limb_base;
        if (limb < 0) {
            limb += limb_base;
            carry--;
        }
        limbs[i] = limb;
    }
    return carry;
}

enum {
    /* A sign, a point and an end beside the digits. */
    EXACT_SIZE = DECIMAL_LIMBS * DECIMAL_LIMB_DIGITS + 3
};

/* Writes the exact sum, without zeros that say nothing. */
static void write_exact(char text[EXACT_SIZE], const struct decimal_sum *sum)
{
    int64_t limbs[DECIMAL_LIMBS];
    char digits[DECIMAL_LIMBS * DECIMAL_LIMB_DIGITS + 1];
    memcpy(limbs, sum->limbs, sizeof limbs);
    bool negative = carry_limbs(limbs) < 0;
    if (negative) {
        for (size_t i = 0; i < DECIMAL_LIMBS; i++)
            limbs[i] = -sum->limbs[i];
        carry_limbs(limbs);
    }
    for (size_t i = 0; i < DECIMAL_LIMBS; i++)
        snprintf(digits + i * DECIMAL_LIMB_DIGITS, DECIMAL_LIMB_DIGITS + 1, "%09u",
                 (unsigned)limbs[DECIMAL_LIMBS - 1 - i]);

    size_t point = sizeof digits - 1 - DECIMAL_SUM_DIGITS;
    size_t begin = 0;
    size_t end = sizeof digits - 1;
    while (begin < point - 1 && digits[begin] == '0')
        begin++;
    while (end > point && digits[end - 1] == '0')
        end--;
    snprintf(text, EXACT_SIZE, "%s%.*s%s%.*s", negative ? "-" : "", (int)(point - begin),
             digits + begin, end > point ? "." : "", (int)(end - point), digits + point);
}

double decimal_sum_double(const struct decimal_sum *sum)
{
    char text[EXACT_SIZE];
    if (sum->is_rough)
        return sum->rough;
    write_exact(text, sum);
    return strtod(text, NULL);
}

shoji_status decimal_sum_append(shoji_buffer *text, const struct decimal_sum *sum)
{
    char exact[EXACT_SIZE];
    if (sum->is_rough)
        return SHOJI_RANGE;
    write_exact(exact, sum);
    return shoji_buffer_append_string(text, exact);
}
