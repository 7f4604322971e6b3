/*
 * uriparser knows the grammar of RFC 3986, which is ASCII. An IRI is put before it with
 * each non-ASCII byte replaced by a letter: of the places where a letter may stand, only
 * schemes and IP literals do not take the non-ASCII characters of RFC 3987, and these two
 * are checked here.
 */
#include "iri/parse.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "iri/characters.h"
#include "iri/percent.h"

#include <stdint.h>
#include <string.h>
#include <uriparser/Uri.h>

/* The text that is parsed, and what to call it in a message. */
struct source {
    const char *text;
    size_t length;
    const char *what;
    shoji_error *error;
};

static void *uri_malloc(UriMemoryManager *manager, size_t size)
{
    (void)manager;
    return shoji__alloc(size);
}

static void uri_free(UriMemoryManager *manager, void *memory)
{
    (void)manager;
    shoji__release(memory);
}

static shoji_status fail_at(const struct source *source, size_t offset, const char *code,
                            const char *reason)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    shoji__excerpt(excerpt, source->text, source->length);
    size_t column = shoji__utf8_count(source->text, offset) + 1;
    shoji__fail(source->error, SHOJI_SYNTAX, code,
                "the %s \"%s\" is malformed at column %zu: %s", source->what, excerpt,
                column, reason);
    shoji__error_place(source->error, 1, column, offset);
    return SHOJI_SYNTAX;
}

static bool has_byte(const struct source *source, size_t from, size_t to, const char *set)
{
    for (size_t i = from; i < to; i++)
        if (strchr(set, source->text[i]) != NULL)
            return true;
    return false;
}

/* Whether a position is in the authority, or at its end. */
static bool in_authority(const struct source *source, size_t at)
{
    const char *slashes = strstr(source->text, "//");
    if (slashes == NULL)
        return false;
    size_t start = (size_t)(slashes - source->text);
    bool first = start == 0 ||
                 (source->text[start - 1] == ':' && !has_byte(source, 0, start, "/?#"));
    return first && at >= start + 2 && !has_byte(source, start + 2, at, "/?#");
}

/*
 * The character at fault of an authority that uriparser left at `at`. Where it left at
 * the end, a port is none: up to there, it could still have been part of a user.
 */
static size_t find_authority_fault(const struct source *source, size_t at)
{
    if (at < source->length && strchr("/?#", source->text[at]) == NULL)
        return at;
    size_t start = at;
    while (start > 0 && strchr("/@", source->text[start - 1]) == NULL)
        start--;
    const char *bracket = memchr(source->text + start, ']', at - start);
    if (bracket != NULL)
        start = (size_t)(bracket - source->text) + 1;
    const char *colon = memchr(source->text + start, ':', at - start);
    if (colon == NULL)
        return at;
    size_t fault = (size_t)(colon - source->text) + 1;
    while (fault < at && shoji__is(source->text[fault], SHOJI__DIGIT))
        fault++;
    return fault;
}

static bool in_ip_literal(const struct source *source, size_t at)
{
    if (!in_authority(source, at))
        return false;
    for (size_t i = at; i-- > 0;) {
        if (source->text[i] == '[')
            return true;
        if (source->text[i] == ']' || source->text[i] == '/')
            return false;
    }
    return false;
}

/* Says what is wrong where uriparser stopped. */
static shoji_status explain(const struct source *source, size_t at)
{
    const char *text = source->text;
    if ((at >= 1 && text[at - 1] == '%') ||
        (at >= 2 && text[at - 2] == '%' && shoji__is(text[at - 1], SHOJI__HEX)))
        return fail_at(source, at, "iri.percent",
                       "two hexadecimal digits must follow a percent sign; "
                       "a percent sign itself is written %25");
    if (in_ip_literal(source, at))
        return fail_at(source, at, "iri.ip-literal",
                       "the brackets of a host hold an IPv6 address, and this is none");
    if (in_authority(source, at) && text[at] != ' ')
        return fail_at(source, find_authority_fault(source, at), "iri.authority",
                       "this character may not stand in a host or port; "
                       "a port is digits only");
    if (text[at] == ':')
        return fail_at(source, at, "iri.scheme",
                       "what precedes the first colon is no scheme; "
                       "a relative path with a colon begins with \"./\"");
    if (text[at] == '{' || text[at] == '}')
        return fail_at(source, at, "iri.brace",
                       "a brace may not stand in an IRI; a template must be expanded "
                       "first, and a brace itself is written %7B or %7D");
    if (text[at] == '#')
        return fail_at(source, at, "iri.syntax", "a second number sign; write it as %23");
    return fail_at(source, at, "iri.character",
                   text[at] == ' '
                       ? "a space may not stand in an IRI; write it as %20"
                       : "this character may not stand here; percent-encode it");
}

