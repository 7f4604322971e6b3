/* The proof that values are those that were looked for: expansion with them. */
#include "iri/match.h"

#include "base/memory.h"
#include "iri/match_pieces.h"
#include "iri/percent.h"
#include "iri/variables.h"

struct proof {
    struct shoji__search *search;
    const shoji_variables *values;
    bool *failed; /* by variable */
    shoji_buffer expansion;
    shoji_buffer normal;
    shoji_buffer share;
};

/* Cuts "?name=value&name=value" into its members, by name, and by place for each name. */
static shoji_status split_form(struct shoji__pieces *pieces, struct shoji__slice text)
{
    shoji_status status = SHOJI_OK;
    text = shoji__slice(text.bytes + 1, text.length - 1);
    while (text.bytes != NULL && status == SHOJI_OK) {
        struct shoji__slice member = shoji__take_before(&text, '&');
        struct shoji__slice name =
            shoji__slice(member.bytes, shoji__find_byte(member, '='));
        status = shoji__pieces_add(pieces, name, member);
    }
    shoji__pieces_sort(pieces);
    return status;
}

/* Whether two texts of one form have the same members in whatever order. */
static shoji_status compare_forms(struct shoji__slice one, struct shoji__slice other,
                                  bool *same)
{
    struct shoji__pieces ones = {NULL, 0, 0};
    struct shoji__pieces others = {NULL, 0, 0};
    shoji_status status = split_form(&ones, one);
    if (status == SHOJI_OK)
        status = split_form(&others, other);
    if (status == SHOJI_OK) {
        *same = ones.count == others.count;
        for (size_t i = 0; i < others.count && *same; i++)
            *same = shoji__slice_equal(ones.list[i].value, others.list[i].value);
    }
    shoji__release(ones.list);
    shoji__release(others.list);
    return status;
}

/* Normalizes what was expanded; where that failed since it is no value for this text,
 * there is nothing. */
static shoji_status normalize(struct proof *proof, shoji_status status, bool *expanded)
{
    *expanded = status == SHOJI_OK;
    if (status == SHOJI_LIMIT || status == SHOJI_INVALID)
        return SHOJI_OK;
    shoji_buffer_clear(&proof->normal);
    if (status == SHOJI_OK)
        status = shoji__percent_normalize(&proof->normal,
                                          shoji__buffer_slice(&proof->expansion));
    return status;
}

/* Whether an expression expands to its share of the text. */
static shoji_status prove_part(struct proof *proof, const struct shoji__part *part,
                               struct shoji__slice text, bool *proven)
{
    const struct shoji__varspec *fault = NULL;
    bool expanded = false;
    shoji_buffer_clear(&proof->expansion);
    proof->expansion.maximum = 3 * text.length + 1;
    shoji_status status =
        shoji__template_expand_part(&proof->expansion, part, proof->values, &fault);
    status = normalize(proof, status, &expanded);
    struct shoji__slice normal = shoji__buffer_slice(&proof->normal);
    *proven = status == SHOJI_OK && expanded && shoji__slice_equal(normal, text);
    if (status != SHOJI_OK || !expanded || *proven || part->operation->separator != '&' ||
        normal.length != text.length)
        return status;
    return compare_forms(normal, text, proven);
}

/* Marks a variable as failed if it does not expand to this share of the text. */
static shoji_status prove_share(struct proof *proof, const struct shoji__part *part,
                                const struct shoji__varspec *spec,
                                struct shoji__slice text, bool defined)
{
    const struct shoji__variable *variable =
        shoji__variables_find(proof->values, spec->name);
    bool expanded = false;
    shoji_buffer_clear(&proof->expansion);
    proof->expansion.maximum = 3 * text.length + 1;
    shoji_status status = shoji__template_expand_spec(&proof->expansion, part->operation,
                                                      spec, proof->values);
    status = normalize(proof, status, &expanded);
    if (status == SHOJI_OK &&
        (!expanded || defined != (variable != NULL && variable->size != 0) ||
         !shoji__slice_equal(shoji__buffer_slice(&proof->normal), text)))
        proof->failed[spec->variable] = true;
    return status;
}

