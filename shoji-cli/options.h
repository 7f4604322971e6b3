/*
 * The options of the command line. One table of them is what parsing and --help are both
 * made from, so that neither can know what the other does not.
 */
#ifndef SHOJI_CLI_OPTIONS_H
#define SHOJI_CLI_OPTIONS_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    OPTION_LIST_MAXIMUM = 64
};

/* What a repeatable option gathers, up to a NULL. */
struct option_list {
    const char *items[OPTION_LIST_MAXIMUM + 1];
    size_t count;
};

enum option_kind {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char * */
    OPTION_LIST,    /* struct option_list */
    OPTION_NUMBER,  /* unsigned long, minimum to maximum */
    OPTION_SECONDS, /* long, in milliseconds; "0.5" is 500 */
    OPTION_CHOICE   /* unsigned: the index of one of `choices` */
};

struct option {
    const char *name; /* without "--"; NULL past the last of a table */
    char letter;      /* 0 for none */
    enum option_kind kind;
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char *help;     /* begins in lower case, ends without a full stop */
    size_t offset;        /* of the member in the settings that it sets */
    unsigned long minimum;
    unsigned long maximum;
    const char *const *choices; /* up to a NULL */
};

#define OPTION_END                                                                       \
    {                                                                                    \
        .name = NULL                                                                     \
    }

/* A table, and the structure that its offsets are into. */
struct option_group {
    const struct option *options;
    void *settings;
};

enum {
    OPTION_GROUPS_MAXIMUM = 3
};

/*
 * A walk over argv. Groups may be added on the way: that of a command once its name has
 * been met. Start with {.argc = argc, .argv = argv, .at = 1} and a group.
 */
struct option_parser {
    int argc;
    char **argv;
    int at;
    bool only_operands; /* "--" has been met */
    struct option_group groups[OPTION_GROUPS_MAXIMUM];
    size_t group_count;
};

/*
 * Takes options up to and including the next operand, which "-" is as well; NULL where
 * there are no more. Fails with EXIT_USAGE, and a message.
 */
enum exit_code options_next(struct option_parser *parser, char **operand);

#endif
