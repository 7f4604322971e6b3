/* What a command is made of, and the list of those there are. */
#ifndef SHOJI_CLI_COMMAND_H
#define SHOJI_CLI_COMMAND_H

#include "failure.h"
#include "options.h"
#include "output.h"

#include <shoji/iri.h>

#include <stdbool.h>
#include <stddef.h>

/* The options that every command takes. */
struct settings {
    bool json;
    bool include; /* status and headers before a body */
    struct option_list headers;
    const char *token;
    const char *token_file;
    bool netrc;
    long timeout_ms;    /* 0 for the library's own */
    unsigned colour;    /* enum colour_mode */
    unsigned base_rule; /* shoji_base_rule */
    bool trust_self;
    bool strict;
    bool quiet;
    bool version;
    bool help;
};

/* What a command runs with. */
struct cli {
    struct settings settings;
    struct output output;
};

struct operands {
    char **items;
    size_t count;
};

enum command_group {
    GROUP_READ,
    GROUP_WRITE,
    GROUP_LOCAL
};

struct command {
    const char *name;
    enum command_group group;
    const char *usage;       /* operands and options, as in "IRI [--depth N]" */
    const char *summary;     /* a few words, for the list of commands */
    const char *description; /* paragraphs between line feeds */
    const char *examples;    /* lines, each ended by a line feed */
    const char *exit_codes;  /* lines, where they are special; or NULL */
    const struct option *options;
    const struct option *shared_options; /* a table of several commands; may be NULL */
    const void *defaults; /* what the settings begin with; NULL for zeros */
    size_t settings_size; /* of the structure that both tables are offsets into */
    size_t least_operands;
    size_t most_operands;
    /* `settings` has been filled in from the command line. */
    enum exit_code (*run)(struct cli *cli, const void *settings,
                          struct operands operands);
};

enum {
    OPERANDS_UNLIMITED = 1 << 30
};

extern const struct command command_get;
extern const struct command command_follow;
extern const struct command command_ls;
extern const struct command command_tree;
extern const struct command command_new;
extern const struct command command_put;
extern const struct command command_rm;
extern const struct command command_import;
extern const struct command command_expand;
extern const struct command command_match;
extern const struct command command_resolve;
extern const struct command command_validate;
extern const struct command command_fmt;

/* All of them, in the order of --help, up to a NULL. */
extern const struct command *const commands[];

/* The table of `struct settings`. */
extern const struct option general_options[];

/* A command's table where it has no options of its own. */
extern const struct option no_options[];

#endif
