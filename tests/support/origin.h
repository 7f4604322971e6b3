/* The origins of tests/support/origin.py, as a child process. */
#ifndef TESTS_SUPPORT_ORIGIN_H
#define TESTS_SUPPORT_ORIGIN_H

#include <stdbool.h>
#include <sys/types.h>

struct origin {
    char first[64]; /* base IRIs, without a slash at the end */
    char second[64];
    char secure[64];
    pid_t process;
    int input; /* it serves until this is closed */
};

/* Starts it; false where that fails. The program and the script are named by the
 * variables SHOJI_PYTHON and SHOJI_ORIGIN. */
bool origin_start(struct origin *origin);

/* Stops it and waits for its end. */
void origin_stop(struct origin *origin);

#endif
