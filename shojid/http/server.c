#define _GNU_SOURCE /* getrandom, pthread_setattr_default_np */

#include "http/server.h"

#include "http/transfer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * What the library is told, beside where it listens. It decodes nothing, so that the
 * target comes as it was sent; it knows no files, since it has no document_root; and it
 * answers no CORS preflight of its own. A thread serves a connection at a time, so that
 * idle ones are not kept long; see http/connections.h.
 *
 * A head that does not fit into max_request_size is refused by the library itself, which
 * does not tell that apart from one that is malformed: HEAD_TARGET_MAXIMUM and
 * HEAD_FIELDS_MAXIMUM are smaller, so that what is a little too large gets its own
 * answer.
 */
static const char *const settings[][2] = {
    {"max_request_size", "32768"},
    {"request_timeout_ms", "10000"},
    {"keep_alive_timeout_ms", "5000"},
    {"enable_keep_alive", "yes"},
    {"tcp_nodelay", "1"},
    {"decode_url", "no"},
    {"decode_query_string", "no"},
    {"enable_auth_domain_check", "no"},
    {"enable_directory_listing", "no"},
    {"access_control_allow_origin", ""},
    {"access_control_allow_methods", ""},
    {"access_control_allow_headers", ""},
};

enum {
    SETTING_COUNT = sizeof settings / sizeof settings[0]
};

enum {
    DRAIN_GRACE = 30, /* seconds that requests get to finish at the end */
    STACK_SIZE = 512 * 1024,
    OTHER_DESCRIPTORS = 256 /* of the store, the log and the library's queue */
};

bool server_is_draining(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    bool draining = server->draining;
    pthread_mutex_unlock(&server->lock);
    return draining;
}

/* Counts a request in, unless the server is about to stop. */
static bool enter(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    bool entered = !server->draining;
    if (entered)
        server->active++;
    pthread_mutex_unlock(&server->lock);
    return entered;
}

static void leave(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    if (--server->active == 0)
        pthread_cond_signal(&server->idle);
    pthread_mutex_unlock(&server->lock);
}

/* What the library could not read, in words that tell more than its own. */
static int explain(const struct transfer *transfer, int status, const char **detail)
{
    const struct mg_request_info *info = transfer->info;
    const char *encoding = exchange_header(&transfer->request, "Transfer-Encoding");
    if (status == 505) {
        *detail = "this server speaks HTTP/1.1 and HTTP/1.0";
        return 505;
    }
    if (status == 411) {
        *detail = "Content-Length must be a number of bytes, in digits alone";
        return 400;
    }
    if (encoding != NULL) {
        *detail = "the only Transfer-Encoding that this server reads is chunked";
        return 501;
    }
    if (info->request_method == NULL) {
        *detail =
            "the head of the request is malformed, has control characters, is longer "
            "than 32768 bytes, or did not come within 10 seconds";
        return 400;
    }
    if (info->http_version == NULL) {
        *detail =
            "the request line is malformed: it is a method, a target and a version, "
            "and all but ASCII in the target is percent-encoded";
        return 400;
    }
    if (info->request_uri[0] != '/') {
        *detail = head_target_detail;
        return 400;
    }
    if (info->num_headers == 0 && strncmp(info->http_version, "1.", 2) == 0) {
        *detail = "this server does not have that method";
        return 501;
    }
    *detail = "the head of the request is malformed";
    return 400;
}

/* The library asks for a connection's data when a thread takes it. */
static int on_open(const struct mg_connection *connection, void **data)
{
    struct server *server = mg_get_user_data(mg_get_context(connection));
    *data = connections_begin(server->connections);
    return 0;
}

static int on_request(struct mg_connection *connection)
{
    struct transfer transfer;
    transfer_open(&transfer, connection, true);
    struct server *server = transfer.server;
    bool admitted =
        connections_admit(server->connections, mg_get_user_connection_data(connection),
                          transfer.info->remote_addr, transfer.info->remote_port);
    bool entered = enter(server);
    if (!entered)
        transfer_refuse(&transfer, 503, "the server is about to stop; try again later");
    else if (!admitted)
        transfer_turn_away(&transfer);
    else
        transfer_answer(&transfer);
    transfer_send(&transfer);
    /* The last of a connection: see on_close. */
    if (transfer.request.path[0] != '/')
        connection_mark(mg_get_user_connection_data(connection));
    connections_enter(server->connections, mg_get_user_connection_data(connection),
                      CONNECTION_HEAD);
    int status = transfer.response.status;
    transfer_finish(&transfer);
    if (entered)
        leave(server);
    return status;
}

static int on_error(struct mg_connection *connection, int status, const char *message)
{
    struct transfer transfer;
    const char *detail;
    (void)message;
    transfer_open(&transfer, connection, false);
    status = explain(&transfer, status, &detail);
    transfer_refuse(&transfer, status, detail);
    transfer_send(&transfer);
    transfer_finish(&transfer);
    connection_mark(mg_get_user_connection_data(connection));
    return 0;
}

