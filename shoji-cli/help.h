/* --help, made from the tables that the parser works by. */
#ifndef SHOJI_CLI_HELP_H
#define SHOJI_CLI_HELP_H

#include "command.h"
#include "output.h"

/* The commands, the general options and the exit codes. */
void help_print(struct output *output);

/* One command: usage, what it does, its options, examples. */
void help_print_command(struct output *output, const struct command *command);

#endif
