#include "command.h"
#include "input.h"

#include <shoji/document.h>

struct fmt_settings {
    bool compact;
};

static enum exit_code print_document(struct cli *cli, const shoji_document *document,
                                     bool compact)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer_options layout = SHOJI_WRITER_OPTIONS_INIT;
    layout.indent = compact ? 0 : 2;
    shoji_status status = shoji_document_emit(&text, document, &layout);
    if (status == SHOJI_OK)
        output_json_line(&cli->output, &text);
    shoji_buffer_finish(&text);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct fmt_settings *options = settings;
    const char *file = operands.items[0];
    shoji_document_options reading = SHOJI_DOCUMENT_OPTIONS_INIT;
    reading.strict = cli->settings.strict;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = input_load(&text, file, reading.limits.size);
    if (code == EXIT_DONE && shoji_document_parse(&document, text.bytes, text.length,
                                                  &reading, &error) != SHOJI_OK)
        code = failure_report_in(file, &error);
    if (code == EXIT_DONE)
        code = print_document(cli, document, options->compact);
    shoji_document_free(document);
    shoji_buffer_finish(&text);
    return code;
}

static const struct option options[] = {
    {
        .name = "compact",
        .kind = OPTION_FLAG,
        .help = "write no white space but the final line feed",
        .offset = offsetof(struct fmt_settings, compact),
    },
    OPTION_END,
};

const struct command command_fmt = {
    .name = "fmt",
    .group = GROUP_LOCAL,
    .usage = "[--compact] FILE|-",
    .summary = "lay out a document again",
    .description =
        "Reads a Shoji document or any other JSON text and prints it again, indented by "
        "two spaces. The order of members, the members that no draft names and the "
        "spelling "
        "of numbers stay as they are; the arrays of draft 01 become maps.",
    .examples = "shoji-cli fmt users.json\n"
                "shoji-cli get http://127.0.0.1:8642/ | shoji-cli fmt --compact -\n",
    .exit_codes = "3  not JSON, or a Shoji document with a fault\n",
    .options = options,
    .settings_size = sizeof(struct fmt_settings),
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
