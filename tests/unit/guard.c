/* The guard goes through blocks of bytes: it must find what byte by byte is found. */
#include "value/guard.h"
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum {
    TEXT_LENGTH = 100
};

static void expect_clean(const char *text, size_t length, size_t expected,
                         enum shoji__guard_fault expected_fault)
{
    enum shoji__guard_fault fault;
    size_t clean = shoji__guard_scan(text, length, true, &fault);
    cr_assert(clean == expected && fault == expected_fault,
              "%zu bytes are clean (%d), not %zu", clean, (int)fault, expected);
}

/* ASCII, characters of two and of three bytes, so that blocks end within them. */
static void fill(char text[TEXT_LENGTH], int what)
{
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe5\xba\x84"};
    const char *character = characters[what];
    size_t length = strlen(character);
    memset(text, 'a', TEXT_LENGTH);
    for (size_t at = 0; at + length <= TEXT_LENGTH; at += length)
        memcpy(text + at, character, length);
}

static void check_sequence(const char bytes[4])
{
    static const size_t places[] = {0, 12, 24, 30, 48, 90};
    for (int what = 0; what < 3; what++) {
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            char text[TEXT_LENGTH];
            fill(text, what);
            memcpy(text + places[i], bytes, 4);
            size_t valid = shoji__utf8_valid_prefix(text, sizeof text);
            expect_clean(text, sizeof text, valid,
                         valid == sizeof text ? SHOJI__GUARD_CLEAN : SHOJI__GUARD_UTF8);
        }
    }
}

Test(guard, knows_well_formed_text_in_blocks)
{
    static const char others[] = "a\x80\x8f\x90\x9f\xa0\xbf\xc2\xe1\xf1";
    for (int lead = 0x80; lead <= 0xff; lead++)
        for (const char *second = others; *second != '\0'; second++)
            for (const char *third = others; *third != '\0'; third++)
                for (const char *fourth = others; fourth < others + 2; fourth++)
                    check_sequence((char[4]){(char)lead, *second, *third, *fourth});
}

Test(guard, finds_control_characters_in_blocks)
{
    for (int what = 0; what < 3; what++) {
        for (size_t at = 0; at < TEXT_LENGTH; at += 6) {
            for (char byte = 0; byte < ' '; byte++) {
                char text[TEXT_LENGTH];
                fill(text, what);
                text[at] = byte;
                bool is_space = byte == '\t' || byte == '\n' || byte == '\r';
                size_t valid = shoji__utf8_valid_prefix(text, sizeof text);
                if (is_space || valid < at)
                    continue;
                expect_clean(text, sizeof text, at, SHOJI__GUARD_CONTROL);
            }
        }
    }
}

Test(guard, finds_lone_surrogates_in_blocks)
{
    for (int what = 0; what < 3; what++) {
        for (size_t at = 0; at + 6 <= TEXT_LENGTH; at += 6) {
            char text[TEXT_LENGTH];
            fill(text, what);
            memcpy(text + at, "\\udc00", 6);
            expect_clean(text, sizeof text, at, SHOJI__GUARD_SURROGATE);
        }
    }
}

Test(guard, passes_white_space_and_escapes_in_blocks)
{
    for (size_t at = 0; at + 12 <= TEXT_LENGTH; at++) {
        char text[TEXT_LENGTH];
        fill(text, 0);
        memcpy(text + at, "\t\r\n\\u00e9\\n\\\\", 12);
        expect_clean(text, sizeof text, sizeof text, SHOJI__GUARD_CLEAN);
    }
}

/* A text that is cut is clean up to the character or the pair of surrogates that the cut
 * is in: what follows is then read as it is in the whole. */
static void expect_cut(const char *text, size_t length, size_t cut, size_t expected)
{
    enum shoji__guard_fault fault;
    size_t clean = shoji__guard_scan(text, cut, false, &fault);
    cr_expect(clean == expected && fault == SHOJI__GUARD_CLEAN,
              "%zu of %zu bytes: %zu are clean (%d), not %zu", cut, length, clean,
              (int)fault, expected);
}

Test(guard, waits_for_the_rest_of_what_is_cut)
{
    static const char *const units[] = {"\xc3\xa9", "\xe5\xba\x84", "\xf0\x9f\x8c\x8d",
                                        "\\ud83c\\udf0d"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i]);
        for (size_t at = 0; at + length <= TEXT_LENGTH; at += 7) {
            char text[TEXT_LENGTH];
            fill(text, 0);
            memcpy(text + at, units[i], length);
            for (size_t cut = 1; cut < length; cut++)
                expect_cut(text, length, at + cut, at);
            expect_cut(text, length, at + length, at + length);
        }
    }
}

Test(guard, refuses_at_the_end_what_is_cut)
{
    expect_clean("a\xe5\xba", 3, 1, SHOJI__GUARD_UTF8);
    expect_clean("a\\ud83c\\udf", 11, 1, SHOJI__GUARD_SURROGATE);
    expect_clean("a\\ud83c", 7, 1, SHOJI__GUARD_SURROGATE);
}

Test(guard, counts_what_strings_decode_to)
{
    static const struct {
        const char *text;
        size_t decoded;
    } cases[] = {
        {"", 0},        {"abc", 3},      {"a\\nb", 3},    {"\\u0041\\\\", 2},
        {"\\u00e9", 2}, {"\\u5e84x", 4}, {"\xc3\xa9", 2}, {"\\ud83c\\udf0d", 4},
        {"ab\\", 2},    {"ab\\u00", 2},  {"\\\"", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(eq(sz, shoji__guard_decoded(cases[i].text, strlen(cases[i].text)),
                     cases[i].decoded),
                  "%s", cases[i].text);
}
