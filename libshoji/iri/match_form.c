/*
 * The members of {?...} and {&...}, in any order. A name that the expression has belongs
 * to the variables of that name. Any other is the key of a pair of a map, for the first
 * exploded variable whose own name is not there; or, where all of theirs are, for the
 * first of which the own name is there once, which is then a key as the others are.
 *
 * Of several variables of one name, which are one variable, each that is not exploded has
 * a member, and those that are have equal shares of the others. So which member is whose
 * is known when all are; until then a member is counted for the first one of its name.
 */
#include "iri/match.h"

#include <string.h>

/* Finds name and value of the member at `at`. */
static bool read_member(const struct shoji__subject *subject, size_t at,
                        struct shoji__member *member)
{
    member->name = at;
    member->name_end = subject->plain[at];
    member->value = member->name_end + 1;
    return subject->text[member->name_end] == '=';
}

/* The first variable of that name; the count of variables where there is none. */
static size_t find_name(struct shoji__search *search, const struct shoji__part *part,
                        struct shoji__slice name)
{
    size_t index = 0;
    while (index < part->spec_count &&
           !shoji__slice_equal(part->specs[index].normal, name))
        index++;
    search->work += 16 + 4 * index;
    return index;
}

/* Whether a variable has members of its name that tell it to be no map: more than there
 * are other appearances of it. */
static bool has_items(const struct shoji__part *part, const size_t *counts, size_t index)
{
    size_t namesake = part->specs[index].namesake;
    return counts[namesake] > part->specs[namesake].plain_count;
}

/* Whether the one member of a variable's name can be a pair, as others are. */
static bool has_own_key(const struct shoji__part *part, const size_t *counts,
                        size_t index)
{
    const struct shoji__varspec *first = &part->specs[part->specs[index].namesake];
    return first->plain_count == 0 && first->exploded_count == 1 &&
           counts[part->specs[index].namesake] == 1;
}

/* Whether a variable can take pairs. */
static bool may_take(struct shoji__search *search, const struct shoji__step *step,
                     size_t index)
{
    if (!step->part->specs[index].explode)
        return false;
    if (!has_items(step->part, step->counts, index))
        return true;
    bool own = has_own_key(step->part, step->counts, index);
    search->denied = search->denied || own;
    return own && search->own;
}

/* Whether some variable can. */
static bool has_collector(struct shoji__search *search, const struct shoji__step *step)
{
    size_t index = 0;
    while (index < step->part->spec_count && !may_take(search, step, index))
        index++;
    search->work += 4 * index;
    return index < step->part->spec_count;
}

/* Whether a member's name stands before it in the form. Where two variables of one name
 * share the pairs, it may. */
static bool stands_twice(struct shoji__search *search, const struct shoji__step *step,
                         const struct shoji__member *member)
{
    const struct shoji__keys *keys = shoji__match_keys(search, '&');
    return keys->limits != NULL && keys->before[member->name_end] > step->start &&
           !step->shares;
}

void shoji__form_begin(struct shoji__search *search, struct shoji__step *step)
{
    size_t count = step->part->spec_count;
    memset(step->counts, 0, count * sizeof *step->counts);
    step->pairs = 0;
    step->turn = count;
    search->work += count / 8;
}

/*
 * Gives a pair to the variable that has the member before it, if that takes pairs and has
 * none of this key, or else to the next one that is exploded. false where none is.
 */
static bool take_pair_in_order(struct shoji__search *search, struct shoji__step *step,
                               const struct shoji__member *member)
{
    const struct shoji__part *part = step->part;
    const uint32_t *before = shoji__match_keys(search, '&')->before;
    bool begun = step->turn < part->spec_count;
    if (begun && step->turn_pairs && before[member->name_end] <= step->turn_start)
        return true;
    size_t index = begun ? step->turn + 1 : 0;
    while (index < part->spec_count && !part->specs[index].explode)
        index++;
    search->work += 2 * index;
    if (index == part->spec_count)
        return false;
    step->turn = index;
    step->turn_start = member->name;
    step->turn_pairs = true;
    return true;
}

/* Gives a member to a variable that none before it is behind of. false where there is
 * none. */
static bool take_in_order(struct shoji__search *search, struct shoji__step *step,
                          struct shoji__member *member)
{
    bool begun = step->turn < step->part->spec_count;
    bool taken = true;
    if (member->pair) {
        taken = take_pair_in_order(search, step, member);
    } else if (begun && member->first <= step->turn) {
        taken = member->first == step->turn && !step->turn_pairs;
    } else {
        step->turn = member->first;
        step->turn_pairs = false;
    }
    member->owner = step->turn;
    return taken;
}

