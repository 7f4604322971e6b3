#include <shoji/patch.h>

#include "base/error.h"
#include "document/document.h"
#include "protocol/patch_index.h"
#include "protocol/patch_names.h"
#include "protocol/patch_write.h"

/* An envelope on its way out. */
struct envelope {
    const shoji_document *document;
    struct shoji__patch_names changes; /* members that are merged or replaced */
    struct shoji__index_patch index;
    shoji_writer *writer;
};

static void envelope_finish(struct envelope *envelope)
{
    shoji__patch_names_finish(&envelope->changes);
    shoji__index_patch_finish(&envelope->index);
    shoji_writer_free(envelope->writer);
}

static shoji_status fail_at(shoji_error *error, const char *member, const char *code,
                            const char *message)
{
    shoji__fail(error, SHOJI_INVALID, code, "%s", message);
    shoji__error_pointer(error, "", shoji__slice_of(member));
    return SHOJI_INVALID;
}

static bool has(const shoji_document *document, const char *member)
{
    return shoji_value_exists(shoji_value_member(shoji_document_root(document), member));
}

static shoji_status check_element(const shoji_document *document,
                                  const shoji_document *patch, shoji_error *error)
{
    shoji_element element = shoji_document_element(document);
    shoji_element given = shoji_document_element(patch);
    if (element == SHOJI_ELEMENT_VALUE)
        return fail_at(error, "element", "patch.element",
                       "a bare value has no members to patch: replace it with PUT");
    if (given == element)
        return SHOJI_OK;
    shoji__fail(error, SHOJI_INVALID, "patch.element",
                "the patch of a %s must be a %s, not a %s", shoji_element_text(element),
                shoji_element_text(element), shoji_element_text(given));
    shoji__error_pointer(error, "", shoji__slice_of("element"));
    return SHOJI_INVALID;
}

/* A fragment has one of the two, and a patch takes nothing away. */
static shoji_status check_fragment(const shoji_document *document, bool gives_body,
                                   shoji_error *error)
{
    if (shoji_document_element(document) != SHOJI_ELEMENT_FRAGMENT ||
        gives_body == shoji_value_exists(shoji_document_body(document)))
        return SHOJI_OK;
    if (gives_body)
        return fail_at(error, "body", "patch.fragment",
                       "this fragment has a \"value\", and so must its patch: to give it "
                       "a \"body\" instead, replace it with PUT");
    return fail_at(error, "value", "patch.fragment",
                   "this fragment has a \"body\", and so must its patch: to give it a "
                   "\"value\" instead, replace it with PUT");
}

/*
 * That no `graph`, or `index` where it is any other member, comes to a document whose
 * references would then be resolved by the other rule. (For the `index` of a catalog, the
 * patch of the index looks after that itself.)
 */
static shoji_status check_base_rule(const struct envelope *envelope,
                                    const char *retrieval, shoji_error *error)
{
    static const char *const marks[] = {"index", "graph"};
    const char *mark = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && mark == NULL; i++)
        if (shoji__patch_names_find(&envelope->changes, shoji__slice_of(marks[i])) !=
            NULL)
            mark = marks[i];
    if (mark == NULL)
        return SHOJI_OK;
    shoji_buffer base = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_document_base(&base, envelope->document, retrieval, NULL);
    if (status != SHOJI_NO_MEMORY)
        status = SHOJI_OK;
    bool agree = shoji__base_rules_agree(envelope->document, base.bytes, &status);
    shoji_buffer_finish(&base);
    if (status != SHOJI_OK)
        return shoji__fail_memory(error);
    if (agree)
        return SHOJI_OK;
    return shoji__fail_base_rule(error, "", mark);
}

/* Whether a member of a patch is one of the changes: not what stays, nor what is merged
 * by a rule of its own, nor a map that is not there. */
static bool is_change(const shoji_document *patch, const shoji_member *member)
{
    struct shoji__slice name = shoji__slice(member->name, member->name_length);
    shoji_map map;
    if (shoji__slice_is(name, "self"))
        return false;
    if (shoji__slice_is(name, "index"))
        return shoji_document_element(patch) != SHOJI_ELEMENT_CATALOG;
    return !shoji__map_of(name.bytes, name.length, &map) ||
           shoji_value_type(member->value) != SHOJI_NULL;
}

