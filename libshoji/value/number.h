/* Numbers by their text. */
#ifndef SHOJI_VALUE_NUMBER_H
#define SHOJI_VALUE_NUMBER_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A JSON number taken apart: (-1)^negative * 0.DIGITS * 10^exponent, with no zero at
 * either end of the digits. Zero has no digits. The digits are not one run of bytes: see
 * shoji__decimal_digit.
 */
struct shoji__decimal {
    bool negative;
    struct shoji__slice whole; /* the digits before the point ... */
    struct shoji__slice part;  /* ... and those after it */
    size_t first;              /* index of the first digit that counts */
    size_t count;              /* digits that count */
    int64_t exponent;
};

/* Whether a text is a JSON number, the whole of it. */
bool shoji__is_number(struct shoji__slice text);

/*
 * Takes a JSON number apart. false where its exponent is beyond what can be counted
 * (more than eighteen digits): then it is compared by its text alone.
 */
bool shoji__decimal_read(struct shoji__decimal *decimal, struct shoji__slice number);

/* The digit at an index below `count`, '0' to '9'. */
char shoji__decimal_digit(const struct shoji__decimal *decimal, size_t index);

/* Whether two numbers are equal by value, to the last digit. */
bool shoji__numbers_equal(struct shoji__slice one, struct shoji__slice other);

/* The nearest double of a JSON number, whatever the locale; infinite where it overflows.
 */
double shoji__number_to_double(struct shoji__slice number);

/* Whether a finite double is the number, to the last digit. */
bool shoji__double_is(double value, struct shoji__slice number);

/* Room for any finite double, with a NUL. */
enum {
    SHOJI__DOUBLE_SIZE = 32
};

/* Writes a finite double with the fewest digits that read back as the same: plainly from
 * 0.00001 up to numbers of 17 digits, otherwise with an exponent. */
void shoji__double_write(char text[SHOJI__DOUBLE_SIZE], double value);

#endif
