#include "value/tree.h"

#include "base/memory.h"

#include <string.h>

void shoji_tree_free(shoji_tree *tree)
{
    if (tree == NULL)
        return;
    shoji__release(tree->text);
    shoji__release(tree->extra);
    shoji__release(tree->nodes);
    shoji__release(tree->duplicates);
    shoji__release(tree);
}

/* Where the opening quote of a string, or the first character of a number, stands. */
static size_t scalar_offset(const shoji_tree *tree, const struct shoji__node *node)
{
    uint32_t offset = node->a;
    if ((node->b & SHOJI__IN_EXTRA) != 0) {
        memcpy(&offset, shoji__node_bytes(tree, node) - sizeof offset, sizeof offset);
        return offset;
    }
    return shoji__node_type(node) == SHOJI_NUMBER ? offset : offset - 1;
}

static size_t literal_length(unsigned type)
{
    return type == SHOJI_FALSE ? 5 : 4;
}

/*
 * The offset of the opening bracket of an array or object. It has none of its own in the
 * node, but what stands before it in the text is known: its name, or the last node before
 * it that has an offset and is no bracket, from which brackets are counted.
 */
static size_t bracket_offset(const shoji_tree *tree, uint32_t node, uint32_t known,
                             size_t known_offset)
{
    uint32_t before = node;
    uint32_t brackets = 1;
    size_t at = 0;
    while (before > 0) {
        const struct shoji__node *earlier = &tree->nodes[--before];
        unsigned type = shoji__node_type(earlier);
        bool is_bracket = type == SHOJI_ARRAY || type == SHOJI_OBJECT;
        if (is_bracket && (before != known || known == 0)) {
            brackets++;
            continue;
        }
        if (is_bracket)
            at = known_offset + 1;
        else if (type == SHOJI_NULL || type == SHOJI_FALSE || type == SHOJI_TRUE)
            at = earlier->a;
        else if (type == SHOJI_NUMBER)
            at = scalar_offset(tree, earlier) + shoji__node_length(earlier);
        else
            at = scalar_offset(tree, earlier);
        break;
    }
    /* Strings are behind but the one that `at` may be the opening quote of: a name, or an
     * item; its brackets do not count. */
    if (tree->text[at] == '"') {
        for (at++; tree->text[at] != '"' && tree->text[at] != '\0'; at++)
            at += tree->text[at] == '\\';
        at++;
    }
    for (;; at++) {
        char byte = tree->text[at];
        if ((byte == '[' || byte == '{') && --brackets == 0)
            return at;
    }
}

size_t shoji__tree_offset(const shoji_tree *tree, uint32_t index, uint32_t known,
                          size_t known_offset)
{
    const struct shoji__node *node = &tree->nodes[index];
    unsigned type = shoji__node_type(node);
    if (type == SHOJI_ARRAY || type == SHOJI_OBJECT)
        return bracket_offset(tree, index, known, known_offset);
    if (type == SHOJI_NULL || type == SHOJI_FALSE || type == SHOJI_TRUE)
        return node->a - literal_length(type);
    return scalar_offset(tree, node);
}
