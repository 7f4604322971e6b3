/*
 * JSON numbers as the decimals that they are written as: compared and added without the
 * loss that a double would bring.
 */
#ifndef SHOJID_STORE_DECIMAL_H
#define SHOJID_STORE_DECIMAL_H

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of a JSON number, each lent from its text. */
struct decimal {
    bool negative;
    const char *integer;
    size_t integer_length;
    const char *fraction;
    size_t fraction_length;
    bool exponent_negative;
    const char *exponent; /* without sign and leading zeros */
    size_t exponent_length;
};

enum {
    /* Exponents of up to so many digits fit an int64_t with room to spare. */
    DECIMAL_SHORT_EXPONENT = 17,
    /* A sum is exact as long as each number, written without an exponent, has at most so
     * many digits on either side of its point. */
    DECIMAL_SUM_DIGITS = 108
};

/* Splits a text into the parts of a JSON number; false where it is none. */
bool decimal_scan(struct decimal *decimal, const char *text, size_t length);

/* The digit at an index of the integer and the fraction taken as one. */
static inline char decimal_digit(const struct decimal *decimal, size_t index)
{
    return index < decimal->integer_length
               ? decimal->integer[index]
               : decimal->fraction[index - decimal->integer_length];
}

/* Where the digits begin and end that are left without zeros at either end; both the same
 * for zero. */
void decimal_trim(const struct decimal *decimal, size_t *begin, size_t *end);

/* -1, 0 or 1, by value. Exponents of more than DECIMAL_SHORT_EXPONENT digits are all
 * taken for the same. */
int decimal_compare(const struct decimal *one, const struct decimal *other);

enum {
    DECIMAL_LIMB_DIGITS = 9,
    DECIMAL_FRACTION_LIMBS = DECIMAL_SUM_DIGITS / DECIMAL_LIMB_DIGITS,
    /* Two limbs more: for the carry of more numbers than any store can hold. */
    DECIMAL_LIMBS = 2 * DECIMAL_FRACTION_LIMBS + 2
};

/*
 * A sum. Each limb holds the digits of its place of all numbers, carried only when the
 * sum is asked for: an addition touches few of them. Begin with all zeros.
 */
struct decimal_sum {
    int64_t limbs[DECIMAL_LIMBS]; /* the least first */
    double rough;                 /* the same sum, of doubles */
    bool is_rough;                /* some number did not fit the limbs */
};

/* Adds a number; `value` is the double that is nearest to it. */
void decimal_sum_add(struct decimal_sum *sum, const struct decimal *decimal,
                     double value);

/* The double that is near to the sum; it can be infinite. */
double decimal_sum_double(const struct decimal_sum *sum);

/* Appends the exact sum as a JSON number. SHOJI_RANGE: it is rough. Otherwise fails as
 * the buffer does. */
shoji_status decimal_sum_append(shoji_buffer *text, const struct decimal_sum *sum);

#endif
