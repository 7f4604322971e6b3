/*
 * As much of a server of HTTP/1.1 as a device needs: it reads no bodies, and answers one
 * request a connection, in one thread.
 *
 * Its memory is bounded whoever comes: so many clients at once, so many bytes of a
 * request, so many seconds for all of it. The client that has been there longest makes
 * room for another.
 */
#ifndef DEVICE_SERVER_H
#define DEVICE_SERVER_H

#include <shoji/buffer.h>

/* Fields that did not come are NULL; those that came several times are joined. */
struct request {
    const char *method;
    const char *path; /* begins with a slash; with the query, where there is one */
    const char *accept;
    const char *if_match;
    const char *if_none_match;
};

struct answer {
    int status;
    const char *type; /* of the content */
    char etag[32];    /* "" for none */
    shoji_buffer content;
};

/*
 * Gives the answer to a request; the server sees to HEAD and 304, which have no content.
 * Any status but SHOJI_OK closes the connection without an answer.
 */
typedef shoji_status (*request_handler)(struct answer *answer,
                                        const struct request *request);

/* Makes the answer a problem object. */
shoji_status refuse(struct answer *answer, int status, const char *detail);

/* Serves at a numeric address, and prints which port it has, where 0 is any that is free.
 * Returns only if it cannot listen there. */
void serve(const char *address, const char *port, request_handler handle);

#endif
