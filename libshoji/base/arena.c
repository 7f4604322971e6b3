#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define UNPOISON(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#else
#define POISON(memory, size) ((void)(memory), (void)(size))
#define UNPOISON(memory, size) ((void)(memory), (void)(size))
#endif

enum {
    BLOCK_SIZE = 4096,
    ALIGNMENT = alignof(max_align_t)
};

struct shoji__arena_block {
    struct shoji__arena_block *older;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

void shoji__arena_finish(struct shoji__arena *arena)
{
    struct shoji__arena_block *block = arena->blocks;
    while (block != NULL) {
        struct shoji__arena_block *older = block->older;
        UNPOISON(block->bytes, block->size);
        shoji__release(block);
        block = older;
    }
    arena->blocks = NULL;
    arena->used = 0;
}

static struct shoji__arena_block *add_block(struct shoji__arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct shoji__arena_block *block = shoji__alloc(sizeof *block + room);
    if (block == NULL)
        return NULL;
    block->older = arena->blocks;
    block->size = room;
    block->used = 0;
    POISON(block->bytes, block->size);
    arena->blocks = block;
    return block;
}

void *shoji__arena_alloc(struct shoji__arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->maximum != 0 && rounded > arena->maximum - arena->used)
        return NULL;

    struct shoji__arena_block *block = arena->blocks;
    if (block == NULL || rounded > block->size - block->used)
        block = add_block(arena, rounded);
    if (block == NULL)
        return NULL;
    void *memory = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    UNPOISON(memory, size);
    return memset(memory, 0, size);
}

char *shoji__arena_copy(struct shoji__arena *arena, const char *text, size_t length)
{
    if (length > SIZE_MAX / 4)
        return NULL;
    char *copy = shoji__arena_alloc(arena, length + 1);
    if (copy != NULL && length != 0)
        memcpy(copy, text, length);
    return copy;
}
