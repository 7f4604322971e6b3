#include "service/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct gate {
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t freed;
    unsigned inside;
    size_t waiting;
    size_t waiting_maximum;
};

struct gate *gate_new(size_t waiting)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return NULL;
    gate->waiting_maximum = waiting;
    pthread_condattr_t attributes;
    pthread_mutex_init(&gate->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&gate->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    pthread_cond_destroy(&gate->freed);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

/* Waits until there is a place, or for as long as anybody does; the lock is held. */
static void wait_for_place(struct gate *gate)
{
    struct timespec deadline;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += GATE_WAIT_SECONDS;
    gate->waiting++;
    while (waited == 0 && gate->inside == GATE_PLACES)
        waited = pthread_cond_timedwait(&gate->freed, &gate->lock, &deadline);
    gate->waiting--;
}

bool gate_enter(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->inside == GATE_PLACES && gate->waiting < gate->waiting_maximum)
        wait_for_place(gate);
    bool entered = gate->inside < GATE_PLACES;
    gate->inside += entered;
    pthread_mutex_unlock(&gate->lock);
    return entered;
}

void gate_leave(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->inside--;
    pthread_cond_signal(&gate->freed);
    pthread_mutex_unlock(&gate->lock);
}
