/*
 * The commands of shojid beside serving: "shojid NAME ...". Each takes its words, its own
 * name first, and returns the exit status: 0 done, 1 failed, 2 the words are wrong.
 */
#ifndef SHOJID_COMMANDS_H
#define SHOJID_COMMANDS_H

#include <shoji/error.h>

int command_token(int argc, char *const argv[]);
int command_export(int argc, char *const argv[]);
int command_import(int argc, char *const argv[]);
int command_check(int argc, char *const argv[]);

/* Where commands and the daemon look if no store is named. */
#define COMMANDS_DEFAULT_STORE "sqlite:shoji.db"

enum {
    COMMANDS_USAGE = 2, /* the exit status where the words are wrong */
    COMMANDS_GO_ON = -1 /* no exit status */
};

/* Says on stderr, in one line made as by printf, what is wrong; returns the status. */
int commands_fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for an error; returns the exit status that fits it. */
int commands_fail_for(const shoji_error *error);

/*
 * Reads the words of a command that takes none but `count` of them, and "--help": they
 * are put into `words`. COMMANDS_GO_ON, or an exit status.
 */
int commands_words(int argc, char *const argv[], const char *help, const char *words[],
                   int count);

#endif
