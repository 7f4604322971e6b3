/* Where each kind of step can end. */
#include "iri/match.h"

#include <string.h>

/* Where nothing can be tried: not at all, or only to leave without a value. */
static void offer_nothing(struct shoji__step *step, bool may_skip)
{
    step->ends = NULL;
    step->low = 0;
    step->high = 0;
    step->most = 0;
    step->may_skip = may_skip;
}

static void offer(struct shoji__step *step, const uint64_t *ends, size_t low, size_t most)
{
    step->ends = ends;
    step->low = low;
    step->high = most + 1;
    step->most = most;
    step->may_skip = true;
}

/* A step's own set of ends, emptied where this entry can mark some. */
static uint64_t *clear_marks(struct shoji__search *search, struct shoji__step *step)
{
    step->most = step->start;
    if (step->marks == NULL) {
        step->marks = shoji__set_new(search);
        return step->marks;
    }
    size_t first = step->at / 64;
    size_t last = step->marked / 64;
    if (first <= last) {
        memset(step->marks + first, 0, (last - first + 1) * sizeof *step->marks);
        search->work += last - first + 1;
    }
    step->marked = step->start;
    return step->marks;
}

static bool text_has(const struct shoji__search *search, size_t at,
                     struct shoji__slice text)
{
    return text.length <= search->subject.length - at &&
           memcmp(search->subject.text + at, text.bytes, text.length) == 0;
}

static void enter_literal(struct shoji__search *search, struct shoji__step *step)
{
    struct shoji__slice literal = step->part->normal;
    search->work += literal.length / 16;
    offer_nothing(step, false);
    if (!text_has(search, step->at, literal))
        return;
    size_t end = step->at + literal.length;
    offer(step, search->subject.units, end, end);
    step->may_skip = false;
}

/* Finds where the value begins, behind the operator's sign or separator. */
static bool find_start(const struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__operator *operation = step->part->operation;
    char before = step->after ? operation->separator : operation->first;
    step->start = step->at;
    if (before == '\0')
        return true;
    step->start++;
    return search->subject.text[step->at] == before;
}

/* The end of the piece of a value at `at`. */
static size_t find_piece_end(struct shoji__search *search, const struct shoji__step *step,
                             size_t at)
{
    if (step->last)
        return step->most;
    const char *bytes = search->subject.text + at;
    const char *separator =
        memchr(bytes, step->part->operation->separator, step->most - at);
    size_t end = separator != NULL ? at + (size_t)(separator - bytes) : step->most;
    search->work += 16 + (end - at) / 8;
    return end;
}

bool shoji__match_next_piece(struct shoji__search *search, struct shoji__step *step)
{
    if (step->kind != SHOJI__STEP_VALUE)
        return false;
    size_t end = find_piece_end(search, step, step->low);
    if (end >= step->most)
        return false;
    size_t low = end + 1;
    if (low >= step->barren_low && low < step->barren_high)
        low = step->barren_high;
    if (low > step->most)
        return false;
    step->low = low;
    step->high = find_piece_end(search, step, step->low) + 1;
    return true;
}

static void enter_value(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__subject *subject = &search->subject;
    bool reserved = step->part->operation->reserved;
    size_t prefix = step->spec->prefix;
    if (!find_start(search, step)) {
        offer_nothing(step, true);
        return;
    }
    size_t start = step->start;
    size_t most = subject->listed[start];
    if (reserved)
        most = subject->any[start];
    else if (prefix != 0)
        most = subject->plain[start];
    if (prefix != 0)
        most = shoji__match_prefix_end(subject, start, most, prefix);
    offer(step, reserved ? subject->units : subject->characters, start, most);
    step->high = find_piece_end(search, step, start) + 1;
}

