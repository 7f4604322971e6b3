#include "service/forwarded.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ELEMENT_MAXIMUM = 64 /* proxies in a row */
};

static const char malformed[] =
    "the Forwarded header that the proxy sent is malformed (RFC 7239)";
static const char malformed_for[] =
    "the X-Forwarded-For header that the proxy sent is no list of numeric addresses";

bool forwarded_parse_network(struct forwarded_network *network, const char *text)
{
    char host[INET_ADDRSTRLEN];
    struct in_addr address;
    size_t length = strcspn(text, "/");
    unsigned long bits = 32;
    if (text[length] == '/') {
        const char *digits = text + length + 1;
        size_t count = strspn(digits, "0123456789");
        if (count == 0 || count > 2 || digits[count] != '\0')
            return false;
        bits = strtoul(digits, NULL, 10);
    }
    if (length >= sizeof host || bits > 32)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)length, text);
    if (inet_pton(AF_INET, host, &address) != 1)
        return false;
    network->mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    network->address = ntohl(address.s_addr);
    return (network->address & ~network->mask) == 0;
}

bool forwarded_trusts(const struct forwarded_proxies *proxies, const char *address)
{
    struct in_addr parsed;
    if (proxies->count == 0 || inet_pton(AF_INET, address, &parsed) != 1)
        return false;
    for (size_t i = 0; i < proxies->count; i++)
        if ((ntohl(parsed.s_addr) & proxies->networks[i].mask) ==
            proxies->networks[i].address)
            return true;
    return false;
}

/* A part of a header's value. */
struct span {
    const char *bytes;
    size_t length;
};

static struct span trim(struct span span)
{
    while (span.length > 0 && strchr(" \t", span.bytes[0]) != NULL) {
        span.bytes++;
        span.length--;
    }
    while (span.length > 0 && strchr(" \t", span.bytes[span.length - 1]) != NULL)
        span.length--;
    return span;
}

static bool copy(char *room, size_t size, struct span span)
{
    if (span.length >= size)
        return false;
    memcpy(room, span.bytes, span.length);
    room[span.length] = '\0';
    return true;
}

static bool is_one(struct span span, const char *word)
{
    return span.length == strlen(word) && strncasecmp(span.bytes, word, span.length) == 0;
}

/* Whether a text is nothing, or a colon and digits. */
static bool is_port(const char *text)
{
    if (*text == '\0')
        return true;
    size_t digits = *text == ':' ? strspn(text + 1, "0123456789") : 0;
    return digits > 0 && text[1 + digits] == '\0';
}

/*
 * Reads a node: an IPv4 address, or an IPv6 one in brackets, each with a port or without.
 * One that is "unknown" or begins with "_" is somebody whom the proxy does not name: then
 * the address is empty.
 */
static bool read_node(char address[FORWARDED_ADDRESS_SIZE], struct span node)
{
    char text[FORWARDED_ADDRESS_SIZE + 16];
    struct in_addr four;
    struct in6_addr six;
    address[0] = '\0';
    if (is_one(node, "unknown") || (node.length > 1 && node.bytes[0] == '_'))
        return true;
    if (!copy(text, sizeof text, node))
        return false;
    /* X-Forwarded-For has IPv6 addresses without their brackets, and then no port. */
    if (inet_pton(AF_INET6, text, &six) == 1)
        return inet_ntop(AF_INET6, &six, address, FORWARDED_ADDRESS_SIZE) != NULL;
    bool bracket = text[0] == '[';
    char *end = bracket ? strchr(text, ']') : text + strcspn(text, ":");
    if (end == NULL || !is_port(bracket ? end + 1 : end))
        return false;
    *end = '\0';
    if (bracket)
        return inet_pton(AF_INET6, text + 1, &six) == 1 &&
               inet_ntop(AF_INET6, &six, address, FORWARDED_ADDRESS_SIZE) != NULL;
    return inet_pton(AF_INET, text, &four) == 1 &&
           inet_ntop(AF_INET, &four, address, FORWARDED_ADDRESS_SIZE) != NULL;
}

static bool read_proto(struct forwarded *forwarded, struct span proto)
{
    forwarded->proto_given = true;
    forwarded->secure = is_one(proto, "https");
    return forwarded->secure || is_one(proto, "http");
}

/* What one element of Forwarded says. */
struct element {
    struct span node;
    struct span host;
    struct span proto;
};

static bool is_token_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static struct span read_token(char **at)
{
    struct span token = {*at, 0};
    while (is_token_byte(**at))
        (*at)++;
    token.length = (size_t)(*at - token.bytes);
    return token;
}

/* Reads a quoted string, whose escapes are taken out in place. Its length is 0 where it
 * is none, or empty: neither is any use here. */
static struct span read_quoted(char **at)
{
    char *kept = ++*at;
    struct span text = {kept, 0};
    while (**at != '"') {
        if (**at == '\\')
            (*at)++;
        if (**at == '\0')
            return (struct span){NULL, 0};
        *kept++ = *(*at)++;
    }
    (*at)++;
    text.length = (size_t)(kept - text.bytes);
    return text;
}

