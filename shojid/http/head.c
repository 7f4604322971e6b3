#include "http/head.h"

#include <string.h>
#include <strings.h>

const char head_target_detail[] =
    "the target must be a path that begins with a slash, and the host must stand in the "
    "Host header: this server is no proxy";

static bool is_token_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static bool is_token(const char *text)
{
    const char *at = text;
    while (is_token_byte(*at))
        at++;
    return at > text && *at == '\0';
}

static size_t count_fields(const struct exchange_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcasecmp(request->headers[i].name, name) == 0;
    return count;
}

static int check_target(const struct exchange_request *request, const char **detail)
{
    size_t length = strlen(request->path);
    if (request->query != NULL)
        length += 1 + strlen(request->query);
    if (length > HEAD_TARGET_MAXIMUM) {
        *detail = "the target is longer than 8192 bytes; send a shorter one";
        return 414;
    }
    if (request->path[0] != '/') {
        *detail = head_target_detail;
        return 400;
    }
    if (strchr(request->path, '#') != NULL ||
        (request->query != NULL && strchr(request->query, '#') != NULL)) {
        *detail = "the target has a '#': a fragment is not sent; write %23 for the sign";
        return 400;
    }
    return 0;
}

static int check_fields(const struct exchange_request *request, const char **detail)
{
    size_t bytes = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct exchange_header *field = &request->headers[i];
        bytes += strlen(field->name) + strlen(field->value) + 4;
        if (!is_token(field->name)) {
            *detail = "a header field has a name that is none; it takes letters, digits "
                      "and hyphens";
            return 400;
        }
        if (strpbrk(field->value, "\r\n") != NULL) {
            *detail = "a header field has a line break in its value";
            return 400;
        }
    }
    if (bytes > HEAD_FIELDS_MAXIMUM) {
        *detail = "the header fields have more than 16384 bytes; send fewer";
        return 431;
    }
    return 0;
}

static int check_host(const struct exchange_request *request, const char *version,
                      const char **detail)
{
    size_t count = count_fields(request, "Host");
    if (count > 1 || (count == 0 && strcmp(version, "1.1") == 0)) {
        *detail = "an HTTP/1.1 request has exactly one Host header";
        return 400;
    }
    return 0;
}

/* Reads digits alone; what would overflow is taken for the greatest number. */
static bool parse_length(const char *text, uint64_t *length)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10
                                            : value * 10 + (uint64_t)(*text - '0');
    *length = value;
    return *text == '\0';
}

static int check_chunked(const struct exchange_request *request, const char *version,
                         size_t lengths, const char **detail)
{
    const char *encoding = exchange_header(request, "Transfer-Encoding");
    if (lengths > 0) {
        *detail = "the request has both Transfer-Encoding and Content-Length; send one";
        return 400;
    }
    if (strcmp(version, "1.0") == 0) {
        *detail = "an HTTP/1.0 request has no Transfer-Encoding; send Content-Length";
        return 400;
    }
    if (count_fields(request, "Transfer-Encoding") > 1 ||
        strcasecmp(encoding, "chunked") != 0) {
        *detail = "the only Transfer-Encoding that this server reads is chunked";
        return 501;
    }
    return 0;
}

static int check_length(const struct exchange_request *request, size_t lengths,
                        uint64_t maximum, struct head_framing *framing,
                        const char **detail)
{
    if (lengths > 1) {
        *detail = "the request has more than one Content-Length; send one";
        return 400;
    }
    if (!parse_length(exchange_header(request, "Content-Length"), &framing->length)) {
        *detail = "Content-Length must be a number of bytes, in digits alone";
        return 400;
    }
    if (framing->length > maximum) {
        *detail = "the body is larger than this server takes; send it in parts";
        return 413;
    }
    return 0;
}

static int check_body(const struct exchange_request *request, const char *version,
                      uint64_t maximum, struct head_framing *framing, const char **detail)
{
    size_t lengths = count_fields(request, "Content-Length");
    if (count_fields(request, "Transfer-Encoding") > 0) {
        framing->chunked = true;
        return check_chunked(request, version, lengths, detail);
    }
    if (lengths > 0)
        return check_length(request, lengths, maximum, framing, detail);
    if (strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0) {
        *detail = "the request says nothing of a body; send one, with Content-Length";
        return 411;
    }
    return 0;
}

static int check_expect(const struct exchange_request *request,
                        struct head_framing *framing, const char **detail)
{
    const char *expect = exchange_header(request, "Expect");
    if (expect == NULL)
        return 0;
    if (strcasecmp(expect, "100-continue") != 0) {
        *detail = "the only Expect that this server can meet is 100-continue";
        return 417;
    }
    framing->expects_continue = true;
    return 0;
}

/* Whether a Connection header lists an option. */
static bool has_option(const char *list, const char *option)
{
    size_t length = strlen(option);
    const char *at = list;
    while (at != NULL) {
        at += strspn(at, " \t,");
        if (strncasecmp(at, option, length) == 0 && strchr(" \t,", at[length]) != NULL)
            return true;
        at = strchr(at, ',');
    }
    return false;
}

/* The server library closes after any Connection header that does not ask for keep-alive,
 * and after one that asks for another protocol; what is said here must be what it does.
 */
static bool keeps_alive(const struct exchange_request *request, const char *version)
{
    const char *connection = exchange_header(request, "Connection");
    if (connection == NULL)
        return strcmp(version, "1.1") == 0;
    return count_fields(request, "Connection") == 1 &&
           has_option(connection, "keep-alive") && !has_option(connection, "close") &&
           !has_option(connection, "upgrade");
}

int head_check(const struct exchange_request *request, const char *version,
               uint64_t maximum, struct head_framing *framing, const char **detail)
{
    struct head_framing found = {false, 0, false, keeps_alive(request, version)};
    int status = check_target(request, detail);
    if (status == 0)
        status = check_fields(request, detail);
    if (status == 0)
        status = check_host(request, version, detail);
    if (status == 0)
        status = check_body(request, version, maximum, &found, detail);
    if (status == 0)
        status = check_expect(request, &found, detail);
    *framing = found;
    return status;
}

bool head_is_id(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789._-");
    return length >= 1 && length <= 64 && text[length] == '\0';
}
