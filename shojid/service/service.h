/*
 * The service: from a request to its response, over a store. It knows the protocol, and
 * no sockets (spec/shoji.md, "HTTP" and "Hosting").
 */
#ifndef SHOJID_SERVICE_SERVICE_H
#define SHOJID_SERVICE_SERVICE_H

#include "service/cors.h"
#include "service/exchange.h"
#include "service/rate.h"
#include "service/rules.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct service;

/*
 * What the service is told. Texts and arrays are lent, until the service lets go of them:
 * `release` tells when. All but what is said to stay can change by service_reload.
 */
struct service_options {
    const char *base_iri; /* NULL: scheme and Host of each request */
    bool no_auth;         /* whoever comes may read and write; tokens are not looked at */
    bool read_only;       /* stays: there are no writes at all: 405 */
    bool relative_links;
    /* What is there changes only by a request with a condition: 428 to any other PUT,
     * PATCH and DELETE. */
    bool require_precondition;
    size_t connections;        /* stays: how many requests there can be at once */
    size_t page_size;          /* members in one document, from 1 */
    const char *cache_control; /* of documents that everybody may read */
    bool compression;          /* see service/coding.h */
    struct cors cors;
    /* Access, see service/access.h. */
    struct rules rules;
    const char *login_url;              /* for whoever has no token; NULL for none */
    struct rate_limit rate_per_address; /* of requests, see service/rate.h */
    struct rate_limit rate_per_token;
    /* Told of what the administrator should know, from any thread; NULL: nobody is. */
    void (*complain)(void *context, const char *message);
    void *complain_context;
    /* Called from any thread when nobody uses these options any more; may be NULL. */
    void (*release)(void *owner);
    void *owner;
};

/* How large a page can be made. */
enum {
    SERVICE_PAGE_DEFAULT = 10000,
    SERVICE_PAGE_MAXIMUM = 1000000
};

/*
 * Makes a service over a store, which is lent to it and must outlive it.
 * SHOJI_USAGE: the base IRI is none; the message says why. SHOJI_NO_MEMORY. On failure
 * the options are not released.
 */
shoji_status service_new(struct service **service, struct store *store,
                         const struct service_options *options, shoji_error *error);

/*
 * Gives the service other options: for requests that come from now on. Those that are
 * under way keep the ones with which they began. Fails as service_new, and then nothing
 * changes. Threads: any.
 */
shoji_status service_reload(struct service *service,
                            const struct service_options *options, shoji_error *error);

/* Frees a service. No request may be under way. NULL is allowed. */
void service_free(struct service *service);

/*
 * Answers what needs no body to be read, such as a method that is not there or a write
 * that is not allowed. Returns whether it did: otherwise service_answer is to be called
 * with the body, for the same response, and with `counted` set in the request. Threads:
 * any number at once.
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
