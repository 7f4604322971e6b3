/* What the commands that change things have in common. */
#ifndef SHOJI_CLI_EDIT_H
#define SHOJI_CLI_EDIT_H

#include "command.h"

#include <shoji/client.h>
#include <shoji/value.h>

/*
 * Reads a file, or standard input for "-", that must hold a JSON text, and gives the text
 * as it is; `tree` receives it read, to be freed with shoji_tree_free, and may be NULL.
 */
enum exit_code edit_load(shoji_buffer *text, shoji_tree **tree, const char *file);

/*
 * An entity tag for If-Match: as it is where it is quoted, weak or "*", else put between
 * quotes, which shells like to swallow. NULL, as reported, where memory is short. Lent by
 * the buffer or by the argument.
 */
const char *edit_etag(shoji_buffer *memory, const char *etag);

/*
 * Sends a request at its IRI, in a session of its own, and prints what came of it: with
 * -i the whole answer; with --json {"status": ..., "location": ...}; else, where
 * `print_location` is set, the IRI that the answer's Location names.
 */
enum exit_code edit_send(struct cli *cli, const shoji_request *request,
                         bool print_location);

#endif
