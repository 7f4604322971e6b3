#include "http/transfer.h"

#include "http/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE_SIZE = 64 * 1024,       /* of a body that is read */
    DISCARD_SIZE = 4096,          /* of one that nobody wants */
    BODY_GRACE = 30,              /* seconds, before a body has to come at... */
    BODY_RATE = 64 * 1024,        /* ...so many bytes a second */
    DISCARD_MAXIMUM = 256 * 1024, /* bytes that are read of a body that nobody wants */
    DISCARD_GRACE = 2             /* seconds that this may take */
};

/* Notes the time, and gives the request its id. */
static void begin(struct transfer *transfer)
{
    const char *id = exchange_header(&transfer->request, "X-Request-Id");
    clock_gettime(CLOCK_MONOTONIC, &transfer->begun);
    if (id != NULL && head_is_id(id))
        snprintf(transfer->id, sizeof transfer->id, "%s", id);
    else
        snprintf(transfer->id, sizeof transfer->id, "%016" PRIx64,
                 (uint64_t)atomic_fetch_add(&transfer->server->next_id, 1));
    transfer->request.id = transfer->id;
}

/* Takes what a proxy says of a request for what is known about it. */
static void believe_proxy(struct transfer *transfer)
{
    struct exchange_request *request = &transfer->request;
    struct forwarded *said = &transfer->forwarded;
    const char *fault;
    if (!forwarded_read(said, &transfer->server->options.proxies, request, &fault)) {
        transfer->forwarded_fault = fault;
        return;
    }
    if (said->address[0] != '\0')
        request->address = said->address;
    if (said->host[0] != '\0')
        request->host = said->host;
    if (said->proto_given)
        request->secure = said->secure;
}

void transfer_open(struct transfer *transfer, struct mg_connection *connection,
                   bool parsed)
{
    static const struct exchange_response none = EXCHANGE_RESPONSE_INIT;
    const struct mg_request_info *info = mg_get_request_info(connection);
    struct server *server = info->user_data;
    memset(transfer, 0, sizeof *transfer);
    transfer->server = server;
    transfer->connection = connection;
    transfer->info = info;
    transfer->response = none;
    transfer->http_1_1 =
        info->http_version != NULL && strcmp(info->http_version, "1.1") == 0;

    struct exchange_request *request = &transfer->request;
    /* After a head that could not be parsed the count can be negative. */
    for (int i = 0; i < info->num_headers; i++) {
        transfer->headers[i].name = info->http_headers[i].name;
        transfer->headers[i].value = info->http_headers[i].value;
    }
    request->headers = transfer->headers;
    request->header_count = info->num_headers > 0 ? (size_t)info->num_headers : 0;
    request->method = info->request_method != NULL ? info->request_method : "-";
    request->path = info->request_uri != NULL ? info->request_uri : "-";
    request->query = parsed ? info->query_string : NULL;
    request->secure = info->is_ssl != 0;
    request->address = info->remote_addr;
    request->host = exchange_header(request, "Host");
    if (parsed && forwarded_trusts(&server->options.proxies, info->remote_addr))
        believe_proxy(transfer);

    begin(transfer);
}

static void enter(struct transfer *transfer, enum connection_state state)
{
    connections_enter(transfer->server->connections,
                      mg_get_user_connection_data(transfer->connection), state);
}

void transfer_finish(struct transfer *transfer)
{
    exchange_response_finish(&transfer->response);
    shoji_buffer_finish(&transfer->body);
}

void transfer_refuse(struct transfer *transfer, int status, const char *detail)
{
    service_problem(&transfer->request, &transfer->response, status, detail);
}

void transfer_turn_away(struct transfer *transfer)
{
    transfer->body_pending = transfer->info->content_length > 0;
    transfer_refuse(transfer, 503,
                    "all connections of this server are taken; try again later");
    exchange_set_header(&transfer->response, "Retry-After", "1");
}

static uint64_t microseconds_since(const struct timespec *begun)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - begun->tv_sec) * 1000000 +
                      (now.tv_nsec - begun->tv_nsec) / 1000);
}

/* Lets what is read next come for so many microseconds: then the library's call returns,
 * which by itself would wait as long as some byte comes now and then. */
