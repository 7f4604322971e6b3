#include <shoji/client.h>

#include <shoji/protocol.h>

#include "base/buffer.h"
#include "base/error.h"
#include "client/response.h"
#include "client/session.h"

#include <string.h>

enum {
    PAGE_LIMIT = 10000
};

/* Puts the name that was being followed, and from where, before the message of an error.
 */
static void put_step_before(shoji_error *error, const char *name, const char *from)
{
    char quoted[SHOJI__EXCERPT_SIZE];
    shoji_error named;
    shoji__excerpt(quoted, name, strlen(name));
    shoji__fail(&named, error->status, error->code, "following \"%s\" from %s: %s",
                quoted, from, error->message);
    memcpy(error->message, named.message, sizeof error->message);
}

/* Says which variables a template has, where a step has one that it has not. */
static shoji_status fail_variable(const shoji_template *tmpl, const char *variable,
                                  shoji_error *error)
{
    shoji_buffer list = SHOJI_BUFFER_INIT;
    char wrong[SHOJI__EXCERPT_SIZE];
    char known[300];
    shoji_status status = SHOJI_OK;
    size_t count = shoji_template_variable_count(tmpl);
    for (size_t i = 0; i < count && status == SHOJI_OK; i++)
        status = shoji_buffer_append_format(&list, "%s%s", i != 0 ? ", " : "",
                                            shoji_template_variable(tmpl, i));
    if (status != SHOJI_OK) {
        shoji_buffer_finish(&list);
        return shoji__fail_memory(error);
    }
    shoji__excerpt(wrong, variable, strlen(variable));
    shoji__excerpt_into(known, sizeof known, list.bytes, list.length);
    shoji_buffer_finish(&list);
    return shoji__fail(error, SHOJI_USAGE, "template.no-such-variable",
                       "the template has no variable \"%s\": it has %s", wrong, known);
}

static shoji_status check_variables(const shoji_template *tmpl,
                                    const shoji_variables *variables, shoji_error *error)
{
    size_t count = variables != NULL ? shoji_variables_count(variables) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = shoji_variables_name(variables, i);
        if (!shoji_template_has(tmpl, name))
            return fail_variable(tmpl, name, error);
    }
    return SHOJI_OK;
}

static shoji_status expand(shoji_buffer *reference, const char *text,
                           const shoji_variables *variables, shoji_error *error)
{
    shoji_template *tmpl = NULL;
    shoji_status status = shoji_template_compile(&tmpl, text, error);
    if (status == SHOJI_OK)
        status = check_variables(tmpl, variables, error);
    if (status == SHOJI_OK)
        status = shoji_template_expand(reference, tmpl, variables, error);
    shoji_template_free(tmpl);
    return status;
}

static shoji_status find_link(shoji_buffer *iri, shoji_response *response,
                              const shoji_link *link, const shoji_step *step,
                              shoji_error *error)
{
    const shoji_variables *variables = step->variables;
    if (!link->is_template && variables != NULL &&
        shoji_variables_count(variables) != 0) {
        char wrong[SHOJI__EXCERPT_SIZE];
        const char *name = shoji_variables_name(variables, 0);
        return shoji__fail(error, SHOJI_USAGE, "template.no-such-variable",
                           "the link is no template, and so has no variable \"%s\"",
                           shoji__excerpt(wrong, name, strlen(name)));
    }
    if (!link->is_template)
        return shoji_response_resolve(iri, response, link->reference, error);

    shoji_buffer reference = SHOJI_BUFFER_INIT;
    shoji_status status = expand(&reference, link->reference, variables, error);
    if (status == SHOJI_OK)
        status = shoji_response_resolve(iri, response, reference.bytes, error);
    shoji_buffer_finish(&reference);
    return status;
}

shoji_status shoji_response_find(shoji_buffer *iri, shoji_target *target,
                                 shoji_response *response, const shoji_step *step,
                                 shoji_error *error)
{
    if (step->name == NULL)
        return shoji__fail(error, SHOJI_USAGE, NULL, "a step has no name to follow");
    const shoji_document *document;
    shoji_status status = shoji_response_document(&document, response, error);
    if (status != SHOJI_OK)
        return status;
    shoji_find_options options = SHOJI_FIND_OPTIONS_INIT;
    options.attribute = step->attribute;
    options.retrieval = response->iri;
    options.rule = response->reading.rule;
    shoji_target found;
    status = shoji_document_find(&found, document, step->name, &options, error);
    if (status == SHOJI_OK)
        status = find_link(iri, response, &found.link, step, error);
    if (status == SHOJI_OK && target != NULL)
        *target = found;
    return status;
}

/* The way along a chain of names. */
struct walk {
    shoji_session *session;
    shoji_response *at; /* owned: the last answer */
    shoji_buffer next;  /* where it goes on */
};

/* Fetches what `next` names, in place of the answer that the walk is at. */
static shoji_status fetch(struct walk *walk, bool given, shoji_error *error)
{
    shoji_request request = SHOJI_REQUEST_INIT;
    request.iri = walk->next.bytes;
    shoji_response *answer = NULL;
    shoji_status status =
        shoji__session_send(&answer, walk->session, &request, given, error);
    if (answer != NULL) {
        shoji_response_free(walk->at);
        walk->at = answer;
    }
    return status;
}

