#include "service/representation.h"

#include "html/page.h"
#include "service/cache.h"
#include "service/render.h"
#include "service/validators.h"

#include <string.h>

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
    if (visit->settings->options.compression)
        exchange_add_to_list(response, "Vary", "Accept-Encoding");
    if (!representation->shared)
        exchange_add_to_list(response, "Vary", "Authorization");
    exchange_set_header(response, "Cache-Control", "%s",
                        representation->shared ? visit->settings->options.cache_control
                                               : "private, no-cache");
    exchange_set_header(response, "Accept-Ranges", "none");
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
static bool answer_conditions(struct visit *visit,
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
    return SHOJI_OK;
}

/*
 * Whether a representation may go out in a coding. The length of what is compressed tells
 * how much of what a stranger chose stands in the rest of it, too (BREACH): where a
 * stranger can choose something, which the query is that `self` repeats, only what
 * everybody may read is compressed.
 */
static bool may_be_coded(const struct visit *visit,
                         const struct representation *representation)
{
    return visit->settings->options.compression &&
           (representation->shared || visit->request->query == NULL);
}

/* What a body is kept by: its tag, which has the revision, the visitor's view, the media
 * type and the coding; and where it stands. Empty where memory is short. */
static void make_key(shoji_buffer *key, const struct visit *visit,
                     const struct representation *representation, enum coding coding)
{
    char etag[VALIDATORS_ETAG_SIZE];
    validators_etag_coded(etag, visit, representation->revision, representation->variant,
                          coding);
    shoji_status status = shoji_buffer_append_string(key, etag);
    if (status == SHOJI_OK)
        status = site_append_iri(key, &visit->site, "");
    if (status == SHOJI_OK)
        status = render_page_target(key, representation->target, &visit->page);
    if (status != SHOJI_OK)
        shoji_buffer_clear(key);
}

/* Sets what is said of the representation that is in the response's body. */
static void set_answer(struct visit *visit, const struct representation *representation)
{
    struct exchange_response *response = visit->response;
    set_fields(visit, representation);
    if (visit->coding != CODING_IDENTITY)
        exchange_set_header(response, "Content-Encoding", "%s",
                            coding_name(visit->coding));
    if (representation->variant == VARIANT_HTML)
        exchange_set_header(response, "Content-Security-Policy", "%s",
                            html_page_policy());
    exchange_set_header(
        response, "Content-Type", "%s",
        negotiate_type(representation->variant, representation->bare_value));
    exchange_set_header(response, "X-Content-Type-Options", "nosniff");
    response->status = 200;
}

static void keep(struct visit *visit, const struct representation *representation,
                 enum coding coding)
{
    shoji_buffer key = SHOJI_BUFFER_INIT;
    make_key(&key, visit, representation, coding);
    cache_put(visit->service->cache, &key, &visit->response->body);
    shoji_buffer_finish(&key);
}

static bool find_kept(struct visit *visit, const struct representation *representation,
                      enum coding coding)
{
    shoji_buffer key = SHOJI_BUFFER_INIT;
    make_key(&key, visit, representation, coding);
    bool found = cache_get(visit->service->cache, &key, &visit->response->body);
    shoji_buffer_finish(&key);
    return found;
}

/* Codes the body as the client wants it, where that is worth it, and keeps it. */
static void encode(struct visit *visit, const struct representation *representation)
{
    shoji_buffer *body = &visit->response->body;
    enum coding preferred = visit->accepts.preferred;
    bool wanted =
        preferred != CODING_IDENTITY &&
        (body->length >= CODING_BODY_MINIMUM || !visit->accepts.accepts[CODING_IDENTITY]);
    if (!wanted || !may_be_coded(visit, representation) ||
        !coding_encode(body, preferred))
        return;
    visit->coding = preferred;
    keep(visit, representation, preferred);
}

/* Answers with what is in the response's body. */
static void send(struct visit *visit, const struct representation *representation)
{
    encode(visit, representation);
    if (visit->accepts.accepts[visit->coding]) {
        set_answer(visit, representation);
        return;
    }
    shoji_buffer_clear(&visit->response->body);
    problem_answer(visit, 406,
                   "the request accepts no coding that this document can be sent in; "
                   "this server has %s, and sends some documents as they are alone",
                   coding_list());
    exchange_add_to_list(visit->response, "Vary", "Accept-Encoding");
}

/* Completes the answer whose JSON text is in the response's body. */
static void finish(struct visit *visit, const struct representation *representation)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (representation->variant == VARIANT_HTML &&
        make_page(visit, representation->target, &error) != SHOJI_OK) {
        problem_answer(visit, 500, "the document could not be made a page: %s",
                       error.message);
        return;
    }
    if (representation->costly)
        keep(visit, representation, CODING_IDENTITY);
    send(visit, representation);
}

/* Answers with a body that has been made before, if there is one. */
static bool answer_kept(struct visit *visit, const struct representation *representation)
{
    enum coding preferred = visit->accepts.preferred;
    if (preferred != CODING_IDENTITY && may_be_coded(visit, representation) &&
        find_kept(visit, representation, preferred)) {
        visit->coding = preferred;
        set_answer(visit, representation);
        return true;
    }
    if (!representation->costly || !find_kept(visit, representation, CODING_IDENTITY))
        return false;
    send(visit, representation);
    return true;
}

/* Whether the visit has to go through the gate first. */
static bool want_gate(struct visit *visit, const struct representation *representation)
{
    if (!representation->costly || visit->gate == GATE_INSIDE)
        return false;
    visit->gate = GATE_WANTED;
    return true;
}

bool representation_answer_known(struct visit *visit,
                                 const struct representation *representation)
{
    return answer_conditions(visit, representation) ||
           answer_kept(visit, representation) || want_gate(visit, representation);
}

void representation_answer(struct visit *visit,
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
