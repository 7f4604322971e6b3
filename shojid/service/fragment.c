#include "service/fragment.h"

#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

void fragment_finish(struct fragment *fragment)
{
    store_document_finish(&fragment->entity);
    shoji_tree_free(fragment->tree);
    shoji_buffer_finish(&fragment->name);
}

static shoji_status not_found(const struct visit *visit, shoji_error *error)
{
    return store_fail(error, SHOJI_NOT_FOUND, NULL, "nothing is at %.500s",
                      visit->path.bytes);
}

static shoji_status read_entity(struct visit *visit, struct fragment *fragment,
                                shoji_error *error)
{
    size_t length = route_parent(visit->path.bytes, visit->path.length);
    if (length == 0)
        return not_found(visit, error);
    char *parent = strndup(visit->path.bytes, length);
    if (parent == NULL)
        return store_fail_memory(error);
    shoji_status status = visit->service->store->methods->read(
        visit->snapshot, parent, false, &fragment->entity, error);
    free(parent);
    if (status == SHOJI_NOT_FOUND ||
        (status == SHOJI_OK && fragment->entity.element != SHOJI_ELEMENT_ENTITY))
        return not_found(visit, error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&fragment->tree, fragment->entity.text,
                                  fragment->entity.length, NULL, error);
    return status;
}

/* The name by which a member of `fragments` leads to the request's path. */
static shoji_status find_link(const struct visit *visit, struct fragment *fragment,
                              shoji_value map)
{
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_NOT_FOUND;
    shoji_members members = shoji_value_members(map);
    shoji_member member;
    while (status == SHOJI_NOT_FOUND && shoji_members_next(&members, &member)) {
        const char *reference = shoji_value_string(member.value, NULL);
        if (reference == NULL)
            continue;
        shoji_buffer_clear(&target);
        status =
            site_append_target(&target, &visit->site, fragment->entity.path, reference);
        if (status == SHOJI_NO_MATCH ||
            (status == SHOJI_OK && strcmp(target.bytes, visit->path.bytes) != 0)) {
            status = SHOJI_NOT_FOUND;
        } else if (status == SHOJI_OK) {
            shoji_buffer_clear(&fragment->name);
            status =
                shoji_buffer_append(&fragment->name, member.name, member.name_length);
        }
    }
    shoji_buffer_finish(&target);
    return status;
}

shoji_status fragment_find(struct visit *visit, struct fragment *fragment,
                           shoji_error *error)
{
    shoji_status status = read_entity(visit, fragment, error);
    if (status != SHOJI_OK)
        return status;
    shoji_value root = shoji_tree_root(fragment->tree);
    shoji_value body = shoji_value_member(root, "body");
    if (route_append_name(&fragment->name, visit->path.bytes, visit->path.length) !=
        SHOJI_OK)
        return store_fail_memory(error);
    fragment->value = shoji_value_member(body, fragment->name.bytes);
    if (shoji_value_exists(fragment->value))
        return SHOJI_OK;

    status = find_link(visit, fragment, shoji_value_member(root, "fragments"));
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(error);
    if (status == SHOJI_OK)
        fragment->value = shoji_value_member(body, fragment->name.bytes);
    return shoji_value_exists(fragment->value) ? SHOJI_OK : not_found(visit, error);
}
