/* IRIs: parsing, resolution, normalization, the wire. */
#include "support/cases.h"
#include "support/failing_memory.h"

#include <shoji/iri.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static void expect_text(const char *about, shoji_status status, const shoji_buffer *had,
                        const shoji_error *error, shoji_value expect, const char *name)
{
    const char *code = case_text(expect, "code");
    const char *wanted = case_text(expect, name);
    if (code != NULL) {
        cr_expect(status != SHOJI_OK, "%s: it was not refused", about);
        cr_expect(error->code != NULL && strcmp(error->code, code) == 0,
                  "%s: the code is %s", about, error->code);
        return;
    }
    cr_assert(wanted != NULL, "%s: it must expect %s", about, name);
    cr_expect(status == SHOJI_OK, "%s: refused: %s", about, error->message);
    if (status == SHOJI_OK)
        cr_expect(strcmp(had->bytes, wanted) == 0, "%s: expected %s, got %s", about,
                  wanted, had->bytes);
}

static shoji_base_rule rule_of(shoji_value vector)
{
    const char *rule = case_text(vector, "rule");
    if (rule == NULL)
        return SHOJI_BASE_AUTO;
    return strcmp(rule, "below") == 0 ? SHOJI_BASE_BELOW : SHOJI_BASE_RFC3986;
}

static void check_resolution(shoji_value vector, const char *about)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_iri_resolve(&iri, case_text(vector, "base"), case_text(vector, "reference"),
                          rule_of(vector), &error);
    expect_text(about, status, &iri, &error, shoji_value_member(vector, "expect"), "iri");
    shoji_buffer_finish(&iri);
}

Test(iri_vectors, resolution)
{
    cases_run("iris/resolution.json", check_resolution);
}

static void check_syntax(shoji_value vector, const char *about)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_value expect = shoji_value_member(vector, "expect");
    bool valid = shoji_value_type(shoji_value_member(expect, "valid")) == SHOJI_TRUE;
    const char *reference = case_text(vector, "reference");
    shoji_status status = shoji_iri_check(reference, &error);
    if (valid) {
        cr_expect(status == SHOJI_OK, "%s: refused: %s", about, error.message);
        return;
    }
    int64_t offset = -1;
    shoji_value_int64(shoji_value_member(expect, "offset"), &offset);
    cr_expect(status == SHOJI_SYNTAX, "%s: it was not refused", about);
    if (status != SHOJI_SYNTAX)
        return;
    cr_expect(strcmp(error.code, case_text(expect, "code")) == 0, "%s: the code is %s",
              about, error.code);
    cr_expect(error.offset == (uint64_t)offset, "%s: the offset is %zu", about,
              error.offset);
    cr_expect(error.line == 1 && error.column >= 1, "%s: it has no place", about);
}

Test(iri_vectors, syntax)
{
    cases_run("iris/syntax.json", check_syntax);
}

static void check_normalization(shoji_value vector, const char *about)
{
    shoji_buffer normal = SHOJI_BUFFER_INIT;
    shoji_buffer again = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_iri_normalize(&normal, case_text(vector, "iri"), &error);
    expect_text(about, status, &normal, &error, shoji_value_member(vector, "expect"),
                "normal");
    cr_expect(shoji_iri_normalize(&again, normal.bytes, NULL) == SHOJI_OK &&
                  strcmp(normal.bytes, again.bytes) == 0,
              "%s: a normal form is its own normal form", about);
    shoji_buffer_finish(&normal);
    shoji_buffer_finish(&again);
}

Test(iri_vectors, normalization)
{
    cases_run("iris/normalization.json", check_normalization);
}

static void check_equality(shoji_value vector, const char *about)
{
    const char *one = case_text(vector, "one");
    const char *other = case_text(vector, "other");
    shoji_value expect = shoji_value_member(vector, "expect");
    bool same = shoji_value_type(shoji_value_member(expect, "same")) == SHOJI_TRUE;
    bool same_origin =
        shoji_value_type(shoji_value_member(expect, "same_origin")) == SHOJI_TRUE;
    cr_expect(shoji_iri_same(one, other) == same, "%s: the same?", about);
    cr_expect(shoji_iri_same(other, one) == same, "%s: the same, turned?", about);
    cr_expect(shoji_iri_same_origin(one, other) == same_origin, "%s: one origin?", about);
}

Test(iri_vectors, equality)
{
    cases_run("iris/equality.json", check_equality);
}