/* Marks all ends from `low` to `most`, if any, and counts the work. */
static void mark(struct shoji__search *search, struct shoji__step *step, size_t low,
                 size_t most)
{
    if (low > most || step->spending)
        return;
    if (most > step->marked)
        step->marked = most;
    shoji__set_add_range(step->marks, search->subject.characters, low, most);
    search->work += 8 + (most - low) / 64;
    if (most > step->most)
        step->most = most;
}

/* The items of lists and of maps, of which the ends are known to be spent or not. */
enum items {
    ITEMS_LIST,
    ITEMS_MAP
};

/* Whether to go on with an item: the ends from there on are not known to be spent. */
static bool goes_on(struct shoji__step *step, enum items items, size_t at)
{
    uint64_t *spent = step->spent[items];
    if (spent == NULL || !shoji__set_has(spent, at)) {
        if (step->spending)
            shoji__set_add(spent, at);
        return true;
    }
    return false;
}

/*
 * Marks the ends of a map whose first key ends at `equals`. Where the separator is a dot,
 * which values can hold, the last dot before an equals sign is where a key begins.
 */
static void mark_map(struct shoji__search *search, struct shoji__step *step,
                     size_t equals)
{
    const struct shoji__subject *subject = &search->subject;
    char separator = step->part->operation->separator;
    while (subject->text[equals] == '=' && goes_on(step, ITEMS_MAP, equals)) {
        size_t value = equals + 1;
        size_t end = subject->plain[value];
        mark(search, step, value, end);
        if (subject->text[end] == separator) {
            equals = subject->plain[end + 1];
        } else {
            search->work += end - value;
            if (memchr(subject->text + value, separator, end - value) == NULL)
                return;
            equals = end;
        }
    }
}

/* Where the longest list ends that begins where a step does. */
static size_t list_end(const struct shoji__subject *subject,
                       const struct shoji__step *step)
{
    switch (step->part->operation->separator) {
    case ',':
        return subject->listed[step->start];
    case '/':
        return subject->sliced[step->start];
    default:
        return subject->plain[step->start];
    }
}

static shoji_status enter_exploded(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__subject *subject = &search->subject;
    if (!find_start(search, step)) {
        offer_nothing(step, true);
        return SHOJI_OK;
    }
    if (step->part->operation->reserved) {
        offer(step, subject->units, step->start, subject->any[step->start]);
        return SHOJI_OK;
    }
    size_t end = subject->plain[step->start];
    if (subject->text[end] != '=') {
        offer(step, subject->characters, step->start, list_end(subject, step));
        return SHOJI_OK;
    }
    if (clear_marks(search, step) == NULL)
        return SHOJI_NO_MEMORY;
    mark(search, step, step->start, end);
    mark_map(search, step, end);
    offer(step, step->marks, step->start, step->most);
    return SHOJI_OK;
}

/*
 * Marks the ends of the value behind a name, which ends at `*at`, and leaves `*at` where
 * another member can follow. false where none can: an empty value has no equals sign,
 * unless it is a list of one empty string.
 */
static bool mark_named_value(struct shoji__search *search, struct shoji__step *step,
                             size_t *at)
{
    const struct shoji__subject *subject = &search->subject;
    mark(search, step, *at, *at);
    if (subject->text[*at] != '=')
        return true;
    size_t value = *at + 1;
    size_t most = subject->plain[value];
    size_t least = value + 1;
    if (step->spec->prefix != 0) {
        most = shoji__match_prefix_end(subject, value, most, step->spec->prefix);
    } else if (!step->spec->explode) {
        most = subject->listed[value];
        least = value;
    }
    mark(search, step, least, most);
    *at = most;
    return most >= least;
}

/* Marks the ends of ";name=value", or of several where the variable is exploded. */
static void mark_named_list(struct shoji__search *search, struct shoji__step *step)
{
    struct shoji__slice name = step->spec->normal;
    size_t at = step->at;
    bool more = true;
    while (more && search->subject.text[at] == ';' && text_has(search, at + 1, name) &&
           goes_on(step, ITEMS_LIST, at)) {
        search->work += name.length;
        at += 1 + name.length;
        more = mark_named_value(search, step, &at) && step->spec->explode;
    }
}

