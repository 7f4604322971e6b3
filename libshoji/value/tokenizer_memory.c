#include "value/tokenizer_memory.h"

#include "base/memory.h"

#include <stdint.h>
#include <string.h>

/*
 * yajl has three blocks that grow. Its stack, of a byte for each level, is given its full
 * size at once. Its two buffers, for a token that is cut and for a string that is
 * decoded, begin with 2 kB and double until more than a token fits. Each has a spare
 * block of the size that it can come to: one that grows is given the spare whole, so that
 * it does not grow again before the next ones have been prepared.
 */
enum {
    FIRST_TEXT = 2048,
    STACK_STEP = 128,
    STACK_SPARE = 2, /* among the spares; the others are for texts */
    TEXT_SPARES = 2
};

typedef union shoji__tokenizer_block block;

static block *make_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(block))
        return NULL;
    block *made = shoji__alloc(sizeof *made + size);
    if (made != NULL)
        made->capacity = size;
    return made;
}

/* A part of what is there from the beginning. */
static block *carve(struct shoji__tokenizer_memory *memory, size_t size)
{
    size_t count = 1 + (size + sizeof(block) - 1) / sizeof(block);
    if (count > SHOJI__TOKENIZER_FIRST - memory->used)
        return NULL;
    block *carved = &memory->first[memory->used];
    carved->capacity = (count - 1) * sizeof(block);
    memory->used += count;
    return carved;
}

/* The smallest spare that is large enough. */
static block *take_spare(struct shoji__tokenizer_memory *memory, size_t size)
{
    block **best = NULL;
    for (size_t i = 0; i < sizeof memory->spares / sizeof memory->spares[0]; i++) {
        block **spare = &memory->spares[i];
        if (*spare != NULL && (*spare)->capacity >= size &&
            (best == NULL || (*spare)->capacity < (*best)->capacity))
            best = spare;
    }
    if (best == NULL)
        return NULL;
    block *taken = *best;
    *best = NULL;
    return taken;
}

/* A yajl that asks for more than the one we know gets it as long as there is memory. */
static void *allocate(void *context, size_t size)
{
    block *made = carve(context, size);
    if (made == NULL)
        made = take_spare(context, size);
    if (made == NULL)
        made = make_block(size);
    return made != NULL ? made + 1 : NULL;
}

static void release(void *context, void *bytes)
{
    struct shoji__tokenizer_memory *memory = context;
    if (bytes == NULL)
        return;
    block *old = (block *)bytes - 1;
    uintptr_t place = (uintptr_t)old - (uintptr_t)memory->first;
    if (place >= sizeof memory->first)
        shoji__release(old);
}

static void *reallocate(void *context, void *bytes, size_t size)
{
    const struct shoji__tokenizer_memory *memory = context;
    /* Its stack alone begins with a reallocation. */
    if (bytes == NULL)
        return allocate(context, size > memory->stack_size ? size : memory->stack_size);
    size_t capacity = ((block *)bytes - 1)->capacity;
    if (size <= capacity)
        return bytes;
    void *grown = allocate(context, size);
    if (grown != NULL) {
        memcpy(grown, bytes, capacity);
        release(context, bytes);
    }
    return grown;
}

bool shoji__tokenizer_memory_init(struct shoji__tokenizer_memory *memory, size_t depth)
{
    /* One level is the text itself, and one is to spare. */
    memory->stack_size = (depth + 2 + STACK_STEP - 1) / STACK_STEP * STACK_STEP;
    memory->text_size = FIRST_TEXT;
    memset(memory->spares, 0, sizeof memory->spares);
    memory->used = 0;
    if (memory->stack_size <= (512 / STACK_STEP + 1) * STACK_STEP)
        return true;
    memory->spares[STACK_SPARE] = make_block(memory->stack_size);
    return memory->spares[STACK_SPARE] != NULL;
}

void shoji__tokenizer_memory_finish(struct shoji__tokenizer_memory *memory)
{
    for (size_t i = 0; i < sizeof memory->spares / sizeof memory->spares[0]; i++)
        shoji__release(memory->spares[i]);
}

yajl_alloc_funcs shoji__tokenizer_memory_lend(struct shoji__tokenizer_memory *memory)
{
    return (yajl_alloc_funcs){allocate, reallocate, release, memory};
}

bool shoji__tokenizer_memory_prepare(struct shoji__tokenizer_memory *memory,
                                     size_t length)
{
    size_t size = memory->text_size;
    while (size <= length && size <= SIZE_MAX / 2)
        size *= 2;
    if (size == memory->text_size)
        return true;
    for (size_t i = 0; i < TEXT_SPARES; i++) {
        shoji__release(memory->spares[i]);
        memory->spares[i] = make_block(size);
        if (memory->spares[i] == NULL)
            return false;
    }
    memory->text_size = size;
    return true;
}
