#include "service/write.h"

#include "service/validators.h"

#include <string.h>
#include <time.h>

shoji_status write_commit(struct visit *visit, const struct store_write *writes,
                          size_t count, struct store_result *result, shoji_error *error)
{
    struct store *store = visit->service->store;
    struct store_batch batch = {writes, count, (int64_t)time(NULL)};
    visit_close(visit);
    return store->methods->commit(store, &batch, result, error);
}

bool write_conditions_hold(struct visit *visit, const struct store_document *document)
{
    uint64_t revision = document != NULL ? document->shown_revision : 0;
    int64_t modified = document != NULL ? document->shown_modified : -1;
    if (validators_write(visit, revision, modified) == SHOJI_PROCEED)
        return true;
    if (document != NULL)
        validators_set(visit, revision, modified, VARIANT_JSON);
    if (document != NULL)
        problem_answer(visit, 412,
                       "the document is not as the request expects it; get it anew, and "
                       "send the ETag that it has then in If-Match");
    else
        problem_answer(visit, 412,
                       "the request expects a document, and there is none at %.500s",
                       visit->path.bytes);
    return false;
}

bool write_is_overtaken(const struct visit *visit, shoji_status status,
                        const shoji_error *error)
{
    return status == SHOJI_PRECONDITION && error->code != NULL &&
           strcmp(error->code, STORE_CHANGED) == 0 &&
           !validators_are_given(visit->request);
}

static bool has_code(const shoji_error *error, const char *code)
{
    return error->code != NULL && strcmp(error->code, code) == 0;
}

void write_problem(struct visit *visit, const shoji_error *error)
{
    bool conditional = validators_are_given(visit->request);
    bool changed = has_code(error, STORE_CHANGED);
    /* With a condition, what was there before the commit is what the client meant. */
    if (conditional && (changed || has_code(error, STORE_EXISTS))) {
        problem_answer(visit, 412,
                       "another write has come first: the document is no longer as the "
                       "request expects it; get it anew");
    } else if (changed) {
        exchange_set_header(visit->response, "Retry-After", "1");
        problem_answer(
            visit, 503,
            "others have written here whenever this write was tried; try again");
    } else {
        problem_error(visit, error);
    }
}

void write_set_fields(struct visit *visit, const char *path, uint64_t revision,
                      bool created)
{
    char etag[VALIDATORS_ETAG_SIZE];
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    validators_etag(etag, visit->service, revision, VARIANT_JSON);
    exchange_set_header(visit->response, "ETag", "%s", etag);
    if (created && site_append_iri(&iri, &visit->site, path) == SHOJI_OK)
        exchange_set_header(visit->response, "Location", "%s", iri.bytes);
    shoji_buffer_finish(&iri);
}
