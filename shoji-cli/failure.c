#include "failure.h"

#include "progress.h"
#include "text.h"

#include <shoji/buffer.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_SIZE = 4096
};

static void print_line(const char *prefix, const char *message)
{
    shoji_buffer line = SHOJI_BUFFER_INIT;
    progress_clear();
    shoji_status status = shoji_buffer_append_string(&line, prefix);
    if (status == SHOJI_OK)
        status = text_append_safe(&line, message, strlen(message), TEXT_ONE_LINE);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(&line, "\n");
    if (status == SHOJI_OK)
        fwrite(line.bytes, 1, line.length, stderr);
    else
        fputs("shoji-cli: out of memory\n", stderr);
    shoji_buffer_finish(&line);
}

enum exit_code failure(enum exit_code code, const char *format, ...)
{
    char message[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    print_line("shoji-cli: ", message);
    return code;
}

void say(const char *format, ...)
{
    char message[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    print_line("", message);
}

void notice(const char *format, ...)
{
    char message[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    print_line("shoji-cli: note: ", message);
}

enum exit_code failure_memory(void)
{
    return failure(EXIT_FAILED, "out of memory");
}

static enum exit_code http_code(int http_status)
{
    if (http_status == 412)
        return EXIT_PRECONDITION;
    if (http_status >= 500)
        return EXIT_SERVER_ERROR;
    return http_status >= 400 ? EXIT_CLIENT_ERROR : EXIT_FAILED;
}

/* A document, or an answer, that is not as it must be; unless it is a good one that leads
 * to where nobody can go. */
static enum exit_code invalid_code(const shoji_error *error)
{
    bool leads_astray = error->code != NULL && strcmp(error->code, "client.scheme") == 0;
    return leads_astray ? EXIT_FAILED : EXIT_INVALID;
}

enum exit_code failure_code(const shoji_error *error)
{
    switch (error->status) {
    case SHOJI_OK:
        return EXIT_DONE;
    case SHOJI_USAGE:
        return EXIT_USAGE;
    case SHOJI_SYNTAX:
    case SHOJI_INVALID:
        return invalid_code(error);
    case SHOJI_HTTP:
    case SHOJI_PRECONDITION:
        return http_code(error->http_status);
    case SHOJI_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case SHOJI_NOT_FOUND:
    case SHOJI_AMBIGUOUS:
    case SHOJI_NO_MATCH:
        return EXIT_NO_NAME;
    case SHOJI_LIMIT:
        return EXIT_INCOMPLETE;
    case SHOJI_STOPPED:
        return EXIT_INTERRUPTED;
    case SHOJI_NO_MEMORY:
    case SHOJI_RANGE:
    case SHOJI_TYPE:
        break;
    }
    return EXIT_FAILED;
}

/* What to say: a call may fail with a status alone. */
static const char *message_of(const shoji_error *error)
{
    return error->message[0] != '\0' ? error->message : shoji_status_text(error->status);
}

enum exit_code failure_report(const shoji_error *error)
{
    enum exit_code code = failure_code(error);
    const char *member = error->pointer;
    if (error->line == 0)
        return failure(code, "%s", message_of(error));
    return failure(code, "%s (line %zu, column %zu%s%s)", message_of(error), error->line,
                   error->column, member[0] != '\0' ? ", " : "", member);
}

enum exit_code failure_report_in(const char *where, const shoji_error *error)
{
    enum exit_code code = failure_code(error);
    const char *member = error->pointer;
    if (error->line == 0)
        return failure(code, "%s: %s", where, message_of(error));
    return failure(code, "%s:%zu:%zu: %s%s%s", where, error->line, error->column, member,
                   member[0] != '\0' ? ": " : "", message_of(error));
}
