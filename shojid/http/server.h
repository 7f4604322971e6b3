/*
 * The web server: sockets, threads and HTTP/1.1 under the service. The only part of the
 * program that knows the server library, civetweb.
 *
 * Every request is answered here, by the service or by a refusal: none reaches the
 * library's own handling of files, directories, scripts and websockets.
 */
#ifndef SHOJID_HTTP_SERVER_H
#define SHOJID_HTTP_SERVER_H

#include "service/forwarded.h"
#include "service/service.h"

#include <stddef.h>
#include <stdint.h>

struct server;

/* One request that has been answered, for the access log. Everything is lent, and what a
 * stranger has sent is as it was sent. */
struct server_entry {
    const char *id;
    const char *address; /* of the client, as far as a proxy is believed */
    const char *method;  /* "-" where none was understood, and so below */
    const char *path;
    const char *query; /* NULL for none */
    int status;
    size_t bytes; /* of the body that went out */
    uint64_t microseconds;
};

struct server_options {
    const char *const *listen; /* "127.0.0.1:8642": numeric IPv4 addresses; port 0: any */
    size_t listen_count;       /* from 1 to SERVER_LISTEN_MAXIMUM */
    uint64_t body_maximum;     /* bytes of a request's body */
    size_t connections;        /* open at once: from 1 to SERVER_CONNECTION_MAXIMUM */
    size_t connections_per_address; /* 0: no such limit; proxies are exempt */
    struct forwarded_proxies proxies;
    /* Called from any of the server's threads. */
    void (*log)(void *context, const struct server_entry *entry);
    void (*complain)(void *context,
                     const char *message); /* of the library's own errors */
    void *log_context;
};

enum {
    SERVER_LISTEN_MAXIMUM = 16,
    SERVER_CONNECTION_DEFAULT = 256,
    SERVER_CONNECTION_MAXIMUM = 10000,
    SERVER_ADDRESS_SIZE = 24 /* of an address and port, with the NUL */
};

/*
 * Whether the addresses can be listened on now: for what must not be done where a start
 * would fail. Fails as server_start does.
 */
shoji_status server_check(const struct server_options *options, shoji_error *error);

/*
 * Starts to serve. `service` and the options' log context must outlive the server; the
 * addresses are lent until it has started. Threads of the server inherit the signal mask.
 * SHOJI_UNREACHABLE: an address cannot be listened on; the message says which, why, and
 * what to do. SHOJI_NO_MEMORY.
 */
shoji_status server_start(struct server **server, struct service *service,
                          const struct server_options *options, shoji_error *error);

/* The addresses that are listened on, with the port that was chosen. */
size_t server_address_count(const struct server *server);
const char *server_address(const struct server *server, size_t index);

/*
 * Stops: requests that are under way are finished, new ones are answered 503, and all is
 * freed. Returns within about 30 seconds, whatever the clients do. NULL is allowed.
 */
void server_stop(struct server *server);

#endif