/* Gathers the members of a settled form that belong to one variable. */
static shoji_status gather_share(struct proof *proof, struct shoji__step *step,
                                 size_t index)
{
    struct shoji__search *search = proof->search;
    struct shoji__member member;
    shoji_status status = SHOJI_OK;
    shoji_buffer_clear(&proof->share);
    shoji__form_begin(search, step);
    for (size_t at = step->start; at < step->end && status == SHOJI_OK &&
                                  shoji__form_next(search, step, at, &member);
         at = shoji__form_end(step, &member) + 1) {
        if (shoji__form_owner(search, step, &member) != index)
            continue;
        if (proof->share.length != 0)
            status = shoji__buffer_append_byte(&proof->share, '&');
        if (status == SHOJI_OK)
            status = shoji_buffer_append(&proof->share, search->subject.text + at,
                                         shoji__form_end(step, &member) - at);
    }
    return status;
}

static shoji_status blame_form(struct proof *proof, struct shoji__step *step)
{
    shoji_status status = SHOJI_OK;
    if (step->defined)
        shoji__form_settle(proof->search, step);
    for (size_t i = 0; i < step->part->spec_count && status == SHOJI_OK &&
                       !shoji__match_is_over(proof->search);
         i++) {
        shoji_buffer_clear(&proof->share);
        if (step->defined)
            status = gather_share(proof, step, i);
        if (status == SHOJI_OK)
            status =
                prove_share(proof, step->part, &step->part->specs[i],
                            shoji__buffer_slice(&proof->share), proof->share.length != 0);
    }
    return status;
}

/* Marks the variables for which the expression of some steps does not give its text. */
static shoji_status blame(struct proof *proof, size_t first, size_t last)
{
    struct shoji__search *search = proof->search;
    struct shoji__step *steps = search->steps;
    search->work += 4096 + 16 * search->subject.length;
    if (steps[first].kind == SHOJI__STEP_FORM)
        return blame_form(proof, &steps[first]);
    shoji_status status = SHOJI_OK;
    for (size_t i = first; i <= last && status == SHOJI_OK; i++) {
        size_t start = steps[i].defined ? steps[i].start : steps[i].end;
        struct shoji__slice text =
            shoji__slice(search->subject.text + start, steps[i].end - start);
        status = prove_share(proof, steps[i].part, steps[i].spec, text, steps[i].defined);
    }
    return status;
}

/* Proves an expression. One that fails though none of its variables does by itself fails
 * by all of them. */
static shoji_status prove_steps(struct proof *proof, size_t first, size_t last)
{
    const struct shoji__search *search = proof->search;
    const struct shoji__step *step = &search->steps[first];
    struct shoji__slice text =
        shoji__slice(search->subject.text + step->at, search->steps[last].end - step->at);
    bool proven = true;
    shoji_status status = SHOJI_OK;
    if (step->kind != SHOJI__STEP_LITERAL)
        status = prove_part(proof, step->part, text, &proven);
    if (status != SHOJI_OK || proven)
        return status;
    if (search->repeats)
        status = blame(proof, first, last);
    for (size_t i = 0; i < step->part->spec_count; i++)
        proven = proven || proof->failed[step->part->specs[i].variable];
    for (size_t i = 0; i < step->part->spec_count && !proven; i++)
        proof->failed[step->part->specs[i].variable] = true;
    return status;
}

shoji_status shoji__match_prove(struct shoji__search *search,
                                const shoji_variables *values, bool *failed)
{
    struct proof proof = {
        search, values, failed, SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT};
    shoji_status status = shoji_buffer_reserve(&proof.share, 0);
    for (size_t first = 0; first < search->count && status == SHOJI_OK;) {
        size_t last = shoji__match_last_step(search, first);
        status = prove_steps(&proof, first, last);
        first = last + 1;
    }
    shoji_buffer_finish(&proof.expansion);
    shoji_buffer_finish(&proof.normal);
    shoji_buffer_finish(&proof.share);
    return status;
}
