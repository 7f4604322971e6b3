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

bool shoji__match_has(const struct shoji__subject *subject, size_t at,
                      struct shoji__slice text)
{
    return text.length <= subject->length - at &&
           memcmp(subject->text + at, text.bytes, text.length) == 0;
}

static void enter_literal(struct shoji__search *search, struct shoji__step *step)
{
    struct shoji__slice literal = step->part->normal;
    search->work += literal.length / 16;
    offer_nothing(step, false);
    if (!shoji__match_has(&search->subject, step->at, literal))
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
    step->low = end + 1;
    step->high = find_piece_end(search, step, step->low) + 1;
    return true;
}

size_t shoji__match_value_end(const struct shoji__subject *subject,
                              const struct shoji__step *step, size_t start)
{
    size_t prefix = step->spec->prefix;
    size_t most = subject->listed[start];
    if (step->part->operation->reserved)
        most = subject->any[start];
    else if (prefix != 0)
        most = subject->plain[start];
    return prefix != 0 ? shoji__match_prefix_end(subject, start, most, prefix) : most;
}

static void enter_value(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__subject *subject = &search->subject;
    if (!find_start(search, step)) {
        offer_nothing(step, true);
        return;
    }
    size_t start = step->start;
    offer(step, step->part->operation->reserved ? subject->units : subject->characters,
          start, shoji__match_value_end(subject, step, start));
    step->high = find_piece_end(search, step, start) + 1;
}

/* Marks all ends from `low` to `most`, if any, and counts the work. */
static void mark(struct shoji__search *search, struct shoji__step *step, size_t low,
                 size_t most)
{
    if (low > most)
        return;
    if (most > step->marked)
        step->marked = most;
    shoji__set_add_range(step->marks, search->subject.characters, low, most);
    search->work += 8 + (most - low) / 64;
    if (most > step->most)
        step->most = most;
}

size_t shoji__match_next_pair(const struct shoji__subject *subject, size_t equals,
                              char separator)
{
    size_t value = equals + 1;
    size_t end = subject->plain[value];
    size_t next = end;
    if (subject->text[end] == separator)
        next = subject->plain[end + 1];
    else if (memchr(subject->text + value, separator, end - value) == NULL)
        return subject->length;
    return subject->text[next] == '=' ? next : subject->length;
}

/* Marks the ends of a map whose first key ends at `equals`. */
static void mark_map(struct shoji__search *search, struct shoji__step *step,
                     size_t equals)
{
    const struct shoji__subject *subject = &search->subject;
    char separator = step->part->operation->separator;
    size_t limit = shoji__match_keys(search, separator)->limits[step->start];
    while (equals < subject->length && equals < limit) {
        size_t value = equals + 1;
        mark(search, step, value, subject->plain[value]);
        equals = shoji__match_next_pair(subject, equals, separator);
        search->work += subject->plain[value] - value;
    }
}

size_t shoji__match_list_end(const struct shoji__subject *subject,
                             const struct shoji__step *step, size_t start)
{
    switch (step->part->operation->separator) {
    case ',':
        return subject->listed[start];
    case '/':
        return subject->sliced[start];
    default:
        return subject->plain[start];
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
        offer(step, subject->characters, step->start,
              shoji__match_list_end(subject, step, step->start));
        return SHOJI_OK;
    }
    if (clear_marks(search, step) == NULL)
        return SHOJI_NO_MEMORY;
    mark(search, step, step->start, end);
    mark_map(search, step, end);
    offer(step, step->marks, step->start, step->most);
    return SHOJI_OK;
}

void shoji__match_named_ends(const struct shoji__subject *subject,
                             const struct shoji__step *step, size_t equals, size_t *least,
                             size_t *most)
{
    size_t value = equals + 1;
    *least = value + 1;
    *most = subject->plain[value];
    if (step->spec->prefix != 0) {
        *most = shoji__match_prefix_end(subject, value, *most, step->spec->prefix);
    } else if (!step->spec->explode) {
        *least = value;
        *most = subject->listed[value];
    }
}

/*
 * Marks the ends of the value behind a name, which ends at `*at`, and leaves `*at` where
 * another member can follow. false where none can: an empty value has no equals sign,
 * unless it is a list of one empty string.
 */
static bool mark_named_value(struct shoji__search *search, struct shoji__step *step,
                             size_t *at)
{
    size_t least = 0;
    mark(search, step, *at, *at);
    if (search->subject.text[*at] != '=')
        return true;
    shoji__match_named_ends(&search->subject, step, *at, &least, at);
    mark(search, step, least, *at);
    return *at >= least;
}

/* Marks the ends of ";name=value", or of several where the variable is exploded. */
static void mark_named_list(struct shoji__search *search, struct shoji__step *step)
{
    struct shoji__slice name = step->spec->normal;
    size_t at = step->at;
    bool more = true;
    while (more && search->subject.text[at] == ';' &&
           shoji__match_has(&search->subject, at + 1, name)) {
        search->work += name.length;
        at += 1 + name.length;
        more = mark_named_value(search, step, &at) && step->spec->explode;
    }
}

size_t shoji__match_own_key(struct shoji__search *search,
                            const struct shoji__varspec *spec, size_t key)
{
    struct shoji__slice name = spec->normal;
    bool own = !search->own && shoji__match_has(&search->subject, key, name);
    search->denied = search->denied || own;
    return own ? key + name.length : SIZE_MAX;
}

/* Marks the ends within a key: where the beginning of it is a key that the map does not
 * have. */
static void mark_key(struct shoji__search *search, struct shoji__step *step, size_t key,
                     size_t key_end)
{
    const uint32_t *before = shoji__match_keys(search, ';')->before;
    size_t own = shoji__match_own_key(search, step->spec, key);
    for (size_t at = key; at < key_end; at++)
        if (before[at] <= step->start && at != own)
            mark(search, step, at, at);
}

/* Marks the ends of ";key=value;key=value". */
static void mark_named_map(struct shoji__search *search, struct shoji__step *step)
{
    const struct shoji__subject *subject = &search->subject;
    size_t limit = shoji__match_keys(search, ';')->limits[step->start];
    size_t at = step->at;
    bool more = true;
    while (more && subject->text[at] == ';') {
        size_t key = at + 1;
        at = subject->plain[key];
        mark_key(search, step, key, at);
        more = key < limit && at != shoji__match_own_key(search, step->spec, key) &&
               mark_named_value(search, step, &at);
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

static void mark_form(struct shoji__search *search, struct shoji__step *step)
{
    size_t at = step->start;
    struct shoji__member member;
    shoji__form_begin(search, step);
    while (shoji__form_next(search, step, at, &member)) {
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

shoji_status shoji__match_enter(struct shoji__search *search, struct shoji__step *step)
{
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
