#include "service/rate.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

enum {
    SET_COUNT = 2048, /* 128 KiB in all */
    SET_SIZE = 4
};

/*
 * A bucket is one time: that at which it would be full again. Each request moves it on by
 * the time that one takes to come back, and passes unless it would then be further away
 * than the whole bucket takes (the "generic cell rate algorithm").
 */
struct bucket {
    uint64_t key; /* a keyed hash, which nobody outside can make meet another */
    int64_t full; /* a time that is past is that of a bucket that nobody uses */
};

struct rate {
    pthread_mutex_t lock;
    unsigned char secret[crypto_shorthash_KEYBYTES];
    struct bucket sets[SET_COUNT][SET_SIZE];
};

bool rate_parse(struct rate_limit *limit, const char *text)
{
    static const struct {
        const char *name;
        uint32_t seconds;
    } times[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
    size_t digits = strspn(text, "0123456789");
    if (strcmp(text, "off") == 0) {
        *limit = (struct rate_limit){0, 0};
        return true;
    }
    if (digits == 0 || digits > 7 || text[digits] != '/')
        return false;
    unsigned long count = strtoul(text, NULL, 10);
    if (count == 0 || count > RATE_COUNT_MAXIMUM)
        return false;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (strcmp(text + digits + 1, times[i].name) != 0)
            continue;
        *limit = (struct rate_limit){(uint32_t)count, times[i].seconds};
        return true;
    }
    return false;
}

struct rate *rate_new(void)
{
    if (sodium_init() < 0)
        return NULL;
    struct rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL || pthread_mutex_init(&rate->lock, NULL) != 0) {
        free(rate);
        return NULL;
    }
    randombytes_buf(rate->secret, sizeof rate->secret);
    for (size_t i = 0; i < SET_COUNT; i++)
        for (size_t k = 0; k < SET_SIZE; k++)
            rate->sets[i][k].full = INT64_MIN;
    return rate;
}

void rate_free(struct rate *rate)
{
    if (rate == NULL)
        return;
    pthread_mutex_destroy(&rate->lock);
    free(rate);
}

static uint64_t hash(const struct rate *rate, enum rate_kind kind, const char *key)
{
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t number = 0;
    crypto_shorthash(bytes, (const unsigned char *)key, strlen(key), rate->secret);
    memcpy(&number, bytes, sizeof number);
    return (number & ~UINT64_C(1)) | (kind == RATE_TOKEN);
}

/* The bucket of a key, or in its place that of its set which is the nearest to full. */
static struct bucket *find(struct rate *rate, uint64_t key)
{
    struct bucket *set = rate->sets[(key >> 1) % SET_COUNT];
    struct bucket *found = &set[0];
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full < found->full)
            found = &set[i];
    }
    *found = (struct bucket){key, INT64_MIN};
    return found;
}

uint32_t rate_take(struct rate *rate, struct rate_limit limit, enum rate_kind kind,
                   const char *key, int64_t now)
{
    if (limit.count == 0)
        return 0;
    int64_t whole = limit.seconds * SECOND;
    int64_t step = whole / limit.count;
    pthread_mutex_lock(&rate->lock);
    struct bucket *bucket = find(rate, hash(rate, kind, key));
    int64_t full = bucket->full > now ? bucket->full : now;
    /* What an earlier, slower limit has left behind. */
    if (full > now + whole)
        full = now + whole;
    int64_t wait = full + step - now - whole;
    bucket->full = wait > 0 ? full : full + step;
    pthread_mutex_unlock(&rate->lock);
    return wait > 0 ? (uint32_t)((wait + SECOND - 1) / SECOND) : 0;
}
