#include "service/projection.h"

#include "service/access.h"
#include "service/fault.h"
#include "store/aggregate.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

bool projection_is(shoji_value view)
{
    return shoji_value_exists(shoji_value_member(view, "projection"));
}

static const struct aggregate_name {
    const char *name;
    enum store_aggregate aggregate;
} aggregate_names[] = {
    {"count", STORE_COUNT}, {"sum", STORE_SUM},   {"min", STORE_MINIMUM},
    {"max", STORE_MAXIMUM}, {"mean", STORE_MEAN}, {"distinct", STORE_DISTINCT},
};

/* The text of a member that may be absent; false where it is no text, or one with a NUL
 * in it, which no store looks for. */
static bool read_text(const char **text, shoji_value projection, const char *name)
{
    size_t length;
    shoji_value value = shoji_value_member(projection, name);
    *text = shoji_value_string(value, &length);
    if (!shoji_value_exists(value))
        return true;
    return *text != NULL && strlen(*text) == length;
}

static bool read_aggregate(enum store_aggregate *aggregate, shoji_value projection)
{
    const char *name;
    *aggregate = STORE_COLLECT;
    if (!read_text(&name, projection, "aggregate"))
        return false;
    if (name == NULL)
        return true;
    for (size_t i = 0; i < sizeof aggregate_names / sizeof aggregate_names[0]; i++) {
        if (strcmp(aggregate_names[i].name, name) != 0)
            continue;
        *aggregate = aggregate_names[i].aggregate;
        return true;
    }
    return false;
}

shoji_status projection_read(struct store_projection *projection, shoji_value view,
                             shoji_error *error)
{
    struct store_projection read;
    shoji_value value = shoji_value_member(view, "projection");
    if (!read_text(&read.attribute, value, "attribute") || read.attribute == NULL) {
        store_fail(error, SHOJI_INVALID, NULL,
                   "a projection must be an object with the name of an attribute, as "
                   "{\"attribute\": \"sold_count\"}");
        fault_point(error, "", "projection");
        return SHOJI_INVALID;
    }
    if (!read_aggregate(&read.aggregate, value)) {
        store_fail(error, SHOJI_INVALID, NULL,
                   "the aggregate of a projection is \"count\", \"sum\", \"min\", "
                   "\"max\", \"mean\" or \"distinct\"; leave it out to get the values of "
                   "the attribute");
        fault_point(error, "/projection", "aggregate");
        return SHOJI_INVALID;
    }
    if (!read_text(&read.by, value, "by")) {
        store_fail(error, SHOJI_INVALID, NULL,
                   "a projection is computed \"by\" the name of an attribute, as "
                   "{\"attribute\": \"sold_count\", \"by\": \"country\"}");
        fault_point(error, "/projection", "by");
        return SHOJI_INVALID;
    }
    *projection = read;
    return SHOJI_OK;
}

static shoji_status write_value(struct visit *visit, const char *catalog,
                                const struct store_projection *projection,
                                shoji_buffer *text, shoji_error *error)
{
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return store_fail_status(error, status);
    status = visit->service->store->methods->project(visit->snapshot, catalog, projection,
                                                     writer, error);
    if (status == SHOJI_OK) {
        status = shoji_writer_end(writer);
        if (status != SHOJI_OK)
            aggregation_fail(error, status);
    }
    shoji_writer_free(writer);
    return status;
}

shoji_status projection_compute(struct visit *visit, const char *catalog,
                                const struct store_projection *projection,
                                shoji_tree **value, shoji_error *error)
{
    /* What entities have within the limits of reading can be deeper by two, in a list of
     * a group; and what comes to more than its maximum has not been written. */
    static const shoji_limits limits = {10000, STORE_COMPUTED_MAXIMUM,
                                        STORE_COMPUTED_MAXIMUM, STORE_COMPUTED_MAXIMUM};
    shoji_buffer text = SHOJI_BUFFER_INIT;
    text.maximum = STORE_COMPUTED_MAXIMUM;
    shoji_status status = write_value(visit, catalog, projection, &text, error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(value, text.bytes, text.length, &limits, error);
    shoji_buffer_finish(&text);
    return status;
}

bool projection_is_open(const struct visit *visit, const char *catalog)
{
    return access_may_read(visit, catalog) && access_view(visit, catalog) == 0;
}

shoji_status projection_include(struct projection_shown *shown, struct visit *visit,
                                const char *catalog, bool verbatim, shoji_error *error)
{
    struct store_document head = STORE_DOCUMENT_INIT;
    shoji_status status = visit->service->store->methods->read(visit->snapshot, catalog,
                                                               true, &head, error);
    if (status == SHOJI_OK) {
        shown->source = head.shown_revision;
        shown->members = head.member_count;
        /* Revisions that a store counts grow; those of a directory are hashes. */
        if (verbatim)
            shown->revision ^= head.shown_revision << 1;
        else if (head.shown_revision > shown->revision)
            shown->revision = head.shown_revision;
        if (head.shown_modified > shown->modified)
            shown->modified = head.shown_modified;
    }
    store_document_finish(&head);
    return status;
}

shoji_status projection_is_stored(struct visit *visit, const char *path, bool *computed,
                                  shoji_error *error)
{
    struct store_document view = STORE_DOCUMENT_INIT;
    shoji_tree *tree = NULL;
    shoji_status status =
        visit->service->store->methods->read(visit->snapshot, path, false, &view, error);
    *computed = false;
    if (status != SHOJI_OK)
        return status;
    status = shoji_tree_parse(&tree, view.text, view.length, NULL, NULL);
    if (status == SHOJI_OK)
        *computed = projection_is(shoji_tree_root(tree));
    shoji_tree_free(tree);
    store_document_finish(&view);
    return status == SHOJI_NO_MEMORY ? store_fail_memory(error) : SHOJI_OK;
}

shoji_status projection_find_shown(struct projection_shown *shown, struct visit *visit,
                                   const struct store_document *document,
                                   shoji_error *error)
{
    bool computed = false;
    *shown = (struct projection_shown){document->shown_revision, document->shown_modified,
                                       0, 0};
    if (document->element != SHOJI_ELEMENT_VIEW)
        return SHOJI_OK;
    shoji_status status = projection_is_stored(visit, document->path, &computed, error);
    if (status != SHOJI_OK || !computed)
        return status;
    char *catalog =
        strndup(document->path, route_parent(document->path, strlen(document->path)));
    if (catalog == NULL)
        return store_fail_memory(error);
    if (projection_is_open(visit, catalog))
        status = projection_include(shown, visit, catalog, document->verbatim, error);
    free(catalog);
    return status;
}

shoji_status projection_append(shoji_buffer *text, shoji_value view, shoji_value value)
{
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_members members = shoji_value_members(view);
    shoji_member member;
    bool written = false;
    shoji_writer_begin_object(writer);
    while (shoji_members_next(&members, &member)) {
        bool is_value = strcmp(member.name, "value") == 0;
        shoji_writer_name_n(writer, member.name, member.name_length);
        shoji_writer_value(writer, is_value ? value : member.value);
        written = written || is_value;
    }
    if (!written) {
        shoji_writer_name(writer, "value");
        shoji_writer_value(writer, value);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    return status;
}
