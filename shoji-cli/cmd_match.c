#include "command.h"
#include "json.h"
#include "variables.h"

#include <shoji/template.h>

/* Writes one variable as what it holds: a string, an array or an object. */
static void write_variable(shoji_writer *writer, const shoji_variables *values,
                           const char *name)
{
    size_t size;
    const char *key;
    const char *value;
    shoji_variable_kind kind = shoji_variables_kind(values, name, &size);
    if (kind == SHOJI_UNDEFINED)
        return;
    shoji_writer_name(writer, name);
    if (kind == SHOJI_VARIABLE_LIST)
        shoji_writer_begin_array(writer);
    else if (kind == SHOJI_VARIABLE_MAP)
        shoji_writer_begin_object(writer);
    for (size_t i = 0; shoji_variables_get(values, name, i, &key, &value); i++) {
        if (key != NULL)
            shoji_writer_name(writer, key);
        shoji_writer_string(writer, value);
    }
    if (kind == SHOJI_VARIABLE_LIST)
        shoji_writer_end_array(writer);
    else if (kind == SHOJI_VARIABLE_MAP)
        shoji_writer_end_object(writer);
}

static enum exit_code print_values(struct cli *cli, const shoji_variables *values)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK) {
        shoji_writer_begin_object(line.writer);
        for (size_t i = 0; i < shoji_variables_count(values); i++)
            write_variable(line.writer, values, shoji_variables_name(values, i));
        shoji_writer_end_object(line.writer);
        status = json_line_print(&line, &cli->output);
    }
    json_line_finish(&line);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    (void)settings;
    shoji_template *tmpl = NULL;
    shoji_variables *values = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = variables_compile(&tmpl, operands.items[0]);
    if (code != EXIT_DONE)
        return code;
    if (shoji_template_match(&values, tmpl, operands.items[1], &error) == SHOJI_OK)
        code = print_values(cli, values);
    else
        code = failure_report(&error);
    shoji_variables_free(values);
    shoji_template_free(tmpl);
    return code;
}

const struct command command_match = {
    .name = "match",
    .group = GROUP_LOCAL,
    .usage = "TEMPLATE IRI",
    .summary = "find the variables that give an IRI",
    .description =
        "Prints, as a JSON object, the values for which the template expands to the IRI: "
        "the inverse of 'expand', whose --vars takes them. Where several would do, each "
        "variable takes the longest match, from left to right.",
    .examples = "shoji-cli match 'sellers{?sold_count}' 'sellers?sold_count=387'\n"
                "shoji-cli match '/by_name/{name}/' '/by_name/J%C3%BCrgen/'\n",
    .exit_codes = "2  the template is malformed\n"
                  "7  no values give this IRI\n"
                  "9  there are too many ways to match it, or it is longer than 64 KiB\n",
    .options = no_options,
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
