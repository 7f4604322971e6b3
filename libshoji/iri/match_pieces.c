#include "iri/match_pieces.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

size_t shoji__find_byte(struct shoji__slice text, char byte)
{
    const char *found = text.length != 0 ? memchr(text.bytes, byte, text.length) : NULL;
    return found != NULL ? (size_t)(found - text.bytes) : text.length;
}

struct shoji__slice shoji__take_before(struct shoji__slice *text, char separator)
{
    size_t length = shoji__find_byte(*text, separator);
    struct shoji__slice piece = shoji__slice(text->bytes, length);
    if (length < text->length)
        *text = shoji__slice(text->bytes + length + 1, text->length - length - 1);
    else
        *text = shoji__slice(NULL, 0);
    return piece;
}

shoji_status shoji__pieces_add(struct shoji__pieces *pieces, struct shoji__slice key,
                               struct shoji__slice value)
{
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity != 0 ? 2 * pieces->capacity : 16;
        struct shoji__piece *list =
            shoji__realloc_array(pieces->list, capacity, sizeof *list);
        if (list == NULL)
            return SHOJI_NO_MEMORY;
        pieces->list = list;
        pieces->capacity = capacity;
    }
    struct shoji__piece piece = {key, value, pieces->count};
    pieces->list[pieces->count++] = piece;
    return SHOJI_OK;
}

shoji_status shoji__pieces_cut(struct shoji__pieces *pieces, struct shoji__slice text,
                               char separator)
{
    shoji_status status = SHOJI_OK;
    pieces->count = 0;
    while (text.bytes != NULL && status == SHOJI_OK) {
        struct shoji__slice value = shoji__take_before(&text, separator);
        struct shoji__slice key = {NULL, 0};
        if (shoji__find_byte(value, '=') != value.length)
            key = shoji__take_before(&value, '=');
        status = shoji__pieces_add(pieces, key, value);
    }
    return status;
}

/* Takes a value, and with it the key of the pair behind it: without bytes where there is
 * none. */
static struct shoji__slice take_value(struct shoji__slice *text, char separator,
                                      struct shoji__slice *next_key)
{
    struct shoji__slice value = *text;
    bool separated = false;
    size_t last = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] == separator) {
            separated = true;
            last = i;
        } else if (value.bytes[i] == '=' && separated) {
            *next_key = shoji__slice(value.bytes + last + 1, i - last - 1);
            *text = shoji__slice(value.bytes + i + 1, value.length - i - 1);
            return shoji__slice(value.bytes, last);
        }
    }
    *next_key = shoji__slice(NULL, 0);
    return value;
}

shoji_status shoji__pieces_cut_loose(struct shoji__pieces *pieces,
                                     struct shoji__slice text, char separator)
{
    shoji_status status = SHOJI_OK;
    pieces->count = 0;
    struct shoji__slice key = shoji__take_before(&text, '=');
    while (key.bytes != NULL && status == SHOJI_OK) {
        struct shoji__slice next_key;
        struct shoji__slice value = take_value(&text, separator, &next_key);
        status = shoji__pieces_add(pieces, key, value);
        key = next_key;
    }
    return status;
}

static int compare_order(const void *one, const void *other)
{
    size_t first = ((const struct shoji__piece *)one)->order;
    size_t second = ((const struct shoji__piece *)other)->order;
    return (first > second) - (first < second);
}

static int compare_key(const void *one, const void *other)
{
    struct shoji__slice first = ((const struct shoji__piece *)one)->key;
    struct shoji__slice second = ((const struct shoji__piece *)other)->key;
    size_t length = first.length < second.length ? first.length : second.length;
    int order = length != 0 ? memcmp(first.bytes, second.bytes, length) : 0;
    if (order == 0)
        order = (first.length > second.length) - (first.length < second.length);
    return order != 0 ? order : compare_order(one, other);
}

static void sort(struct shoji__pieces *pieces, int (*compare)(const void *, const void *))
{
    if (pieces->count > 1)
        qsort(pieces->list, pieces->count, sizeof *pieces->list, compare);
}

void shoji__pieces_sort(struct shoji__pieces *pieces)
{
    sort(pieces, compare_key);
}

bool shoji__pieces_are_map(struct shoji__pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++)
        if (pieces->list[i].key.bytes == NULL)
            return false;
    bool distinct = true;
    sort(pieces, compare_key);
    for (size_t i = 1; i < pieces->count; i++)
        distinct =
            distinct && !shoji__slice_equal(pieces->list[i - 1].key, pieces->list[i].key);
    sort(pieces, compare_order);
    return distinct;
}
