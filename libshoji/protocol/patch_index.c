#include "protocol/patch_index.h"

#include <shoji/iri.h>

#include "base/error.h"
#include "base/memory.h"
#include "iri/parse.h"
#include "protocol/patch_write.h"

void shoji__index_patch_finish(struct shoji__index_patch *patch)
{
    shoji_buffer_finish(&patch->base);
    shoji__release(patch->changes);
    shoji__patch_names_finish(&patch->names);
    shoji__arena_finish(&patch->normal_forms);
    shoji__release(patch->matches);
}

bool shoji__base_rules_agree(const shoji_document *document, const char *base,
                             shoji_status *status)
{
    if (shoji_document_base_rule(document) == SHOJI_BASE_RFC3986)
        return true;
    if (base == NULL)
        return false;
    shoji_buffer one = SHOJI_BUFFER_INIT;
    shoji_buffer other = SHOJI_BUFFER_INIT;
    shoji_status resolved = shoji_iri_resolve(&one, base, "x", SHOJI_BASE_RFC3986, NULL);
    if (resolved == SHOJI_OK)
        resolved = shoji_iri_resolve(&other, base, "x", SHOJI_BASE_BELOW, NULL);
    if (resolved == SHOJI_NO_MEMORY)
        *status = resolved;
    bool agree = resolved == SHOJI_OK && strcmp(one.bytes, other.bytes) == 0;
    shoji_buffer_finish(&one);
    shoji_buffer_finish(&other);
    return agree;
}

shoji_status shoji__fail_base_rule(shoji_error *error, const char *parent,
                                   const char *name)
{
    shoji__fail(error, SHOJI_INVALID, "patch.base-rule",
                "this would give the document its first \"index\" or \"graph\", and make "
                "its relative references lead elsewhere, as the path of its base is not "
                "known to end in a slash: replace the document with PUT instead");
    shoji__error_pointer(error, parent, shoji__slice_of(name));
    return SHOJI_INVALID;
}

/* What is kept from one reference to the next. */
struct resolution {
    shoji_buffer iri;
    shoji_buffer normal;
    shoji_error fault; /* of the last that failed: not each failure is the patch's */
};

#define RESOLUTION_INIT                                                                  \
    {                                                                                    \
        SHOJI_BUFFER_INIT, SHOJI_BUFFER_INIT, SHOJI_ERROR_INIT                           \
    }

static void resolution_finish(struct resolution *resolution)
{
    shoji_buffer_finish(&resolution->iri);
    shoji_buffer_finish(&resolution->normal);
}

/* Resolves a reference as the catalog's own, and puts it into its normal form. */
static shoji_status resolve(struct resolution *resolution,
                            const struct shoji__index_patch *patch, const char *reference)
{
    shoji_error *fault = &resolution->fault;
    if (patch->base.bytes == NULL && !shoji__iri_has_scheme(reference))
        return shoji_document_resolve(&resolution->iri, patch->catalog, NULL, reference,
                                      SHOJI_BASE_AUTO, fault);
    shoji_status status =
        shoji_iri_resolve(&resolution->iri, patch->base.bytes, reference,
                          shoji_document_base_rule(patch->catalog), fault);
    if (status == SHOJI_OK)
        status = shoji_iri_normalize(&resolution->normal, resolution->iri.bytes, fault);
    return status;
}

static shoji_status add_change(struct shoji__index_patch *patch,
                               struct resolution *resolution, const shoji_member *member,
                               shoji_error *error)
{
    if (resolve(resolution, patch, member->name) != SHOJI_OK) {
        shoji__fail_as(error, &resolution->fault);
        shoji__error_pointer(error, "/index", shoji__slice_of(member->name));
        return resolution->fault.status;
    }
    const shoji_buffer *normal = &resolution->normal;
    const char *copy =
        shoji__arena_copy(&patch->normal_forms, normal->bytes, normal->length);
    if (copy == NULL)
        return shoji__fail_memory(error);
    patch->changes[patch->names.count] =
        (struct shoji__entry_change){member->name, member->value, false, 0};
    shoji__patch_names_add(&patch->names, shoji__slice(copy, normal->length),
                           member->value);
    return SHOJI_OK;
}

/* The change that a name of the patch stands for. */
static struct shoji__entry_change *change_of(const struct shoji__index_patch *patch,
                                             const struct shoji__patch_name *named)
{
    return named != NULL ? &patch->changes[named - patch->names.all] : NULL;
}

