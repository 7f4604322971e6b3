#include "service/links.h"

#include <string.h>

/* Groups of an order inside one another. Each is an object with an array in it, so that
 * no document within the limits of SHOJI_LIMITS_INIT has more. */
enum {
    GROUP_DEPTH = 257
};

void links_write(struct links *links, shoji_writer *writer, const char *reference)
{
    shoji_buffer_clear(&links->scratch);
    shoji_status status =
        links->convert(&links->scratch, links->site, links->path, reference);
    if (status != SHOJI_OK && links->status == SHOJI_OK)
        links->status = status;
    shoji_writer_string(writer, status == SHOJI_OK ? links->scratch.bytes : reference);
}

static void write_array_entries(struct links *links, shoji_writer *writer,
                                shoji_value array, const char *except)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    while (shoji_items_next(&items, &item)) {
        const char *reference = shoji_value_string(item, NULL);
        if (reference == NULL || (except != NULL && strcmp(reference, except) == 0))
            continue;
        shoji_writer_name(writer, reference);
        links_write(links, writer, reference);
    }
}

void links_write_entries(struct links *links, shoji_writer *writer, shoji_value map,
                         const char *except)
{
    shoji_members members = shoji_value_members(map);
    shoji_member member;
    while (shoji_members_next(&members, &member)) {
        const char *reference = shoji_value_string(member.value, NULL);
        if (except != NULL && strcmp(member.name, except) == 0)
            continue;
        shoji_writer_name_n(writer, member.name, member.name_length);
        if (reference != NULL)
            links_write(links, writer, reference);
        else
            shoji_writer_value(writer, member.value);
    }
    write_array_entries(links, writer, map, except);
}

static bool is_group(shoji_value item, shoji_member *group)
{
    shoji_members members = shoji_value_members(item);
    return shoji_value_size(item) == 1 && shoji_members_next(&members, group) &&
           shoji_value_type(group->value) == SHOJI_ARRAY;
}

static void write_graph(struct links *links, shoji_writer *writer, shoji_value graph)
{
    shoji_items open[GROUP_DEPTH];
    size_t depth = 1;
    open[0] = shoji_value_items(graph);
    shoji_writer_begin_array(writer);
    while (depth > 0) {
        shoji_value item;
        shoji_member group;
        if (!shoji_items_next(&open[depth - 1], &item)) {
            shoji_writer_end_array(writer);
            if (--depth > 0)
                shoji_writer_end_object(writer);
        } else if (shoji_value_type(item) == SHOJI_STRING) {
            links_write(links, writer, shoji_value_string(item, NULL));
        } else if (depth < GROUP_DEPTH && is_group(item, &group)) {
            shoji_writer_begin_object(writer);
            shoji_writer_name_n(writer, group.name, group.name_length);
            shoji_writer_begin_array(writer);
            open[depth++] = shoji_value_items(group.value);
        } else {
            shoji_writer_value(writer, item);
        }
    }
}

/* Whether a member of an envelope holds a map of links. */
static bool is_map(const char *name)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++)
        if (strcmp(name, shoji_map_text((shoji_map)map)) == 0)
            return true;
    return false;
}

bool links_write_member(struct links *links, shoji_writer *writer,
                        const shoji_member *member, shoji_element element)
{
    shoji_type type = shoji_value_type(member->value);
    if (is_map(member->name) && (type == SHOJI_OBJECT || type == SHOJI_ARRAY)) {
        shoji_writer_name(writer, member->name);
        shoji_writer_begin_object(writer);
        links_write_entries(links, writer, member->value, NULL);
        shoji_writer_end_object(writer);
        return true;
    }
    if (strcmp(member->name, "specification") == 0 && type == SHOJI_STRING) {
        shoji_writer_name(writer, member->name);
        links_write(links, writer, shoji_value_string(member->value, NULL));
        return true;
    }
    if (element == SHOJI_ELEMENT_ORDER && strcmp(member->name, "graph") == 0 &&
        type == SHOJI_ARRAY) {
        shoji_writer_name(writer, member->name);
        write_graph(links, writer, member->value);
        return true;
    }
    return false;
}
