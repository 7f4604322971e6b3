/*
 * The members of {?...} and {&...}, in any order. A name that the expression has belongs
 * to the variables of that name. Any other is the key of a pair of a map, for the first
 * exploded variable whose own name is not there.
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

/*
 * The first exploded variable that no member of its name tells to be a list: those that
 * there are belong to its other appearances. The count of variables where there is none.
 */
static size_t find_collector(const struct shoji__step *step)
{
    const struct shoji__part *part = step->part;
    size_t index = 0;
    while (index < part->spec_count &&
           (!part->specs[index].explode ||
            step->counts[part->specs[index].namesake] >
                part->specs[part->specs[index].namesake].plain_count))
        index++;
    return index;
}

void shoji__form_begin(struct shoji__search *search, struct shoji__step *step)
{
    size_t count = step->part->spec_count;
    memset(step->counts, 0, count * sizeof *step->counts);
    step->pairs = 0;
    search->work += count / 8;
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
        search->work += part->spec_count;
        step->pairs++;
        return find_collector(step) < part->spec_count;
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
    return step->pairs == 0 || member->ordinal != first->plain_count ||
           find_collector(step) < part->spec_count;
}

/*
 * Whether a variable can be the collector of all members: where it has other appearances,
 * all of them have their members, and none takes a prefix of a map.
 */
static bool may_collect(const struct shoji__step *step, size_t index)
{
    const struct shoji__varspec *specs = step->part->specs;
    size_t namesake = specs[index].namesake;
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

void shoji__form_settle(struct shoji__search *search, struct shoji__step *step)
{
    size_t count = step->part->spec_count;
    size_t at = step->start;
    struct shoji__member member;
    shoji__form_begin(search, step);
    while (at < step->end && shoji__form_next(search, step, at, &member))
        at = shoji__form_end(step, &member) + 1;
    memcpy(step->totals, step->counts, count * sizeof *step->totals);
    if (step->collector == count)
        step->collector = first_exploded(step->part);
    if (step->collector < count && !may_collect(step, step->collector))
        shoji__form_next_collector(step);
}

bool shoji__form_next_collector(struct shoji__step *step)
{
    size_t index = step->collector;
    while (++index < step->part->spec_count)
        if (may_collect(step, index)) {
            step->collector = index;
            return true;
        }
    return false;
}

size_t shoji__form_owner(struct shoji__search *search, const struct shoji__step *step,
                         const struct shoji__member *member)
{
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
