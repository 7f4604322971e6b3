#include "service/rules.h"

#include <string.h>

static const struct rules_grant everybody = {RULES_PUBLIC, NULL};
static const struct rules_grant token_holders = {RULES_USERS, NULL};

static const struct {
    const char *word;
    enum rules_who who;
} words[] = {
    {"public", RULES_PUBLIC},
    {"users", RULES_USERS},
    {"nobody", RULES_NOBODY},
};

static enum rules_who find_word(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == length && strncmp(words[i].word, text, length) == 0)
            return words[i].who;
    return RULES_UNSAID;
}

bool rules_is_user(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._@+-";
    if (length == 0 || length > RULES_USER_MAXIMUM)
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] == '\0' || strchr(letters, name[i]) == NULL)
            return false;
    return find_word(name, length) == RULES_UNSAID;
}

bool rules_parse(struct rules_grant *grant, char *names, const char *text)
{
    static const char between[] = " \t,";
    enum rules_who who = find_word(text, strlen(text));
    if (who != RULES_UNSAID) {
        *grant = (struct rules_grant){who, NULL};
        return true;
    }
    size_t used = 0;
    const char *at = text + strspn(text, between);
    while (*at != '\0') {
        size_t length = strcspn(at, between);
        if (!rules_is_user(at, length))
            return false;
        if (used > 0)
            names[used++] = ' ';
        memcpy(names + used, at, length);
        used += length;
        at += length;
        at += strspn(at, between);
    }
    names[used] = '\0';
    *grant = (struct rules_grant){RULES_NAMED, names};
    return used > 0;
}

static bool begins_with(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

const struct rules_grant *rules_reading(const struct rules *rules, const char *path)
{
    const struct rules_grant *found = &everybody;
    size_t longest = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        size_t length = strlen(rule->prefix);
        if (rule->read.who == RULES_UNSAID || length <= longest ||
            !begins_with(path, rule->prefix))
            continue;
        found = &rule->read;
        longest = length;
    }
    return found;
}

const struct rules_grant *rules_writing(const struct rules *rules, const char *path)
{
    const struct rules_grant *found = &token_holders;
    size_t longest = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        size_t length = strlen(rule->prefix);
        if (rule->write.who == RULES_UNSAID || length <= longest ||
            !begins_with(path, rule->prefix))
            continue;
        found = &rule->write;
        longest = length;
    }
    return found;
}

static bool names_hold(const char *names, const char *user)
{
    size_t length = strlen(user);
    for (const char *at = names; *at != '\0';) {
        size_t name = strcspn(at, " ");
        if (name == length && strncmp(at, user, length) == 0)
            return true;
        at += name;
        at += strspn(at, " ");
    }
    return false;
}

bool rules_let(const struct rules_grant *grant, const char *user)
{
    switch (grant->who) {
    case RULES_PUBLIC:
        return true;
    case RULES_USERS:
        return user != NULL;
    case RULES_NAMED:
        return user != NULL && names_hold(grant->names, user);
    default:
        return false;
    }
}

/* Whether a rule is about something directly below a path. */
static bool is_directly_below(const struct rule *rule, const char *path)
{
    size_t length = strlen(path);
    if (rule->read.who == RULES_UNSAID || !begins_with(rule->prefix, path))
        return false;
    const char *slash = strchr(rule->prefix + length, '/');
    return slash != NULL && slash[1] == '\0';
}

const char *rules_next_below(const struct rules *rules, const char *path, size_t *at)
{
    while (*at < rules->count) {
        const struct rule *rule = &rules->rules[(*at)++];
        if (is_directly_below(rule, path))
            return rule->prefix;
    }
    return NULL;
}

bool rules_hide_below(const struct rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->rules[i].read.who != RULES_PUBLIC &&
            is_directly_below(&rules->rules[i], path))
            return true;
    return false;
}

uint64_t rules_view(const struct rules *rules, const char *path, const char *user)
{
    uint64_t view = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (!is_directly_below(rule, path) || rules_let(&rule->read, user))
            continue;
        /* FNV-1a, over the prefixes of what is kept from the user. */
        for (const char *at = rule->prefix; *at != '\0'; at++)
            view =
                ((view != 0 ? view : UINT64_C(0xcbf29ce484222325)) ^ (unsigned char)*at) *
                UINT64_C(0x100000001b3);
    }
    return view;
}