/* Marks the ends of ";key=value;key=value", as far as no key is the variable's name. */
static void mark_named_map(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__subject *subject = &search->subject;
    struct shoji__slice name = step->spec->normal;
    size_t at = step->at;
    bool more = true;
    while (more && subject->text[at] == ';' && goes_on(step, ITEMS_MAP, at)) {
        size_t key = at + 1;
        at = subject->plain[key];
        if (shoji__slice_equal(name, shoji__slice(subject->text + key, at - key)))
            return;
        mark(search, step, key, at);
        more = mark_named_value(search, step, &at);
    }
}

static shoji_status enter_named(struct shoji__search *search, struct shoji__step *step)
{
    if (!find_start(search, step)) {
        offer_nothing(step, true);
        return SHOJI_OK;
    }
    if (clear_marks(search, step) == NULL)
        return SHOJI_NO_MEMORY;
    mark_named_list(search, step);
    if (step->spec->explode)
        mark_named_map(search, step);
    offer(step, step->marks, step->start, step->most);
    return SHOJI_OK;
}

/*
 * Marks the ends of a form. Where its one variable is exploded, how it goes on from a
 * member depends on nothing before it but whether that is an item of a list or of a map.
 */
static void mark_form(struct shoji__search *search, struct shoji__step *step)
{
    bool single = step->part->spec_count == 1 && step->part->specs[0].explode;
    size_t at = step->start;
    struct shoji__member member;
    shoji__form_begin(search, step);
    while (shoji__form_next(search, step, at, &member)) {
        if (single && !goes_on(step, member.pair ? ITEMS_MAP : ITEMS_LIST, at))
            return;
        mark(search, step, member.value, member.value_end);
        at = member.value_end;
        if (search->subject.text[at] != '&')
            return;
        at++;
    }
}

static shoji_status enter_form(struct shoji__search *search, struct shoji__step *step)
{
    if (!find_start(search, step)) {
        offer_nothing(step, true);
        return SHOJI_OK;
    }
    if (clear_marks(search, step) == NULL)
        return SHOJI_NO_MEMORY;
    mark_form(search, step);
    offer(step, step->marks, step->start, step->most);
    return SHOJI_OK;
}

shoji_status shoji__match_spend(struct shoji__search *search, struct shoji__step *step)
{
    if (step->ends == NULL || step->ends != step->marks)
        return SHOJI_OK;
    for (size_t i = 0; i < 2; i++)
        if (step->spent[i] == NULL)
            step->spent[i] = shoji__set_new(search);
    if (step->spent[ITEMS_LIST] == NULL || step->spent[ITEMS_MAP] == NULL)
        return SHOJI_NO_MEMORY;
    step->spending = true;
    if (step->kind == SHOJI__STEP_EXPLODED) {
        mark_map(search, step, search->subject.plain[step->start]);
    } else if (step->kind == SHOJI__STEP_FORM) {
        mark_form(search, step);
    } else {
        mark_named_list(search, step);
        if (step->spec->explode)
            mark_named_map(search, step);
    }
    step->spending = false;
    return SHOJI_OK;
}

shoji_status shoji__match_enter(struct shoji__search *search, struct shoji__step *step)
{
    step->completed = false;
    search->work += 16;
    switch (step->kind) {
    case SHOJI__STEP_LITERAL:
        enter_literal(search, step);
        return SHOJI_OK;
    case SHOJI__STEP_VALUE:
        enter_value(search, step);
        return SHOJI_OK;
    case SHOJI__STEP_EXPLODED:
        return enter_exploded(search, step);
    case SHOJI__STEP_NAMED:
        return enter_named(search, step);
    case SHOJI__STEP_FORM:
        return enter_form(search, step);
    case SHOJI__STEP_END:
        break;
    }
    return SHOJI_OK;
}
