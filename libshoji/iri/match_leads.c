/*
 * From where each step of the way leads to the end: from the last step to the first, and
 * in each of them from right to left. So the search never enters a step in vain. Each
 * step takes a time by the length of the text, but a form of several variables, of which
 * the members are read from each place where it may be entered.
 */
#include "iri/match.h"

#include "iri/characters.h"

#include <string.h>

static const uint32_t nowhere = UINT32_MAX; /* no position */

/* What is found of one step. All are by position. */
struct leads {
    struct shoji__search *search;
    const struct shoji__subject *subject;
    uint64_t *goals;   /* where it can end, such that the next one leads to the end */
    uint32_t *nearest; /* the next of these from here; nowhere for none */
    uint32_t *first;   /* the next item of a list or map, from here, that has one */
    uint32_t *best;    /* see lead_partly */
    uint32_t *queue;
    uint64_t *values; /* where a value can begin that leads to the end */
};

static bool has_goal(const struct leads *leads, size_t low, size_t most)
{
    return low <= most && leads->nearest[low] <= most;
}

static void find_nearest(struct leads *leads)
{
    uint32_t nearest = nowhere;
    leads->nearest[leads->subject->length + 1] = nowhere;
    for (size_t at = leads->subject->length + 1; at-- > 0;) {
        if (shoji__set_has(leads->goals, at))
            nearest = (uint32_t)at;
        leads->nearest[at] = nearest;
    }
}

static void lead_literal(struct leads *leads, const struct shoji__step *step)
{
    struct shoji__slice literal = step->part->normal;
    size_t most = leads->subject->length;
    for (size_t at = 0; at + literal.length <= most; at++) {
        if (!shoji__set_has(leads->goals, at + literal.length) ||
            !shoji__set_has(step->reached, at))
            continue;
        leads->search->granted += literal.length / 16;
        leads->search->work += literal.length / 16;
        if (shoji__match_has(leads->subject, at, literal))
            shoji__set_add(leads->values, at);
    }
}

static void lead_value(struct leads *leads, const struct shoji__step *step)
{
    for (size_t at = leads->subject->length + 1; at-- > 0;)
        if (leads->nearest[at] != nowhere &&
            has_goal(leads, at, shoji__match_value_end(leads->subject, step, at)))
            shoji__set_add(leads->values, at);
}

static void lead_reserved(struct leads *leads)
{
    for (size_t at = leads->subject->length + 1; at-- > 0;)
        if (has_goal(leads, at, leads->subject->any[at]))
            shoji__set_add(leads->values, at);
}

/* Finds which pair, from that of an equals sign on, is the first one that has a goal. */
static void find_first_pair(struct leads *leads, size_t equals, char separator)
{
    const struct shoji__subject *subject = leads->subject;
    size_t value = equals + 1;
    if (has_goal(leads, value, subject->plain[value])) {
        leads->first[equals] = (uint32_t)equals;
        return;
    }
    size_t next = shoji__match_next_pair(subject, equals, separator);
    leads->first[equals] = next < subject->length ? leads->first[next] : nowhere;
}

/* A list or a map, the pairs of which have no names. */
static void lead_exploded(struct leads *leads, const struct shoji__step *step)
{
    const struct shoji__subject *subject = leads->subject;
    char separator = step->part->operation->separator;
    const uint32_t *limits = shoji__match_keys(leads->search, separator)->limits;
    for (size_t at = subject->length + 1; at-- > 0;) {
        if (subject->text[at] == '=')
            find_first_pair(leads, at, separator);
        size_t end = subject->plain[at];
        bool pairs = subject->text[end] == '=';
        if (has_goal(leads, at, pairs ? end : shoji__match_list_end(subject, step, at)) ||
            (pairs && leads->first[end] < limits[at]))
            shoji__set_add(leads->values, at);
    }
}

/* Of the value behind a name that ends at `at`: whether it has a goal. */
static bool has_named_goal(const struct leads *leads, const struct shoji__step *step,
                           size_t at)
{
    size_t least = 0;
    size_t most = 0;
    if (shoji__set_has(leads->goals, at))
        return true;
    if (leads->subject->text[at] != '=')
        return false;
    shoji__match_named_ends(leads->subject, step, at, &least, &most);
    return has_goal(leads, least, most);
}

/* Where the key begins of the item that follows one whose key ends at `at`; past the end
 * of the text where none does. */
