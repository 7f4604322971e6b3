/*
 * JSON Merge Patch (RFC 7396). Its algorithm calls itself for each object in an object;
 * here the objects that are open are a stack, so that depth costs no stack of the
 * caller's.
 */
#include <shoji/patch.h>

#include "base/error.h"
#include "base/memory.h"
#include "protocol/patch_names.h"
#include "protocol/patch_write.h"

/* An object that is being written: what is left of the target's, then of the patch's. */
struct level {
    shoji_members target;
    struct shoji__patch_names patch;
    size_t next; /* of the patch's */
};

struct merge {
    shoji_writer *writer;
    struct level *levels;
    size_t depth;
    size_t capacity;
};

static void merge_finish(struct merge *merge)
{
    while (merge->depth > 0)
        shoji__patch_names_finish(&merge->levels[--merge->depth].patch);
    shoji__release(merge->levels);
    shoji_writer_free(merge->writer);
}

static shoji_status make_room(struct merge *merge)
{
    if (merge->depth < merge->capacity)
        return SHOJI_OK;
    size_t capacity = merge->capacity * 2 + 8;
    struct level *grown =
        shoji__realloc_array(merge->levels, capacity, sizeof *merge->levels);
    if (grown == NULL)
        return SHOJI_NO_MEMORY;
    merge->levels = grown;
    merge->capacity = capacity;
    return SHOJI_OK;
}

static shoji_status open_level(struct merge *merge, shoji_value target, shoji_value patch)
{
    struct level level = {shoji_value_members(target), SHOJI__PATCH_NAMES_INIT, 0};
    shoji_status status = make_room(merge);
    if (status == SHOJI_OK)
        status = shoji__patch_names_of(&level.patch, patch);
    if (status != SHOJI_OK)
        return status;
    merge->levels[merge->depth++] = level;
    return shoji_writer_begin_object(merge->writer);
}

static shoji_status close_level(struct merge *merge)
{
    shoji__patch_names_finish(&merge->levels[--merge->depth].patch);
    return shoji_writer_end_object(merge->writer);
}

static shoji_status put_value(struct merge *merge, shoji_value target, shoji_value patch)
{
    if (shoji_value_type(patch) == SHOJI_OBJECT)
        return open_level(merge, target, patch);
    return shoji_writer_value(merge->writer, patch);
}

static shoji_status put_member(struct merge *merge, struct shoji__slice name,
                               shoji_value target, shoji_value patch)
{
    if (shoji_value_type(patch) == SHOJI_NULL)
        return SHOJI_OK;
    shoji_writer_name_n(merge->writer, name.bytes, name.length);
    return put_value(merge, target, patch);
}

/* Takes the next member of the target through the patch. */
static shoji_status put_old(struct merge *merge, const struct level *level,
                            const shoji_member *member)
{
    struct shoji__slice name = shoji__slice(member->name, member->name_length);
    struct shoji__patch_name *named = shoji__patch_names_find(&level->patch, name);
    if (named != NULL) {
        named->found = true;
        return put_member(merge, name, member->value, named->value);
    }
    shoji_writer_name_n(merge->writer, name.bytes, name.length);
    return shoji_writer_value(merge->writer, member->value);
}

/* One step in the innermost object that is open. */
static shoji_status step(struct merge *merge)
{
    struct level *level = &merge->levels[merge->depth - 1];
    shoji_member member;
    if (shoji_members_next(&level->target, &member))
        return put_old(merge, level, &member);
    if (level->next == level->patch.count)
        return close_level(merge);
    const struct shoji__patch_name *named = &level->patch.all[level->next++];
    if (named->found)
        return SHOJI_OK;
    return put_member(merge, named->name, shoji_tree_root(NULL), named->value);
}

static shoji_status write_merged(shoji_buffer *text, shoji_value target,
                                 shoji_value patch)
{
    struct merge merge = {NULL, NULL, 0, 0};
    shoji_status status = shoji_writer_new(&merge.writer, shoji_buffer_sink, text, NULL);
    if (status == SHOJI_OK)
        status = put_value(&merge, target, patch);
    while (status == SHOJI_OK && merge.depth > 0)
        status = step(&merge);
    if (status == SHOJI_OK)
        status = shoji_writer_end(merge.writer);
    merge_finish(&merge);
    return status;
}

static shoji_status check_patch(shoji_value patch, shoji_error *error)
{
    if (shoji_value_exists(patch))
        return SHOJI_OK;
    return shoji__fail(error, SHOJI_USAGE, NULL,
                       "there is no patch: SHOJI_NONE was given");
}

shoji_status shoji_value_merge(shoji_tree **merged, shoji_value target, shoji_value patch,
                               shoji_error *error)
{
    shoji_status status = check_patch(patch, error);
    if (status != SHOJI_OK)
        return status;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    text.maximum = shoji__patched_maximum(target, patch);
    status = write_merged(&text, target, patch);
    status = shoji__read_tree(merged, &text, status, error);
    shoji_buffer_finish(&text);
    return status;
}

shoji_status shoji_document_merge(shoji_document **merged, const shoji_document *document,
                                  shoji_value patch, shoji_error *error)
{
    shoji_status status = check_patch(patch, error);
    if (status != SHOJI_OK)
        return status;
    shoji_value target = shoji_document_root(document);
    shoji_buffer text = SHOJI_BUFFER_INIT;
    text.maximum = shoji__patched_maximum(target, patch);
    status = write_merged(&text, target, patch);
    status = shoji__read_patched(merged, document, &text, status, error);
    shoji_buffer_finish(&text);
    return status;
}
