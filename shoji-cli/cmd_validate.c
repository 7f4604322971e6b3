#include "input.h"
#include "json.h"
#include "reading.h"

#include <stdio.h>
#include <string.h>

/* One file on its way through validation. */
struct report {
    struct cli *cli;
    const char *file;
    size_t faults;
};

/* The object for programs: of a fault, or where there is none of a valid document. */
static void write_report(shoji_writer *writer, const char *file, const shoji_error *fault,
                         shoji_element element)
{
    shoji_writer_begin_object(writer);
    json_member_text(writer, "file", file);
    shoji_writer_name(writer, "valid");
    shoji_writer_boolean(writer, fault == NULL);
    if (fault == NULL) {
        json_member_text(writer, "element", shoji_element_text(element));
    } else {
        json_member_size(writer, "line", fault->line);
        json_member_size(writer, "column", fault->column);
        json_member_size(writer, "offset", fault->offset);
        json_member_text(writer, "pointer", fault->pointer);
        if (fault->code != NULL)
            json_member_text(writer, "code", fault->code);
        json_member_text(writer, "message", fault->message);
    }
    shoji_writer_end_object(writer);
}

static shoji_status print_json(const struct report *report, const shoji_error *fault,
                               shoji_element element)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK) {
        write_report(line.writer, report->file, fault, element);
        status = json_line_print(&line, &report->cli->output);
    }
    json_line_finish(&line);
    return status;
}

/* "FILE:LINE:COLUMN: MESSAGE", the message with the member at fault before it. */
static void print_fault(const struct report *report, const shoji_error *fault)
{
    struct output *output = &report->cli->output;
    char place[64];
    snprintf(place, sizeof place, ":%zu:%zu: ", fault->line, fault->column);
    output_line_text(output, report->file, STYLE_NAME);
    output_string(output, place);
    if (fault->pointer[0] != '\0') {
        output_line_text(output, fault->pointer, STYLE_HEADING);
        output_string(output, ": ");
    }
    output_line_text(output, fault->message, STYLE_PLAIN);
    output_string(output, "\n");
}

static void print_valid(const struct report *report, shoji_element element)
{
    struct output *output = &report->cli->output;
    output_line_text(output, report->file, STYLE_NAME);
    output_string(output, ": ok (");
    output_string(output, shoji_element_text(element));
    output_string(output, ")\n");
}

/* A shoji_fault_callback. */
static shoji_status on_fault(void *context, const shoji_error *fault)
{
    struct report *report = context;
    report->faults++;
    if (report->cli->settings.json)
        return print_json(report, fault, SHOJI_ELEMENT_VALUE);
    print_fault(report, fault);
    return SHOJI_OK;
}

static enum exit_code validate_text(struct report *report, const shoji_buffer *text,
                                    shoji_document_options *options)
{
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    options->fault = on_fault;
    options->fault_context = report;
    shoji_status status =
        shoji_document_parse(&document, text->bytes, text->length, options, &error);
    if (status == SHOJI_NO_MEMORY)
        return failure_memory();
    if (status != SHOJI_OK) {
        /* What is not even JSON ends the reading before there is anything to validate. */
        if (report->faults == 0)
            on_fault(report, &error);
        return failure_code(&error);
    }
    shoji_element element = shoji_document_element(document);
    if (report->cli->settings.json)
        status = print_json(report, NULL, element);
    else
        print_valid(report, element);
    shoji_document_free(document);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code validate_file(struct cli *cli, const char *file,
                                    const struct reading *reading)
{
    shoji_document_options options = reading_options(cli, reading);
    struct report report = {.cli = cli, .file = file};
    shoji_buffer text = SHOJI_BUFFER_INIT;
    enum exit_code code = input_load(&text, file, options.limits.size);
    if (code == EXIT_DONE)
        code = validate_text(&report, &text, &options);
    shoji_buffer_finish(&text);
    return code;
}

/* Of two outcomes the one to end with: a fault that was found tells more than a limit
 * that kept from looking, and that more than a file that could not be read. */
static enum exit_code graver(enum exit_code one, enum exit_code other)
{
    static const enum exit_code order[] = {EXIT_INVALID, EXIT_INCOMPLETE, EXIT_FAILED};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (one == order[i] || other == order[i])
            return order[i];
    }
    return EXIT_DONE;
}

/* Read again, standard input would be found empty, which says nothing of what was sent.
 */
static bool reads_standard_input_twice(struct operands operands)
{
    size_t times = 0;
    for (size_t i = 0; i < operands.count; i++)
        times += strcmp(operands.items[i], "-") == 0;
    return times > 1;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct reading *reading = settings;
    if (reads_standard_input_twice(operands))
        return failure(EXIT_USAGE, "standard input can be read once: give '-' one time");
    enum exit_code result = EXIT_DONE;
    for (size_t i = 0; i < operands.count; i++) {
        enum exit_code code = validate_file(cli, operands.items[i], reading);
        if (code == EXIT_INTERRUPTED)
            return code;
        result = graver(result, code);
    }
    return result;
}

const struct command command_validate = {
    .name = "validate",
    .group = GROUP_LOCAL,
    .usage = "[--as ELEMENT] [--strict] FILE|-...",
    .summary = "check documents",
    .description =
        "Checks Shoji documents and other JSON texts. Prints 'FILE: ok (ELEMENT)' for "
        "one that is valid, and 'FILE:LINE:COLUMN: MESSAGE' for every fault of one that "
        "is not, up to 1,000. With --json each line is an object, of 'file' and 'valid', "
        "and then 'element', or 'line', 'column', 'offset' (in bytes), 'pointer', 'code' "
        "and 'message'. Of several outcomes the exit code is that of the first in this "
        "order: 3, 9, 1, 0.",
    .examples =
        "shoji-cli validate *.json\n"
        "shoji-cli get http://127.0.0.1:8642/ | shoji-cli validate --as catalog -\n",
    .exit_codes = "1  a file could not be read\n"
                  "3  a document is not valid\n"
                  "9  a document is past a limit\n",
    .options = no_options,
    .shared_options = reading_table,
    .settings_size = sizeof(struct reading),
    .least_operands = 1,
    .most_operands = OPERANDS_UNLIMITED,
    .run = run,
};