/* Whether the library was built with libidn2. */
static bool has_idna(void)
{
    shoji_buffer uri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_iri_to_uri(&uri, "http://\xc3\xa9/", &error);
    shoji_buffer_finish(&uri);
    return status == SHOJI_OK || strstr(error.message, "without libidn2") == NULL;
}

static void check_to_uri(shoji_value vector, const char *about)
{
    shoji_buffer uri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_iri_to_uri(&uri, case_text(vector, "iri"), &error);
    if (status != SHOJI_INVALID || has_idna())
        expect_text(about, status, &uri, &error, shoji_value_member(vector, "expect"),
                    "uri");
    shoji_buffer_finish(&uri);
}

Test(iri_vectors, to_uri)
{
    cases_run("iris/to-uri.json", check_to_uri);
}

static void check_from_uri(shoji_value vector, const char *about)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_iri_from_uri(&iri, case_text(vector, "uri"), &error);
    expect_text(about, status, &iri, &error, shoji_value_member(vector, "expect"), "iri");
    shoji_buffer_finish(&iri);
}

Test(iri_vectors, from_uri)
{
    cases_run("iris/from-uri.json", check_from_uri);
}

static void expect_part(const char *name, shoji_iri_part part, const char *wanted)
{
    if (wanted == NULL) {
        cr_expect(part.bytes == NULL && part.length == 0, "%s must not be there", name);
        return;
    }
    cr_expect(part.bytes != NULL && part.length == strlen(wanted) &&
                  memcmp(part.bytes, wanted, part.length) == 0,
              "%s is %.*s and not %s", name, (int)part.length, part.bytes, wanted);
}

struct split_case {
    const char *reference;
    const char *scheme, *authority, *user_info, *host, *port, *path, *query, *fragment;
};

Test(iri, splits_a_reference_into_its_parts)
{
    static const struct split_case cases[] = {
        {"http://u:p@h:80/x/?q#f", "http", "u:p@h:80", "u:p", "h", "80", "/x/", "q", "f"},
        {"", NULL, NULL, NULL, NULL, NULL, "", NULL, NULL},
        {"//", NULL, "", NULL, "", NULL, "", NULL, NULL},
        {"///x", NULL, "", NULL, "", NULL, "/x", NULL, NULL},
        {"//@:?#", NULL, "@:", "", "", "", "", "", ""},
        {"x:", "x", NULL, NULL, NULL, NULL, "", NULL, NULL},
        {"x:a//b", "x", NULL, NULL, NULL, NULL, "a//b", NULL, NULL},
        {"/a//?b", NULL, NULL, NULL, NULL, NULL, "/a//", "b", NULL},
        {"//[::1]:1/", NULL, "[::1]:1", NULL, "[::1]", "1", "/", NULL, NULL},
        {"//[v1.a]", NULL, "[v1.a]", NULL, "[v1.a]", NULL, "", NULL, NULL},
        {"a?b?c#d?e", NULL, NULL, NULL, NULL, NULL, "a", "b?c", "d?e"},
        {"#", NULL, NULL, NULL, NULL, NULL, "", NULL, ""},
        {"//\xc3\xa9/\xc3\xa9", NULL, "\xc3\xa9", NULL, "\xc3\xa9", NULL, "/\xc3\xa9",
         NULL, NULL},
        {"http://h//a:b@c", "http", "h", NULL, "h", NULL, "//a:b@c", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct split_case *wanted = &cases[i];
        shoji_iri_parts parts;
        cr_assert(shoji_iri_split(&parts, wanted->reference, NULL) == SHOJI_OK, "%s",
                  wanted->reference);
        expect_part("scheme", parts.scheme, wanted->scheme);
        expect_part("authority", parts.authority, wanted->authority);
        expect_part("user_info", parts.user_info, wanted->user_info);
        expect_part("host", parts.host, wanted->host);
        expect_part("port", parts.port, wanted->port);
        expect_part("path", parts.path, wanted->path);
        expect_part("query", parts.query, wanted->query);
        expect_part("fragment", parts.fragment, wanted->fragment);
    }
}

Test(iri, leaves_the_parts_alone_where_a_reference_is_malformed)
{
    shoji_iri_parts parts;
    memset(&parts, 0x5a, sizeof parts);
    shoji_iri_parts before = parts;
    cr_assert(
        eq(int, shoji_iri_split(&parts, "http://[v1.\xc3\xa9]/", NULL), SHOJI_SYNTAX));
    cr_assert(memcmp(&parts, &before, sizeof parts) == 0);
}

Test(iri, refuses_what_is_not_utf8_at_its_first_byte)
{
    static const char *const texts[] = {"/ab\xff", "/ab\xc3", "/ab\xc0\xaf",
                                        "/ab\xed\xa0\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        shoji_error error = SHOJI_ERROR_INIT;
        cr_assert(eq(int, shoji_iri_check(texts[i], &error), SHOJI_SYNTAX));
        cr_assert(eq(str, (char *)error.code, "iri.utf8"));
        cr_assert(eq(sz, error.offset, 3));
    }
}

Test(iri, counts_columns_in_characters)
{
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(
        eq(int, shoji_iri_check("/\xc3\xa9\xf0\x9f\x98\x80 ", &error), SHOJI_SYNTAX));
    cr_assert(eq(sz, error.offset, 7));
    cr_assert(eq(sz, error.column, 4));
    cr_assert(ne(ptr, strstr(error.message, "%20"), NULL));
}

Test(iri, tells_the_base_from_the_reference)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(ne(int, shoji_iri_resolve(&iri, "http://a b", "c", 0, &error), SHOJI_OK));
    cr_assert(ne(ptr, strstr(error.message, "base"), NULL));
    cr_assert(ne(int, shoji_iri_resolve(&iri, "http://a", "c d", 0, &error), SHOJI_OK));
    cr_assert(ne(ptr, strstr(error.message, "reference"), NULL));
}

