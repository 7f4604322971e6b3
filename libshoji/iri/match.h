/*
 * Matching, the inverse of expansion. The rule is in spec/shoji.md, "Matching".
 *
 *   match.c          the search for a way through the text, and the public function
 *   match_subject.c  the text, prepared for it
 *   match_keys.c     which keys of maps stand twice
 *   match_leads.c    from where each step of the way leads to the end
 *   match_ends.c     where each step of the way can end
 *   match_form.c     the members of {?...} and {&...}, in any order
 *   match_pieces.c   texts cut at their separators
 *   match_values.c   what the way that was found says of the variables
 *   match_proof.c    the proof, by expansion
 */
#ifndef SHOJI_IRI_MATCH_H
#define SHOJI_IRI_MATCH_H

#include "base/arena.h"
#include "base/buffer.h"
#include "iri/template.h"

#include <stdint.h>

/*
 * The IRI that is matched, with its percent-encoding normalized, and what is asked of
 * each position again and again. Positions count bytes; the length is one, too.
 *
 * A unit is a byte or a triplet. A character is the triplets that encode one character,
 * or a unit.
 */
struct shoji__subject {
    const char *text; /* NUL-terminated */
    size_t length;
    size_t words;         /* 64-bit words of a set of positions */
    uint64_t *units;      /* the positions at which a unit begins, and the length */
    uint64_t *characters; /* the same for characters */
    uint32_t *plain;      /* where the unreserved and encoded characters from here end */
    uint32_t *listed;     /* the same with commas among them */
    uint32_t *sliced;     /* the same as plain with slashes among them */
    uint32_t *any;        /* the same for all units that an expansion can hold */
    uint32_t *ranks;      /* how many characters begin before here */
    uint32_t *places;     /* where the characters begin, one after another */
    char *core;           /* the text without reserved characters and separators */
    uint32_t *cores;      /* how much of it stands before here */
    uint32_t *percents;   /* how many percent signs are encoded before here */
};

/* The keys that stand before one kind of separator. A map holds no key twice. */
struct shoji__keys {
    /* By where a map begins: the first of its pairs that has a key for the second time,
     * by its equals sign, or by where its key begins where pairs have names; greater than
     * any position where there is none. NULL for keys that no variable can have. */
    uint32_t *limits;
    /* Where pairs have names, by where a key or the beginning of one ends: one more than
     * where the last key before it begins that is the same; 0 where there is none. */
    uint32_t *before;
};

enum {
    SHOJI__MOST_WORK =
        200000000, /* in about nanoseconds: beyond it a search is given up */
    SHOJI__SEPARATOR_COUNT = 5
};

enum shoji__step_kind {
    SHOJI__STEP_LITERAL,
    SHOJI__STEP_VALUE,    /* a variable of {x} and the like */
    SHOJI__STEP_EXPLODED, /* a variable of {x*} and the like */
    SHOJI__STEP_NAMED,    /* a variable of {;x} */
    SHOJI__STEP_FORM,     /* all of {?x,y} or {&x,y} */
    SHOJI__STEP_END
};

/*
 * A step of the way: what is to be matched, and what has been tried. It is entered at a
 * position and gives the ends at which the next can be entered, one after another, the
 * best first.
 */
struct shoji__step {
    enum shoji__step_kind kind;
    const struct shoji__part *part;
    const struct shoji__varspec *spec; /* NULL for literals and forms */
    bool last;                         /* nothing of its expression follows */

    size_t at;     /* where it was entered */
    bool after;    /* whether a variable of its expression has a value already */
    size_t start;  /* where its value begins, behind what precedes one */
    size_t end;    /* where it leaves */
    bool defined;  /* whether it leaves with a value */
    bool may_skip; /* whether to leave without one is still to be tried */

    const uint64_t *ends; /* the ends there are, from low to most */
    size_t low, high;     /* those of this piece still to be tried: low <= end < high */
    size_t most;
    uint64_t *marks; /* room for ends of its own; NULL until it is needed */
    size_t marked;   /* the greatest position that was marked there */

