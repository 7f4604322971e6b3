#include "command.h"
#include "listing.h"
#include "names.h"
#include "session.h"

#include <shoji/client.h>

struct ls_settings {
    bool all;
};

enum {
    PAGES_MAXIMUM = 10000
};

/* The IRI of the next page; left empty where this is the last. */
static enum exit_code find_next(shoji_buffer *next, shoji_response *response)
{
    const shoji_step step = {.name = "catalogs:next"};
    shoji_target target;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer_clear(next);
    shoji_status status = shoji_response_find(next, &target, response, &step, &error);
    if (status == SHOJI_OK || status == SHOJI_NOT_FOUND)
        return EXIT_DONE;
    return failure_report(&error);
}

static enum exit_code print_page(struct cli *cli, shoji_response *response,
                                 const struct listing_scope *scope)
{
    const shoji_document *document;
    enum exit_code code = session_document(&document, response);
    if (code != EXIT_DONE)
        return code;
    session_print_head(cli, response);
    if (cli->settings.json)
        return listing_print_json(cli, response, document, scope);
    if (cli->output.people)
        return listing_print_tables(cli, response, document, scope);
    return listing_print_fields(cli, document, scope);
}

/* Fetches and prints one page, and finds the next. */
static enum exit_code show_page(struct cli *cli, shoji_session *session, const char *iri,
                                const struct listing_scope *scope, shoji_buffer *next)
{
    shoji_response *response = NULL;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "GET";
    request.iri = iri;
    enum exit_code code = session_send(&response, cli, session, &request);
    if (code == EXIT_DONE)
        code = print_page(cli, response, scope);
    if (code == EXIT_DONE)
        code = find_next(next, response);
    shoji_response_free(response);
    return code;
}

/* Notes a page that is about to be shown; fails where it has been shown before, or is one
 * too many. */
static enum exit_code note_page(struct names *pages, const char *iri)
{
    if (names_has(pages, iri))
        return failure(EXIT_INCOMPLETE, "the pages go in a circle: %s comes again", iri);
    if (pages->count == PAGES_MAXIMUM)
        return failure(EXIT_INCOMPLETE, "stopped after %d pages; 'ls --all %s' goes on",
                       PAGES_MAXIMUM, iri);
    return names_add(pages, iri) == SHOJI_OK ? EXIT_DONE : failure_memory();
}

/* Shows the pages after the first, without the links that all of them repeat. */
static enum exit_code show_rest(struct cli *cli, shoji_session *session,
                                shoji_buffer *next)
{
    static const struct listing_scope scope = {.entries_alone = true};
    struct names pages = {.count = 0};
    shoji_buffer page = SHOJI_BUFFER_INIT;
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && next->length != 0 && cli->output.error == 0) {
        shoji_buffer swapped = page;
        page = *next;
        *next = swapped;
        code = session_check_link(page.bytes);
        if (code == EXIT_DONE)
            code = note_page(&pages, page.bytes);
        if (code == EXIT_DONE)
            code = show_page(cli, session, page.bytes, &scope, next);
    }
    shoji_buffer_finish(&page);
    names_clear(&pages);
    return code;
}

static enum exit_code show(struct cli *cli, shoji_session *session, const char *iri,
                           bool all)
{
    const struct listing_scope scope = {.without_next = all};
    shoji_buffer next = SHOJI_BUFFER_INIT;
    enum exit_code code = show_page(cli, session, iri, &scope, &next);
    if (code == EXIT_DONE && all)
        code = show_rest(cli, session, &next);
    else if (code == EXIT_DONE && next.length != 0 && !cli->settings.quiet)
        notice("this is one page of several; --all lists the others as well");
    shoji_buffer_finish(&next);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct ls_settings *own = settings;
    shoji_session *session = NULL;
    enum exit_code code = session_open(&session, cli, operands.items[0]);
    if (code == EXIT_DONE)
        code = show(cli, session, operands.items[0], own->all);
    shoji_session_free(session);
    return code;
}

static const struct option options[] = {
    {
        .name = "all",
        .kind = OPTION_FLAG,
        .help = "where a catalog comes in pages, list all of them",
        .offset = offsetof(struct ls_settings, all),
    },
    OPTION_END,
};

const struct command command_ls = {
    .name = "ls",
    .group = GROUP_READ,
    .usage = "IRI [--all]",
    .summary = "list the names and entities of a document",
    .description =
        "Lists the names that can be followed from the document, map by map, then the "
        "entities of a catalog. On a terminal these are tables, in which the attributes "
        "of "
        "an index are columns.\n\n"
        "To a pipe, each is a line of four fields between tabs: the map (catalogs, "
        "views, "
        "fragments, orders, urls, entities or index), the name, the reference as the "
        "document has it, and the variables of a template (between commas) or the tuple "
        "of "
        "an entity (as JSON). In a field, \\\\ \\t \\n and \\r stand for a backslash, a "
        "tab "
        "and line breaks. With --json each is an object, with its IRI.",
    .examples = "shoji-cli ls http://127.0.0.1:8642/countries/\n"
                "shoji-cli ls --all http://127.0.0.1:8642/languages/ | cut -f 2\n",
    .options = options,
    .settings_size = sizeof(struct ls_settings),
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
