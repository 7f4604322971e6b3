#include "commands.h"

#include <shoji/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int commands_fail(int status, const char *format, ...)
{
    va_list arguments;
    fputs("shojid: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

int commands_fail_for(const shoji_error *error)
{
    return commands_fail(error->status == SHOJI_USAGE ? COMMANDS_USAGE : EXIT_FAILURE,
                         "%s", error->message);
}

int commands_words(int argc, char *const argv[], const char *help, const char *words[],
                   int count)
{
    int found = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        if (argv[i][0] == '-' || found == count)
            return commands_fail(COMMANDS_USAGE,
                                 "%s takes no \"%s\": see shojid %s --help", argv[0],
                                 argv[i], argv[0]);
        words[found++] = argv[i];
    }
    if (found == count)
        return COMMANDS_GO_ON;
    return commands_fail(COMMANDS_USAGE, "%s needs %d words: see shojid %s --help",
                         argv[0], count, argv[0]);
}
