#include "base/memory.h"

#include <stdint.h>
#include <string.h>

void *shoji__alloc_zero(size_t size)
{
    void *memory = shoji__alloc(size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

void *shoji__alloc_array(size_t count, size_t size)
{
    return shoji__realloc_array(NULL, count, size);
}

void *shoji__realloc_array(void *memory, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return shoji__realloc(memory, count * size);
}

char *shoji__copy_text(const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = shoji__alloc(length + 1);
    if (copy == NULL)
        return NULL;
    if (length != 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
