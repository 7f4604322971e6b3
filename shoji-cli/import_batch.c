#include "import_batch.h"

shoji_status import_batch_init(struct import_batch *batch)
{
    *batch = (struct import_batch){.text = SHOJI_BUFFER_INIT};
    return shoji_writer_new(&batch->writer, shoji_buffer_sink, &batch->text, NULL);
}

void import_batch_finish(struct import_batch *batch)
{
    shoji_writer_free(batch->writer);
    shoji_buffer_finish(&batch->text);
    names_clear(&batch->names);
}

bool import_batch_has(const struct import_batch *batch, const char *segment)
{
    return names_has(&batch->names, segment);
}

static void open_document(shoji_writer *writer)
{
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "element");
    shoji_writer_string(writer, "shoji:catalog");
    shoji_writer_name(writer, "index");
    shoji_writer_begin_object(writer);
}

shoji_status import_batch_add(struct import_batch *batch, const char *segment,
                              shoji_value tuple, size_t number)
{
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    if (batch->rows == 0) {
        open_document(batch->writer);
        batch->first = number;
    }
    shoji_status status = shoji_buffer_append_format(&reference, "%s/", segment);
    if (status == SHOJI_OK)
        status = shoji_writer_name_n(batch->writer, reference.bytes, reference.length);
    if (status == SHOJI_OK)
        status = shoji_writer_value(batch->writer, tuple);
    if (status == SHOJI_OK)
        status = names_add(&batch->names, segment);
    shoji_buffer_finish(&reference);
    batch->rows++;
    batch->last = number;
    return status;
}

shoji_status import_batch_close(struct import_batch *batch)
{
    shoji_writer_end_object(batch->writer);
    shoji_writer_end_object(batch->writer);
    return shoji_writer_end(batch->writer);
}

void import_batch_clear(struct import_batch *batch)
{
    shoji_buffer_clear(&batch->text);
    names_clear(&batch->names);
    batch->rows = 0;
}