Test(iri, knows_an_absolute_reference)
{
    cr_assert(shoji_iri_is_absolute("http://h/"));
    cr_assert(shoji_iri_is_absolute("x:"));
    cr_assert(not(shoji_iri_is_absolute("//h/")));
    cr_assert(not(shoji_iri_is_absolute("")));
    cr_assert(not(shoji_iri_is_absolute("http://h/ ")));
}

/* A reference of `length` bytes, to be freed. */
static char *long_reference(const char *beginning, const char *piece, size_t length)
{
    char *text = malloc(length + 1);
    cr_assert(text != NULL);
    size_t at = strlen(beginning);
    memcpy(text, beginning, at);
    for (size_t i = 0; at < length; i++)
        text[at++] = piece[i % strlen(piece)];
    text[length] = '\0';
    return text;
}

Test(iri, takes_no_more_than_its_maximum)
{
    char *longest = long_reference("http://h/", "ab/", SHOJI_IRI_MAXIMUM);
    char *longer = long_reference("http://h/", "ab/", SHOJI_IRI_MAXIMUM + 1);
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_iri_check(longest, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_iri_check(longer, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "iri.too-long"));
    cr_assert(eq(int, shoji_iri_resolve(&iri, NULL, longest, 0, NULL), SHOJI_OK));
    cr_assert(eq(sz, iri.length, SHOJI_IRI_MAXIMUM));

    cr_assert(eq(int, shoji_iri_resolve(&iri, "http://h/a/b/", longest + 9, 0, &error),
                 SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "iri.too-long"));
    cr_assert(eq(sz, iri.length, SHOJI_IRI_MAXIMUM), "the buffer stays as it was");
    shoji_buffer_finish(&iri);
    free(longest);
    free(longer);
}

Test(iri, removes_thousands_of_dot_segments)
{
    char *climbing = long_reference("", "a/../", 65000);
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    cr_assert(
        eq(int, shoji_iri_resolve(&iri, "http://h/x/", climbing, 0, NULL), SHOJI_OK));
    cr_assert(eq(str, iri.bytes, "http://h/x/"));
    shoji_buffer_finish(&iri);
    free(climbing);
}

Test(iri, keeps_the_maximum_of_the_callers_buffer)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    iri.maximum = 10;
    cr_assert(eq(int, shoji_iri_resolve(&iri, "http://h/", "b", 0, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_iri_resolve(&iri, "http://h/", "bc", 0, NULL), SHOJI_LIMIT));
    cr_assert(eq(str, iri.bytes, "http://h/b"));
    cr_assert(eq(sz, iri.maximum, 10));
    shoji_buffer_finish(&iri);
}

/* --- relative references --------------------------------------------------------------
 */

struct relative_case {
    const char *from, *to, *reference;
};

