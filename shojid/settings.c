#include "settings.h"

#include "service/rate.h"
#include "service/site.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_MAXIMUM = 32, /* of what is compared to find what was meant */
    LOGIN_URL_MAXIMUM = 1024,
    CACHE_CONTROL_MAXIMUM = 256
};

static bool refuse_memory(char message[OPTIONS_MESSAGE_SIZE])
{
    return options_refuse(message, "memory is short");
}

static bool parse_count(const char *text, size_t greatest, size_t *count)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    if (value > greatest)
        return false;
    *count = (size_t)value;
    return true;
}

/* An address and port in the form that the server takes. */
static bool parse_listen(char address[SERVER_ADDRESS_SIZE], const char *value,
                         char message[OPTIONS_MESSAGE_SIZE])
{
    const char *colon = strrchr(value, ':');
    size_t port = 0;
    char host[INET_ADDRSTRLEN];
    struct in_addr parsed;
    if (value[0] == '[' || (colon != NULL && colon != strchr(value, ':')))
        return options_refuse(message,
                              "the server library has no IPv6; give an IPv4 address, and "
                              "put a reverse proxy before it for IPv6");
    if (colon == NULL || !parse_count(colon + 1, 65535, &port))
        return options_refuse(message,
                              "give an address, a colon and a port from 0 to 65535, as "
                              "in 127.0.0.1:8642");
    size_t length = (size_t)(colon - value);
    if (length == 9 && strncmp(value, "localhost", 9) == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    else
        snprintf(host, sizeof host, "%.*s", (int)length, value);
    if (length >= sizeof host || inet_pton(AF_INET, host, &parsed) != 1)
        return options_refuse(message,
                              "give the address in numbers, as in 127.0.0.1:8642, or "
                              "0.0.0.0 for all of this machine");
    snprintf(address, SERVER_ADDRESS_SIZE, "%s:%zu", host, port);
    return true;
}

static bool set_listen(struct options *options, const char *value,
                       char message[OPTIONS_MESSAGE_SIZE])
{
    char address[SERVER_ADDRESS_SIZE];
    struct server_options *server = &options->server;
    if (value == NULL) {
        server->listen_count = 0;
        return true;
    }
    if (server->listen_count == SERVER_LISTEN_MAXIMUM)
        return options_refuse(message, "it is given more than %d times",
                              SERVER_LISTEN_MAXIMUM);
    if (!parse_listen(address, value, message))
        return false;
    const char *kept = options_keep(options, address, strlen(address));
    if (kept == NULL)
        return refuse_memory(message);
    options->listen[server->listen_count++] = kept;
    return true;
}

static bool set_page_size(struct options *options, const char *value,
                          char message[OPTIONS_MESSAGE_SIZE])
{
    size_t size;
    if (!parse_count(value, SERVICE_PAGE_MAXIMUM, &size) || size == 0)
        return options_refuse(message, "give a number from 1 to %d",
                              SERVICE_PAGE_MAXIMUM);
    options->service.page_size = size;
    return true;
}

static bool set_links(struct options *options, const char *value,
                      char message[OPTIONS_MESSAGE_SIZE])
{
    bool relative = strcmp(value, "relative") == 0;
    if (!relative && strcmp(value, "absolute") != 0)
        return options_refuse(message, "it is absolute or relative");
    options->service.relative_links = relative;
    return true;
}

static bool set_store(struct options *options, const char *value,
                      char message[OPTIONS_MESSAGE_SIZE])
{
    if (strncmp(value, "sqlite:", 7) != 0 && strncmp(value, "dir:", 4) != 0)
        return options_refuse(message, "it is no store; a database is sqlite:PATH, and a "
                                       "directory dir:PATH");
    options->store = options_keep(options, value, strlen(value));
    return options->store != NULL || refuse_memory(message);
}

static bool set_base_iri(struct options *options, const char *value,
                         char message[OPTIONS_MESSAGE_SIZE])
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct site site = SITE_INIT;
    shoji_status status = site_set_base(&site, value, &error);
    site_finish(&site);
    if (status != SHOJI_OK)
        return options_refuse(message, "%.400s", error.message);
    options->service.base_iri = options_keep(options, value, strlen(value));
    return options->service.base_iri != NULL || refuse_memory(message);
}

/* What a client is sent, which shows it to a person: so it must be one that a browser
 * opens, and nothing but an IRI. */
static bool set_login_url(struct options *options, const char *value,
                          char message[OPTIONS_MESSAGE_SIZE])
{
    size_t length = strlen(value);
    if ((strncmp(value, "https://", 8) != 0 && strncmp(value, "http://", 7) != 0) ||
        length > LOGIN_URL_MAXIMUM || strpbrk(value, " \"<>\\^`{|}") != NULL ||
        shoji_iri_check(value, NULL) != SHOJI_OK)
        return options_refuse(message,
                              "give an absolute http or https address of at most %d "
                              "bytes, as in https://example.org/login",
                              LOGIN_URL_MAXIMUM);
    options->service.login_url = options_keep(options, value, length);
    return options->service.login_url != NULL || refuse_memory(message);
}

