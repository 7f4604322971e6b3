#include "http/server.h"
#include "log.h"
#include "options.h"
#include "service/service.h"
#include "store/store.h"

#include <shoji/shoji.h>

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EXIT_USAGE = 2,
    BODY_MAXIMUM = 64 * 1024 * 1024,
    ARENA_MAXIMUM = 4,
    MMAP_THRESHOLD = 128 * 1024
};

/* What runs, in the order of its making. */
struct daemon {
    struct log *log;
    struct store *store;
    struct service *service;
    struct server *server;
};

static void finish(struct daemon *daemon)
{
    server_stop(daemon->server);
    service_free(daemon->service);
    store_close(daemon->store);
    log_close(daemon->log);
}

static int exit_status_of(shoji_status status)
{
    return status == SHOJI_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

/*
 * A thread a connection, each with memory of its own to reuse, would keep the largest
 * page that it ever rendered: few arenas, and large blocks that go back to the system at
 * once.
 */
static void tame_allocator(void)
{
    mallopt(M_ARENA_MAX, ARENA_MAXIMUM);
    mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
}

/* Signals are taken by sigwait in the main thread alone. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static shoji_status start_service(struct daemon *daemon, const struct options *options,
                                  shoji_error *error)
{
    struct service_options settings = {
        .base_iri = options->base_iri,
        .take_writes = options->no_auth,
        .read_only = options->read_only,
        .relative_links = options->relative_links,
        .page_size = options->page_size,
        .complain = log_message,
        .complain_context = daemon->log,
    };
    shoji_status status = service_new(&daemon->service, daemon->store, &settings, error);
    if (status == SHOJI_USAGE)
        fprintf(stderr, "shojid: --base-iri %s: %s\n", options->base_iri, error->message);
    else if (status != SHOJI_OK)
        fprintf(stderr, "shojid: %s\n", error->message);
    return status;
}

static shoji_status start_server(struct daemon *daemon,
                                 const struct server_options *settings,
                                 shoji_error *error)
{
    shoji_status status = server_start(&daemon->server, daemon->service, settings, error);
    if (status != SHOJI_OK)
        fprintf(stderr, "shojid: %s\n", error->message);
    return status;
}

static shoji_status start(struct daemon *daemon, const struct options *options)
{
    shoji_error error = SHOJI_ERROR_INIT;
    const char *listen[SERVER_LISTEN_MAXIMUM];
    for (size_t i = 0; i < options->listen_count; i++)
        listen[i] = options->listen[i];
    shoji_status status = log_open(&daemon->log, options->log, options->quiet, &error);
    struct server_options settings = {
        .listen = listen,
        .listen_count = options->listen_count,
        .body_maximum = BODY_MAXIMUM,
        .log = log_request,
        .complain = log_message,
        .log_context = daemon->log,
    };
    /* Before the store, which is made where it is not there. */
    if (status == SHOJI_OK)
        status = server_check(&settings, &error);
    if (status == SHOJI_OK)
        status = store_open(&daemon->store, options->store, options->read_only, &error);
    if (status != SHOJI_OK) {
        fprintf(stderr, "shojid: %s\n", error.message);
        return status;
    }
    status = start_service(daemon, options, &error);
    return status != SHOJI_OK ? status : start_server(daemon, &settings, &error);
}

/* One line for each address: what scripts wait for, and read the port from. */
static void announce(const struct daemon *daemon, const struct options *options)
{
    for (size_t i = 0; i < server_address_count(daemon->server); i++)
        printf("shojid: serving %s at http://%s/\n", options->store,
               server_address(daemon->server, i));
    fflush(stdout);
}

static void serve_until_told(const struct daemon *daemon, const sigset_t *signals)
{
    int signal;
    while (sigwait(signals, &signal) != 0 || signal == SIGHUP)
        log_reopen(daemon->log);
}

int main(int argc, char *argv[])
{
    struct options options;
    struct daemon daemon = {NULL, NULL, NULL, NULL};
    char message[OPTIONS_MESSAGE_SIZE];
    sigset_t signals;
    if (!options_parse(&options, argc, argv, message)) {
        fprintf(stderr, "shojid: %s\n", message);
        return EXIT_USAGE;
    }
    if (options.help || options.version) {
        if (options.help)
            fputs(options_help(), stdout);
        else
            printf("shojid %s\n", shoji_version());
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    tame_allocator();
    block_signals(&signals);
    shoji_status status = start(&daemon, &options);
    if (status == SHOJI_OK) {
        announce(&daemon, &options);
        serve_until_told(&daemon, &signals);
    }
    finish(&daemon);
    return status == SHOJI_OK ? EXIT_SUCCESS : exit_status_of(status);
}