Test(iri, finds_the_shortest_way_from_one_to_another)
{
    static const struct relative_case cases[] = {
        {"http://h/a/", "http://h/a/", ""},
        {"http://h/a/", "http://h/a/b", "b"},
        {"http://h/a/", "http://h/a/b/c?d#e", "b/c?d#e"},
        {"http://h/a/b/", "http://h/a/c", "../c"},
        {"http://h/a/b/", "http://h/a/", ".."},
        {"http://h/a/b/?q", "http://h/a/b/", "."},
        {"http://h/a/b", "http://h/a/", "."},
        {"http://h/a/?q", "http://h/a/?q#f", "#f"},
        {"http://h/a/", "http://h/a/?q", "?q"},
        {"http://h/a?x", "http://h/a", "a"},
        {"http://h/a/", "http://h/a/b:c", "./b:c"},
        {"http://h/a/", "http://h/a//b", ".//b"},
        {"http://h/a/b/c/d/", "http://h/x", "/x"},
        {"http://h/a/", "https://h/a/b", "https://h/a/b"},
        {"http://h/a/", "http://H/a/b", "http://H/a/b"},
        {"http://h/a/", "http://g/a/b", "http://g/a/b"},
        {"http://h", "http://h/x", "/x"},
        {"http://h/a/", "http://h", "http://h"},
        {"urn:a:b", "urn:a:c", "./a:c"},
        {"x:/a/", "x:/.//b", "/.//b"},
        {"http://h/caf\xc3\xa9/", "http://h/caf\xc3\xa9/\xc3\xbc", "\xc3\xbc"},
        {"http://h/a/", "http://h/a/%7Eb", "%7Eb"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shoji_buffer reference = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status =
            shoji_iri_relativize(&reference, cases[i].from, cases[i].to, &error);
        cr_expect(status == SHOJI_OK, "%s", error.message);
        if (status == SHOJI_OK)
            cr_expect(strcmp(reference.bytes, cases[i].reference) == 0,
                      "%s to %s: got %s", cases[i].from, cases[i].to, reference.bytes);
        shoji_buffer_finish(&reference);
    }
}

Test(iri, goes_by_the_root_where_the_way_up_is_too_long)
{
    char *deep = long_reference("http://h/", "a/", 60001);
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    cr_assert(
        eq(int, shoji_iri_relativize(&reference, deep, "http://h/b", NULL), SHOJI_OK));
    cr_assert(eq(str, reference.bytes, "/b"));
    shoji_buffer_finish(&reference);
    free(deep);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A path of a few segments, many of them odd. */
static void random_iri(char *text, size_t size, uint32_t *state)
{
    static const char *const beginnings[] = {"http://h", "http://h", "x:", "http://g"};
    static const char *const pieces[] = {"/",  "/a", "/b", "/.", "/..", "//",
                                         "/a", "/c", "?q", "#f", "/a:b"};
    snprintf(text, size, "%s", beginnings[next_random(state) % 4]);
    size_t count = next_random(state) % 7;
    bool in_query = false;
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[next_random(state) % 11];
        if (strlen(text) == 2 && strcmp(piece, "//") == 0)
            continue;
        if (piece[0] == '#' && strchr(text, '#') != NULL)
            continue;
        in_query = in_query || piece[0] == '?' || piece[0] == '#';
        if (strlen(text) + strlen(piece) < size)
            strcat(text, piece);
    }
}

Test(iri, leads_back_by_every_relative_reference)
{
    uint32_t state = 2463534242u;
    int checked = 0;
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    shoji_buffer there = SHOJI_BUFFER_INIT;
    shoji_buffer wanted = SHOJI_BUFFER_INIT;
    for (int i = 0; i < 20000; i++) {
        char from[64];
        char to[64];
        random_iri(from, sizeof from, &state);
        random_iri(to, sizeof to, &state);
        if (!shoji_iri_is_absolute(from) ||
            shoji_iri_resolve(&wanted, NULL, to, 0, NULL) != SHOJI_OK)
            continue;
        checked++;
        cr_assert(eq(int, shoji_iri_relativize(&reference, from, to, NULL), SHOJI_OK));
        cr_assert(
            eq(int, shoji_iri_resolve(&there, from, reference.bytes, 0, NULL), SHOJI_OK));
        cr_assert(strcmp(there.bytes, wanted.bytes) == 0, "%s to %s by %s is %s", from,
                  to, reference.bytes, there.bytes);
        cr_assert(le(sz, reference.length, strlen(to)));
    }
    cr_assert(gt(int, checked, 10000));
    shoji_buffer_finish(&reference);
    shoji_buffer_finish(&there);
    shoji_buffer_finish(&wanted);
}

/* --- properties ------------------------------------------------------------------------
 */

/* A reference of many odd pieces; the host has no non-ASCII characters, which IDNA would
 * change for good. */
static void random_text(char *text, size_t size, uint32_t *state)
{
    static const char *const beginnings[] = {"http://h",
                                             "HTTP://EX.org:080",
                                             "https://u:%70@h:443",
                                             "x:",
                                             "x://h",
                                             "//h",
                                             "http://[::A]",
                                             "file://",
                                             "",
                                             "urn:a"};
    static const char *const pieces[] = {
        "/",         "/a",           ".",         "..",    "/..",    "/.",
        "%2e",       "%2F",          "%41",       "%7e",   "%c3%a9", "%C3",
        "%E2%80%AE", "\xc3\xa9",     "e\xcc\x81", "%2541", "?",      "?%EE%80%80",
        "%EE%80%80", "%F0%9F%98%80", "#",         ":",     "@",      "&a=%2b+",
        "%25",       "%00",          "%20",       "b"};
    snprintf(text, size, "%s", beginnings[next_random(state) % 10]);
    for (size_t count = next_random(state) % 8; count > 0; count--)
        strcat(text, pieces[next_random(state) % 28]);
}

/* Whether a text is a reference, with a host of ASCII or none. */
static bool has_plain_host(const char *text)
{
    shoji_iri_parts parts;
    if (shoji_iri_split(&parts, text, NULL) != SHOJI_OK)
        return false;
    for (size_t i = 0; i < parts.host.length; i++)
        if ((parts.host.bytes[i] & 0x80) != 0 || parts.host.bytes[i] == '%')
            return false;
    return true;
}

typedef shoji_status (*conversion)(shoji_buffer *, const char *, shoji_error *);

/* Converts a text, and checks that it is its own conversion then. */
static void convert_twice(conversion convert, shoji_buffer *once, const char *text)
{
    shoji_buffer twice = SHOJI_BUFFER_INIT;
    cr_assert(convert(once, text, NULL) == SHOJI_OK, "%s", text);
    cr_assert(convert(&twice, once->bytes, NULL) == SHOJI_OK, "%s", once->bytes);
    cr_assert(strcmp(once->bytes, twice.bytes) == 0, "%s is %s and then %s", text,
              once->bytes, twice.bytes);
    shoji_buffer_finish(&twice);
}

Test(iri, converts_everything_once_and_for_all)
{
    uint32_t state = 88172645u;
    int checked = 0;
    shoji_buffer normal = SHOJI_BUFFER_INIT;
    shoji_buffer uri = SHOJI_BUFFER_INIT;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    for (int i = 0; i < 8000; i++) {
        char text[160];
        random_text(text, sizeof text, &state);
        if (!has_plain_host(text))
            continue;
        checked++;
        convert_twice(shoji_iri_to_uri, &uri, text);
        convert_twice(shoji_iri_from_uri, &iri, uri.bytes);
        for (size_t k = 0; k < uri.length; k++)
            cr_assert(0x80 > (unsigned char)uri.bytes[k], "%s is no ASCII", uri.bytes);
        if (!shoji_iri_is_absolute(text))
            continue;
        convert_twice(shoji_iri_normalize, &normal, text);
        cr_assert(shoji_iri_same(text, normal.bytes), "%s", text);
        cr_assert(shoji_iri_same(text, iri.bytes), "%s by %s is %s", text, uri.bytes,
                  iri.bytes);
    }
    cr_assert(gt(int, checked, 3000), "%d", checked);
    shoji_buffer_finish(&normal);
    shoji_buffer_finish(&uri);
    shoji_buffer_finish(&iri);
}

/* --- segments
 * ---------------------------------------------------------------------------- */

Test(iri, makes_a_segment_of_any_text)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    cr_assert(
        eq(int, shoji_iri_append_segment(&buffer, "a/b c%\xc3\xa9~\0", 10), SHOJI_OK));
    cr_assert(eq(str, buffer.bytes, "a%2Fb%20c%25%C3%A9~%00"));
    shoji_buffer_clear(&buffer);
    shoji_iri_append_segment(&buffer, ".", 1);
    shoji_iri_append_segment(&buffer, "/", 1);
    shoji_iri_append_segment(&buffer, "..", 2);
    shoji_iri_append_segment(&buffer, "/", 1);
    shoji_iri_append_segment(&buffer, "...", 3);
    shoji_iri_append_segment(&buffer, "", 0);
    cr_assert(eq(str, buffer.bytes, "%2E%2F%2E%2E%2F..."));
    shoji_buffer_finish(&buffer);
}

