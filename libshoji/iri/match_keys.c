/*
 * Which keys stand twice. Keys are put into a tree by their bytes, such that what is
 * asked of all the beginnings of a key, or of all its ends, takes one walk.
 */
#include "iri/match.h"

#include <string.h>

static const char separators[SHOJI__SEPARATOR_COUNT] = {',', '/', '.', ';', '&'};

/* A node of the tree, which stands for the bytes on the way to it. */
struct node {
    uint32_t child; /* the first one; 0 for none */
    uint32_t sibling;
    uint32_t last; /* whatever was put there last for a key of these bytes; 0 for none */
    char byte;
};

struct tree {
    struct node *nodes; /* the first one is the root */
    uint32_t count;
};

/* The child by a byte; 0 where there is none. */
static uint32_t find_child(struct shoji__search *search, const struct tree *tree,
                           uint32_t node, char byte)
{
    uint32_t child = tree->nodes[node].child;
    search->work += 2;
    while (child != 0 && tree->nodes[child].byte != byte) {
        child = tree->nodes[child].sibling;
        search->work++;
    }
    return child;
}

/* The child by a byte, added where there is none. There is room for as many as the text
 * has bytes. */
static uint32_t add_child(struct shoji__search *search, struct tree *tree, uint32_t node,
                          char byte)
{
    uint32_t child = find_child(search, tree, node, byte);
    if (child != 0)
        return child;
    child = tree->count++;
    tree->nodes[child] = (struct node){0, tree->nodes[node].child, 0, byte};
    tree->nodes[node].child = child;
    return child;
}

/* Whether a member whose key is behind its separator begins at a position. */
static bool begins_member(const struct shoji__subject *subject, size_t at, char separator)
{
    char before = subject->text[at - 1];
    return before == separator || (before == '?' && separator == '&');
}

/* Asks for the beginnings of a key and adds it; the one before it that is the same learns
 * of it. */
static void add_member(struct shoji__search *search, struct tree *tree,
                       struct shoji__keys *keys, size_t key)
{
    const struct shoji__subject *subject = &search->subject;
    size_t end = subject->plain[key];
    uint32_t node = 0;
    for (size_t at = key; at < end; at++) {
        keys->before[at] = tree->nodes[node].last;
        node = add_child(search, tree, node, subject->text[at]);
    }
    uint32_t *last = &tree->nodes[node].last;
    keys->before[end] = *last;
    if (*last != 0)
        keys->limits[*last - 1] = (uint32_t)key;
    *last = (uint32_t)key + 1;
}

/* Of keys behind their separators, which end where an equals sign or no value is. */
static void find_members(struct shoji__search *search, struct tree *tree,
                         struct shoji__keys *keys, char separator)
{
    const struct shoji__subject *subject = &search->subject;
    for (size_t at = 1; at <= subject->length; at++)
        if (begins_member(subject, at, separator))
            add_member(search, tree, keys, at);
    uint32_t limit = UINT32_MAX;
    for (size_t at = subject->length; at > 0; at--) {
        if (!begins_member(subject, at, separator))
            continue;
        if (keys->limits[at] < limit)
            limit = keys->limits[at];
        keys->limits[at] = limit;
    }
}

/*
 * Asks for the ends of a key, any of which can be the first of a map, and adds what of
 * them is the key of a pair that is not the first. `limit` is that of maps that begin
 * with the pair behind it; that of those that begin with this one is returned.
 */
static uint32_t add_pair(struct shoji__search *search, struct tree *tree,
                         struct shoji__keys *keys, size_t begin, size_t equals,
                         char separator, uint32_t limit)
{
    const char *text = search->subject.text;
    uint32_t node = 0;
    size_t key = equals;
    while (key > begin && text[key - 1] != separator)
        key--;
    for (size_t at = equals;; at--) {
        uint32_t same = node != 0 || at == equals ? tree->nodes[node].last : 0;
        keys->limits[at] = same != 0 && same < limit ? same : limit;
        if (at == key)
            tree->nodes[node].last = (uint32_t)equals;
        if (at == begin)
            return keys->limits[key];
        if (at > key)
            node = add_child(search, tree, node, text[at - 1]);
        else if (node != 0 || at == equals)
            node = find_child(search, tree, node, text[at - 1]);
    }
}

/* Of keys in front of equals signs. */
static void find_pairs(struct shoji__search *search, struct tree *tree,
                       struct shoji__keys *keys, char separator)
{
    const struct shoji__subject *subject = &search->subject;
    for (size_t at = 0; at < subject->length;) {
        size_t end = subject->plain[at];
        if (subject->text[end] == '=')
            keys->limits[end] = (uint32_t)at;
        at = end > at ? end + (subject->text[end] == '=') : at + 1;
    }
    uint32_t limit = UINT32_MAX;
    for (size_t at = subject->length; at-- > 0;)
        if (subject->text[at] == '=')
            limit = add_pair(search, tree, keys, keys->limits[at], at, separator, limit);
}

static shoji_status find(struct shoji__search *search, struct tree *tree,
                         struct shoji__keys *keys, char separator)
{
    size_t count = search->subject.length + 2;
    keys->limits = shoji__arena_alloc(&search->arena, count * sizeof *keys->limits);
    if (keys->limits == NULL)
        return SHOJI_NO_MEMORY;
    if (tree->nodes == NULL)
        tree->nodes = shoji__arena_alloc(&search->arena, count * sizeof *tree->nodes);
    if (tree->nodes == NULL)
        return SHOJI_NO_MEMORY;
    tree->nodes[0] = (struct node){0, 0, 0, '\0'};
    tree->count = 1;
    if (separator != ';' && separator != '&') {
        find_pairs(search, tree, keys, separator);
        return SHOJI_OK;
    }
    keys->before = shoji__arena_alloc(&search->arena, count * sizeof *keys->before);
    if (keys->before == NULL)
        return SHOJI_NO_MEMORY;
    memset(keys->limits, 0xff, count * sizeof *keys->limits);
    find_members(search, tree, keys, separator);
    return SHOJI_OK;
}

static size_t index_of(char separator)
{
    size_t index = 0;
    while (separators[index] != separator)
        index++;
    return index;
}

const struct shoji__keys *shoji__match_keys(const struct shoji__search *search,
                                            char separator)
{
    return &search->keys[index_of(separator)];
}

static bool can_have_map(const struct shoji__part *part)
{
    bool explodes = false;
    if (part->operation == NULL || part->operation->reserved)
        return false;
    for (size_t i = 0; i < part->spec_count; i++)
        explodes = explodes || part->specs[i].explode;
    return explodes;
}

shoji_status shoji__match_find_keys(struct shoji__search *search)
{
    const shoji_template *tmpl = search->tmpl;
    struct tree tree = {NULL, 0};
    uint64_t before = search->work;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < tmpl->part_count && status == SHOJI_OK; i++) {
        if (!can_have_map(&tmpl->parts[i]))
            continue;
        char separator = tmpl->parts[i].operation->separator;
        struct shoji__keys *keys = &search->keys[index_of(separator)];
        if (keys->limits == NULL)
            status = find(search, &tree, keys, separator);
    }
    search->granted += search->work - before;
    return status;
}
