/*
 * A request and its response, as the service sees them: no sockets, no server library.
 */
#ifndef SHOJID_SERVICE_EXCHANGE_H
#define SHOJID_SERVICE_EXCHANGE_H

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>

struct exchange_header {
    const char *name;
    const char *value;
};

/* Everything is lent by whoever makes the request, until it has been answered. */
struct exchange_request {
    const char *method;
    const char
        *path; /* of the target, as it was sent: percent-encoded, with a '/' first */
    const char *query; /* what stood after the '?', as it was sent; NULL for no '?' */
    const struct exchange_header *headers;
    size_t header_count;
    const char *body; /* NULL for none */
    size_t body_length;
    const char *host; /* and port, to which it was sent; NULL where nothing says so */
    bool secure;      /* it came by TLS */
    bool counted;     /* it has been through service_refuse, and is not counted again */
    const char *address; /* of the client, numeric, without a port */
    const char *id;      /* for the access log and the X-Request-Id header */
};

enum {
    EXCHANGE_HEADER_MAXIMUM = 24,
    EXCHANGE_LIST_SIZE = 16384 /* bytes of all header fields of a request, at most */
};

/* Begin with EXCHANGE_RESPONSE_INIT. */
struct exchange_response {
    int status;
    /* Owned; names are static strings. Content-Length and Date are the server's part. */
    struct {
        const char *name;
        char *value;
    } headers[EXCHANGE_HEADER_MAXIMUM];
    size_t header_count;
    shoji_buffer body;
    bool no_body; /* HEAD, 204, 304: Content-Length tells what the body would be */
};

#define EXCHANGE_RESPONSE_INIT                                                           \
    {                                                                                    \
        0, {{0, 0}}, 0, SHOJI_BUFFER_INIT, false                                         \
    }

void exchange_response_finish(struct exchange_response *response);

/* The value of a request's header, its name in any case; NULL where there is none. Where
 * it was sent several times, the first. */
const char *exchange_header(const struct exchange_request *request, const char *name);

/* The same of a header that is a list: where it was sent several times, the values joined
 * by commas in `room`. What does not fit, which is more than a server lets through, gives
 * an empty list, and never the first part of one. */
const char *exchange_list_header(const struct exchange_request *request, const char *name,
                                 char room[EXCHANGE_LIST_SIZE]);

/* Sets a header of the response, with text made as by printf; replaces one of that name.
 * false where memory or room is short. Bytes below 0x20 and 0x7F are left out. */
bool exchange_set_header(struct exchange_response *response, const char *name,
                         const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds an item to a header of the response that is a list. false as above. */
bool exchange_add_to_list(struct exchange_response *response, const char *name,
                          const char *item);

#endif
