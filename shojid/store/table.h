/* A table of byte strings, each with a number: what a projection has met. */
#ifndef SHOJID_STORE_TABLE_H
#define SHOJID_STORE_TABLE_H

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
    uint64_t hash;
    size_t offset; /* of the key in `keys` */
    size_t length;
    uint32_t value; /* one more than the number; 0 for a free slot */
};

/* Begin with TABLE_INIT. */
struct table {
    struct table_slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t used;
    uint64_t seed; /* so that nobody who chooses keys knows which of them collide */
    shoji_buffer keys;
};

/* `maximum` is how many bytes all keys together can have. */
#define TABLE_INIT(maximum_bytes)                                                        \
    {                                                                                    \
        NULL, 0, 0, 0,                                                                   \
        {                                                                                \
            .maximum = (maximum_bytes)                                                   \
        }                                                                                \
    }

void table_finish(struct table *table);

/* The number of a key, into `value`; false where it is not there. */
bool table_find(const struct table *table, const char *key, size_t length,
                uint32_t *value);

/* Adds a key that is not there, with a number below UINT32_MAX. SHOJI_LIMIT: no room for
 * it. SHOJI_NO_MEMORY. */
shoji_status table_add(struct table *table, const char *key, size_t length,
                       uint32_t value);

#endif
