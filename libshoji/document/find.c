#include "document/document.h"

#include <shoji/template.h>

#include "base/buffer.h"
#include "base/error.h"
#include "document/listing.h"
#include "iri/parse.h"

#include <stdio.h>
#include <string.h>

static const char entities_prefix[] = "entities:";

/* One look-up. */
struct search {
    const shoji_document *document;
    const char *name;
    const char *attribute;
    const shoji_find_options *options;
    shoji_error *error;
    shoji_target target;
    bool found;
    bool ambiguous;
    bool base_is_known; /* or that there is none: it is empty then */
    shoji_buffer base;
    shoji_buffer segment;             /* the last one of a reference, decoded */
    struct shoji__listing candidates; /* what the name could mean */
};

static shoji_status know_base(struct search *search)
{
    if (search->base_is_known)
        return SHOJI_OK;
    shoji_status status = shoji_document_base(&search->base, search->document,
                                              search->options->retrieval, NULL);
    if (status == SHOJI_NO_MEMORY)
        return status;
    if (status != SHOJI_OK)
        shoji_buffer_clear(&search->base);
    search->base_is_known = true;
    return SHOJI_OK;
}

/* The target as far as it can be told: resolved where there is a base, else as written.
 */
static shoji_status resolve(struct search *search, const char *reference,
                            shoji_buffer *iri)
{
    bool needs_base = !shoji__iri_has_scheme(reference);
    shoji_base_rule rule = search->options->rule;
    shoji_status status = know_base(search);
    if (rule == SHOJI_BASE_AUTO)
        rule = shoji_document_base_rule(search->document);
    if (status == SHOJI_OK) {
        status = SHOJI_SYNTAX;
        if (!shoji_template_is(reference) && (!needs_base || search->base.length > 0))
            status = shoji_iri_resolve(iri, needs_base ? search->base.bytes : NULL,
                                       reference, rule, NULL);
    }
    if (status == SHOJI_OK || status == SHOJI_NO_MEMORY)
        return status;
    shoji_buffer_clear(iri);
    return shoji_buffer_append_string(iri, reference);
}

/* Whether a reference has a target, which has been resolved. */
static shoji_status has_target(struct search *search, const char *reference,
                               const char *target, bool *has)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_status status = resolve(search, reference, &iri);
    *has = status == SHOJI_OK && strcmp(iri.bytes, target) == 0;
    if (status == SHOJI_OK && !*has)
        status = shoji__iri_same(has, iri.bytes, target);
    shoji_buffer_finish(&iri);
    return status;
}

static shoji_status same_target(struct search *search, const char *one, const char *other,
                                bool *same)
{
    *same = strcmp(one, other) == 0;
    if (*same)
        return SHOJI_OK;
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status = resolve(search, one, &target);
    if (status == SHOJI_OK)
        status = has_target(search, other, target.bytes, same);
    shoji_buffer_finish(&target);
    return status;
}

/* Notes one more thing that the name could mean. */
static shoji_status add_candidate(struct search *search, shoji_place place,
                                  const shoji_link *link, const char *where)
{
    bool same = false;
    shoji__listing_add(&search->candidates, where, link->reference);
    if (search->ambiguous)
        return SHOJI_OK;
    if (search->found) {
        shoji_status status =
            same_target(search, search->target.link.reference, link->reference, &same);
        search->ambiguous = status == SHOJI_OK && !same;
        return status;
    }
    search->found = true;
    search->target.place = place;
    search->target.link = *link;
    return SHOJI_OK;
}

static shoji_status search_map(struct search *search, shoji_map map, const char *name)
{
    shoji_links links = shoji_document_links(search->document, map);
    shoji_link link;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_links_next(&links, &link))
        if (shoji__slice_is(shoji__slice(link.name, link.name_length), name))
            status = add_candidate(search, SHOJI_IN_MAP, &link, shoji_map_text(map));
    return status;
}

static shoji_status search_maps(struct search *search)
{
    shoji_status status = SHOJI_OK;
    for (int map = 0; map < SHOJI_MAP_COUNT && status == SHOJI_OK; map++)
        status = search_map(search, (shoji_map)map, search->name);
    return status;
}