Test(iri, decodes_what_it_made_a_segment_of)
{
    char text[256];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)i;
    shoji_buffer segment = SHOJI_BUFFER_INIT;
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_iri_append_segment(&segment, text, sizeof text), SHOJI_OK));
    cr_assert(eq(int, shoji_iri_append_decoded(&decoded, segment.bytes, segment.length),
                 SHOJI_OK));
    cr_assert(eq(sz, decoded.length, sizeof text));
    cr_assert(memcmp(decoded.bytes, text, sizeof text) == 0);
    shoji_buffer_finish(&segment);
    shoji_buffer_finish(&decoded);
}

Test(iri, leaves_a_percent_sign_alone_that_encodes_nothing)
{
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_iri_append_decoded(&decoded, "%%41%4%zz%", 10), SHOJI_OK));
    cr_assert(eq(str, decoded.bytes, "%A%4%zz%"));
    shoji_buffer_finish(&decoded);
}

Test(iri, appends_a_whole_segment_or_nothing)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    buffer.maximum = 5;
    cr_assert(eq(int, shoji_iri_append_segment(&buffer, "a b", 3), SHOJI_OK));
    cr_assert(eq(int, shoji_iri_append_segment(&buffer, "a", 1), SHOJI_LIMIT));
    cr_assert(eq(str, buffer.bytes, "a%20b"));
    shoji_buffer_clear(&buffer);
    cr_assert(eq(int, shoji_iri_append_segment(&buffer, "abc ", 4), SHOJI_LIMIT));
    cr_assert(eq(sz, buffer.length, 0));
    shoji_buffer_finish(&buffer);
}

