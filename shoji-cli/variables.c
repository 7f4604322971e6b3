#include "variables.h"

#include <shoji/buffer.h>

#include <string.h>

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_hexadecimal(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* The length of the varchar that a text begins with: 1, 3 for a percent-encoded one, 0
 * for none. */
static size_t varchar_length(const char *text)
{
    if (is_alphanumeric(text[0]) || text[0] == '_')
        return 1;
    return text[0] == '%' && is_hexadecimal(text[1]) && is_hexadecimal(text[2]) ? 3 : 0;
}

bool variables_is_assignment(const char *argument)
{
    for (;;) {
        size_t length = varchar_length(argument);
        if (length == 0)
            return false;
        argument += length;
        if (*argument == '=')
            return true;
        if (*argument == '.')
            argument++;
    }
}

static shoji_status assign(shoji_variables *variables, const char *name,
                           const char *value)
{
    if (shoji_variables_kind(variables, name, NULL) == SHOJI_UNDEFINED)
        return shoji_variables_set(variables, name, value);
    return shoji_variables_add(variables, name, value);
}

enum exit_code variables_assign(shoji_variables **variables, const char *argument)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    size_t length = strcspn(argument, "=");
    shoji_status status = SHOJI_OK;
    if (*variables == NULL)
        status = shoji_variables_new(variables);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&name, argument, length);
    if (status == SHOJI_OK)
        status = assign(*variables, name.bytes, argument + length + 1);
    shoji_buffer_finish(&name);
    switch (status) {
    case SHOJI_OK:
        return EXIT_DONE;
    case SHOJI_SYNTAX:
        return failure(EXIT_USAGE, "the value of '%s' is not UTF-8", argument);
    case SHOJI_LIMIT:
        return failure(EXIT_INCOMPLETE, "too many variables at '%s'", argument);
    default:
        return failure_memory();
    }
}

enum exit_code variables_compile(shoji_template **tmpl, const char *text)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_template_compile(tmpl, text, &error) == SHOJI_OK)
        return EXIT_DONE;
    if (error.status == SHOJI_SYNTAX)
        return failure(EXIT_USAGE, "%s", error.message);
    return failure_report(&error);
}
