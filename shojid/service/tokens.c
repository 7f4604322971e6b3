#include "service/tokens.h"

#include "store/fail.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define COLLECTION "_auth"
#define PREFIX "shj_"

enum {
    SECRET_BYTES = 32,
    HASH_BYTES = 32,
    ID_BYTES = 6,
    PREFIX_LENGTH = sizeof PREFIX - 1
};

static shoji_status make_ready(struct store *store, shoji_error *error)
{
    if (sodium_init() < 0)
        return store_fail(error, SHOJI_INVALID, NULL,
                          "the system gives no random numbers for tokens");
    if (store->methods->slates == NULL)
        return store_fail(error, SHOJI_USAGE, NULL,
                          "this store keeps no tokens: a database (sqlite:PATH) does");
    return SHOJI_OK;
}

static void hash(char key[TOKENS_KEY_SIZE], const char *text)
{
    unsigned char bytes[HASH_BYTES];
    crypto_generichash(bytes, sizeof bytes, (const unsigned char *)text, strlen(text),
                       NULL, 0);
    sodium_bin2hex(key, TOKENS_KEY_SIZE, bytes, sizeof bytes);
}

static bool has_form(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_";
    return strlen(text) == TOKENS_TEXT_SIZE - 1 &&
           strncmp(text, PREFIX, PREFIX_LENGTH) == 0 &&
           text[strspn(text, letters)] == '\0';
}

static bool is_id(const char *text)
{
    return strlen(text) == TOKENS_ID_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == TOKENS_ID_SIZE - 1;
}

shoji_status tokens_check_user(const char *user, shoji_error *error)
{
    if (rules_is_user(user, strlen(user)) && !is_id(user))
        return SHOJI_OK;
    return store_fail(error, SHOJI_USAGE, NULL,
                      "\"%.100s\" cannot be a user's name: it is 1 to %d letters, digits "
                      "and . _ @ + -, but not 12 hexadecimal digits, which name a token, "
                      "and none of public, users and nobody",
                      user, RULES_USER_MAXIMUM);
}

void tokens_forget(char *text, size_t size)
{
    sodium_memzero(text, size);
}

static void make_text(char text[TOKENS_TEXT_SIZE])
{
    unsigned char secret[SECRET_BYTES];
    randombytes_buf(secret, sizeof secret);
    memcpy(text, PREFIX, PREFIX_LENGTH);
    sodium_bin2base64(text + PREFIX_LENGTH, TOKENS_TEXT_SIZE - PREFIX_LENGTH, secret,
                      sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
}

static shoji_status commit_slates(struct store *store,
                                  const struct store_slate_write *slates, size_t count,
                                  int64_t now, shoji_error *error)
{
    struct store_batch batch = {.slates = slates, .slate_count = count, .now = now};
    struct store_result result;
    return store->methods->commit(store, &batch, &result, error);
}

/* What is written has no character that JSON would escape: see rules_is_user. */
static shoji_status keep(struct store *store, const struct token *token, int64_t now,
                         shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(
        &text, "{\"user\":\"%s\",\"created\":%" PRId64 ",\"id\":\"%s\"}", token->user,
        token->created, token->id);
    if (status == SHOJI_OK) {
        struct store_slate_write write = {
            .collection = COLLECTION,
            .key = token->key,
            .text = text.bytes,
            .expires = token->expires,
            .must_be_new = true,
        };
        status = commit_slates(store, &write, 1, now, error);
    } else {
        store_fail_memory(error);
    }
    shoji_buffer_finish(&text);
    return status;
}

shoji_status tokens_add(struct store *store, const char *user, int64_t now,
                        int64_t expires, char text[TOKENS_TEXT_SIZE], struct token *token,
                        shoji_error *error)
{
    unsigned char id[ID_BYTES];
    struct token made = {.created = now, .expires = expires};
    shoji_status status = tokens_check_user(user, error);
    if (status == SHOJI_OK)
        status = make_ready(store, error);
    if (status != SHOJI_OK)
        return status;
    memcpy(made.user, user, strlen(user) + 1);
    randombytes_buf(id, sizeof id);
    sodium_bin2hex(made.id, sizeof made.id, id, sizeof id);
    make_text(text);
    hash(made.key, text);
    status = keep(store, &made, now, error);
    if (status == SHOJI_OK)
        *token = made;
    else
        tokens_forget(text, TOKENS_TEXT_SIZE);
    return status;
}

static bool copy_member(char *to, size_t size, shoji_value value, const char *name)
{
    size_t length = 0;
    const char *text = shoji_value_string(shoji_value_member(value, name), &length);
    if (text == NULL || length >= size || strlen(text) != length)
        return false;
    memcpy(to, text, length + 1);
    return true;
}

/* Reads what a slate says. SHOJI_INVALID: it is no token's. */
static shoji_status read_slate(struct token *token, const struct store_slate *slate)
{
    shoji_tree *tree = NULL;
    struct token read = {.expires = slate->expires};
    shoji_status status = strlen(slate->key) < sizeof read.key ? SHOJI_OK : SHOJI_INVALID;
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, slate->text, slate->length, NULL, NULL);
    if (status == SHOJI_OK) {
        shoji_value root = shoji_tree_root(tree);
        memcpy(read.key, slate->key, strlen(slate->key) + 1);
        shoji_value_int64(shoji_value_member(root, "created"), &read.created);
        if (!copy_member(read.id, sizeof read.id, root, "id") ||
            !copy_member(read.user, sizeof read.user, root, "user"))
            status = SHOJI_INVALID;
    }
    shoji_tree_free(tree);
    if (status == SHOJI_OK)
        *token = read;
    return status == SHOJI_NO_MEMORY || status == SHOJI_OK ? status : SHOJI_INVALID;
}

