/*
 * A TLS library writes with write(), and a peer that has gone then raises SIGPIPE, which
 * ends a program that does not expect it. A library cannot ignore the signal for its
 * whole process, so it is held back from this thread while libcurl runs, and dropped
 * after.
 */
#ifndef SHOJI_CLIENT_PIPE_H
#define SHOJI_CLIENT_PIPE_H

#include <signal.h>
#include <stdbool.h>

struct shoji__pipe_guard {
    sigset_t before;  /* the thread's mask */
    bool was_pending; /* such a signal is somebody else's, and stays */
};

void shoji__pipe_guard_begin(struct shoji__pipe_guard *guard);
void shoji__pipe_guard_end(const struct shoji__pipe_guard *guard);

#endif
