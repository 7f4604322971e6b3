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
#include <wchar.h>

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

Test(buffer, fails_before_its_room_overflows)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    failing_memory_arm(0);
    cr_expect(eq(int, shoji_buffer_reserve(&buffer, SIZE_MAX - 2), SHOJI_NO_MEMORY));
    failing_memory_disarm();
    cr_expect(eq(sz, buffer.capacity, 0));
}

Test(buffer, appends_nothing_where_a_format_cannot_be_carried_out)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    buffer.maximum = 4;
    cr_assert(eq(int, shoji_buffer_append_string(&buffer, "ab"), SHOJI_OK));
    cr_expect(eq(int, shoji_buffer_append_format(&buffer, "%s", "cde"), SHOJI_LIMIT));
    /* A character that the C locale has no bytes for. */
    cr_expect(
        ne(int, shoji_buffer_append_format(&buffer, "%lc", (wint_t)0xe9), SHOJI_OK));
    cr_expect(eq(str, buffer.bytes, "ab"));
    shoji_buffer_finish(&buffer);
}

Test(buffer, can_be_nothing_to_be_finished)
{
    shoji_buffer_finish(NULL);
    shoji_free(NULL);
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

/* Actions of a sweep, each with a flaw of its own. */
static void *kept;

static int fail_without_cause(void)
{
    return SHOJI_INVALID;
}

static int fail_once_all_is_well(void)
{
    void *memory = shoji__alloc(1);
    shoji__release(memory);
    return SHOJI_NO_MEMORY;
}

static int hide_a_failure(void)
{
    shoji__release(shoji__alloc(1));
    return SHOJI_OK;
}

/* Takes notice of a failure only where the next allocation fails, too. */
static int hide_a_single_failure(void)
{
    void *first = shoji__alloc(1);
    void *second = shoji__alloc(1);
    int outcome = second == NULL ? SHOJI_NO_MEMORY : SHOJI_OK;
    shoji__release(first);
    shoji__release(second);
    return outcome;
}

static int leak(void)
{
    void *memory = shoji__alloc(1);
    if (memory != NULL && kept == NULL) {
        kept = memory;
        return SHOJI_OK;
    }
    shoji__release(memory);
    return memory != NULL ? SHOJI_OK : SHOJI_NO_MEMORY;
}

Test(sweep, tells_an_action_that_leaks_hides_a_failure_or_makes_one_up)
{
    static int (*const actions[])(void) = {
        fail_without_cause,
        fail_once_all_is_well,
        hide_a_failure,
        hide_a_single_failure,
        leak,
    };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        int failures;
        FAILING_MEMORY_SWEEP(failures, actions[i]());
        cr_expect(eq(int, failures, -1), "action %zu", i);
    }
    shoji__release(kept);
}

/* Gives back half of a block, or keeps it whole. */
static int shrink(void)
{
    void *memory = shoji__alloc(64);
    if (memory == NULL)
        return SHOJI_NO_MEMORY;
    void *smaller = shoji__realloc(memory, 32);
    shoji__release(smaller != NULL ? smaller : memory);
    return SHOJI_OK;
}

Test(sweep, does_not_ask_to_tell_that_a_block_was_kept_whole)
{
    int failures;
    FAILING_MEMORY_SWEEP(failures, shrink());
    cr_expect(eq(int, failures, 2));
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

Test(arena, copies_text_and_ends_it)
{
    struct shoji__arena arena = SHOJI__ARENA_INIT;
    cr_expect(eq(str, shoji__arena_copy(&arena, "abcd", 2), "ab"));
    cr_expect(eq(str, shoji__arena_copy(&arena, NULL, 0), ""));
    cr_expect(eq(ptr, shoji__arena_copy(&arena, "", SIZE_MAX), NULL));
    shoji__arena_finish(&arena);
}

Test(memory, refuses_sizes_that_overflow)
{
    cr_expect(eq(ptr, shoji__alloc_array(SIZE_MAX / 2, 3), NULL));
    cr_expect(eq(ptr, shoji__copy_text("", SIZE_MAX), NULL));
    void *nothing = shoji__alloc_array(3, 0);
    cr_expect(ne(ptr, nothing, NULL));
    shoji__release(nothing);
}

Test(error, can_be_nothing_to_be_filled)
{
    cr_expect(eq(int, shoji__fail(NULL, SHOJI_LIMIT, NULL, "x"), SHOJI_LIMIT));
    shoji__error_place(NULL, 1, 1, 0);
    shoji__error_pointer(NULL, "/catalogs", shoji__slice_of("a"));
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

/* However long the token is, so that each byte of it meets the end once. */
Test(error, cuts_a_long_pointer_at_a_character)
{
    static const char *const units[] = {"~", "/", "\xc3\xa9", "a~/\xf0\x9f\x8c\x8d"};
    char token[2 * SHOJI_ERROR_POINTER_SIZE];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t unit = strlen(units[i]);
        for (size_t lead = 0; lead < 8; lead++) {
            shoji_error error = SHOJI_ERROR_INIT;
            memset(token, 'x', sizeof token);
            for (size_t at = lead; at + unit <= sizeof token; at += unit)
                memcpy(token + at, units[i], unit);
            shoji__error_pointer(&error, "/index", shoji__slice(token, sizeof token));
            size_t length = strlen(error.pointer);
            cr_expect(lt(sz, length, sizeof error.pointer));
            cr_expect(gt(sz, length, sizeof error.pointer - 10));
            cr_expect(eq(sz, shoji__utf8_valid_prefix(error.pointer, length), length));
            cr_expect(eq(str, error.pointer + length - 3, "..."));
        }
    }
}

Test(error, never_points_at_the_member_whose_name_ends_at_a_nul)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji__error_pointer(&error, "/catalogs", shoji__slice("a\0b", 3));
    cr_expect(eq(str, error.pointer, "/catalogs/a..."));
}

Test(error, cuts_a_pointer_whose_beginning_is_too_long)
{
    char parent[2 * SHOJI_ERROR_POINTER_SIZE];
    memset(parent, 'x', sizeof parent);
    for (size_t length = SHOJI_ERROR_POINTER_SIZE - 3; length < sizeof parent; length++) {
        shoji_error error = SHOJI_ERROR_INIT;
        char end = parent[length];
        parent[length] = '\0';
        shoji__error_pointer(&error, parent, shoji__slice_of("name"));
        parent[length] = end;
        cr_expect(eq(str, error.pointer + strlen(error.pointer) - 3, "..."));
    }
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