/* --- memory
 * -------------------------------------------------------------------------------- */

static const char base[] = "http://b\xc3\xbc"
                           "cher.example/a/./b/%7e/c?q";
static const char reference[] = "../d/\xc3\xa9/../e/%41?f#g";

static int use_resolve(void)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    int status = shoji_iri_resolve(&iri, base, reference, SHOJI_BASE_BELOW, NULL);
    shoji_buffer_finish(&iri);
    return status;
}

static int use_normalize(void)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    int status = shoji_iri_normalize(&iri, base, NULL);
    shoji_buffer_finish(&iri);
    return status;
}

static int use_to_uri(void)
{
    shoji_buffer uri = SHOJI_BUFFER_INIT;
    int status = shoji_iri_to_uri(&uri, "http://h.example/\xc3\xa9", NULL);
    shoji_buffer_finish(&uri);
    return status;
}

static int use_from_uri(void)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    int status = shoji_iri_from_uri(&iri, base, NULL);
    shoji_buffer_finish(&iri);
    return status;
}

static int use_relativize(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    int status = shoji_iri_relativize(&buffer, base,
                                      "http://b\xc3\xbc"
                                      "cher.example/a/x",
                                      NULL);
    shoji_buffer_finish(&buffer);
    return status;
}

static int use_check(void)
{
    return shoji_iri_check(base, NULL);
}

static int use_same(void)
{
    return !shoji_iri_same(base, base) || !shoji_iri_same_origin(base, base);
}

static int use_segments(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    int status = shoji_iri_append_segment(&buffer, "a b", 3);
    if (status == SHOJI_OK)
        status = shoji_iri_append_decoded(&buffer, "a%20b", 5);
    shoji_buffer_finish(&buffer);
    return status;
}

Test(iri, survives_every_failed_allocation)
{
    int (*const uses[])(void) = {use_resolve,    use_normalize, use_to_uri, use_from_uri,
                                 use_relativize, use_check,     use_same,   use_segments};
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        int failures;
        FAILING_MEMORY_SWEEP(failures, uses[i]());
        cr_expect(failures > 0, "use %zu: %d", i, failures);
    }
}

Test(iri, leaves_the_result_alone_where_memory_is_short)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_buffer_append_string(&iri, "before"), SHOJI_OK));
    failing_memory_arm(0);
    shoji_status status = shoji_iri_normalize(&iri, base, &error);
    failing_memory_disarm();
    cr_assert(eq(int, status, SHOJI_NO_MEMORY));
    cr_assert(eq(int, error.status, SHOJI_NO_MEMORY));
    cr_assert(eq(str, iri.bytes, "before"));
    shoji_buffer_finish(&iri);
}
