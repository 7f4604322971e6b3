/*
 * One request on its way through the service: what is known about it, and what is being
 * answered. Private to this folder.
 */
#ifndef SHOJID_SERVICE_VISIT_H
#define SHOJID_SERVICE_VISIT_H

#include "service/exchange.h"
#include "service/negotiate.h"
#include "service/route.h"
#include "service/service.h"
#include "service/site.h"
#include "store/store.h"

#include <shoji/shoji.h>

#include <pthread.h>
#include <stdint.h>

struct templates;

struct service {
    struct store *store;
    struct service_options options;
    struct site base; /* of the configured base IRI */
    struct templates *templates;
    pthread_mutex_t turn; /* of the write that was overtaken and is tried anew */
    uint64_t salt; /* of what changes the bytes of a representation beside its revision */
};

struct visit {
    struct service *service;
    const struct exchange_request *request;
    struct exchange_response *response;
    struct store_snapshot *snapshot; /* NULL until visit_open */
    struct site site;
    shoji_buffer path; /* canonical */
    struct route_page page;
    shoji_buffer query; /* without what pages; empty for none */
};

/* Begins a view of the store. An error has been answered where it is not SHOJI_OK. */
shoji_status visit_open(struct visit *visit);

/* Ends it, so that a write does not wait for it. Nothing happens where there is none. */
void visit_close(struct visit *visit);

/* Whether this server takes writes from whoever sent the request. */
bool visit_may_write(const struct visit *visit);

/*
 * The answers that are problems. Each clears the body and sets status, type and body;
 * what has been set in the headers stays. The text is made as by printf: one sentence,
 * without a stop at its end.
 */
void problem_answer(struct visit *visit, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Answers an error of the store's or the library's with the status that fits it. */
void problem_error(struct visit *visit, const shoji_error *error);

/* Answers a fault of the request's body: 400 where it is not JSON, 413 where it is past a
 * limit, otherwise 422; with the place. */
void problem_body(struct visit *visit, const shoji_error *error);

/* Answers 500 or 503 for a call that gave nothing but its status. */
void problem_status(struct visit *visit, shoji_status status);

#endif
