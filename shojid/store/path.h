/*
 * Canonical paths, by which a store keeps its documents: "/", or "/" and segments that
 * each end in a slash, with everything but unreserved characters percent-encoded.
 */
#ifndef SHOJID_STORE_PATH_H
#define SHOJID_STORE_PATH_H

#include <shoji/buffer.h>
#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    STORE_PATH_MAXIMUM = 8192, /* bytes of a path */
    STORE_PATH_DEPTH = 64      /* segments of a path */
};

/*
 * Checks that a document can be kept under a path.
 * SHOJI_USAGE: it has not the form of a canonical path. SHOJI_LIMIT: longer or deeper
 * than the limits above.
 */
shoji_status store_path_check(const char *path, shoji_error *error);

/* The length of the parent's path, its slash included; 0 for the root. */
size_t store_path_parent(const char *path, size_t length);

/* The last segment, without slashes; lent. The root has an empty one. */
const char *store_path_segment(const char *path, size_t length, size_t *segment_length);

/*
 * Appends an absolute path, or the beginning of one up to a slash, in normal form: each
 * segment decoded and encoded again. Fails as the buffer does.
 */
shoji_status store_path_append_normal(shoji_buffer *path, const char *text,
                                      size_t length);

#endif
