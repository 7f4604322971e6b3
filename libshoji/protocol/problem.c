#include <shoji/protocol.h>

#include <shoji/writer.h>

#include "base/buffer.h"
#include "base/utf8.h"

static const char replacement_character[] = "\xef\xbf\xbd";

/* Copies a text, each of its ill-formed bytes replaced. */
static shoji_status repair(shoji_buffer *repaired, const char *text)
{
    size_t length = strlen(text);
    size_t at = 0;
    shoji_buffer_clear(repaired);
    for (;;) {
        size_t good = shoji__utf8_valid_prefix(text + at, length - at);
        shoji_status status = shoji_buffer_append(repaired, text + at, good);
        at += good;
        if (status != SHOJI_OK || at == length)
            return status;
        status = shoji_buffer_append_string(repaired, replacement_character);
        if (status != SHOJI_OK)
            return status;
        at++;
    }
}

/* A problem on its way out. The writer keeps its own first failure. */
struct emission {
    shoji_writer *writer;
    shoji_buffer repaired;
    shoji_status status; /* of `repaired` */
};

static void put_text(struct emission *emission, const char *name, const char *text)
{
    if (text == NULL || emission->status != SHOJI_OK)
        return;
    emission->status = repair(&emission->repaired, text);
    if (emission->status != SHOJI_OK)
        return;
    shoji_writer_name(emission->writer, name);
    shoji_writer_string_n(emission->writer, emission->repaired.bytes,
                          emission->repaired.length);
}

static void put_number(struct emission *emission, const char *name, int64_t number)
{
    shoji_writer_name(emission->writer, name);
    shoji_writer_int64(emission->writer, number);
}

static void put_place(struct emission *emission, const shoji_problem *problem)
{
    put_text(emission, "pointer", problem->pointer);
    if (problem->line == 0)
        return;
    put_number(emission, "line", (int64_t)problem->line);
    put_number(emission, "column", (int64_t)problem->column);
}

static shoji_status put_problem(struct emission *emission, const shoji_problem *problem)
{
    const char *title =
        problem->title != NULL ? problem->title : shoji_http_phrase(problem->status);
    const char *detail = problem->detail != NULL ? problem->detail : title;

    shoji_writer_begin_object(emission->writer);
    put_text(emission, "type", problem->type != NULL ? problem->type : "about:blank");
    put_text(emission, "title", title);
    put_number(emission, "status", problem->status);
    put_text(emission, "detail", detail);
    put_text(emission, "instance", problem->instance);
    put_text(emission, "message", detail);
    put_place(emission, problem);
    shoji_writer_end_object(emission->writer);
    shoji_status status = shoji_writer_end(emission->writer);
    return emission->status != SHOJI_OK ? emission->status : status;
}

shoji_status shoji_problem_emit(shoji_buffer *text, const shoji_problem *problem)
{
    shoji_buffer work = SHOJI_BUFFER_INIT;
    work.maximum = text->maximum;
    struct emission emission = {NULL, SHOJI_BUFFER_INIT, SHOJI_OK};
    shoji_status status =
        shoji_writer_new(&emission.writer, shoji_buffer_sink, &work, NULL);
    if (status == SHOJI_OK)
        status = put_problem(&emission, problem);
    if (status == SHOJI_OK)
        shoji__buffer_swap(text, &work);
    shoji_writer_free(emission.writer);
    shoji_buffer_finish(&emission.repaired);
    shoji_buffer_finish(&work);
    return status;
}
