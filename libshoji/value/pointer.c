#include "value/pointer.h"

#include <shoji/value.h>

#include <stdint.h>

bool shoji__pointer_valid(const char *pointer)
{
    if (*pointer != '\0' && *pointer != '/')
        return false;
    for (; *pointer != '\0'; pointer++)
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return false;
    return true;
}

bool shoji__pointer_next(const char **pointer, struct shoji__slice *token)
{
    if (**pointer != '/')
        return false;
    token->bytes = *pointer + 1;
    token->length = strcspn(token->bytes, "/");
    *pointer = token->bytes + token->length;
    return true;
}

/* The next character of an escaped token; moves `at` over it. */
static char next_character(struct shoji__slice token, size_t *at)
{
    char byte = token.bytes[(*at)++];
    if (byte != '~')
        return byte;
    return token.bytes[(*at)++] == '0' ? '~' : '/';
}

bool shoji__token_is(struct shoji__slice token, const char *name, size_t length)
{
    size_t at = 0;
    size_t i = 0;
    while (at < token.length && i < length)
        if (next_character(token, &at) != name[i++])
            return false;
    return at == token.length && i == length;
}

size_t shoji__token_unescape(char *name, struct shoji__slice token)
{
    size_t length = 0;
    for (size_t at = 0; at < token.length;)
        name[length++] = next_character(token, &at);
    return length;
}

bool shoji__token_index(struct shoji__slice token, size_t *index)
{
    if (token.length == 0 || (token.length > 1 && token.bytes[0] == '0'))
        return false;
    size_t value = 0;
    for (size_t i = 0; i < token.length; i++) {
        char digit = token.bytes[i];
        if (digit < '0' || digit > '9' || value > (SIZE_MAX - 9) / 10)
            return false;
        value = value * 10 + (size_t)(digit - '0');
    }
    *index = value;
    return true;
}

static shoji_value step(shoji_value value, struct shoji__slice token)
{
    static const shoji_value nothing = {NULL, 0};
    size_t index;
    if (shoji_value_type(value) == SHOJI_ARRAY)
        return shoji__token_index(token, &index) ? shoji_value_item(value, index)
                                                 : nothing;
    shoji_members members = shoji_value_members(value);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        if (shoji__token_is(token, member.name, member.name_length))
            return member.value;
    return nothing;
}

shoji_value shoji_value_at(shoji_value value, const char *pointer)
{
    static const shoji_value nothing = {NULL, 0};
    if (!shoji__pointer_valid(pointer))
        return nothing;
    struct shoji__slice token;
    while (shoji_value_exists(value) && shoji__pointer_next(&pointer, &token))
        value = step(value, token);
    return value;
}
