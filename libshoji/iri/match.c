/*
 * The search for a way through the text. Each step is entered at a position and gives its
 * ends, the best first; the next is entered there. A step is entered only where a way
 * leads from it to the end (match_leads.c), so the first way that is tried is one.
 *
 * Where no variable stands twice, its values hold, and all is done in a time that is
 * bounded by the number of variables times the length; and for forms of several
 * variables, whose members are read from each place where one may begin, times its
 * square.
 *
 * Only where values that were found do not hold (a variable that stands twice would have
 * two of them) must other ways be tried, from the last step to the first, and no way is
 * known to find the right one in a time that is polynomial in the number of variables (it
 * is the membership problem of pattern languages). So the work on that, as that on forms,
 * has a bound of its own.
 */
#include "iri/match.h"

#include <shoji/iri.h>

#include "base/error.h"
#include "base/utf8.h"
#include "iri/percent.h"

#include <string.h>

static enum shoji__step_kind kind_of(const struct shoji__part *part, size_t index)
{
    if (part->operation == NULL)
        return SHOJI__STEP_LITERAL;
    if (part->operation->separator == '&')
        return SHOJI__STEP_FORM;
    if (part->operation->named)
        return SHOJI__STEP_NAMED;
    return part->specs[index].explode ? SHOJI__STEP_EXPLODED : SHOJI__STEP_VALUE;
}

/* A form is one step, and any other expression one for each variable. */
static size_t step_count(const struct shoji__part *part)
{
    bool whole =
        kind_of(part, 0) == SHOJI__STEP_LITERAL || kind_of(part, 0) == SHOJI__STEP_FORM;
    return whole ? 1 : part->spec_count;
}

/* Whether two variables of a form have one name and are exploded. */
static bool has_shares(const struct shoji__part *part)
{
    bool shares = false;
    for (size_t i = 0; i < part->spec_count; i++)
        shares = shares || part->specs[i].exploded_count > 1;
    return shares;
}

static shoji_status add_steps(struct shoji__search *search,
                              const struct shoji__part *part)
{
    size_t count = step_count(part);
    for (size_t i = 0; i < count; i++) {
        struct shoji__step *step = &search->steps[search->count++];
        step->kind = kind_of(part, i);
        step->part = part;
        step->last = i + 1 == count;
        if (step->kind == SHOJI__STEP_FORM) {
            step->shares = has_shares(part);
            size_t size = part->spec_count * sizeof *step->counts;
            step->counts = shoji__arena_alloc(&search->arena, size);
            step->totals = shoji__arena_alloc(&search->arena, size);
            if (step->counts == NULL || step->totals == NULL)
                return SHOJI_NO_MEMORY;
        } else if (step->kind != SHOJI__STEP_LITERAL) {
            step->spec = &part->specs[i];
        }
    }
    return SHOJI_OK;
}

/* Makes the steps, and the one at the end. */
static shoji_status make_steps(struct shoji__search *search)
{
    const shoji_template *tmpl = search->tmpl;
    size_t most = 1;
    for (size_t i = 0; i < tmpl->part_count; i++)
        most += step_count(&tmpl->parts[i]);
    search->steps = shoji__arena_alloc(&search->arena, most * sizeof *search->steps);
    if (search->steps == NULL)
        return SHOJI_NO_MEMORY;
    for (size_t i = 0; i < tmpl->part_count; i++) {
        shoji_status status = add_steps(search, &tmpl->parts[i]);
        if (status != SHOJI_OK)
            return status;
    }

    struct shoji__step *end = &search->steps[search->count];
    end->kind = SHOJI__STEP_END;
    return SHOJI_OK;
}

/*
 * Finds the greatest end of the piece that is left from which the next step leads to the
 * end.
 */
static bool take_end(struct shoji__search *search, struct shoji__step *step,
                     const uint64_t *leads)
{
    while (step->high > step->low) {
        size_t top = step->high - 1;
        size_t word = top / 64;
        uint64_t bits = step->ends[word] & leads[word] & UINT64_MAX >> (63 - top % 64);
        search->work += 4;
        step->high = word * 64;
        if (bits == 0)
            continue;
        while ((bits >> top % 64 & 1) == 0)
            top--;
        step->high = top;
        step->end = top;
        return top >= step->low;
    }
    return false;
}

/* Finds the next end of a step from which the next one leads to the end. */
static bool next_end(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__step *next = step + 1;
    bool after = !step->last;
    do {
        if (take_end(search, step, next->leads[after])) {
            step->defined = true;
            return true;
        }
    } while (shoji__match_next_piece(search, step));
    if (!step->may_skip)
        return false;
    step->may_skip = false;
    step->end = step->at;
    step->defined = false;
    return shoji__set_has(next->leads[after && step->after], step->at);
}

