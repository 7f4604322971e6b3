/*
 * The search for a way through the text. Each step is entered at a position and gives its
 * ends, the best first; the next is entered there. Where a step has no end left, the one
 * before it tries its next.
 *
 * From which positions a step leads nowhere does not depend on how they were reached, so
 * it is remembered, and each step is entered at most twice at each position. Nor is an
 * end looked at again that is known to lead nowhere: those of a value are neighbours, and
 * a list or a map goes on from each of its items as any other does that comes there. Only
 * the members of a form with several variables depend on those before them. So time is
 * bounded by the number of variables times the length, and for such forms times its
 * square.
 *
 * Only where values that were found do not hold (a variable that stands twice would have
 * two of them) must other ways through the same positions be tried, and no way is known
 * to find the right one in a time that is polynomial in the number of variables (it is
 * the membership problem of pattern languages). So the sum of all work has a bound of its
 * own.
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

/* Makes the steps. The one at the end fails everywhere but at the end of the text. */
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

    uint64_t *failed = shoji__set_new(search);
    if (failed == NULL)
        return SHOJI_NO_MEMORY;
    for (size_t i = 0; i < search->subject.length; i++)
        shoji__set_add(failed, i);
    struct shoji__step *end = &search->steps[search->count];
    end->kind = SHOJI__STEP_END;
    end->failed[0] = failed;
    return SHOJI_OK;
}

static bool has_failed(const struct shoji__step *step, bool after, size_t at)
{
    return step->failed[after] != NULL && shoji__set_has(step->failed[after], at);
}

static shoji_status mark_failed(struct shoji__search *search, struct shoji__step *step)
{
    uint64_t **failed = &step->failed[step->after];
    if (*failed == NULL)
        *failed = shoji__set_new(search);
    if (*failed == NULL)
        return SHOJI_NO_MEMORY;
    shoji__set_add(*failed, step->at);
    return shoji__match_spend(search, step);
}

/* Remembers that no end is left from `low` to before `high`. */
static void remember_barren(struct shoji__step *step, size_t low, size_t high)
{
    if (low >= high || step->ends == step->marks)
        return;
    if (high < step->barren_low || low > step->barren_high) {
        step->barren_low = low;
        step->barren_high = high;
        return;
    }
    if (low < step->barren_low)
        step->barren_low = low;
    if (high > step->barren_high)
        step->barren_high = high;
}

/*
 * Finds the greatest end that is below `high`, not below `low`, and not among the
 * failures; `low` where there is none, and then *found is false.
 */
static size_t find_end(struct shoji__search *search, const struct shoji__step *step,
                       const uint64_t *failed, bool *found)
{
    size_t high = step->high;
    *found = false;
    while (high > step->low) {
        size_t top = high - 1;
        if (step->ends != step->marks && top >= step->barren_low &&
            top < step->barren_high) {
            high = step->barren_low;
            continue;
        }
        size_t word = top / 64;
        uint64_t bits = step->ends[word] & UINT64_MAX >> (63 - top % 64);
        if (failed != NULL)
            bits &= ~failed[word];
        search->work += 4;
        if (bits == 0) {
            high = word * 64;
            continue;
        }
        while ((bits >> top % 64 & 1) == 0)
            top--;
        *found = top >= step->low;
        return *found ? top : step->low;
    }
    return step->low;
}

/* Takes the greatest end of the piece that is left, if there is one. */
static bool take_end(struct shoji__search *search, struct shoji__step *step,
                     const uint64_t *failed)
{
    bool found = false;
    size_t end = find_end(search, step, failed, &found);
    remember_barren(step, found ? end + 1 : end, step->high);
    step->high = end;
    step->end = end;
    return found;
}

/* Finds the next end of a step at which the next one may match. */
static bool next_end(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__step *next = step + 1;
    bool after = !step->last;
    do {
        if (take_end(search, step, next->failed[after])) {
            step->defined = true;
            return true;
        }
    } while (shoji__match_next_piece(search, step));
    if (!step->may_skip)
        return false;
    step->may_skip = false;
    step->end = step->at;
    step->defined = false;
    return !has_failed(next, after && step->after, step->at);
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
        step->completed = true;
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

/* Ends the way, if the text ends here. */
static shoji_status finish(struct shoji__search *search, struct shoji__step *end,
                           shoji_variables **values)
{
    if (end->at != search->subject.length)
        return SHOJI_OK;
    end->completed = true;
    return shoji__match_values(search, values);
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
        if (search->work > SHOJI__MOST_WORK)
            return SHOJI_LIMIT;
        if (index == search->count) {
            status = finish(search, step, values);
            if (status != SHOJI_OK || *values != NULL)
                return status;
        } else if (next_end(search, step)) {
            if (agrees(search, step))
                status = enter(search, ++index);
            else
                step->completed = true;
            continue;
        }
        if (!step->completed)
            status = mark_failed(search, step);
        if (index == 0)
            return status;
        step[-1].completed = step[-1].completed || step->completed;
        index--;
    }
    return status;
}

static shoji_status search_text(shoji_variables **values, const shoji_template *tmpl,
                                struct shoji__slice text, uint64_t *work)
{
    struct shoji__search search = {.tmpl = tmpl, .arena = SHOJI__ARENA_INIT};
    search.repeats = tmpl->spec_count > tmpl->variable_count;
    shoji_status status = shoji__match_prepare(&search, text);
    if (status == SHOJI_OK)
        status = make_steps(&search);
    if (status == SHOJI_OK)
        status = walk(&search, values);
    *work = search.work;
    shoji__arena_finish(&search.arena);
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
        status = search_text(&found, tmpl, shoji__buffer_slice(&text), work);
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
                       "\"%s\" is no expansion of the template \"%s\"", shown_iri,
                       shown_template);
}