/* Where the path of a reference begins. */
static const char *path_of(const char *reference)
{
    const char *at = reference + strcspn(reference, ":/?#");
    at = *at == ':' ? at + 1 : reference;
    if (at[0] == '/' && at[1] == '/')
        at += 2 + strcspn(at + 2, "/?#");
    return at;
}

/* The last segment of the path that is not empty, as it is written. */
static struct shoji__slice last_segment(const char *reference)
{
    const char *path = path_of(reference);
    size_t end = strcspn(path, "?#");
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return shoji__slice(path + start, end - start);
}

/* The same without percent-encoding, which is lent until the next call. */
static shoji_status decode_segment(struct search *search, struct shoji__slice *segment)
{
    if (memchr(segment->bytes, '%', segment->length) == NULL)
        return SHOJI_OK;
    shoji_buffer_clear(&search->segment);
    shoji_status status =
        shoji_iri_append_decoded(&search->segment, segment->bytes, segment->length);
    *segment = shoji__buffer_slice(&search->segment);
    return status;
}

static bool is_dots(struct shoji__slice segment)
{
    return segment.length == 0 || shoji__slice_is(segment, ".") ||
           shoji__slice_is(segment, "..");
}

/*
 * What is looked for by reference. The last segments of most entries, decoded, are others
 * than that of the name: they cannot be the same resource, which saves resolving them.
 */
struct sought {
    shoji_buffer target;
    shoji_buffer segment; /* empty where it tells nothing */
};

static shoji_status prepare_sought(struct sought *sought, struct search *search)
{
    struct shoji__slice segment = last_segment(search->name);
    shoji_status status = resolve(search, search->name, &sought->target);
    if (status == SHOJI_OK)
        status = decode_segment(search, &segment);
    if (status == SHOJI_OK && !is_dots(segment))
        status = shoji_buffer_append(&sought->segment, segment.bytes, segment.length);
    return status;
}

static void finish_sought(struct sought *sought)
{
    shoji_buffer_finish(&sought->target);
    shoji_buffer_finish(&sought->segment);
}

static shoji_status reference_is(struct search *search, const struct sought *sought,
                                 const char *reference, bool *is)
{
    struct shoji__slice segment = last_segment(reference);
    shoji_status status = decode_segment(search, &segment);
    if (status != SHOJI_OK)
        return status;
    if (sought->segment.length > 0 && !is_dots(segment) &&
        !shoji__slice_equal(segment, shoji__buffer_slice(&sought->segment)))
        return SHOJI_OK;
    return has_target(search, reference, sought->target.bytes, is);
}

static shoji_status segment_is(struct search *search, const char *reference, bool *is)
{
    struct shoji__slice segment = last_segment(reference);
    *is = shoji__slice_is(segment, search->name);
    if (*is)
        return SHOJI_OK;
    shoji_status status = decode_segment(search, &segment);
    *is = status == SHOJI_OK && shoji__slice_is(segment, search->name);
    return status;
}

static bool attribute_is(const struct search *search, shoji_value tuple)
{
    size_t length;
    shoji_value value = shoji_value_member(tuple, search->attribute);
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        text = shoji_value_number(value, &length);
    return text != NULL && shoji__slice_is(shoji__slice(text, length), search->name);
}

static shoji_status entry_is(struct search *search, shoji_place place,
                             const struct sought *sought, const shoji_entry *entry,
                             bool *is)
{
    switch (place) {
    case SHOJI_BY_REFERENCE:
        return reference_is(search, sought, entry->reference, is);
    case SHOJI_BY_SEGMENT:
        return segment_is(search, entry->reference, is);
    case SHOJI_BY_ATTRIBUTE:
        *is = attribute_is(search, entry->tuple);
        break;
    case SHOJI_IN_MAP:
        break;
    }
    return SHOJI_OK;
}

static shoji_status search_entries(struct search *search, shoji_place place,
                                   const struct sought *sought)
{
    shoji_entries entries = shoji_document_entries(search->document);
    shoji_entry entry;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_entries_next(&entries, &entry)) {
        bool is = false;
        status = entry_is(search, place, sought, &entry, &is);
        if (status != SHOJI_OK || !is)
            continue;
        shoji_link link = {SHOJI_CATALOGS, search->name, strlen(search->name),
                           entry.reference, false};
        status = add_candidate(search, place, &link, "entities");
    }
    return status;
}

