#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t pressed;

static void on_signal(int number)
{
    (void)number;
    pressed = 1;
}

void interrupt_install(void)
{
    /* Without SA_RESTART, so that a read that waits for input returns. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

bool interrupt_pending(void *context)
{
    (void)context;
    return pressed != 0;
}