/* Reads "name=value"; names that are not known are passed over, and none comes twice. */
static bool read_pair(char **at, struct element *element)
{
    struct span name = read_token(at);
    if (name.length == 0 || *(*at)++ != '=')
        return false;
    struct span value = **at == '"' ? read_quoted(at) : read_token(at);
    struct span *known = is_one(name, "for")     ? &element->node
                         : is_one(name, "host")  ? &element->host
                         : is_one(name, "proto") ? &element->proto
                                                 : NULL;
    if (value.length == 0 || (known != NULL && known->length > 0))
        return false;
    if (known != NULL)
        *known = value;
    return true;
}

static void skip_space(char **at)
{
    *at += strspn(*at, " \t");
}

/* Reads all elements of the header, in place. Returns how many, or -1. */
static int read_elements(char *at, struct element elements[ELEMENT_MAXIMUM])
{
    int count = 0;
    for (;; at++) {
        if (count == ELEMENT_MAXIMUM)
            return -1;
        elements[count] = (struct element){{NULL, 0}, {NULL, 0}, {NULL, 0}};
        do {
            skip_space(&at);
            if (*at == ';')
                at++;
            if (!read_pair(&at, &elements[count]))
                return -1;
            skip_space(&at);
        } while (*at == ';');
        count++;
        if (*at != ',')
            return *at == '\0' ? count : -1;
    }
}

static bool read_forwarded(struct forwarded *forwarded,
                           const struct forwarded_proxies *proxies, char *value)
{
    struct element elements[ELEMENT_MAXIMUM];
    int count = read_elements(value, elements);
    bool trusted = true;
    for (int i = count - 1; i >= 0 && trusted; i--) {
        const struct element *element = &elements[i];
        char address[FORWARDED_ADDRESS_SIZE] = "";
        if (element->node.length > 0 && !read_node(address, element->node))
            return false;
        if (element->proto.length > 0 && !read_proto(forwarded, element->proto))
            return false;
        if (element->host.length > 0 &&
            !copy(forwarded->host, sizeof forwarded->host, element->host))
            return false;
        if (address[0] != '\0')
            memcpy(forwarded->address, address, sizeof address);
        trusted = address[0] != '\0' && forwarded_trusts(proxies, address);
    }
    return count > 0;
}

/* Takes the last item off a list. */
static struct span take_last(struct span *list)
{
    size_t begin = list->length;
    while (begin > 0 && list->bytes[begin - 1] != ',')
        begin--;
    struct span last = {list->bytes + begin, list->length - begin};
    list->length = begin > 0 ? begin - 1 : 0;
    return trim(last);
}

static bool read_for(struct forwarded *forwarded, const struct forwarded_proxies *proxies,
                     const char *value)
{
    struct span list = {value, strlen(value)};
    bool trusted = true;
    while (trusted && list.length > 0) {
        char address[FORWARDED_ADDRESS_SIZE];
        if (!read_node(address, take_last(&list)))
            return false;
        if (address[0] != '\0')
            memcpy(forwarded->address, address, sizeof address);
        trusted = address[0] != '\0' && forwarded_trusts(proxies, address);
    }
    return forwarded->address[0] != '\0' || !trusted;
}

static bool read_plain(struct forwarded *forwarded,
                       const struct forwarded_proxies *proxies,
                       const struct exchange_request *request, const char **detail)
{
    char room[EXCHANGE_LIST_SIZE];
    const char *value = exchange_list_header(request, "X-Forwarded-For", room);
    if (value != NULL && !read_for(forwarded, proxies, value)) {
        *detail = malformed_for;
        return false;
    }
    value = exchange_list_header(request, "X-Forwarded-Proto", room);
    if (value != NULL) {
        struct span list = {value, strlen(value)};
        *detail = "the X-Forwarded-Proto header that the proxy sent is neither http nor "
                  "https";
        if (!read_proto(forwarded, take_last(&list)))
            return false;
    }
    value = exchange_list_header(request, "X-Forwarded-Host", room);
    if (value != NULL) {
        struct span list = {value, strlen(value)};
        *detail = "the X-Forwarded-Host header that the proxy sent is no host";
        if (!copy(forwarded->host, sizeof forwarded->host, take_last(&list)) ||
            forwarded->host[0] == '\0')
            return false;
    }
    return true;
}

bool forwarded_read(struct forwarded *forwarded, const struct forwarded_proxies *proxies,
                    const struct exchange_request *request, const char **detail)
{
    char room[EXCHANGE_LIST_SIZE];
    const char *value = exchange_list_header(request, "Forwarded", room);
    memset(forwarded, 0, sizeof *forwarded);
    if (value == NULL)
        return read_plain(forwarded, proxies, request, detail);
    /* A proxy passes on what it does not know: then one of the two is the client's own.
     */
    if (exchange_header(request, "X-Forwarded-For") != NULL ||
        exchange_header(request, "X-Forwarded-Proto") != NULL ||
        exchange_header(request, "X-Forwarded-Host") != NULL) {
        *detail = "the request has both Forwarded and X-Forwarded-*, of which one may be "
                  "the client's own: the proxy must send one, and remove the other";
        return false;
    }
    *detail = malformed;
    return value == room && read_forwarded(forwarded, proxies, room);
}
