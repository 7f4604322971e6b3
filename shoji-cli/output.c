#include "output.h"

#include "text.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DEFAULT_COLUMNS = 80,
    MAXIMUM_COLUMNS = 10000
};

static const char *const style_codes[] = {
    [STYLE_PLAIN] = "",          [STYLE_HEADING] = "\033[1m", [STYLE_NAME] = "\033[1;34m",
    [STYLE_STRING] = "\033[32m", [STYLE_NUMBER] = "\033[36m", [STYLE_WORD] = "\033[35m",
    [STYLE_DIM] = "\033[2m",
};

/* NO_COLOR as no-color.org has it: set, and not empty. */
static bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (no_colour != NULL && no_colour[0] != '\0')
        return false;
    return terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void output_open(struct output *output, enum colour_mode mode)
{
    bool terminal = isatty(STDOUT_FILENO) == 1;
    output->people = terminal || mode == COLOUR_ALWAYS;
    output->colour =
        mode == COLOUR_ALWAYS || (mode == COLOUR_AUTO && terminal && wants_colour());
    output->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    output->error = 0;
}

enum exit_code output_close(struct output *output)
{
    if (fflush(stdout) != 0 && output->error == 0)
        output->error = errno;
    if (output->error == 0)
        return EXIT_DONE;
    /* A reader that has read enough, such as head, has nothing to be told. */
    if (output->error == EPIPE)
        return EXIT_FAILED;
    return failure(EXIT_FAILED, "cannot write to standard output: %s",
                   strerror(output->error));
}

void output_bytes(struct output *output, const char *bytes, size_t length)
{
    if (output->error != 0 || length == 0)
        return;
    errno = 0;
    if (fwrite(bytes, 1, length, stdout) != length)
        output->error = errno != 0 ? errno : EIO;
}

void output_string(struct output *output, const char *string)
{
    output_bytes(output, string, strlen(string));
}

void output_spaces(struct output *output, size_t count)
{
    static const char spaces[] = "                                ";
    while (count != 0) {
        size_t some = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
        output_bytes(output, spaces, some);
        count -= some;
    }
}

void output_begin_style(struct output *output, enum style style)
{
    if (output->colour)
        output_string(output, style_codes[style]);
}

void output_end_style(struct output *output)
{
    if (output->colour)
        output_string(output, "\033[0m");
}

static void put_styled(struct output *output, enum style style, const char *bytes,
                       size_t length)
{
    if (style == STYLE_PLAIN) {
        output_bytes(output, bytes, length);
        return;
    }
    output_begin_style(output, style);
    output_bytes(output, bytes, length);
    output_end_style(output);
}

/* Escapes for a place, then writes; memory that is short counts as a failed write. */
static void put_safe(struct output *output, enum style style, const char *bytes,
                     size_t length, enum text_place place)
{
    shoji_buffer safe = SHOJI_BUFFER_INIT;
    if (text_append_safe(&safe, bytes, length, place) == SHOJI_OK)
        put_styled(output, style, safe.bytes, safe.length);
    else if (output->error == 0)
        output->error = ENOMEM;
    shoji_buffer_finish(&safe);
}

void output_text(struct output *output, const char *text, enum style style)
{
    if (output->people)
        put_safe(output, style, text, strlen(text), TEXT_ONE_LINE);
    else
        output_string(output, text);
}

void output_line_text(struct output *output, const char *text, enum style style)
{
    put_safe(output, style, text, strlen(text), TEXT_ONE_LINE);
}

void output_field(struct output *output, const char *bytes, size_t length)
{
    put_safe(output, STYLE_PLAIN, bytes, length,
             output->people ? TEXT_ONE_LINE : TEXT_FIELD);
}

/* The length of the string that begins at `at`, its quotes included. */
static size_t string_length(const char *json, size_t length)
{
    size_t at = 1;
    while (at < length && json[at] != '"')
        at += json[at] == '\\' ? 2 : 1;
    return at < length ? at + 1 : length;
}

static enum style scalar_style(char first)
{
    return first == '-' || (first >= '0' && first <= '9') ? STYLE_NUMBER : STYLE_WORD;
}

/* Writes JSON that the library has emitted into a buffer, so that its grammar needs no
 * check and a NUL is its end. */
static void put_json(struct output *output, const char *json, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *token = json + at;
        size_t size = 1;
        if (token[0] == '"') {
            size = string_length(token, length - at);
            bool name = at + size < length && token[size] == ':';
            put_safe(output, name ? STYLE_NAME : STYLE_STRING, token, size,
                     TEXT_ONE_LINE);
        } else if (strchr("{}[]:, \n", token[0]) != NULL) {
            output_bytes(output, token, 1);
        } else {
            size = strcspn(token, "{}[]:, \n");
            put_styled(output, scalar_style(token[0]), token, size);
        }
        at += size;
    }
}

void output_json_line(struct output *output, const shoji_buffer *json)
{
    if (output->people)
        put_json(output, json->bytes, json->length);
    else
        output_bytes(output, json->bytes, json->length);
    output_string(output, "\n");
}

enum exit_code output_value(struct output *output, shoji_value value)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer_options layout = SHOJI_WRITER_OPTIONS_INIT;
    layout.indent = output->people ? 2 : 0;
    shoji_status status = shoji_value_emit(&text, value, &layout);
    if (status == SHOJI_OK)
        output_json_line(output, &text);
    shoji_buffer_finish(&text);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

enum exit_code output_body(struct output *output, const char *bytes, size_t length)
{
    if (!output->people) {
        output_bytes(output, bytes, length);
        return EXIT_DONE;
    }
    shoji_tree *tree = NULL;
    shoji_status status = shoji_tree_parse(&tree, bytes, length, NULL, NULL);
    enum exit_code code = EXIT_DONE;
    if (status == SHOJI_OK) {
        code = output_value(output, shoji_tree_root(tree));
    } else {
        put_safe(output, STYLE_PLAIN, bytes, length, TEXT_LINES);
        if (length != 0 && bytes[length - 1] != '\n')
            output_string(output, "\n");
    }
    shoji_tree_free(tree);
    return code;
}

size_t output_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    long number = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return number > 0 && number <= MAXIMUM_COLUMNS ? (size_t)number : DEFAULT_COLUMNS;
}
