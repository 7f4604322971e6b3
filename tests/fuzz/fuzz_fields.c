/* The values of HTTP fields: whatever they hold, each reader comes to a verdict, and the
 * verdicts agree with one another. */
#include "fuzz/fuzz.h"

#include <shoji/shoji.h>

#include <string.h>

static void check_accept(const char *text)
{
    static const char *const types[] = {"application/json", "application/shoji+json",
                                        "text/html"};
    int chosen = shoji_accept_choose(text, types, 3);
    FUZZ_REQUIRE(chosen >= -1 && chosen < 3);
    /* Where nothing but one type is on offer, it is taken or it is not: 0 or -1. */
    if (chosen >= 0)
        FUZZ_REQUIRE(shoji_accept_choose(text, types + chosen, 1) == 0);
    shoji_media_type_is(text, types[0]);
}

static void check_etag(const char *text)
{
    static const char *const tags[] = {"\"a\"", "W/\"a\"", "\"\"", "\"a,b\""};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        bool strongly = shoji_etag_matches(text, tags[i], false);
        FUZZ_REQUIRE(!strongly || shoji_etag_matches(text, tags[i], true));
    }
    shoji_etag_matches("\"a\", W/\"b\", *", text, true);
}

static void check_date(const char *text)
{
    int64_t seconds;
    if (!shoji_http_date_parse(text, &seconds))
        return;
    char date[SHOJI_HTTP_DATE_SIZE];
    int64_t again = seconds + 1;
    shoji_http_date_format(date, seconds);
    FUZZ_REQUIRE(shoji_http_date_parse(date, &again));
    /* A leap second at the end of 9999 has no other way to be written. */
    FUZZ_REQUIRE(again == seconds || again == seconds - 1);
}

static void check_conditions(const char *text)
{
    const shoji_conditions conditions = {text, text, text, text};
    for (int etag = 0; etag < 2; etag++) {
        const char *present = etag ? "\"a\"" : NULL;
        shoji_condition write =
            shoji_conditions_evaluate(&conditions, false, present, 784111777);
        FUZZ_REQUIRE(write == SHOJI_PROCEED || write == SHOJI_PRECONDITION_FAILED);
        shoji_condition read =
            shoji_conditions_evaluate(&conditions, true, present, 784111777);
        FUZZ_REQUIRE(read == SHOJI_PROCEED || read == SHOJI_NOT_MODIFIED ||
                     read == SHOJI_PRECONDITION_FAILED);
    }
}

static void check_problem(const char *text)
{
    shoji_buffer emitted = SHOJI_BUFFER_INIT;
    shoji_tree *tree = NULL;
    const shoji_problem problem = {.status = 400, .detail = text, .instance = text};
    FUZZ_REQUIRE(shoji_problem_emit(&emitted, &problem) == SHOJI_OK);
    FUZZ_REQUIRE(shoji_tree_parse(&tree, emitted.bytes, emitted.length, NULL, NULL) ==
                 SHOJI_OK);
    shoji_value root = shoji_tree_root(tree);
    FUZZ_REQUIRE(shoji_value_equal(shoji_value_member(root, "detail"),
                                   shoji_value_member(root, "message")));
    shoji_tree_free(tree);
    shoji_buffer_finish(&emitted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    FUZZ_REQUIRE(text != NULL);
    if (length != 0)
        memcpy(text, bytes, length);
    text[length] = '\0';
    check_accept(text);
    check_etag(text);
    check_date(text);
    check_conditions(text);
    check_problem(text);
    free(text);
    return 0;
}
