#include "support/failing_memory.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

static size_t remaining = SIZE_MAX;
static int failed;
static long live;

void failing_memory_arm(size_t successes)
{
    remaining = successes;
    failed = 0;
}

void failing_memory_disarm(void)
{
    remaining = SIZE_MAX;
}

int failing_memory_failed(void)
{
    return failed;
}

long failing_memory_live(void)
{
    return live;
}

static int may_allocate(void)
{
    if (remaining == SIZE_MAX)
        return 1;
    if (remaining == 0) {
        failed = 1;
        return 0;
    }
    remaining--;
    return 1;
}

void *shoji__alloc(size_t size)
{
    return shoji__realloc(NULL, size);
}

void *shoji__realloc(void *memory, size_t size)
{
    if (!may_allocate())
        return NULL;
    void *result = realloc(memory, size != 0 ? size : 1);
    if (result != NULL && memory == NULL)
        live++;
    return result;
}

void shoji__release(void *memory)
{
    if (memory != NULL)
        live--;
    free(memory);
}
