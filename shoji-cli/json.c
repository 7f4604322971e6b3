#include "json.h"

#include "text.h"

#include <string.h>

shoji_status json_line_init(struct json_line *line)
{
    *line = (struct json_line){.text = SHOJI_BUFFER_INIT};
    return shoji_writer_new(&line->writer, shoji_buffer_sink, &line->text, NULL);
}

void json_line_finish(struct json_line *line)
{
    shoji_writer_free(line->writer);
    shoji_buffer_finish(&line->text);
}

shoji_status json_line_print(struct json_line *line, struct output *output)
{
    shoji_status status = shoji_writer_end(line->writer);
    if (status == SHOJI_OK)
        output_json_line(output, &line->text);
    shoji_buffer_clear(&line->text);
    return status;
}

void json_member_text(shoji_writer *writer, const char *name, const char *text)
{
    shoji_writer_name(writer, name);
    size_t length = strlen(text);
    shoji_buffer safe = SHOJI_BUFFER_INIT;
    if (text_is_utf8(text, length) ||
        text_append_safe(&safe, text, length, TEXT_ONE_LINE) != SHOJI_OK)
        shoji_writer_string_n(writer, text, length);
    else
        shoji_writer_string_n(writer, safe.bytes, safe.length);
    shoji_buffer_finish(&safe);
}

void json_member_size(shoji_writer *writer, const char *name, size_t number)
{
    shoji_writer_name(writer, name);
    shoji_writer_uint64(writer, number);
}
