/* VAR=VALUE on the command line. */
#ifndef SHOJI_CLI_VARIABLES_H
#define SHOJI_CLI_VARIABLES_H

#include "failure.h"

#include <shoji/template.h>

#include <stdbool.h>

/* Whether an argument is a legal variable name of RFC 6570 (section 2.3), then '='. */
bool variables_is_assignment(const char *argument);

/*
 * Sets a variable by an argument that variables_is_assignment. A name that comes again
 * makes a list. Makes the set first, where it is NULL. A failure has been reported.
 */
enum exit_code variables_assign(shoji_variables **variables, const char *argument);

/* Compiles a template of the command line. Malformed, it is EXIT_USAGE, as reported. */
enum exit_code variables_compile(shoji_template **tmpl, const char *text);

#endif
