#include "document/document.h"

#include "base/buffer.h"
#include "value/events.h"

#include <string.h>

/*
 * An array of draft 01 as the map that it stands for. References that stand twice in it
 * become one member, which reading the text of the map does.
 */
static shoji_status read_as_map(shoji_tree **map, shoji_value array)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    shoji_writer_begin_object(writer);
    while (shoji_items_next(&items, &item)) {
        size_t length;
        const char *reference = shoji_value_string(item, &length);
        shoji_writer_name_n(writer, reference, length);
        shoji_writer_value(writer, item);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        status =
            shoji_tree_parse(map, text.bytes, text.length, &shoji__limits_greatest, NULL);
    shoji_buffer_finish(&text);
    return status;
}

static shoji_status write_array_map(shoji_writer *writer, shoji_value array)
{
    shoji_tree *map = NULL;
    shoji_status status = read_as_map(&map, array);
    if (status == SHOJI_OK)
        status = shoji_writer_value(writer, shoji_tree_root(map));
    shoji_tree_free(map);
    return status;
}

static bool has_array_map(const shoji_document *document)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++)
        if (shoji_value_type(document->maps[map]) == SHOJI_ARRAY)
            return true;
    return false;
}

static shoji_status write_envelope(shoji_writer *writer, const shoji_document *document)
{
    shoji_members members = shoji_value_members(shoji_document_root(document));
    shoji_member member;
    shoji_map map;
    shoji_status status = shoji_writer_begin_object(writer);
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        shoji_writer_name_n(writer, member.name, member.name_length);
        bool array_map = shoji__map_of(member.name, member.name_length, &map) &&
                         shoji_value_type(member.value) == SHOJI_ARRAY;
        status = array_map ? write_array_map(writer, member.value)
                           : shoji_writer_value(writer, member.value);
    }
    return status == SHOJI_OK ? shoji_writer_end_object(writer) : status;
}

shoji_status shoji_document_emit(shoji_buffer *text, const shoji_document *document,
                                 const shoji_writer_options *options)
{
    if (!has_array_map(document))
        return shoji_value_emit(text, shoji_document_root(document), options);
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, options);
    if (status != SHOJI_OK)
        return status;
    shoji_buffer_clear(text);
    status = write_envelope(writer, document);
    if (status == SHOJI_OK)
        status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status != SHOJI_OK)
        shoji_buffer_clear(text);
    return status;
}
