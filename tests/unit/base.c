/* Buffers, UTF-8, arenas and errors. */
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "support/failing_memory.h"

#include <shoji/buffer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
#include <string.h>

Test(buffer, keeps_a_final_nul)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_buffer_append(&buffer, "abc", 3), SHOJI_OK));
    cr_assert(eq(int, shoji_buffer_append_format(&buffer, "-%d", 42), SHOJI_OK));
    cr_assert(eq(str, buffer.bytes, "abc-42"));
    shoji_buffer_finish(&buffer);
}

Test(buffer, refuses_to_pass_its_maximum_and_stays_as_it_was)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    buffer.maximum = 4;
    cr_assert(eq(int, shoji_buffer_append_string(&buffer, "abcd"), SHOJI_OK));
    cr_assert(eq(int, shoji_buffer_append_string(&buffer, "e"), SHOJI_LIMIT));
    cr_assert(eq(str, buffer.bytes, "abcd"));
    shoji_buffer_finish(&buffer);
}

Test(buffer, refuses_a_length_that_overflows)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    cr_assert(eq(int, shoji_buffer_reserve(&buffer, SIZE_MAX), SHOJI_NO_MEMORY));
    cr_assert(eq(ptr, buffer.bytes, NULL));
}

Test(buffer, gives_its_bytes_away)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    size_t length = 9;
    char *bytes = shoji_buffer_take(&buffer, &length);
    cr_assert(eq(str, bytes, ""));
    cr_assert(eq(sz, length, 0));
    shoji_free(bytes);
    cr_assert(eq(ptr, buffer.bytes, NULL));
}

static int fill_a_buffer(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    for (int i = 0; i < 1000 && status == SHOJI_OK; i++)
        status = shoji_buffer_append_string(&buffer, "0123456789");
    shoji_buffer_finish(&buffer);
    return status;
}

Test(buffer, survives_every_failed_allocation)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, fill_a_buffer());
    cr_assert(gt(int, failures, 3));
}

struct utf8_case {
    const char *bytes;
    size_t length;
};

Test(utf8, refuses_what_rfc_3629_does_not_allow)
{
    static const struct utf8_case cases[] = {
        {"\x80", 1},             /* a continuation alone */
        {"\xc0\x80", 2},         /* overlong NUL */
        {"\xc1\xbf", 2},         /* overlong U+007F */
        {"\xe0\x9f\xbf", 3},     /* overlong U+07FF */
        {"\xed\xa0\x80", 3},     /* U+D800 */
        {"\xed\xbf\xbf", 3},     /* U+DFFF */
        {"\xf0\x8f\xbf\xbf", 4}, /* overlong U+FFFF */
        {"\xf4\x90\x80\x80", 4}, /* U+110000 */
        {"\xf8\x88\x80\x80\x80", 5},
        {"\xff", 1},
        {"\xe2\x82", 2}, /* cut short */
        {"\xe2\x28\xa1", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert(eq(sz, shoji__utf8_decode(cases[i].bytes, cases[i].length, NULL), 0),
                  "case %zu", i);
}

Test(utf8, decodes_what_it_encodes)
{
    static const uint32_t points[] = {0,      0x7f,   0x80,   0x7ff,   0x800,
                                      0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char bytes[4];
        uint32_t point = 0;
        size_t length = shoji__utf8_encode(bytes, points[i]);
        cr_assert(eq(sz, shoji__utf8_decode(bytes, length, &point), length));
        cr_assert(eq(u32, point, points[i]));
    }
}

Test(utf8, finds_the_first_ill_formed_byte_wherever_it_stands)
{
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        text[at] = (char)0xff;
        cr_assert(eq(sz, shoji__utf8_valid_prefix(text, sizeof text), at));
    }
}

Test(arena, aligns_and_zeroes)
{
    struct shoji__arena arena = SHOJI__ARENA_INIT;
    for (size_t size = 1; size < 10000; size += 777) {
        unsigned char *memory = shoji__arena_alloc(&arena, size);
        cr_assert(ne(ptr, memory, NULL));
        cr_assert(eq(sz, (uintptr_t)memory % sizeof(max_align_t) % 16, 0));
        for (size_t i = 0; i < size; i++)
            cr_assert(eq(int, memory[i], 0));
    }
    shoji__arena_finish(&arena);
}

Test(arena, keeps_its_maximum)
{
    struct shoji__arena arena = SHOJI__ARENA_INIT;
    arena.maximum = 64;
    cr_assert(ne(ptr, shoji__arena_alloc(&arena, 64), NULL));
    cr_assert(eq(ptr, shoji__arena_alloc(&arena, 1), NULL));
    cr_assert(eq(ptr, shoji__arena_alloc(&arena, SIZE_MAX), NULL));
    shoji__arena_finish(&arena);
}

Test(error, cuts_a_long_message_at_a_character)
{
    shoji_error error = SHOJI_ERROR_INIT;
    char text[1000];
    memset(text, 0, sizeof text);
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    shoji__fail(&error, SHOJI_INVALID, "some.code", "%s", text);
    size_t length = strlen(error.message);
    cr_assert(lt(sz, length, sizeof error.message));
    cr_assert(eq(sz, shoji__utf8_valid_prefix(error.message, length), length));
    cr_assert(eq(str, error.message + length - 3, "..."));
    cr_assert(eq(str, (char *)error.code, "some.code"));
}

Test(error, escapes_the_tokens_of_a_pointer)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji__fail(&error, SHOJI_INVALID, NULL, "x");
    shoji__error_pointer(&error, "/catalogs", shoji__slice_of("a/b~c"));
    cr_assert(eq(str, error.pointer, "/catalogs/a~1b~0c"));
}

Test(error, makes_an_excerpt_that_can_be_printed)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    cr_assert(eq(str,
                 (char *)shoji__excerpt(excerpt,
                                        "a\x1b[2J\xff"
                                        "b",
                                        7),
                 "a [2J?b"));
    char text[500];
    memset(text, 'x', sizeof text);
    shoji__excerpt(excerpt, text, sizeof text);
    cr_assert(lt(sz, strlen(excerpt), sizeof excerpt));
    cr_assert(eq(str, excerpt + strlen(excerpt) - 3, "..."));
}

Test(status, has_words_for_every_number)
{
    for (int status = SHOJI_OK; status <= SHOJI_PRECONDITION; status++)
        cr_assert(
            ne(str, (char *)shoji_status_text((shoji_status)status), "unknown status"));
    cr_assert(eq(str, (char *)shoji_status_text((shoji_status)99), "unknown status"));
}
