#include "options.h"

#include "commands.h"
#include "config.h"
#include "settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LISTEN "127.0.0.1:8642"
#define DEFAULT_STORE COMMANDS_DEFAULT_STORE

static const char help_text[] =
    "shojid serves documents as a Shoji API: catalogs that a program finds its way\n"
    "through by name.\n"
    "\n"
    "Usage: shojid [OPTION]... [STORE]\n"
    "       shojid token add|list|revoke ...   who may write; shojid token --help\n"
    "       shojid export|import STORE DIR     to a tree of files, and from one\n"
    "       shojid check STORE                 what is wrong in it\n"
    "\n"
    "  STORE   sqlite:PATH  a database; it is made if it is not there\n"
    "          dir:PATH     a tree of JSON documents, served as they are, read-only\n"
    "          If it is left out: " DEFAULT_STORE "\n"
    "\n"
    "  -c, --config FILE   read settings and rules from a file, as man shojid.conf\n"
    "                      says; what the command line says counts before it\n"
    "      --check-config  say what is wrong with all of that, and do nothing else\n"
    "\n"
    "Where it is found\n"
    "  --listen ADDR:PORT  an IPv4 address and a port, " DEFAULT_LISTEN " if it is\n"
    "                      left out; several times for several; port 0 is a free one\n"
    "  --connections N     how many clients it serves at once; 256\n"
    "  --connections-per-address N\n"
    "                      of those, from one address; off\n"
    "  --trusted-proxy ADDR[/BITS]\n"
    "                      whose Forwarded and X-Forwarded-* count; several times\n"
    "                      for several\n"
    "  --base-iri IRI      what all paths stand under, as https://example.org/api/;\n"
    "                      if it is left out: http and the Host of each request\n"
    "\n"
    "Who may write: whoever has a token, unless a rule of the file says otherwise\n"
    "  --no-auth           whoever reaches this server may write; for trying it out,\n"
    "                      on loopback addresses alone\n"
    "  --read-only         nobody may write; the store is opened for reading alone\n"
    "  --require-precondition\n"
    "                      what is there changes only by a request with If-Match or\n"
    "                      another condition; others are answered 428\n"
    "  --login-url URL     what a client without a token is told, to get one\n"
    "  --rate-per-address N/TIME, --rate-per-token N/TIME\n"
    "                      at most so many requests, as 600/minute; off\n"
    "\n"
    "What it serves\n"
    "  --page-size N       members of a catalog in one document; 10000\n"
    "  --links absolute|relative\n"
    "                      how links are written; absolute\n"
    "  --cache-control VALUE\n"
    "                      what caches are told of documents; no-cache\n"
    "  --compression=no    send documents as they are, whatever the client accepts\n"
    "  --cors-origin ORIGIN\n"
    "                      whose pages may read this server in a browser, as\n"
    "                      https://example.org, or *; several times for several\n"
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
    "  shojid token add ann                   print a token, with which ann may write\n"
    "  shojid dir:PATH                        serve a directory\n"
    "  curl http://127.0.0.1:8642/            look at the root catalog\n"
    "  shoji-cli tree http://127.0.0.1:8642/  see where it leads\n"
    "\n"
    "It stops at SIGTERM or Ctrl-C, when the requests that are under way are done.\n"
    "Exit status: 0 stopped as told, 1 failed, 2 the command line, or the file, is\n"
    "wrong.\n"
    "More: man shojid\n";

const char *options_help(void)
{
    return help_text;
}

struct options_text {
    struct options_text *next;
    max_align_t bytes[];
};

void *options_allocate(struct options *options, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct options_text))
        return NULL;
    struct options_text *text = malloc(sizeof *text + size);
    if (text == NULL)
        return NULL;
    text->next = options->texts;
    options->texts = text;
    return text->bytes;
}

char *options_keep(struct options *options, const char *text, size_t length)
{
    char *kept = options_allocate(options, length + 1);
    if (kept == NULL)
        return NULL;
    memcpy(kept, text, length);
    kept[length] = '\0';
    return kept;
}

