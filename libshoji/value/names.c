#include "value/names.h"

#include <stdbool.h>

static bool comes_before(const shoji_tree *tree, uint32_t one, uint32_t other)
{
    int order = shoji__name_compare(tree, one, tree, other);
    return order < 0 || (order == 0 && one < other);
}

static void sift_down(const shoji_tree *tree, uint32_t *names, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && comes_before(tree, names[child], names[child + 1]))
            child++;
        if (!comes_before(tree, names[root], names[child]))
            return;
        uint32_t name = names[root];
        names[root] = names[child];
        names[child] = name;
    }
}

/* Heapsort. */
void shoji__names_sort(const shoji_tree *tree, uint32_t *names, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(tree, names, i, count);
    for (size_t end = count; end-- > 1;) {
        uint32_t greatest = names[0];
        names[0] = names[end];
        names[end] = greatest;
        sift_down(tree, names, 0, end);
    }
}