/*
 * A target in absolute form for another port, and "*", are dropped by the library without
 * an answer: this is the last place to give one.
 */
static void answer_last(const struct mg_connection *connection)
{
    const struct mg_request_info *info = mg_get_request_info(connection);
    if (info->request_uri == NULL || info->request_uri[0] == '/' ||
        info->http_version == NULL ||
        connection_is_marked(mg_get_user_connection_data(connection)))
        return;
    /* Constant only since most callbacks of that kind have nothing to write. */
    on_error((struct mg_connection *)connection, 400, "");
}

static void on_close(const struct mg_connection *connection)
{
    struct server *server = mg_get_user_data(mg_get_context(connection));
    answer_last(connection);
    connections_end(server->connections, mg_get_user_connection_data(connection));
}

static int on_message(const struct mg_connection *connection, const char *message)
{
    struct server *server = mg_get_user_data(mg_get_context(connection));
    /* Of the start the first message is the cause, and the others say that it failed. */
    if (!atomic_load(&server->started) && server->start_error[0] == '\0')
        snprintf(server->start_error, sizeof server->start_error, "%s", message);
    else if (atomic_load(&server->started))
        server->options.complain(server->options.log_context, message);
    return 1;
}

static shoji_status fail(shoji_error *error, shoji_status status, const char *message)
{
    shoji_error fresh = SHOJI_ERROR_INIT;
    *error = fresh;
    error->status = status;
    snprintf(error->message, sizeof error->message, "%s", message);
    return status;
}

/* Which of the addresses the library has complained about. */
static const char *find_culprit(const struct server *server)
{
    for (size_t i = 0; i < server->options.listen_count; i++)
        if (strstr(server->start_error, server->options.listen[i]) != NULL)
            return server->options.listen[i];
    return server->options.listen[0];
}

static shoji_status fail_start(const struct server *server, shoji_error *error)
{
    char message[SHOJI_ERROR_MESSAGE_SIZE];
    const char *culprit = find_culprit(server);
    if (strstr(server->start_error, strerror(EADDRINUSE)) != NULL)
        snprintf(message, sizeof message,
                 "cannot listen on %s: another program listens there; stop it, or choose "
                 "another port with --listen (port 0 picks a free one)",
                 culprit);
    else if (strstr(server->start_error, strerror(EACCES)) != NULL)
        snprintf(
            message, sizeof message,
            "cannot listen on %s: not permitted; choose a port from 1024 with --listen",
            culprit);
    else if (strstr(server->start_error, strerror(EADDRNOTAVAIL)) != NULL)
        snprintf(message, sizeof message,
                 "cannot listen on %s: this machine has no such address; choose another "
                 "with --listen",
                 culprit);
    else
        snprintf(message, sizeof message, "cannot listen on %s: %s", culprit,
                 server->start_error[0] != '\0' ? server->start_error
                                                : "the server library does not start");
    return fail(error, SHOJI_UNREACHABLE, message);
}

static bool parse_address(const char *address, struct sockaddr_in *parsed)
{
    char host[SERVER_ADDRESS_SIZE];
    size_t length = strcspn(address, ":");
    snprintf(host, sizeof host, "%.*s", (int)length, address);
    *parsed = (struct sockaddr_in){.sin_family = AF_INET};
    parsed->sin_port = htons((uint16_t)strtoul(address + length + 1, NULL, 10));
    return inet_pton(AF_INET, host, &parsed->sin_addr) == 1;
}

