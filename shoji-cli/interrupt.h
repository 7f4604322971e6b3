/* Ctrl-C: the first asks what runs to stop and to say what was left undone; the second
 * ends the program at once. */
#ifndef SHOJI_CLI_INTERRUPT_H
#define SHOJI_CLI_INTERRUPT_H

#include <stdbool.h>

/* Takes over SIGINT. */
void interrupt_install(void);

/* Whether Ctrl-C was pressed. `context` is not used: this is a shoji_interrupt. */
bool interrupt_pending(void *context);

#endif
