#include "protocol/patch_write.h"

#include "base/error.h"
#include "protocol/patch_names.h"
#include "value/events.h"
#include "value/tree.h"

static void write_members(shoji_writer *writer, shoji_value target,
                          struct shoji__patch_names *names)
{
    shoji_members members = shoji_value_members(target);
    shoji_member member;
    while (shoji_members_next(&members, &member)) {
        struct shoji__patch_name *named =
            shoji__patch_names_find(names, shoji__slice(member.name, member.name_length));
        shoji_writer_name_n(writer, member.name, member.name_length);
        shoji_writer_value(writer, named != NULL ? named->value : member.value);
        if (named != NULL)
            named->found = true;
    }
}

static void write_others(shoji_writer *writer, const struct shoji__patch_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct shoji__patch_name *named = &names->all[i];
        if (named->found)
            continue;
        shoji_writer_name_n(writer, named->name.bytes, named->name.length);
        shoji_writer_value(writer, named->value);
    }
}

shoji_status shoji__write_replaced(shoji_writer *writer, shoji_value target,
                                   shoji_value patch)
{
    struct shoji__patch_names names = SHOJI__PATCH_NAMES_INIT;
    shoji_status status = shoji__patch_names_of(&names, patch);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_begin_object(writer);
    write_members(writer, target, &names);
    write_others(writer, &names);
    status = shoji_writer_end_object(writer);
    shoji__patch_names_finish(&names);
    return status;
}

static uint64_t text_length(shoji_value value)
{
    return value.tree != NULL ? value.tree->text_length : 0;
}

size_t shoji__patched_maximum(shoji_value target, shoji_value patch)
{
    static const shoji_limits usual = SHOJI_LIMITS_INIT;
    /* Nothing is written more than twice, but tuples of a few entries of one entity. */
    uint64_t maximum = 2 * (text_length(target) + text_length(patch));
    if (maximum < usual.size)
        maximum = usual.size;
    return maximum < shoji__limits_greatest.size ? (size_t)maximum
                                                 : shoji__limits_greatest.size;
}

static shoji_status fail_to_write(shoji_error *error, shoji_status status,
                                  const shoji_buffer *text)
{
    if (status == SHOJI_LIMIT)
        return shoji__fail(error, status, NULL,
                           "the result would be larger than %zu bytes, or nested deeper "
                           "than %d",
                           text->maximum, SHOJI__DEPTH_MAXIMUM);
    return shoji__fail(error, status, NULL, "the result could not be written: %s",
                       shoji_status_text(status));
}

/* Tells a fault of the result as one of what was to come out. */
static shoji_status fail_in_result(shoji_error *error, shoji_error *fault)
{
    shoji__error_place(fault, 0, 0, 0);
    return shoji__fail_as(error, fault);
}

shoji_status shoji__read_tree(shoji_tree **tree, const shoji_buffer *text,
                              shoji_status status, shoji_error *error)
{
    shoji_error fault = SHOJI_ERROR_INIT;
    if (status != SHOJI_OK)
        return fail_to_write(error, status, text);
    status = shoji_tree_parse(tree, text->bytes, text->length, &shoji__limits_greatest,
                              &fault);
    return status == SHOJI_OK ? SHOJI_OK : fail_in_result(error, &fault);
}

/* What was taken for a bare value although it has a member "element" is taken so again.
 */
static shoji_expectation expectation_of(const shoji_document *target)
{
    shoji_value root = shoji_document_root(target);
    bool is_value = shoji_document_element(target) == SHOJI_ELEMENT_VALUE;
    return is_value && shoji_value_exists(shoji_value_member(root, "element"))
               ? SHOJI_EXPECT_VALUE
               : SHOJI_EXPECT_ANY;
}

static shoji_status fail_element(shoji_error *error, shoji_element was, shoji_element is)
{
    shoji_status status =
        shoji__fail(error, SHOJI_INVALID, "patch.element",
                    "the patch would make a %s of a %s: use PUT to replace a document by "
                    "one of another element",
                    shoji_element_text(is), shoji_element_text(was));
    shoji__error_pointer(error, "", shoji__slice_of("element"));
    return status;
}

shoji_status shoji__read_patched(shoji_document **patched, const shoji_document *target,
                                 const shoji_buffer *text, shoji_status status,
                                 shoji_error *error)
{
    if (status != SHOJI_OK)
        return fail_to_write(error, status, text);
    shoji_document *made = NULL;
    shoji_error fault = SHOJI_ERROR_INIT;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.limits = shoji__limits_greatest;
    options.expect = expectation_of(target);
    status = shoji_document_parse(&made, text->bytes, text->length, &options, &fault);
    if (status != SHOJI_OK)
        return fail_in_result(error, &fault);
    shoji_element was = shoji_document_element(target);
    shoji_element is = shoji_document_element(made);
    if (is != was) {
        shoji_document_free(made);
        return fail_element(error, was, is);
    }
    *patched = made;
    return SHOJI_OK;
}
