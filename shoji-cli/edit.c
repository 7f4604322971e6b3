#include "edit.h"

#include "input.h"
#include "json.h"
#include "session.h"

#include <shoji/shoji.h>

#include <string.h>

enum {
    SEE_OTHER = 303
};

enum exit_code edit_load(shoji_buffer *text, shoji_tree **tree, const char *file)
{
    const shoji_limits limits = SHOJI_LIMITS_INIT;
    shoji_tree *read = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    enum exit_code code = input_load(text, file, limits.size);
    if (code != EXIT_DONE)
        return code;
    if (shoji_tree_parse(&read, text->bytes, text->length, &limits, &error) != SHOJI_OK)
        return failure_report_in(file, &error);
    if (tree != NULL)
        *tree = read;
    else
        shoji_tree_free(read);
    return EXIT_DONE;
}

const char *edit_etag(shoji_buffer *memory, const char *etag)
{
    if (etag[0] == '"' || strncmp(etag, "W/", 2) == 0 || strcmp(etag, "*") == 0)
        return etag;
    shoji_buffer_clear(memory);
    if (shoji_buffer_append_format(memory, "\"%s\"", etag) == SHOJI_OK)
        return memory->bytes;
    failure_memory();
    return NULL;
}

/* The absolute IRI of the answer's Location; left empty where there is none. */
static enum exit_code find_location(shoji_buffer *location,
                                    const shoji_response *response)
{
    const char *reference = shoji_response_header(response, "Location");
    if (reference == NULL)
        return EXIT_DONE;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_iri_resolve(location, shoji_response_iri(response), reference,
                          SHOJI_BASE_RFC3986, &error) == SHOJI_OK)
        return EXIT_DONE;
    return failure(EXIT_FAILED,
                   "it is done, but the server's Location '%s' is no IRI: %s", reference,
                   error.message);
}

static enum exit_code print_json(struct cli *cli, int http_status, const char *location)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK) {
        shoji_writer_begin_object(line.writer);
        json_member_size(line.writer, "status", (size_t)http_status);
        if (location != NULL)
            json_member_text(line.writer, "location", location);
        shoji_writer_end_object(line.writer);
        status = json_line_print(&line, &cli->output);
    }
    json_line_finish(&line);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static void print_plain(struct cli *cli, int http_status, const char *location)
{
    if (location != NULL) {
        output_line_text(&cli->output, location, STYLE_PLAIN);
        output_string(&cli->output, "\n");
    }
    if (cli->settings.quiet)
        return;
    if (http_status == SEE_OTHER)
        notice("an equal one is there already, and was left as it is");
    else if (location == NULL)
        notice("the server did not say where it put what was sent");
}

/* Prints what came of a request; of one that was not done, only what was asked for. */
static enum exit_code print_result(struct cli *cli, const shoji_response *response,
                                   bool print_location, enum exit_code outcome)
{
    if (cli->settings.include)
        return session_print(cli, response);
    if (!print_location && !cli->settings.json)
        return EXIT_DONE;
    shoji_buffer memory = SHOJI_BUFFER_INIT;
    int http_status = shoji_response_status(response);
    enum exit_code code = find_location(&memory, response);
    const char *location = memory.length != 0 ? memory.bytes : NULL;
    if (code == EXIT_DONE && cli->settings.json)
        code = print_json(cli, http_status, location);
    else if (code == EXIT_DONE && outcome == EXIT_DONE)
        print_plain(cli, http_status, location);
    shoji_buffer_finish(&memory);
    return code;
}

enum exit_code edit_send(struct cli *cli, const shoji_request *request,
                         bool print_location)
{
    bool is_post = strcmp(request->method, "POST") == 0;
    shoji_session *session = NULL;
    shoji_response *response = NULL;
    enum exit_code code = session_open(&session, cli, request->iri);
    if (code == EXIT_DONE)
        code = session_send(&response, cli, session, request);
    if (code == EXIT_DONE) {
        code = session_check_done(response, request->iri, is_post);
        enum exit_code printed = print_result(cli, response, print_location, code);
        code = code == EXIT_DONE ? printed : code;
    }
    shoji_response_free(response);
    shoji_session_free(session);
    return code;
}
