#include "store/fail.h"

#include <stdarg.h>
#include <stdio.h>

shoji_status store_fail(shoji_error *error, shoji_status status, const char *code,
                        const char *format, ...)
{
    if (error == NULL)
        return status;
    *error = (shoji_error)SHOJI_ERROR_INIT;
    error->status = status;
    error->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

shoji_status store_fail_memory(shoji_error *error)
{
    return store_fail(error, SHOJI_NO_MEMORY, NULL, "out of memory");
}

shoji_status store_fail_status(shoji_error *error, shoji_status status)
{
    return store_fail(error, status, NULL, "%s", shoji_status_text(status));
}

shoji_status store_conclude(shoji_error *error, shoji_status own, shoji_status called)
{
    shoji_status status = own != SHOJI_OK ? own : called;
    return status == SHOJI_NO_MEMORY ? store_fail_memory(error) : status;
}
