#include "suggest.h"

#include <string.h>

enum {
    WORD_MAXIMUM = 32
};

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from one word to
 * the other (optimal string alignment). Both are at most WORD_MAXIMUM long. */
static size_t distance_between(const char *one, size_t rows, const char *other,
                               size_t columns)
{
    size_t cost[WORD_MAXIMUM + 1][WORD_MAXIMUM + 1];
    for (size_t i = 0; i <= rows; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= columns; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            size_t replace = cost[i - 1][j - 1] + (one[i - 1] != other[j - 1]);
            cost[i][j] = smaller(replace, 1 + smaller(cost[i - 1][j], cost[i][j - 1]));
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
                one[i - 2] == other[j - 1])
                cost[i][j] = smaller(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[rows][columns];
}

void suggestion_init(struct suggestion *suggestion, const char *word)
{
    suggestion->word = word;
    suggestion->nearest = NULL;
    suggestion->distance = 2 + strlen(word) / 4;
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
    size_t length = strlen(suggestion->word);
    size_t other = strlen(candidate);
    if (length > WORD_MAXIMUM || other > WORD_MAXIMUM)
        return;
    size_t distance = distance_between(suggestion->word, length, candidate, other);
    if (distance < suggestion->distance && distance < other) {
        suggestion->nearest = candidate;
        suggestion->distance = distance;
    }
}
