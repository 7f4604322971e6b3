/* What the files of this folder know of the server. */
#ifndef SHOJID_HTTP_SERVER_PRIVATE_H
#define SHOJID_HTTP_SERVER_PRIVATE_H

#include "http/connections.h"
#include "http/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct mg_context;

struct server {
    struct mg_context *library;
    struct service *service;
    struct connections *connections;
    struct server_options options;
    char addresses[SERVER_LISTEN_MAXIMUM][SERVER_ADDRESS_SIZE];
    size_t address_count;
    char start_error[256]; /* what the library said while it was started */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    size_t active; /* requests under way; under the lock, as the next */
    bool draining;
    atomic_bool started;
    atomic_uint_fast64_t next_id;
};

/* Whether it is about to stop, so that no connection is to be kept. */
bool server_is_draining(struct server *server);

#endif
