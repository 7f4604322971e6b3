/* For madvise, which POSIX has not. */
#define _DEFAULT_SOURCE

#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    PAGE_SIZE_LEAST = 4096,
    /* From here on an allocation is asked to be in huge pages, of 2 MB mostly. */
    HUGE_SIZE = 2 << 20
};

/*
 * Asks for huge pages for an allocation of several of them. A tree of millions of
 * values is written once from one end to the other, and a quarter of the time of reading
 * it would go into the kernel's handing out its pages of 4 kB one by one. Where the
 * system has no huge pages, or refuses, nothing is lost.
 *
 * It is asked for all that the allocator has mapped, its own header included: the system
 * would not move a mapping of which a part is different, and realloc had to copy it.
 */
static void *ask_for_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    if (memory != NULL && size >= HUGE_SIZE) {
        size_t before = (uintptr_t)memory % PAGE_SIZE_LEAST;
        size_t pages = (before + size + PAGE_SIZE_LEAST - 1) / PAGE_SIZE_LEAST;
        int kept = errno; /* no failure of the allocation's */
        int old_errno = errno;
        madvise((char *)memory - before, pages * PAGE_SIZE_LEAST, MADV_HUGEPAGE);
        errno = old_errno;
        errno = kept;
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