static shoji_status check_repeated(const struct shoji__index_patch *patch,
                                   shoji_error *error)
{
    const struct shoji__patch_name *named = shoji__patch_names_repeated(&patch->names);
    if (named == NULL)
        return SHOJI_OK;
    const char *name = change_of(patch, named)->name;
    char excerpt[SHOJI__EXCERPT_SIZE];
    shoji__fail(
        error, SHOJI_INVALID, "patch.duplicate-entry",
        "\"%s\" is the same entity as another name in this \"index\": name it once",
        shoji__excerpt(excerpt, name, strlen(name)));
    shoji__error_pointer(error, "/index", shoji__slice_of(name));
    return SHOJI_INVALID;
}

static shoji_status read_changes(struct shoji__index_patch *patch, shoji_value index,
                                 struct resolution *resolution, shoji_error *error)
{
    size_t count = shoji_value_size(index);
    patch->changes = shoji__alloc_array(count, sizeof *patch->changes);
    if (patch->changes == NULL ||
        shoji__patch_names_reserve(&patch->names, count) != SHOJI_OK)
        return shoji__fail_memory(error);
    shoji_members members = shoji_value_members(index);
    shoji_member member;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = add_change(patch, resolution, &member, error);
    if (status != SHOJI_OK)
        return status;
    shoji__patch_names_sort(&patch->names);
    return check_repeated(patch, error);
}

static bool is_object(const struct shoji__entry_change *change)
{
    return shoji_value_type(change->tuple) == SHOJI_OBJECT;
}

static shoji_status check_tuples(const struct shoji__entry_change *change,
                                 shoji_error *error)
{
    if (!is_object(change) || shoji_value_size(change->tuple) == 0 ||
        change->tuples <= SHOJI__TUPLES_MAXIMUM)
        return SHOJI_OK;
    char excerpt[SHOJI__EXCERPT_SIZE];
    shoji__fail(
        error, SHOJI_LIMIT, "patch.too-many-tuples",
        "\"%s\" is more than %d members of the catalog's \"index\", each of which "
        "would get these attributes: replace the catalog by one that has it once",
        shoji__excerpt(excerpt, change->name, strlen(change->name)),
        SHOJI__TUPLES_MAXIMUM);
    shoji__error_pointer(error, "/index", shoji__slice_of(change->name));
    return SHOJI_LIMIT;
}

/* Finds the change of an entry. One whose reference cannot be resolved is none's. */
static shoji_status match_entry(struct shoji__index_patch *patch,
                                struct resolution *resolution, const shoji_entry *entry,
                                struct shoji__entry_change **match, shoji_error *error)
{
    *match = NULL;
    shoji_status status = resolve(resolution, patch, entry->reference);
    if (status == SHOJI_NO_MEMORY || status == SHOJI_NOT_FOUND)
        return shoji__fail_as(error, &resolution->fault);
    if (status != SHOJI_OK)
        return SHOJI_OK;
    const shoji_buffer *normal = &resolution->normal;
    struct shoji__entry_change *change =
        change_of(patch, shoji__patch_names_find(
                             &patch->names, shoji__slice(normal->bytes, normal->length)));
    *match = change;
    if (change == NULL)
        return SHOJI_OK;
    change->is_listed = true;
    /* An item of `entities` has no tuple. */
    change->tuples += shoji_value_exists(entry->tuple);
    return check_tuples(change, error);
}

static shoji_status match_entries(struct shoji__index_patch *patch,
                                  struct resolution *resolution, shoji_error *error)
{
    size_t count = shoji_value_size(shoji_document_entities(patch->catalog)) +
                   shoji_value_size(shoji_document_index(patch->catalog));
    patch->matches = shoji__alloc_array(count, sizeof(struct shoji__entry_change *));
    if (patch->matches == NULL)
        return shoji__fail_memory(error);
    shoji_entries entries = shoji_document_entries(patch->catalog);
    shoji_entry entry;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; status == SHOJI_OK && shoji_entries_next(&entries, &entry); i++)
        status = match_entry(patch, resolution, &entry, &patch->matches[i], error);
    return status;
}

/* Whether a change has something to say that `index` alone can hold. */
static bool needs_index(const struct shoji__entry_change *change)
{
    return is_object(change) && shoji_value_size(change->tuple) > 0 &&
           change->tuples == 0;
}

/* Whether a change adds an entity to the catalog. */
static bool is_new(const struct shoji__entry_change *change)
{
    return is_object(change) && !change->is_listed;
}

/*
 * Decides where new entries go. A catalog without an `index` is given one for attributes,
 * or where it has no `entities` either; but never where that would change the base rule.
 */
