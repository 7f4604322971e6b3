/* IRIs: a base and a reference, one a line. What is resolved is an IRI that resolves to
 * itself; a normal form is its own; the wire takes all of them; the way back leads there.
 */
#include "fuzz/fuzz.h"

#include <shoji/iri.h>

#include <string.h>

static char *copy_text(const char *bytes, size_t length)
{
    char *text = malloc(length + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

static void check_split(const char *text)
{
    shoji_iri_parts parts;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_iri_split(&parts, text, &error) != SHOJI_OK) {
        FUZZ_REQUIRE(error.message[0] != '\0' && error.offset <= strlen(text));
        return;
    }
    size_t length = parts.path.length;
    length += parts.scheme.bytes != NULL ? parts.scheme.length + 1 : 0;
    length += parts.authority.bytes != NULL ? parts.authority.length + 2 : 0;
    length += parts.query.bytes != NULL ? parts.query.length + 1 : 0;
    length += parts.fragment.bytes != NULL ? parts.fragment.length + 1 : 0;
    FUZZ_REQUIRE(length == strlen(text));
    length = parts.host.length;
    length += parts.user_info.bytes != NULL ? parts.user_info.length + 1 : 0;
    length += parts.port.bytes != NULL ? parts.port.length + 1 : 0;
    FUZZ_REQUIRE(length == parts.authority.length);
}

static void check_forms(const char *iri)
{
    shoji_buffer form = SHOJI_BUFFER_INIT;
    shoji_buffer again = SHOJI_BUFFER_INIT;
    shoji_buffer back = SHOJI_BUFFER_INIT;
    if (shoji_iri_normalize(&form, iri, NULL) == SHOJI_OK) {
        FUZZ_REQUIRE(shoji_iri_normalize(&again, form.bytes, NULL) == SHOJI_OK);
        FUZZ_REQUIRE(strcmp(form.bytes, again.bytes) == 0);
        FUZZ_REQUIRE(shoji_iri_same(iri, form.bytes));
    }
    if (shoji_iri_to_uri(&form, iri, NULL) == SHOJI_OK) {
        for (const char *at = form.bytes; *at != '\0'; at++)
            FUZZ_REQUIRE(*at > ' ' && *at < 0x7f);
        FUZZ_REQUIRE(shoji_iri_from_uri(&again, form.bytes, NULL) == SHOJI_OK);
        FUZZ_REQUIRE(shoji_iri_check(again.bytes, NULL) == SHOJI_OK);
        FUZZ_REQUIRE(shoji_iri_to_uri(&back, again.bytes, NULL) == SHOJI_OK);
        FUZZ_REQUIRE(shoji_iri_same(form.bytes, back.bytes) ==
                     shoji_iri_is_absolute(form.bytes));
    }
    shoji_buffer_finish(&form);
    shoji_buffer_finish(&again);
    shoji_buffer_finish(&back);
}

static void check_way_back(const char *base, const char *iri)
{
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    shoji_buffer there = SHOJI_BUFFER_INIT;
    shoji_buffer wanted = SHOJI_BUFFER_INIT;
    if (shoji_iri_relativize(&reference, base, iri, NULL) == SHOJI_OK &&
        shoji_iri_resolve(&wanted, NULL, iri, SHOJI_BASE_AUTO, NULL) == SHOJI_OK) {
        FUZZ_REQUIRE(shoji_iri_resolve(&there, base, reference.bytes, SHOJI_BASE_AUTO,
                                       NULL) == SHOJI_OK);
        FUZZ_REQUIRE(strcmp(there.bytes, wanted.bytes) == 0);
    }
    shoji_buffer_finish(&reference);
    shoji_buffer_finish(&there);
    shoji_buffer_finish(&wanted);
}

static void check_resolution(const char *base, const char *reference,
                             shoji_base_rule rule)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    if (shoji_iri_resolve(&iri, base, reference, rule, NULL) == SHOJI_OK) {
        FUZZ_REQUIRE(shoji_iri_is_absolute(iri.bytes));
        check_forms(iri.bytes);
        check_way_back(base, iri.bytes);
    }
    shoji_buffer_finish(&iri);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    const char *line = length != 0 ? memchr(text, '\n', length) : NULL;
    size_t base_length = line != NULL ? (size_t)(line - text) : 0;
    size_t skip = line != NULL ? base_length + 1 : 0;
    char *base = copy_text(text, base_length);
    char *reference = copy_text(text + skip, length - skip);
    check_split(base);
    check_split(reference);
    check_resolution(base, reference, SHOJI_BASE_RFC3986);
    check_resolution(base, reference, SHOJI_BASE_BELOW);
    free(base);
    free(reference);
    return 0;
}
