/*
 * Rate limits: how many requests an address, or a token, may send in a time. A limit of N
 * in a time lets N through at once, and then one whenever N-th of the time has gone by.
 */
#ifndef SHOJID_SERVICE_RATE_H
#define SHOJID_SERVICE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RATE_COUNT_MAXIMUM = 1000000
};

/* `count` 0 is no limit. */
struct rate_limit {
    uint32_t count;
    uint32_t seconds;
};

/* Reads "N/second", "N/minute", "N/hour", "N/day" or "off". False where it is none of
 * them. */
bool rate_parse(struct rate_limit *limit, const char *text);

/* What limits are kept by, so that an address and a token are never one. */
enum rate_kind {
    RATE_ADDRESS,
    RATE_TOKEN
};

struct rate;

/* NULL where memory is short. */
struct rate *rate_new(void);

/* NULL is allowed. */
void rate_free(struct rate *rate);

/*
 * Counts a request.
 *
 * key   whose it is.
 * now   seconds and nanoseconds of a clock that never goes back, in nanoseconds.
 *
 * Returns 0 where it may pass, otherwise after how many seconds, from 1, the next may.
 * The table is bounded: where very many keys are in it, one that has sent little may be
 * forgotten, and begins anew. Threads: any number at once.
 */
uint32_t rate_take(struct rate *rate, struct rate_limit limit, enum rate_kind kind,
                   const char *key, int64_t now);

#endif
