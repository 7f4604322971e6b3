#include "command.h"

#include <shoji/iri.h>

/* How the IRI is printed. */
enum form {
    FORM_WRITTEN,
    FORM_IRI,
    FORM_URI,
    FORM_NORMAL,
    FORM_RELATIVE
};

struct resolve_settings {
    unsigned form;
};

static const char *const forms[] = {
    [FORM_WRITTEN] = "written", [FORM_IRI] = "iri",           [FORM_URI] = "uri",
    [FORM_NORMAL] = "normal",   [FORM_RELATIVE] = "relative", NULL,
};

/* Brings the IRI into the form asked for. */
static shoji_status convert(shoji_buffer *text, enum form form, const char *base,
                            const char *iri, shoji_error *error)
{
    switch (form) {
    case FORM_IRI:
        return shoji_iri_from_uri(text, iri, error);
    case FORM_URI:
        return shoji_iri_to_uri(text, iri, error);
    case FORM_NORMAL:
        return shoji_iri_normalize(text, iri, error);
    case FORM_RELATIVE:
        return shoji_iri_relativize(text, base, iri, error);
    case FORM_WRITTEN:
        break;
    }
    return shoji_buffer_append_string(text, iri);
}

/* Both operands are of the command line: what is wrong with them is wrong with it. */
static enum exit_code refused(shoji_status status, const shoji_error *error)
{
    if (status == SHOJI_NO_MEMORY)
        return failure_memory();
    if (status == SHOJI_SYNTAX || status == SHOJI_INVALID)
        return failure(EXIT_USAGE, "%s", error->message);
    return failure_report(error);
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct resolve_settings *options = settings;
    enum form form = (enum form)options->form;
    const char *base = operands.items[0][0] != '\0' ? operands.items[0] : NULL;
    if (form == FORM_RELATIVE && base == NULL)
        return failure(EXIT_USAGE, "--as relative needs a BASE to lead from");
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = EXIT_DONE;
    shoji_status status = shoji_iri_resolve(
        &iri, base, operands.items[1], (shoji_base_rule)cli->settings.base_rule, &error);
    if (status == SHOJI_OK)
        status = convert(&text, form, base, iri.bytes, &error);
    if (status == SHOJI_OK) {
        output_text(&cli->output, text.length != 0 ? text.bytes : "", STYLE_PLAIN);
        output_string(&cli->output, "\n");
    } else {
        code = refused(status, &error);
    }
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&iri);
    return code;
}

static const struct option options[] = {
    {
        .name = "as",
        .kind = OPTION_CHOICE,
        .argument = "written|iri|uri|normal|relative",
        .help =
            "how to print it: with its characters as they were written (the default); "
            "as an IRI, for people; as a URI, for the wire; in its normal form, which "
            "IRIs of one resource share; or as the shortest reference that leads there "
            "from BASE",
        .offset = offsetof(struct resolve_settings, form),
        .choices = forms,
    },
    OPTION_END,
};

const struct command command_resolve = {
    .name = "resolve",
    .group = GROUP_LOCAL,
    .usage = "BASE REFERENCE [--as FORM] [--base-rule auto|rfc3986|below]",
    .summary = "resolve a reference against a base",
    .description =
        "Prints the IRI that the reference stands for, by RFC 3986, section 5.2, on "
        "IRIs. An empty BASE is none: the reference must be absolute then. "
        "With --base-rule below, a base without a slash at its end is taken to have one, "
        "as draft 02's examples have it.",
    .examples = "shoji-cli resolve http://example.org/users/ ../bills\n"
                "shoji-cli resolve --base-rule below http://example.org/users 1\n"
                "shoji-cli resolve --as normal '' HTTP://Example.org:80/%7Eshoji\n",
    .exit_codes = "2  the base is no absolute IRI, or the reference no reference\n"
                  "9  an IRI is longer than 64 KiB\n",
    .options = options,
    .settings_size = sizeof(struct resolve_settings),
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