static size_t next_named(const struct leads *leads, const struct shoji__step *step,
                         size_t at)
{
    const struct shoji__subject *subject = leads->subject;
    size_t least = at;
    size_t most = at;
    if (subject->text[at] == '=')
        shoji__match_named_ends(subject, step, at, &least, &most);
    return most >= least && subject->text[most] == ';' ? most + 1 : subject->length + 1;
}

/* ";name=value", or a list of them. */
static void lead_named_list(struct leads *leads, const struct shoji__step *step)
{
    const struct shoji__subject *subject = leads->subject;
    struct shoji__slice name = step->spec->normal;
    for (size_t at = subject->length; at > 0; at--) {
        if (subject->text[at - 1] != ';' || !shoji__match_has(subject, at, name))
            continue;
        size_t end = at + name.length;
        size_t next = subject->length + 1;
        if (step->spec->explode)
            next = next_named(leads, step, end);
        if (has_named_goal(leads, step, end) ||
            (next <= subject->length && shoji__set_has(leads->values, next)))
            shoji__set_add(leads->values, at);
    }
}

/* The least that an end within a key, which is a goal, has to say of where a map may not
 * begin: not at a key before it that is the same as this one if it ends there. */
static uint32_t least_before(const struct leads *leads, const uint32_t *before,
                             size_t key, size_t own)
{
    uint32_t least = nowhere;
    for (size_t at = key; at < leads->subject->plain[key]; at++)
        if (shoji__set_has(leads->goals, at) && before[at] < least && at != own)
            least = before[at];
    return least;
}

/*
 * ";key=value;key=value". An end is good where no key stands twice: up to the limit, but
 * for ends within a key. Of these, those that can be asked for from here on are kept in a
 * queue, the nearest last, and of them only those that are better than all behind them.
 */
static void lead_named_map(struct leads *leads, const struct shoji__step *step)
{
    const struct shoji__subject *subject = leads->subject;
    const struct shoji__keys *keys = shoji__match_keys(leads->search, ';');
    uint32_t *queue = leads->queue;
    size_t head = 0;
    size_t tail = 0;
    size_t last = nowhere;
    for (size_t key = subject->length; key > 0; key--) {
        if (subject->text[key - 1] != ';')
            continue;
        size_t end = subject->plain[key];
        size_t next = next_named(leads, step, end);
        bool more = next <= subject->length;
        leads->first[key] = more ? leads->first[next] : nowhere;
        if (has_named_goal(leads, step, end))
            leads->first[key] = (uint32_t)key;
        if (!more)
            head = tail = 0;
        size_t own = shoji__match_own_key(leads->search, step->spec, key);
        if (own == end)
            last = key;
        size_t limit = last < keys->limits[key] ? last : keys->limits[key];
        leads->best[key] = least_before(leads, keys->before, key, own);
        while (tail > head && leads->best[queue[tail - 1]] >= leads->best[key])
            tail--;
        queue[tail++] = (uint32_t)key;
        while (queue[head] > limit)
            head++;
        if (leads->first[key] < limit || leads->best[queue[head]] <= key)
            shoji__set_add(leads->values, key);
    }
}

/* Whether the name of a member of a form can begin at a position. */
static bool begins_name(const struct shoji__subject *subject, size_t at)
{
    return at > 0 && (subject->text[at - 1] == '?' || subject->text[at - 1] == '&');
}

static bool is_named(const struct shoji__subject *subject, size_t at, size_t end,
                     struct shoji__slice name)
{
    return end - at == name.length && shoji__match_has(subject, at, name);
}

/* "name=value&name=value" or "key=value&key=value" of one variable. */
static void lead_single_form(struct leads *leads, const struct shoji__step *step)
{
    const struct shoji__subject *subject = leads->subject;
    const uint32_t *limits = shoji__match_keys(leads->search, '&')->limits;
    struct shoji__slice name = step->part->specs[0].normal;
    uint32_t *lists = leads->best;
    size_t last = nowhere;
    for (size_t at = subject->length + 1; at-- > 0;) {
        leads->first[at] = nowhere;
        lists[at] = 0;
        size_t equals = subject->plain[at];
        if (subject->text[equals] != '=')
            continue;
        size_t end = subject->plain[equals + 1];
        bool goal = has_goal(leads, equals + 1, end);
        bool more = subject->text[end] == '&';
        if (goal)
            leads->first[at] = (uint32_t)at;
        else if (more)
            leads->first[at] = leads->first[end + 1];
        if (begins_name(subject, at) && is_named(subject, at, equals, name)) {
            lists[at] = goal || (more && lists[end + 1] != 0);
            leads->search->denied = true;
            if (!leads->search->own)
                last = at;
        }
        size_t limit = last < limits[at] ? last : limits[at];
        if (leads->first[at] < limit || lists[at] != 0)
            shoji__set_add(leads->values, at);
    }
}

