/*
 * One request on its way through the service: what is known about it, and what is being
 * answered. Private to this folder.
 */
#ifndef SHOJID_SERVICE_VISIT_H
#define SHOJID_SERVICE_VISIT_H

#include "service/coding.h"
#include "service/exchange.h"
#include "service/negotiate.h"
#include "service/route.h"
#include "service/service.h"
#include "service/site.h"
#include "store/store.h"

#include <shoji/shoji.h>

#include <pthread.h>
#include <stdint.h>

struct cache;
struct faults;
struct gate;
struct rate;
struct templates;

/* Costly reads go through the gate; whether a read is one, only the store tells. */
enum visit_gate {
    GATE_UNASKED,
    GATE_WANTED, /* nothing has been answered: to be done again, from inside */
    GATE_INSIDE
};

enum {
    SERVICE_TURNS = 64
};

/* The options, and what is made of them, as long as some request uses them. */
struct service_settings {
    struct service_options options;
    struct site base; /* of the configured base IRI */
    uint64_t salt; /* of what changes the bytes of a representation beside its revision */
    size_t uses;   /* under the service's lock */
};

struct service {
    struct store *store;
    pthread_mutex_t lock; /* of the pointer below, and of the uses of what it leads to */
    struct service_settings *settings;
    struct templates *templates;
    struct rate *rate;
    struct cache *cache; /* of bodies that are coded, or cost much to make */
    struct gate *gate;   /* of the reads that do */
    /* Of the writes that were overtaken and are tried anew; by their paths. */
    pthread_mutex_t turns[SERVICE_TURNS];
};

/* Who has sent a request. */
struct access_visitor {
    const char *user; /* NULL: nobody that is known; as it is with --no-auth */
    bool by_token;    /* and not because everybody may */
};

struct visit {
    struct service *service;
    const struct service_settings *settings; /* the same for all of the request */
    struct service_settings *held;           /* the same, to let go of */
    const struct exchange_request *request;
    struct exchange_response *response;
    struct store_snapshot *snapshot; /* NULL until visit_open */
    enum visit_gate gate;
    pthread_mutex_t *turn; /* the one that it has; see write_try */
    struct site site;
    shoji_buffer path;     /* canonical */
    struct faults *faults; /* of the body, noted; NULL for none */
    struct route_page page;
    shoji_buffer query;           /* without what pages; empty for none */
    struct coding_choice accepts; /* of a read */
    enum coding coding;           /* of the answer */
    struct access_visitor visitor;
    char user[RULES_USER_MAXIMUM + 1]; /* what visitor.user leads to */
    /* What is kept from the visitor of the catalog that the answer shows, which is that
     * of the path unless a template leads elsewhere: see access_view. */
    uint64_t view;
    /* Of the catalog from which the view at the path is computed, where a condition of a
     * write was found to hold for that: its shown revision; otherwise 0. */
    uint64_t source;
    /* What a template was asked, as it goes into the tags; 0 where none was: see
     * validators_question. */
    uint64_t question;
};

/* Begins a view of the store. An error has been answered where it is not SHOJI_OK. */
shoji_status visit_open(struct visit *visit);

/* Ends it, so that a write does not wait for it. Nothing happens where there is none. */
void visit_close(struct visit *visit);

/*
 * The answers that are problems. Each clears the body and sets status, type and body;
 * what has been set in the headers stays. The text is made as by printf: one sentence,
 * without a stop at its end.
 */
void problem_answer(struct visit *visit, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Answers 401, and tells where to log in, if the server knows. */
void problem_unauthorized(struct visit *visit, const char *detail);

/* Answers an error of the store's or the library's with the status that fits it. */
void problem_error(struct visit *visit, const shoji_error *error);

/* Answers a fault of the request's body: 400 where it is not JSON, 413 where it is past a
 * limit, otherwise 422; with the place. */
void problem_body(struct visit *visit, const shoji_error *error);

/* Answers 500 or 503 for a call that gave nothing but its status. */
void problem_status(struct visit *visit, shoji_status status);

#endif
