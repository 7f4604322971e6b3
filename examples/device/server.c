#define _POSIX_C_SOURCE 200809L
#include "server.h"

#include <shoji/protocol.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS = 16,
    HEAD_SIZE = 4096,
    SECONDS = 10
};

/* The fields that are read. */
enum {
    HOST,
    ACCEPT,
    IF_MATCH,
    IF_NONE_MATCH,
    FIELDS
};

static const char *const field_names[FIELDS] = {
    [HOST] = "Host",
    [ACCEPT] = "Accept",
    [IF_MATCH] = "If-Match",
    [IF_NONE_MATCH] = "If-None-Match",
};

/* First it sends a head, then it is sent the answer, and then it is to close. */
struct client {
    int socket; /* -1: there is none */
    time_t deadline;
    char head[HEAD_SIZE + 1];
    size_t length;
    shoji_buffer reply;
    size_t sent;
};

shoji_status refuse(struct answer *answer, int status, const char *detail)
{
    shoji_problem problem = {.status = status, .detail = detail};
    answer->status = status;
    answer->type = "application/problem+json";
    answer->etag[0] = '\0';
    return shoji_problem_emit(&answer->content, &problem);
}

static shoji_status write_reply(shoji_buffer *reply, const struct answer *answer,
                                bool is_head)
{
    char date[SHOJI_HTTP_DATE_SIZE];
    shoji_http_date_format(date, time(NULL));
    shoji_status status = shoji_buffer_append_format(
        reply,
        "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\nVary: Accept\r\n"
        "Allow: GET, HEAD\r\n",
        answer->status, shoji_http_phrase(answer->status), date);
    if (status == SHOJI_OK && answer->etag[0] != '\0')
        status = shoji_buffer_append_format(reply, "ETag: %s\r\n", answer->etag);
    if (status == SHOJI_OK && answer->status != 304)
        status = shoji_buffer_append_format(reply,
                                            "Content-Type: %s\r\nContent-Length: %zu\r\n",
                                            answer->type, answer->content.length);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(reply, "\r\n");
    if (status == SHOJI_OK && answer->status != 304 && !is_head)
        status =
            shoji_buffer_append(reply, answer->content.bytes, answer->content.length);
    return status;
}

/* Takes a line of a field. SHOJI_SYNTAX: it is none. */
static shoji_status read_field(shoji_buffer fields[FIELDS], char *line)
{
    size_t length = strcspn(line, ": \t");
    if (length == 0 || line[length] != ':' || strpbrk(line, "\r\n") != NULL)
        return SHOJI_SYNTAX;
    line[length] = '\0';
    const char *value = line + length + 1;
    value += strspn(value, " \t");
    for (int i = 0; i < FIELDS; i++)
        if (strcasecmp(line, field_names[i]) == 0)
            return shoji_buffer_append_format(
                &fields[i], fields[i].length > 0 ? ", %s" : "%s", value);
    return SHOJI_OK;
}

/* Reads a head, whose lines all end with CR LF, and writes over it. SHOJI_SYNTAX. */
static shoji_status read_head(struct request *request, shoji_buffer fields[FIELDS],
                              char *head)
{
    char *end = strstr(head, "\r\n");
    *end = '\0';
    char *path = strchr(head, ' ');
    char *version = path != NULL ? strchr(path + 1, ' ') : NULL;
    if (version == NULL || path[1] != '/' ||
        (strcmp(version, " HTTP/1.1") != 0 && strcmp(version, " HTTP/1.0") != 0))
        return SHOJI_SYNTAX;
    *path = '\0';
    *version = '\0';
    request->method = head;
    request->path = path + 1;
    shoji_status status = SHOJI_OK;
    char *line = end + 2;
    while (status == SHOJI_OK && (end = strstr(line, "\r\n")) != NULL) {
        *end = '\0';
        status = read_field(fields, line);
        line = end + 2;
    }
    request->accept = fields[ACCEPT].bytes;
    request->if_match = fields[IF_MATCH].bytes;
    request->if_none_match = fields[IF_NONE_MATCH].bytes;
    return status;
}

