#include "client/pipe.h"

#include <errno.h>
#include <time.h>

static void only_pipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static bool is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void shoji__pipe_guard_begin(struct shoji__pipe_guard *guard)
{
    sigset_t pipe;
    only_pipe(&pipe);
    guard->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe, &guard->before);
}

void shoji__pipe_guard_end(const struct shoji__pipe_guard *guard)
{
    static const struct timespec at_once = {0, 0};
    sigset_t pipe;
    only_pipe(&pipe);
    if (!guard->was_pending)
        while (is_pending() && sigtimedwait(&pipe, NULL, &at_once) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
