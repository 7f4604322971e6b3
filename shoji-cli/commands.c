/* The table of commands, and the options that all of them take. */
#include "command.h"

const struct command *const commands[] = {
    &command_get,     &command_follow,
    &command_ls,      &command_tree,
    &command_new,     &command_put,
    &command_rm,      &command_import,
    &command_expand,  &command_match,
    &command_resolve, &command_validate,
    &command_fmt,     NULL,
};

static const char *const colour_choices[] = {
    [COLOUR_AUTO] = "auto",
    [COLOUR_ALWAYS] = "always",
    [COLOUR_NEVER] = "never",
    NULL,
};

static const char *const base_rule_choices[] = {
    [SHOJI_BASE_AUTO] = "auto",
    [SHOJI_BASE_RFC3986] = "rfc3986",
    [SHOJI_BASE_BELOW] = "below",
    NULL,
};

const struct option no_options[] = {OPTION_END};

const struct option general_options[] = {
    {
        .name = "json",
        .kind = OPTION_FLAG,
        .help = "print listings and reports as JSON, for programs: an object a line",
        .offset = offsetof(struct settings, json),
    },
    {
        .name = "include",
        .letter = 'i',
        .kind = OPTION_FLAG,
        .help = "print the status and the headers of the answer before its body, also "
                "where it is an error",
        .offset = offsetof(struct settings, include),
    },
    {
        .name = "header",
        .letter = 'H',
        .kind = OPTION_LIST,
        .argument = "'NAME: VALUE'",
        .help = "send this header, to the origin of the IRI alone; repeatable",
        .offset = offsetof(struct settings, headers),
    },
    {
        .name = "token-file",
        .kind = OPTION_TEXT,
        .argument = "FILE",
        .help = "send the bearer token that the file holds, to the origin of the IRI "
                "alone; without it, the environment's SHOJI_TOKEN is the token",
        .offset = offsetof(struct settings, token_file),
    },
    {
        .name = "token",
        .kind = OPTION_TEXT,
        .argument = "TOKEN",
        .help = "the token itself; beware: other users of this machine can see it in the "
                "list of processes",
        .offset = offsetof(struct settings, token),
    },
    {
        .name = "netrc",
        .kind = OPTION_FLAG,
        .help = "take user and password of a host from ~/.netrc",
        .offset = offsetof(struct settings, netrc),
    },
    {
        .name = "timeout",
        .kind = OPTION_SECONDS,
        .argument = "SECONDS",
        .help = "give up a request that takes longer (default: 300)",
        .offset = offsetof(struct settings, timeout_ms),
    },
    {
        .name = "base-rule",
        .kind = OPTION_CHOICE,
        .argument = "auto|rfc3986|below",
        .help = "how to resolve relative references where the base does not end in a "
                "slash: as the document suggests (auto), to the letter of RFC 3986, or "
                "below the base",
        .offset = offsetof(struct settings, base_rule),
        .choices = base_rule_choices,
    },
    {
        .name = "trust-self",
        .kind = OPTION_FLAG,
        .help =
            "let a document's \"self\" be its base also where it names another origin "
            "than the one that it came from",
        .offset = offsetof(struct settings, trust_self),
    },
    {
        .name = "strict",
        .kind = OPTION_FLAG,
        .help = "refuse the arrays of draft 01 where a map of names is expected",
        .offset = offsetof(struct settings, strict),
    },
    {
        .name = "color",
        .kind = OPTION_CHOICE,
        .argument = "auto|always|never",
        .help = "colour and layout: on a terminal unless NO_COLOR is set (auto), always, "
                "or never",
        .offset = offsetof(struct settings, colour),
        .choices = colour_choices,
    },
    {
        .name = "quiet",
        .letter = 'q',
        .kind = OPTION_FLAG,
        .help = "print no notes and no progress, only failures",
        .offset = offsetof(struct settings, quiet),
    },
    {
        .name = "version",
        .kind = OPTION_FLAG,
        .help = "print the version, and stop",
        .offset = offsetof(struct settings, version),
    },
    {
        .name = "help",
        .letter = 'h',
        .kind = OPTION_FLAG,
        .help = "print help, about the command if there is one, and stop",
        .offset = offsetof(struct settings, help),
    },
    OPTION_END,
};
