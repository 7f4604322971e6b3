#include "options.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LISTEN "127.0.0.1:8642"
#define DEFAULT_STORE "sqlite:shoji.db"

enum {
    WORD_MAXIMUM = 32 /* of what is compared to find what was meant */
};

static const char help_text[] =
    "shojid serves documents as a Shoji API: catalogs that a program finds its way\n"
    "through by name.\n"
    "\n"
    "Usage: shojid [OPTION]... [STORE]\n"
    "\n"
    "  STORE   sqlite:PATH  a database; it is made if it is not there\n"
    "          dir:PATH     a tree of JSON documents, served as they are, read-only\n"
    "          If it is left out: " DEFAULT_STORE "\n"
    "\n"
    "Where it is found\n"
    "  --listen ADDR:PORT  an IPv4 address and a port, " DEFAULT_LISTEN " if it is\n"
    "                      left out; several times for several; port 0 is a free one\n"
    "  --base-iri IRI      what all paths stand under, as https://example.org/api/;\n"
    "                      if it is left out: http and the Host of each request\n"
    "\n"
    "Who may write\n"
    "  --no-auth           whoever reaches this server may write; for trying it out,\n"
    "                      on loopback addresses alone. Without it nobody may\n"
    "  --read-only         nobody may write; the store is opened for reading alone\n"
    "\n"
    "What it serves\n"
    "  --page-size N       members of a catalog in one document; 10000\n"
    "  --links absolute|relative\n"
    "                      how links are written; absolute\n"
    "\n"
    "What it logs\n"
    "  --log FILE          append the log to a file, which SIGHUP opens again;\n"
    "                      if it is left out: the standard error\n"
    "  --quiet             do not log requests\n"
    "\n"
    "  -h, --help          print this\n"
    "      --version       print the version\n"
    "\n"
    "Try it:\n"
    "  shojid --no-auth                       serve ./shoji.db, and take writes\n"
    "  shojid dir:PATH                        serve a directory\n"
    "  curl http://127.0.0.1:8642/            look at the root catalog\n"
    "  shoji-cli tree http://127.0.0.1:8642/  see where it leads\n"
    "\n"
    "It stops at SIGTERM or Ctrl-C, when the requests that are under way are done.\n"
    "Exit status: 0 stopped as told, 1 failed, 2 the command line is wrong.\n"
    "More: man shojid\n";

const char *options_help(void)
{
    return help_text;
}

