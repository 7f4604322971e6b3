#include "iri/match.h"

#include "iri/percent.h"

uint64_t *shoji__set_new(struct shoji__search *search)
{
    return shoji__arena_alloc(&search->arena, search->subject.words * sizeof(uint64_t));
}

void shoji__set_add_range(uint64_t *set, const uint64_t *from, size_t low, size_t high)
{
    size_t first = low / 64;
    size_t last = high / 64;
    uint64_t first_mask = UINT64_MAX << low % 64;
    uint64_t last_mask = UINT64_MAX >> (63 - high % 64);
    for (size_t word = first; word <= last; word++) {
        uint64_t bits = from[word];
        if (word == first)
            bits &= first_mask;
        if (word == last)
            bits &= last_mask;
        set[word] |= bits;
    }
}

static bool allocate(struct shoji__search *search)
{
    struct shoji__subject *subject = &search->subject;
    size_t size = (subject->length + 1) * sizeof(uint32_t);
    subject->units = shoji__set_new(search);
    subject->characters = shoji__set_new(search);
    subject->plain = shoji__arena_alloc(&search->arena, size);
    subject->listed = shoji__arena_alloc(&search->arena, size);
    subject->sliced = shoji__arena_alloc(&search->arena, size);
    subject->any = shoji__arena_alloc(&search->arena, size);
    subject->ranks = shoji__arena_alloc(&search->arena, size);
    subject->places = shoji__arena_alloc(&search->arena, size);
    return subject->units != NULL && subject->characters != NULL &&
           subject->plain != NULL && subject->listed != NULL && subject->any != NULL &&
           subject->sliced != NULL && subject->ranks != NULL && subject->places != NULL;
}

/* The length of the character at a position, which is that of a unit where it is none. */
static size_t character_length(const struct shoji__subject *subject, size_t at,
                               bool *encoded)
{
    const char *bytes = subject->text + at;
    size_t left = subject->length - at;
    uint32_t point = 0;
    size_t length = shoji__percent_character(bytes, left, &point);
    *encoded = length != 0 && point != 0;
    if (*encoded)
        return length;
    return shoji__is_triplet(bytes, left) ? 3 : 1;
}

static void find_beginnings(struct shoji__subject *subject)
{
    bool encoded = false;
    for (size_t at = 0; at < subject->length;) {
        size_t length = character_length(subject, at, &encoded);
        shoji__set_add(subject->characters, at);
        for (size_t i = 0; i < length; i += 3)
            shoji__set_add(subject->units, at + i);
        at += length;
    }
    shoji__set_add(subject->characters, subject->length);
    shoji__set_add(subject->units, subject->length);
}

/*
 * Fills the ends of the runs from right to left. A text that stands in the middle of a
 * character, or of a unit, is a run of no length there.
 */
static void find_runs(struct shoji__subject *subject)
{
    for (size_t at = subject->length + 1; at-- > 0;) {
        uint32_t here = (uint32_t)at;
        subject->plain[at] = here;
        subject->listed[at] = here;
        subject->sliced[at] = here;
        subject->any[at] = here;
        if (at == subject->length || !shoji__set_has(subject->units, at))
            continue;

        char byte = subject->text[at];
        bool triplet = shoji__is_triplet(subject->text + at, subject->length - at);
        if (triplet || shoji__is(byte, SHOJI__UNRESERVED | SHOJI__RESERVED))
            subject->any[at] = subject->any[at + (triplet ? 3 : 1)];
        if (!shoji__set_has(subject->characters, at))
            continue;
        bool encoded = false;
        size_t length = character_length(subject, at, &encoded);
        bool plain = encoded || (!triplet && shoji__is(byte, SHOJI__UNRESERVED));
        if (plain)
            subject->plain[at] = subject->plain[at + length];
        if (plain || byte == ',')
            subject->listed[at] = subject->listed[at + length];
        if (plain || byte == '/')
            subject->sliced[at] = subject->sliced[at + length];
    }
}

/* Numbers the characters. */
static void rank_characters(struct shoji__subject *subject)
{
    uint32_t rank = 0;
    for (size_t at = 0; at <= subject->length; at++) {
        subject->ranks[at] = rank;
        if (at < subject->length && shoji__set_has(subject->characters, at))
            subject->places[rank++] = (uint32_t)at;
    }
}

/*
 * Finds what is the same of all texts that a value expands to, whatever the operator and
 * the modifier, but for names and prefixes: what it has of anything but reserved
 * characters and dots. Only percent signs are lost on it, so they are counted.
 */
static shoji_status find_core(struct shoji__search *search)
{
    struct shoji__subject *subject = &search->subject;
    size_t size = (subject->length + 1) * sizeof(uint32_t);
    subject->core = shoji__arena_alloc(&search->arena, subject->length + 1);
    subject->cores = shoji__arena_alloc(&search->arena, size);
    subject->percents = shoji__arena_alloc(&search->arena, size);
    if (subject->core == NULL || subject->cores == NULL || subject->percents == NULL)
        return SHOJI_NO_MEMORY;
    uint32_t length = 0;
    uint32_t percents = 0;
    for (size_t at = 0; at < subject->length;) {
        const char *bytes = subject->text + at;
        size_t step = shoji__is_triplet(bytes, subject->length - at) ? 3 : 1;
        char byte = step == 3 ? shoji__triplet_byte(bytes) : *bytes;
        bool kept = byte != '.' && !shoji__is(byte, SHOJI__RESERVED);
        for (size_t i = 0; i < step; i++, at++) {
            subject->cores[at] = length;
            subject->percents[at] = percents;
            if (kept)
                subject->core[length++] = bytes[i];
        }
        percents += step == 3 && byte == '%';
    }
    subject->cores[subject->length] = length;
    subject->percents[subject->length] = percents;
    return SHOJI_OK;
}

shoji_status shoji__match_prepare(struct shoji__search *search, struct shoji__slice text)
{
    struct shoji__subject *subject = &search->subject;
    subject->text = text.bytes;
    subject->length = text.length;
    subject->words = text.length / 64 + 1;
    if (!allocate(search))
        return SHOJI_NO_MEMORY;
    find_beginnings(subject);
    find_runs(subject);
    rank_characters(subject);
    search->work += subject->length;
    return search->repeats ? find_core(search) : SHOJI_OK;
}

size_t shoji__match_prefix_end(const struct shoji__subject *subject, size_t at,
                               size_t most, size_t count)
{
    for (; count > 0 && at < most && !shoji__set_has(subject->characters, at); count--)
        at += 3;
    size_t rank = subject->ranks[at] + count;
    if (rank >= subject->ranks[subject->length] || subject->places[rank] > most)
        return most;
    return subject->places[rank];
}
