/* Templates: a malformed one has a place; what any other expands to is ASCII, without a
 * brace, and matches. */
#include "fuzz/fuzz.h"

#include <shoji/template.h>

#include <string.h>

/* Gives each variable a value that the text decides. */
static shoji_variables *make_variables(const shoji_template *tmpl, uint8_t seed)
{
    shoji_variables *variables = NULL;
    FUZZ_REQUIRE(shoji_variables_new(&variables) == SHOJI_OK);
    for (size_t i = 0; i < shoji_template_variable_count(tmpl); i++) {
        const char *name = shoji_template_variable(tmpl, i);
        switch ((seed + i) % 6) {
        case 0:
            FUZZ_REQUIRE(shoji_variables_set(variables, name, "a/\xc3\xa9%2f") ==
                         SHOJI_OK);
            break;
        case 1:
            FUZZ_REQUIRE(shoji_variables_add(variables, name, "b,") == SHOJI_OK);
            FUZZ_REQUIRE(shoji_variables_add(variables, name, "") == SHOJI_OK);
            break;
        case 2:
            FUZZ_REQUIRE(shoji_variables_set_pair(variables, name, "/key", "c=") ==
                         SHOJI_OK);
            break;
        case 3:
            FUZZ_REQUIRE(shoji_variables_set_empty(variables, name) == SHOJI_OK);
            break;
        case 4:
            FUZZ_REQUIRE(shoji_variables_set(variables, name, "") == SHOJI_OK);
            break;
        default:
            break;
        }
    }
    return variables;
}

static void check_expansion(const shoji_template *tmpl, uint8_t seed)
{
    shoji_variables *variables = make_variables(tmpl, seed);
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    if (shoji_template_expand(&expansion, tmpl, variables, NULL) == SHOJI_OK)
        for (const char *at = expansion.bytes; *at != '\0'; at++)
            FUZZ_REQUIRE(*at > ' ' && *at < 0x7f && *at != '{' && *at != '}');
    shoji_buffer_finish(&expansion);
    shoji_variables_free(variables);
}

/* Without any variable, what is left are the literals, and these match. */
static void check_empty(const shoji_template *tmpl)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_variables *values = NULL;
    if (shoji_template_expand(&expansion, tmpl, NULL, NULL) == SHOJI_OK) {
        shoji_status status = shoji_template_match(&values, tmpl, expansion.bytes, NULL);
        FUZZ_REQUIRE(status == SHOJI_OK || status == SHOJI_LIMIT);
    }
    shoji_variables_free(values);
    shoji_buffer_finish(&expansion);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, bytes, length);
    text[length] = '\0';

    shoji_template *tmpl = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_template_compile(&tmpl, text, &error);
    if (status == SHOJI_OK) {
        FUZZ_REQUIRE(strcmp(shoji_template_text(tmpl), text) == 0);
        for (uint8_t seed = 0; seed < 6; seed++)
            check_expansion(tmpl, seed);
        check_empty(tmpl);
    } else {
        FUZZ_REQUIRE(tmpl == NULL && error.message[0] != '\0');
        FUZZ_REQUIRE(error.offset <= strlen(text));
    }
    shoji_template_free(tmpl);
    free(text);
    return 0;
}
