/* Accept and Content-Type, to the letter of RFC 9110, and where they break it. */
#include <shoji/protocol.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

struct weight {
    const char *accept;
    int chosen;
};

/* Two types of the server's, of which the second is chosen only where the first is worth
 * less: so a weight that is refused, or read as another, changes the answer. */
static void expect_choices(const struct weight cases[], size_t count)
{
    static const char *const types[] = {"application/json", "text/html"};
    for (size_t i = 0; i < count; i++)
        cr_expect(
            eq(int, shoji_accept_choose(cases[i].accept, types, 2), cases[i].chosen),
            "%s", cases[i].accept);
}

Test(accept, reads_weights_of_up_to_three_digits)
{
    static const struct weight cases[] = {
        {"text/html;q=0.5, application/json;q=0.499", 1},
        {"text/html;q=0.5, application/json;q=0.50", 0},
        {"text/html;q=1, application/json;q=0.999", 1},
        {"text/html;q=1., application/json;q=0.9", 1},
        {"text/html;q=.2, application/json;q=0.1", 1},
        {"text/html;Q=0.001, application/json;q=0", 1},
        {"text/html ; q=0.3 , application/json ; q=0.2", 1},
        {"text/html;q=0, application/json;q=0.000", -1},
    };
    expect_choices(cases, sizeof cases / sizeof cases[0]);
}

Test(accept, lets_a_range_with_a_malformed_weight_count_for_nothing)
{
    static const char *const weights[] = {"",    ".",     "0.0001", "1.001", "2",   "0x",
                                          "0.x", "0.1x",  "-1",     "1e0",   "10",  ".x",
                                          "0,5", " 0.5x", "\"1\"",  "0..1",  "1.1", "q"};
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        static const char *const types[] = {"application/json", "text/html"};
        char accept[100] = "application/json;q=";
        strcat(strcat(accept, weights[i]), ", text/html;q=0.001");
        cr_expect(eq(int, shoji_accept_choose(accept, types, 2), 1), "%s", accept);
    }
}

Test(accept, goes_by_the_greater_of_two_weights_of_one_range)
{
    static const struct weight cases[] = {
        {"text/html;q=0.5, application/json;q=0.4, application/json;q=0.6", 0},
        {"text/html;q=0.5, application/json;q=0.6, application/json;q=0.4", 0},
        {"text/html;q=0.5, application/*;q=0.6, application/json;q=0.4", 1},
        {"text/html;q=0.5, application/json;q=0.4, application/*;q=0.6", 1},
        {"text/html;q=0.5, application/json;v=1;q=0.9, application/json;q=0.4", 1},
    };
    expect_choices(cases, sizeof cases / sizeof cases[0]);
}

Test(accept, lets_a_malformed_range_say_nothing_of_what_it_resembles)
{
    static const char *const ranges[] = {
        "application",
        "application/",
        "/json",
        "*/json",
        "application/json/",
        "application /json",
        "applicationjson",
        "application/js on",
        ";q=1",
        "application/json;v",
        "application/json;=1",
        "application/json;a b=1",
    };
    static const char *const types[] = {"application/json", "text/html"};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        char accept[100] = "text/html;q=0.001, ";
        strcat(accept, ranges[i]);
        cr_expect(eq(int, shoji_accept_choose(accept, types, 2), 1), "%s", accept);
    }
}

Test(accept, takes_commas_and_quotes_in_a_parameter_for_what_they_are)
{
    static const struct weight cases[] = {
        {"text/html;q=0.5, application/json;a=\"x, y;q=0\";q=0.9", 0},
        {"text/html;q=0.5, application/json;a=\"\\\", text/html;q=1\";q=0.4", 1},
        {"text/html;q=0.5, application/json;;q=0.9;", 0},
    };
    expect_choices(cases, sizeof cases / sizeof cases[0]);
}

Test(accept, never_chooses_what_is_no_type)
{
    static const char *const types[] = {"json", "", "application/json"};
    cr_expect(eq(int, shoji_accept_choose("*/*", types, 3), 2));
    cr_expect(eq(int, shoji_accept_choose("json", types, 3), -1));
}

Test(content_type, is_told_by_all_of_its_name)
{
    static const char type[] = "application/json";
    cr_expect(shoji_media_type_is("APPLICATION/Json", type));
    cr_expect(shoji_media_type_is("\t application/json \t; charset=\"a;b\"", type));
    cr_expect(not(shoji_media_type_is("application/jsonp", type)));
    cr_expect(not(shoji_media_type_is("application/jso", type)));
    cr_expect(not(shoji_media_type_is("application /json", type)));
    cr_expect(not(shoji_media_type_is("", type)));
    cr_expect(not(shoji_media_type_is(NULL, type)));
}
