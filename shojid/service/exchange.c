#include "service/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void exchange_response_finish(struct exchange_response *response)
{
    for (size_t i = 0; i < response->header_count; i++)
        free(response->headers[i].value);
    response->header_count = 0;
    shoji_buffer_finish(&response->body);
}

const char *exchange_header(const struct exchange_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

const char *exchange_list_header(const struct exchange_request *request, const char *name,
                                 char room[EXCHANGE_LIST_SIZE])
{
    bool found = false;
    size_t used = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const char *value = request->headers[i].value;
        if (strcasecmp(request->headers[i].name, name) != 0)
            continue;
        size_t length = strlen(value);
        if (length + 2 > EXCHANGE_LIST_SIZE - used)
            return "";
        if (found)
            room[used++] = ',';
        memcpy(room + used, value, length + 1);
        used += length;
        found = true;
    }
    return found ? room : NULL;
}

static void drop_control_characters(char *text)
{
    char *kept = text;
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x20 && *at != 0x7F)
            *kept++ = *at;
    *kept = '\0';
}

static char *format_text(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

bool exchange_set_header(struct exchange_response *response, const char *name,
                         const char *format, ...)
{
    size_t at = 0;
    while (at < response->header_count &&
           strcasecmp(response->headers[at].name, name) != 0)
        at++;
    if (at == EXCHANGE_HEADER_MAXIMUM)
        return false;

    va_list arguments;
    va_start(arguments, format);
    char *value = format_text(format, arguments);
    va_end(arguments);
    if (value == NULL)
        return false;
    drop_control_characters(value);

    if (at == response->header_count)
        response->header_count++;
    else
        free(response->headers[at].value);
    response->headers[at].name = name;
    response->headers[at].value = value;
    return true;
}

bool exchange_add_to_list(struct exchange_response *response, const char *name,
                          const char *item)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcasecmp(response->headers[i].name, name) != 0)
            continue;
        return exchange_set_header(response, name, "%s, %s", response->headers[i].value,
                                   item);
    }
    return exchange_set_header(response, name, "%s", item);
}
