/* For madvise, which POSIX has not. */
#define _DEFAULT_SOURCE

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    HUGE_PAGE_SIZE = 2 << 20,
    /* From here on an allocation is asked to be in huge pages. */
    HUGE_SIZE = 2 * HUGE_PAGE_SIZE
};

/*
 * Asks for huge pages within an allocation of several of them. A tree of millions of
 * values is written once from one end to the other, and a quarter of the time of reading
 * it would go into the kernel's handing out its pages of 4 kB one by one. Where the
 * system has no huge pages, or refuses, nothing is lost.
 */
static void *ask_for_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    if (memory != NULL && size >= HUGE_SIZE) {
        size_t skip = HUGE_PAGE_SIZE - (uintptr_t)memory % HUGE_PAGE_SIZE;
        size_t pages = (size - skip) / HUGE_PAGE_SIZE;
        madvise((char *)memory + skip, pages * HUGE_PAGE_SIZE, MADV_HUGEPAGE);
    }
#else
    (void)size;
#endif
    return memory;
}

void *shoji__alloc(size_t size)
{
    return ask_for_huge_pages(malloc(size != 0 ? size : 1), size);
}

void *shoji__realloc(void *memory, size_t size)
{
    return ask_for_huge_pages(realloc(memory, size != 0 ? size : 1), size);
}

void shoji__release(void *memory)
{
    free(memory);
}
