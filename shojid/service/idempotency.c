#include "service/idempotency.h"

#include "store/fail.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#define COLLECTION "_idempotency"

enum {
    HASH_BYTES = 32
};

/* Hashes texts, NULL for an empty one, each with its NUL: so that "a" "bc" and "ab" "c"
 * differ. */
static void hash(char result[IDEMPOTENCY_HASH_SIZE], const char *const *texts,
                 size_t count, const char *body, size_t length)
{
    crypto_generichash_state state;
    unsigned char bytes[HASH_BYTES];
    crypto_generichash_init(&state, NULL, 0, sizeof bytes);
    for (size_t i = 0; i < count; i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        crypto_generichash_update(&state, (const unsigned char *)text, strlen(text) + 1);
    }
    if (length > 0)
        crypto_generichash_update(&state, (const unsigned char *)body, length);
    crypto_generichash_final(&state, bytes, sizeof bytes);
    sodium_bin2hex(result, IDEMPOTENCY_HASH_SIZE, bytes, sizeof bytes);
}

bool idempotency_begin(struct visit *visit, struct idempotency *idempotency)
{
    const struct exchange_request *request = visit->request;
    const char *key = exchange_header(request, "Idempotency-Key");
    *idempotency = (struct idempotency){.is_given = key != NULL};
    if (key == NULL)
        return true;
    if (key[0] == '\0' || strlen(key) > IDEMPOTENCY_KEY_MAXIMUM) {
        problem_answer(
            visit, 400,
            "Idempotency-Key must be from 1 to %d bytes; send a new random one, "
            "such as a UUID, with each request that is not sent again",
            IDEMPOTENCY_KEY_MAXIMUM);
        return false;
    }
    const char *who[] = {visit->visitor.user, visit->path.bytes, key};
    const char *what[] = {exchange_header(request, "Slug")};
    hash(idempotency->key, who, 3, NULL, 0);
    hash(idempotency->fingerprint, what, 1, request->body, request->body_length);
    return true;
}

struct search {
    const struct idempotency *idempotency;
    struct idempotency_record *record;
    bool is_found;
};

static shoji_status read_record(struct search *search, shoji_value root)
{
    struct idempotency_record *record = search->record;
    const char *fingerprint =
        shoji_value_string(shoji_value_member(root, "fingerprint"), NULL);
    const char *path = shoji_value_string(shoji_value_member(root, "path"), NULL);
    if (fingerprint == NULL ||
        shoji_value_uint64(shoji_value_member(root, "count"), &record->count) != SHOJI_OK)
        return SHOJI_INVALID;
    record->is_of_this_body = strcmp(fingerprint, search->idempotency->fingerprint) == 0;
    shoji_buffer_clear(&record->path);
    return path != NULL ? shoji_buffer_append_string(&record->path, path) : SHOJI_OK;
}

static shoji_status take_slate(void *context, const struct store_slate *slate)
{
    struct search *search = context;
    shoji_tree *tree;
    if (slate->expires <= (int64_t)time(NULL))
        return SHOJI_OK;
    shoji_status status = shoji_tree_parse(&tree, slate->text, slate->length, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    status = read_record(search, shoji_tree_root(tree));
    shoji_tree_free(tree);
    search->record->revision = slate->revision;
    search->is_found = status == SHOJI_OK;
    return status;
}

shoji_status idempotency_find(const struct visit *visit,
                              const struct idempotency *idempotency,
                              struct idempotency_record *record, shoji_error *error)
{
    const struct store_methods *methods = visit->service->store->methods;
    struct search search = {idempotency, record, false};
    if (!idempotency->is_given || methods->slates == NULL)
        return SHOJI_NOT_FOUND;
    shoji_status status = methods->slates(visit->snapshot, COLLECTION, idempotency->key,
                                          take_slate, &search, error);
    if (status == SHOJI_OK)
        return search.is_found ? SHOJI_OK : SHOJI_NOT_FOUND;
    if (status != SHOJI_NOT_FOUND && error->status == SHOJI_OK)
        store_fail(error, status, NULL, "what is kept of the Idempotency-Key is broken");
    return status;
}

shoji_status idempotency_write(const struct idempotency *idempotency, const char *path,
                               uint64_t count, shoji_buffer *text,
                               struct store_slate_write *slate)
{
    shoji_writer *writer;
    shoji_buffer_clear(text);
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "fingerprint");
    shoji_writer_string(writer, idempotency->fingerprint);
    shoji_writer_name(writer, "count");
    shoji_writer_uint64(writer, count);
    if (path != NULL) {
        shoji_writer_name(writer, "path");
        shoji_writer_string(writer, path);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    *slate = (struct store_slate_write){
        .collection = COLLECTION,
        .key = idempotency->key,
        .text = text->bytes,
        .expires = (int64_t)time(NULL) + IDEMPOTENCY_SECONDS,
        .must_be_new = true,
    };
    return status;
}
