/*
 * What the way that was found says of the variables. Values are cut out of the text
 * without a look at one another; that they hold is then proven by expanding with them.
 */
#include "iri/match.h"

#include <shoji/iri.h>

#include "base/memory.h"
#include "iri/match_pieces.h"
#include "iri/percent.h"
#include "iri/variables.h"

#include <string.h>

struct extraction {
    struct shoji__search *search;
    shoji_variables *values;
    /* By variable: what gave it its value, which choice is made for it, and whether that
     * was found not to hold. */
    const struct shoji__varspec **owners;
    unsigned char *choices;
    bool *failed;
    unsigned pass; /* how many of the orders of each choice had their turn */
    shoji_buffer key;
    shoji_buffer value;
    struct shoji__pieces pieces;
};

/* What an appearance of a variable tells of its value: bits of a set. */
enum rank {
    RANK_EXPLODED = 1, /* strings, lists and maps apart */
    RANK_PLAIN = 2,    /* strings and lists apart */
    RANK_LOOSE = 4,    /* exploded, but the separator may belong to an item */
    RANK_RESERVED = 8, /* strings, lists and maps look the same */
    RANK_PREFIX = 16   /* the beginning */
};

enum {
    RANK_COUNT = 5,
    WHOLE = RANK_EXPLODED | RANK_PLAIN | RANK_LOOSE | RANK_RESERVED,
    APART = RANK_EXPLODED | RANK_PLAIN
};

/* How the value of a variable that stands more than once is chosen. */
struct choice {
    unsigned orders[RANK_COUNT]; /* which ranks decide first, which then, ...; 0 ends */
    bool single;                 /* a list of one item is a string */
    bool literal; /* separators and triplets are of a string, as they are */
};

/* In the order in which they are tried for each variable. */
static const struct choice choices[] = {
    {{WHOLE, RANK_PREFIX}, false, false},
    {{WHOLE, RANK_PREFIX}, true, false},
    {{RANK_EXPLODED, RANK_PLAIN, RANK_LOOSE, RANK_RESERVED, RANK_PREFIX}, false, false},
    {{APART, RANK_LOOSE, RANK_RESERVED, RANK_PREFIX}, true, false},
    {{RANK_LOOSE, APART, RANK_RESERVED, RANK_PREFIX}, false, false},
    {{RANK_LOOSE, APART, RANK_RESERVED, RANK_PREFIX}, true, false},
    {{RANK_RESERVED, RANK_PREFIX}, false, true},
    {{RANK_LOOSE | RANK_RESERVED, RANK_PREFIX}, false, true},
    {{RANK_PREFIX, WHOLE}, false, false},
};

enum {
    CHOICE_COUNT = sizeof choices / sizeof choices[0]
};

static enum rank rank_of(const struct shoji__step *step,
                         const struct shoji__varspec *spec)
{
    if (spec->prefix != 0)
        return RANK_PREFIX;
    const struct shoji__operator *operation = step->part->operation;
    if (spec->explode)
        return operation->reserved || operation->separator == '.' ? RANK_LOOSE
                                                                  : RANK_EXPLODED;
    return operation->reserved ? RANK_RESERVED : RANK_PLAIN;
}

static const struct choice *choice_of(const struct extraction *extraction,
                                      const struct shoji__varspec *spec)
{
    return &choices[extraction->choices[spec->variable]];
}

/* Whether it is the turn of this appearance of a variable to tell its value. */
static bool has_turn(const struct extraction *extraction, const struct shoji__step *step,
                     const struct shoji__varspec *spec)
{
    return (rank_of(step, spec) &
            choice_of(extraction, spec)->orders[extraction->pass]) != 0;
}

static struct shoji__slice cut(const struct extraction *extraction, size_t from,
                               size_t to)
{
    return shoji__slice(extraction->search->subject.text + from, to - from);
}

/*
 * Whether a character that triplets encode, `length` bytes of them, stays encoded in a
 * value that is expanded with its triplets and reserved characters as they are: where it
 * is a reserved character, or a percent sign with which a triplet would begin.
 */
