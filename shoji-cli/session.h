/*
 * A session of the library made from the options of the command line, and its answers
 * printed. Every failure has been reported when these return.
 */
#ifndef SHOJI_CLI_SESSION_H
#define SHOJI_CLI_SESSION_H

#include "command.h"

#include <shoji/client.h>

/* Opens a session that begins at an IRI of the command line, and whose credentials are
 * for its origin alone. An IRI that cannot be fetched is EXIT_USAGE. */
enum exit_code session_open(shoji_session **session, const struct cli *cli,
                            const char *iri);

/*
 * Reports how a request failed, and prints the answer, if there is one, for a user who
 * wants to see status and headers. `response` may be NULL.
 */
enum exit_code session_failure(struct cli *cli, shoji_response *response,
                               const shoji_error *error);

/* Sends a request. `response` receives the answer, only where all went well. */
enum exit_code session_send(shoji_response **response, struct cli *cli,
                            shoji_session *session, const shoji_request *request);

/* Refuses a link that a request would take for the user's own choice, and so go wrong: to
 * a scheme that cannot be fetched, or with a user name in it. `iri` is absolute. */
enum exit_code session_check_link(const char *iri);

/*
 * Whether what a request asked for has been done. A redirect is no success of a method
 * that changes things, and neither is 202, by which the server only takes it on. `iri` is
 * what was asked for; `equal_is_done` takes a 303, by which a POST is told of an equal
 * entity.
 */
enum exit_code session_check_done(const shoji_response *response, const char *iri,
                                  bool equal_is_done);

/* The answer's document, lent by it. */
enum exit_code session_document(const shoji_document **document,
                                shoji_response *response);

/* Prints status and headers, if they are wanted. */
void session_print_head(struct cli *cli, const shoji_response *response);

/* Prints status and headers, if they are wanted, and the body. */
enum exit_code session_print(struct cli *cli, const shoji_response *response);

#endif