/* Whether a form of several variables that begins at a position has a goal. */
static bool form_leads(struct leads *leads, struct shoji__step *step, size_t at)
{
    struct shoji__member member;
    step->start = at;
    shoji__form_begin(leads->search, step);
    while (shoji__form_next(leads->search, step, at, &member)) {
        if (has_goal(leads, member.value, member.value_end))
            return true;
        at = member.value_end;
        if (leads->subject->text[at] != '&')
            return false;
        at++;
    }
    return false;
}

static shoji_status lead_form(struct leads *leads, struct shoji__step *step)
{
    char sign = step->part->operation->first;
    if (step->part->spec_count == 1 && step->part->specs[0].explode) {
        lead_single_form(leads, step);
        return SHOJI_OK;
    }
    for (size_t at = 0; at < leads->subject->length; at++) {
        if (leads->subject->text[at] != sign || !shoji__set_has(step->reached, at))
            continue;
        if (form_leads(leads, step, at + 1))
            shoji__set_add(leads->values, at + 1);
        if (shoji__match_is_over(leads->search))
            return SHOJI_LIMIT;
    }
    return SHOJI_OK;
}

/* Finds where a value of a step can begin. SHOJI_LIMIT. */
static shoji_status find_values(struct leads *leads, struct shoji__step *step)
{
    memset(leads->values, 0, leads->subject->words * sizeof *leads->values);
    switch (step->kind) {
    case SHOJI__STEP_LITERAL:
        lead_literal(leads, step);
        return SHOJI_OK;
    case SHOJI__STEP_VALUE:
        lead_value(leads, step);
        return SHOJI_OK;
    case SHOJI__STEP_EXPLODED:
        if (step->part->operation->reserved)
            lead_reserved(leads);
        else
            lead_exploded(leads, step);
        return SHOJI_OK;
    case SHOJI__STEP_NAMED:
        lead_named_list(leads, step);
        if (step->spec->explode)
            lead_named_map(leads, step);
        return SHOJI_OK;
    case SHOJI__STEP_FORM:
        return lead_form(leads, step);
    case SHOJI__STEP_END:
        break;
    }
    return SHOJI_OK;
}

/* Adds from where a step leads to the end with a value, behind what stands before one. */
static void add_entries(const struct leads *leads, const struct shoji__step *step,
                        uint64_t *entries, char before)
{
    const struct shoji__subject *subject = leads->subject;
    for (size_t word = 0; word < subject->words; word++) {
        uint64_t bits = leads->values[word];
        if (before == '\0')
            entries[word] |= bits;
        for (size_t at = word * 64; bits != 0 && before != '\0'; at++, bits >>= 1)
            if ((bits & 1) != 0 && at > 0 && subject->text[at - 1] == before)
                shoji__set_add(entries, at - 1);
    }
    for (size_t word = 0; word < subject->words; word++)
        entries[word] &= step->reached[word];
}

/* Finds from where a step leads to the end: with a value, or without one. */
static shoji_status lead_step(struct leads *leads, struct shoji__step *step, bool first)
{
    struct shoji__search *search = leads->search;
    const struct shoji__subject *subject = leads->subject;
    const struct shoji__step *next = step + 1;
    const uint64_t *ends = step->last ? next->leads[0] : next->leads[1];
    bool literal = step->kind == SHOJI__STEP_LITERAL;
    bool reserved = !literal && step->part->operation->reserved;
    const uint64_t *kind = literal || reserved ? subject->units : subject->characters;
    for (size_t i = 0; i < subject->words; i++)
        leads->goals[i] = ends[i] & kind[i];
    find_nearest(leads);
    shoji_status status = find_values(leads, step);
    for (size_t after = 0; after < (first ? 1 : 2) && status == SHOJI_OK; after++) {
        uint64_t *entries = shoji__set_new(search);
        if (entries == NULL)
            return SHOJI_NO_MEMORY;
        const struct shoji__operator *operation = step->part->operation;
        char before =
            literal ? '\0' : (after != 0 ? operation->separator : operation->first);
        step->leads[after] = entries;
        if (!literal)
            memcpy(entries, next->leads[step->last ? 0 : after],
                   subject->words * sizeof *entries);
        add_entries(leads, step, entries, before);
    }
    search->work += 20 * subject->length;
    search->granted += 20 * subject->length;
    return status;
}

