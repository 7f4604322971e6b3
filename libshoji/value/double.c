/*
 * Doubles from and to text. The C library's conversions are exact but speak the locale's
 * decimal point, so none is ever given to them or taken from them.
 */
#include "value/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The most significant digits that a double can have; what comes after them can
     * matter only by being there. */
    DIGITS_MAXIMUM = 767,
    EXPONENT_LIMIT = 100000,
    ROUND_TRIP_DIGITS = 17,
    /* The powers of ten between which no exponent is written: integers that a double
     * holds exactly stay plain. */
    PLAIN_LEAST = -5,
    PLAIN_GREATEST = 16
};

static int64_t clamp(int64_t exponent)
{
    if (exponent > EXPONENT_LIMIT)
        return EXPONENT_LIMIT;
    return exponent < -EXPONENT_LIMIT ? -EXPONENT_LIMIT : exponent;
}

double shoji__number_to_double(struct shoji__slice number)
{
    struct shoji__decimal decimal;
    if (!shoji__decimal_read(&decimal, number)) {
        bool tiny = memchr(number.bytes + 1, '-', number.length - 1) != NULL;
        double magnitude = tiny ? 0.0 : (double)INFINITY;
        return decimal.negative ? -magnitude : magnitude;
    }

    char text[DIGITS_MAXIMUM + 32];
    size_t length = 0;
    if (number.bytes[0] == '-')
        text[length++] = '-';
    size_t digits = decimal.count < DIGITS_MAXIMUM ? decimal.count : DIGITS_MAXIMUM;
    for (size_t i = 0; i < digits; i++)
        text[length++] = shoji__decimal_digit(&decimal, i);
    int64_t exponent = decimal.exponent - (int64_t)digits;
    if (digits < decimal.count) {
        text[length++] = '1';
        exponent--;
    }
    if (digits == 0)
        text[length++] = '0';
    snprintf(text + length, sizeof text - length, "e%lld", (long long)clamp(exponent));
    return strtod(text, NULL);
}

bool shoji__double_is(double value, struct shoji__slice number)
{
    struct shoji__decimal decimal;
    if (!shoji__decimal_read(&decimal, number) || decimal.count > DIGITS_MAXIMUM)
        return false;
    if (decimal.count == 0 || value == 0)
        return decimal.count == 0 && value == 0;

    /* The double's own digits, all of them; the point between them is the locale's. */
    char text[DIGITS_MAXIMUM + 32];
    snprintf(text, sizeof text, "%.*e", DIGITS_MAXIMUM - 1, fabs(value));
    const char *at = text;
    for (size_t i = 0; *at != 'e'; at++) {
        if (*at < '0' || *at > '9')
            continue;
        char expected = i < decimal.count ? shoji__decimal_digit(&decimal, i) : '0';
        if (*at != expected)
            return false;
        i++;
    }
    long exponent = strtol(at + 1, NULL, 10) + 1;
    return exponent == decimal.exponent && decimal.negative == (value < 0);
}

/* Makes the last digit of a mantissa one greater. false where that is no digit more. */
static bool round_up(char *text)
{
    char *last = strchr(text, 'e') - 1;
    if (*last == '9')
        return false;
    ++*last;
    return true;
}

/*
 * Writes a double with as many digits as it takes. Below a power of two the doubles are
 * twice as dense as above it. So the decimal that is nearest to it can be another double
 * already, where the next one above it, which is further away, is not.
 */
static void write_nearest(char text[SHOJI__DOUBLE_SIZE], double value)
{
    for (int precision = 0; precision < ROUND_TRIP_DIGITS; precision++) {
        snprintf(text, SHOJI__DOUBLE_SIZE, "%.*e", precision, value);
        double read = strtod(text, NULL);
        if (read < value && precision < ROUND_TRIP_DIGITS - 1 && round_up(text))
            read = strtod(text, NULL);
        if (read == value)
            return;
    }
}

/* The digits of a double that suffice to read it back, without zeros at their end, and
 * the power of ten of the first. */
static size_t shortest_digits(char digits[ROUND_TRIP_DIGITS], double value, int *power)
{
    char text[SHOJI__DOUBLE_SIZE];
    write_nearest(text, value);
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    *power = (int)strtol(at + 1, NULL, 10);
    return count;
}

/* Writes digits without an exponent; `power` is that of the first digit. */
static void write_plain(char *text, const char *digits, int count, int power)
{
    /* Counted from the first digit: before it there are zeros, and after the last. */
    int begin = power < 0 ? power : 0;
    int point = power < 0 ? begin + 1 : power + 1;
    int end = count > point ? count : point;
    for (int i = begin; i < end; i++) {
        if (i == point)
            *text++ = '.';
        *text++ = i >= 0 && i < count ? digits[i] : '0';
    }
    *text = '\0';
}

void shoji__double_write(char text[SHOJI__DOUBLE_SIZE], double value)
{
    char digits[ROUND_TRIP_DIGITS];
    int power;
    if (signbit(value))
        *text++ = '-';
    size_t count = shortest_digits(digits, fabs(value), &power);
    if (power >= PLAIN_LEAST && power <= PLAIN_GREATEST) {
        write_plain(text, digits, (int)count, power);
        return;
    }
    *text++ = digits[0];
    if (count > 1) {
        *text++ = '.';
        memcpy(text, digits + 1, count - 1);
        text += count - 1;
    }
    snprintf(text, 8, "e%d", power);
}
