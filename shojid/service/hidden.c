#include "service/hidden.h"

#include "service/access.h"
#include "store/fail.h"
#include "store/filter.h"

#include <string.h>

/* Whether an entity passes the filters. One that cannot be read is no member. */
static shoji_status passes(const struct store_document *entity,
                           const struct filter_set *filters, bool *pass)
{
    shoji_tree *tree = NULL;
    *pass = false;
    shoji_status status =
        shoji_tree_parse(&tree, entity->text, entity->length, NULL, NULL);
    if (status == SHOJI_OK)
        status = filter_set_holds(
            filters, shoji_value_member(shoji_tree_root(tree), "body"), pass);
    shoji_tree_free(tree);
    return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
}

static bool is_absent(shoji_status status, const shoji_error *error)
{
    return status == SHOJI_NOT_FOUND ||
           (error->code != NULL && strcmp(error->code, STORE_BROKEN) == 0);
}

static shoji_status count_one(struct visit *visit, const char *path,
                              const struct filter_set *filters, uint64_t *count,
                              shoji_error *error)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error reading = SHOJI_ERROR_INIT;
    bool counts = true;
    shoji_status status = visit->service->store->methods->read(
        visit->snapshot, path, filters->count == 0, &document, &reading);
    if (is_absent(status, &reading))
        return SHOJI_OK;
    if (status != SHOJI_OK) {
        *error = reading;
        return status;
    }
    if (document.element != SHOJI_ELEMENT_ENTITY)
        counts = false;
    else if (filters->count > 0)
        status = passes(&document, filters, &counts);
    store_document_finish(&document);
    *count += counts;
    return status == SHOJI_OK ? SHOJI_OK : store_fail_memory(error);
}

shoji_status hidden_count(struct visit *visit, const char *catalog,
                          const struct store_query *query, uint64_t *count,
                          shoji_error *error)
{
    struct filter_set filters = FILTER_SET_INIT;
    const char *path;
    size_t at = 0;
    *count = 0;
    shoji_status status = filter_set_init(&filters, query, error);
    while (status == SHOJI_OK && (path = access_next_hidden(visit, catalog, &at)) != NULL)
        status = count_one(visit, path, &filters, count, error);
    filter_set_finish(&filters);
    return status;
}