static shoji_status search_by_reference(struct search *search)
{
    /* A name that is no reference equals none. */
    shoji_status status = shoji_iri_check(search->name, NULL);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    struct sought sought = {SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT};
    status = prepare_sought(&sought, search);
    if (status == SHOJI_OK)
        status = search_entries(search, SHOJI_BY_REFERENCE, &sought);
    finish_sought(&sought);
    return status;
}

static shoji_status search_catalog(struct search *search)
{
    shoji_status status = search_by_reference(search);
    if (status == SHOJI_OK && !search->found)
        status = search_entries(search, SHOJI_BY_SEGMENT, NULL);
    if (status == SHOJI_OK && !search->found)
        status = search_entries(search, SHOJI_BY_ATTRIBUTE, NULL);
    return status;
}

/* "MAP:NAME" and "entities:NAME", where nothing has the whole as its name. */
static shoji_status search_qualified(struct search *search)
{
    const char *colon = strchr(search->name, ':');
    shoji_map map;
    if (search->found || colon == NULL)
        return SHOJI_OK;
    if (shoji__map_of(search->name, (size_t)(colon - search->name), &map))
        return search_map(search, map, colon + 1);
    if (strncmp(search->name, entities_prefix, sizeof entities_prefix - 1) != 0)
        return SHOJI_OK;
    search->name = colon + 1;
    return search_catalog(search);
}

static shoji_status search_all(struct search *search)
{
    shoji_status status = search_maps(search);
    if (status == SHOJI_OK && !search->found)
        status = search_catalog(search);
    return status == SHOJI_OK ? search_qualified(search) : status;
}

static void list_names(const shoji_document *document, struct shoji__listing *names)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link))
            shoji__listing_add(names, NULL, link.name);
    }
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry))
        shoji__listing_add(names, NULL, entry.reference);
}

static shoji_status fail_not_found(const shoji_document *document, const char *name,
                                   shoji_error *error)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    struct shoji__listing names = SHOJI__LISTING_INIT;
    shoji__excerpt(excerpt, name, strlen(name));
    list_names(document, &names);
    if (names.count == 0)
        return shoji__fail(error, SHOJI_NOT_FOUND, "document.no-such-name",
                           "nothing is named \"%s\": this document has no names at all",
                           excerpt);
    return shoji__fail(error, SHOJI_NOT_FOUND, "document.no-such-name",
                       "nothing is named \"%s\" here; there is: %s", excerpt,
                       shoji__listing_text(&names));
}

static shoji_status fail_ambiguous(struct search *search, const char *name)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    bool in_map = search->target.place == SHOJI_IN_MAP;
    shoji__excerpt(excerpt, name, strlen(name));
    return shoji__fail(search->error, SHOJI_AMBIGUOUS, "document.ambiguous-name",
                       "\"%s\" is ambiguous: %s; say which with %s", excerpt,
                       shoji__listing_text(&search->candidates),
                       in_map ? "MAP:NAME" : "one of these references");
}

shoji_status shoji_document_find(shoji_target *target, const shoji_document *document,
                                 const char *name, const shoji_find_options *options,
                                 shoji_error *error)
{
    static const shoji_find_options defaults = SHOJI_FIND_OPTIONS_INIT;
    if (options == NULL)
        options = &defaults;
    struct search search = {
        .document = document,
        .name = name,
        .attribute = options->attribute != NULL ? options->attribute : "name",
        .options = options,
        .error = error,
        .base = SHOJI_BUFFER_INIT,
        .segment = SHOJI_BUFFER_INIT,
        .candidates = SHOJI__LISTING_INIT,
    };
    shoji_status status = search_all(&search);
    shoji_buffer_finish(&search.base);
    shoji_buffer_finish(&search.segment);

    if (status == SHOJI_NO_MEMORY)
        return shoji__fail_memory(error);
    if (status != SHOJI_OK)
        return status;
    if (!search.found)
        return fail_not_found(document, name, error);
    if (search.ambiguous)
        return fail_ambiguous(&search, name);
    *target = search.target;
    return SHOJI_OK;
}