bool shoji__form_next(struct shoji__search *search, struct shoji__step *step, size_t at,
                      struct shoji__member *member)
{
    const struct shoji__subject *subject = &search->subject;
    const struct shoji__part *part = step->part;
    if (!read_member(subject, at, member))
        return false;
    struct shoji__slice name =
        shoji__slice(subject->text + member->name, member->name_end - member->name);
    member->first = find_name(search, part, name);
    member->pair = member->first == part->spec_count;
    member->value_end = subject->plain[member->value];
    if (member->pair) {
        step->pairs++;
        if (search->ordered)
            return take_in_order(search, step, member);
        return !stands_twice(search, step, member) && has_collector(search, step);
    }

    const struct shoji__varspec *first = &part->specs[member->first];
    member->ordinal = step->counts[member->first]++;
    if (first->exploded_count == 0 && member->ordinal == first->plain_count)
        return false;
    if (first->plain_count != 0 && first->longest_prefix == 0)
        member->value_end = subject->listed[member->value];
    else if (first->exploded_count == 0)
        member->value_end = shoji__match_prefix_end(
            subject, member->value, member->value_end, first->longest_prefix);
    if (search->ordered)
        return take_in_order(search, step, member);
    return step->pairs == 0 || has_collector(search, step);
}

/* Whether a variable's name is that of a pair it takes, for all are its own. */
static bool takes_own(const struct shoji__step *step, size_t index)
{
    return step->all_pairs != 0 && step->part->specs[index].explode &&
           has_own_key(step->part, step->totals, index);
}

/*
 * Whether a variable can be the collector of all members: where it has other appearances,
 * all of them have their members, and none takes a prefix of a map. `own` tells whether a
 * member of its own name is one of them.
 */
static bool may_collect(const struct shoji__step *step, size_t index, bool own)
{
    const struct shoji__varspec *specs = step->part->specs;
    size_t namesake = specs[index].namesake;
    if (own)
        return takes_own(step, index);
    return specs[index].explode && specs[namesake].shortest_prefix == 0 &&
           step->totals[namesake] == specs[namesake].plain_count;
}

/* The first exploded variable, for which no map will hold where it may not collect. */
static size_t first_exploded(const struct shoji__part *part)
{
    size_t index = 0;
    while (index < part->spec_count && !part->specs[index].explode)
        index++;
    return index;
}

/* The first variable from an index on that can be the collector; the count of variables
 * where there is none. */
static size_t find_collector(const struct shoji__step *step, size_t index, bool own)
{
    while (index < step->part->spec_count && !may_collect(step, index, own))
        index++;
    return index;
}

void shoji__form_settle(struct shoji__search *search, struct shoji__step *step)
{
    size_t count = step->part->spec_count;
    size_t at = step->start;
    struct shoji__member member;
    shoji__form_begin(search, step);
    while (at < step->end && shoji__form_next(search, step, at, &member))
        at = shoji__form_end(step, &member) + 1;
    memcpy(step->totals, step->counts, count * sizeof *step->totals);
    step->all_pairs = step->pairs;
    if (step->collector < count)
        return;
    step->collector = find_collector(step, 0, false);
    if (step->collector == count)
        step->collector = find_collector(step, 0, true);
    if (step->collector == count)
        step->collector = first_exploded(step->part);
}

bool shoji__form_next_collector(struct shoji__step *step)
{
    size_t count = step->part->spec_count;
    bool own = takes_own(step, step->collector);
    size_t index = find_collector(step, step->collector + 1, own);
    if (index == count && !own)
        index = find_collector(step, 0, true);
    if (index == count)
        return false;
    step->collector = index;
    return true;
}

bool shoji__form_is_pair(const struct shoji__search *search,
                         const struct shoji__step *step,
                         const struct shoji__member *member)
{
    return member->pair ||
           (!search->ordered && step->collector < step->part->spec_count &&
            step->collector == member->first && takes_own(step, step->collector));
}

size_t shoji__form_owner(struct shoji__search *search, const struct shoji__step *step,
                         const struct shoji__member *member)
{
    if (search->ordered)
        return member->owner;
    if (member->pair)
        return step->collector;
    const struct shoji__part *part = step->part;
    const struct shoji__varspec *first = &part->specs[member->first];
    size_t total = step->totals[member->first];
    size_t share = 0;
    if (first->exploded_count != 0 && total > first->plain_count)
        share = (total - first->plain_count) / first->exploded_count;
    size_t before = 0;
    for (size_t i = member->first; i < part->spec_count; i++) {
        search->work += 2;
        if (part->specs[i].namesake != member->first)
            continue;
        before += part->specs[i].explode ? share : 1;
        if (member->ordinal < before)
            return i;
    }
    return member->first;
}

size_t shoji__form_shares(const struct shoji__step *step)
{
    const struct shoji__varspec *specs = step->part->specs;
    return specs[specs[step->collector].namesake].exploded_count;
}
