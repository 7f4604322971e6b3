/*
 * One request on a connection of the server library: its head, the reading of its body,
 * and the sending of its answer.
 */
#ifndef SHOJID_HTTP_TRANSFER_H
#define SHOJID_HTTP_TRANSFER_H

#include "http/head.h"
#include "http/server_private.h"
#include "service/forwarded.h"

#include <civetweb.h>
#include <stdbool.h>
#include <time.h>

enum {
    TRANSFER_ID_SIZE = 65
};

struct transfer {
    struct server *server;
    struct mg_connection *connection;
    const struct mg_request_info *info;
    struct exchange_header headers[MG_MAX_HEADERS];
    struct forwarded forwarded;
    const char *forwarded_fault; /* what is wrong with it; NULL for nothing */
    struct exchange_request request;
    struct exchange_response response;
    struct head_framing framing;
    bool http_1_1;
    bool body_pending; /* there is more of the body on the connection */
    char id[TRANSFER_ID_SIZE];
    shoji_buffer body;
    struct timespec begun;
};

/* Begins with what the library has read. `parsed` is false for what it could not: then it
 * may not have set the query anew, which lies in a buffer that has been written over. */
void transfer_open(struct transfer *transfer, struct mg_connection *connection,
                   bool parsed);

void transfer_finish(struct transfer *transfer);

/* Refuses for want of a connection. */
void transfer_turn_away(struct transfer *transfer);

/* Makes the answer a problem object; `detail` is a sentence. */
void transfer_refuse(struct transfer *transfer, int status, const char *detail);

/* Makes the answer: by the service, or a refusal where the request cannot go there. */
void transfer_answer(struct transfer *transfer);

/* Sends the answer and logs it. */
void transfer_send(struct transfer *transfer);

#endif
