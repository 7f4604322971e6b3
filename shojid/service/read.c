#include "service/methods.h"

#include "html/page.h"
#include "service/filter.h"
#include "service/fragment.h"
#include "service/projection.h"
#include "service/render.h"
#include "service/validators.h"

#include <stdlib.h>
#include <string.h>

enum {
    HTML_PAGE_SIZE = 500 /* members of a catalog that a person is shown, unasked */
};

/* What an answer says of the representation that it carries. */
struct representation {
    const char *target; /* canonical path, and query */
    uint64_t revision;
    int64_t modified;
    enum variant variant;
    bool bare_value;
};

static const struct store_methods *store_of(const struct visit *visit)
{
    return visit->service->store->methods;
}

/* Whether the target was sent as it is written in canonical form. */
static bool is_canonical(const struct visit *visit, const char *target)
{
    size_t path = strcspn(target, "?");
    return strlen(visit->request->path) == path &&
           strncmp(visit->request->path, target, path) == 0;
}

static void set_fields(struct visit *visit, const struct representation *representation)
{
    struct exchange_response *response = visit->response;
    validators_set(visit, representation->revision, representation->modified,
                   representation->variant);
    exchange_set_header(response, "Vary", "Accept");
    exchange_set_header(response, "Cache-Control", "no-cache");
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    if (!is_canonical(visit, representation->target) &&
        render_page_target(&target, representation->target, &visit->page) == SHOJI_OK &&
        site_append_iri(&iri, &visit->site, target.bytes) == SHOJI_OK)
        exchange_set_header(response, "Content-Location", "%s", iri.bytes);
    shoji_buffer_finish(&target);
    shoji_buffer_finish(&iri);
}

/*
 * Answers by the request's conditions alone, if that can be. Everything that a
 * representation depends on is in its revision, so that nothing has to be rendered.
 */
static bool answer_unchanged(struct visit *visit,
                             const struct representation *representation)
{
    if (!validators_are_given(visit->request))
        return false;
    shoji_condition condition =
        validators_read(visit, representation->revision, representation->modified,
                        representation->variant);
    if (condition == SHOJI_PROCEED)
        return false;
    set_fields(visit, representation);
    if (condition == SHOJI_PRECONDITION_FAILED) {
        problem_answer(visit, 412,
                       "the document has changed: its ETag is not one of If-Match, or it "
                       "is newer than If-Unmodified-Since");
        return true;
    }
    visit->response->status = 304;
    visit->response->no_body = true;
    return true;
}

/* Makes the JSON text in the response's body a page for people. */
static shoji_status make_page(struct visit *visit, const char *target, shoji_error *error)
{
    shoji_buffer html = SHOJI_BUFFER_INIT;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    shoji_buffer *body = &visit->response->body;
    shoji_document *document = NULL;
    shoji_status status =
        shoji_document_parse(&document, body->bytes, body->length, NULL, error);
    if (status == SHOJI_OK)
        status = site_append_iri(&iri, &visit->site, target);
    if (status == SHOJI_OK)
        status = html_page(&html, document, iri.bytes, error);
    shoji_document_free(document);
    shoji_buffer_finish(&iri);
    if (status != SHOJI_OK) {
        shoji_buffer_finish(&html);
        return status;
    }
    shoji_buffer_finish(body);
    *body = html;
    exchange_set_header(visit->response, "Content-Security-Policy", "%s",
                        html_page_policy());
    return SHOJI_OK;
}

/* Completes the answer whose JSON text is in the response's body. */
static void finish(struct visit *visit, const struct representation *representation)
{
    struct exchange_response *response = visit->response;
    shoji_error error = SHOJI_ERROR_INIT;
    if (representation->variant == VARIANT_HTML &&
        make_page(visit, representation->target, &error) != SHOJI_OK) {
        problem_answer(visit, 500, "the document could not be made a page: %s",
                       error.message);
        return;
    }
    set_fields(visit, representation);
    exchange_set_header(
        response, "Content-Type", "%s",
        negotiate_type(representation->variant, representation->bare_value));
    exchange_set_header(response, "X-Content-Type-Options", "nosniff");
    response->status = 200;
}

static void render_or_fail(struct visit *visit,
                           const struct representation *representation,
                           shoji_status status, const shoji_error *error)
{
    if (status == SHOJI_OK)
        finish(visit, representation);
    else if (error->status != SHOJI_OK)
        problem_error(visit, error);
    else
        problem_status(visit, status);
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
    render_or_fail(visit, representation, status, &error);
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
    render_or_fail(visit, representation, status, &error);
}

