/*
 * A line on stderr that tells how far a long command has come. It is there only where
 * stderr is a terminal that can draw over a line. As there is one stderr, there is one
 * such line; failure.c takes it away before it prints anything.
 */
#ifndef SHOJI_CLI_PROGRESS_H
#define SHOJI_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Begins to count time. `noun` is what is counted, as "entities", and is lent; `wanted`
 * is false for a user who wants to see no progress. */
void progress_begin(const char *noun, bool wanted);

/* Tells how many are done, and how many of how many bytes of the source; 0 for a total
 * that is not known. Draws some times a second at most. */
void progress_update(size_t done, size_t bytes, size_t total);

/* Takes the line away. It comes back with the next update. */
void progress_clear(void);

/* Seconds since the beginning. */
double progress_seconds(void);

#endif
