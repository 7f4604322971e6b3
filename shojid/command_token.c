/* "shojid token": who may write. */
#include "commands.h"
#include "service/tokens.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help_text[] =
    "Usage: shojid token add USER [--expires TIME] [STORE]\n"
    "       shojid token list [STORE]\n"
    "       shojid token revoke ID|USER [STORE]\n"
    "\n"
    "  add      makes a token: whoever sends it, as \"Authorization: Bearer TOKEN\",\n"
    "           is USER. It is printed, once: the store has its hash alone\n"
    "  list     tells which there are: id, user, since when, and until when\n"
    "  revoke   ends one token, or all of a user's\n"
    "\n"
    "  --expires TIME   how long it counts, as 30d, 12h or 90m; if it is left out,\n"
    "                   or never: until it is revoked\n"
    "  STORE            sqlite:PATH; " COMMANDS_DEFAULT_STORE " if it is left out\n"
    "\n"
    "A shojid that serves the store meanwhile knows of it with the next request.\n"
    "Exit status: 0 done, 1 failed, 2 the command line is wrong.\n";

enum {
    DATE_SIZE = 32
};

/* What the words after the command's name say. */
struct request {
    const char *verb;
    const char *subject; /* USER, or ID */
    const char *store;
    int64_t lifetime; /* seconds; 0 for ever */
};

static bool parse_lifetime(int64_t *seconds, const char *text)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t digits = strspn(text, "0123456789");
    if (strcmp(text, "never") == 0) {
        *seconds = 0;
        return true;
    }
    if (digits == 0 || digits > 6 || text[digits] == '\0' || text[digits + 1] != '\0')
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].letter != text[digits])
            continue;
        *seconds = strtol(text, NULL, 10) * units[i].seconds;
        return *seconds > 0;
    }
    return false;
}

/* Takes "--expires TIME" or "--expires=TIME" at argv[*at]; 0, or an exit status. */
static int take_flag(struct request *request, int argc, char *const argv[], int *at)
{
    static const char flag[] = "--expires";
    const char *word = argv[*at];
    const char *value = NULL;
    if (strncmp(word, flag, sizeof flag - 1) != 0 || strcmp(request->verb, "add") != 0)
        return commands_fail(COMMANDS_USAGE,
                             "token %s has no option %s; shojid token --help",
                             request->verb, word);
    if (word[sizeof flag - 1] == '=')
        value = word + sizeof flag;
    else if (word[sizeof flag - 1] == '\0' && *at + 1 < argc)
        value = argv[++*at];
    if (value == NULL || !parse_lifetime(&request->lifetime, value))
        return commands_fail(COMMANDS_USAGE,
                             "--expires wants a time, such as 30d, 12h, 90m or "
                             "never");
    return 0;
}

static int take_word(struct request *request, const char *word)
{
    bool wants_subject = strcmp(request->verb, "list") != 0;
    if (wants_subject && request->subject == NULL)
        request->subject = word;
    else if (request->store == NULL)
        request->store = word;
    else
        return commands_fail(COMMANDS_USAGE,
                             "token %s has a word too many, %s; shojid token "
                             "--help",
                             request->verb, word);
    return 0;
}

/* Reads the words; 0, or an exit status. */
static int parse(struct request *request, int argc, char *const argv[])
{
    static const char *const verbs[] = {"add", "list", "revoke"};
    const char *verb = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verb, verbs[i]) == 0)
            request->verb = verbs[i];
    if (request->verb == NULL)
        return commands_fail(COMMANDS_USAGE,
                             "token does add, list or revoke; shojid token --help");
    for (int at = 2; at < argc; at++) {
        int status = argv[at][0] == '-' ? take_flag(request, argc, argv, &at)
                                        : take_word(request, argv[at]);
        if (status != 0)
            return status;
    }
    if (request->subject == NULL && strcmp(request->verb, "list") != 0)
        return commands_fail(
            COMMANDS_USAGE, "token %s wants %s; shojid token --help", request->verb,
            strcmp(request->verb, "add") == 0 ? "a user's name"
                                              : "a token's id or a user's name");
    if (request->store == NULL)
        request->store = COMMANDS_DEFAULT_STORE;
    /* Before a large tree is read in vain. */
    if (strncmp(request->store, "dir:", 4) == 0)
        return commands_fail(
            COMMANDS_USAGE, "a directory keeps no tokens: a database (sqlite:PATH) does");
    return 0;
}

