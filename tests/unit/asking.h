/* What the client's tests share: the scripted origins, and short ways to ask them. */
#ifndef TESTS_UNIT_ASKING_H
#define TESTS_UNIT_ASKING_H

#include "support/origin.h"

#include <shoji/client.h>

#include <stdbool.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A suite whose tests each have origins of their own. */
#define ASKING_SUITE(name)                                                               \
    TestSuite(name, .init = start_origins, .fini = stop_origins, .timeout = 60)

extern struct origin origin;

void start_origins(void);
void stop_origins(void);

shoji_session *new_session(const shoji_session_options *options);

/* The IRI of a path at an origin; good until the next call but three. */
char *at(const char *base, const char *path);

/* The same at the first origin, with user information before the host. */
char *at_with(const char *user_information, const char *path);

/* Sends a request without a body; what it gives is freed by the caller. */
shoji_status ask(shoji_response **response, shoji_session *session, const char *method,
                 const char *iri, shoji_error *error);

/* A GET that succeeds. */
shoji_response *get(shoji_session *session, const char *iri);

bool has_text(const shoji_response *response, const char *text);

/* Expects a GET with a session of its own to fail so, and leave no response. */
void expect_failure(const shoji_session_options *options, const char *iri,
                    shoji_status status, const char *code);

/* Whether any request that an origin ("FIRST", ...) has had holds a text in its headers.
 */
bool was_told(const char *name, const char *text);

/* Whether an origin has had any request. */
bool was_asked(const char *name);

/* Makes new sessions trust the secure origin's certificate. */
void trust_the_tests_authority(void);

#endif
