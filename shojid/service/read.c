#include "service/methods.h"

#include "service/access.h"
#include "service/filter.h"
#include "service/fragment.h"
#include "service/gate.h"
#include "service/projection.h"
#include "service/render.h"
#include "service/representation.h"
#include "service/validators.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
    HTML_PAGE_SIZE = 500, /* members of a catalog that a person is shown, unasked */
    CHEAP_SCAN = 1000     /* members of a catalog that may be gone through at any time */
};

static const struct store_methods *store_of(const struct visit *visit)
{
    return visit->service->store->methods;
}

static void serve_catalog(struct visit *visit, const struct store_document *document,
                          const struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *tree = NULL;
    shoji_status status =
        shoji_tree_parse(&tree, document->text, document->length, NULL, &error);
    if (status == SHOJI_OK) {
        struct render_catalog catalog = {
            .path = document->path,
            .target = document->path,
            .stored = shoji_tree_root(tree),
            .size = document->member_count,
        };
        status = render_catalog(visit, &catalog, &error);
    }
    shoji_tree_free(tree);
    representation_answer(visit, representation, status, &error);
}

static void serve_plain(struct visit *visit, const struct store_document *document,
                        const struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *tree = NULL;
    shoji_status status = SHOJI_OK;
    if (document->verbatim)
        status =
            shoji_buffer_append(&visit->response->body, document->text, document->length);
    else if (document->element != SHOJI_ELEMENT_VALUE)
        status = shoji_tree_parse(&tree, document->text, document->length, NULL, &error);
    if (status == SHOJI_OK && !document->verbatim)
        status = render_document(visit, document, shoji_tree_root(tree),
                                 shoji_tree_root(NULL));
    shoji_tree_free(tree);
    representation_answer(visit, representation, status, &error);
}

/* Whether the visitor may see everything that a view is computed from; otherwise it has
 * been answered. */
static bool may_compute(struct visit *visit, const char *catalog)
{
    if (!access_require_source(visit, catalog))
        return false;
    if (projection_is_open(visit, catalog))
        return true;
    problem_answer(visit, 403,
                   "this view is computed from entities of %.500s that are kept from you",
                   catalog);
    return false;
}

static void serve_projection(struct visit *visit, const struct store_document *document,
                             shoji_value root, struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *values = NULL;
    struct store_projection projection;
    if (projection_read(&projection, root, &error) != SHOJI_OK) {
        problem_answer(visit, 500, "%s", error.message);
        return;
    }
    char *catalog =
        strndup(document->path, route_parent(document->path, strlen(document->path)));
    if (catalog == NULL) {
        problem_status(visit, SHOJI_NO_MEMORY);
        return;
    }
    if (!may_compute(visit, catalog)) {
        free(catalog);
        return;
    }
    representation->shared = representation->shared && access_is_shared(visit, catalog);
    struct projection_shown shown = {representation->revision, representation->modified,
                                     0, 0};
    shoji_status status =
        projection_include(&shown, visit, catalog, document->verbatim, &error);
    representation->revision = shown.revision;
    representation->modified = shown.modified;
    representation->costly = shown.members > CHEAP_SCAN;
    if (status == SHOJI_OK && representation_answer_known(visit, representation)) {
        free(catalog);
        return;
    }
    if (status == SHOJI_OK)
        status = projection_compute(visit, catalog, &projection, &values, &error);
    if (status == SHOJI_OK && document->verbatim)
        status = projection_append(&visit->response->body, root, shoji_tree_root(values));
    else if (status == SHOJI_OK)
        status = render_document(visit, document, root, shoji_tree_root(values));
    shoji_tree_free(values);
    free(catalog);
    representation_answer(visit, representation, status, &error);
}

/* A view is read whole before its conditions are looked at: only its text tells whether
 * it is computed. */
static void serve_view(struct visit *visit, const struct store_document *document,
                       struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *tree = NULL;
    if (shoji_tree_parse(&tree, document->text, document->length, NULL, &error) !=
        SHOJI_OK)
        problem_error(visit, &error);
    else if (projection_is(shoji_tree_root(tree)))
        serve_projection(visit, document, shoji_tree_root(tree), representation);
    else if (!representation_answer_known(visit, representation))
        serve_plain(visit, document, representation);
    shoji_tree_free(tree);
}

static bool is_paged(const struct visit *visit)
{
    return visit->page.limit_given || visit->page.after_given;
}

/* What is kept from the visitor is left out of a catalog one by one. */
static bool is_costly_page(const struct visit *visit,
                           const struct store_document *document)
{
    return visit->view != 0 && document->member_count > CHEAP_SCAN;
}

