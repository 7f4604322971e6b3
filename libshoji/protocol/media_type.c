#include <shoji/protocol.h>

#include "protocol/field.h"

/* How much a range says about a type; the greatest decides. */
enum {
    NOT_NAMED = 0,
    BY_ANYTHING = 1,       /* any type, any subtype */
    BY_TYPE = 2,           /* any subtype of the type */
    BY_TYPE_WITH_MORE = 3, /* the type, with parameters */
    BY_NAME = 4
};

enum {
    WHOLE_QUALITY = 1000
};

struct range {
    struct shoji__slice type;
    struct shoji__slice subtype;
    bool has_parameters;
    int quality; /* thousandths */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * A weight of RFC 9110, section 12.4.2, in thousandths, or -1. ".2" is read as 0.2: the
 * HTTP client of Java's own library sent it for twenty years.
 */
static int parse_quality(struct shoji__slice text)
{
    if (text.length == 0 || text.length > 5)
        return -1;
    size_t at = 0;
    int quality = 0;
    if (is_digit(text.bytes[0]))
        quality = (text.bytes[at++] - '0') * WHOLE_QUALITY;
    else if (text.length == 1)
        return -1;
    if (at < text.length && text.bytes[at++] != '.')
        return -1;
    int place = WHOLE_QUALITY / 10;
    for (; at < text.length; at++, place /= 10) {
        if (!is_digit(text.bytes[at]))
            return -1;
        quality += (text.bytes[at] - '0') * place;
    }
    return quality <= WHOLE_QUALITY ? quality : -1;
}

static bool split_type(struct shoji__slice text, struct shoji__slice *type,
                       struct shoji__slice *subtype)
{
    const char *slash = text.length != 0 ? memchr(text.bytes, '/', text.length) : NULL;
    if (slash == NULL)
        return false;
    size_t length = (size_t)(slash - text.bytes);
    *type = shoji__slice(text.bytes, length);
    *subtype = shoji__slice(slash + 1, text.length - length - 1);
    return shoji__is_token(*type) && shoji__is_token(*subtype);
}

/* One parameter of a range, its weight among them; false where it is malformed. */
static bool read_parameter(struct range *range, struct shoji__slice parameter)
{
    if (parameter.length == 0)
        return true;
    const char *equals = memchr(parameter.bytes, '=', parameter.length);
    if (equals == NULL)
        return false;
    size_t length = (size_t)(equals - parameter.bytes);
    struct shoji__slice name = shoji__slice(parameter.bytes, length);
    if (!shoji__is_token(name))
        return false;
    if (!shoji__equal_ignoring_case(name, shoji__slice_of("q"))) {
        range->has_parameters = true;
        return true;
    }
    range->quality =
        parse_quality(shoji__slice(equals + 1, parameter.length - length - 1));
    return range->quality >= 0;
}

static bool parse_range(struct range *range, struct shoji__slice text)
{
    struct shoji__slice part;
    range->has_parameters = false;
    range->quality = WHOLE_QUALITY;
    if (!shoji__field_next(&part, &text, ';') ||
        !split_type(part, &range->type, &range->subtype))
        return false;
    if (shoji__slice_is(range->type, "*") && !shoji__slice_is(range->subtype, "*"))
        return false;
    while (shoji__field_next(&part, &text, ';'))
        if (!read_parameter(range, part))
            return false;
    return true;
}

/*
 * Our types have no parameters, yet a range that has some names them too: to answer 406
 * to "application/json; charset=utf-8" would serve nobody.
 */
static int specificity(const struct range *range, struct shoji__slice type,
                       struct shoji__slice subtype)
{
    if (shoji__slice_is(range->type, "*"))
        return BY_ANYTHING;
    if (!shoji__equal_ignoring_case(range->type, type))
        return NOT_NAMED;
    if (shoji__slice_is(range->subtype, "*"))
        return BY_TYPE;
    if (!shoji__equal_ignoring_case(range->subtype, subtype))
        return NOT_NAMED;
    return range->has_parameters ? BY_TYPE_WITH_MORE : BY_NAME;
}

static int quality_of(const char *accept, const char *text)
{
    struct shoji__slice type;
    struct shoji__slice subtype;
    if (!split_type(shoji__slice_of(text), &type, &subtype))
        return 0;
    int most_specific = NOT_NAMED;
    int quality = 0;
    struct shoji__slice rest = shoji__slice_of(accept);
    struct shoji__slice part;
    while (shoji__field_next(&part, &rest, ',')) {
        struct range range;
        if (!parse_range(&range, part))
            continue;
        int how = specificity(&range, type, subtype);
        if (how > most_specific ||
            (how == most_specific && how != NOT_NAMED && range.quality > quality)) {
            most_specific = how;
            quality = range.quality;
        }
    }
    return quality;
}

/* An Accept without any element says as little as none (RFC 9110, section 12.5.1). */
static bool says_nothing(const char *accept)
{
    return accept == NULL || accept[strspn(accept, " \t,")] == '\0';
}

int shoji_accept_choose(const char *accept, const char *const types[], size_t count)
{
    if (says_nothing(accept))
        return count != 0 ? 0 : -1;
    int best = -1;
    int best_quality = 0;
    for (size_t i = 0; i < count; i++) {
        int quality = quality_of(accept, types[i]);
        if (quality > best_quality) {
            best = (int)i;
            best_quality = quality;
        }
    }
    return best;
}

bool shoji_media_type_is(const char *content_type, const char *type)
{
    if (content_type == NULL)
        return false;
    struct shoji__slice named = shoji__slice(content_type, strcspn(content_type, ";"));
    return shoji__equal_ignoring_case(shoji__field_trim(named), shoji__slice_of(type));
}