struct look_up {
    const char *key;
    int64_t now;
    struct token *token;
    bool found;
};

/* The look-up by a hash tells nothing about a token, since nobody can choose what a text
 * hashes to; the comparison does not either. */
static shoji_status take_found(void *context, const struct store_slate *slate)
{
    struct look_up *look_up = context;
    if (strlen(slate->key) != TOKENS_KEY_SIZE - 1 ||
        sodium_memcmp(slate->key, look_up->key, TOKENS_KEY_SIZE - 1) != 0 ||
        (slate->expires != 0 && slate->expires <= look_up->now))
        return SHOJI_OK;
    shoji_status status = read_slate(look_up->token, slate);
    look_up->found = status == SHOJI_OK;
    return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
}

shoji_status tokens_find(struct store *store, struct store_snapshot *snapshot,
                         const char *text, int64_t now, struct token *token,
                         shoji_error *error)
{
    char key[TOKENS_KEY_SIZE];
    struct look_up look_up = {key, now, token, false};
    if (store->methods->slates == NULL || !has_form(text))
        return store_fail(error, SHOJI_NOT_FOUND, NULL, "there is no such token");
    hash(key, text);
    shoji_status status =
        store->methods->slates(snapshot, COLLECTION, key, take_found, &look_up, error);
    if (status == SHOJI_OK && !look_up.found)
        return store_fail(error, SHOJI_NOT_FOUND, NULL, "there is no such token");
    return status;
}

struct iteration {
    tokens_callback callback;
    void *context;
};

static shoji_status take_each(void *context, const struct store_slate *slate)
{
    const struct iteration *iteration = context;
    struct token token;
    shoji_status status = read_slate(&token, slate);
    if (status == SHOJI_INVALID)
        return SHOJI_OK;
    return status == SHOJI_OK ? iteration->callback(iteration->context, &token) : status;
}

shoji_status tokens_each(struct store *store, tokens_callback callback, void *context,
                         shoji_error *error)
{
    struct iteration iteration = {callback, context};
    struct store_snapshot *snapshot = NULL;
    shoji_status status = make_ready(store, error);
    if (status == SHOJI_OK)
        status = store->methods->snapshot(store, &snapshot, error);
    if (status != SHOJI_OK)
        return status;
    status =
        store->methods->slates(snapshot, COLLECTION, NULL, take_each, &iteration, error);
    store->methods->release(snapshot);
    return status;
}

shoji_status tokens_remove(struct store *store, char (*keys)[TOKENS_KEY_SIZE],
                           size_t count, int64_t now, shoji_error *error)
{
    struct store_slate_write *writes = calloc(count + 1, sizeof *writes);
    if (writes == NULL)
        return store_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        writes[i] = (struct store_slate_write){.collection = COLLECTION, .key = keys[i]};
    shoji_status status = commit_slates(store, writes, count, now, error);
    free(writes);
    return status;
}