/* A computed view changes with the entities that it is computed from. */
static shoji_status include_catalog(struct visit *visit, const char *catalog,
                                    struct representation *representation,
                                    shoji_error *error)
{
    struct store_document head = STORE_DOCUMENT_INIT;
    shoji_status status =
        store_of(visit)->read(visit->snapshot, catalog, true, &head, error);
    if (status == SHOJI_OK) {
        if (head.shown_revision > representation->revision)
            representation->revision = head.shown_revision;
        if (head.shown_modified > representation->modified)
            representation->modified = head.shown_modified;
    }
    store_document_finish(&head);
    return status;
}

static void serve_projection(struct visit *visit, const struct store_document *document,
                             shoji_value root, struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *values = NULL;
    const char *attribute = projection_attribute(root, &error);
    if (attribute == NULL) {
        problem_answer(visit, 501, "%s", error.message);
        return;
    }
    char *catalog =
        strndup(document->path, route_parent(document->path, strlen(document->path)));
    if (catalog == NULL) {
        problem_status(visit, SHOJI_NO_MEMORY);
        return;
    }
    shoji_status status = include_catalog(visit, catalog, representation, &error);
    if (status == SHOJI_OK && answer_unchanged(visit, representation)) {
        free(catalog);
        return;
    }
    if (status == SHOJI_OK)
        status = projection_compute(visit, catalog, attribute, &values, &error);
    if (status == SHOJI_OK)
        status = render_document(visit, document, root, shoji_tree_root(values));
    shoji_tree_free(values);
    free(catalog);
    render_or_fail(visit, representation, status, &error);
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
    else if (projection_is(shoji_tree_root(tree)) && !document->verbatim)
        serve_projection(visit, document, shoji_tree_root(tree), representation);
    else if (!answer_unchanged(visit, representation))
        serve_plain(visit, document, representation);
    shoji_tree_free(tree);
}

static bool is_paged(const struct visit *visit)
{
    return visit->page.limit_given || visit->page.after_given;
}

static void serve_stored(struct visit *visit, struct store_document *document,
                         enum variant variant)
{
    struct representation representation = {
        .target = document->path,
        .revision = document->shown_revision,
        .modified = document->shown_modified,
        .variant = variant,
        .bare_value = document->element == SHOJI_ELEMENT_VALUE,
    };
    bool pages = document->element == SHOJI_ELEMENT_CATALOG && !document->verbatim;
    if (is_paged(visit) && !pages) {
        problem_answer(
            visit, 400,
            "\"limit\" and \"after\" page the catalogs that this server makes, "
            "and %.500s is none; leave them out",
            document->path);
        return;
    }
    if (document->element != SHOJI_ELEMENT_VIEW &&
        answer_unchanged(visit, &representation))
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
    if (answer_unchanged(visit, &representation))
        return;
    shoji_status status = shoji_value_emit(&visit->response->body, fragment->value, NULL);
    render_or_fail(visit, &representation, status, &error);
}

static void serve_filtered(struct visit *visit, const struct filter *filter,
                           enum variant variant)
{
    struct representation representation = {
        .target = filter->target.bytes,
        .revision = filter->catalog.shown_revision,
        .modified = filter->catalog.shown_modified,
        .variant = variant,
    };
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_tree *tree = NULL;
    if (answer_unchanged(visit, &representation))
        return;
    struct store_query query = {filter->filters, filter->filter_count, 0, 0};
    struct render_catalog catalog = {
        .path = filter->catalog.path,
        .target = filter->target.bytes,
        .members_alone = true,
        .filters = filter->filters,
        .filter_count = filter->filter_count,
    };
    shoji_status status = store_of(visit)->count(visit->snapshot, catalog.path, &query,
                                                 &catalog.size, &error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, filter->catalog.text, filter->catalog.length,
                                  NULL, &error);
    if (status == SHOJI_OK) {
        catalog.stored = shoji_tree_root(tree);
        status = render_catalog(visit, &catalog, &error);
    }
    shoji_tree_free(tree);
    render_or_fail(visit, &representation, status, &error);
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

void method_read(struct visit *visit)
{
    enum variant variant = negotiate_variant(visit->request);
    exchange_set_header(visit->response, "Vary", "Accept");
    if (variant == VARIANT_NONE) {
        problem_answer(visit, 406,
                       "the request accepts none of what this server has: "
                       "application/json, application/shoji+json and text/html");
        return;
    }
    if (variant == VARIANT_HTML && !visit->page.limit_given &&
        visit->page.limit > HTML_PAGE_SIZE)
        visit->page.limit = HTML_PAGE_SIZE;
    if (visit_open(visit) != SHOJI_OK)
        return;
    shoji_error error = SHOJI_ERROR_INIT;
    struct store_document document = STORE_DOCUMENT_INIT;
    bool head = visit->query.length > 0 || validators_are_given(visit->request);
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
}
