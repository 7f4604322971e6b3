#include "service/tuple.h"

#include "store/fail.h"

shoji_status tuple_entity(shoji_document **entity, shoji_value tuple, shoji_error *error)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_writer *writer;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &text, NULL);
    if (status != SHOJI_OK)
        return store_fail_memory(error);
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "element");
    shoji_writer_string(writer, shoji_element_text(SHOJI_ELEMENT_ENTITY));
    shoji_writer_name(writer, "body");
    if (shoji_value_type(tuple) == SHOJI_OBJECT) {
        shoji_writer_value(writer, tuple);
    } else {
        shoji_writer_begin_object(writer);
        shoji_writer_end_object(writer);
    }
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        status = shoji_document_parse(entity, text.bytes, text.length, NULL, error);
    else
        store_fail_memory(error);
    shoji_buffer_finish(&text);
    return status;
}
