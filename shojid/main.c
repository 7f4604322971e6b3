#include "commands.h"
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
#include <string.h>

enum {
    BODY_MAXIMUM = 64 * 1024 * 1024,
    ARENA_MAXIMUM = 4,
    MMAP_THRESHOLD = 128 * 1024
};

/* What runs, in the order of its making. */
struct daemon {
    int argc; /* what it was started with, to read the configuration again */
    char *const *argv;
    struct options *options; /* lent: those that it was started with */
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
    return status == SHOJI_USAGE ? COMMANDS_USAGE : EXIT_FAILURE;
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

static void release_options(void *options)
{
    options_end(options);
}

/* What the service is told: beside what was read, whom it may tell. */
static struct service_options service_options_of(struct options *options, struct log *log)
{
    struct service_options told = options->service;
    told.connections = options->server.connections;
    told.complain = log_message;
    told.complain_context = log;
    told.release = release_options;
    told.owner = options;
    return told;
}

static struct server_options server_options_of(const struct options *options,
                                               struct log *log)
{
    struct server_options told = options->server;
    told.body_maximum = BODY_MAXIMUM;
    told.log = log_request;
    told.complain = log_message;
    told.log_context = log;
    return told;
}

static shoji_status start_service(struct daemon *daemon, shoji_error *error)
{
    struct service_options told =
        service_options_of(options_use(daemon->options), daemon->log);
    shoji_status status = service_new(&daemon->service, daemon->store, &told, error);
    if (status != SHOJI_OK)
        options_end(daemon->options);
    return status;
}

static shoji_status start(struct daemon *daemon)
{
    shoji_error error = SHOJI_ERROR_INIT;
    const struct options *options = daemon->options;
    shoji_status status = log_open(&daemon->log, options->log, options->quiet, &error);
    struct server_options told = server_options_of(options, daemon->log);
    /* Before the store, which is made where it is not there. */
    if (status == SHOJI_OK)
        status = server_check(&told, &error);
    if (status == SHOJI_OK)
        status = store_open(&daemon->store, options->store, options->service.read_only,
                            &error);
    if (status == SHOJI_OK)
        status = start_service(daemon, &error);
    if (status == SHOJI_OK)
        status = server_start(&daemon->server, daemon->service, &told, &error);
    if (status != SHOJI_OK)
        fprintf(stderr, "shojid: %s\n", error.message);
    return status;
}

/* One line for each address: what scripts wait for, and read the port from. */
static void announce(const struct daemon *daemon)
{
    for (size_t i = 0; i < server_address_count(daemon->server); i++)
        printf("shojid: serving %s at http://%s/\n", daemon->options->store,
               server_address(daemon->server, i));
    fflush(stdout);
}

/* Reads the configuration anew: all of it counts from now on, or none. */
static void reload(struct daemon *daemon)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct options *read =
        options_read(daemon->argc, daemon->argv, log_message, daemon->log);
    if (read == NULL) {
        log_message(daemon->log, "the configuration is wrong, and the one from before "
                                 "stays in use");
        return;
    }
    options_compare(daemon->options, read, log_message, daemon->log);
    struct service_options told = service_options_of(read, daemon->log);
    if (service_reload(daemon->service, &told, &error) == SHOJI_OK) {
        log_message(daemon->log, "the configuration has been read again");
        return;
    }
    log_message(daemon->log, error.message);
    options_end(read);
}

static void serve_until_told(struct daemon *daemon, const sigset_t *signals)
{
    int signal;
    while (sigwait(signals, &signal) != 0 || signal == SIGHUP) {
        log_reopen(daemon->log);
        if (daemon->options->config != NULL)
            reload(daemon);
    }
}

static int serve(int argc, char *const argv[], struct options *options)
{
    struct daemon daemon = {.argc = argc, .argv = argv, .options = options};
    sigset_t signals;
    tame_allocator();
    block_signals(&signals);
    shoji_status status = start(&daemon);
    if (status == SHOJI_OK) {
        announce(&daemon);
        serve_until_told(&daemon, &signals);
    }
    finish(&daemon);
    return status == SHOJI_OK ? EXIT_SUCCESS : exit_status_of(status);
}

static int end_output(void)
{
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void complain_at_start(void *context, const char *message)
{
    (void)context;
    fprintf(stderr, "shojid: %s\n", message);
}

static int run(int argc, char *const argv[])
{
    struct options *options = options_read(argc, argv, complain_at_start, NULL);
    if (options == NULL)
        return COMMANDS_USAGE;
    int status = EXIT_SUCCESS;
    if (options->help) {
        fputs(options_help(), stdout);
        status = end_output();
    } else if (options->version) {
        printf("shojid %s\n", shoji_version());
        status = end_output();
    } else if (options->check_config) {
        printf("%s: ok\n", options->config != NULL ? options->config : "shojid");
        status = end_output();
    } else {
        status = serve(argc, argv, options);
    }
    options_end(options);
    return status;
}

static const struct command {
    const char *name;
    int (*run)(int argc, char *const argv[]);
} commands[] = {
    {"check", command_check},
    {"export", command_export},
    {"import", command_import},
    {"token", command_token},
};

int main(int argc, char *argv[])
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return run(argc, argv);
}
