/*
 * URI templates: RFC 6570, all four levels. Compiled once; expanded many times; and
 * matched, the inverse: which values give this IRI?
 *
 * Threads: a compiled template never changes. Any number of threads may expand and match
 * it at once. A shoji_variables is changed by one thread at a time.
 */
#ifndef SHOJI_TEMPLATE_H
#define SHOJI_TEMPLATE_H

#include <shoji/buffer.h>
#include <shoji/error.h>
#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_template shoji_template;
typedef struct shoji_variables shoji_variables;

/*
 * Whether a text is a template rather than a plain reference: it holds a brace. (Neither
 * brace can stand in an IRI.) It may still be malformed.
 */
bool shoji_template_is(const char *text);

/*
 * Compiles a template, and copies its text.
 *
 * tmpl    receives the template, to be freed with shoji_template_free.
 * text    NUL-terminated UTF-8 of at most SHOJI_IRI_MAXIMUM bytes, with at most 1,000
 *         variables. A text without a brace is a template too: a literal.
 *
 * SHOJI_SYNTAX: malformed; the error has the offset, and line 1 with the column, of the
 * character at fault. SHOJI_LIMIT. SHOJI_NO_MEMORY.
 */
shoji_status shoji_template_compile(shoji_template **tmpl, const char *text,
                                    shoji_error *error);

/* Frees a template. NULL is allowed. */
void shoji_template_free(shoji_template *tmpl);

/* The text that was compiled; lent until the template is freed. */
const char *shoji_template_text(const shoji_template *tmpl);

/*
 * How many different variables the template names, and the name of each, in the order of
 * their first appearance. NUL-terminated, lent until the template is freed; NULL for an
 * index that is not below the count.
 */
size_t shoji_template_variable_count(const shoji_template *tmpl);
const char *shoji_template_variable(const shoji_template *tmpl, size_t index);

/* Whether the template names that variable. */
bool shoji_template_has(const shoji_template *tmpl, const char *variable);

/* Whether some appearance of that variable is exploded ("{?name*}"). */
bool shoji_template_explodes(const shoji_template *tmpl, const char *variable);

/*
 * The length of the literal text before the first expression, in bytes: what every
 * expansion begins with (before literals that need encoding are encoded).
 */
size_t shoji_template_prefix(const shoji_template *tmpl);

/*
 * A set of variables, each a name with a string, a list of strings or a map of strings to
 * strings. Names and values are copied. A name that is set anew is replaced.
 * At most 1,000 variables, and 100,000 strings in all. SHOJI_NO_MEMORY.
 */
shoji_status shoji_variables_new(shoji_variables **variables);
void shoji_variables_free(shoji_variables *variables);

/* Sets a variable to a string of UTF-8. SHOJI_SYNTAX: not UTF-8, or holds a NUL.
 * SHOJI_LIMIT; SHOJI_NO_MEMORY. */
shoji_status shoji_variables_set(shoji_variables *variables, const char *name,
                                 const char *value);

/* Adds an item to a list. An undefined variable becomes a list of that item, a string a
 * list of itself and the item. SHOJI_TYPE: the variable is a map. Else fails as
 * shoji_variables_set does. */
shoji_status shoji_variables_add(shoji_variables *variables, const char *name,
                                 const char *value);

/* Sets a pair of a map. An undefined variable becomes a map.
 * SHOJI_TYPE: the variable is a string or a list. Else fails as shoji_variables_set does.
 */
shoji_status shoji_variables_set_pair(shoji_variables *variables, const char *name,
                                      const char *key, const char *value);

/* Makes a variable an empty list, which RFC 6570 treats as undefined.
 * Fails as shoji_variables_set does. */
shoji_status shoji_variables_set_empty(shoji_variables *variables, const char *name);

/*
 * Sets a variable from JSON: a string as it is; a number by its text; true and false as
 * these words; null makes it undefined; an array of such (nulls left out) a list; an
 * object of such (nulls left out) a map. SHOJI_TYPE: an array or object inside of one.
 * Else as _set.
 */
shoji_status shoji_variables_set_value(shoji_variables *variables, const char *name,
                                       shoji_value value);

/* How many variables are set, and the name of each in the order of their first setting.
 * Lent until the set is changed or freed; NULL for an index that is not below the count.
 */
size_t shoji_variables_count(const shoji_variables *variables);
const char *shoji_variables_name(const shoji_variables *variables, size_t index);

typedef enum shoji_variable_kind {
    SHOJI_UNDEFINED = 0,
    SHOJI_VARIABLE_STRING = 1,
    SHOJI_VARIABLE_LIST = 2,
    SHOJI_VARIABLE_MAP = 3
} shoji_variable_kind;

/*
 * What a variable holds: `size` strings or pairs, got one by one; a string has size 1.
 * `key` is NULL but for a map. Lent until the set is changed or freed. false for an index
 * that is not below the size. `size`, `key` and `value` may be NULL.
 */
shoji_variable_kind shoji_variables_kind(const shoji_variables *variables,
                                         const char *name, size_t *size);
bool shoji_variables_get(const shoji_variables *variables, const char *name, size_t index,
                         const char **key, const char **value);

/*
 * Expands a template into a buffer, which is cleared first. The result is a URI reference
 * in ASCII: non-ASCII is percent-encoded as UTF-8.
 *
 * variables  NULL for none. Variables that the template does not have are ignored.
 *
 * Where RFC 6570 leaves room: keys of an exploded map are encoded as values are; and a
 * prefix counts the triplets of one character as one, where the operator keeps them.
 *
 * SHOJI_INVALID: a prefix modifier meets a list or a map (RFC 6570, 2.4.1). SHOJI_LIMIT:
 * longer than SHOJI_IRI_MAXIMUM. SHOJI_NO_MEMORY. On failure the buffer is as it was.
 */
shoji_status shoji_template_expand(shoji_buffer *expansion, const shoji_template *tmpl,
                                   const shoji_variables *variables, shoji_error *error);

/*
 * Finds values for which the template expands to the IRI (spec/shoji.md, "Matching").
 * Each variable takes the longest match that its operator allows, from left to right; the
 * members of {?...} and {&...} match in any order, in that of the template first; a
 * variable that is not found is undefined. Percent-encoding is compared after
 * normalization. An exploded variable is a list, even of one string, or a map.
 *
 * values   receives a new set, to be freed with shoji_variables_free.
 * iri      an IRI or reference, in the form that the template would give.
 *
 * Time grows as the length of the IRI times the number of variables: milliseconds for a
 * few variables and the longest IRI, some seconds for 1,000. Where several expressions
 * {&...} of several variables follow one another, it grows as the square of the length at
 * most. A variable that stands more than once is found one value wherever one of its
 * appearances tells it (MATCH-10), which can take many tries. The work on both of these
 * is bounded.
 *
 * SHOJI_NO_MATCH: no values are found. There are none, unless a variable stands more than
 * once, and only several of its appearances together would tell its value. SHOJI_LIMIT:
 * longer than SHOJI_IRI_MAXIMUM; or the template leaves so many ways to match it that the
 * search was given up, after a few tenths of a second of the work that is bounded.
 * SHOJI_NO_MEMORY. On failure `*values` is as it was.
 */
shoji_status shoji_template_match(shoji_variables **values, const shoji_template *tmpl,
                                  const char *iri, shoji_error *error);

SHOJI_END_DECLARATIONS

#endif
