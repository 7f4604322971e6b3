#include "base/memory.h"

#include <stdlib.h>

void *shoji__alloc(size_t size)
{
    return malloc(size != 0 ? size : 1);
}

void *shoji__realloc(void *memory, size_t size)
{
    return realloc(memory, size != 0 ? size : 1);
}

void shoji__release(void *memory)
{
    free(memory);
}