static bool stays_encoded(uint32_t point, const char *bytes, size_t length, size_t left)
{
    if (point == '%')
        return left >= length + 2 && shoji__is(bytes[length], SHOJI__HEX) &&
               shoji__is(bytes[length + 1], SHOJI__HEX);
    return point < 0x80 && shoji__is((char)point, SHOJI__RESERVED);
}

/* Decodes the triplets of a value that expansion encodes again if the value's reserved
 * characters and triplets stay as they are. */
static shoji_status decode_reserved(shoji_buffer *buffer, struct shoji__slice text)
{

    shoji_status status = shoji_buffer_reserve(buffer, text.length);
    size_t at = 0;
    while (at < text.length && status == SHOJI_OK) {
        const char *bytes = text.bytes + at;
        size_t left = text.length - at;
        uint32_t point = 0;
        size_t length = shoji__percent_character(bytes, left, &point);
        if (length != 0 && point != 0 && !stays_encoded(point, bytes, length, left)) {
            status = shoji_iri_append_decoded(buffer, bytes, length);
        } else {
            length = 1;
            status = shoji__buffer_append_byte(buffer, *bytes);
        }
        at += length;
    }
    return status;
}

/* Makes the value, or the key, that a text stands for. */
static shoji_status decode(const struct extraction *extraction, shoji_buffer *buffer,
                           const struct shoji__step *step,
                           const struct shoji__varspec *spec, struct shoji__slice text)
{
    shoji_buffer_clear(buffer);
    if (!step->part->operation->reserved)
        return shoji_iri_append_decoded(buffer, text.bytes, text.length);
    if (choice_of(extraction, spec)->literal)
        return shoji__buffer_append_slice(buffer, text);
    return decode_reserved(buffer, text);
}

/* Whether an appearance may give a variable its value: none has before. */
static bool owns(struct extraction *extraction, const struct shoji__varspec *spec)
{
    const struct shoji__varspec **owner = &extraction->owners[spec->variable];
    if (*owner == NULL)
        *owner = spec;
    return *owner == spec;
}

static shoji_status set_string(struct extraction *extraction,
                               const struct shoji__step *step,
                               const struct shoji__varspec *spec,
                               struct shoji__slice text)
{
    if (!owns(extraction, spec))
        return SHOJI_OK;
    shoji_status status = decode(extraction, &extraction->value, step, spec, text);
    if (status == SHOJI_OK)
        status = shoji__variables_set(extraction->values, spec->name,
                                      shoji__buffer_slice(&extraction->value));
    return status;
}

/* Sets a variable of which the text is the beginning, unless more of it is known. */
static shoji_status set_prefix(struct extraction *extraction,
                               const struct shoji__step *step,
                               const struct shoji__varspec *spec,
                               struct shoji__slice text)
{
    const struct shoji__varspec **owner = &extraction->owners[spec->variable];
    if (*owner != NULL && (*owner)->prefix == 0)
        return SHOJI_OK;
    shoji_status status = decode(extraction, &extraction->value, step, spec, text);
    if (status != SHOJI_OK)
        return status;
    const struct shoji__variable *known =
        shoji__variables_find(extraction->values, spec->name);
    if (known != NULL && strlen(known->items[0].value) >= extraction->value.length)
        return SHOJI_OK;
    *owner = spec;
    return shoji__variables_set(extraction->values, spec->name,
                                shoji__buffer_slice(&extraction->value));
}

static shoji_status append_piece(struct extraction *extraction,
                                 const struct shoji__step *step,
                                 const struct shoji__varspec *spec,
                                 const struct shoji__piece *piece)
{
    if (!owns(extraction, spec))
        return SHOJI_OK;
    struct shoji__slice key = {NULL, 0};
    shoji_status status =
        decode(extraction, &extraction->value, step, spec, piece->value);
    if (status == SHOJI_OK && piece->key.bytes != NULL) {
        status = decode(extraction, &extraction->key, step, spec, piece->key);
        key = shoji__buffer_slice(&extraction->key);
    }
    if (status == SHOJI_OK)
        status = shoji__variables_append(extraction->values, spec->name, key,
                                         shoji__buffer_slice(&extraction->value));
    return status;
}

