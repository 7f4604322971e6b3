#include "document/document.h"

#include <shoji/template.h>

#include "base/buffer.h"
#include "base/error.h"
#include "document/listing.h"

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
    struct shoji__listing candidates; /* what the name could mean */
};

/* The target as far as it can be told: resolved where there is a base, else as written.
 */
static shoji_status resolve(const struct search *search, const char *reference,
                            shoji_buffer *iri)
{
    shoji_status status = SHOJI_SYNTAX;
    if (!shoji_template_is(reference))
        status = shoji_document_resolve(iri, search->document, search->options->retrieval,
                                        reference, search->options->rule, NULL);
    if (status == SHOJI_OK || status == SHOJI_NO_MEMORY)
        return status;
    shoji_buffer_clear(iri);
    return shoji_buffer_append_string(iri, reference);
}

static shoji_status same_target(const struct search *search, const char *one,
                                const char *other, bool *same)
{
    *same = strcmp(one, other) == 0;
    if (*same)
        return SHOJI_OK;
    shoji_buffer first = SHOJI_BUFFER_INIT;
    shoji_buffer second = SHOJI_BUFFER_INIT;
    shoji_status status = resolve(search, one, &first);
    if (status == SHOJI_OK)
        status = resolve(search, other, &second);
    if (status == SHOJI_OK)
        *same = strcmp(first.bytes, second.bytes) == 0 ||
                shoji_iri_same(first.bytes, second.bytes);
    shoji_buffer_finish(&first);
    shoji_buffer_finish(&second);
    return status;
}

/* Notes one more thing that the name could mean. */
static shoji_status add_candidate(struct search *search, shoji_place place,
                                  const shoji_link *link, const char *where)
{
    bool same = false;
    shoji__listing_add(&search->candidates, where, link->reference);
    if (search->found) {
        shoji_status status =
            same_target(search, search->target.link.reference, link->reference, &same);
        search->ambiguous = search->ambiguous || (status == SHOJI_OK && !same);
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

/* The last segment that is not empty, as it is written. */
static struct shoji__slice last_segment(const char *reference)
{
    size_t end = strcspn(reference, "?#");
    while (end > 0 && reference[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && reference[start - 1] != '/')
        start--;
    return shoji__slice(reference + start, end - start);
}

static bool is_plain(struct shoji__slice segment)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_";
    for (size_t i = 0; i < segment.length; i++)
        if (memchr(letters, segment.bytes[i], sizeof letters - 1) == NULL)
            return false;
    return segment.length > 0;
}

/* Whether two references with these last segments cannot be the same after resolution,
 * which for most of a catalog's entries saves resolving them. */
static bool must_differ(struct shoji__slice one, struct shoji__slice other)
{
    return is_plain(one) && is_plain(other) && !shoji__slice_equal(one, other);
}

static shoji_status segment_is(const char *reference, const char *name,
                               shoji_buffer *decoded, bool *is)
{
    struct shoji__slice segment = last_segment(reference);
    *is = shoji__slice_is(segment, name);
    if (*is || memchr(segment.bytes, '%', segment.length) == NULL)
        return SHOJI_OK;
    shoji_buffer_clear(decoded);
    shoji_status status =
        shoji_iri_append_decoded(decoded, segment.bytes, segment.length);
    if (status == SHOJI_OK)
        *is = shoji__slice_is(shoji__buffer_slice(decoded), name);
    return status;
}

static bool attribute_is(shoji_value tuple, const char *attribute, const char *name)
{
    size_t length;
    shoji_value value = shoji_value_member(tuple, attribute);
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        text = shoji_value_number(value, &length);
    return text != NULL && shoji__slice_is(shoji__slice(text, length), name);
}

static shoji_status entry_is(const struct search *search, shoji_place place,
                             const shoji_entry *entry, shoji_buffer *work, bool *is)
{
    switch (place) {
    case SHOJI_BY_REFERENCE:
        if (must_differ(last_segment(entry->reference), last_segment(search->name)))
            break;
        return same_target(search, entry->reference, search->name, is);
    case SHOJI_BY_SEGMENT:
        return segment_is(entry->reference, search->name, work, is);
    case SHOJI_BY_ATTRIBUTE:
        *is = attribute_is(entry->tuple, search->attribute, search->name);
        break;
    case SHOJI_IN_MAP:
        break;
    }
    return SHOJI_OK;
}

static shoji_status search_entries(struct search *search, shoji_place place)
{
    /* A name that is no reference equals none. */
    if (place == SHOJI_BY_REFERENCE && shoji_iri_check(search->name, NULL) != SHOJI_OK)
        return SHOJI_OK;
    shoji_entries entries = shoji_document_entries(search->document);
    shoji_entry entry;
    shoji_buffer work = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_entries_next(&entries, &entry)) {
        bool is = false;
        status = entry_is(search, place, &entry, &work, &is);
        if (status != SHOJI_OK || !is)
            continue;
        shoji_link link = {SHOJI_CATALOGS, search->name, strlen(search->name),
                           entry.reference, false};
        status = add_candidate(search, place, &link, "entities");
    }
    shoji_buffer_finish(&work);
    return status;
}

static shoji_status search_catalog(struct search *search)
{
    static const shoji_place places[] = {SHOJI_BY_REFERENCE, SHOJI_BY_SEGMENT,
                                         SHOJI_BY_ATTRIBUTE};
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (status == SHOJI_OK && !search->found)
            status = search_entries(search, places[i]);
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
        .candidates = SHOJI__LISTING_INIT,
    };
    shoji_status status = search_maps(&search);
    if (status == SHOJI_OK && !search.found)
        status = search_catalog(&search);
    if (status == SHOJI_OK && !search.found)
        status = search_qualified(&search);

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
