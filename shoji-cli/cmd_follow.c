#include "command.h"
#include "session.h"
#include "variables.h"

#include <shoji/client.h>

#include <stdlib.h>
#include <string.h>

struct follow_settings {
    const char *by;
};

/* The steps of the command line. */
struct path {
    shoji_step *steps;
    shoji_variables **variables; /* of each step, owned; NULL for none */
    size_t count;
};

static void path_finish(struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        shoji_variables_free(path->variables[i]);
    free(path->variables);
    free(path->steps);
}

static enum exit_code path_init(struct path *path, size_t most)
{
    *path = (struct path){.steps = NULL};
    path->steps = calloc(most + 1, sizeof *path->steps);
    path->variables = calloc(most + 1, sizeof *path->variables);
    return path->steps != NULL && path->variables != NULL ? EXIT_DONE : failure_memory();
}

/* Takes one argument: a name begins a step, a variable belongs to the step before it. */
static enum exit_code path_add(struct path *path, const char *argument, const char *by)
{
    bool is_variable = variables_is_assignment(argument);
    if (is_variable && path->count == 0)
        return failure(EXIT_USAGE,
                       "'%s' follows no name, so there is no template to give it to; a "
                       "name that holds '=' is written MAP:NAME, as catalogs:%s",
                       argument, argument);
    if (!is_variable) {
        path->steps[path->count].name = argument;
        path->steps[path->count].attribute = by;
        path->count++;
        return EXIT_DONE;
    }
    size_t last = path->count - 1;
    enum exit_code code = variables_assign(&path->variables[last], argument);
    path->steps[last].variables = path->variables[last];
    return code;
}

static enum exit_code follow(struct cli *cli, const char *iri, const struct path *path)
{
    shoji_session *session = NULL;
    enum exit_code code = session_open(&session, cli, iri);
    if (code != EXIT_DONE)
        return code;
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_follow(&response, session, iri, path->steps, path->count, &error);
    if (status == SHOJI_OK)
        code = session_print(cli, response);
    else
        code = session_failure(cli, response, &error);
    shoji_response_free(response);
    shoji_session_free(session);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct follow_settings *options = settings;
    struct path path;
    enum exit_code code = path_init(&path, operands.count);
    for (size_t i = 1; i < operands.count && code == EXIT_DONE; i++)
        code = path_add(&path, operands.items[i], options->by);
    if (code == EXIT_DONE)
        code = follow(cli, operands.items[0], &path);
    path_finish(&path);
    return code;
}

static const struct option options[] = {
    {
        .name = "by",
        .kind = OPTION_TEXT,
        .argument = "ATTRIBUTE",
        .help = "find entities by this attribute of their tuples (default: name)",
        .offset = offsetof(struct follow_settings, by),
    },
    OPTION_END,
};

const struct command command_follow = {
    .name = "follow",
    .group = GROUP_READ,
    .usage = "IRI NAME... [VAR=VALUE...] [--by ATTRIBUTE]",
    .summary = "go from an IRI by names, and print what is there",
    .description =
        "Starts at the IRI and follows each NAME in turn: a link of the document, or an "
        "entity of the catalog by its reference, the last segment of that, or an "
        "attribute. Prints the last document as 'get' does.\n\n"
        "A VAR=VALUE fills in the template of the name that it comes after; the same VAR "
        "again makes a list. MAP:NAME, as in catalogs:bills, says which map to look in, "
        "and is how to write a name that holds '='.",
    .examples = "shoji-cli follow http://127.0.0.1:8642/ countries Japan\n"
                "shoji-cli follow http://127.0.0.1:8642/ countries \"by alpha_2\" "
                "alpha_2=JP JP\n",
    .exit_codes = "7  a name was not found, or is ambiguous\n"
                  "2  a variable that the template does not have\n",
    .options = options,
    .settings_size = sizeof(struct follow_settings),
    .least_operands = 2,
    .most_operands = OPERANDS_UNLIMITED,
    .run = run,
};
