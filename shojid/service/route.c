#include "service/route.h"

#include "store/fail.h"

#include <string.h>

static bool is_hexadecimal(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* The length of the well-formed UTF-8 character that bytes begin with, or 0. */
static size_t character_length(const unsigned char *bytes, size_t length)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
        {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
        {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (bytes[0] < forms[i].first_low || bytes[0] > forms[i].first_high)
            continue;
        if (forms[i].length > length)
            return 0;
        if (forms[i].length > 1 &&
            (bytes[1] < forms[i].second_low || bytes[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((bytes[k] & 0xC0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static bool is_utf8(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t step = character_length((const unsigned char *)bytes + at, length - at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

static bool has_bad_escape(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == '%' && (length - i < 3 || !is_hexadecimal(text[i + 1]) ||
                               !is_hexadecimal(text[i + 2])))
            return true;
    return false;
}

/* Why a decoded segment can be none of a document's path; NULL where it can. */
static const char *segment_fault(const char *bytes, size_t length)
{
    if (length == 0)
        return "has an empty segment; write one slash where there are two";
    if ((length == 1 && bytes[0] == '.') || (length == 2 && memcmp(bytes, "..", 2) == 0))
        return "has a dot segment (\".\" or \"..\"); resolve it before sending";
    if (memchr(bytes, '\0', length) != NULL)
        return "has an encoded NUL (%00), which no name can hold";
    if (memchr(bytes, '/', length) != NULL)
        return "has an encoded slash (%2F), which no name can hold; a template with the "
               "value in its query can ask for one";
    if (!is_utf8(bytes, length))
        return "is not UTF-8 when it is percent-decoded";
    return NULL;
}

static shoji_status append_segment(shoji_buffer *canonical, shoji_buffer *decoded,
                                   const char *text, size_t length, shoji_error *error)
{
    if (has_bad_escape(text, length))
        return store_fail(error, SHOJI_SYNTAX, NULL,
                          "the path has a '%%' without two hexadecimal digits after it; "
                          "write %%25 for a percent sign");
    shoji_buffer_clear(decoded);
    if (shoji_iri_append_decoded(decoded, text, length) != SHOJI_OK)
        return store_fail_memory(error);
    const char *fault = segment_fault(decoded->bytes, decoded->length);
    if (fault != NULL)
        return store_fail(error, SHOJI_SYNTAX, NULL, "the path %s", fault);
    if (shoji_iri_append_segment(canonical, decoded->bytes, decoded->length) !=
            SHOJI_OK ||
        shoji_buffer_append(canonical, "/", 1) != SHOJI_OK)
        return store_fail_memory(error);
    return SHOJI_OK;
}

shoji_status route_canonical(shoji_buffer *canonical, const char *path,
                             shoji_error *error)
{
    if (path[0] != '/')
        return store_fail(error, SHOJI_SYNTAX, NULL, "the path must begin with a slash");
    shoji_buffer_clear(canonical);
    if (shoji_buffer_append(canonical, "/", 1) != SHOJI_OK)
        return store_fail_memory(error);

    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    const char *at = path + 1;
    while (status == SHOJI_OK && *at != '\0') {
        size_t length = strcspn(at, "/");
        status = append_segment(canonical, &decoded, at, length, error);
        at += length;
        at += *at == '/';
    }
    shoji_buffer_finish(&decoded);
    return status;
}

bool route_is_reserved(const char *canonical)
{
    return strncmp(canonical, "/-/", 3) == 0;
}

size_t route_parent(const char *canonical, size_t length)
{
    size_t end = length > 1 ? length - 1 : 0;
    while (end > 0 && canonical[end - 1] != '/')
        end--;
    return end;
}

shoji_status route_append_name(shoji_buffer *name, const char *canonical, size_t length)
{
    size_t begin = route_parent(canonical, length);
    if (begin == 0)
        return shoji_buffer_append(name, "", 0);
    return shoji_iri_append_decoded(name, canonical + begin, length - begin - 1);
}

static bool parse_number(const char *text, size_t length, uint64_t *number)
{
    uint64_t value = 0;
    if (length == 0 || length > 19)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *number = value;
    return true;
}

static shoji_status take_limit(struct route_page *page, const char *text, size_t length,
                               size_t page_size, shoji_error *error)
{
    uint64_t number;
    if (page->limit_given || !parse_number(text, length, &number) || number == 0 ||
        number > page_size)
        return store_fail(
            error, SHOJI_SYNTAX, NULL,
            "the parameter \"limit\" must be given once, as a number from 1 "
            "to %zu",
            page_size);
    page->limit = (size_t)number;
    page->limit_given = true;
    return SHOJI_OK;
}

static shoji_status take_after(struct route_page *page, const char *text, size_t length,
                               shoji_error *error)
{
    if (page->after_given || !parse_number(text, length, &page->after) ||
        page->after > INT64_MAX)
        return store_fail(error, SHOJI_SYNTAX, NULL,
                          "the parameter \"after\" must be given once, as the server has "
                          "written it into the link \"next\"");
    page->after_given = true;
    return SHOJI_OK;
}

static shoji_status take_parameter(struct route_page *page, shoji_buffer *rest,
                                   const char *text, size_t length, size_t page_size,
                                   shoji_error *error)
{
    if (length >= 6 && memcmp(text, "limit=", 6) == 0)
        return take_limit(page, text + 6, length - 6, page_size, error);
    if (length >= 6 && memcmp(text, "after=", 6) == 0)
        return take_after(page, text + 6, length - 6, error);
    if ((rest->length > 0 && shoji_buffer_append(rest, "&", 1) != SHOJI_OK) ||
        shoji_buffer_append(rest, text, length) != SHOJI_OK)
        return store_fail_memory(error);
    return SHOJI_OK;
}

/* What no attribute that a template asks for can equal is told as such, and not as a
 * parameter that nothing declares. */
static shoji_status check_values(const shoji_buffer *query, shoji_error *error)
{
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_iri_append_decoded(&decoded, query->bytes, query->length);
    if (status != SHOJI_OK)
        status = store_fail_memory(error);
    else if (memchr(decoded.bytes, '\0', decoded.length) != NULL)
        status =
            store_fail(error, SHOJI_SYNTAX, NULL,
                       "the query has an encoded NUL (%%00), which no value that can "
                       "be asked for holds");
    else if (!is_utf8(decoded.bytes, decoded.length))
        status = store_fail(error, SHOJI_SYNTAX, NULL,
                            "the query is not UTF-8 when it is percent-decoded; encode "
                            "its values as UTF-8");
    shoji_buffer_finish(&decoded);
    return status;
}

shoji_status route_query(struct route_page *page, shoji_buffer *rest, const char *query,
                         size_t page_size, shoji_error *error)
{
    struct route_page taken = {page_size, 0, false, false};
    shoji_status status = SHOJI_OK;
    const char *at = query != NULL ? query : "";
    shoji_buffer_clear(rest);
    while (status == SHOJI_OK && *at != '\0') {
        size_t length = strcspn(at, "&");
        if (length > 0)
            status = take_parameter(&taken, rest, at, length, page_size, error);
        at += length;
        at += *at == '&';
    }
    if (status == SHOJI_OK && has_bad_escape(rest->bytes, rest->length))
        status = store_fail(error, SHOJI_SYNTAX, NULL,
                            "the query has a '%%' without two hexadecimal digits after "
                            "it; write %%25 for a percent sign");
    if (status == SHOJI_OK && rest->length > 0)
        status = check_values(rest, error);
    if (status == SHOJI_OK)
        *page = taken;
    return status;
}
