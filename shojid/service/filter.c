#include "service/filter.h"

#include "service/templates.h"
#include "store/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAXIMUM = 400 /* bytes of the templates that a sentence lists */
};

void filter_finish(struct filter *filter)
{
    shoji_variables_free(filter->variables);
    free(filter->filters);
    free(filter->values);
    shoji_buffer_finish(&filter->target);
    store_document_finish(&filter->catalog);
}

/* The spellings of the request that a template can have been expanded to: as it was sent
 * and in canonical form, each with and without a slash at the end of the path; then the
 * same with the query as a template spells what forms and URL libraries send. */
enum {
    SPELLING_COUNT = 8
};

struct search {
    struct visit *visit;
    shoji_buffer spellings[SPELLING_COUNT];
    struct template_use *best; /* the template with the longest literal beginning */
    shoji_variables *values;   /* of it */
};

static void search_finish(struct search *search)
{
    for (size_t i = 0; i < SPELLING_COUNT; i++)
        shoji_buffer_finish(&search->spellings[i]);
    shoji_variables_free(search->values);
    if (search->best != NULL)
        templates_end(search->visit->service->templates, search->best);
}

static shoji_status spell(shoji_buffer *spelling, const char *path, bool slash,
                          const char *query)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    shoji_status status = shoji_buffer_append(spelling, path, length);
    if (status == SHOJI_OK && slash && length > 1)
        status = shoji_buffer_append(spelling, "/", 1);
    if (status == SHOJI_OK && query[0] != '\0')
        status = shoji_buffer_append_format(spelling, "?%s", query);
    return status;
}

/* The query of a form ("name=O'Neil+x") as an expansion of {?name} has it
 * ("name=O%27Neil%20x"): no such expansion holds the characters that this encodes. */
static shoji_status spell_query(shoji_buffer *spelling, const char *query)
{
    shoji_status status = SHOJI_OK;
    for (const char *at = query; status == SHOJI_OK && *at != '\0'; at++)
        if (*at == '+')
            status = shoji_buffer_append_string(spelling, "%20");
        else if (strchr("!$'()*;:@/?[]", *at) != NULL)
            status = shoji_buffer_append_format(spelling, "%%%02X", (unsigned char)*at);
        else
            status = shoji_buffer_append(spelling, at, 1);
    return status;
}

static shoji_status spell_all(struct search *search, bool with_query)
{
    struct visit *visit = search->visit;
    const char *sent = visit->request->path;
    const char *query = with_query && visit->query.length > 0 ? visit->query.bytes : "";
    bool slash = sent[strlen(sent) - 1] == '/';
    shoji_status status = spell(&search->spellings[0], sent, slash, query);
    if (status == SHOJI_OK)
        status = spell(&search->spellings[1], sent, !slash, query);
    if (status == SHOJI_OK)
        status = spell(&search->spellings[2], visit->path.bytes, slash, query);
    if (status == SHOJI_OK)
        status = spell(&search->spellings[3], visit->path.bytes, !slash, query);
    shoji_buffer form = SHOJI_BUFFER_INIT;
    if (status == SHOJI_OK)
        status = spell_query(&form, query);
    /* Where it is the same, spellings 4 to 7 stay unused. */
    if (status == SHOJI_OK && query[0] != '\0' && strcmp(form.bytes, query) != 0)
        for (size_t i = 4; status == SHOJI_OK && i < SPELLING_COUNT; i++)
            status = spell(&search->spellings[i], i < 6 ? sent : visit->path.bytes,
                           i % 2 == 0 ? slash : !slash, form.bytes);
    shoji_buffer_finish(&form);
    return status;
}

/* A map is what a template such as "{?name*}" makes of parameters that it does not name:
 * no attribute equals it. */
static bool has_map(const shoji_variables *values)
{
    for (size_t i = 0; i < shoji_variables_count(values); i++)
        if (shoji_variables_kind(values, shoji_variables_name(values, i), NULL) ==
            SHOJI_VARIABLE_MAP)
            return true;
    return false;
}

static shoji_status match(const struct search *search, const shoji_template *compiled,
                          shoji_variables **values)
{
    shoji_status status = SHOJI_NO_MATCH;
    for (size_t i = 0; status == SHOJI_NO_MATCH && i < SPELLING_COUNT &&
                       search->spellings[i].length > 0;
         i++)
        status = shoji_template_match(values, compiled, search->spellings[i].bytes, NULL);
    if (status == SHOJI_OK && has_map(*values)) {
        shoji_variables_free(*values);
        *values = NULL;
        return SHOJI_NO_MATCH;
    }
    return status;
}

static bool is_better(const struct search *search, const struct template_use *use)
{
    return search->best == NULL || shoji_template_prefix(templates_of(use)) >
                                       shoji_template_prefix(templates_of(search->best));
}

static shoji_status try_template(void *context, const char *pattern)
{
    struct search *search = context;
    struct templates *templates = search->visit->service->templates;
    struct template_use *use;
    shoji_variables *values = NULL;
    shoji_status status = templates_begin(templates, pattern, &use);
    if (status != SHOJI_OK)
        /* A template that is none cannot have been followed. */
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;

    status = is_better(search, use) ? match(search, templates_of(use), &values)
                                    : SHOJI_NO_MATCH;
    if (status == SHOJI_OK) {
        if (search->best != NULL)
            templates_end(templates, search->best);
        shoji_variables_free(search->values);
        search->best = use;
        search->values = values;
        return SHOJI_OK;
    }
    templates_end(templates, use);
    return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
}

