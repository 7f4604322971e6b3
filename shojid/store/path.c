#include "store/path.h"

#include "store/fail.h"

#include <shoji/iri.h>

#include <string.h>

shoji_status store_path_check(const char *path, shoji_error *error)
{
    size_t depth = 0;
    size_t length = strlen(path);
    if (length == 0 || path[0] != '/' || path[length - 1] != '/' ||
        strstr(path, "//") != NULL)
        return store_fail(error, SHOJI_USAGE, NULL,
                          "a document's path begins and ends with a slash and has no "
                          "empty segment");
    if (length > STORE_PATH_MAXIMUM)
        return store_fail(error, SHOJI_LIMIT, NULL,
                          "the path has %zu bytes, and %d are allowed", length,
                          STORE_PATH_MAXIMUM);
    for (const char *at = path + 1; *at != '\0'; at++)
        depth += *at == '/';
    if (depth > STORE_PATH_DEPTH)
        return store_fail(error, SHOJI_LIMIT, NULL,
                          "the path has %zu segments, and %d are allowed", depth,
                          STORE_PATH_DEPTH);
    return SHOJI_OK;
}

size_t store_path_parent(const char *path, size_t length)
{
    if (length <= 1)
        return 0;
    size_t end = length - 1;
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end;
}

const char *store_path_segment(const char *path, size_t length, size_t *segment_length)
{
    size_t begin = store_path_parent(path, length);
    *segment_length = begin == 0 ? 0 : length - begin - 1;
    return path + begin;
}

static shoji_status append_segment(shoji_buffer *path, shoji_buffer *decoded,
                                   const char *text, size_t length)
{
    shoji_buffer_clear(decoded);
    shoji_status status = shoji_iri_append_decoded(decoded, text, length);
    if (status == SHOJI_OK)
        status = shoji_iri_append_segment(path, decoded->bytes, decoded->length);
    return status;
}

shoji_status store_path_append_normal(shoji_buffer *path, const char *text, size_t length)
{
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (status == SHOJI_OK && at < length) {
        const char *slash = memchr(text + at, '/', length - at);
        size_t end = slash != NULL ? (size_t)(slash - text) : length;
        if (end > at)
            status = append_segment(path, &decoded, text + at, end - at);
        if (status == SHOJI_OK && slash != NULL)
            status = shoji_buffer_append(path, "/", 1);
        at = slash != NULL ? end + 1 : end;
    }
    shoji_buffer_finish(&decoded);
    return status;
}
