/* shoji-cli: finds the command, fills in its settings, runs it. */
#include "command.h"
#include "help.h"
#include "interrupt.h"
#include "suggest.h"

#include <shoji/shoji.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command line, taken apart. */
struct invocation {
    const struct command *command; /* NULL where none is named */
    void *settings;                /* the command's own; owned */
    struct operands operands;      /* within argv */
};

/* Fills the places of standard streams that came closed, each with something that cannot
 * be used as what it stands for: otherwise the next file that is opened would be taken
 * for it, and what goes wrong would go unseen. */
static void occupy_standard_streams(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int number = 0; number < 3; number++) {
        if (fcntl(number, F_GETFD) == -1 && errno == EBADF)
            (void)!open("/dev/null", modes[number]);
    }
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static enum exit_code unknown_command(const char *name)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, name);
    for (size_t i = 0; commands[i] != NULL; i++)
        suggestion_consider(&suggestion, commands[i]->name);
    if (suggestion.nearest != NULL)
        return failure(EXIT_USAGE, "unknown command '%s'; did you mean '%s'?", name,
                       suggestion.nearest);
    return failure(EXIT_USAGE,
                   "unknown command '%s'; shoji-cli --help lists those there "
                   "are",
                   name);
}

/* Settles on the command, and lets the parser know its options. */
static enum exit_code choose_command(struct invocation *invocation,
                                     struct option_parser *parser, const char *name)
{
    const struct command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    invocation->settings = calloc(1, command->settings_size + 1);
    if (invocation->settings == NULL)
        return failure_memory();
    if (command->defaults != NULL)
        memcpy(invocation->settings, command->defaults, command->settings_size);
    invocation->command = command;
    parser->groups[parser->group_count++] =
        (struct option_group){command->options, invocation->settings};
    if (command->shared_options != NULL)
        parser->groups[parser->group_count++] =
            (struct option_group){command->shared_options, invocation->settings};
    return EXIT_DONE;
}

/* Operands move to the front of argv: there are never more of them than arguments
 * read. */
static enum exit_code parse(struct invocation *invocation, struct settings *settings,
                            int argc, char **argv)
{
    struct option_parser parser = {
        .argc = argc,
        .argv = argv,
        .at = 1,
        .groups = {{general_options, settings}},
        .group_count = 1,
    };
    invocation->operands.items = argv;
    for (;;) {
        char *operand;
        enum exit_code code = options_next(&parser, &operand);
        if (code != EXIT_DONE || operand == NULL)
            return code;
        if (invocation->command == NULL)
            code = choose_command(invocation, &parser, operand);
        else
            invocation->operands.items[invocation->operands.count++] = operand;
        if (code != EXIT_DONE)
            return code;
    }
}

static enum exit_code check_operands(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    size_t count = invocation->operands.count;
    if (count >= command->least_operands && count <= command->most_operands)
        return EXIT_DONE;
    return failure(EXIT_USAGE, "too %s arguments; usage: shoji-cli %s %s",
                   count < command->least_operands ? "few" : "many", command->name,
                   command->usage);
}

static enum exit_code print_version(struct output *output)
{
    output_string(output, "shoji-cli " SHOJI_VERSION " (libshoji ");
    output_string(output, shoji_version());
    output_string(output, ")\n");
    return EXIT_DONE;
}

static enum exit_code run(struct cli *cli, const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    if (cli->settings.version)
        return print_version(&cli->output);
    if (cli->settings.help && command == NULL) {
        help_print(&cli->output);
        return EXIT_DONE;
    }
    if (cli->settings.help) {
        help_print_command(&cli->output, command);
        return EXIT_DONE;
    }
    if (command == NULL)
        return failure(EXIT_USAGE, "no command given; shoji-cli --help lists those there "
                                   "are");
    enum exit_code code = check_operands(invocation);
    if (code != EXIT_DONE)
        return code;
    return command->run(cli, invocation->settings, invocation->operands);
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    setlocale(LC_CTYPE, "");
    /* A reader that has gone is an error of writing, not the end of us in mid-request. */
    signal(SIGPIPE, SIG_IGN);
    interrupt_install();

    struct cli cli = {.settings = {.timeout_ms = 0}};
    struct invocation invocation = {.command = NULL};
    enum exit_code code = parse(&invocation, &cli.settings, argc, argv);
    if (code == EXIT_DONE) {
        output_open(&cli.output, cli.settings.colour);
        code = run(&cli, &invocation);
        enum exit_code written = output_close(&cli.output);
        if (code == EXIT_DONE)
            code = written;
    }
    free(invocation.settings);
    return (int)code;
}
