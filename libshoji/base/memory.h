/*
 * Every allocation of the library's own goes through here, so that the tests can put an
 * allocator that fails in its place (tests/support/failing_memory.c).
 */
#ifndef SHOJI_BASE_MEMORY_H
#define SHOJI_BASE_MEMORY_H

#include <stddef.h>

/* As malloc, realloc and free; NULL on failure. A size of 0 is taken as 1. */
void *shoji__alloc(size_t size);
void *shoji__realloc(void *memory, size_t size);
void shoji__release(void *memory);

/* As shoji__alloc, with all bytes zero. */
void *shoji__alloc_zero(size_t size);

/* Room for `count` things of `size` bytes; NULL also where the product overflows. */
void *shoji__alloc_array(size_t count, size_t size);
void *shoji__realloc_array(void *memory, size_t count, size_t size);

/* A NUL-terminated copy; NULL on failure. */
char *shoji__copy_text(const char *text, size_t length);

#endif