static bool set_rate(struct rate_limit *limit, const char *value,
                     char message[OPTIONS_MESSAGE_SIZE])
{
    if (rate_parse(limit, value))
        return true;
    return options_refuse(message,
                          "give a number of requests from 1 to %d and a time, as in "
                          "600/minute, 20/second or 5000/hour; or off",
                          RATE_COUNT_MAXIMUM);
}

static bool set_rate_per_address(struct options *options, const char *value,
                                 char message[OPTIONS_MESSAGE_SIZE])
{
    return set_rate(&options->service.rate_per_address, value, message);
}

static bool set_rate_per_token(struct options *options, const char *value,
                               char message[OPTIONS_MESSAGE_SIZE])
{
    return set_rate(&options->service.rate_per_token, value, message);
}

static bool set_connections(struct options *options, const char *value,
                            char message[OPTIONS_MESSAGE_SIZE])
{
    size_t count;
    if (!parse_count(value, SERVER_CONNECTION_MAXIMUM, &count) || count == 0)
        return options_refuse(message, "give a number from 1 to %d",
                              SERVER_CONNECTION_MAXIMUM);
    options->server.connections = count;
    return true;
}

static bool set_connections_per_address(struct options *options, const char *value,
                                        char message[OPTIONS_MESSAGE_SIZE])
{
    size_t count = 0;
    if (strcmp(value, "off") != 0 &&
        (!parse_count(value, SERVER_CONNECTION_MAXIMUM, &count) || count == 0))
        return options_refuse(message, "give a number from 1 to %d, or off",
                              SERVER_CONNECTION_MAXIMUM);
    options->server.connections_per_address = count;
    return true;
}

static bool set_trusted_proxy(struct options *options, const char *value,
                              char message[OPTIONS_MESSAGE_SIZE])
{
    struct forwarded_proxies *proxies = &options->server.proxies;
    if (value == NULL) {
        proxies->count = 0;
        return true;
    }
    if (proxies->count == FORWARDED_PROXY_MAXIMUM)
        return options_refuse(message, "it is given more than %d times",
                              FORWARDED_PROXY_MAXIMUM);
    if (!forwarded_parse_network(&proxies->networks[proxies->count], value))
        return options_refuse(message, "give an IPv4 address, or a network whose other "
                                       "bits are 0, as in 192.0.2.1 or 192.0.2.0/24");
    proxies->count++;
    return true;
}

static bool set_cors_origin(struct options *options, const char *value,
                            char message[OPTIONS_MESSAGE_SIZE])
{
    struct cors *cors = &options->service.cors;
    if (value == NULL) {
        cors->count = 0;
        return true;
    }
    if (cors->count == CORS_ORIGIN_MAXIMUM)
        return options_refuse(message, "it is given more than %d times",
                              CORS_ORIGIN_MAXIMUM);
    if (!cors_is_origin(value))
        return options_refuse(message,
                              "give a scheme, a host and no path, as a browser sends "
                              "them, https://example.org; or * for every origin");
    const char *kept = options_keep(options, value, strlen(value));
    if (kept == NULL)
        return refuse_memory(message);
    cors->origins[cors->count++] = kept;
    return true;
}

/* What a header can hold: directives of tokens and quoted strings, all of them printable
 * ASCII. */
static bool set_cache_control(struct options *options, const char *value,
                              char message[OPTIONS_MESSAGE_SIZE])
{
    bool printable = value[0] != '\0' && strlen(value) <= CACHE_CONTROL_MAXIMUM;
    for (const char *at = value; *at != '\0'; at++)
        printable = printable && *at >= 0x20 && *at < 0x7F;
    if (!printable)
        return options_refuse(
            message, "give at most %d printable characters, as in \"max-age=60\"",
            CACHE_CONTROL_MAXIMUM);
    options->service.cache_control = options_keep(options, value, strlen(value));
    return options->service.cache_control != NULL || refuse_memory(message);
}

#define FIELD(name) offsetof(struct options, name)

