/*
 * Tokens: what a client sends as "Authorization: Bearer", to be known as a user. A token
 * is 256 random bits; the store has its BLAKE2b hash alone, as the key of a slate in the
 * collection "_auth", so that nobody who reads the store can write with what it has.
 */
#ifndef SHOJID_SERVICE_TOKENS_H
#define SHOJID_SERVICE_TOKENS_H

#include "service/rules.h"
#include "store/store.h"

enum {
    TOKENS_TEXT_SIZE = 48, /* of a token: "shj_" and 43 letters, and a NUL */
    TOKENS_KEY_SIZE = 65,  /* of its hash, in hexadecimal */
    TOKENS_ID_SIZE = 13    /* of what names it in public: 12 hexadecimal digits */
};

/* A token without its secret. */
struct token {
    char key[TOKENS_KEY_SIZE];
    char id[TOKENS_ID_SIZE];
    char user[RULES_USER_MAXIMUM + 1];
    int64_t created; /* seconds since 1970 */
    int64_t expires; /* the same; 0 for never */
};

/* Whether a user can have that name: it must not look like a token's id either.
 * SHOJI_USAGE: none can; the message says what one can be. */
shoji_status tokens_check_user(const char *user, shoji_error *error);

/*
 * Makes a token for a user.
 *
 * text      receives it: it is not kept anywhere.
 * token     receives what is known about it.
 *
 * SHOJI_USAGE: as tokens_check_user, or the store keeps no tokens. As the store's commit.
 */
shoji_status tokens_add(struct store *store, const char *user, int64_t now,
                        int64_t expires, char text[TOKENS_TEXT_SIZE], struct token *token,
                        shoji_error *error);

/*
 * Finds a token by its text.
 * SHOJI_NOT_FOUND: there is none, or it has expired. As the store's methods.
 */
shoji_status tokens_find(struct store *store, struct store_snapshot *snapshot,
                         const char *text, int64_t now, struct token *token,
                         shoji_error *error);

/* A status other than SHOJI_OK ends the iteration, which returns it. */
typedef shoji_status (*tokens_callback)(void *context, const struct token *token);

/* Calls back with each token, expired ones as well, until they have been swept. */
shoji_status tokens_each(struct store *store, tokens_callback callback, void *context,
                         shoji_error *error);

/* Removes tokens, by their keys. `keys` has `count` of them. */
shoji_status tokens_remove(struct store *store, char (*keys)[TOKENS_KEY_SIZE],
                           size_t count, int64_t now, shoji_error *error);

/* Overwrites a secret, so that it does not stay in memory. */
void tokens_forget(char *text, size_t size);

#endif
