/* An answer as it is kept. */
#ifndef SHOJI_CLIENT_RESPONSE_H
#define SHOJI_CLIENT_RESPONSE_H

#include <shoji/client.h>

#include "base/arena.h"
#include "client/session.h"
#include "client/transfer.h"

struct shoji__header {
    const char *name; /* lent by the head or the arena, as are the others */
    const char *value;
    const char *joined; /* the values of all headers of this name, at the first of them;
                           NULL at the others */
};

struct shoji_response {
    int status;
    char *iri;         /* owned */
    shoji_buffer head; /* the head's text, cut into NUL-terminated pieces */
    struct shoji__header *headers;
    size_t header_count;
    struct shoji__arena joined;
    shoji_buffer body;
    struct shoji__reading reading;
    shoji_document *document; /* NULL until it has been asked for */
};

/*
 * Makes a response of what a transfer has received, which it takes out of it.
 * SHOJI_NO_MEMORY.
 */
shoji_status shoji__response_new(shoji_response **response,
                                 struct shoji__transfer *transfer);

/* Fills the error for an answer of 400 or above; SHOJI_OK for any other. */
shoji_status shoji__response_check(const shoji_response *response, const char *method,
                                   shoji_error *error);

#endif
