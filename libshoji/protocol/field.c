#include "protocol/field.h"

#include <string.h>

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

bool shoji__is_token_byte(char byte)
{
    return byte != '\0' && (is_alphanumeric(byte) || strchr("!#$%&'*+-.^_`|~", byte));
}

bool shoji__is_token(struct shoji__slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!shoji__is_token_byte(text.bytes[i]))
            return false;
    return text.length != 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct shoji__slice shoji__field_trim(struct shoji__slice text)
{
    while (text.length != 0 && is_blank(text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    while (text.length != 0 && is_blank(text.bytes[text.length - 1]))
        text.length--;
    return text;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool shoji__equal_ignoring_case(struct shoji__slice one, struct shoji__slice other)
{
    if (one.length != other.length)
        return false;
    for (size_t i = 0; i < one.length; i++)
        if (lower(one.bytes[i]) != lower(other.bytes[i]))
            return false;
    return true;
}

bool shoji__field_next(struct shoji__slice *part, struct shoji__slice *rest,
                       char separator)
{
    if (rest->bytes == NULL)
        return false;
    bool quoted = false;
    size_t at = 0;
    while (at < rest->length && (quoted || rest->bytes[at] != separator)) {
        if (rest->bytes[at] == '"')
            quoted = !quoted;
        else if (rest->bytes[at] == '\\' && quoted && at + 1 < rest->length)
            at++;
        at++;
    }
    *part = shoji__field_trim(shoji__slice(rest->bytes, at));
    if (at == rest->length)
        *rest = shoji__slice(NULL, 0);
    else
        *rest = shoji__slice(rest->bytes + at + 1, rest->length - at - 1);
    return true;
}
