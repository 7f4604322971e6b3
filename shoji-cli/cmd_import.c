#include "command.h"
#include "import_batch.h"
#include "import_catalog.h"
#include "input.h"
#include "interrupt.h"
#include "json.h"
#include "progress.h"
#include "records.h"
#include "session.h"

#include <shoji/shoji.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH_BYTES = 4 << 20, /* at which a batch is sent, however few rows it has */
    BATCH_ROWS = 1000,
    BATCH_ROWS_MAXIMUM = 100000,
    HTTP_UNAVAILABLE = 503
};

struct import_settings {
    const char *id;
    const char *root;
    unsigned long batch;
    unsigned long skip;
    unsigned format;
    struct import_wishes wishes;
};

struct import {
    struct cli *cli;
    const struct import_settings *settings;
    const char *catalog; /* its IRI, with a slash at the end */
    shoji_session *session;
    struct input input;
    struct import_batch batch;
    shoji_buffer segment;
    size_t imported;  /* entities that the server has */
    size_t completed; /* the number of the last row that it has, or that was skipped */
    bool is_prepared; /* the catalog is there and as wished */
    bool in_doubt;    /* a batch was sent, and its fate is not known */
};

/* Whether a request that failed may have been carried out nevertheless: there was no
 * answer, or one of a server that broke down over it, or of a gateway before it. */
static bool is_doubtful(const shoji_error *error)
{
    return error->http_status == 0 ||
           (error->http_status >= 500 && error->http_status != HTTP_UNAVAILABLE);
}

static enum exit_code post(struct import *import)
{
    shoji_response *response = NULL;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "POST";
    request.iri = import->catalog;
    request.body = import->batch.text.bytes;
    request.body_length = import->batch.text.length;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_session_send(&response, import->session, &request, &error);
    enum exit_code code = EXIT_DONE;
    if (status != SHOJI_OK) {
        code = session_failure(import->cli, response, &error);
        import->in_doubt = is_doubtful(&error);
    } else {
        code = session_check_done(response, import->catalog, false);
        import->in_doubt = code == EXIT_INCOMPLETE;
    }
    shoji_response_free(response);
    return code;
}

/* Not before there is something to send: a file that is no good from its beginning leaves
 * the server as it was. */
static enum exit_code prepare(struct import *import)
{
    if (import->is_prepared)
        return EXIT_DONE;
    enum exit_code code = import_catalog_prepare(
        import->cli, import->session, import->catalog, &import->settings->wishes);
    import->is_prepared = code == EXIT_DONE;
    return code;
}

static enum exit_code send_batch(struct import *import)
{
    if (import_batch_close(&import->batch) != SHOJI_OK)
        return failure_memory();
    enum exit_code code = prepare(import);
    if (code == EXIT_DONE)
        code = post(import);
    if (code != EXIT_DONE)
        return code;
    import->imported += import->batch.rows;
    import->completed = import->batch.last;
    import_batch_clear(&import->batch);
    return EXIT_DONE;
}

/* Names. */

/* The text by which an attribute names an entity; NULL where it has none. */
static const char *text_of(shoji_value value, size_t *length)
{
    switch (shoji_value_type(value)) {
    case SHOJI_STRING:
        return shoji_value_string(value, length);
    case SHOJI_NUMBER:
        return shoji_value_number(value, length);
    default:
        return NULL;
    }
}

/* Whether servers take it for a segment of a path: not if it is empty, a dot segment, or
 * holds a slash or a NUL, however they are written. */
static bool is_segment(const char *text, size_t length)
{
    bool is_dots = (length == 1 && text[0] == '.') ||
                   (length == 2 && text[0] == '.' && text[1] == '.');
    return length != 0 && !is_dots && memchr(text, '/', length) == NULL &&
           memchr(text, '\0', length) == NULL;
}

/* Refuses what would name a row's entity; `id` NULL: the row's name in its object. */
static enum exit_code refuse_name(const struct import *import,
                                  const struct record *record, const char *text,
                                  const char *id)
{
    return failure(
        EXIT_INVALID,
        "%s: row %zu would name its entity '%.200s', which cannot be a part of a path: "
        "that is not empty, '.' or '..', and holds no slash and no NUL; choose %s",
        import->input.name, record->number, text,
        id != NULL ? "another --id" : "an attribute of the rows with --id");
}

