/*
 * The allocator of the library under test: it counts, and fails when it is told to.
 * Stands in for libshoji/base/memory.c. For one thread.
 */
#ifndef TESTS_SUPPORT_FAILING_MEMORY_H
#define TESTS_SUPPORT_FAILING_MEMORY_H

#include <stddef.h>

/* Lets `successes` allocations succeed and all after them fail. */
void failing_memory_arm(size_t successes);

/* Lets all allocations succeed again. */
void failing_memory_disarm(void);

/* Whether an allocation has failed since the last arming. */
int failing_memory_failed(void);

/* Allocations that have not been released. */
long failing_memory_live(void);

/*
 * Runs `action` with the first, the second ... allocation failing, until it runs through.
 * `action` must return 0 where it ran through, and non-zero where it reported the
 * failure; each time, as many allocations must be live after it as before.
 * Returns how often it failed, or -1 where it leaked or hid a failure.
 */
#define FAILING_MEMORY_SWEEP(failures, action)                                           \
    do {                                                                                 \
        long live_ = failing_memory_live();                                              \
        (failures) = 0;                                                                  \
        for (size_t n_ = 0; n_ < 100000; n_++) {                                         \
            failing_memory_arm(n_);                                                      \
            int outcome_ = (action);                                                     \
            int failed_ = failing_memory_failed();                                       \
            failing_memory_disarm();                                                     \
            if (failing_memory_live() != live_ || (outcome_ == 0 && failed_)) {          \
                (failures) = -1;                                                         \
                break;                                                                   \
            }                                                                            \
            if (outcome_ == 0)                                                           \
                break;                                                                   \
            (failures)++;                                                                \
        }                                                                                \
    } while (0)

#endif