bool options_refuse(char message[OPTIONS_MESSAGE_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, OPTIONS_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static struct options *options_new(void)
{
    struct options *options = calloc(1, sizeof *options);
    if (options == NULL)
        return NULL;
    atomic_init(&options->uses, 1);
    options->service.page_size = SERVICE_PAGE_DEFAULT;
    options->service.cache_control = "no-cache";
    options->service.compression = true;
    options->server.connections = SERVER_CONNECTION_DEFAULT;
    options->server.listen = options->listen;
    return options;
}

struct options *options_use(struct options *options)
{
    atomic_fetch_add(&options->uses, 1);
    return options;
}

void options_end(struct options *options)
{
    if (options == NULL || atomic_fetch_sub(&options->uses, 1) > 1)
        return;
    while (options->texts != NULL) {
        struct options_text *next = options->texts->next;
        free(options->texts);
        options->texts = next;
    }
    free(options);
}

/* The setting that a flag names, without what may follow an equals sign. */
static size_t find_flag(const char *word, size_t length)
{
    if (length == 2 && strncmp(word, "-c", 2) == 0)
        return setting_find("config", 6);
    if (length == 2 && strncmp(word, "-h", 2) == 0)
        return setting_find("help", 4);
    if (length < 3 || strncmp(word, "--", 2) != 0)
        return setting_count;
    return setting_find(word + 2, length - 2);
}

static bool refuse_flag(const char *word, size_t length,
                        char message[OPTIONS_MESSAGE_SIZE])
{
    size_t dashes = strspn(word, "-");
    size_t meant =
        dashes < length ? setting_suggest(word + dashes, length - dashes) : setting_count;
    if (meant < setting_count)
        return options_refuse(message, "there is no option %.*s; did you mean --%s?",
                              (int)length, word, settings[meant].name);
    return options_refuse(message, "there is no option %.*s; shojid --help lists them",
                          (int)length, word);
}

/* Takes the flag at argv[*at], and its value. */
static bool take_flag(struct options *options, int argc, char *const argv[], int *at,
                      char message[OPTIONS_MESSAGE_SIZE])
{
    const char *word = argv[*at];
    size_t length = strcspn(word, "=");
    size_t setting = find_flag(word, length);
    char reason[OPTIONS_MESSAGE_SIZE];
    if (setting == setting_count)
        return refuse_flag(word, length, message);
    const struct setting *row = &settings[setting];
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    if (value == NULL && row->value == NULL)
        value = "yes";
    else if (value == NULL && ++*at < argc)
        value = argv[*at];
    if (value == NULL)
        return options_refuse(message, "--%s wants a value: --%s %s", row->name,
                              row->name, row->value);
    if (setting_give(options, setting, OPTIONS_COMMAND_LINE, value, reason))
        return true;
    return options_refuse(message, "--%s %.200s: %.280s", row->name, value, reason);
}

static bool take_store(struct options *options, const char *word,
                       char message[OPTIONS_MESSAGE_SIZE])
{
    char reason[OPTIONS_MESSAGE_SIZE];
    size_t setting = setting_find("store", 5);
    if (options->source[setting] == OPTIONS_COMMAND_LINE)
        return options_refuse(message,
                              "there are two stores, %.150s and %.150s; one shojid "
                              "serves one store",
                              options->store, word);
    if (setting_give(options, setting, OPTIONS_COMMAND_LINE, word, reason))
        return true;
    return options_refuse(message, "%.200s: %.280s", word, reason);
}

static bool take_words(struct options *options, int argc, char *const argv[],
                       char message[OPTIONS_MESSAGE_SIZE])
{
    bool words_alone = false;
    for (int at = 1; at < argc && !options->help && !options->version; at++) {
        bool good = true;
        if (!words_alone && strcmp(argv[at], "--") == 0)
            words_alone = true;
        else if (!words_alone && argv[at][0] == '-')
            good = take_flag(options, argc, argv, &at, message);
        else
            good = take_store(options, argv[at], message);
        if (!good)
            return false;
    }
    return true;
}

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0;
}

/* What no setting says by itself, and what only all of them together show. */
static bool complete(struct options *options, char message[OPTIONS_MESSAGE_SIZE])
{
    const struct server_options *server = &options->server;
    if (server->listen_count == 0) {
        options->listen[0] = DEFAULT_LISTEN;
        options->server.listen_count = 1;
    }
    if (options->store == NULL)
        options->store = DEFAULT_STORE;
    options->service.no_auth = options->no_auth;
    for (size_t i = 0; options->no_auth && i < server->listen_count; i++)
        if (!is_loopback(options->listen[i]))
            return options_refuse(message,
                                  "--no-auth lets whoever reaches %s write; it is for "
                                  "loopback addresses (127.0.0.1) alone",
                                  options->listen[i]);
    if (options->no_auth && options->service.rules.count > 0)
        return options_refuse(message,
                              "--no-auth lets whoever reaches this server read and write "
                              "everything, and %s has rules that say who may; leave one "
                              "of the two out",
                              options->config);
    return true;
}

/* Reads a command line, and the file that it names, into fresh options. */
static bool fill(struct options *options, const char *config, int argc,
                 char *const argv[], options_complain complain, void *context)
{
    char message[OPTIONS_MESSAGE_SIZE];
    if (config != NULL && !config_read(options, config, complain, context))
        return false;
    if (!take_words(options, argc, argv, message) ||
        (!options->help && !options->version && !complete(options, message))) {
        complain(context, message);
        return false;
    }
    return true;
}

/* The file that a command line names is known when that has been read, and is read before
 * it: so there are two passes over the command line. */
struct options *options_read(int argc, char *const argv[], options_complain complain,
                             void *context)
{
    char message[OPTIONS_MESSAGE_SIZE];
    struct options *first = options_new();
    struct options *options = options_new();
    bool good = false;
    if (first == NULL || options == NULL) {
        complain(context, "memory is short");
    } else if (!take_words(first, argc, argv, message)) {
        complain(context, message);
    } else {
        bool asked = first->help || first->version;
        good = fill(options, asked ? NULL : first->config, argc, argv, complain, context);
    }
    options_end(first);
    if (good)
        return options;
    options_end(options);
    return NULL;
}

static bool is_same(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

void options_compare(const struct options *running, const struct options *read,
                     options_complain complain, void *context)
{
    char message[OPTIONS_MESSAGE_SIZE];
    for (size_t i = 0; i < setting_count; i++) {
        if ((settings[i].traits & SETTING_RESTART) == 0 ||
            is_same(running->given[i], read->given[i]))
            continue;
        snprintf(
            message, sizeof message,
            "the setting \"%s\" has changed, and is taken only at the start: restart "
            "shojid",
            settings[i].name);
        complain(context, message);
    }
}
