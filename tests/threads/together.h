/*
 * Runs jobs in many threads at once, and holds each to what it comes to alone.
 *
 * The tests of threads are plain programs, since ThreadSanitizer, for which they are
 * made, and Criterion do not go together. They use the library as others do: by its
 * public headers, and shared.
 */
#ifndef TESTS_THREADS_TOGETHER_H
#define TESTS_THREADS_TOGETHER_H

#include <shoji/buffer.h>
#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>

/* A job writes down all that it comes to. It may be run by several threads at once. */
struct together_job {
    const char *name;
    void (*run)(shoji_buffer *transcript);
};

/* Ends the program, and says why, unless `holds`. */
void together_must(bool holds, const char *what);

/* Ends the program unless the status is SHOJI_OK; `error` may be NULL. */
void together_succeed(shoji_status status, const char *what, const shoji_error *error);

/* Writes one line down. */
void together_note(shoji_buffer *transcript, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Runs each job `rounds` times in each of eight threads, which begin with different ones;
 * and then alone, last, so that what a first use has to start is started by many at once.
 * Ends the program where two transcripts of a job are not the same.
 */
void together_run(const struct together_job jobs[], size_t count, int rounds);

#endif