    uint64_t *reached;  /* where it may be entered, and maybe more; shared with others */
    uint64_t *leads[2]; /* by `after`: from where a way leads to the end */
    bool shares;        /* of a form: two variables of one name are exploded */
    size_t *counts;     /* of a form: the members of each name that were read */
    size_t *totals;     /* of a form that is settled: those that there are */
    size_t pairs;       /* of a form: the members of unknown names that were read */
    size_t all_pairs;   /* of a form that is settled: those that there are */
    /* Of a form whose members are in order: the variable that has the last one, where its
     * own begin, and whether these are pairs; no variable has one before the first. */
    size_t turn;
    size_t turn_start;
    bool turn_pairs;
    size_t collector; /* of a form that is settled: the variable that takes these */
};

struct shoji__search {
    const shoji_template *tmpl;
    struct shoji__subject subject;
    struct shoji__arena arena;
    struct shoji__step *steps;
    size_t count; /* without the last one, which is SHOJI__STEP_END */
    bool repeats; /* some variable stands more than once */
    bool ordered; /* the members of forms are in the order of their variables */
    bool own;     /* a map can have a key that is the name of its variable */
    bool denied;  /* a map was refused for that, or might have been */
    struct shoji__keys keys[SHOJI__SEPARATOR_COUNT];
    uint64_t work;    /* done so far, in about nanoseconds: what bounds a search */
    uint64_t granted; /* so much of it grows as the length does, and has no other bound */
};

/* One name=value of a form. */
struct shoji__member {
    size_t first;   /* the first variable of the form that has the name */
    size_t owner;   /* of members in order: the variable that has it */
    size_t ordinal; /* how many members of that name precede it */
    bool pair;      /* no variable has it: it is the key of a pair of a map */
    size_t name;
    size_t name_end;
    size_t value;
    size_t value_end; /* how far the value can reach */
};

static inline void shoji__set_add(uint64_t *set, size_t position)
{
    set[position / 64] |= UINT64_C(1) << position % 64;
}

static inline bool shoji__set_has(const uint64_t *set, size_t position)
{
    return (set[position / 64] >> position % 64 & 1) != 0;
}

/* An empty set in the arena, or NULL. */
uint64_t *shoji__set_new(struct shoji__search *search);

/* Adds the members of `from` from `low` to `high`, which is not below `low`. */
void shoji__set_add_range(uint64_t *set, const uint64_t *from, size_t low, size_t high);

/* Prepares the text. SHOJI_NO_MEMORY. */
shoji_status shoji__match_prepare(struct shoji__search *search, struct shoji__slice text);

/* The end of at most `count` of the characters from `at` to `most`. */
size_t shoji__match_prefix_end(const struct shoji__subject *subject, size_t at,
                               size_t most, size_t count);

/* Whether the work has passed its bound. */
static inline bool shoji__match_is_over(const struct shoji__search *search)
{
    return search->work > search->granted + SHOJI__MOST_WORK;
}

/* Finds which keys stand twice, of each kind that the template can have. SHOJI_NO_MEMORY.
 */
shoji_status shoji__match_find_keys(struct shoji__search *search);

/* The keys before a separator of an operator that encodes reserved characters. */
const struct shoji__keys *shoji__match_keys(const struct shoji__search *search,
                                            char separator);

/*
 * Finds for each step from where a way leads to the end. *any tells whether one leads
 * from the beginning; where none does, this may be known before all is found.
 * SHOJI_NO_MEMORY, SHOJI_LIMIT.
 */
shoji_status shoji__match_find_leads(struct shoji__search *search, bool *any);

/* Whether a text stands at a position. */
bool shoji__match_has(const struct shoji__subject *subject, size_t at,
                      struct shoji__slice text);

/* Where the longest list ends that begins at a position, of an exploded variable. */
size_t shoji__match_list_end(const struct shoji__subject *subject,
                             const struct shoji__step *step, size_t start);

