#include "service/faults.h"
#include "service/write.h"

#include <shoji/protocol.h>
#include <shoji/writer.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    DETAIL_SIZE = 1024
};

static void emit(const struct exchange_request *request,
                 struct exchange_response *response, const shoji_problem *problem)
{
    response->status = problem->status;
    response->no_body = strcmp(request->method, "HEAD") == 0;
    /* Where there is no memory for the object, its status alone goes out. */
    if (shoji_problem_emit(&response->body, problem) != SHOJI_OK) {
        shoji_buffer_clear(&response->body);
        return;
    }
    exchange_set_header(response, "Content-Type", "%s",
                        negotiate_problem(request) ? "application/problem+json"
                                                   : "application/json");
    exchange_set_header(response, "Vary", "Accept");
    exchange_set_header(response, "Cache-Control", "no-store");
}

void service_problem(const struct exchange_request *request,
                     struct exchange_response *response, int status, const char *detail)
{
    shoji_problem problem = {.status = status, .detail = detail};
    emit(request, response, &problem);
}

/* What is wrong on this side, and stays wrong until somebody looks after it. */
static void complain(const struct visit *visit, int status, const char *detail)
{
    const struct service_options *options = &visit->settings->options;
    char message[DETAIL_SIZE + 128];
    if ((status != 500 && status != 507) || options->complain == NULL)
        return;
    snprintf(message, sizeof message, "request %s failed: %s", visit->request->id,
             detail);
    options->complain(options->complain_context, message);
}

void problem_answer(struct visit *visit, int status, const char *format, ...)
{
    char detail[DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    complain(visit, status, detail);
    service_problem(visit->request, visit->response, status, detail);
}

/* Adds the members of an object to the one that a buffer has: "{a}" and "{b}" become
 * "{a,b}". */
static shoji_status join_objects(shoji_buffer *object, const shoji_buffer *other)
{
    shoji_status status = shoji_buffer_reserve(object, other->length);
    if (status != SHOJI_OK)
        return status;
    object->bytes[object->length - 1] = ',';
    return shoji_buffer_append(object, other->bytes + 1, other->length - 1);
}

static shoji_status add_login_url(shoji_buffer *body, const char *url)
{
    shoji_buffer member = SHOJI_BUFFER_INIT;
    shoji_writer *writer = NULL;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &member, NULL);
    if (status == SHOJI_OK) {
        shoji_writer_begin_object(writer);
        shoji_writer_name(writer, "urls");
        shoji_writer_begin_object(writer);
        shoji_writer_name(writer, "login_url");
        shoji_writer_string(writer, url);
        shoji_writer_end_object(writer);
        shoji_writer_end_object(writer);
        status = shoji_writer_end(writer);
    }
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        status = join_objects(body, &member);
    shoji_buffer_finish(&member);
    return status;
}

void problem_unauthorized(struct visit *visit, const char *detail)
{
    const char *url = visit->settings->options.login_url;
    shoji_buffer *body = &visit->response->body;
    problem_answer(visit, 401, "%s", detail);
    /* Where memory is short the object lacks it, or the status goes out alone. */
    if (url != NULL && body->length > 0)
        (void)add_login_url(body, url);
}

static void emit_error(struct visit *visit, int status, const shoji_error *error)
{
    shoji_problem problem = {
        .status = status,
        .detail =
            error->message[0] != '\0' ? error->message : shoji_status_text(error->status),
        .pointer = error->pointer[0] != '\0' ? error->pointer : NULL,
        .line = error->line,
        .column = error->column,
    };
    complain(visit, status, problem.detail);
    emit(visit->request, visit->response, &problem);
}

static int status_of_code(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } known[] = {
        {STORE_GONE, 410},    {STORE_NO_PARENT, 409}, {STORE_EXISTS, 409},
        {STORE_CHANGED, 412}, {STORE_NOT_EMPTY, 409}, {STORE_READ_ONLY, 403},
        {STORE_BROKEN, 500},  {STORE_FULL, 507},      {STORE_BUSY, 503},
        {STORE_LARGE, 413},   {WRITE_FORBIDDEN, 403}, {STORE_TOO_MUCH, 422},
    };
    for (size_t i = 0; code != NULL && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(code, known[i].code) == 0)
            return known[i].status;
    return 0;
}

static int status_of_status(const shoji_error *error)
{
    switch (error->status) {
    case SHOJI_NOT_FOUND:
        return 404;
    case SHOJI_SYNTAX:
        return 400;
    case SHOJI_INVALID:
        return 422;
    case SHOJI_LIMIT: /* a path that is too long, or too deep: which the body can name */
        return error->pointer[0] != '\0' ? 413 : 414;
    case SHOJI_PRECONDITION:
        return 412;
    case SHOJI_NO_MEMORY:
        return 503;
    default:
        return 500;
    }
}

void problem_error(struct visit *visit, const shoji_error *error)
{
    int status = status_of_code(error->code);
    if (status == 0)
        status = status_of_status(error);
    if (status == 503)
        exchange_set_header(visit->response, "Retry-After", "1");
    emit_error(visit, status, error);
}

/* Where memory is short the object is without them. */
static void add_faults(struct visit *visit, const shoji_error *error)
{
    shoji_buffer *body = &visit->response->body;
    shoji_buffer faults = SHOJI_BUFFER_INIT;
    if (body->length > 0 && faults_append(&faults, visit, error) == SHOJI_OK)
        (void)join_objects(body, &faults);
    shoji_buffer_finish(&faults);
}

void problem_body(struct visit *visit, const shoji_error *error)
{
    switch (error->status) {
    case SHOJI_SYNTAX:
        emit_error(visit, 400, error);
        break;
    case SHOJI_LIMIT:
        emit_error(visit, 413, error);
        break;
    case SHOJI_NO_MEMORY:
        problem_status(visit, SHOJI_NO_MEMORY);
        break;
    default:
        emit_error(visit, 422, error);
        add_faults(visit, error);
        break;
    }
}

void problem_status(struct visit *visit, shoji_status status)
{
    if (status != SHOJI_NO_MEMORY) {
        problem_answer(visit, 500, "the server failed to make this answer: %s",
                       shoji_status_text(status));
        return;
    }
    exchange_set_header(visit->response, "Retry-After", "1");
    problem_answer(visit, 503, "the server is short of memory; try again later");
}
