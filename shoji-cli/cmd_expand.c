#include "command.h"
#include "input.h"
#include "variables.h"

#include <shoji/template.h>
#include <shoji/value.h>

#include <string.h>

struct expand_settings {
    const char *vars;
};

static enum exit_code refused(shoji_status status, const char *file, const char *name)
{
    switch (status) {
    case SHOJI_TYPE:
        return failure(EXIT_INVALID,
                       "%s: the variable '%s' holds an array or object inside of one, "
                       "which no template can expand",
                       file, name);
    case SHOJI_SYNTAX:
        return failure(EXIT_INVALID,
                       "%s: the variable '%s' holds a NUL, which no IRI can", file, name);
    case SHOJI_LIMIT:
        return failure(EXIT_INCOMPLETE, "%s: too many variables at '%s'", file, name);
    default:
        return failure_memory();
    }
}

/* Whether a member is wanted: one that the template names, and that is not set already. A
 * file of variables may serve many templates, so the others are not even looked at. */
static bool is_wanted(const shoji_template *tmpl, const shoji_variables *variables,
                      const shoji_member *member)
{
    return strlen(member->name) == member->name_length &&
           shoji_template_has(tmpl, member->name) &&
           shoji_variables_kind(variables, member->name, NULL) == SHOJI_UNDEFINED;
}

static enum exit_code set_members(shoji_variables *variables, const shoji_template *tmpl,
                                  shoji_value object, const char *file)
{
    if (shoji_value_type(object) != SHOJI_OBJECT)
        return failure(EXIT_INVALID,
                       "%s: variables must be a JSON object, such as {\"code\": \"JP\"}",
                       file);
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    while (shoji_members_next(&members, &member)) {
        if (!is_wanted(tmpl, variables, &member))
            continue;
        shoji_status status =
            shoji_variables_set_value(variables, member.name, member.value);
        if (status != SHOJI_OK)
            return refused(status, file, member.name);
    }
    return EXIT_DONE;
}

static enum exit_code read_file(shoji_variables *variables, const shoji_template *tmpl,
                                const char *file)
{
    const shoji_limits limits = SHOJI_LIMITS_INIT;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = input_load(&text, file, limits.size);
    if (code == EXIT_DONE &&
        shoji_tree_parse(&tree, text.bytes, text.length, &limits, &error) != SHOJI_OK)
        code = failure_report_in(file, &error);
    if (code == EXIT_DONE)
        code = set_members(variables, tmpl, shoji_tree_root(tree), file);
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
    return code;
}

static enum exit_code read_arguments(shoji_variables **variables, char **items,
                                     size_t count)
{
    if (shoji_variables_new(variables) != SHOJI_OK)
        return failure_memory();
    for (size_t i = 0; i < count; i++) {
        if (!variables_is_assignment(items[i]))
            return failure(EXIT_USAGE,
                           "'%s' is not VAR=VALUE, with letters, digits, '_' and '.' in "
                           "VAR",
                           items[i]);
        enum exit_code code = variables_assign(variables, items[i]);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

/* A variable that is not the template's has no effect (RFC 6570, section 3.2.1), but is
 * likely a slip where somebody wrote it out. */
static void note_unknown(const shoji_template *tmpl, const shoji_variables *variables)
{
    for (size_t i = 0; i < shoji_variables_count(variables); i++) {
        const char *name = shoji_variables_name(variables, i);
        if (!shoji_template_has(tmpl, name))
            notice("the template has no variable '%s'", name);
    }
}

static enum exit_code print_expansion(struct cli *cli, const shoji_template *tmpl,
                                      const shoji_variables *variables)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = EXIT_DONE;
    if (shoji_template_expand(&expansion, tmpl, variables, &error) == SHOJI_OK) {
        output_text(&cli->output, expansion.length != 0 ? expansion.bytes : "",
                    STYLE_PLAIN);
        output_string(&cli->output, "\n");
    } else if (error.status == SHOJI_INVALID) {
        code = failure(EXIT_USAGE, "%s", error.message);
    } else {
        code = failure_report(&error);
    }
    shoji_buffer_finish(&expansion);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct expand_settings *options = settings;
    shoji_template *tmpl = NULL;
    shoji_variables *variables = NULL;
    enum exit_code code = variables_compile(&tmpl, operands.items[0]);
    if (code == EXIT_DONE)
        code = read_arguments(&variables, operands.items + 1, operands.count - 1);
    if (code == EXIT_DONE && !cli->settings.quiet)
        note_unknown(tmpl, variables);
    if (code == EXIT_DONE && options->vars != NULL)
        code = read_file(variables, tmpl, options->vars);
    if (code == EXIT_DONE)
        code = print_expansion(cli, tmpl, variables);
    shoji_variables_free(variables);
    shoji_template_free(tmpl);
    return code;
}

static const struct option options[] = {
    {
        .name = "vars",
        .kind = OPTION_TEXT,
        .argument = "FILE|-",
        .help = "take variables from a JSON object as well: strings, numbers, booleans, "
                "lists, objects, and null for undefined; those on the command line come "
                "first, and those that the template does not name are passed over",
        .offset = offsetof(struct expand_settings, vars),
    },
    OPTION_END,
};

const struct command command_expand = {
    .name = "expand",
    .group = GROUP_LOCAL,
    .usage = "TEMPLATE [VAR=VALUE...] [--vars FILE|-]",
    .summary = "fill in a URI template (RFC 6570)",
    .description = "Prints the expansion of a URI template of any level of RFC 6570, and "
                   "a line feed. "
                   "VAR=VALUE is a string; the same VAR again makes a list. A variable "
                   "that the template does not name has no effect.",
    .examples = "shoji-cli expand 'sellers{?sold_count}' sold_count=387\n"
                "echo '{\"keys\": {\"a\": 1}}' | shoji-cli expand '{;keys*}' --vars -\n",
    .exit_codes = "2  the template is malformed (the message says where), or takes\n"
                  "   a prefix of a list or map\n"
                  "3  the file of variables is not one\n"
                  "9  the expansion, or what goes into it, is past a limit\n",
    .options = options,
    .settings_size = sizeof(struct expand_settings),
    .least_operands = 1,
    .most_operands = OPERANDS_UNLIMITED,
    .run = run,
};
