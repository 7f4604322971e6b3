#include "help.h"

#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 79,
    INDENT = 2,
    SUMMARY_COLUMN = 12,
    OPTION_COLUMN = 26
};

static const char *const group_titles[] = {
    [GROUP_READ] = "Look around",
    [GROUP_WRITE] = "Change things",
    [GROUP_LOCAL] = "Work without a server",
};

static const char exit_codes[] = "   0  done\n"
                                 "   1  failed in another way\n"
                                 "   2  the command line makes no sense\n"
                                 "   3  not a valid document\n"
                                 "   4  the server refused (HTTP 4xx)\n"
                                 "   5  the server failed (HTTP 5xx)\n"
                                 "   6  unreachable: network, TLS, time-out\n"
                                 "   7  name not found or ambiguous, or no match\n"
                                 "   8  precondition failed (HTTP 412)\n"
                                 "   9  incomplete: a limit was hit\n"
                                 " 130  interrupted\n";

static void put_heading(struct output *output, const char *heading)
{
    output_string(output, "\n");
    output_text(output, heading, STYLE_HEADING);
    output_string(output, "\n");
}

/* Writes words, broken into lines that begin at `indent`; the first is already there. */
static void put_wrapped(struct output *output, const char *text, size_t indent)
{
    size_t column = indent;
    while (*text != '\0') {
        size_t word = strcspn(text, " \n");
        if (column != indent && column + 1 + word > WIDTH) {
            output_string(output, "\n");
            output_spaces(output, indent);
            column = indent;
        } else if (column != indent) {
            output_string(output, " ");
            column++;
        }
        output_bytes(output, text, word);
        column += word;
        text += word;
        text += *text == ' ';
        if (*text == '\n') {
            output_string(output, "\n");
            output_spaces(output, indent);
            column = indent;
            text++;
        }
    }
    output_string(output, "\n");
}

static void put_option(struct output *output, const struct option *option)
{
    char left[80];
    int length = snprintf(
        left, sizeof left, "%c%c%c --%s%s%s", option->letter != 0 ? '-' : ' ',
        option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ',' : ' ',
        option->name, option->argument != NULL ? " " : "",
        option->argument != NULL ? option->argument : "");
    output_spaces(output, INDENT);
    output_text(output, left, STYLE_PLAIN);
    size_t column = INDENT + (size_t)length;
    if (column + 2 > OPTION_COLUMN) {
        output_string(output, "\n");
        column = 0;
    }
    output_spaces(output, OPTION_COLUMN - column);
    put_wrapped(output, option->help, OPTION_COLUMN);
}

static void put_options(struct output *output, const struct option *options)
{
    for (; options->name != NULL; options++)
        put_option(output, options);
}

/* Lines that are laid out already, each indented. */
static void put_lines(struct output *output, const char *lines)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        output_spaces(output, INDENT);
        output_bytes(output, lines, length);
        output_string(output, "\n");
        lines += length + (lines[length] == '\n');
    }
}

static void put_group(struct output *output, enum command_group group)
{
    put_heading(output, group_titles[group]);
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (commands[i]->group != group)
            continue;
        output_spaces(output, INDENT);
        output_text(output, commands[i]->name, STYLE_NAME);
        output_spaces(output, SUMMARY_COLUMN - INDENT - strlen(commands[i]->name));
        output_string(output, commands[i]->summary);
        output_string(output, "\n");
    }
}

void help_print(struct output *output)
{
    output_string(output, "Usage: shoji-cli [OPTION...] COMMAND [ARGUMENT...]\n\n");
    put_wrapped(output,
                "Browses, edits and checks Shoji APIs: JSON catalogs in which a program "
                "finds everything by following names from one IRI.",
                0);
    put_group(output, GROUP_READ);
    put_group(output, GROUP_WRITE);
    put_group(output, GROUP_LOCAL);
    put_heading(output, "Options, before the command or after it");
    put_options(output, general_options);
    put_heading(output, "Exit codes");
    put_lines(output, exit_codes);
    put_heading(output, "For example");
    put_lines(output, "shoji-cli tree http://127.0.0.1:8642/ --depth 1\n"
                      "shoji-cli follow http://127.0.0.1:8642/ countries "
                      "\"by alpha_2\" alpha_2=JP\n");
    output_string(output, "\nEach command has its own help: shoji-cli tree --help\n");
}

void help_print_command(struct output *output, const struct command *command)
{
    char usage[256];
    snprintf(usage, sizeof usage, "Usage: shoji-cli %s %s", command->name,
             command->usage);
    put_wrapped(output, usage, 0);
    output_string(output, "\n");
    put_wrapped(output, command->description, 0);
    if (command->options->name != NULL || command->shared_options != NULL) {
        put_heading(output, "Options");
        put_options(output, command->options);
        if (command->shared_options != NULL)
            put_options(output, command->shared_options);
    }
    put_heading(output, "Examples");
    put_lines(output, command->examples);
    if (command->exit_codes != NULL) {
        put_heading(output, "Exit codes");
        put_lines(output, command->exit_codes);
    }
    output_string(output, "\nOptions that all commands take: shoji-cli --help\n");
}