static size_t count_values(const shoji_variables *variables)
{
    size_t total = 0;
    for (size_t i = 0; i < shoji_variables_count(variables); i++) {
        size_t size = 0;
        shoji_variables_kind(variables, shoji_variables_name(variables, i), &size);
        total += size;
    }
    return total;
}

static void add_filter(struct filter *filter, const char *name, const char **values,
                       size_t *used)
{
    size_t size = 0;
    shoji_variables_kind(filter->variables, name, &size);
    if (size == 0)
        return;
    struct store_filter *added = &filter->filters[filter->filter_count++];
    added->attribute = name;
    added->values = values + *used;
    added->value_count = size;
    for (size_t i = 0; i < size; i++)
        shoji_variables_get(filter->variables, name, i, NULL, &values[(*used)++]);
}

static shoji_status make_filters(struct filter *filter, shoji_error *error)
{
    size_t count = shoji_variables_count(filter->variables);
    size_t used = 0;
    filter->filters = calloc(count + 1, sizeof *filter->filters);
    filter->values = calloc(count_values(filter->variables) + 1, sizeof *filter->values);
    if (filter->filters == NULL || filter->values == NULL)
        return store_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        add_filter(filter, shoji_variables_name(filter->variables, i), filter->values,
                   &used);
    return SHOJI_OK;
}

/* The target in canonical form: what the template gives for the values, so that one
 * question has one IRI, with a slash at the end of its path. */
static shoji_status make_target(struct filter *filter, const shoji_template *compiled,
                                shoji_error *error)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_template_expand(&expansion, compiled, filter->variables, error);
    if (status == SHOJI_OK) {
        size_t path = strcspn(expansion.bytes, "?");
        char *query = expansion.bytes + path;
        bool has_query = *query == '?';
        *query = '\0';
        status = route_canonical(&filter->target, expansion.bytes, error);
        if (status == SHOJI_OK && has_query &&
            shoji_buffer_append_format(&filter->target, "?%s", query + 1) != SHOJI_OK)
            status = store_fail_memory(error);
    }
    shoji_buffer_finish(&expansion);
    return status;
}

shoji_status filter_find(struct visit *visit, bool with_query, struct filter *filter,
                         shoji_error *error)
{
    const struct store_methods *store = visit->service->store->methods;
    struct search search = {.visit = visit};
    shoji_status status = spell_all(&search, with_query);
    if (status != SHOJI_OK)
        store_fail_memory(error);
    else
        status = store->templates(visit->snapshot, visit->path.bytes, try_template,
                                  &search, error);
    if (status == SHOJI_OK && search.best == NULL)
        status = store_fail(error, SHOJI_NOT_FOUND, NULL, "nothing is at %.500s",
                            visit->path.bytes);
    if (status == SHOJI_OK) {
        filter->variables = search.values;
        search.values = NULL;
        status = make_target(filter, templates_of(search.best), error);
    }
    if (status == SHOJI_OK)
        status = make_filters(filter, error);
    if (status == SHOJI_OK)
        status =
            store->nearest(visit->snapshot, visit->path.bytes, &filter->catalog, error);
    search_finish(&search);
    return status;
}

struct listing {
    struct visit *visit;
    shoji_buffer *list;
};

/* Whether a template without values is the request's path: then its variables are those
 * of the query. */
static bool is_of_path(struct listing *listing, const shoji_template *compiled)
{
    shoji_buffer expansion = SHOJI_BUFFER_INIT;
    shoji_buffer canonical = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    bool is = shoji_template_variable_count(compiled) > 0 &&
              shoji_template_expand(&expansion, compiled, NULL, NULL) == SHOJI_OK;
    if (is) {
        expansion.bytes[strcspn(expansion.bytes, "?")] = '\0';
        is = route_canonical(&canonical, expansion.bytes, &error) == SHOJI_OK &&
             strcmp(canonical.bytes, listing->visit->path.bytes) == 0;
    }
    shoji_buffer_finish(&expansion);
    shoji_buffer_finish(&canonical);
    return is;
}

static shoji_status list_template(void *context, const char *pattern)
{
    struct listing *listing = context;
    const char *path = listing->visit->path.bytes;
    struct templates *templates = listing->visit->service->templates;
    struct template_use *use;
    if (listing->list->length + strlen(pattern) > LIST_MAXIMUM)
        return SHOJI_OK;
    shoji_status status = templates_begin(templates, pattern, &use);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    if (is_of_path(listing, templates_of(use)))
        status = shoji_buffer_append_format(
            listing->list, "%s\"%s\"", listing->list->length > 0 ? ", " : "",
            strncmp(pattern, path, strlen(path)) == 0 ? pattern + strlen(path) : pattern);
    templates_end(templates, use);
    return status;
}

shoji_status filter_append_declared(struct visit *visit, shoji_buffer *list,
                                    shoji_error *error)
{
    struct listing listing = {visit, list};
    if (shoji_buffer_append_string(list, "") != SHOJI_OK)
        return store_fail_memory(error);
    return visit->service->store->methods->templates(visit->snapshot, visit->path.bytes,
                                                     list_template, &listing, error);
}
