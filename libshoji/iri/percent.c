#include "iri/percent.h"

#include <shoji/iri.h>

#include "base/utf8.h"

static const char hex_digits[] = "0123456789ABCDEF";

size_t shoji__percent_character(const char *bytes, size_t length, uint32_t *code_point)
{
    char decoded[4];
    size_t count = 0;
    while (count < sizeof decoded &&
           shoji__is_triplet(bytes + 3 * count, length - 3 * count)) {
        decoded[count] = shoji__triplet_byte(bytes + 3 * count);
        count++;
    }
    return 3 * shoji__utf8_decode(decoded, count, code_point);
}

static void write_triplet(char triplet[3], char byte)
{
    triplet[0] = '%';
    triplet[1] = hex_digits[(unsigned char)byte >> 4];
    triplet[2] = hex_digits[(unsigned char)byte & 15];
}

shoji_status shoji__percent_append(shoji_buffer *buffer, char byte)
{
    char triplet[3];
    write_triplet(triplet, byte);
    return shoji_buffer_append(buffer, triplet, sizeof triplet);
}

shoji_status shoji__percent_encode_wide(shoji_buffer *buffer, struct shoji__slice text)
{
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (at < text.length && status == SHOJI_OK) {
        size_t end = at;
        while (end < text.length && shoji__is_ascii(text.bytes[end]))
            end++;
        status = shoji_buffer_append(buffer, text.bytes + at, end - at);
        for (at = end;
             at < text.length && !shoji__is_ascii(text.bytes[at]) && status == SHOJI_OK;
             at++)
            status = shoji__percent_append(buffer, text.bytes[at]);
    }
    return status;
}

shoji_status shoji__percent_normalize(shoji_buffer *buffer, struct shoji__slice text)
{
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (at < text.length && status == SHOJI_OK) {
        char byte = text.bytes[at];
        bool triplet = shoji__is_triplet(text.bytes + at, text.length - at);
        if (triplet)
            byte = shoji__triplet_byte(text.bytes + at);
        if (triplet ? shoji__is(byte, SHOJI__UNRESERVED) : shoji__is_ascii(byte))
            status = shoji__buffer_append_byte(buffer, byte);
        else
            status = shoji__percent_append(buffer, byte);
        at += triplet ? 3 : 1;
    }
    return status;
}

/* Appends one triplet that stays. */
static shoji_status keep_triplet(shoji_buffer *buffer, const char *triplet, bool upper)
{
    if (upper)
        return shoji__percent_append(buffer, shoji__triplet_byte(triplet));
    return shoji_buffer_append(buffer, triplet, 3);
}

shoji_status shoji__percent_decode_safe(shoji_buffer *buffer, struct shoji__slice text,
                                        bool in_query, bool upper)
{
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (at < text.length && status == SHOJI_OK) {
        const char *bytes = text.bytes + at;
        size_t left = text.length - at;
        if (!shoji__is_triplet(bytes, left)) {
            status = shoji__buffer_append_byte(buffer, *bytes);
            at++;
            continue;
        }
        uint32_t point = 0;
        size_t width = shoji__percent_character(bytes, left, &point);
        bool decode =
            width != 0 && (point < 0x80 ? shoji__is((char)point, SHOJI__UNRESERVED)
                                        : shoji__iri_allows(point, in_query));
        if (decode) {
            char character[4];
            status = shoji_buffer_append(buffer, character,
                                         shoji__utf8_encode(character, point));
            at += width;
        } else {
            status = keep_triplet(buffer, bytes, upper);
            at += 3;
        }
    }
    return status;
}

/* "." and "..", which would be taken for dot segments. */
static bool is_dot_segment(const char *text, size_t length)
{
    return (length == 1 && text[0] == '.') ||
           (length == 2 && text[0] == '.' && text[1] == '.');
}

shoji_status shoji_iri_append_segment(shoji_buffer *buffer, const char *text,
                                      size_t length)
{
    bool encode_all = is_dot_segment(text, length);
    size_t need = length;
    for (size_t i = 0; i < length; i++)
        if (encode_all || !shoji__is(text[i], SHOJI__UNRESERVED))
            need += 2;

    shoji_status status = shoji_buffer_reserve(buffer, need);
    for (size_t i = 0; i < length && status == SHOJI_OK; i++) {
        if (encode_all || !shoji__is(text[i], SHOJI__UNRESERVED))
            status = shoji__percent_append(buffer, text[i]);
        else
            status = shoji__buffer_append_byte(buffer, text[i]);
    }
    return status;
}

shoji_status shoji_iri_append_decoded(shoji_buffer *buffer, const char *text,
                                      size_t length)
{
    size_t need = length;
    for (size_t at = 0; at < length; at++) {
        if (shoji__is_triplet(text + at, length - at)) {
            need -= 2;
            at += 2;
        }
    }

    shoji_status status = shoji_buffer_reserve(buffer, need);
    for (size_t at = 0; at < length && status == SHOJI_OK; at++) {
        char byte = text[at];
        if (shoji__is_triplet(text + at, length - at)) {
            byte = shoji__triplet_byte(text + at);
            at += 2;
        }
        status = shoji__buffer_append_byte(buffer, byte);
    }
    return status;
}
