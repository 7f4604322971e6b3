#include "options.h"

#include "suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECONDS_MAXIMUM = 1000000
};

/* An option that was found, as it was written, for messages. */
struct found {
    const struct option *option;
    void *target;
    const char *written; /* "--depth" or "-H" */
};

static void found_set(struct found *found, const struct option_group *group,
                      const struct option *option, const char *written)
{
    found->option = option;
    found->target = (char *)group->settings + option->offset;
    found->written = written;
}

static enum exit_code set_number(const struct found *found, const char *value)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    bool digits = value[0] >= '0' && value[0] <= '9' && *end == '\0';
    if (!digits || errno != 0 || number < found->option->minimum ||
        number > found->option->maximum)
        return failure(EXIT_USAGE, "%s needs a whole number from %lu to %lu, not '%s'",
                       found->written, found->option->minimum, found->option->maximum,
                       value);
    *(unsigned long *)found->target = number;
    return EXIT_DONE;
}

static enum exit_code set_seconds(const struct found *found, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);
    bool plain = value[0] != '\0' && value[strspn(value, "0123456789.")] == '\0';
    if (!plain || *end != '\0' || !(seconds >= 0.001 && seconds <= SECONDS_MAXIMUM))
        return failure(EXIT_USAGE,
                       "%s needs a number of seconds from 0.001 to %d, "
                       "not '%s'",
                       found->written, SECONDS_MAXIMUM, value);
    *(long *)found->target = (long)(seconds * 1000);
    return EXIT_DONE;
}

static enum exit_code add_to_list(const struct found *found, const char *value)
{
    struct option_list *list = found->target;
    if (list->count == OPTION_LIST_MAXIMUM)
        return failure(EXIT_USAGE, "%s can be given %d times, and no more",
                       found->written, OPTION_LIST_MAXIMUM);
    list->items[list->count++] = value;
    list->items[list->count] = NULL;
    return EXIT_DONE;
}

static enum exit_code set_choice(const struct found *found, const char *value)
{
    const char *const *choices = found->option->choices;
    for (unsigned i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], value) == 0) {
            *(unsigned *)found->target = i;
            return EXIT_DONE;
        }
    }
    return failure(EXIT_USAGE, "%s takes %s, not '%s'", found->written,
                   found->option->argument, value);
}

static enum exit_code set(const struct found *found, const char *value)
{
    switch (found->option->kind) {
    case OPTION_FLAG:
        *(bool *)found->target = true;
        break;
    case OPTION_TEXT:
        *(const char **)found->target = value;
        break;
    case OPTION_LIST:
        return add_to_list(found, value);
    case OPTION_NUMBER:
        return set_number(found, value);
    case OPTION_SECONDS:
        return set_seconds(found, value);
    case OPTION_CHOICE:
        return set_choice(found, value);
    }
    return EXIT_DONE;
}

/* Sets an option from the value that is written with it, or from the next argument. */
static enum exit_code take(struct option_parser *parser, const struct found *found,
                           const char *value)
{
    if (found->option->kind == OPTION_FLAG) {
        if (value != NULL)
            return failure(EXIT_USAGE, "%s takes no value", found->written);
        return set(found, "");
    }
    if (value == NULL && parser->at < parser->argc)
        value = parser->argv[parser->at++];
    if (value == NULL)
        return failure(EXIT_USAGE, "%s needs a value: %s %s", found->written,
                       found->written, found->option->argument);
    return set(found, value);
}

static bool find_long(struct found *found, const struct option_parser *parser,
                      const char *name, size_t length)
{
    for (size_t i = 0; i < parser->group_count; i++) {
        const struct option *option = parser->groups[i].options;
        for (; option->name != NULL; option++) {
            if (strncmp(option->name, name, length) == 0 &&
                option->name[length] == '\0') {
                found_set(found, &parser->groups[i], option, name - 2);
                return true;
            }
        }
    }
    return false;
}

static bool find_letter(struct found *found, const struct option_parser *parser,
                        char letter, const char *written)
{
    for (size_t i = 0; i < parser->group_count; i++) {
        const struct option *option = parser->groups[i].options;
        for (; option->name != NULL; option++) {
            if (option->letter == letter) {
                found_set(found, &parser->groups[i], option, written);
                return true;
            }
        }
    }
    return false;
}

static enum exit_code unknown_long(const struct option_parser *parser, const char *name)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, name);
    for (size_t i = 0; i < parser->group_count; i++) {
        const struct option *option = parser->groups[i].options;
        for (; option->name != NULL; option++)
            suggestion_consider(&suggestion, option->name);
    }
    if (suggestion.nearest != NULL)
        return failure(EXIT_USAGE, "unknown option --%s; did you mean --%s?", name,
                       suggestion.nearest);
    if (parser->group_count == 1)
        return failure(EXIT_USAGE,
                       "unknown option --%s (a command's own options come after it; see "
                       "shoji-cli --help)",
                       name);
    return failure(EXIT_USAGE, "unknown option --%s (see --help)", name);
}

/* "--name", "--name=value" or "--name value". The '=' is overwritten, so that messages
 * have the name alone. */
static enum exit_code parse_long(struct option_parser *parser, char *argument)
{
    char *name = argument + 2;
    char *equals = strchr(name, '=');
    const char *value = NULL;
    if (equals != NULL) {
        *equals = '\0';
        value = equals + 1;
    }
    struct found found;
    if (!find_long(&found, parser, name, strlen(name)))
        return unknown_long(parser, name);
    return take(parser, &found, value);
}

/* "-q", "-iq", "-H value", "-Hvalue" or "-iHvalue". */
static enum exit_code parse_letters(struct option_parser *parser, const char *argument)
{
    for (const char *at = argument + 1; *at != '\0'; at++) {
        const char written[] = {'-', *at, '\0'};
        struct found found;
        if (!find_letter(&found, parser, *at, written))
            return failure(EXIT_USAGE, "unknown option %s in '%s' (see --help)", written,
                           argument);
        bool takes_value = found.option->kind != OPTION_FLAG;
        const char *value = takes_value && at[1] != '\0' ? at + 1 : NULL;
        enum exit_code code = take(parser, &found, value);
        if (code != EXIT_DONE || takes_value)
            return code;
    }
    return EXIT_DONE;
}

enum exit_code options_next(struct option_parser *parser, char **operand)
{
    *operand = NULL;
    while (parser->at < parser->argc) {
        char *argument = parser->argv[parser->at++];
        if (parser->only_operands || argument[0] != '-' || argument[1] == '\0') {
            *operand = argument;
            return EXIT_DONE;
        }
        if (strcmp(argument, "--") == 0) {
            parser->only_operands = true;
            continue;
        }
        enum exit_code code = argument[1] == '-' ? parse_long(parser, argument)
                                                 : parse_letters(parser, argument);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}
