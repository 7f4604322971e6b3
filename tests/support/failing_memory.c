#include "support/failing_memory.h"

#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* An action that needs more allocations than this never runs through. */
    SWEEP_MAXIMUM = 100000
};

/* What stands before each block. */
union header {
    size_t size;
    max_align_t alignment;
};

static size_t remaining = SIZE_MAX;
static bool only_one;
static bool refused; /* an allocation, of whatever kind */
static bool failed;
static long live;
static size_t bytes;

void failing_memory_arm(size_t successes)
{
    remaining = successes;
    only_one = false;
    refused = false;
    failed = false;
}

void failing_memory_arm_once(size_t successes)
{
    failing_memory_arm(successes);
    only_one = true;
}

void failing_memory_disarm(void)
{
    remaining = SIZE_MAX;
}

bool failing_memory_failed(void)
{
    return failed;
}

long failing_memory_live(void)
{
    return live;
}

size_t failing_memory_bytes(void)
{
    return bytes;
}

static bool may_allocate(void)
{
    if (remaining == SIZE_MAX)
        return true;
    if (remaining != 0) {
        remaining--;
        return true;
    }
    if (only_one)
        remaining = SIZE_MAX;
    refused = true;
    return false;
}

void *shoji__alloc(size_t size)
{
    return shoji__realloc(NULL, size);
}

void *shoji__realloc(void *memory, size_t size)
{
    union header *old = memory != NULL ? (union header *)memory - 1 : NULL;
    size_t old_size = old != NULL ? old->size : 0;
    if (size > SIZE_MAX - sizeof *old - 1)
        return NULL;
    if (!may_allocate()) {
        failed = failed || old == NULL || size > old_size;
        return NULL;
    }
    union header *made = realloc(old, sizeof *made + (size != 0 ? size : 1));
    if (made == NULL)
        return NULL;
    made->size = size;
    live += old == NULL;
    bytes += size - old_size;
    return made + 1;
}

void shoji__release(void *memory)
{
    if (memory == NULL)
        return;
    union header *old = (union header *)memory - 1;
    live--;
    bytes -= old->size;
    free(old);
}

void failing_memory_sweep_begin(struct failing_memory_sweep *sweep)
{
    *sweep = (struct failing_memory_sweep){.live = live};
}

bool failing_memory_sweep_step(struct failing_memory_sweep *sweep)
{
    if (sweep->failures < 0 || sweep->done)
        return false;
    if (sweep->next == SWEEP_MAXIMUM) {
        sweep->failures = -1;
        return false;
    }
    if (sweep->only_one)
        failing_memory_arm_once(sweep->next++);
    else
        failing_memory_arm(sweep->next++);
    return true;
}

void failing_memory_sweep_take(struct failing_memory_sweep *sweep, int outcome)
{
    failing_memory_disarm();
    const char *flaw = live != sweep->live       ? "it leaked"
                       : failed && outcome == 0  ? "it hid that"
                       : !failed && outcome != 0 ? "it failed, and needed not to"
                                                 : NULL;
    if (flaw != NULL) {
        fprintf(stderr, "sweep: allocation %zu%s was to fail: %s (%d)\n", sweep->next,
                sweep->only_one ? " alone" : "", flaw, outcome);
        sweep->failures = -1;
        return;
    }
    if (failed)
        sweep->failures++;
    if (refused)
        return;
    sweep->done = sweep->only_one;
    sweep->only_one = true;
    sweep->next = 0;
}
