/*
 * Bodies that have been made before: bounded in bytes, and what has not been asked for
 * the longest goes first. What is in it is never wrong, since the key has all that a body
 * depends on; what is not asked for any more is pushed out by what is.
 */
#ifndef SHOJID_SERVICE_CACHE_H
#define SHOJID_SERVICE_CACHE_H

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>

struct cache;

/* `maximum` bytes of bodies, keys and what they are kept in. NULL where memory is short.
 */
struct cache *cache_new(size_t maximum);

/* NULL is allowed. */
void cache_free(struct cache *cache);

/* Appends the body of a key. Returns whether there was one, and memory for it. */
bool cache_get(struct cache *cache, const shoji_buffer *key, shoji_buffer *body);

/* Keeps a copy of a body, if it is no more than an eighth of all that can be kept, and
 * there is memory for it. */
void cache_put(struct cache *cache, const shoji_buffer *key, const shoji_buffer *body);

/* Threads: any number at once. */

#endif