/* Whether the page that the walk is at has a next one, which `next` then names. */
static shoji_status find_next_page(struct walk *walk, bool *more, shoji_error *error)
{
    static const shoji_step next = {.name = "catalogs:next"};
    const shoji_document *document;
    *more = false;
    shoji_status status = shoji_response_document(&document, walk->at, error);
    if (status != SHOJI_OK || shoji_document_element(document) != SHOJI_ELEMENT_CATALOG)
        return status;
    status = shoji_response_find(&walk->next, NULL, walk->at, &next, error);
    if (status == SHOJI_NOT_FOUND)
        return SHOJI_OK;
    *more = status == SHOJI_OK;
    return status;
}

/*
 * The pages that have been turned. Pages that go in a circle are noticed by a mark
 * (Brent's algorithm): it moves to the present page at each power of two, so that a
 * circle of any length comes back to it.
 */
struct pages {
    size_t count;
    size_t mark_moves_at;
    shoji_buffer mark;
};

static shoji_status fail_pages(const struct walk *walk, const struct pages *pages,
                               const char *why, shoji_error *error)
{
    char quoted[SHOJI__EXCERPT_SIZE];
    return shoji__fail(error, SHOJI_LIMIT, "client.pages",
                       "it is not on the first %zu pages, and after %s %s", pages->count,
                       shoji__excerpt(quoted, walk->at->iri, strlen(walk->at->iri)), why);
}

static shoji_status turn_page(struct walk *walk, struct pages *pages, shoji_error *error)
{
    if (pages->mark.length != 0 && strcmp(pages->mark.bytes, walk->next.bytes) == 0)
        return fail_pages(walk, pages, "they begin again", error);
    if (pages->count == PAGE_LIMIT)
        return fail_pages(walk, pages, "no more are read: give its IRI instead", error);
    if (pages->count == pages->mark_moves_at) {
        shoji_buffer_clear(&pages->mark);
        if (shoji_buffer_append(&pages->mark, walk->next.bytes, walk->next.length) !=
            SHOJI_OK)
            return shoji__fail_memory(error);
        pages->mark_moves_at *= 2;
    }
    pages->count++;
    return fetch(walk, false, error);
}

/* Looks a name up on the page that the walk is at, then on the pages after it. What the
 * first page says of a name that none of them has is what the caller is told. */
static shoji_status find_on_pages(struct walk *walk, struct pages *pages,
                                  const shoji_step *step, shoji_error *error)
{
    shoji_error other;
    bool more;
    shoji_status found = shoji_response_find(&walk->next, NULL, walk->at, step, error);
    while (found == SHOJI_NOT_FOUND) {
        shoji_status status = find_next_page(walk, &more, &other);
        if (status == SHOJI_OK && !more)
            return SHOJI_NOT_FOUND;
        if (status == SHOJI_OK)
            status = turn_page(walk, pages, &other);
        if (status == SHOJI_OK)
            found = shoji_response_find(&walk->next, NULL, walk->at, step, &other);
        if (status != SHOJI_OK || (found != SHOJI_OK && found != SHOJI_NOT_FOUND)) {
            *error = other;
            return status != SHOJI_OK ? status : found;
        }
    }
    return found;
}

/* A redirect that leads nowhere, and other answers without a document. */
static shoji_status check_answer(const shoji_response *answer, shoji_error *error)
{
    if (answer->status >= 200 && answer->status < 300)
        return SHOJI_OK;
    char quoted[SHOJI__EXCERPT_SIZE];
    return shoji__fail(error, SHOJI_INVALID, "client.no-document",
                       "%s answers %d %s, and not with a document",
                       shoji__excerpt(quoted, answer->iri, strlen(answer->iri)),
                       answer->status, shoji_http_phrase(answer->status));
}

static shoji_status follow_step(struct walk *walk, const shoji_step *step,
                                shoji_error *error)
{
    char from[SHOJI__EXCERPT_SIZE];
    shoji_error reason = SHOJI_ERROR_INIT;
    struct pages pages = {1, 1, SHOJI_BUFFER_INIT};
    shoji__excerpt(from, walk->at->iri, strlen(walk->at->iri));
    shoji_status status = check_answer(walk->at, &reason);
    if (status == SHOJI_OK)
        status = find_on_pages(walk, &pages, step, &reason);
    if (status == SHOJI_OK)
        status = fetch(walk, false, &reason);
    shoji_buffer_finish(&pages.mark);
    if (status != SHOJI_OK && step->name != NULL)
        put_step_before(&reason, step->name, from);
    if (status != SHOJI_OK && error != NULL)
        *error = reason;
    return status;
}

shoji_status shoji_follow(shoji_response **response, shoji_session *session,
                          const char *iri, const shoji_step steps[], size_t count,
                          shoji_error *error)
{
    if (iri == NULL)
        return shoji__fail(error, SHOJI_USAGE, NULL, "there is no IRI to begin at");
    struct walk walk = {session, NULL, SHOJI_BUFFER_INIT};
    shoji_status status = SHOJI_OK;
    if (shoji_buffer_append_string(&walk.next, iri) != SHOJI_OK)
        status = shoji__fail_memory(error);
    if (status == SHOJI_OK)
        status = fetch(&walk, true, error);
    for (size_t i = 0; i < count && status == SHOJI_OK; i++)
        status = follow_step(&walk, &steps[i], error);

    if (status == SHOJI_OK || status == SHOJI_HTTP || status == SHOJI_PRECONDITION)
        *response = walk.at;
    else
        shoji_response_free(walk.at);
    shoji_buffer_finish(&walk.next);
    return status;
}