/* Whether a variable expands to one text by both of these steps. */
static bool are_alike(const struct shoji__step *one, const struct shoji__step *other)
{
    return one->kind == SHOJI__STEP_VALUE && other->kind == SHOJI__STEP_VALUE &&
           one->spec->variable == other->spec->variable &&
           one->spec->prefix == other->spec->prefix &&
           one->part->operation->reserved == other->part->operation->reserved;
}

/* Where a variable has a text already that this step must have, too, there is but one end
 * to be tried. */
static void narrow(struct shoji__search *search, struct shoji__step *step)
{
    if (!search->repeats || step->kind != SHOJI__STEP_VALUE || step->ends == NULL)
        return;
    for (const struct shoji__step *other = search->steps; other < step; other++) {
        search->work++;
        if (!other->defined || !are_alike(step, other))
            continue;
        size_t end = step->start + (other->end - other->start);
        step->low = end <= step->most ? end : step->start;
        step->high = end <= step->most ? end + 1 : step->start;
        step->most = step->low;
        return;
    }
}

/* Enters a step where the one before it has left. */
static shoji_status enter(struct shoji__search *search, size_t index)
{
    struct shoji__step *step = &search->steps[index];
    step->at = 0;
    step->after = false;
    if (index > 0) {
        const struct shoji__step *before = step - 1;
        step->at = before->end;
        step->after = !before->last && (before->defined || before->after);
    }
    shoji_status status = shoji__match_enter(search, step);
    narrow(search, step);
    return status;
}

/* Where the value begins that a step leaves with, behind a name. */
static size_t value_start(const struct shoji__search *search,
                          const struct shoji__step *step)
{
    if (step->kind != SHOJI__STEP_NAMED || step->spec->explode)
        return step->start;
    size_t start = step->start + step->spec->normal.length;
    return start < step->end && search->subject.text[start] == '=' ? start + 1 : start;
}

/* Whether the texts of two appearances of a variable can be those of one value. */
static bool agree(struct shoji__search *search, const struct shoji__step *one,
                  const struct shoji__step *other)
{
    const struct shoji__subject *subject = &search->subject;
    size_t one_at = value_start(search, one);
    size_t other_at = value_start(search, other);
    if (!one->defined || !other->defined)
        return one->defined ? one_at == one->end
                            : !other->defined || other_at == other->end;
    bool exploded_names = (one->kind == SHOJI__STEP_NAMED && one->spec->explode) ||
                          (other->kind == SHOJI__STEP_NAMED && other->spec->explode);
    if (exploded_names || one->spec->prefix != 0 || other->spec->prefix != 0 ||
        subject->percents[one_at] != subject->percents[one->end] ||
        subject->percents[other_at] != subject->percents[other->end])
        return true;
    size_t core = subject->cores[one_at];
    size_t other_core = subject->cores[other_at];
    size_t length = subject->cores[one->end] - core;
    search->work += 8 + length / 16;
    return subject->cores[other->end] - other_core == length &&
           memcmp(subject->core + core, subject->core + other_core, length) == 0;
}

static bool same_text(struct shoji__search *search, const struct shoji__step *one,
                      const struct shoji__step *other)
{
    const char *text = search->subject.text;
    size_t length = one->end - one->start;
    search->work += length / 16;
    return other->end - other->start == length &&
           memcmp(text + other->start, text + one->start, length) == 0;
}

/*
 * Whether what a step leaves with can be of one value with what the same variable has
 * before it. This is no more than a quick way to refuse most ways on which the values
 * would not hold.
 */
static bool agrees(struct shoji__search *search, const struct shoji__step *step)
{
    if (!search->repeats || step->spec == NULL)
        return true;
    for (const struct shoji__step *other = search->steps; other < step; other++) {
        search->work++;
        if (other->spec == NULL || other->spec->variable != step->spec->variable)
            continue;
        bool alike = step->defined && other->defined && are_alike(step, other);
        if (alike ? !same_text(search, step, other) : !agree(search, step, other))
            return false;
    }
    return true;
}

/*
 * Goes through the text, step by step and back, until values are found that hold or no
 * way is left. `*values` stays NULL in the second case.
 */
static shoji_status walk(struct shoji__search *search, shoji_variables **values)
{
    size_t index = 0;
    shoji_status status = enter(search, index);
    while (status == SHOJI_OK) {
        struct shoji__step *step = &search->steps[index];
        if (shoji__match_is_over(search))
            return SHOJI_LIMIT;
        if (index == search->count) {
            status = shoji__match_values(search, values);
            if (*values != NULL)
                return status;
        } else if (next_end(search, step)) {
            if (agrees(search, step))
                status = enter(search, ++index);
            continue;
        }
        if (index-- == 0)
            return status;
    }
    return status;
}