static shoji_status append_item(struct extraction *extraction,
                                const struct shoji__step *step,
                                const struct shoji__varspec *spec,
                                struct shoji__slice text)
{
    struct shoji__piece piece = {.value = text};
    return append_piece(extraction, step, spec, &piece);
}

static shoji_status append_pair(struct extraction *extraction,
                                const struct shoji__step *step,
                                const struct shoji__varspec *spec,
                                struct shoji__slice key, struct shoji__slice value)
{
    struct shoji__piece piece = {.key = key, .value = value};
    return append_piece(extraction, step, spec, &piece);
}

/* Appends all pieces that were collected: pairs of a map, or items of a list. */
static shoji_status append_pieces(struct extraction *extraction,
                                  const struct shoji__step *step,
                                  const struct shoji__varspec *spec)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < extraction->pieces.count && status == SHOJI_OK; i++)
        status = append_piece(extraction, step, spec, &extraction->pieces.list[i]);
    return status;
}

static shoji_status append_items(struct extraction *extraction,
                                 const struct shoji__step *step,
                                 const struct shoji__varspec *spec,
                                 struct shoji__slice text, char separator)
{
    shoji_status status = SHOJI_OK;
    while (text.bytes != NULL && status == SHOJI_OK)
        status =
            append_item(extraction, step, spec, shoji__take_before(&text, separator));
    return status;
}

/* The value of a variable that is not exploded: commas as they are make it a list. */
static shoji_status set_value(struct extraction *extraction,
                              const struct shoji__step *step,
                              const struct shoji__varspec *spec, struct shoji__slice text)
{
    if (spec->prefix != 0)
        return set_prefix(extraction, step, spec, text);
    if (step->part->operation->reserved || shoji__find_byte(text, ',') == text.length)
        return set_string(extraction, step, spec, text);
    return append_items(extraction, step, spec, text, ',');
}

static shoji_status extract_exploded(struct extraction *extraction,
                                     const struct shoji__step *step)
{
    struct shoji__slice text = cut(extraction, step->start, step->end);
    struct shoji__pieces *pieces = &extraction->pieces;
    char separator = step->part->operation->separator;
    const struct choice *choice = choice_of(extraction, step->spec);
    if (choice->literal ||
        (choice->single && shoji__find_byte(text, separator) == text.length))
        return set_string(extraction, step, step->spec, text);
    if (shoji__find_byte(text, '=') == text.length)
        return append_items(extraction, step, step->spec, text, separator);

    shoji_status status = rank_of(step, step->spec) == RANK_LOOSE
                              ? shoji__pieces_cut_loose(pieces, text, separator)
                              : shoji__pieces_cut(pieces, text, separator);
    if (status != SHOJI_OK)
        return status;
    if (shoji__pieces_are_map(pieces))
        return append_pieces(extraction, step, step->spec);
    if (step->part->operation->reserved)
        return append_items(extraction, step, step->spec, text, separator);
    extraction->failed[step->spec->variable] = true;
    return SHOJI_OK;
}

/* ";name" or ";name=value". An empty value behind an equals sign is a list of one. */
static shoji_status extract_named(struct extraction *extraction,
                                  const struct shoji__step *step)
{
    size_t name_end = step->start + step->spec->normal.length;
    if (name_end == step->end)
        return set_value(extraction, step, step->spec, shoji__slice("", 0));
    struct shoji__slice value = cut(extraction, name_end + 1, step->end);
    if (value.length == 0)
        return append_item(extraction, step, step->spec, value);
    return set_value(extraction, step, step->spec, value);
}

/* ";name=value;name=value", a list, or ";key=value;key=value", a map. */
static shoji_status extract_named_exploded(struct extraction *extraction,
                                           const struct shoji__step *step)
{
    struct shoji__slice text = cut(extraction, step->start, step->end);
    struct shoji__pieces *pieces = &extraction->pieces;
    bool own = true;
    pieces->count = 0;
    shoji_status status = SHOJI_OK;
    while (text.bytes != NULL && status == SHOJI_OK) {
        struct shoji__slice value = shoji__take_before(&text, ';');
        struct shoji__slice key = shoji__take_before(&value, '=');
        if (value.bytes == NULL)
            value = shoji__slice("", 0);
        own = own && shoji__slice_equal(key, step->spec->normal);
        status = shoji__pieces_add(pieces, key, value);
    }
    if (status != SHOJI_OK)
        return status;
    for (size_t i = 0; i < pieces->count && own; i++)
        pieces->list[i].key = shoji__slice(NULL, 0);
    if (!own && !shoji__pieces_are_map(pieces))
        extraction->failed[step->spec->variable] = true;
    return append_pieces(extraction, step, step->spec);
}