const struct setting settings[] = {
    {"server", "listen", "ADDR:PORT", 0, set_listen, SETTING_REPEATS | SETTING_RESTART},
    {"server", "base-iri", "IRI", 0, set_base_iri, 0},
    {"server", "page-size", "N", 0, set_page_size, 0},
    {"server", "links", "absolute|relative", 0, set_links, 0},
    {"server", "log", "FILE", FIELD(log), NULL, SETTING_RESTART},
    {"server", "quiet", NULL, FIELD(quiet), NULL, SETTING_RESTART},
    {"server", "require-precondition", NULL, FIELD(service.require_precondition), NULL,
     0},
    {"server", "login-url", "URL", 0, set_login_url, 0},
    {"server", "rate-per-address", "N/TIME", 0, set_rate_per_address, 0},
    {"server", "rate-per-token", "N/TIME", 0, set_rate_per_token, 0},
    {"server", "connections", "N", 0, set_connections, SETTING_RESTART},
    {"server", "connections-per-address", "N", 0, set_connections_per_address,
     SETTING_RESTART},
    {"server", "trusted-proxy", "ADDR[/BITS]", 0, set_trusted_proxy,
     SETTING_REPEATS | SETTING_RESTART},
    {"http", "cache-control", "VALUE", 0, set_cache_control, 0},
    {"http", "compression", NULL, FIELD(service.compression), NULL, 0},
    {"http", "cors-origin", "ORIGIN", 0, set_cors_origin, SETTING_REPEATS},
    {"store", "store", "STORE", 0, set_store, SETTING_RESTART},
    {"store", "read-only", NULL, FIELD(service.read_only), NULL, SETTING_RESTART},
    {NULL, "no-auth", NULL, FIELD(no_auth), NULL, SETTING_RESTART},
    {NULL, "config", "FILE", FIELD(config), NULL, SETTING_RESTART},
    {NULL, "check-config", NULL, FIELD(check_config), NULL, SETTING_RESTART},
    {NULL, "help", NULL, FIELD(help), NULL, 0},
    {NULL, "version", NULL, FIELD(version), NULL, 0},
};

const size_t setting_count = sizeof settings / sizeof settings[0];

static_assert(sizeof settings / sizeof settings[0] <= OPTIONS_SETTING_MAXIMUM,
              "struct options has no room for so many settings");

size_t setting_find(const char *name, size_t length)
{
    size_t found = 0;
    while (found < setting_count && (strlen(settings[found].name) != length ||
                                     strncmp(settings[found].name, name, length) != 0))
        found++;
    return found;
}

/* How many letters must be added, dropped or changed to make one word the other. */
static size_t distance(const char *one, size_t length, const char *other)
{
    size_t row[WORD_MAXIMUM + 1];
    size_t width = strlen(other);
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (size_t k = 1; k <= length; k++) {
        size_t diagonal = row[0];
        row[0] = k;
        for (size_t i = 1; i <= width; i++) {
            size_t best = diagonal + (one[k - 1] != other[i - 1]);
            diagonal = row[i];
            if (row[i] + 1 < best)
                best = row[i] + 1;
            if (row[i - 1] + 1 < best)
                best = row[i - 1] + 1;
            row[i] = best;
        }
    }
    return row[width];
}

size_t setting_suggest(const char *word, size_t length)
{
    size_t nearest = setting_count;
    size_t least = 4;
    for (size_t i = 0; length <= WORD_MAXIMUM && i < setting_count; i++) {
        size_t far = distance(word, length, settings[i].name);
        if (far < least && far < strlen(settings[i].name)) {
            least = far;
            nearest = i;
        }
    }
    return nearest;
}

static bool set_switch(struct options *options, size_t offset, const char *value,
                       char message[OPTIONS_MESSAGE_SIZE])
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return options_refuse(message, "it is yes or no");
    *(bool *)((char *)options + offset) = yes;
    return true;
}

static bool set_text(struct options *options, size_t offset, const char *value,
                     char message[OPTIONS_MESSAGE_SIZE])
{
    const char *kept = options_keep(options, value, strlen(value));
    if (kept == NULL)
        return refuse_memory(message);
    if (value[0] == '\0')
        return options_refuse(message, "it is empty; give a value, or leave it out");
    memcpy((char *)options + offset, &kept, sizeof kept);
    return true;
}

/* Notes what was given, for options_compare. */
static bool note(struct options *options, size_t setting, const char *value,
                 char message[OPTIONS_MESSAGE_SIZE])
{
    const char *before = options->given[setting];
    bool list = (settings[setting].traits & SETTING_REPEATS) != 0 && before != NULL;
    size_t length = list ? strlen(before) + 1 : 0;
    char *noted = options_allocate(options, length + strlen(value) + 1);
    if (noted == NULL)
        return refuse_memory(message);
    snprintf(noted, length + strlen(value) + 1, "%s%s%s", list ? before : "",
             list ? "\n" : "", value);
    options->given[setting] = noted;
    return true;
}

bool setting_give(struct options *options, size_t setting, enum options_source source,
                  const char *value, char message[OPTIONS_MESSAGE_SIZE])
{
    const struct setting *row = &settings[setting];
    if (options->source[setting] != source) {
        options->source[setting] = source;
        options->given[setting] = NULL;
        if ((row->traits & SETTING_REPEATS) != 0)
            row->set(options, NULL, message);
    }
    if (!note(options, setting, value, message))
        return false;
    if (row->set != NULL)
        return row->set(options, value, message);
    return row->value != NULL ? set_text(options, row->offset, value, message)
                              : set_switch(options, row->offset, value, message);
}
