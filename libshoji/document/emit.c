#include "document/emit.h"

#include "base/buffer.h"
#include "document/document.h"
#include "value/events.h"

#include <string.h>

/* References that stand twice become one member by reading the text of the map. */
shoji_status shoji__array_as_map(shoji_tree **map, shoji_value array)
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

bool shoji__value_is_array_of_strings(shoji_value value)
{
    shoji_items items = shoji_value_items(value);
    shoji_value item;
    bool are_strings = shoji_value_type(value) == SHOJI_ARRAY;
    while (are_strings && shoji_items_next(&items, &item))
        are_strings = shoji_value_type(item) == SHOJI_STRING;
    return are_strings;
}

shoji_status shoji__write_map(shoji_writer *writer, shoji_value map)
{
    if (!shoji__value_is_array_of_strings(map))
        return shoji_writer_value(writer, map);
    shoji_tree *made = NULL;
    shoji_status status = shoji__array_as_map(&made, map);
    if (status == SHOJI_OK)
        status = shoji_writer_value(writer, shoji_tree_root(made));
    shoji_tree_free(made);
    return status;
}

shoji_status shoji__write_envelope(shoji_writer *writer, shoji_value envelope)
{
    shoji_members members = shoji_value_members(envelope);
    shoji_member member;
    shoji_map map;
    shoji_status status = shoji_writer_begin_object(writer);
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        shoji_writer_name_n(writer, member.name, member.name_length);
        status = shoji__map_of(member.name, member.name_length, &map)
                     ? shoji__write_map(writer, member.value)
                     : shoji_writer_value(writer, member.value);
    }
    return status == SHOJI_OK ? shoji_writer_end_object(writer) : status;
}

shoji_status shoji_document_emit(shoji_buffer *text, const shoji_document *document,
                                 const shoji_writer_options *options)
{
    if (document->element == SHOJI_ELEMENT_VALUE)
        return shoji_value_emit(text, shoji_document_root(document), options);
    shoji_writer *writer;
    shoji_buffer_clear(text);
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, text, options);
    if (status != SHOJI_OK)
        return status;
    status = shoji__write_envelope(writer, shoji_document_root(document));
    if (status == SHOJI_OK)
        status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status != SHOJI_OK)
        shoji_buffer_clear(text);
    return status;
}