static void expect(struct transfer *transfer, uint64_t microseconds)
{
    connections_expect(transfer->server->connections,
                       mg_get_user_connection_data(transfer->connection),
                       microseconds * 1000);
}

/* Reads what is left of a body that was refused, for a while: a client that is still
 * sending when the connection is closed would lose the answer. */
static void discard_body(struct transfer *transfer)
{
    char piece[DISCARD_SIZE];
    size_t total = 0;
    int got = 1;
    expect(transfer, DISCARD_GRACE * UINT64_C(1000000));
    while (got > 0 && total < DISCARD_MAXIMUM) {
        got = mg_read(transfer->connection, piece, sizeof piece);
        total += got > 0 ? (size_t)got : 0;
    }
}

/* Head and body go out in one write where they are not too large: two cost a third of the
 * requests that can be served. */
static void write_answer(struct transfer *transfer, bool keep_alive)
{
    const struct exchange_response *response = &transfer->response;
    size_t length = answer_body_length(response);
    shoji_buffer bytes = SHOJI_BUFFER_INIT;
    bool joined = length <= ANSWER_JOINED_MAXIMUM;
    shoji_status status =
        answer_append_head(&bytes, response, transfer->id, transfer->http_1_1, keep_alive,
                           (int64_t)time(NULL));
    if (status == SHOJI_OK && joined && length > 0)
        status = shoji_buffer_append(&bytes, response->body.bytes, length);
    if (status != SHOJI_OK)
        mg_disable_connection_keep_alive(transfer->connection);
    else if (mg_write(transfer->connection, bytes.bytes, bytes.length) > 0 && !joined)
        mg_write(transfer->connection, response->body.bytes, length);
    shoji_buffer_finish(&bytes);
}

void transfer_send(struct transfer *transfer)
{
    const struct server *server = transfer->server;
    bool keep_alive = transfer->framing.keeps_alive && !transfer->body_pending &&
                      !server_is_draining(transfer->server) &&
                      !connections_are_full(transfer->server->connections);
    if (!keep_alive)
        mg_disable_connection_keep_alive(transfer->connection);
    enter(transfer, CONNECTION_ANSWER);
    write_answer(transfer, keep_alive);
    if (transfer->body_pending && !transfer->framing.expects_continue)
        discard_body(transfer);

    struct server_entry entry = {
        .id = transfer->id,
        .address = transfer->request.address,
        .method = transfer->request.method,
        .path = transfer->request.path,
        .query = transfer->request.query,
        .status = transfer->response.status,
        .bytes = answer_body_length(&transfer->response),
        .microseconds = microseconds_since(&transfer->begun),
    };
    server->options.log(server->options.log_context, &entry);
}

/* Waits for the next piece of a body as long as the rate allows for what has come. */
static void expect_piece(struct transfer *transfer)
{
    uint64_t allowed =
        (BODY_GRACE + transfer->body.length / BODY_RATE) * UINT64_C(1000000);
    uint64_t taken = microseconds_since(&transfer->begun);
    expect(transfer, taken < allowed ? allowed - taken : 0);
}

static bool is_late(struct transfer *transfer)
{
    return connections_were_late(transfer->server->connections,
                                 mg_get_user_connection_data(transfer->connection));
}

/* Reads one more piece. Returns how many bytes came; 0 at the end, -1 after a refusal. */
static int read_piece(struct transfer *transfer, size_t wanted)
{
    shoji_buffer *body = &transfer->body;
    if (shoji_buffer_reserve(body, wanted) != SHOJI_OK) {
        transfer_refuse(transfer, 503, "the server is short of memory; try again later");
        return -1;
    }
    expect_piece(transfer);
    int got = mg_read(transfer->connection, body->bytes + body->length, wanted);
    if (got > 0) {
        body->length += (size_t)got;
        body->bytes[body->length] = '\0';
    }
    if (got <= 0 && is_late(transfer)) {
        transfer_refuse(transfer, 408, "the body came too slowly; send it again");
        return -1;
    }
    if (got < 0) {
        transfer_refuse(
            transfer, 400,
            "the body is not what its framing says: it ended early, or a chunk is "
            "malformed");
        return -1;
    }
    return got;
}

