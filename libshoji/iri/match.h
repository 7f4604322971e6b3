/*
 * Matching, the inverse of expansion. The rule is in spec/shoji.md, "Matching".
 *
 *   match.c          the search for a way through the text, and the public function
 *   match_subject.c  the text, prepared for it
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

enum {
    SHOJI__MOST_WORK =
        200000000 /* in about nanoseconds: beyond it a search is given up */
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

    size_t at;      /* where it was entered */
    bool after;     /* whether a variable of its expression has a value already */
    size_t start;   /* where its value begins, behind what precedes one */
    size_t end;     /* where it leaves */
    bool defined;   /* whether it leaves with a value */
    bool may_skip;  /* whether to leave without one is still to be tried */
    bool completed; /* whether a way from here was refused for what precedes it */

    const uint64_t *ends; /* the ends there are, from low to most */
    size_t low, high;     /* those of this piece still to be tried: low <= end < high */
    size_t most;
    /* Where ends are those of the subject: none is left from barren_low to before
     * barren_high, at whatever position the step was entered. */
    size_t barren_low, barren_high;

    uint64_t *failed[2]; /* by `after`: the positions from where nothing matches; NULL
                            for none */
    uint64_t *marks;     /* room for ends of its own; NULL until it is needed */
    size_t marked;       /* the greatest position that was marked there */
    /* Of a list and of a map: the items from where no end is left; NULL for none. */
    uint64_t *spent[2];
    bool spending;    /* items are being added to these */
    size_t *counts;   /* of a form: the members of each name that were read */
    size_t *totals;   /* of a form that is settled: those that there are */
    size_t pairs;     /* of a form: the members of unknown names that were read */
    size_t collector; /* of a form that is settled: the variable that takes these */
};

struct shoji__search {
    const shoji_template *tmpl;
    struct shoji__subject subject;
    struct shoji__arena arena;
    struct shoji__step *steps;
    size_t count;  /* without the last one, which is SHOJI__STEP_END */
    bool repeats;  /* some variable stands more than once */
    uint64_t work; /* done so far, in about nanoseconds: what bounds a search */
};

/* One name=value of a form. */
struct shoji__member {
    size_t first;   /* the first variable of the form that has the name */
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

/* Finds the ends of a step that is entered. SHOJI_NO_MEMORY. */
shoji_status shoji__match_enter(struct shoji__search *search, struct shoji__step *step);

/*
 * Remembers that no end is left of a step that was entered, nor of any list or map that
 * goes on with one of its items. SHOJI_NO_MEMORY.
 */
shoji_status shoji__match_spend(struct shoji__search *search, struct shoji__step *step);

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