static void format_date(char text[DATE_SIZE], int64_t seconds)
{
    struct tm parts;
    time_t when = (time_t)seconds;
    if (gmtime_r(&when, &parts) == NULL ||
        strftime(text, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(text, DATE_SIZE, "%" PRId64, seconds);
}

/* Whether what was printed has gone where it was to go. */
static int end_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    return commands_fail(EXIT_FAILURE, "the standard output cannot be written");
}

static int add(const struct request *request)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store *store = NULL;
    struct token token;
    char text[TOKENS_TEXT_SIZE];
    char until[DATE_SIZE] = "it is revoked";
    int64_t now = (int64_t)time(NULL);
    int64_t expires = request->lifetime > 0 ? now + request->lifetime : 0;
    shoji_status status = tokens_check_user(request->subject, &error);
    if (status == SHOJI_OK)
        status = store_open(&store, request->store, false, &error);
    if (status == SHOJI_OK)
        status = tokens_add(store, request->subject, now, expires, text, &token, &error);
    store_close(store);
    if (status != SHOJI_OK)
        return commands_fail_for(&error);
    puts(text);
    tokens_forget(text, sizeof text);
    if (expires != 0)
        format_date(until, expires);
    fprintf(stderr,
            "shojid: token %s of %s, until %s. It is shown this once; send it as "
            "\"Authorization: Bearer TOKEN\".\n",
            token.id, token.user, until);
    return end_output();
}

static shoji_status print_token(void *context, const struct token *token)
{
    char created[DATE_SIZE];
    char expires[DATE_SIZE] = "never";
    const int64_t *now = context;
    format_date(created, token->created);
    if (token->expires != 0)
        format_date(expires, token->expires);
    printf("%s %s %s %s%s\n", token->id, token->user, created, expires,
           token->expires != 0 && token->expires <= *now ? " expired" : "");
    return SHOJI_OK;
}

static int list(const struct request *request)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store *store = NULL;
    int64_t now = (int64_t)time(NULL);
    shoji_status status = store_open(&store, request->store, true, &error);
    if (status == SHOJI_OK)
        status = tokens_each(store, print_token, &now, &error);
    store_close(store);
    return status == SHOJI_OK ? end_output() : commands_fail_for(&error);
}

/* The tokens that are to be revoked. */
struct chosen {
    const char *subject;
    char (*keys)[TOKENS_KEY_SIZE];
    size_t count;
    size_t room;
};

static shoji_status choose(void *context, const struct token *token)
{
    struct chosen *chosen = context;
    if (strcmp(token->id, chosen->subject) != 0 &&
        strcmp(token->user, chosen->subject) != 0)
        return SHOJI_OK;
    if (chosen->count == chosen->room) {
        size_t room = chosen->room > 0 ? 2 * chosen->room : 16;
        char(*keys)[TOKENS_KEY_SIZE] = realloc(chosen->keys, room * sizeof *keys);
        if (keys == NULL)
            return SHOJI_NO_MEMORY;
        chosen->keys = keys;
        chosen->room = room;
    }
    memcpy(chosen->keys[chosen->count++], token->key, TOKENS_KEY_SIZE);
    return SHOJI_OK;
}

/* Opened for reading first: a store that is not there is not to be made. */
static int revoke(const struct request *request)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store *store = NULL;
    struct chosen chosen = {.subject = request->subject};
    int exit_status = EXIT_SUCCESS;
    shoji_status status = store_open(&store, request->store, true, &error);
    if (status == SHOJI_OK)
        status = tokens_each(store, choose, &chosen, &error);
    store_close(store);
    store = NULL;
    if (status == SHOJI_OK && chosen.count > 0)
        status = store_open(&store, request->store, false, &error);
    if (status == SHOJI_OK && chosen.count > 0)
        status =
            tokens_remove(store, chosen.keys, chosen.count, (int64_t)time(NULL), &error);
    store_close(store);
    if (status != SHOJI_OK)
        exit_status = commands_fail_for(&error);
    else if (chosen.count == 0)
        exit_status =
            commands_fail(EXIT_FAILURE,
                          "there is no token %s, and no user of that name has one; "
                          "shojid token list tells which there are",
                          request->subject);
    else
        fprintf(stderr, "shojid: revoked %zu token%s\n", chosen.count,
                chosen.count == 1 ? "" : "s");
    free(chosen.keys);
    return exit_status;
}

int command_token(int argc, char *const argv[])
{
    struct request request = {NULL, NULL, NULL, 0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0)
            continue;
        fputs(help_text, stdout);
        return end_output();
    }
    int status = parse(&request, argc, argv);
    if (status != 0)
        return status;
    if (strcmp(request.verb, "add") == 0)
        return add(&request);
    return strcmp(request.verb, "list") == 0 ? list(&request) : revoke(&request);
}