/* Binds to an address as the library does, and lets go of it; 0, or errno. */
static int try_address(const char *address)
{
    struct sockaddr_in at;
    const int on = 1;
    if (!parse_address(address, &at))
        return EADDRNOTAVAIL;
    int tried = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (tried < 0)
        return errno;
    int code = 0;
    if (setsockopt(tried, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(tried, (const struct sockaddr *)&at, sizeof at) != 0)
        code = errno;
    close(tried);
    return code;
}

shoji_status server_check(const struct server_options *options, shoji_error *error)
{
    struct server none = {.options = *options};
    for (size_t i = 0; i < options->listen_count; i++) {
        int code = try_address(options->listen[i]);
        if (code == 0)
            continue;
        snprintf(none.start_error, sizeof none.start_error, "%s: %s", options->listen[i],
                 strerror(code));
        return fail_start(&none, error);
    }
    return SHOJI_OK;
}

static bool note_addresses(struct server *server)
{
    struct mg_server_port ports[SERVER_LISTEN_MAXIMUM];
    int count = mg_get_server_ports(server->library, SERVER_LISTEN_MAXIMUM, ports);
    for (int i = 0; i < count; i++) {
        const char *address = server->options.listen[i];
        snprintf(server->addresses[i], SERVER_ADDRESS_SIZE, "%.*s:%d",
                 (int)strcspn(address, ":"), address, ports[i].port);
        server->address_count++;
        connections_add_port(server->connections, ports[i].port);
    }
    return server->address_count == server->options.listen_count;
}

/* A connection takes a descriptor, and the queue before the threads some more. What the
 * system does not let us have shows as connections that wait. */
static void raise_descriptors(size_t connections)
{
    struct rlimit limit;
    rlim_t wanted = connections_threads(connections) + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The library makes its threads with the size of stack that is the default: of one which
 * is unused only the addresses are taken, but with many threads those, too, are many. */
static void set_stack_size(size_t size)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return;
    if (pthread_attr_setstacksize(&attributes, size) == 0)
        (void)pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

static size_t stack_size(void)
{
    pthread_attr_t attributes;
    size_t size = STACK_SIZE;
    if (pthread_getattr_default_np(&attributes) == 0) {
        (void)pthread_attr_getstacksize(&attributes, &size);
        pthread_attr_destroy(&attributes);
    }
    return size;
}

static bool start_library(struct server *server, const char *ports)
{
    char threads[16];
    snprintf(threads, sizeof threads, "%zu",
             connections_threads(server->options.connections));
    const char *given[2 * SETTING_COUNT + 5] = {"listening_ports", ports, "num_threads",
                                                threads};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        memcpy(&given[2 * i + 4], settings[i], sizeof settings[i]);
    const struct mg_callbacks callbacks = {
        .begin_request = on_request,
        .http_error = on_error,
        .init_connection = on_open,
        .connection_close = on_close,
        .log_message = on_message,
    };
    size_t before = stack_size();
    mg_init_library(MG_FEATURES_DEFAULT);
    set_stack_size(STACK_SIZE);
    server->library = mg_start(&callbacks, server, given);
    set_stack_size(before);
    atomic_store(&server->started, true);
    return server->library != NULL;
}

static bool join_addresses(const struct server_options *options, shoji_buffer *joined)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; status == SHOJI_OK && i < options->listen_count; i++)
        status = shoji_buffer_append_format(joined, "%s%s", i > 0 ? "," : "",
                                            options->listen[i]);
    return status == SHOJI_OK;
}

static void free_server(struct server *server)
{
    connections_free(server->connections);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

shoji_status server_start(struct server **server, struct service *service,
                          const struct server_options *options, shoji_error *error)
{
    struct server *made = calloc(1, sizeof *made);
    shoji_buffer ports = SHOJI_BUFFER_INIT;
    uint64_t first_id = 0;
    if (made == NULL)
        return fail(error, SHOJI_NO_MEMORY, "out of memory");
    made->service = service;
    made->options = *options;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->idle, NULL);
    /* A start that differs keeps the ids of one run from those of the next. */
    if (getrandom(&first_id, sizeof first_id, 0) < 0)
        first_id = (uint64_t)time(NULL) << 32;
    atomic_init(&made->started, false);
    atomic_init(&made->next_id, first_id);

    raise_descriptors(options->connections);
    made->connections = connections_new(
        options->connections, options->connections_per_address, &made->options.proxies);
    shoji_status status = SHOJI_OK;
    if (made->connections == NULL || !join_addresses(options, &ports))
        status = fail(error, SHOJI_NO_MEMORY, "out of memory");
    else if (!start_library(made, ports.bytes))
        status = fail_start(made, error);
    shoji_buffer_finish(&ports);
    if (status == SHOJI_OK && !note_addresses(made)) {
        mg_stop(made->library);
        status = fail_start(made, error);
    }
    if (status != SHOJI_OK) {
        free_server(made);
        return status;
    }
    *server = made;
    return SHOJI_OK;
}

size_t server_address_count(const struct server *server)
{
    return server->address_count;
}

const char *server_address(const struct server *server, size_t index)
{
    return server->addresses[index];
}

static void drain(struct server *server)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DRAIN_GRACE;
    pthread_mutex_lock(&server->lock);
    server->draining = true;
    int waited = 0;
    while (server->active > 0 && waited == 0)
        waited = pthread_cond_timedwait(&server->idle, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
}

/* Connects to an address and leaves at once. */
static void knock(const char *address)
{
    struct sockaddr_in to;
    if (!parse_address(address, &to))
        return;
    int knocker = socket(AF_INET, SOCK_STREAM, 0);
    if (knocker < 0)
        return;
    (void)connect(knocker, (const struct sockaddr *)&to, sizeof to);
    close(knocker);
}

/* The library looks whether it is to stop when a connection comes, or two seconds have
 * gone by: a connection is quicker. */
static void *knock_everywhere(void *context)
{
    const struct server *server = context;
    const struct timespec pause = {0, 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
    for (size_t i = 0; i < server->address_count; i++)
        knock(server->addresses[i]);
    return NULL;
}

void server_stop(struct server *server)
{
    if (server == NULL)
        return;
    pthread_t knocker;
    drain(server);
    connections_shut(server->connections);
    bool knocking = pthread_create(&knocker, NULL, knock_everywhere, server) == 0;
    mg_stop(server->library);
    if (knocking)
        pthread_join(knocker, NULL);
    mg_exit_library();
    free_server(server);
}
