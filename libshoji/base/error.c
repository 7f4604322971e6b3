#include "base/error.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>

static const char *const status_texts[] = {
    [SHOJI_OK] = "ok",
    [SHOJI_NO_MEMORY] = "out of memory",
    [SHOJI_USAGE] = "wrong use of a function",
    [SHOJI_SYNTAX] = "malformed text",
    [SHOJI_INVALID] = "not a valid document",
    [SHOJI_LIMIT] = "a limit was hit",
    [SHOJI_RANGE] = "a number is out of range",
    [SHOJI_TYPE] = "a value has another type",
    [SHOJI_NOT_FOUND] = "not found",
    [SHOJI_AMBIGUOUS] = "ambiguous",
    [SHOJI_NO_MATCH] = "no match",
    [SHOJI_STOPPED] = "stopped",
    [SHOJI_UNREACHABLE] = "unreachable",
    [SHOJI_HTTP] = "the server answered with an error",
    [SHOJI_PRECONDITION] = "a precondition did not hold",
};

const char *shoji_status_text(shoji_status status)
{
    size_t index = (size_t)status;
    if (index >= sizeof status_texts / sizeof status_texts[0])
        return "unknown status";
    return status_texts[index];
}

/* Ends a cut text with "..." in place of its last, perhaps partial, characters. */
static void end_with_dots(char *text, size_t length, size_t size)
{
    size_t room = size - sizeof "...";
    size_t keep = shoji__utf8_valid_prefix(text, length < room ? length : room);
    memcpy(text + keep, "...", sizeof "...");
}

shoji_status shoji__fail_list(shoji_error *error, shoji_status status, const char *code,
                              const char *format, va_list arguments)
{
    if (error == NULL)
        return status;
    *error = (shoji_error)SHOJI_ERROR_INIT;
    error->status = status;
    error->code = code;
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length >= (int)sizeof error->message)
        end_with_dots(error->message, sizeof error->message - 1, sizeof error->message);
    return status;
}

shoji_status shoji__fail(shoji_error *error, shoji_status status, const char *code,
                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    shoji__fail_list(error, status, code, format, arguments);
    va_end(arguments);
    return status;
}

shoji_status shoji__fail_memory(shoji_error *error)
{
    return shoji__fail(error, SHOJI_NO_MEMORY, NULL, "out of memory");
}

shoji_status shoji__fail_as(shoji_error *error, const shoji_error *fault)
{
    if (error != NULL)
        *error = *fault;
    return fault->status;
}

void shoji__error_place(shoji_error *error, size_t line, size_t column, size_t offset)
{
    if (error == NULL)
        return;
    error->line = line;
    error->column = column;
    error->offset = offset;
}

/* Appends to a pointer; as much as there is room for, and false, where that is less. */
static bool pointer_put(shoji_error *error, size_t *length, struct shoji__slice bytes)
{
    size_t room = sizeof error->pointer - 1 - *length;
    size_t most = bytes.length < room ? bytes.length : room;
    memcpy(error->pointer + *length, bytes.bytes, most);
    *length += most;
    error->pointer[*length] = '\0';
    return most == bytes.length;
}

void shoji__error_pointer(shoji_error *error, const char *parent,
                          struct shoji__slice name)
{
    if (error == NULL)
        return;
    size_t length = 0;
    bool fits = pointer_put(error, &length, shoji__slice_of(parent)) &&
                pointer_put(error, &length, shoji__slice_of("/"));
    /* A NUL would end the pointer there, and so make it another member's. */
    for (size_t i = 0; i < name.length && fits; i++)
        fits = name.bytes[i] != '\0' &&
               pointer_put(error, &length, shoji__token_escape(&name.bytes[i]));
    if (!fits)
        end_with_dots(error->pointer, length, sizeof error->pointer);
}

const char *shoji__excerpt_into(char *excerpt, size_t size, const char *bytes,
                                size_t length)
{
    static const char dots[] = "...";
    size_t used = 0;
    size_t at = 0;
    while (at < length) {
        size_t step = shoji__utf8_decode(bytes + at, length - at, NULL);
        size_t width = step != 0 ? step : 1;
        if (used + width + sizeof dots > size) {
            memcpy(excerpt + used, dots, sizeof dots);
            return excerpt;
        }
        bool control = step == 1 && ((unsigned char)bytes[at] < ' ' || bytes[at] == 0x7f);
        if (step == 0 || control)
            excerpt[used] = control ? ' ' : '?';
        else
            memcpy(excerpt + used, bytes + at, step);
        used += width;
        at += width;
    }
    excerpt[used] = '\0';
    return excerpt;
}

const char *shoji__excerpt(char excerpt[SHOJI__EXCERPT_SIZE], const char *bytes,
                           size_t length)
{
    return shoji__excerpt_into(excerpt, SHOJI__EXCERPT_SIZE, bytes, length);
}
