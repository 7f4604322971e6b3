/* The proof that values are those that were looked for: expansion with them. */
#include "iri/match.h"

#include "base/memory.h"
#include "iri/match_pieces.h"
#include "iri/percent.h"

struct proof {
    const struct shoji__search *search;
    const shoji_variables *values;
    shoji_buffer expansion;
    shoji_buffer normal;
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

/* Whether an expression expands to its share of the text. */
static shoji_status prove_part(struct proof *proof, const struct shoji__part *part,
                               struct shoji__slice text, bool *proven)
{
    const struct shoji__varspec *fault = NULL;
    shoji_buffer_clear(&proof->expansion);
    shoji_buffer_clear(&proof->normal);
    proof->expansion.maximum = 3 * text.length + 1;
    *proven = false;
    shoji_status status =
        shoji__template_expand_part(&proof->expansion, part, proof->values, &fault);
    if (status == SHOJI_LIMIT || status == SHOJI_INVALID)
        return SHOJI_OK;
    if (status == SHOJI_OK)
        status = shoji__percent_normalize(&proof->normal,
                                          shoji__buffer_slice(&proof->expansion));
    if (status != SHOJI_OK)
        return status;

    struct shoji__slice normal = shoji__buffer_slice(&proof->normal);
    *proven = shoji__slice_equal(normal, text);
    if (*proven || part->operation->separator != '&' || normal.length != text.length)
        return SHOJI_OK;
    return compare_forms(normal, text, proven);
}

static shoji_status prove_parts(struct proof *proof, bool *proven)
{
    const struct shoji__search *search = proof->search;
    shoji_status status = SHOJI_OK;
    *proven = true;
    for (size_t first = 0; first < search->count && *proven && status == SHOJI_OK;) {
        size_t last = shoji__match_last_step(search, first);
        const struct shoji__step *step = &search->steps[first];
        struct shoji__slice text = shoji__slice(search->subject.text + step->at,
                                                search->steps[last].end - step->at);
        if (step->kind != SHOJI__STEP_LITERAL)
            status = prove_part(proof, step->part, text, proven);
        first = last + 1;
    }
    return status;
}

shoji_status shoji__match_prove(const struct shoji__search *search,
                                const shoji_variables *values, bool *proven)
{
    struct proof proof = {search, values, SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT};
    shoji_status status = prove_parts(&proof, proven);
    shoji_buffer_finish(&proof.expansion);
    shoji_buffer_finish(&proof.normal);
    return status;
}