/* Whether an expression can take a byte of the text; of the bytes of a triplet, only the
 * percent sign is asked for. */
static bool can_take(const struct shoji__operator *operation, char byte)
{
    if (byte == '%' || shoji__is(byte, SHOJI__UNRESERVED))
        return true;
    if (operation->reserved)
        return shoji__is(byte, SHOJI__RESERVED);
    return byte == ',' || byte == '=' || byte == operation->first ||
           byte == operation->separator;
}

/* Adds all that an expression may reach from where it may begin. */
static void reach(struct shoji__search *search, const struct shoji__part *part,
                  const uint64_t *from, uint64_t *to)
{
    const struct shoji__subject *subject = &search->subject;
    bool reached = false;
    for (size_t at = 0; at <= subject->length; at++) {
        reached = reached || shoji__set_has(from, at);
        if (reached)
            shoji__set_add(to, at);
        reached = reached && can_take(part->operation, subject->text[at]);
    }
    search->work += subject->length;
    search->granted += subject->length;
}

static void reach_literal(struct shoji__search *search, struct shoji__slice literal,
                          const uint64_t *from, uint64_t *to)
{
    size_t length = search->subject.length;
    for (size_t at = 0; at + literal.length <= length; at++)
        if (shoji__set_has(from, at) && shoji__match_has(&search->subject, at, literal))
            shoji__set_add(to, at + literal.length);
    search->work += length * (1 + literal.length / 16);
    search->granted += length * (1 + literal.length / 16);
}

/* Finds where each step may be entered, at most. SHOJI_NO_MEMORY. */
static shoji_status find_reached(struct shoji__search *search)
{
    uint64_t *from = shoji__set_new(search);
    if (from == NULL)
        return SHOJI_NO_MEMORY;
    shoji__set_add(from, 0);
    for (size_t first = 0; first < search->count;) {
        struct shoji__step *step = &search->steps[first];
        size_t last = shoji__match_last_step(search, first);
        uint64_t *to = shoji__set_new(search);
        if (to == NULL)
            return SHOJI_NO_MEMORY;
        if (step->kind == SHOJI__STEP_LITERAL)
            reach_literal(search, step->part->normal, from, to);
        else
            reach(search, step->part, from, to);
        step->reached = from;
        for (size_t i = first + 1; i <= last; i++)
            search->steps[i].reached = to;
        from = to;
        first = last + 1;
    }
    return SHOJI_OK;
}

static bool allocate(struct leads *leads)
{
    struct shoji__arena *arena = &leads->search->arena;
    size_t size = (leads->subject->length + 2) * sizeof(uint32_t);
    leads->goals = shoji__set_new(leads->search);
    leads->values = shoji__set_new(leads->search);
    leads->nearest = shoji__arena_alloc(arena, size);
    leads->first = shoji__arena_alloc(arena, size);
    leads->best = shoji__arena_alloc(arena, size);
    leads->queue = shoji__arena_alloc(arena, size);
    return leads->goals != NULL && leads->values != NULL && leads->nearest != NULL &&
           leads->first != NULL && leads->best != NULL && leads->queue != NULL;
}

static bool is_empty(const struct shoji__search *search, const uint64_t *set)
{
    for (size_t i = 0; i < search->subject.words; i++)
        if (set[i] != 0)
            return false;
    return true;
}

shoji_status shoji__match_find_leads(struct shoji__search *search, bool *any)
{
    struct leads leads = {.search = search, .subject = &search->subject};
    struct shoji__step *end = &search->steps[search->count];
    *any = true;
    end->leads[0] = shoji__set_new(search);
    if (end->leads[0] == NULL || !allocate(&leads))
        return SHOJI_NO_MEMORY;
    shoji__set_add(end->leads[0], search->subject.length);
    shoji_status status = find_reached(search);
    for (size_t i = search->count; i-- > 0 && status == SHOJI_OK && *any;) {
        bool first = i == 0 || search->steps[i - 1].last;
        status = lead_step(&leads, &search->steps[i], first);
        *any =
            status != SHOJI_OK || !first || !is_empty(search, search->steps[i].leads[0]);
    }
    if (status == SHOJI_OK && *any)
        *any = shoji__set_has(
            search->count == 0 ? end->leads[0] : search->steps[0].leads[0], 0);
    return status;
}
