/* "Did you mean ...?": the candidate that a mistyped word is nearest to. */
#ifndef SHOJI_CLI_SUGGEST_H
#define SHOJI_CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *word;
    const char *nearest; /* NULL while no candidate was near enough */
    size_t distance;     /* of the nearest; before there is one, one more than allowed */
};

/* Begins; `word` is lent until the end. */
void suggestion_init(struct suggestion *suggestion, const char *word);

/* Takes a candidate, lent as well, if it is nearer than those before. */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

#endif
