/*
 * Rules: who may read and who may write what lies below a path (spec/shoji.md,
 * "Access"). Of the rules whose prefix a path begins with, the one with the longest that
 * says something counts, for reading and for writing each; where none does, everybody may
 * read, and whoever has a token may write.
 */
#ifndef SHOJID_SERVICE_RULES_H
#define SHOJID_SERVICE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RULES_MAXIMUM = 256,    /* in one server: each request looks at all of them */
    RULES_USER_MAXIMUM = 64 /* bytes of a user's name */
};

enum rules_who {
    RULES_UNSAID, /* the next shorter prefix says */
    RULES_PUBLIC, /* everybody */
    RULES_USERS,  /* whoever has a token */
    RULES_NAMED,  /* those of them who are named */
    RULES_NOBODY
};

struct rules_grant {
    enum rules_who who;
    const char *names; /* of RULES_NAMED: "ann bob", with one space between them */
};

struct rule {
    const char *prefix; /* canonical: "/users/" */
    struct rules_grant read;
    struct rules_grant write;
};

/* The rules of a server; lent. */
struct rules {
    const struct rule *rules;
    size_t count;
};

/* Whether a text can be a user's name: 1 to 64 ASCII letters, digits and . _ @ + -, and
 * none of the words that a rule has for others. */
bool rules_is_user(const char *name, size_t length);

/*
 * Reads what a rule says: "public", "users", "nobody", or names with spaces or commas
 * between them.
 *
 * names   has room for the text and a NUL, and is lent for the life of the grant.
 *
 * False where the text is none of them.
 */
bool rules_parse(struct rules_grant *grant, char *names, const char *text);

/* What the rules say of a canonical path. */
const struct rules_grant *rules_reading(const struct rules *rules, const char *path);
const struct rules_grant *rules_writing(const struct rules *rules, const char *path);

/* Whether that lets a user, or NULL for nobody that is known. */
bool rules_let(const struct rules_grant *grant, const char *user);

/*
 * Whether something directly below a path may be kept from a reader of it: a rule is
 * about exactly that, and does not let everybody read.
 */
bool rules_hide_below(const struct rules *rules, const char *path);

/* The prefix of the next rule that is about something directly below a path and says who
 * may read it; NULL after the last. `at` begins with 0. */
const char *rules_next_below(const struct rules *rules, const char *path, size_t *at);

/* A number that is the same for two users who are shown the same directly below a path,
 * and 0 where that is everything. */
uint64_t rules_view(const struct rules *rules, const char *path, const char *user);

#endif
