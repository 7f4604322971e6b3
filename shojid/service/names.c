#define _DEFAULT_SOURCE /* getrandom */

#include "service/names.h"

#include "service/route.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
    TIME_CHARACTERS = 9, /* 45 bits of milliseconds: until the year 3084 */
    RANDOM_CHARACTERS = 10,
    SLUG_MAXIMUM = 200
};

/* Base 32 without letters that are taken for digits, in the order of their codes. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static shoji_status fill_random(unsigned char *bytes, size_t length)
{
    size_t filled = 0;
    while (filled < length) {
        ssize_t got = getrandom(bytes + filled, length - filled, 0);
        if (got < 0 && errno != EINTR)
            return SHOJI_UNREACHABLE;
        filled += got > 0 ? (size_t)got : 0;
    }
    return SHOJI_OK;
}

shoji_status names_make_id(char id[NAMES_ID_SIZE])
{
    unsigned char random[RANDOM_CHARACTERS];
    struct timespec now;
    if (fill_random(random, sizeof random) != SHOJI_OK ||
        clock_gettime(CLOCK_REALTIME, &now) != 0)
        return SHOJI_UNREACHABLE;
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    for (int i = TIME_CHARACTERS - 1; i >= 0; i--) {
        id[i] = alphabet[milliseconds & 31];
        milliseconds >>= 5;
    }
    for (int i = 0; i < RANDOM_CHARACTERS; i++)
        id[TIME_CHARACTERS + i] = alphabet[random[i] & 31];
    id[TIME_CHARACTERS + RANDOM_CHARACTERS] = '\0';
    return SHOJI_OK;
}

/* What a path cannot hold becomes a hyphen; white space at the ends is dropped. */
static shoji_status tidy(shoji_buffer *text)
{
    size_t begin = 0;
    while (begin < text->length && text->bytes[begin] == ' ')
        begin++;
    while (text->length > begin && text->bytes[text->length - 1] == ' ')
        text->length--;
    text->length -= begin;
    if (text->length == 0 || text->length > SLUG_MAXIMUM)
        return SHOJI_NO_MATCH;
    memmove(text->bytes, text->bytes + begin, text->length);
    text->bytes[text->length] = '\0';
    for (size_t i = 0; i < text->length; i++)
        if ((unsigned char)text->bytes[i] < 0x20 || text->bytes[i] == 0x7F ||
            text->bytes[i] == '/')
            text->bytes[i] = '-';
    return SHOJI_OK;
}

/* Appends the one segment of a canonical path. */
static shoji_status append_only_segment(shoji_buffer *segment, const char *path)
{
    shoji_buffer canonical = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = route_canonical(&canonical, path, &error);
    if (status == SHOJI_OK &&
        (canonical.length < 3 || route_parent(canonical.bytes, canonical.length) != 1))
        status = SHOJI_NO_MATCH;
    if (status == SHOJI_OK)
        status = shoji_buffer_append(segment, canonical.bytes + 1, canonical.length - 2);
    else if (status != SHOJI_NO_MEMORY)
        status = SHOJI_NO_MATCH;
    shoji_buffer_finish(&canonical);
    return status;
}

shoji_status names_append_slug(shoji_buffer *segment, const char *slug)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_append_decoded(&text, slug, strlen(slug));
    if (status == SHOJI_OK)
        status = tidy(&text);
    if (status == SHOJI_OK)
        status = shoji_buffer_append(&path, "/", 1);
    if (status == SHOJI_OK)
        status = shoji_iri_append_segment(&path, text.bytes, text.length);
    if (status == SHOJI_OK)
        status = append_only_segment(segment, path.bytes);
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&path);
    return status;
}

shoji_status names_append_key(shoji_buffer *segment, const char *key)
{
    if (key[0] == '/' || strpbrk(key, "?#:{}") != NULL)
        return SHOJI_NO_MATCH;
    shoji_buffer path = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&path, "/%s", key);
    if (status == SHOJI_OK)
        status = append_only_segment(segment, path.bytes);
    shoji_buffer_finish(&path);
    return status;
}
