#include "http/answer.h"

#include <shoji/protocol.h>

size_t answer_body_length(const struct exchange_response *response)
{
    return response->no_body ? 0 : response->body.length;
}

/* RFC 9110, section 8.6: no length where there can be no content. That of a HEAD is what
 * a GET would have. */
static bool has_length(const struct exchange_response *response)
{
    return response->status >= 200 && response->status != 204 && response->status != 304;
}

shoji_status answer_append_head(shoji_buffer *bytes,
                                const struct exchange_response *response, const char *id,
                                bool http_1_1, bool keep_alive, int64_t now)
{
    char date[SHOJI_HTTP_DATE_SIZE];
    shoji_http_date_format(date, now);
    shoji_status status = shoji_buffer_append_format(
        bytes, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %s\r\n", response->status,
        shoji_http_phrase(response->status), date, id);
    for (size_t i = 0; status == SHOJI_OK && i < response->header_count; i++)
        status = shoji_buffer_append_format(
            bytes, "%s: %s\r\n", response->headers[i].name, response->headers[i].value);
    if (status == SHOJI_OK && has_length(response))
        status = shoji_buffer_append_format(bytes, "Content-Length: %zu\r\n",
                                            response->body.length);
    if (status == SHOJI_OK && !keep_alive)
        status = shoji_buffer_append_string(bytes, "Connection: close\r\n");
    if (status == SHOJI_OK && keep_alive && !http_1_1)
        status = shoji_buffer_append_string(bytes, "Connection: keep-alive\r\n");
    return status != SHOJI_OK ? status : shoji_buffer_append(bytes, "\r\n", 2);
}
