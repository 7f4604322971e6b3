#define _DEFAULT_SOURCE /* getrandom */

#include "store/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    FIRST_SLOTS = 64
};

void table_finish(struct table *table)
{
    free(table->slots);
    shoji_buffer_finish(&table->keys);
    table->slots = NULL;
    table->slot_count = 0;
    table->used = 0;
}

/* FNV-1a from a secret beginning, with its high bits mixed into the low ones, which alone
 * choose the slot. */
static uint64_t hash_of(const struct table *table, const char *key, size_t length)
{
    uint64_t hash = table->seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 32;
}

/* The slot of a key, or the free one where it would be. */
static struct table_slot *slot_of(const struct table *table, uint64_t hash,
                                  const char *key, size_t length)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct table_slot *slot = &table->slots[i];
        if (slot->value == 0 ||
            (slot->hash == hash && slot->length == length &&
             memcmp(table->keys.bytes + slot->offset, key, length) == 0))
            return slot;
    }
}

bool table_find(const struct table *table, const char *key, size_t length,
                uint32_t *value)
{
    if (table->slot_count == 0)
        return false;
    const struct table_slot *slot =
        slot_of(table, hash_of(table, key, length), key, length);
    if (slot->value == 0)
        return false;
    *value = slot->value - 1;
    return true;
}

/* Doubles the slots. At most half of them are used, so that a search ends soon. */
static shoji_status grow(struct table *table)
{
    size_t count = table->slot_count == 0 ? FIRST_SLOTS : table->slot_count * 2;
    struct table_slot *slots = calloc(count, sizeof slots[0]);
    if (slots == NULL)
        return SHOJI_NO_MEMORY;
    if (table->slot_count == 0 &&
        getrandom(&table->seed, sizeof table->seed, GRND_NONBLOCK) < 0)
        table->seed = (uintptr_t)slots;
    for (size_t i = 0; i < table->slot_count; i++) {
        const struct table_slot *slot = &table->slots[i];
        size_t at = (size_t)slot->hash & (count - 1);
        if (slot->value == 0)
            continue;
        while (slots[at].value != 0)
            at = (at + 1) & (count - 1);
        slots[at] = *slot;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return SHOJI_OK;
}

shoji_status table_add(struct table *table, const char *key, size_t length,
                       uint32_t value)
{
    shoji_status status = SHOJI_OK;
    if (table->used * 2 >= table->slot_count)
        status = grow(table);
    size_t offset = table->keys.length;
    /* A byte between the keys, so that the buffer has bytes also where a key has none. */
    if (status == SHOJI_OK)
        status = shoji_buffer_reserve(&table->keys, length + 1);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&table->keys, key, length);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&table->keys, "", 1);
    if (status != SHOJI_OK)
        return status;
    uint64_t hash = hash_of(table, key, length);
    *slot_of(table, hash, key, length) =
        (struct table_slot){hash, offset, length, value + 1};
    table->used++;
    return SHOJI_OK;
}