/* The path segment of a row's entity: its attribute, its name, or its number. */
static enum exit_code name_row(struct import *import, const struct record *record)
{
    char number[24];
    const char *id = import->settings->id;
    size_t length = 0;
    const char *text = number;
    if (id != NULL) {
        text = text_of(shoji_value_member(record->tuple, id), &length);
        if (text == NULL || length == 0)
            return failure(
                EXIT_INVALID,
                "%s: row %zu has no text or number '%s' to name its entity by; "
                "add it, or choose another --id",
                import->input.name, record->number, id);
    } else if (record->name != NULL) {
        text = record->name;
        length = record->name_length;
    } else {
        length = (size_t)snprintf(number, sizeof number, "%zu", record->number);
    }
    if (!is_segment(text, length))
        return refuse_name(import, record, text, id);
    shoji_buffer_clear(&import->segment);
    return shoji_iri_append_segment(&import->segment, text, length) == SHOJI_OK
               ? EXIT_DONE
               : failure_memory();
}

static enum exit_code add(struct import *import, const struct record *record)
{
    enum exit_code code = name_row(import, record);
    if (code != EXIT_DONE)
        return code;
    const char *segment = import->segment.bytes;
    if (import_batch_has(&import->batch, segment))
        return failure(
            EXIT_INVALID,
            "%s: row %zu names its entity '%s', as a row before it does; names "
            "must differ",
            import->input.name, record->number, segment);
    if (import_batch_add(&import->batch, segment, record->tuple, record->number) !=
        SHOJI_OK)
        return failure_memory();
    if (import->batch.rows >= import->settings->batch ||
        import->batch.text.length >= BATCH_BYTES)
        return send_batch(import);
    return EXIT_DONE;
}

/* A records_callback. */
static enum exit_code on_record(void *context, const struct record *record)
{
    struct import *import = context;
    if (interrupt_pending(NULL))
        return failure(EXIT_INTERRUPTED, "interrupted");
    if (record->number <= import->settings->skip)
        return EXIT_DONE;
    progress_update(import->imported, import->input.read, import->input.size);
    return add(import, record);
}

static enum exit_code import_rows(struct import *import)
{
    const struct records_source source = {
        .input = &import->input,
        .format = (enum records_format)import->settings->format,
        .root = import->settings->root,
        .callback = on_record,
        .context = import,
    };
    enum exit_code code = records_read(&source);
    if (code == EXIT_DONE && import->batch.rows != 0)
        code = send_batch(import);
    return code == EXIT_DONE ? prepare(import) : code;
}

/* What is said at the end. */

static enum exit_code print_json(const struct import *import)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK) {
        shoji_writer_begin_object(line.writer);
        json_member_text(line.writer, "catalog", import->catalog);
        json_member_size(line.writer, "imported", import->imported);
        json_member_size(line.writer, "rows", import->completed);
        shoji_writer_end_object(line.writer);
        status = json_line_print(&line, &import->cli->output);
    }
    json_line_finish(&line);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static void tell_done(const struct import *import)
{
    say("imported %zu %s into %s (%.1f s)", import->imported,
        import->imported == 1 ? "entity" : "entities", import->catalog,
        progress_seconds());
}

/* Says how far it came, so that it can go on from there. */
static void tell_stopped(const struct import *import)
{
    if (import->in_doubt)
        failure(
            EXIT_FAILED,
            "rows %zu to %zu were on their way, and are in the catalog all or none: look "
            "for one of them, then go on with --skip %zu or --skip %zu",
            import->batch.first, import->batch.last, import->batch.last,
            import->completed);
    else if (import->imported == 0)
        failure(EXIT_FAILED, "nothing was imported");
    else
        failure(EXIT_FAILED,
                "%zu entities were imported, up to row %zu; go on with --skip %zu",
                import->imported, import->completed, import->completed);
}

static enum exit_code finish(struct import *import, enum exit_code code)
{
    progress_clear();
    if (code != EXIT_DONE)
        tell_stopped(import);
    else if (!import->cli->settings.quiet)
        tell_done(import);
    if (import->cli->settings.json && print_json(import) != EXIT_DONE)
        return EXIT_FAILED;
    return code;
}

static enum exit_code run_import(struct import *import)
{
    progress_begin("entities", !import->cli->settings.quiet);
    return finish(import, import_rows(import));
}

/* What contains others has an IRI that ends in a slash: the members' references are
 * relative to it. */
