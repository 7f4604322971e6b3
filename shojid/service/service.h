/*
 * The service: from a request to its response, over a store. It knows the protocol, and
 * no sockets (spec/shoji.md, "HTTP" and "Hosting").
 */
#ifndef SHOJID_SERVICE_SERVICE_H
#define SHOJID_SERVICE_SERVICE_H

#include "service/exchange.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct service;

struct service_options {
    const char *base_iri; /* copied; NULL: scheme and Host of each request */
    bool take_writes;     /* false: every write is answered 401 */
    bool read_only;       /* there are no writes at all: 405 */
    bool relative_links;
    size_t page_size; /* members in one document, from 1 */
    /* Told of what the administrator should know, from any thread; NULL: nobody is. */
    void (*complain)(void *context, const char *message);
    void *complain_context;
};

/* How large a page can be made. */
enum {
    SERVICE_PAGE_DEFAULT = 10000,
    SERVICE_PAGE_MAXIMUM = 1000000
};

/*
 * Makes a service over a store, which is lent to it and must outlive it.
 * SHOJI_USAGE: the base IRI is none; the message says why. SHOJI_NO_MEMORY.
 */
shoji_status service_new(struct service **service, struct store *store,
                         const struct service_options *options, shoji_error *error);

/* Frees a service. No request may be under way. NULL is allowed. */
void service_free(struct service *service);

/*
 * Answers what needs no body to be read, such as a method that is not there or a write
 * that is not allowed. Returns whether it did: otherwise the response is untouched, and
 * service_answer is to be called with the body. Threads: any number at once.
 */
bool service_refuse(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response);

/* Answers a request. It always does. Threads: any number at once. */
void service_answer(struct service *service, const struct exchange_request *request,
                    struct exchange_response *response);

/*
 * Answers with a problem object of its own making, for what never came to the service: a
 * request that is no HTTP, a body that is too large. `detail` is one sentence.
 */
void service_problem(const struct exchange_request *request,
                     struct exchange_response *response, int status, const char *detail);

#endif