/*
 * Finds the equals sign behind the next key of a map, by that behind the one before it;
 * the length of the text where there is none. Where the separator is a dot, which values
 * can hold, the last dot before an equals sign is where a key begins.
 */
size_t shoji__match_next_pair(const struct shoji__subject *subject, size_t equals,
                              char separator);

/* The greatest end of a value without modifiers, or with a prefix, that begins at
 * `start`. */
size_t shoji__match_value_end(const struct shoji__subject *subject,
                              const struct shoji__step *step, size_t start);

/* The least and the greatest end of the value behind a name's equals sign. The first is
 * greater than the second where there is none. */
void shoji__match_named_ends(const struct shoji__subject *subject,
                             const struct shoji__step *step, size_t equals, size_t *least,
                             size_t *most);

/* Where a key ends that begins at `key` and that a map of this variable may not have, for
 * it is the variable's name; no position where it may. */
size_t shoji__match_own_key(struct shoji__search *search,
                            const struct shoji__varspec *spec, size_t key);

/* Finds the ends of a step that is entered. SHOJI_NO_MEMORY. */
shoji_status shoji__match_enter(struct shoji__search *search, struct shoji__step *step);

/*
 * Goes on to the ends that take one separator more: a variable that others of its
 * expression follow is tried with one piece first, then with two, and so on. false where
 * there are none.
 */
bool shoji__match_next_piece(struct shoji__search *search, struct shoji__step *step);

/* Begins to read a form with its first member. */
void shoji__form_begin(struct shoji__search *search, struct shoji__step *step);

/*
 * Reads the member at `at`. false where none begins there that the form has room for.
 */
bool shoji__form_next(struct shoji__search *search, struct shoji__step *step, size_t at,
                      struct shoji__member *member);

/*
 * Settles whose the members of a form are, now that it is known where it ends. Its
 * collector stays as it is, if it can be that; the count of variables asks for the first.
 */
void shoji__form_settle(struct shoji__search *search, struct shoji__step *step);

/* Goes on to the next variable that can take the pairs of a settled form. false where
 * there is none. */
bool shoji__form_next_collector(struct shoji__step *step);

/* The variable of a settled form that a member belongs to. */
size_t shoji__form_owner(struct shoji__search *search, const struct shoji__step *step,
                         const struct shoji__member *member);

/* Whether a member of a settled form is a pair: of an unknown name, or of that of its
 * variable where that takes the pairs. */
bool shoji__form_is_pair(const struct shoji__search *search,
                         const struct shoji__step *step,
                         const struct shoji__member *member);

/* Among how many variables of its name the collector shares the pairs it takes. */
size_t shoji__form_shares(const struct shoji__step *step);

/* Where a member's value ends in a form of which the end is known. */
static inline size_t shoji__form_end(const struct shoji__step *step,
                                     const struct shoji__member *member)
{
    return member->value_end < step->end ? member->value_end : step->end;
}

/*
 * Matches as shoji_template_match does, and tells how much work it was, in about
 * nanoseconds. SHOJI_NO_MATCH, SHOJI_LIMIT, SHOJI_NO_MEMORY.
 */
shoji_status shoji__match_text(shoji_variables **values, const shoji_template *tmpl,
                               struct shoji__slice iri, uint64_t *work);

/* The last step of the expression, or the literal, that begins with a step. */
static inline size_t shoji__match_last_step(const struct shoji__search *search,
                                            size_t index)
{
    while (!search->steps[index].last)
        index++;
    return index;
}

/*
 * Expands the template with these values, and marks the variables, by their index, whose
 * values do not give their share of the text. SHOJI_NO_MEMORY.
 */
shoji_status shoji__match_prove(struct shoji__search *search,
                                const shoji_variables *values, bool *failed);

/*
 * Makes the values of the way that was found, and proves them by expansion; `*values`
 * stays as it was where they do not hold. SHOJI_NO_MEMORY, SHOJI_LIMIT.
 */
shoji_status shoji__match_values(struct shoji__search *search, shoji_variables **values);

#endif
