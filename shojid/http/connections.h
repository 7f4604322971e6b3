/*
 * The connections that are open, and which of them has to go when there is no room.
 *
 * The server library spends a thread on each connection for as long as it is open, so
 * that whoever opens many and sends nothing would hold up everybody else. Here is known
 * what each connection does: when a new one finds no room, the one that has made the
 * server wait the longest is shut down, and the new one is served. Honest clients send
 * their heads at once, and are the last that this meets.
 *
 * Of a connection that has sent no head yet the library tells nothing, not even whose it
 * is. When there is no room, the process's descriptors are looked through: those that are
 * connected to one of the server's ports, and are not known by a request, are such.
 *
 * Nor does the library end a read while some byte comes now and then: a thread of the
 * connections' own shuts down what is late.
 */
#ifndef SHOJID_HTTP_CONNECTIONS_H
#define SHOJID_HTTP_CONNECTIONS_H

#include "service/forwarded.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a connection's thread does. */
enum connection_state {
    CONNECTION_HEAD,   /* waits for a request */
    CONNECTION_BODY,   /* waits for a request's body */
    CONNECTION_WORK,   /* works: such a connection is never shut down */
    CONNECTION_ANSWER, /* waits for the client to take its answer */
    CONNECTION_STATES
};

struct connection;
struct connections;

/*
 * maximum      of the connections that are open at once, from 1.
 * per_address  of those from one address; 0 for no such limit.
 * exempt       whose connections may be more; lent.
 *
 * NULL where memory is short.
 */
struct connections *connections_new(size_t maximum, size_t per_address,
                                    const struct forwarded_proxies *exempt);

/* NULL is allowed. */
void connections_free(struct connections *connections);

/* How many threads are needed: more than `maximum`, so that there are some to notice that
 * there is no room. */
size_t connections_threads(size_t maximum);

/* Tells a port that the server listens on: before that, nothing is shut down for those
 * that come to it. */
void connections_add_port(struct connections *connections, int port);

/* Whether there are so many that none is to be kept open for what may come. */
bool connections_are_full(struct connections *connections);

/* A connection begins; others may be shut down for it. NULL where the caller has more of
 * them than threads, which cannot be. */
struct connection *connections_begin(struct connections *connections);

/* It has sent a request, and is told its peer: a numeric IPv4 address, and a port.
 * Returns whether there is room for it: there is none where all that were open when it
 * came worked, and it has the last of the threads. */
bool connections_admit(struct connections *connections, struct connection *connection,
                       const char *address, int port);

/* It does something else from now on. */
void connections_enter(struct connections *connections, struct connection *connection,
                       enum connection_state state);

/*
 * It waits for a piece of a body, which must have come in so many nanoseconds: otherwise
 * no more of it can be read, a little later, and it was late. That holds until it does
 * something else, or this is called again.
 */
void connections_expect(struct connections *connections, struct connection *connection,
                        uint64_t nanoseconds);
bool connections_were_late(struct connections *connections,
                           const struct connection *connection);

/* It ends. */
void connections_end(struct connections *connections, struct connection *connection);

/* Shuts down all, whatever they do. */
void connections_shut(struct connections *connections);

/* A mark that only the thread of a connection sets and looks at. */
void connection_mark(struct connection *connection);
bool connection_is_marked(const struct connection *connection);

/* All others: any number of threads at once. NULL is allowed for a connection. */

#endif
