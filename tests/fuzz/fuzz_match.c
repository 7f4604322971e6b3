/* Matching: a template and an IRI, one a line. Whatever matches expands to the same IRI
 * under normalization, with the members of its forms in whatever order; and that matches
 * again. */
#include "fuzz/fuzz.h"
#include "iri/percent.h"

#include <shoji/template.h>

#include <string.h>

static int compare_bytes(const void *one, const void *other)
{
    return *(const unsigned char *)one - *(const unsigned char *)other;
}

static void normalize(shoji_buffer *normal, const char *text)
{
    FUZZ_REQUIRE(shoji_buffer_append_string(normal, "") == SHOJI_OK);
    FUZZ_REQUIRE(shoji__percent_normalize(normal, shoji__slice_of(text)) == SHOJI_OK);
    if (strchr(text, '&') != NULL)
        qsort(normal->bytes, normal->length, 1, compare_bytes);
}

static void require_same(const char *one, const char *other)
{
    shoji_buffer normal_one = SHOJI_BUFFER_INIT;
    shoji_buffer normal_other = SHOJI_BUFFER_INIT;
    normalize(&normal_one, one);
    normalize(&normal_other, other);
    FUZZ_REQUIRE(strcmp(normal_one.bytes, normal_other.bytes) == 0);
    shoji_buffer_finish(&normal_one);
    shoji_buffer_finish(&normal_other);
}

static void check_match(const shoji_template *tmpl, const char *iri)
{
    shoji_variables *values = NULL;
    if (shoji_template_match(&values, tmpl, iri, NULL) != SHOJI_OK) {
        FUZZ_REQUIRE(values == NULL);
        return;
    }
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_variables *again = NULL;
    FUZZ_REQUIRE(shoji_template_expand(&expansion, tmpl, values, NULL) == SHOJI_OK);
    require_same(iri, expansion.bytes);
    shoji_status status = shoji_template_match(&again, tmpl, expansion.bytes, NULL);
    FUZZ_REQUIRE(status == SHOJI_OK || status == SHOJI_LIMIT);
    shoji_variables_free(again);
    shoji_buffer_finish(&expansion);
    shoji_variables_free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, bytes, length);
    text[length] = '\0';
    char *iri = strchr(text, '\n');
    if (iri != NULL) {
        *iri++ = '\0';
        shoji_template *tmpl = NULL;
        if (shoji_template_compile(&tmpl, text, NULL) == SHOJI_OK)
            check_match(tmpl, iri);
        shoji_template_free(tmpl);
    }
    free(text);
    return 0;
}
