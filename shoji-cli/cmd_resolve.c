#include "command.h"

#include <shoji/iri.h>

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    (void)settings;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_base_rule rule = (shoji_base_rule)cli->settings.base_rule;
    enum exit_code code = EXIT_DONE;
    if (shoji_iri_resolve(&iri, operands.items[0], operands.items[1], rule, &error) ==
        SHOJI_OK) {
        output_text(&cli->output, iri.bytes, STYLE_PLAIN);
        output_string(&cli->output, "\n");
    } else if (error.status == SHOJI_SYNTAX) {
        code = failure(EXIT_USAGE, "%s", error.message);
    } else {
        code = failure_report(&error);
    }
    shoji_buffer_finish(&iri);
    return code;
}

const struct command command_resolve = {
    .name = "resolve",
    .group = GROUP_LOCAL,
    .usage = "BASE REFERENCE [--base-rule auto|rfc3986|below]",
    .summary = "resolve a reference against a base",
    .description =
        "Prints the IRI that the reference stands for, by RFC 3986, section 5.2, on "
        "IRIs. "
        "With --base-rule below, a base without a slash at its end is taken to have one, "
        "as draft 02's examples have it.",
    .examples = "shoji-cli resolve http://example.org/users/ ../bills\n"
                "shoji-cli resolve --base-rule below http://example.org/users 1\n",
    .exit_codes = "2  the base is no absolute IRI, or the reference no reference\n",
    .options = no_options,
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