/*
 * Checks the non-ASCII characters, and finds whether there are any. Private-use ones may
 * stand in the query only.
 */
static shoji_status check_wide(const struct source *source, bool *wide)
{
    bool in_query = false;
    bool in_fragment = false;
    size_t at = 0;
    while (at < source->length) {
        char byte = source->text[at];
        if (shoji__is_ascii(byte)) {
            in_fragment = in_fragment || byte == '#';
            in_query = !in_fragment && (in_query || byte == '?');
            at++;
            continue;
        }
        uint32_t point = 0;
        size_t step = shoji__utf8_decode(source->text + at, source->length - at, &point);
        if (step == 0)
            return fail_at(source, at, "iri.utf8", "it is not UTF-8");
        if (shoji__is_bidi_format(point))
            return fail_at(source, at, "iri.character",
                           "a character that turns the direction of writing may not "
                           "stand in an IRI; percent-encode it");
        if (!shoji__iri_allows(point, in_query))
            return fail_at(source, at, "iri.character",
                           "this character may not stand here; percent-encode it");
        *wide = true;
        at += step;
    }
    return SHOJI_OK;
}

/* A copy with 'x' for each non-ASCII byte. */
static char *make_ascii(const struct source *source)
{
    char *copy = shoji__copy_text(source->text, source->length);
    for (size_t i = 0; copy != NULL && i < source->length; i++)
        if (!shoji__is_ascii(copy[i]))
            copy[i] = 'x';
    return copy;
}

/* The part that uriparser found in `ascii`, in the original. */
static shoji_iri_part map_range(const struct source *source, const char *ascii,
                                const UriTextRangeA *range)
{
    shoji_iri_part part = {NULL, 0};
    if (range->first != NULL) {
        part.bytes = source->text + (range->first - ascii);
        part.length = (size_t)(range->afterLast - range->first);
    }
    return part;
}

static shoji_iri_part part_between(const char *from, const char *to)
{
    shoji_iri_part part = {from, (size_t)(to - from)};
    return part;
}

/* The end of what precedes the query and the fragment. */
static const char *hierarchy_end(const struct source *source,
                                 const shoji_iri_parts *parts)
{
    if (parts->query.bytes != NULL)
        return parts->query.bytes - 1;
    if (parts->fragment.bytes != NULL)
        return parts->fragment.bytes - 1;
    return source->text + source->length;
}

/*
 * Cuts authority, host and path out of the text. uriparser gives the path as a list of
 * segments, the host without its brackets, and for what is empty a pointer to somewhere
 * else; but the parts around them leave no choice.
 */
static void cut_hierarchy(const struct source *source, shoji_iri_parts *parts)
{
    const char *end = hierarchy_end(source, parts);
    const char *start = source->text;
    if (parts->scheme.bytes != NULL)
        start = parts->scheme.bytes + parts->scheme.length + 1;
    if (end - start < 2 || start[0] != '/' || start[1] != '/') {
        parts->path = part_between(start, end);
        return;
    }

    start += 2;
    const char *slash = memchr(start, '/', (size_t)(end - start));
    const char *authority_end = slash != NULL ? slash : end;
    parts->authority = part_between(start, authority_end);
    parts->path = part_between(authority_end, end);

    const char *host = start;
    if (parts->user_info.bytes != NULL)
        host = parts->user_info.bytes + parts->user_info.length + 1;
    const char *host_end =
        parts->port.bytes != NULL ? parts->port.bytes - 1 : authority_end;
    parts->host = part_between(host, host_end);
}

/* Finds the non-ASCII bytes to which uriparser was blind, in places that allow none. */
static shoji_status check_blind_spots(const struct source *source,
                                      const shoji_iri_parts *parts)
{
    for (size_t i = 0; i < parts->scheme.length; i++)
        if (!shoji__is_ascii(parts->scheme.bytes[i]))
            return fail_at(source, (size_t)(parts->scheme.bytes - source->text) + i,
                           "iri.scheme",
                           "a scheme is ASCII; a relative path with a colon "
                           "begins with \"./\"");
    if (parts->host.length == 0 || parts->host.bytes[0] != '[')
        return SHOJI_OK;
    for (size_t i = 0; i < parts->host.length; i++)
        if (!shoji__is_ascii(parts->host.bytes[i]))
            return fail_at(source, (size_t)(parts->host.bytes - source->text) + i,
                           "iri.ip-literal", "an address in brackets is ASCII");
    return SHOJI_OK;
}

