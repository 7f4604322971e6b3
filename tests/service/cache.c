#include "service/cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    MAXIMUM = 64 * 1024,
    BODY = 4096
};

static void put(struct cache *cache, const char *name, char letter, size_t length)
{
    shoji_buffer key = SHOJI_BUFFER_INIT;
    shoji_buffer body = SHOJI_BUFFER_INIT;
    cr_assert_eq(shoji_buffer_append_string(&key, name), SHOJI_OK);
    cr_assert_eq(shoji_buffer_reserve(&body, length), SHOJI_OK);
    memset(body.bytes, letter, length);
    body.length = length;
    cache_put(cache, &key, &body);
    shoji_buffer_finish(&key);
    shoji_buffer_finish(&body);
}

/* The first letter of what is kept under a name; NUL where there is nothing. */
static char get(struct cache *cache, const char *name)
{
    shoji_buffer key = SHOJI_BUFFER_INIT;
    shoji_buffer body = SHOJI_BUFFER_INIT;
    cr_assert_eq(shoji_buffer_append_string(&key, name), SHOJI_OK);
    char letter = cache_get(cache, &key, &body) ? body.bytes[0] : '\0';
    shoji_buffer_finish(&key);
    shoji_buffer_finish(&body);
    return letter;
}

Test(cache, gives_what_was_put)
{
    struct cache *cache = cache_new(MAXIMUM);
    cr_assert_not_null(cache);
    cr_assert_eq(get(cache, "a"), '\0');
    put(cache, "a", 'a', BODY);
    put(cache, "ab", 'b', 1);
    cr_assert_eq(get(cache, "a"), 'a');
    cr_assert_eq(get(cache, "ab"), 'b');
    cr_assert_eq(get(cache, "b"), '\0');
    cache_free(cache);
}

Test(cache, keeps_the_first_of_two)
{
    struct cache *cache = cache_new(MAXIMUM);
    put(cache, "a", 'a', BODY);
    put(cache, "a", 'b', BODY);
    cr_assert_eq(get(cache, "a"), 'a');
    cache_free(cache);
}

Test(cache, drops_what_was_not_asked_for_the_longest)
{
    struct cache *cache = cache_new(MAXIMUM);
    char name[16];
    put(cache, "old", 'o', BODY);
    put(cache, "asked", 'a', BODY);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(cache, name, 'x', BODY);
        cr_assert_eq(get(cache, "asked"), 'a', "after %d", i);
    }
    cr_assert_eq(get(cache, "old"), '\0');
    cr_assert_eq(get(cache, "0"), '\0');
    cr_assert_eq(get(cache, "99"), 'x');
    cache_free(cache);
}

Test(cache, is_bounded)
{
    struct cache *cache = cache_new(MAXIMUM);
    char name[16];
    size_t kept = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(cache, name, 'x', BODY);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%d", i);
        kept += get(cache, name) == 'x' ? BODY : 0;
    }
    cr_assert_leq(kept, MAXIMUM);
    cr_assert_geq(kept, MAXIMUM / 2);
    cache_free(cache);
}

Test(cache, does_not_keep_what_would_push_out_much)
{
    struct cache *cache = cache_new(MAXIMUM);
    put(cache, "small", 's', BODY);
    put(cache, "large", 'l', MAXIMUM / 4);
    cr_assert_eq(get(cache, "large"), '\0');
    cr_assert_eq(get(cache, "small"), 's');
    cache_free(cache);
}
