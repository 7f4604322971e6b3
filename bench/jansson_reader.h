#ifndef BENCH_JANSSON_READER_H
#define BENCH_JANSSON_READER_H

#include <stddef.h>

/* Reads a text into jansson's tree, to be freed with drop_jansson. NULL on failure. */
void *read_jansson(const char *text, size_t length);
void drop_jansson(void *tree);

#endif
