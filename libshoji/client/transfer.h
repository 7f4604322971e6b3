/*
 * One exchange with one server: a request on which all has been decided, and the bytes
 * that come back. Nothing here follows a redirect.
 */
#ifndef SHOJI_CLIENT_TRANSFER_H
#define SHOJI_CLIENT_TRANSFER_H

#include "client/session.h"

struct shoji__transfer {
    shoji_session *session;
    const char *method;
    const char *iri; /* for people */
    const char *uri; /* for the wire */
    struct curl_slist *fields;
    const char *body; /* NULL for none */
    size_t body_length;
    const char *user; /* NULL for none */
    const char *password;
    bool netrc;
    long timeout_ms; /* what is left of the whole request's time */

    int status;        /* received: the status code */
    shoji_buffer head; /* received: the final status line and fields, as on the wire */
    shoji_buffer text; /* received: the body, decoded */

    /* The transfer's own. */
    size_t head_received; /* bytes of all heads, those of interim answers included */
    size_t head_count;    /* fields of the final head */
    bool head_is_whole;
    shoji_status stopped; /* why a callback stopped curl; SHOJI_OK for it did not */
    char detail[CURL_ERROR_SIZE];
};

/* Runs it. Fails as shoji_session_send does, but for what the status code means. */
shoji_status shoji__transfer_run(struct shoji__transfer *transfer, shoji_error *error);

/* Frees what has been received. */
void shoji__transfer_finish(struct shoji__transfer *transfer);

/* Says in the library's words what curl reports. */
shoji_status shoji__transfer_failure(const struct shoji__transfer *transfer,
                                     CURLcode code, shoji_error *error);

#endif
