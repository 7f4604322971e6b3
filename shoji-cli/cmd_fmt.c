#include "input.h"
#include "reading.h"

struct fmt_settings {
    struct reading reading;
    bool compact;
    bool ascii;
    unsigned long indent; /* 0 where it is not given */
};

_Static_assert(offsetof(struct fmt_settings, reading) == 0,
               "reading_table has offsets into the settings");

enum {
    USUAL_INDENT = 2
};

static shoji_writer_options layout_of(const struct fmt_settings *settings)
{
    shoji_writer_options layout = SHOJI_WRITER_OPTIONS_INIT;
    layout.ascii = settings->ascii;
    if (!settings->compact)
        layout.indent = settings->indent != 0 ? (unsigned)settings->indent : USUAL_INDENT;
    return layout;
}

static enum exit_code print_document(struct cli *cli, const shoji_document *document,
                                     const shoji_writer_options *layout)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_document_emit(&text, document, layout);
    if (status == SHOJI_OK)
        output_json_line(&cli->output, &text);
    shoji_buffer_finish(&text);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code read_document(shoji_document **document, const char *file,
                                    const shoji_document_options *reading)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = input_load(&text, file, reading->limits.size);
    if (code == EXIT_DONE && shoji_document_parse(document, text.bytes, text.length,
                                                  reading, &error) != SHOJI_OK)
        code = failure_report_in(file, &error);
    shoji_buffer_finish(&text);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct fmt_settings *options = settings;
    if (options->compact && options->indent != 0)
        return failure(EXIT_USAGE, "--compact leaves nothing to --indent: give one only");
    shoji_document_options reading = reading_options(cli, &options->reading);
    shoji_writer_options layout = layout_of(options);
    shoji_document *document = NULL;
    enum exit_code code = read_document(&document, operands.items[0], &reading);
    if (code == EXIT_DONE)
        code = print_document(cli, document, &layout);
    shoji_document_free(document);
    return code;
}

static const struct option options[] = {
    {
        .name = "compact",
        .kind = OPTION_FLAG,
        .help = "write no white space but the final line feed",
        .offset = offsetof(struct fmt_settings, compact),
    },
    {
        .name = "indent",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "how many spaces to indent a level by (default: 2)",
        .offset = offsetof(struct fmt_settings, indent),
        .minimum = 1,
        .maximum = 16,
    },
    {
        .name = "ascii",
        .kind = OPTION_FLAG,
        .help = "write every character that is not ASCII as an escape",
        .offset = offsetof(struct fmt_settings, ascii),
    },
    OPTION_END,
};

const struct command command_fmt = {
    .name = "fmt",
    .group = GROUP_LOCAL,
    .usage = "[--compact | --indent N] [--ascii] [--as ELEMENT] [--strict] FILE|-",
    .summary = "lay out a document again",
    .description =
        "Reads a Shoji document or any other JSON text and prints it again, indented by "
        "two spaces. The order of members, the members that no draft names and the "
        "spelling of numbers stay as they are; the arrays of draft 01 become maps. Of "
        "members of one name the last is kept where JSON allows them. Nothing is printed "
        "of a text that has a fault.",
    .examples = "shoji-cli fmt users.json\n"
                "shoji-cli get http://127.0.0.1:8642/ | shoji-cli fmt --compact -\n",
    .exit_codes = "1  the file could not be read\n"
                  "3  not JSON, or a Shoji document with a fault\n"
                  "9  the document is past a limit\n",
    .options = options,
    .shared_options = reading_table,
    .settings_size = sizeof(struct fmt_settings),
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