/* Answers what has come, once it is a request or can be none any more. */
static shoji_status take(struct client *client, request_handler handle)
{
    shoji_buffer fields[FIELDS] = {SHOJI_BUFFER_INIT};
    struct request request = {.method = ""};
    struct answer answer = {0};
    shoji_status status = SHOJI_SYNTAX;
    client->head[client->length] = '\0';
    char *end = strstr(client->head, "\r\n\r\n");
    if (end != NULL) {
        end[2] = '\0';
        status = read_head(&request, fields, client->head);
    }
    if (end == NULL && client->length == HEAD_SIZE)
        status = refuse(&answer, 431, "send at most 4096 bytes of header fields");
    else if (end == NULL && strlen(client->head) == client->length)
        return SHOJI_OK;
    else if (status == SHOJI_SYNTAX)
        status = refuse(&answer, 400, "this is no request of HTTP/1.1 with a path");
    else if (status == SHOJI_OK &&
             (fields[HOST].length == 0 || strchr(fields[HOST].bytes, ',') != NULL))
        status = refuse(&answer, 400, "send one Host field");
    else if (status == SHOJI_OK)
        status = handle(&answer, &request);
    if (status == SHOJI_OK)
        status =
            write_reply(&client->reply, &answer, strcmp(request.method, "HEAD") == 0);
    for (int i = 0; i < FIELDS; i++)
        shoji_buffer_finish(&fields[i]);
    shoji_buffer_finish(&answer.content);
    return status;
}

static void leave(struct client *client)
{
    close(client->socket);
    client->socket = -1;
    shoji_buffer_finish(&client->reply);
}

/* Goes on with a client whose socket is ready. */
static void go_on(struct client *client, request_handler handle)
{
    const shoji_buffer *reply = &client->reply;
    ssize_t count;
    if (client->sent < reply->length) {
        count = send(client->socket, reply->bytes + client->sent,
                     reply->length - client->sent, MSG_NOSIGNAL);
        client->sent += count > 0 ? (size_t)count : 0;
        /* To close while something comes can take the answer away from the client. */
        if (client->sent == reply->length)
            shutdown(client->socket, SHUT_WR);
    } else if (client->sent > 0) {
        count = recv(client->socket, client->head, HEAD_SIZE, 0);
    } else {
        count = recv(client->socket, client->head + client->length,
                     HEAD_SIZE - client->length, 0);
        client->length += count > 0 ? (size_t)count : 0;
        if (count > 0 && take(client, handle) != SHOJI_OK)
            count = 0;
    }
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        leave(client);
}

/* Takes one more client, in a free place or in that of the one who came first. */
static void welcome(struct client clients[CLIENTS], int listener, time_t deadline)
{
    int socket = accept(listener, NULL, NULL);
    if (socket < 0)
        return;
    struct client *place = &clients[0];
    for (int i = 1; i < CLIENTS && place->socket >= 0; i++)
        if (clients[i].socket < 0 || clients[i].deadline < place->deadline)
            place = &clients[i];
    if (place->socket >= 0)
        leave(place);
    fcntl(socket, F_SETFL, O_NONBLOCK);
    *place = (struct client){.socket = socket, .deadline = deadline};
}

static void serve_ready(struct client clients[CLIENTS], int listener,
                        request_handler handle)
{
    struct pollfd ready[CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
    for (int i = 0; i < CLIENTS; i++) {
        bool has_more = clients[i].sent < clients[i].reply.length;
        ready[i + 1].fd = clients[i].socket;
        ready[i + 1].events = has_more ? POLLOUT : POLLIN;
    }
    if (poll(ready, CLIENTS + 1, 1000) < 0)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (int i = 0; i < CLIENTS; i++) {
        if (ready[i + 1].revents != 0)
            go_on(&clients[i], handle);
        if (clients[i].socket >= 0 && clients[i].deadline < now.tv_sec)
            leave(&clients[i]);
    }
    if (ready[0].revents != 0)
        welcome(clients, listener, now.tv_sec + SECONDS);
}

/* The socket that listens, or -1. */
static int listen_at(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *address = NULL;
    if (getaddrinfo(host, port, &hints, &address) != 0)
        return -1;
    int listener = socket(address->ai_family, SOCK_STREAM, 0);
    char number[8] = "";
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0 ||
        bind(listener, address->ai_addr, address->ai_addrlen) != 0 ||
        listen(listener, SOMAXCONN) != 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0 ||
        getsockname(listener, address->ai_addr, &address->ai_addrlen) != 0 ||
        getnameinfo(address->ai_addr, address->ai_addrlen, NULL, 0, number, sizeof number,
                    NI_NUMERICSERV) != 0) {
        if (listener >= 0)
            close(listener);
        listener = -1;
    }
    freeaddrinfo(address);
    if (listener >= 0)
        printf("serving at %s, port %s\n", host, number);
    fflush(stdout);
    return listener;
}

void serve(const char *address, const char *port, request_handler handle)
{
    static struct client clients[CLIENTS];
    int listener = listen_at(address, port);
    for (int i = 0; i < CLIENTS; i++)
        clients[i].socket = -1;
    while (listener >= 0)
        serve_ready(clients, listener, handle);
}
