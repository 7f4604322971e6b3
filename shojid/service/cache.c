#include "service/cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOT_COUNT = 4096,
    SHARE = 8
};

struct entry {
    struct entry *next;  /* of its slot */
    struct entry *older; /* in the order in which they were asked for */
    struct entry *newer;
    uint64_t hash;
    size_t key_length;
    size_t body_length;
    char bytes[]; /* key and body */
};

struct cache {
    pthread_mutex_t lock; /* of everything below */
    size_t maximum;
    size_t bytes;
    struct entry *oldest;
    struct entry *newest;
    struct entry *slots[SLOT_COUNT];
};

struct cache *cache_new(size_t maximum)
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    cache->maximum = maximum;
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL) {
        struct entry *next = cache->oldest->newer;
        free(cache->oldest);
        cache->oldest = next;
    }
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static uint64_t hash(const shoji_buffer *key)
{
    uint64_t state = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key->length; i++)
        state = (state ^ (unsigned char)key->bytes[i]) * UINT64_C(0x100000001b3);
    return state;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + entry->key_length + entry->body_length;
}

/* The link that leads to the entry of a key, or to where one would stand. */
static struct entry **find(struct cache *cache, const shoji_buffer *key, uint64_t hashed)
{
    struct entry **link = &cache->slots[hashed % SLOT_COUNT];
    while (*link != NULL &&
           ((*link)->hash != hashed || (*link)->key_length != key->length ||
            memcmp((*link)->bytes, key->bytes, key->length) != 0))
        link = &(*link)->next;
    return link;
}

static void leave_order(struct cache *cache, struct entry *entry)
{
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
}

static void make_newest(struct cache *cache, struct entry *entry)
{
    entry->older = cache->newest;
    entry->newer = NULL;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop_oldest(struct cache *cache)
{
    struct entry *entry = cache->oldest;
    struct entry **link = &cache->slots[entry->hash % SLOT_COUNT];
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    leave_order(cache, entry);
    cache->bytes -= size_of(entry);
    free(entry);
}

bool cache_get(struct cache *cache, const shoji_buffer *key, shoji_buffer *body)
{
    uint64_t hashed = hash(key);
    bool got = false;
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = *find(cache, key, hashed);
    if (entry != NULL) {
        leave_order(cache, entry);
        make_newest(cache, entry);
        got = shoji_buffer_append(body, entry->bytes + entry->key_length,
                                  entry->body_length) == SHOJI_OK;
    }
    pthread_mutex_unlock(&cache->lock);
    return got;
}

static struct entry *make_entry(const shoji_buffer *key, const shoji_buffer *body)
{
    struct entry *entry = malloc(sizeof *entry + key->length + body->length);
    if (entry == NULL)
        return NULL;
    entry->next = NULL;
    entry->hash = hash(key);
    entry->key_length = key->length;
    entry->body_length = body->length;
    memcpy(entry->bytes, key->bytes, key->length);
    memcpy(entry->bytes + key->length, body->bytes, body->length);
    return entry;
}

void cache_put(struct cache *cache, const shoji_buffer *key, const shoji_buffer *body)
{
    size_t share = cache->maximum / SHARE;
    if (key->length == 0 || key->length > share || body->length > share - key->length)
        return;
    struct entry *entry = make_entry(key, body);
    if (entry == NULL)
        return;
    pthread_mutex_lock(&cache->lock);
    struct entry **link = find(cache, key, entry->hash);
    bool known = *link != NULL;
    if (!known) {
        *link = entry;
        make_newest(cache, entry);
        cache->bytes += size_of(entry);
        while (cache->bytes > cache->maximum)
            drop_oldest(cache);
    }
    pthread_mutex_unlock(&cache->lock);
    if (known)
        free(entry);
}