/* The pairs of the members of a form that no variable has the name of. Where several
 * variables take them, they take them one after another. */
static shoji_status extract_pairs(struct extraction *extraction, struct shoji__step *step)
{
    struct shoji__pieces *pieces = &extraction->pieces;
    const struct shoji__varspec *spec = &step->part->specs[step->collector];
    size_t shares = shoji__form_shares(step);
    if (pieces->count % shares != 0)
        extraction->failed[spec->variable] = true;
    pieces->count /= shares;
    if (!shoji__pieces_are_map(pieces))
        extraction->failed[spec->variable] = true;
    return append_pieces(extraction, step, spec);
}

/* The members of a form; those of a map are kept until all of them are known. */
static shoji_status extract_form(struct extraction *extraction, struct shoji__step *step)
{
    struct shoji__search *search = extraction->search;
    struct shoji__member member;
    shoji_status status = SHOJI_OK;
    extraction->pieces.count = 0;
    shoji__form_settle(search, step);
    shoji__form_begin(search, step);
    for (size_t at = step->start; at < step->end && status == SHOJI_OK &&
                                  shoji__form_next(search, step, at, &member);
         at = shoji__form_end(step, &member) + 1) {
        const struct shoji__varspec *spec =
            &step->part->specs[shoji__form_owner(search, step, &member)];
        struct shoji__slice value =
            cut(extraction, member.value, shoji__form_end(step, &member));
        if (!has_turn(extraction, step, spec))
            continue;
        if (search->ordered && member.pair)
            status = append_pair(extraction, step, spec,
                                 cut(extraction, member.name, member.name_end), value);
        else if (shoji__form_is_pair(search, step, &member))
            status =
                shoji__pieces_add(&extraction->pieces,
                                  cut(extraction, member.name, member.name_end), value);
        else if (spec->explode)
            status = append_item(extraction, step, spec, value);
        else
            status = set_value(extraction, step, spec, value);
    }
    if (status != SHOJI_OK || extraction->pieces.count == 0)
        return status;
    return extract_pairs(extraction, step);
}

static shoji_status extract_step(struct extraction *extraction, struct shoji__step *step)
{
    if (step->kind == SHOJI__STEP_FORM)
        return extract_form(extraction, step);
    if (step->spec == NULL || !has_turn(extraction, step, step->spec))
        return SHOJI_OK;
    if (step->kind == SHOJI__STEP_EXPLODED)
        return extract_exploded(extraction, step);
    if (step->kind == SHOJI__STEP_VALUE)
        return set_value(extraction, step, step->spec,
                         cut(extraction, step->start, step->end));
    if (step->spec->explode)
        return extract_named_exploded(extraction, step);
    return extract_named(extraction, step);
}

/* Whether it is the turn of anything. */
static bool is_turn(const struct extraction *extraction)
{
    bool any = false;
    for (size_t i = 0; i < extraction->search->tmpl->variable_count && !any; i++)
        any = extraction->pass < RANK_COUNT &&
              choices[extraction->choices[i]].orders[extraction->pass] != 0;
    return any;
}

/* Extracts the values that have their turn. An expression that has no text says nothing
 * of its variables. */
static shoji_status extract_turn(struct extraction *extraction)
{
    struct shoji__search *search = extraction->search;
    shoji_status status = SHOJI_OK;
    for (size_t first = 0; first < search->count && status == SHOJI_OK;) {
        size_t last = shoji__match_last_step(search, first);
        bool empty = search->steps[first].at == search->steps[last].end;
        for (size_t i = first; i <= last && status == SHOJI_OK && !empty; i++)
            if (search->steps[i].defined)
                status = extract_step(extraction, &search->steps[i]);
        first = last + 1;
    }
    return status;
}

