/*
 * An arena: many small allocations that are freed in one call. Alignment is that of the
 * widest scalar. What was freed, and what is not yet handed out, is poisoned under
 * AddressSanitizer.
 */
#ifndef SHOJI_BASE_ARENA_H
#define SHOJI_BASE_ARENA_H

#include <stddef.h>

struct shoji__arena_block;

struct shoji__arena {
    struct shoji__arena_block *blocks; /* the newest first */
    size_t maximum;                    /* bytes handed out at most; 0 for no limit */
    size_t used;
};

#define SHOJI__ARENA_INIT                                                                \
    {                                                                                    \
        NULL, 0, 0                                                                       \
    }

void shoji__arena_finish(struct shoji__arena *arena);

/* Zeroed memory, or NULL where there is none or the maximum would be passed. */
void *shoji__arena_alloc(struct shoji__arena *arena, size_t size);

/* A NUL-terminated copy, or NULL. */
char *shoji__arena_copy(struct shoji__arena *arena, const char *text, size_t length);

#endif
