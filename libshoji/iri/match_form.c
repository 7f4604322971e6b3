/*
 * The members of {?...} and {&...}, in any order. A name that the expression has belongs
 * to the variable of that name. Any other is the key of a pair of a map, for the first
 * exploded variable whose own name is not there.
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

/*
 * The variable of that name that can take the member: of several of one name, the next
 * one. The count of variables where there is none; `known` tells whether one has the
 * name.
 */
static size_t find_spec(struct shoji__search *search, const struct shoji__step *step,
                        const struct shoji__member *member, bool *known)
{
    const struct shoji__part *part = step->part;
    struct shoji__slice name = shoji__slice(search->subject.text + member->name,
                                            member->name_end - member->name);
    search->work += 16 + 4 * part->spec_count;
    *known = false;
    for (size_t i = 0; i < part->spec_count; i++) {
        if (!shoji__slice_equal(part->specs[i].normal, name))
            continue;
        *known = true;
        if (part->specs[i].explode || !step->used[i])
            return i;
    }
    return part->spec_count;
}

/* The first exploded variable whose name no member has. */
static size_t find_collector(struct shoji__search *search, struct shoji__step *step,
                             size_t at)
{
    const struct shoji__subject *subject = &search->subject;
    const struct shoji__part *part = step->part;
    struct shoji__member member;
    bool known = false;
    while (read_member(subject, at, &member)) {
        size_t index = find_spec(search, step, &member, &known);
        if (index < part->spec_count)
            step->used[index] = true;
        at = subject->listed[member.value];
        if (subject->text[at] != '&')
            break;
        at++;
    }
    size_t collector = 0;
    while (collector < part->spec_count &&
           (!part->specs[collector].explode || step->used[collector]))
        collector++;
    return collector;
}

void shoji__form_begin(struct shoji__search *search, struct shoji__step *step, size_t at)
{
    size_t count = step->part->spec_count;
    memset(step->used, 0, count * sizeof *step->used);
    step->collector = find_collector(search, step, at);
    memset(step->used, 0, count * sizeof *step->used);
    search->work += count;
}

bool shoji__form_next(struct shoji__search *search, struct shoji__step *step, size_t at,
                      struct shoji__member *member)
{
    const struct shoji__subject *subject = &search->subject;
    const struct shoji__part *part = step->part;
    if (!read_member(subject, at, member))
        return false;
    bool known = false;
    member->index = find_spec(search, step, member, &known);
    member->pair = !known;
    if (!known)
        member->index = step->collector;
    if (member->index == part->spec_count)
        return false;

    const struct shoji__varspec *spec = &part->specs[member->index];
    step->used[member->index] = true;
    member->value_end = subject->plain[member->value];
    if (spec->prefix != 0)
        member->value_end = shoji__match_prefix_end(subject, member->value,
                                                    member->value_end, spec->prefix);
    else if (!spec->explode)
        member->value_end = subject->listed[member->value];
    return true;
}