/* Extracts the values by the choices that are made, and proves them. */
static shoji_status extract(struct extraction *extraction, bool *proven)
{
    struct shoji__search *search = extraction->search;
    size_t count = search->tmpl->variable_count;
    memset(extraction->owners, 0, count * sizeof *extraction->owners);
    memset(extraction->failed, 0, count * sizeof *extraction->failed);
    shoji_variables_free(extraction->values);
    extraction->values = NULL;
    shoji_status status = shoji_variables_new(&extraction->values);
    for (extraction->pass = 0; status == SHOJI_OK && is_turn(extraction);
         extraction->pass++)
        status = extract_turn(extraction);
    for (size_t i = 0; i < count && status == SHOJI_OK; i++)
        if (choices[extraction->choices[i]].single)
            shoji__variables_unlist(extraction->values, search->tmpl->variables[i]);
    search->work += 4096 + 16 * search->subject.length + 128 * search->count;
    if (status == SHOJI_OK)
        status = shoji__match_prove(search, extraction->values, extraction->failed);
    *proven = status == SHOJI_OK;
    for (size_t i = 0; i < count; i++)
        *proven = *proven && !extraction->failed[i];
    return status;
}

/* Lets another variable take the pairs of a form, where that of now did not hold. false
 * where there is none. */
static bool collect_again(struct extraction *extraction)
{
    struct shoji__search *search = extraction->search;
    for (size_t i = 0; i < search->count && !search->ordered; i++) {
        struct shoji__step *step = &search->steps[i];
        if (step->kind == SHOJI__STEP_FORM && step->defined && step->pairs != 0 &&
            shoji__form_next_collector(step)) {
            memset(extraction->choices, 0,
                   search->tmpl->variable_count * sizeof *extraction->choices);
            return true;
        }
    }
    return false;
}

/* Makes the next choice for each variable whose value does not hold. false where there is
 * none. */
static bool choose_again(struct extraction *extraction)
{
    if (!extraction->search->repeats)
        return false;
    for (size_t i = 0; i < extraction->search->tmpl->variable_count; i++)
        if (extraction->failed[i] && ++extraction->choices[i] == CHOICE_COUNT)
            return collect_again(extraction);
    return true;
}

static shoji_status begin(struct extraction *extraction)
{
    size_t count = extraction->search->tmpl->variable_count;
    extraction->owners = shoji__alloc_array(count, sizeof *extraction->owners);
    extraction->choices = shoji__alloc_array(count, sizeof *extraction->choices);
    extraction->failed = shoji__alloc_array(count, sizeof *extraction->failed);
    if (extraction->owners == NULL || extraction->choices == NULL ||
        extraction->failed == NULL)
        return SHOJI_NO_MEMORY;
    memset(extraction->choices, 0, count * sizeof *extraction->choices);
    struct shoji__search *search = extraction->search;
    for (size_t i = 0; i < search->count; i++)
        if (search->steps[i].kind == SHOJI__STEP_FORM)
            search->steps[i].collector = search->steps[i].part->spec_count;
    shoji_status status = shoji_buffer_reserve(&extraction->key, 0);
    if (status == SHOJI_OK)
        status = shoji_buffer_reserve(&extraction->value, 0);
    return status;
}

static void finish(struct extraction *extraction)
{
    shoji_variables_free(extraction->values);
    shoji__release(extraction->owners);
    shoji__release(extraction->choices);
    shoji__release(extraction->failed);
    shoji__release(extraction->pieces.list);
    shoji_buffer_finish(&extraction->key);
    shoji_buffer_finish(&extraction->value);
}

shoji_status shoji__match_values(struct shoji__search *search, shoji_variables **values)
{
    struct extraction extraction = {.search = search};
    bool proven = false;
    shoji_status status = begin(&extraction);
    do {
        if (status == SHOJI_OK)
            status = extract(&extraction, &proven);
    } while (status == SHOJI_OK && !proven && !shoji__match_is_over(search) &&
             choose_again(&extraction));
    if (proven) {
        *values = extraction.values;
        extraction.values = NULL;
    }
    finish(&extraction);
    return status;
}
