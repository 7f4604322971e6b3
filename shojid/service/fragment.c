#include "service/fragment.h"

#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAGMENT_DEPTH = 16 /* segments below the entity */
};

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

/* Reads the nearest document above the path, which may lie several segments up: a name in
 * `fragments` can lead so deep. */
static shoji_status read_above(struct visit *visit, struct fragment *fragment,
                               shoji_error *error)
{
    char *above = strdup(visit->path.bytes);
    size_t length = visit->path.length;
    shoji_status status = SHOJI_NOT_FOUND;
    if (above == NULL)
        return store_fail_memory(error);
    for (int i = 0; i < FRAGMENT_DEPTH && status == SHOJI_NOT_FOUND; i++) {
        length = route_parent(above, length);
        if (length == 0)
            break;
        above[length] = '\0';
        status = visit->service->store->methods->read(visit->snapshot, above, false,
                                                      &fragment->entity, error);
    }
    free(above);
    return status;
}

static shoji_status read_entity(struct visit *visit, struct fragment *fragment,
                                shoji_error *error)
{
    shoji_status status = read_above(visit, fragment, error);
    if (status == SHOJI_NOT_FOUND ||
        (status == SHOJI_OK && fragment->entity.element != SHOJI_ELEMENT_ENTITY))
        return not_found(visit, error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&fragment->tree, fragment->entity.text,
                                  fragment->entity.length, NULL, error);
    return status;
}

/* Whether the path is directly below the entity: then its last segment names an
 * attribute. */
static bool is_attribute_path(const struct visit *visit, const struct fragment *fragment)
{
    return route_parent(visit->path.bytes, visit->path.length) ==
           strlen(fragment->entity.path);
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
    if (is_attribute_path(visit, fragment))
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

/* Appends a JSON pointer to an attribute of an entity. */
static shoji_status append_pointer(shoji_buffer *pointer, const char *attribute)
{
    shoji_status status = shoji_buffer_append_string(pointer, "/body/");
    for (; status == SHOJI_OK && *attribute != '\0'; attribute++) {
        if (*attribute == '~')
            status = shoji_buffer_append_string(pointer, "~0");
        else if (*attribute == '/')
            status = shoji_buffer_append_string(pointer, "~1");
        else
            status = shoji_buffer_append(pointer, attribute, 1);
    }
    return status;
}

shoji_status fragment_replace(const struct fragment *fragment, shoji_value value,
                              shoji_document **entity, shoji_error *error)
{
    shoji_buffer pointer = SHOJI_BUFFER_INIT;
    shoji_document *old = NULL;
    shoji_builder *builder = NULL;
    shoji_status status = shoji_document_parse(&old, fragment->entity.text,
                                               fragment->entity.length, NULL, error);
    if (status == SHOJI_OK &&
        (append_pointer(&pointer, fragment->name.bytes) != SHOJI_OK ||
         shoji_builder_edit(&builder, old) != SHOJI_OK))
        status = store_fail_memory(error);
    if (status == SHOJI_OK) {
        shoji_builder_set(builder, pointer.bytes, value);
        status = shoji_builder_finish(builder, entity, error);
    }
    shoji_builder_free(builder);
    shoji_document_free(old);
    shoji_buffer_finish(&pointer);
    return status;
}