static shoji_status search_text(shoji_variables **values, struct shoji__search *search,
                                struct shoji__slice text)
{
    const shoji_template *tmpl = search->tmpl;
    search->repeats = tmpl->spec_count > tmpl->variable_count;
    bool any = false;
    shoji_status status = shoji__match_prepare(search, text);
    if (status == SHOJI_OK)
        status = make_steps(search);
    if (status == SHOJI_OK)
        status = shoji__match_find_keys(search);
    if (status == SHOJI_OK)
        status = shoji__match_find_leads(search, &any);
    if (status == SHOJI_OK && any)
        status = walk(search, values);
    shoji__arena_finish(&search->arena);
    return status;
}

/* Whether the members of its forms can be told to be in order: there are forms of several
 * variables, and none of these has a name twice. */
static bool can_order(const shoji_template *tmpl)
{
    bool several = false;
    for (size_t i = 0; i < tmpl->part_count; i++) {
        const struct shoji__part *part = &tmpl->parts[i];
        if (part->operation == NULL || part->operation->separator != '&')
            continue;
        several = several || part->spec_count > 1;
        for (size_t k = 0; k < part->spec_count; k++)
            if (part->specs[k].namesake != k)
                return false;
    }
    return several;
}

/*
 * Reads a text in the best way that there is: with the members of forms in the order of
 * their variables; or else in any order; or else with maps that hold the name of their
 * variable as a key.
 */
static shoji_status search_best(shoji_variables **values, const shoji_template *tmpl,
                                struct shoji__slice text, uint64_t *work)
{
    static const struct {
        bool ordered, own;
    } readings[] = {{true, false}, {false, false}, {false, true}};
    shoji_status status = SHOJI_OK;
    bool denied = false;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        struct shoji__search search = {.tmpl = tmpl, .arena = SHOJI__ARENA_INIT};
        search.ordered = readings[i].ordered;
        search.own = readings[i].own;
        if ((search.ordered && !can_order(tmpl)) || (search.own && !denied))
            continue;
        status = search_text(values, &search, text);
        *work += search.work;
        denied = search.denied;
        if (status != SHOJI_OK || *values != NULL)
            break;
    }
    return status;
}

/* Whether the text begins as every expansion does: what most texts that do not match
 * fail by. */
static bool begins_alike(const shoji_template *tmpl, struct shoji__slice text)
{
    if (tmpl->part_count == 0 || tmpl->parts[0].operation != NULL)
        return true;
    struct shoji__slice literal = tmpl->parts[0].normal;
    return text.length >= literal.length &&
           memcmp(text.bytes, literal.bytes, literal.length) == 0;
}

shoji_status shoji__match_text(shoji_variables **values, const shoji_template *tmpl,
                               struct shoji__slice iri, uint64_t *work)
{
    *work = 0;
    if (!shoji__utf8_valid(iri.bytes, iri.length))
        return SHOJI_NO_MATCH;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_variables *found = NULL;
    shoji_status status = shoji_buffer_reserve(&text, iri.length);
    if (status == SHOJI_OK)
        status = shoji__percent_normalize(&text, iri);
    if (status == SHOJI_OK && begins_alike(tmpl, shoji__buffer_slice(&text)))
        status = search_best(&found, tmpl, shoji__buffer_slice(&text), work);
    shoji_buffer_finish(&text);
    if (status == SHOJI_OK && found == NULL)
        return SHOJI_NO_MATCH;
    if (status == SHOJI_OK)
        *values = found;
    return status;
}

shoji_status shoji_template_match(shoji_variables **values, const shoji_template *tmpl,
                                  const char *iri, shoji_error *error)
{
    size_t length = strnlen(iri, SHOJI_IRI_MAXIMUM + 1);
    if (length > SHOJI_IRI_MAXIMUM)
        return shoji__fail(error, SHOJI_LIMIT, "iri.too-long",
                           "the IRI is longer than %d bytes", SHOJI_IRI_MAXIMUM);
    uint64_t work = 0;
    shoji_status status =
        shoji__match_text(values, tmpl, shoji__slice(iri, length), &work);
    if (status == SHOJI_OK)
        return SHOJI_OK;
    if (status == SHOJI_NO_MEMORY)
        return shoji__fail_memory(error);

    char shown_iri[SHOJI__EXCERPT_SIZE];
    char shown_template[SHOJI__EXCERPT_SIZE];
    shoji__excerpt(shown_iri, iri, length);
    shoji__excerpt(shown_template, tmpl->text, strlen(tmpl->text));
    if (status == SHOJI_LIMIT)
        return shoji__fail(error, status, "template.too-ambiguous",
                           "the template \"%s\" leaves too many ways to match \"%s\"",
                           shown_template, shown_iri);
    return shoji__fail(error, status, "template.no-match",
                       "no values are found with which the template \"%s\" gives \"%s\"",
                       shown_template, shown_iri);
}
