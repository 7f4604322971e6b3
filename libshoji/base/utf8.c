#include "base/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t shoji__utf8_decode(const char *bytes, size_t length, uint32_t *code_point)
{
    /* The smallest code point that needs each length: anything less is overlong. */
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)bytes;
    uint32_t value;
    size_t need;

    if (length == 0)
        return 0;
    if (byte[0] < 0x80) {
        value = byte[0];
        need = 1;
    } else if ((byte[0] & 0xe0) == 0xc0) {
        value = byte[0] & 0x1fu;
        need = 2;
    } else if ((byte[0] & 0xf0) == 0xe0) {
        value = byte[0] & 0x0fu;
        need = 3;
    } else if ((byte[0] & 0xf8) == 0xf0) {
        value = byte[0] & 0x07u;
        need = 4;
    } else {
        return 0;
    }
    if (need > length)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if (!is_continuation(byte[i]))
            return 0;
        value = value << 6 | (byte[i] & 0x3fu);
    }
    if (value < smallest[need] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    if (code_point != NULL)
        *code_point = value;
    return need;
}

size_t shoji__utf8_encode(char bytes[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        bytes[0] = (char)(0xc0 | code_point >> 6);
        bytes[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        bytes[0] = (char)(0xe0 | code_point >> 12);
        bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | code_point >> 18);
    bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

size_t shoji__utf8_valid_prefix(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint64_t block;
        if (length - at >= sizeof block) {
            memcpy(&block, bytes + at, sizeof block);
            if ((block & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof block;
                continue;
            }
        }
        size_t step = shoji__utf8_decode(bytes + at, length - at, NULL);
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

size_t shoji__utf8_count(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += !is_continuation((unsigned char)bytes[i]);
    return count;
}
