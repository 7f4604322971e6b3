/*
 * What shojid is told: by its command line, and by a file that -c names (config.h). One
 * table, in settings.c, says what there is to tell.
 *
 * What has been read is not changed any more, and lives as long as somebody uses it: a
 * request that is under way keeps the options with which it began, also when SIGHUP has
 * had them read anew.
 */
#ifndef SHOJID_OPTIONS_H
#define SHOJID_OPTIONS_H

#include "http/server.h"
#include "service/service.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    OPTIONS_MESSAGE_SIZE = 512,
    OPTIONS_SETTING_MAXIMUM = 64 /* rows of the table in settings.c */
};

/* Where a setting was given. */
enum options_source {
    OPTIONS_NOWHERE,
    OPTIONS_FILE,
    OPTIONS_COMMAND_LINE
};

struct options_text;

/* Every text is owned by the options: see options_keep. */
struct options {
    /* What the service and the server are told: fields that are filled from the table. */
    struct service_options service;
    struct server_options server;
    const char *listen[SERVER_LISTEN_MAXIMUM]; /* what server.listen leads to */
    const char *config;                        /* the file of -c; NULL for none */
    const char *log;                           /* NULL: the standard error */
    const char *store;
    bool no_auth;
    bool quiet;
    bool check_config; /* --check-config: nothing is to be opened */
    bool help;         /* --help was asked for: nothing else counts */
    bool version;      /* and so was --version */

    /* For each row of the table: where it was given, on which line of the file, and all
     * values, in lines; NULL for none. */
    enum options_source source[OPTIONS_SETTING_MAXIMUM];
    size_t line[OPTIONS_SETTING_MAXIMUM];
    const char *given[OPTIONS_SETTING_MAXIMUM];
    struct options_text *texts;
    atomic_size_t uses;
};

/* Told of each thing that is wrong: a sentence that says what, where and what to do. */
typedef void (*options_complain)(void *context, const char *message);

/*
 * Reads a command line, and the file that it names: what the command line says counts
 * where both say something. NULL where something is wrong, of which `complain` has been
 * told; all that is wrong with the file is told at once. With one use: the caller's.
 */
struct options *options_read(int argc, char *const argv[], options_complain complain,
                             void *context);

/* Begins and ends a use. What nobody uses is freed. NULL can be ended. Threads: any. */
struct options *options_use(struct options *options);
void options_end(struct options *options);

/* Tells `complain` of each setting that differs from what a shojid runs with, and that it
 * takes only when it is started. */
void options_compare(const struct options *running, const struct options *read,
                     options_complain complain, void *context);

/* What --help prints: a static string. */
const char *options_help(void);

/* Copies a text into the options, which own the copy. NULL where memory is short. */
char *options_keep(struct options *options, const char *text, size_t length);

/* The same of `size` bytes for an array. */
void *options_allocate(struct options *options, size_t size);

/* Writes a sentence, as by printf, and returns false. */
bool options_refuse(char message[OPTIONS_MESSAGE_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