static bool refuse(char message[OPTIONS_MESSAGE_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(char message[OPTIONS_MESSAGE_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, OPTIONS_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool parse_count(const char *text, size_t greatest, size_t *count)
{
    char *end;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return false;
    unsigned long value = strtoul(text, &end, 10);
    if (value > greatest)
        return false;
    *count = (size_t)value;
    return true;
}

static bool set_listen(struct options *options, const char *value,
                       char message[OPTIONS_MESSAGE_SIZE])
{
    const char *colon = strrchr(value, ':');
    size_t port = 0;
    char host[INET_ADDRSTRLEN];
    struct in_addr address;
    if (options->listen_count == SERVER_LISTEN_MAXIMUM)
        return refuse(message, "--listen is given more than %d times",
                      SERVER_LISTEN_MAXIMUM);
    if (value[0] == '[' || (colon != NULL && colon != strchr(value, ':')))
        return refuse(
            message,
            "--listen %s: the server library has no IPv6; give an IPv4 address, "
            "and put a reverse proxy before it for IPv6",
            value);
    if (colon == NULL || !parse_count(colon + 1, 65535, &port))
        return refuse(message,
                      "--listen %s: give an address, a colon and a port from 0 to 65535, "
                      "as in " DEFAULT_LISTEN,
                      value);
    size_t length = (size_t)(colon - value);
    if (length == 9 && strncmp(value, "localhost", 9) == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    else
        snprintf(host, sizeof host, "%.*s", (int)length, value);
    if (length >= sizeof host || inet_pton(AF_INET, host, &address) != 1)
        return refuse(message,
                      "--listen %s: give the address in numbers, as in " DEFAULT_LISTEN
                      ", or 0.0.0.0 for all of this machine",
                      value);
    snprintf(options->listen[options->listen_count++], SERVER_ADDRESS_SIZE, "%s:%zu",
             host, port);
    return true;
}

static bool set_page_size(struct options *options, const char *value,
                          char message[OPTIONS_MESSAGE_SIZE])
{
    if (parse_count(value, SERVICE_PAGE_MAXIMUM, &options->page_size) &&
        options->page_size > 0)
        return true;
    return refuse(message, "--page-size %s: give a number from 1 to %d", value,
                  SERVICE_PAGE_MAXIMUM);
}

static bool set_links(struct options *options, const char *value,
                      char message[OPTIONS_MESSAGE_SIZE])
{
    options->relative_links = strcmp(value, "relative") == 0;
    if (options->relative_links || strcmp(value, "absolute") == 0)
        return true;
    return refuse(message, "--links %s: it is absolute or relative", value);
}

/* A flag without a function of its own stores what it is given, or, where it takes no
 * value, that it was there. */
static const struct flag {
    const char *name;
    const char *value; /* what it is called; NULL for none */
    size_t offset;     /* of a const char *, or of a bool, in struct options */
    bool (*set)(struct options *options, const char *value,
                char message[OPTIONS_MESSAGE_SIZE]);
} flags[] = {
    {"--listen", "ADDR:PORT", 0, set_listen},
    {"--base-iri", "IRI", offsetof(struct options, base_iri), NULL},
    {"--read-only", NULL, offsetof(struct options, read_only), NULL},
    {"--no-auth", NULL, offsetof(struct options, no_auth), NULL},
    {"--page-size", "N", 0, set_page_size},
    {"--links", "absolute|relative", 0, set_links},
    {"--log", "FILE", offsetof(struct options, log), NULL},
    {"--quiet", NULL, offsetof(struct options, quiet), NULL},
    {"--help", NULL, offsetof(struct options, help), NULL},
    {"-h", NULL, offsetof(struct options, help), NULL},
    {"--version", NULL, offsetof(struct options, version), NULL},
};

enum {
    FLAG_COUNT = sizeof flags / sizeof flags[0]
};

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

/* The flag that a word was probably meant to be; NULL where none is near. */
static const char *suggest(const char *word, size_t length)
{
    const char *nearest = NULL;
    size_t least = 4;
    for (size_t i = 0; length <= WORD_MAXIMUM && i < FLAG_COUNT; i++) {
        size_t far = distance(word, length, flags[i].name);
        if (far < least && far < strlen(flags[i].name) - 2) {
            least = far;
            nearest = flags[i].name;
        }
    }
    return nearest;
}

static const struct flag *find_flag(const char *word, size_t length)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (strlen(flags[i].name) == length && strncmp(flags[i].name, word, length) == 0)
            return &flags[i];
    return NULL;
}

static bool store_flag(struct options *options, const struct flag *flag,
                       const char *value, char message[OPTIONS_MESSAGE_SIZE])
{
    char *field = (char *)options + flag->offset;
    if (flag->set != NULL)
        return flag->set(options, value, message);
    if (flag->value != NULL)
        memcpy(field, &value, sizeof value);
    else
        *(bool *)field = true;
    return true;
}

/* Takes the flag at argv[*at], and its value. */
static bool take_flag(struct options *options, int argc, char *const argv[], int *at,
                      char message[OPTIONS_MESSAGE_SIZE])
{
    const char *word = argv[*at];
    size_t length = strcspn(word, "=");
    const struct flag *flag = find_flag(word, length);
    if (flag == NULL) {
        const char *meant = suggest(word, length);
        if (meant != NULL)
            return refuse(message, "there is no option %.*s; did you mean %s?",
                          (int)length, word, meant);
        return refuse(message, "there is no option %.*s; shojid --help lists them",
                      (int)length, word);
    }
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    if (flag->value == NULL && value != NULL)
        return refuse(message, "%s takes no value", flag->name);
    if (flag->value != NULL && value == NULL && ++*at < argc)
        value = argv[*at];
    if (flag->value != NULL && value == NULL)
        return refuse(message, "%s wants a value: %s %s", flag->name, flag->name,
                      flag->value);
    return store_flag(options, flag, value, message);
}

static bool take_store(struct options *options, const char *word,
                       char message[OPTIONS_MESSAGE_SIZE])
{
    if (options->store != NULL)
        return refuse(message,
                      "there are two stores, %s and %s; one shojid serves one store",
                      options->store, word);
    if (strncmp(word, "sqlite:", 7) != 0 && strncmp(word, "dir:", 4) != 0)
        return refuse(
            message,
            "%s is no store; a database is sqlite:PATH, and a directory dir:PATH", word);
    options->store = word;
    return true;
}

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0;
}

/* What no option says by itself, and what only all of them together show. */
static bool complete(struct options *options, char message[OPTIONS_MESSAGE_SIZE])
{
    if (options->listen_count == 0 && !set_listen(options, DEFAULT_LISTEN, message))
        return false;
    if (options->store == NULL)
        options->store = DEFAULT_STORE;
    for (size_t i = 0; options->no_auth && i < options->listen_count; i++)
        if (!is_loopback(options->listen[i]))
            return refuse(message,
                          "--no-auth lets whoever reaches %s write; it is for loopback "
                          "addresses (127.0.0.1) alone",
                          options->listen[i]);
    return true;
}

bool options_parse(struct options *options, int argc, char *const argv[],
                   char message[OPTIONS_MESSAGE_SIZE])
{
    struct options parsed = {.page_size = SERVICE_PAGE_DEFAULT};
    bool words_alone = false;
    for (int at = 1; at < argc; at++) {
        bool good;
        if (!words_alone && strcmp(argv[at], "--") == 0) {
            words_alone = true;
            continue;
        }
        if (!words_alone && argv[at][0] == '-')
            good = take_flag(&parsed, argc, argv, &at, message);
        else
            good = take_store(&parsed, argv[at], message);
        if (!good)
            return false;
        if (parsed.help || parsed.version) {
            *options = parsed;
            return true;
        }
    }
    if (!complete(&parsed, message))
        return false;
    *options = parsed;
    return true;
}
