/*
 * The gate that costly reads go through, a few at a time: so that whoever asks for many
 * of them keeps neither the readers of the store nor the processors from everybody else.
 */
#ifndef SHOJID_SERVICE_GATE_H
#define SHOJID_SERVICE_GATE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GATE_PLACES = 8,       /* costly reads at a time */
    GATE_WAIT_SECONDS = 10 /* how long others wait for one of these to end */
};

struct gate;

/* `waiting` is how many may wait. NULL where memory is short. */
struct gate *gate_new(size_t waiting);

/* NULL is allowed. Nobody may be in it, or wait. */
void gate_free(struct gate *gate);

/* Waits for a place, and takes it. False where there are too many that wait, or it takes
 * too long. Take it before the store's snapshot: whoever waits is to hold up nobody. */
bool gate_enter(struct gate *gate);

/* Gives the place back. */
void gate_leave(struct gate *gate);

/* Threads: any number at once. */

#endif