static shoji_status read_changes(struct envelope *envelope, const shoji_document *patch,
                                 shoji_error *error)
{
    shoji_value root = shoji_document_root(patch);
    if (shoji__patch_names_reserve(&envelope->changes, shoji_value_size(root)) !=
        SHOJI_OK)
        return shoji__fail_memory(error);
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        if (is_change(patch, &member))
            shoji__patch_names_add(&envelope->changes,
                                   shoji__slice(member.name, member.name_length),
                                   member.value);
    shoji__patch_names_sort(&envelope->changes);
    return SHOJI_OK;
}

/* Reads a patch, and checks that the document can take it. */
static shoji_status read_patch(struct envelope *envelope, const shoji_document *patch,
                               const char *retrieval, shoji_error *error)
{
    const shoji_document *document = envelope->document;
    bool is_catalog = shoji_document_element(document) == SHOJI_ELEMENT_CATALOG;
    shoji_status status = check_element(document, patch, error);
    if (status != SHOJI_OK)
        return status;
    if (is_catalog && has(patch, "entities"))
        return fail_at(error, "entities", "patch.entities",
                       "a patch cannot replace \"entities\": add an entity with an empty "
                       "tuple in \"index\", and remove it with null");
    status = check_fragment(document, has(patch, "body"), error);
    if (status == SHOJI_OK)
        status = read_changes(envelope, patch, error);
    if (status == SHOJI_OK)
        status = check_base_rule(envelope, retrieval, error);
    if (status == SHOJI_OK && is_catalog)
        status = shoji__index_patch_init(&envelope->index, document,
                                         shoji_document_index(patch), retrieval, error);
    return status;
}

/* A map as an object: an array of draft 01 is made one, in `tree`. */
static shoji_status as_object(shoji_tree **tree, shoji_value *map)
{
    if (shoji_value_type(*map) != SHOJI_ARRAY)
        return SHOJI_OK;
    shoji_status status = shoji__array_as_map(tree, *map);
    *map = shoji_tree_root(*tree);
    return status;
}

static shoji_status write_map(shoji_writer *writer, shoji_value map, shoji_value patch)
{
    shoji_tree *map_tree = NULL;
    shoji_tree *patch_tree = NULL;
    shoji_status status = as_object(&map_tree, &map);
    if (status == SHOJI_OK)
        status = as_object(&patch_tree, &patch);
    if (status == SHOJI_OK)
        status = shoji__write_replaced(writer, map, patch);
    shoji_tree_free(map_tree);
    shoji_tree_free(patch_tree);
    return status;
}

static shoji_status write_change(const struct envelope *envelope,
                                 struct shoji__slice name, shoji_value old,
                                 shoji_value change)
{
    shoji_element element = shoji_document_element(envelope->document);
    bool has_attributes =
        element == SHOJI_ELEMENT_ENTITY || element == SHOJI_ELEMENT_FRAGMENT;
    shoji_map map;
    if (shoji__map_of(name.bytes, name.length, &map))
        return write_map(envelope->writer, old, change);
    if (has_attributes && shoji__slice_is(name, "body"))
        return shoji__write_replaced(envelope->writer, old, change);
    return shoji_writer_value(envelope->writer, change);
}

/* Writes a member of the document, as the patch leaves it. */
static shoji_status write_member(struct envelope *envelope, const shoji_member *member)
{
    struct shoji__slice name = shoji__slice(member->name, member->name_length);
    shoji_writer_name_n(envelope->writer, name.bytes, name.length);
    /* Where the patch of an index was not begun, these are members like any other. */
    if (envelope->index.catalog != NULL && shoji__slice_is(name, "entities"))
        return shoji__index_patch_write_entities(&envelope->index, envelope->writer);
    if (envelope->index.catalog != NULL && shoji__slice_is(name, "index"))
        return shoji__index_patch_write_index(&envelope->index, envelope->writer);
    struct shoji__patch_name *named = shoji__patch_names_find(&envelope->changes, name);
    if (named == NULL)
        return shoji_writer_value(envelope->writer, member->value);
    named->found = true;
    return write_change(envelope, name, member->value, named->value);
}