static void serve_stored(struct visit *visit, struct store_document *document,
                         enum variant variant)
{
    struct representation representation = {
        .target = document->path,
        .shared = access_is_shared(visit, visit->path.bytes),
        .revision = document->shown_revision,
        .modified = document->shown_modified,
        .variant = variant,
        .bare_value = document->element == SHOJI_ELEMENT_VALUE,
    };
    bool pages = document->element == SHOJI_ELEMENT_CATALOG && !document->verbatim;
    representation.costly = pages && is_costly_page(visit, document);
    if (is_paged(visit) && !pages) {
        problem_answer(
            visit, 400,
            "\"limit\" and \"after\" page the catalogs that this server makes, "
            "and %.500s is none; leave them out",
            document->path);
        return;
    }
    if (document->element != SHOJI_ELEMENT_VIEW &&
        representation_answer_known(visit, &representation))
        return;
    if (document->text == NULL) {
        shoji_error error = SHOJI_ERROR_INIT;
        store_document_finish(document);
        if (store_of(visit)->read(visit->snapshot, visit->path.bytes, false, document,
                                  &error) != SHOJI_OK) {
            problem_error(visit, &error);
            return;
        }
        representation.target = document->path;
    }
    if (pages)
        serve_catalog(visit, document, &representation);
    else if (document->element == SHOJI_ELEMENT_VIEW)
        serve_view(visit, document, &representation);
    else
        serve_plain(visit, document, &representation);
}

static void serve_fragment(struct visit *visit, const struct fragment *fragment,
                           enum variant variant)
{
    struct representation representation = {
        .target = visit->path.bytes,
        .shared = access_is_shared(visit, visit->path.bytes),
        .revision = fragment->entity.shown_revision,
        .modified = fragment->entity.shown_modified,
        .variant = variant,
        .bare_value = true,
    };
    shoji_error error = SHOJI_ERROR_INIT;
    if (is_paged(visit)) {
        problem_answer(visit, 400,
                       "\"limit\" and \"after\" page catalogs, and %.500s is a fragment; "
                       "leave them out",
                       visit->path.bytes);
        return;
    }
    if (representation_answer_known(visit, &representation))
        return;
    shoji_status status = shoji_value_emit(&visit->response->body, fragment->value, NULL);
    representation_answer(visit, &representation, status, &error);
}

/* Finds out whether a filter is answered by an index. */
static shoji_status find_cost(struct visit *visit, const struct filter *filter,
                              struct representation *representation, shoji_error *error)
{
    struct store_query query = {filter->filters, filter->filter_count, 0, 0};
    bool scans = true;
    shoji_status status = SHOJI_OK;
    if (filter->catalog.member_count <= CHEAP_SCAN)
        return SHOJI_OK;
    if (store_of(visit)->scans != NULL)
        status = store_of(visit)->scans(visit->snapshot, filter->catalog.path, &query,
                                        &scans, error);
    representation->costly = scans || visit->view != 0;
    return status;
}

/*
 * Tells the question from others. Its target does not do that alone: a document elsewhere
 * can declare the template, and another one later, by which the same target means other
 * attributes, without a change of the catalog.
 */
static shoji_status ask(struct visit *visit, const struct filter *filter,
                        shoji_error *error)
{
    shoji_buffer question = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_string(&question, filter->target.bytes);
    for (size_t i = 0; status == SHOJI_OK && i < filter->filter_count; i++) {
        const struct store_filter *part = &filter->filters[i];
        status = shoji_buffer_append_format(&question, "\n%s", part->attribute);
        for (size_t k = 0; status == SHOJI_OK && k < part->value_count; k++)
            status = shoji_buffer_append_format(&question, "\t%s", part->values[k]);
    }
    if (status == SHOJI_OK)
        visit->question = validators_question(question.bytes);
    else
        store_fail_memory(error);
    shoji_buffer_finish(&question);
    return status;
}

static void serve_filtered(struct visit *visit, const struct filter *filter,
                           enum variant variant)
{
    struct representation representation = {
        .target = filter->target.bytes,
        .shared = access_is_shared(visit, filter->catalog.path) &&
                  access_is_shared(visit, visit->path.bytes),
        .revision = filter->catalog.shown_revision,
        .modified = filter->catalog.shown_modified,
        .variant = variant,
    };
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *tree = NULL;
    if (!access_require_source(visit, filter->catalog.path))
        return;
    visit->view = access_view(visit, filter->catalog.path);
    shoji_status status = ask(visit, filter, &error);
    if (status == SHOJI_OK)
        status = find_cost(visit, filter, &representation, &error);
    if (status != SHOJI_OK) {
        problem_error(visit, &error);
        return;
    }
    if (representation_answer_known(visit, &representation))
        return;
    struct store_query query = {filter->filters, filter->filter_count, 0, 0};
    struct render_catalog catalog = {
        .path = filter->catalog.path,
        .target = filter->target.bytes,
        .members_alone = true,
        .filters = filter->filters,
        .filter_count = filter->filter_count,
    };
    status = store_of(visit)->count(visit->snapshot, catalog.path, &query, &catalog.size,
                                    &error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, filter->catalog.text, filter->catalog.length,
                                  NULL, &error);
    if (status == SHOJI_OK) {
        catalog.stored = shoji_tree_root(tree);
        status = render_catalog(visit, &catalog, &error);
    }
    shoji_tree_free(tree);
    representation_answer(visit, &representation, status, &error);
}

