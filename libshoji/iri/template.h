/* A compiled template, for those who expand and match it. */
#ifndef SHOJI_IRI_TEMPLATE_H
#define SHOJI_IRI_TEMPLATE_H

#include <shoji/template.h>

#include "base/arena.h"
#include "base/slice.h"

/* How an operator expands: the table of RFC 6570, appendix A. */
struct shoji__operator {
    char sign;         /* NUL for simple expansion */
    char first;        /* before the first defined variable; NUL for nothing */
    char separator;    /* between the defined ones */
    bool named;        /* values follow their names */
    bool empty_equals; /* the name of an empty value is followed by "=" */
    bool reserved;     /* reserved characters and triplets stay as they are */
};

struct shoji__varspec {
    struct shoji__slice name;   /* as the template has it */
    struct shoji__slice normal; /* with its percent-encoding normalized */
    size_t variable;            /* its index among the different variables */
    size_t namesake;            /* the first of its part that has the same normal name */

    /* Of the first of its part that has a normal name: all of that name together. */
    size_t plain_count;     /* how many are not exploded */
    size_t exploded_count;  /* how many are */
    size_t shortest_prefix; /* of those that have one; 0 for none */
    size_t longest_prefix;  /* of those not exploded; 0 if one has none */
    size_t prefix;          /* characters; 0 for no prefix modifier */
    bool explode;
};

/* A literal or an expression. Two literals never follow one another. */
struct shoji__part {
    const struct shoji__operator *operation; /* NULL for a literal */
    struct shoji__slice literal;             /* as it expands */
    struct shoji__slice normal;              /* with its percent-encoding normalized */
    struct shoji__varspec *specs;
    size_t spec_count;
};

struct shoji_template {
    struct shoji__arena arena; /* owns everything below */
    const char *text;
    size_t prefix;
    struct shoji__part *parts;
    size_t part_count;
    const char **variables;
    size_t variable_count;
    size_t spec_count;
};

/*
 * Appends what one part expands to. Where a prefix modifier meets a list or a map, it
 * fails with SHOJI_INVALID and `fault` receives the variable; otherwise it fails as the
 * buffer does.
 */
shoji_status shoji__template_expand_part(shoji_buffer *buffer,
                                         const struct shoji__part *part,
                                         const shoji_variables *variables,
                                         const struct shoji__varspec **fault);

/*
 * Appends what one variable of an expression expands to, without what stands before it.
 * Fails as shoji__template_expand_part does.
 */
shoji_status shoji__template_expand_spec(shoji_buffer *buffer,
                                         const struct shoji__operator *operation,
                                         const struct shoji__varspec *spec,
                                         const shoji_variables *variables);

/*
 * The beginning of a value of at most `count` characters. In values whose triplets stay
 * as they are (`reserved`), the triplets of one character count as that character.
 */
struct shoji__slice shoji__template_prefix_of(struct shoji__slice value, size_t count,
                                              bool reserved);

#endif
