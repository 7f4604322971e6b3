/* The command line of shojid. */
#ifndef SHOJID_OPTIONS_H
#define SHOJID_OPTIONS_H

#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    OPTIONS_MESSAGE_SIZE = 512
};

struct options {
    /* "127.0.0.1:8642", each in the form that the server takes. */
    char listen[SERVER_LISTEN_MAXIMUM][SERVER_ADDRESS_SIZE];
    size_t listen_count;
    const char *base_iri; /* NULL for none; lent by argv, as the next two */
    const char *log;      /* NULL: the standard error */
    const char *store;
    size_t page_size;
    bool read_only;
    bool no_auth;
    bool relative_links;
    bool quiet;
    bool help;    /* --help was asked for: nothing else counts */
    bool version; /* and so was --version */
};

/*
 * Reads a command line. Returns whether it is one; otherwise `message` is a sentence that
 * says what is wrong, and what to do.
 */
bool options_parse(struct options *options, int argc, char *const argv[],
                   char message[OPTIONS_MESSAGE_SIZE]);

/* What --help prints: a static string. */
const char *options_help(void);

#endif