static enum exit_code complete_iri(shoji_buffer *catalog, const char *iri)
{
    size_t length = strlen(iri);
    if (strpbrk(iri, "?#") != NULL)
        return failure(EXIT_USAGE,
                       "'%s' has a query or a fragment; a catalog to import "
                       "into has neither",
                       iri);
    shoji_status status = shoji_buffer_append_string(catalog, iri);
    if (status == SHOJI_OK && (length == 0 || iri[length - 1] != '/'))
        status = shoji_buffer_append_string(catalog, "/");
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code run_with_input(struct import *import, const char *file)
{
    enum exit_code code = input_open(&import->input, file);
    if (code != EXIT_DONE)
        return code;
    code = session_open(&import->session, import->cli, import->catalog);
    if (code == EXIT_DONE && import_batch_init(&import->batch) != SHOJI_OK)
        code = failure_memory();
    if (code == EXIT_DONE)
        code = run_import(import);
    import_batch_finish(&import->batch);
    shoji_session_free(import->session);
    input_close(&import->input);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct import_settings *own = settings;
    shoji_buffer catalog = SHOJI_BUFFER_INIT;
    struct import import = {.cli = cli, .settings = own, .completed = own->skip};
    enum exit_code code = import_wishes_check(&own->wishes);
    if (code == EXIT_DONE)
        code = complete_iri(&catalog, operands.items[0]);
    import.catalog = catalog.bytes;
    if (code == EXIT_DONE)
        code = run_with_input(&import, operands.items[1]);
    shoji_buffer_finish(&import.segment);
    shoji_buffer_finish(&catalog);
    return code;
}

static const struct import_settings defaults = {.batch = BATCH_ROWS};

static const char *const format_choices[] = {
    [RECORDS_AUTO] = "auto",
    [RECORDS_JSON] = "json",
    [RECORDS_NDJSON] = "ndjson",
    [RECORDS_CSV] = "csv",
    NULL,
};

static const struct option options[] = {
    {
        .name = "id",
        .kind = OPTION_TEXT,
        .argument = "ATTR",
        .help =
            "name each entity by this attribute, which becomes the last part of its IRI "
            "and so can hold no slash (default: by the number of its row)",
        .offset = offsetof(struct import_settings, id),
    },
    {
        .name = "root",
        .kind = OPTION_TEXT,
        .argument = "POINTER",
        .help =
            "where in a JSON file the rows are, as /3166-1: an array of objects, or an "
            "object of them, whose names then name the entities",
        .offset = offsetof(struct import_settings, root),
    },
    {
        .name = "attributes",
        .kind = OPTION_TEXT,
        .argument = "A,B",
        .help =
            "which attributes the catalog's index shows (default: all that are no lists "
            "or objects)",
        .offset = offsetof(struct import_settings, wishes.attributes),
    },
    {
        .name = "filter",
        .kind = OPTION_TEXT,
        .argument = "A,B",
        .help = "declare for each the template \"by A\": \"{?A}\", by which entities are "
                "found; limit and after are not to be had, since they choose a page",
        .offset = offsetof(struct import_settings, wishes.filters),
    },
    {
        .name = "title",
        .kind = OPTION_TEXT,
        .argument = "TEXT",
        .help = "the catalog's title",
        .offset = offsetof(struct import_settings, wishes.title),
    },
    {
        .name = "format",
        .kind = OPTION_CHOICE,
        .argument = "json|ndjson|csv|auto",
        .help = "what the file holds (default: by its name, or how it begins)",
        .offset = offsetof(struct import_settings, format),
        .choices = format_choices,
    },
    {
        .name = "batch",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help =
            "rows to send at once (default: 1000); the server takes all or none of them",
        .offset = offsetof(struct import_settings, batch),
        .minimum = 1,
        .maximum = BATCH_ROWS_MAXIMUM,
    },
    {
        .name = "skip",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "pass over the first N rows: where an import that was stopped goes on",
        .offset = offsetof(struct import_settings, skip),
        .maximum = ULONG_MAX,
    },
    OPTION_END,
};

const struct command command_import = {
    .name = "import",
    .group = GROUP_WRITE,
    .usage =
        "CATALOG FILE|- [--id ATTR] [--root POINTER] [--attributes A,B] [--filter A,B]",
    .summary = "make a catalog of a JSON, NDJSON or CSV file",
    .description =
        "Makes each row of the file an entity of the catalog, which is made, if it "
        "is not there, once the first rows have been read. Rows are sent in batches as "
        "they are read, so that the file may be of any size; what stops it tells how to "
        "go on.\n\n"
        "In CSV the first line names the attributes, and values are text; an empty field "
        "is no attribute, but \"\" is an empty text.",
    .examples = "shoji-cli import http://127.0.0.1:8642/countries/ iso_3166-1.json \\\n"
                "    --root /3166-1 --id alpha_2 --filter alpha_2,alpha_3\n"
                "zcat people.csv.gz | shoji-cli import http://127.0.0.1:8642/people/ - "
                "--format csv\n",
    .exit_codes =
        "3  the file is malformed, or a row has no name, a bad one or another's\n"
        "4  the server refused a batch, of which nothing was then imported\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof(struct import_settings),
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