static shoji_status choose_members(struct shoji__index_patch *patch, shoji_error *error)
{
    if (shoji_value_exists(shoji_document_index(patch->catalog)))
        return SHOJI_OK;
    const struct shoji__entry_change *wants_index = NULL;
    bool adds = false;
    for (size_t i = 0; i < patch->names.count; i++) {
        const struct shoji__entry_change *change = &patch->changes[i];
        adds = adds || is_new(change);
        if (wants_index == NULL && needs_index(change))
            wants_index = change;
    }
    shoji_status status = SHOJI_OK;
    bool may_make = shoji__base_rules_agree(patch->catalog, patch->base.bytes, &status);
    if (status != SHOJI_OK)
        return shoji__fail_memory(error);
    if (wants_index != NULL && !may_make)
        return shoji__fail_base_rule(error, "/index", wants_index->name);
    bool has_entities = shoji_value_exists(shoji_document_entities(patch->catalog));
    patch->makes_index = wants_index != NULL || (adds && may_make && !has_entities);
    patch->makes_entities = adds && !patch->makes_index && !has_entities;
    return SHOJI_OK;
}

shoji_status shoji__index_patch_init(struct shoji__index_patch *patch,
                                     const shoji_document *catalog, shoji_value index,
                                     const char *retrieval, shoji_error *error)
{
    *patch = (struct shoji__index_patch)SHOJI__INDEX_PATCH_INIT;
    patch->catalog = catalog;
    if (shoji_value_size(index) == 0)
        return SHOJI_OK;
    struct resolution resolution = RESOLUTION_INIT;
    shoji_status status =
        shoji_document_base(&patch->base, catalog, retrieval, &resolution.fault);
    /* Absolute references need no base. */
    if (status != SHOJI_OK && status != SHOJI_NOT_FOUND)
        return shoji__fail_as(error, &resolution.fault);
    status = read_changes(patch, index, &resolution, error);
    if (status == SHOJI_OK)
        status = match_entries(patch, &resolution, error);
    if (status == SHOJI_OK)
        status = choose_members(patch, error);
    resolution_finish(&resolution);
    return status;
}

/* What has happened to the entry of that number, or NULL. */
static const struct shoji__entry_change *match_of(const struct shoji__index_patch *patch,
                                                  size_t entry)
{
    return patch->matches != NULL ? patch->matches[entry] : NULL;
}

shoji_status shoji__index_patch_write_entities(const struct shoji__index_patch *patch,
                                               shoji_writer *writer)
{
    bool has_index =
        patch->makes_index || shoji_value_exists(shoji_document_index(patch->catalog));
    shoji_items items = shoji_value_items(shoji_document_entities(patch->catalog));
    shoji_value item;
    shoji_writer_begin_array(writer);
    for (size_t i = 0; shoji_items_next(&items, &item); i++) {
        const struct shoji__entry_change *change = match_of(patch, i);
        if (change == NULL || is_object(change))
            shoji_writer_value(writer, item);
    }
    for (size_t i = 0; !has_index && i < patch->names.count; i++)
        if (is_new(&patch->changes[i]))
            shoji_writer_string(writer, patch->changes[i].name);
    return shoji_writer_end_array(writer);
}

static shoji_status write_tuple(shoji_writer *writer, const shoji_member *member,
                                const struct shoji__entry_change *change)
{
    if (change != NULL && !is_object(change))
        return SHOJI_OK;
    shoji_writer_name_n(writer, member->name, member->name_length);
    if (change == NULL)
        return shoji_writer_value(writer, member->value);
    return shoji__write_replaced(writer, member->value, change->tuple);
}

shoji_status shoji__index_patch_write_index(const struct shoji__index_patch *patch,
                                            shoji_writer *writer)
{
    size_t entry = shoji_value_size(shoji_document_entities(patch->catalog));
    shoji_members members = shoji_value_members(shoji_document_index(patch->catalog));
    shoji_member member;
    shoji_status status = shoji_writer_begin_object(writer);
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = write_tuple(writer, &member, match_of(patch, entry++));
    for (size_t i = 0; status == SHOJI_OK && i < patch->names.count; i++) {
        const struct shoji__entry_change *change = &patch->changes[i];
        if (!is_new(change) && !needs_index(change))
            continue;
        shoji_writer_name(writer, change->name);
        status = shoji_writer_value(writer, change->tuple);
    }
    return status == SHOJI_OK ? shoji_writer_end_object(writer) : status;
}
