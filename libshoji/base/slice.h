/* A run of bytes that belongs to somebody else. */
#ifndef SHOJI_BASE_SLICE_H
#define SHOJI_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct shoji__slice {
    const char *bytes; /* not NUL-terminated; may be NULL where length is 0 */
    size_t length;
};

static inline struct shoji__slice shoji__slice(const char *bytes, size_t length)
{
    struct shoji__slice slice = {bytes, length};
    return slice;
}

static inline struct shoji__slice shoji__slice_of(const char *string)
{
    return shoji__slice(string, strlen(string));
}

static inline bool shoji__slice_equal(struct shoji__slice one, struct shoji__slice other)
{
    return one.length == other.length &&
           (one.length == 0 || memcmp(one.bytes, other.bytes, one.length) == 0);
}

static inline bool shoji__slice_is(struct shoji__slice slice, const char *string)
{
    return shoji__slice_equal(slice, shoji__slice_of(string));
}

/* A byte of a name as it stands in a token of a JSON Pointer (RFC 6901). Lent as the byte
 * is. */
static inline struct shoji__slice shoji__token_escape(const char *byte)
{
    if (*byte == '~')
        return shoji__slice("~0", 2);
    if (*byte == '/')
        return shoji__slice("~1", 2);
    return shoji__slice(byte, 1);
}

#endif