static shoji_status split(const struct source *source, const char *ascii,
                          shoji_iri_parts *parts)
{
    UriMemoryManager backend = {.malloc = uri_malloc, .free = uri_free};
    UriMemoryManager manager;
    uriCompleteMemoryManager(&manager, &backend);
    UriUriA uri;
    const char *stop = ascii;
    int outcome =
        uriParseSingleUriExMmA(&uri, ascii, ascii + source->length, &stop, &manager);
    if (outcome == URI_ERROR_SYNTAX)
        return explain(source, stop != NULL ? (size_t)(stop - ascii) : 0);
    if (outcome != URI_SUCCESS)
        return shoji__fail_memory(source->error);

    shoji_iri_parts found = {.scheme = map_range(source, ascii, &uri.scheme),
                             .user_info = map_range(source, ascii, &uri.userInfo),
                             .port = map_range(source, ascii, &uri.portText),
                             .query = map_range(source, ascii, &uri.query),
                             .fragment = map_range(source, ascii, &uri.fragment)};
    uriFreeUriMembersMmA(&uri, &manager);
    cut_hierarchy(source, &found);
    *parts = found;
    return check_blind_spots(source, &found);
}

shoji_status shoji__iri_parse(shoji_iri_parts *parts, const char *text, const char *what,
                              shoji_error *error)
{
    struct source source = {text, strnlen(text, SHOJI_IRI_MAXIMUM + 1), what, error};
    if (source.length > SHOJI_IRI_MAXIMUM)
        return shoji__fail(error, SHOJI_LIMIT, "iri.too-long",
                           "the %s is longer than %d bytes", what, SHOJI_IRI_MAXIMUM);
    bool wide = false;
    shoji_status status = check_wide(&source, &wide);
    if (status != SHOJI_OK)
        return status;
    if (!wide)
        return split(&source, text, parts);

    char *ascii = make_ascii(&source);
    if (ascii == NULL)
        return shoji__fail_memory(error);
    status = split(&source, ascii, parts);
    shoji__release(ascii);
    return status;
}

shoji_status shoji__iri_parse_absolute(shoji_iri_parts *parts, const char *text,
                                       const char *what, shoji_error *error)
{
    shoji_iri_parts found;
    shoji_status status = shoji__iri_parse(&found, text, what, error);
    if (status != SHOJI_OK)
        return status;
    if (found.scheme.bytes == NULL) {
        char excerpt[SHOJI__EXCERPT_SIZE];
        shoji__excerpt(excerpt, text, strlen(text));
        shoji__fail(error, SHOJI_SYNTAX, "iri.not-absolute",
                    "the %s \"%s\" is not absolute: it must begin with a scheme, "
                    "as in http://example.org/",
                    what, excerpt);
        shoji__error_place(error, 1, 1, 0);
        return SHOJI_SYNTAX;
    }
    *parts = found;
    return SHOJI_OK;
}

/* Whether a reference is nothing but a path of unreserved characters, as most are that
 * catalogs list: it is well-formed whatever they are. */
static bool is_plain_path(const char *reference)
{
    size_t length = 0;
    while (shoji__is(reference[length], SHOJI__UNRESERVED) || reference[length] == '/')
        length++;
    return reference[length] == '\0' && length <= SHOJI_IRI_MAXIMUM;
}

shoji_status shoji_iri_check(const char *reference, shoji_error *error)
{
    if (is_plain_path(reference))
        return SHOJI_OK;
    shoji_iri_parts parts;
    return shoji__iri_parse(&parts, reference, "reference", error);
}

shoji_status shoji_iri_split(shoji_iri_parts *parts, const char *reference,
                             shoji_error *error)
{
    shoji_iri_parts found;
    shoji_status status = shoji__iri_parse(&found, reference, "reference", error);
    if (status == SHOJI_OK)
        *parts = found;
    return status;
}

bool shoji__iri_has_scheme(const char *text)
{
    size_t length = 0;
    if (!shoji__is(text[0], SHOJI__ALPHA))
        return false;
    while (shoji__is(text[length], SHOJI__ALPHA | SHOJI__DIGIT) || text[length] == '+' ||
           text[length] == '-' || text[length] == '.')
        length++;
    return text[length] == ':';
}

bool shoji_iri_is_absolute(const char *reference)
{
    shoji_iri_parts parts;
    return shoji__iri_has_scheme(reference) &&
           shoji__iri_parse(&parts, reference, "reference", NULL) == SHOJI_OK;
}
