/*
 * The log: one line a request, and one for each thing that the administrator should know.
 * To the standard error, or appended to a file that can be moved away and reopened.
 *
 * A line is written whole, in one write. What a stranger sent is escaped in it, so that
 * nobody can end a line, forge one, or reach the terminal.
 */
#ifndef SHOJID_LOG_H
#define SHOJID_LOG_H

#include "http/server.h"

#include <shoji/error.h>

#include <stdbool.h>

struct log;

/*
 * Opens a log.
 *
 * path   of the file, lent for the life of the log; NULL: the standard error.
 * quiet  requests are not logged.
 *
 * SHOJI_NOT_FOUND: the file cannot be opened; the message says why. SHOJI_NO_MEMORY.
 */
shoji_status log_open(struct log **log, const char *path, bool quiet, shoji_error *error);

/* Closes a log. NULL is allowed. */
void log_close(struct log *log);

/* Opens the file again, after it has been moved. Goes on with the old one, and says so
 * there, where that fails. */
void log_reopen(struct log *log);

/* Logs a request. Both take a struct log as context, and are what server_options wants.
 */
void log_request(void *log, const struct server_entry *entry);

/* Logs a sentence. */
void log_message(void *log, const char *message);

#endif
