#include "service/projection.h"

#include "service/fault.h"
#include "store/fail.h"

bool projection_is(shoji_value view)
{
    return shoji_value_exists(shoji_value_member(view, "projection"));
}

const char *projection_attribute(shoji_value view, shoji_error *error)
{
    shoji_value projection = shoji_value_member(view, "projection");
    const char *attribute =
        shoji_value_string(shoji_value_member(projection, "attribute"), NULL);
    if (attribute == NULL) {
        store_fail(error, SHOJI_INVALID, NULL,
                   "a projection must be an object with the name of an attribute, as "
                   "{\"attribute\": \"sold_count\"}");
        fault_point(error, "", "projection");
        return NULL;
    }
    static const char *const unknown[] = {"aggregate", "by"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        if (!shoji_value_exists(shoji_value_member(projection, unknown[i])))
            continue;
        store_fail(error, SHOJI_INVALID, NULL,
                   "this server computes no projection with \"%s\"; leave it out to get "
                   "the values of the attribute",
                   unknown[i]);
        fault_point(error, "/projection", unknown[i]);
        return NULL;
    }
    return attribute;
}

struct computation {
    const char *attribute;
    shoji_writer *writer;
};

static shoji_status write_value(void *context, const struct store_member *member)
{
    struct computation *computation = context;
    shoji_tree *tree;
    shoji_status status =
        shoji_tree_parse(&tree, member->text, member->length, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_value body = shoji_value_member(shoji_tree_root(tree), "body");
    shoji_value value = shoji_value_member(body, computation->attribute);
    if (shoji_value_exists(value))
        status = shoji_writer_value(computation->writer, value);
    else
        status = shoji_writer_null(computation->writer);
    shoji_tree_free(tree);
    return status;
}

static shoji_status write_values(struct visit *visit, const char *catalog,
                                 struct computation *computation, shoji_error *error)
{
    struct store_query all = {NULL, 0, 0, 0};
    shoji_writer_begin_array(computation->writer);
    shoji_status status = visit->service->store->methods->members(
        visit->snapshot, catalog, &all, write_value, computation, error);
    shoji_writer_end_array(computation->writer);
    shoji_status end = shoji_writer_end(computation->writer);
    return status != SHOJI_OK ? status : end;
}

shoji_status projection_compute(struct visit *visit, const char *catalog,
                                const char *attribute, shoji_tree **values,
                                shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    struct computation computation = {attribute, NULL};
    shoji_status status =
        shoji_writer_new(&computation.writer, shoji_buffer_sink, &text, NULL);
    if (status == SHOJI_OK)
        status = write_values(visit, catalog, &computation, error);
    shoji_writer_free(computation.writer);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(values, text.bytes, text.length, NULL, error);
    else if (error->status == SHOJI_OK)
        store_fail(error, status, NULL, "the server failed to compute the view: %s",
                   shoji_status_text(status));
    shoji_buffer_finish(&text);
    return status;
}
