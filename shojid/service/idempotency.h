/*
 * Idempotency-Key (spec/shoji.md, "Adding"): a POST that is sent again is done once. What
 * was answered is kept in a slate, which is written in the commit of the entities
 * themselves: so it is there if and only if they have been made.
 */
#ifndef SHOJID_SERVICE_IDEMPOTENCY_H
#define SHOJID_SERVICE_IDEMPOTENCY_H

#include "service/visit.h"

enum {
    IDEMPOTENCY_HASH_SIZE = 65, /* hexadecimal digits, and a NUL */
    IDEMPOTENCY_KEY_MAXIMUM = 255,
    IDEMPOTENCY_SECONDS = 24 * 60 * 60 /* for which an answer is kept */
};

/* What a request says of it. */
struct idempotency {
    bool is_given;
    char key[IDEMPOTENCY_HASH_SIZE];         /* of visitor, target and key */
    char fingerprint[IDEMPOTENCY_HASH_SIZE]; /* of what is asked for */
};

/* What a POST has done. Begin with IDEMPOTENCY_RECORD_INIT. */
struct idempotency_record {
    shoji_buffer path;    /* of the entity that it made; empty where it made many */
    uint64_t count;       /* of the entities */
    uint64_t revision;    /* of the commit */
    bool is_of_this_body; /* otherwise it was another request with the same key */
};

#define IDEMPOTENCY_RECORD_INIT                                                          \
    {                                                                                    \
        SHOJI_BUFFER_INIT, 0, 0, false                                                   \
    }

/* Reads the header. Returns whether the request can go on; otherwise 400 has been
 * answered. */
bool idempotency_begin(struct visit *visit, struct idempotency *idempotency);

/*
 * Finds what was done for that key. A snapshot must be open.
 * SHOJI_NOT_FOUND: nothing, or no key was given. Otherwise as the store's methods; the
 * error is filled.
 */
shoji_status idempotency_find(const struct visit *visit,
                              const struct idempotency *idempotency,
                              struct idempotency_record *record, shoji_error *error);

/*
 * Makes the slate to be committed, which refuses the commit if there is one by then.
 *
 * path   of the entity; NULL for many.
 * text   receives what the slate lends; cleared first.
 * slate  lends from text and idempotency.
 *
 * Fails as the buffer does.
 */
shoji_status idempotency_write(const struct idempotency *idempotency, const char *path,
                               uint64_t count, shoji_buffer *text,
                               struct store_slate_write *slate);

#endif
