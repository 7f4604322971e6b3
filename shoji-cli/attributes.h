/* K=V and K:=JSON on the command line: the attributes of an entity. */
#ifndef SHOJI_CLI_ATTRIBUTES_H
#define SHOJI_CLI_ATTRIBUTES_H

#include "failure.h"

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>

/* Whether an argument is K=V or K:=JSON, with a K that is not empty. */
bool attributes_is_assignment(const char *argument);

/*
 * Writes an entity with these attributes, each an argument that is an assignment, into a
 * buffer, which is cleared first. A failure has been reported.
 */
enum exit_code attributes_entity(shoji_buffer *document, char *const *items,
                                 size_t count);

#endif