static void answer_undeclared(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer list = SHOJI_BUFFER_INIT;
    if (filter_append_declared(visit, &list, &error) != SHOJI_OK)
        problem_error(visit, &error);
    else if (list.length == 0)
        problem_answer(
            visit, 400,
            "nothing here declares the parameters of the query \"%.300s\", and "
            "%.300s declares none; leave the query out",
            visit->query.bytes, visit->path.bytes);
    else
        problem_answer(visit, 400,
                       "no template declares the parameters of the query \"%.300s\"; "
                       "declared here: %s",
                       visit->query.bytes, list.bytes);
    shoji_buffer_finish(&list);
}

/* Answers with what a template makes of the request. Returns whether one matched; an
 * error is an answer, too. */
static bool read_filtered(struct visit *visit, enum variant variant)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct filter filter = FILTER_INIT;
    shoji_status status = filter_find(visit, true, &filter, &error);
    if (status == SHOJI_OK)
        serve_filtered(visit, &filter, variant);
    else if (status != SHOJI_NOT_FOUND)
        problem_error(visit, &error);
    filter_finish(&filter);
    return status != SHOJI_NOT_FOUND;
}

/* The same for a fragment. */
static bool read_fragment(struct visit *visit, enum variant variant)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct fragment fragment = FRAGMENT_INIT;
    shoji_status status = fragment_find(visit, &fragment, &error);
    if (status == SHOJI_OK && visit->query.length > 0)
        answer_undeclared(visit);
    else if (status == SHOJI_OK)
        serve_fragment(visit, &fragment, variant);
    else if (status != SHOJI_NOT_FOUND)
        problem_error(visit, &error);
    fragment_finish(&fragment);
    return status != SHOJI_NOT_FOUND;
}

/* Whether something would answer the path if it had been sent without its query. */
static bool is_there_without_query(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct filter filter = FILTER_INIT;
    bool is =
        visit->query.length > 0 && filter_find(visit, false, &filter, &error) == SHOJI_OK;
    filter_finish(&filter);
    return is;
}

static void read_computed(struct visit *visit, enum variant variant,
                          const shoji_error *not_stored)
{
    if (read_fragment(visit, variant) || read_filtered(visit, variant))
        return;
    if (is_there_without_query(visit))
        answer_undeclared(visit);
    else
        problem_error(visit, not_stored);
}

/* Answers from a snapshot of its own; or finds that it wants the gate. */
static void read_once(struct visit *visit, enum variant variant)
{
    shoji_error error = SHOJI_ERROR_INIT;
    struct store_document document = STORE_DOCUMENT_INIT;
    if (visit_open(visit) != SHOJI_OK)
        return;
    bool head = visit->query.length > 0 || validators_are_given(visit->request) ||
                visit->accepts.preferred != CODING_IDENTITY;
    shoji_status status = store_of(visit)->read(visit->snapshot, visit->path.bytes, head,
                                                &document, &error);
    if (status == SHOJI_NOT_FOUND)
        read_computed(visit, variant, &error);
    else if (status != SHOJI_OK)
        problem_error(visit, &error);
    else if (visit->query.length == 0)
        serve_stored(visit, &document, variant);
    else if (!read_filtered(visit, variant))
        answer_undeclared(visit);
    store_document_finish(&document);
    visit_close(visit);
}

/* Does a costly read again, when there is a place for it: what another has made by then
 * is found, and not made anew. */
static void read_in_gate(struct visit *visit, enum variant variant)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (!gate_enter(visit->service->gate)) {
        store_fail(&error, SHOJI_LIMIT, STORE_BUSY,
                   "the server is busy with other requests that cost as much as this "
                   "one: try again later");
        problem_error(visit, &error);
        return;
    }
    visit->gate = GATE_INSIDE;
    read_once(visit, variant);
    gate_leave(visit->service->gate);
}

void method_read(struct visit *visit)
{
    enum variant variant = negotiate_variant(visit->request);
    if (variant == VARIANT_NONE) {
        problem_answer(visit, 406,
                       "the request accepts none of what this server has: "
                       "application/json, application/shoji+json and text/html");
        return;
    }
    if (variant == VARIANT_HTML && !visit->page.limit_given &&
        visit->page.limit > HTML_PAGE_SIZE)
        visit->page.limit = HTML_PAGE_SIZE;
    visit->accepts = coding_choose(visit->request);
    uint64_t view = visit->view;
    read_once(visit, variant);
    if (visit->gate != GATE_WANTED)
        return;
    visit->view = view;
    visit->question = 0;
    read_in_gate(visit, variant);
}
