/*
 * The allocator of the library under test: it counts, and fails when it is told to.
 * Stands in for libshoji/base/memory.c. For one thread.
 */
#ifndef TESTS_SUPPORT_FAILING_MEMORY_H
#define TESTS_SUPPORT_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Lets `successes` allocations succeed and all after them fail. */
void failing_memory_arm(size_t successes);

/* Lets `successes` allocations succeed, the one after them fail, and all others succeed.
 */
void failing_memory_arm_once(size_t successes);

/* Lets all allocations succeed again. */
void failing_memory_disarm(void);

/*
 * Whether an allocation has failed since the last arming that its caller cannot do
 * without. Who gives back a part of a block, and is refused, can keep it whole.
 */
bool failing_memory_failed(void);

/* Allocations that have not been released, and how many bytes they have. */
long failing_memory_live(void);
size_t failing_memory_bytes(void);

/* How far a sweep has come; the fields are for failing_memory.c. */
struct failing_memory_sweep {
    long live;
    size_t next;
    long failures;
    bool only_one;
    bool done;
};

/* What FAILING_MEMORY_SWEEP is made of: each step that there is arms an allocation, and
 * takes what the action said. */
void failing_memory_sweep_begin(struct failing_memory_sweep *sweep);
bool failing_memory_sweep_step(struct failing_memory_sweep *sweep);
void failing_memory_sweep_take(struct failing_memory_sweep *sweep, int outcome);

/*
 * Runs `action` with the first, the second ... allocation failing, until it runs through:
 * once so that all after it fail, too, and once so that it is the only one.
 * `action` must return 0 where it ran through, and non-zero where it reported the
 * failure; each time, as many allocations must be live after it as before.
 * Gives how often it failed, or -1 where it leaked, hid a failure, failed without one, or
 * never ran through.
 */
#define FAILING_MEMORY_SWEEP(failed, action)                                             \
    do {                                                                                 \
        struct failing_memory_sweep sweep_;                                              \
        failing_memory_sweep_begin(&sweep_);                                             \
        while (failing_memory_sweep_step(&sweep_))                                       \
            failing_memory_sweep_take(&sweep_, (action));                                \
        (failed) = (int)sweep_.failures;                                                 \
    } while (0)

#endif