static bool read_chunked(struct transfer *transfer)
{
    int got;
    while ((got = read_piece(transfer, PIECE_SIZE)) > 0) {
        if (transfer->body.length <= transfer->server->options.body_maximum)
            continue;
        transfer_refuse(transfer, 413,
                        "the body is larger than this server takes; send it in parts");
        return false;
    }
    return got == 0;
}

static bool read_sized(struct transfer *transfer)
{
    while (transfer->body.length < transfer->framing.length) {
        uint64_t left = transfer->framing.length - transfer->body.length;
        int got = read_piece(transfer, left < PIECE_SIZE ? (size_t)left : PIECE_SIZE);
        if (got < 0)
            return false;
        if (got == 0) {
            transfer_refuse(transfer, 408, "the body stopped coming; send it again");
            return false;
        }
    }
    return true;
}

/* Reads the whole body. Returns whether it is there; otherwise it has been refused. */
static bool read_body(struct transfer *transfer)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!transfer->body_pending)
        return true;
    if (transfer->framing.expects_continue)
        mg_write(transfer->connection, go_on, sizeof go_on - 1);
    transfer->framing.expects_continue = false;
    if (!(transfer->framing.chunked ? read_chunked(transfer) : read_sized(transfer)))
        return false;
    enter(transfer, CONNECTION_WORK);
    transfer->body_pending = false;
    transfer->request.body = transfer->body.bytes != NULL ? transfer->body.bytes : "";
    transfer->request.body_length = transfer->body.length;
    return true;
}

/*
 * Whether the header fields are all that were sent. The library takes a line that it does
 * not understand (one that begins with white space or a colon) for the end of them, and
 * spaces before a colon for nothing: what stands between it and us would see other
 * fields. It parses in place, writing NULs over what it has read, so that what it has
 * skipped can be seen between its strings. There is always a byte after the last one: the
 * library's buffer is larger than any head that passes head_check.
 */
static bool fields_are_whole(const struct mg_request_info *info)
{
    const char *end = info->http_version + strlen(info->http_version);
    for (int i = 0; i < info->num_headers; i++) {
        const struct mg_header *field = &info->http_headers[i];
        const char *colon = field->name + strlen(field->name);
        if (field->name - end > 2)
            return false;
        for (const char *at = colon + 1; at < field->value; at++)
            if (*at == '\0')
                return false;
        end = field->value + strlen(field->value);
    }
    /* A line's end, "\r\n", is two NULs by now; the empty line after the last is "\r" and
     * a NUL, and NULs where there was no field at all. */
    return end[1] == '\0' &&
           (end[2] == '\r' || (info->num_headers == 0 && end[2] == '\0'));
}

/* Whether the request can go to the service; otherwise it has been refused. */
static bool admit(struct transfer *transfer)
{
    const struct mg_request_info *info = transfer->info;
    const char *detail = NULL;
    int status = 0;
    if (info->num_headers >= MG_MAX_HEADERS) {
        status = 431;
        detail = "the request has 64 header fields or more; send fewer";
    } else {
        status = head_check(&transfer->request, info->http_version,
                            transfer->server->options.body_maximum, &transfer->framing,
                            &detail);
    }
    if (status == 0 && !fields_are_whole(info)) {
        status = 400;
        detail =
            "a header field is malformed: a line begins with white space or a colon, "
            "has a space before its colon, or ends in a line feed alone";
    }
    if (status == 0 && transfer->forwarded_fault != NULL) {
        status = 400;
        detail = transfer->forwarded_fault;
    }
    if (status == 0) {
        transfer->body_pending =
            transfer->framing.chunked || transfer->framing.length > 0;
        return true;
    }
    /* Where the head is in doubt, so is where the next request begins. */
    transfer->framing.keeps_alive = false;
    transfer->body_pending = info->content_length > 0;
    transfer_refuse(transfer, status, detail);
    return false;
}

void transfer_answer(struct transfer *transfer)
{
    struct service *service = transfer->server->service;
    if (!admit(transfer))
        return;
    if (transfer->body_pending) {
        if (service_refuse(service, &transfer->request, &transfer->response))
            return;
        transfer->request.counted = true;
    }
    if (read_body(transfer))
        service_answer(service, &transfer->request, &transfer->response);
}