/* Writes the members that the document does not have yet. */
static shoji_status write_new_members(const struct envelope *envelope)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; status == SHOJI_OK && i < envelope->changes.count; i++) {
        const struct shoji__patch_name *named = &envelope->changes.all[i];
        if (named->found)
            continue;
        shoji_writer_name_n(envelope->writer, named->name.bytes, named->name.length);
        status = write_change(envelope, named->name, shoji_tree_root(NULL), named->value);
    }
    if (status == SHOJI_OK && envelope->index.makes_entities) {
        shoji_writer_name(envelope->writer, "entities");
        status = shoji__index_patch_write_entities(&envelope->index, envelope->writer);
    }
    if (status == SHOJI_OK && envelope->index.makes_index) {
        shoji_writer_name(envelope->writer, "index");
        status = shoji__index_patch_write_index(&envelope->index, envelope->writer);
    }
    return status;
}

static shoji_status write_envelope(struct envelope *envelope, shoji_buffer *text)
{
    shoji_status status =
        shoji_writer_new(&envelope->writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_members members = shoji_value_members(shoji_document_root(envelope->document));
    shoji_member member;
    status = shoji_writer_begin_object(envelope->writer);
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = write_member(envelope, &member);
    if (status == SHOJI_OK)
        status = write_new_members(envelope);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_end_object(envelope->writer);
    return shoji_writer_end(envelope->writer);
}

/* Writes and reads what comes out; `patch` is any value of the patch. */
static shoji_status make_document(shoji_document **patched, struct envelope *envelope,
                                  shoji_value patch, shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    text.maximum = shoji__patched_maximum(shoji_document_root(envelope->document), patch);
    shoji_status status = write_envelope(envelope, &text);
    status = shoji__read_patched(patched, envelope->document, &text, status, error);
    shoji_buffer_finish(&text);
    return status;
}

shoji_status shoji_document_patch(shoji_document **patched,
                                  const shoji_document *document,
                                  const shoji_document *patch, const char *retrieval,
                                  shoji_error *error)
{
    struct envelope envelope = {.document = document};
    shoji_status status = read_patch(&envelope, patch, retrieval, error);
    if (status == SHOJI_OK)
        status = make_document(patched, &envelope, shoji_document_root(patch), error);
    envelope_finish(&envelope);
    return status;
}

/* Makes the attributes the only change: that of `body`. */
static shoji_status read_attributes(struct envelope *envelope, shoji_value attributes,
                                    shoji_error *error)
{
    shoji_element element = shoji_document_element(envelope->document);
    if (shoji_value_type(attributes) != SHOJI_OBJECT)
        return shoji__fail(error, SHOJI_USAGE, NULL, "attributes must be an object");
    if (element != SHOJI_ELEMENT_ENTITY && element != SHOJI_ELEMENT_FRAGMENT)
        return shoji__fail(error, SHOJI_INVALID, "patch.element",
                           "this is a %s, which has no attributes: only an entity or a "
                           "fragment does",
                           shoji_element_text(element));
    shoji_status status = check_fragment(envelope->document, true, error);
    if (status != SHOJI_OK)
        return status;
    if (shoji__patch_names_reserve(&envelope->changes, 1) != SHOJI_OK)
        return shoji__fail_memory(error);
    shoji__patch_names_add(&envelope->changes, shoji__slice_of("body"), attributes);
    return SHOJI_OK;
}

shoji_status shoji_document_patch_body(shoji_document **patched,
                                       const shoji_document *document,
                                       shoji_value attributes, shoji_error *error)
{
    struct envelope envelope = {.document = document};
    shoji_status status = read_attributes(&envelope, attributes, error);
    if (status == SHOJI_OK)
        status = make_document(patched, &envelope, attributes, error);
    envelope_finish(&envelope);
    return status;
}
