/* What a session holds. */
#ifndef SHOJI_CLIENT_SESSION_H
#define SHOJI_CLIENT_SESSION_H

#include <shoji/client.h>

#include "client/credentials.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>

/* How a response reads its document; each response has a copy, so that it does not need
 * its session. */
struct shoji__reading {
    shoji_document_options parse;
    shoji_base_rule rule;
    bool trust_self;
};

struct shoji_session {
    CURL *handle;
    char *user_agent; /* owned, as are the others */
    char *accept;
    char *token;    /* NULL for none */
    char **headers; /* up to a NULL; NULL for none */
    char *origin;   /* as shoji__origin_of has it; NULL until it is known */
    struct shoji__login login;
    char *ca_file;      /* NULL for curl's own */
    char *ca_directory; /* NULL for curl's own */
    bool netrc;
    long connect_timeout_ms;
    long timeout_ms;
    size_t body_limit;
    unsigned redirect_limit;
    struct shoji__reading reading;
    shoji_interrupt interrupt;
    void *interrupt_context;
};

/*
 * Sends a request. `given` tells that the IRI is the caller's own choice, and not a link
 * of a server's, in which user information is refused. Else as shoji_session_send.
 */
shoji_status shoji__session_send(shoji_response **response, shoji_session *session,
                                 const shoji_request *request, bool given,
                                 shoji_error *error);

#endif
