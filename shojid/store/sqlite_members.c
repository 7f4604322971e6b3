#include "store/sqlite_private.h"

#include "store/aggregate.h"
#include "store/fail.h"
#include "store/path.h"

#include <stdlib.h>
#include <string.h>

/*
 * How a query is answered: by the index for the filters whose attributes are indexed;
 * what it gives is asked the others one by one.
 */
struct plan {
    struct connection *connection;
    struct filter_set set;
    const struct filter **indexed; /* lent by the set, as the next */
    int64_t *attributes;           /* of each of `indexed` */
    size_t indexed_count;
    const struct filter **others;
    size_t other_count;
    int64_t catalog; /* 0 where there is none */
};

static void plan_finish(struct plan *plan)
{
    filter_set_finish(&plan->set);
    free(plan->indexed);
    free(plan->attributes);
    free(plan->others);
}

static shoji_status find_attribute(struct plan *plan, const struct filter *filter,
                                   int64_t *attribute, shoji_error *error)
{
    struct query query;
    *attribute = 0;
    query_begin(&query, plan->connection, STATEMENT_INDEXED_FIND);
    query_bind_integer(&query, plan->catalog);
    query_bind_text(&query, filter->attribute, strlen(filter->attribute));
    if (query_step(&query))
        *attribute = query_integer(&query, 0);
    return query_end(&query, error);
}

/* How many entries of the index a filter has; beyond some, how many does not matter. */
static shoji_status weigh(struct plan *plan, const struct filter *filter,
                          int64_t attribute, int64_t *weight, shoji_error *error)
{
    *weight = 0;
    for (size_t i = 0; i < filter->key_count; i++) {
        struct query query;
        query_begin_text(&query, plan->connection,
                         "SELECT count(*) FROM (SELECT 1 FROM attributes"
                         " WHERE attribute = ? AND value = ? LIMIT 1000)");
        query_bind_integer(&query, attribute);
        query_bind_blob(&query, filter->keys[i].bytes, filter->keys[i].length);
        if (query_step(&query))
            *weight += query_integer(&query, 0);
        shoji_status status = query_end(&query, error);
        if (status != SHOJI_OK)
            return status;
    }
    return SHOJI_OK;
}

/* Puts the filter with the fewest entries first: it drives the query. */
static shoji_status choose_driver(struct plan *plan, shoji_error *error)
{
    size_t best = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; plan->indexed_count > 1 && i < plan->indexed_count; i++) {
        int64_t weight;
        shoji_status status =
            weigh(plan, plan->indexed[i], plan->attributes[i], &weight, error);
        if (status != SHOJI_OK)
            return status;
        if (weight < least) {
            least = weight;
            best = i;
        }
    }
    if (best != 0) {
        const struct filter *filter = plan->indexed[0];
        int64_t attribute = plan->attributes[0];
        plan->indexed[0] = plan->indexed[best];
        plan->attributes[0] = plan->attributes[best];
        plan->indexed[best] = filter;
        plan->attributes[best] = attribute;
    }
    return SHOJI_OK;
}

/* Sorts the filters into those that the index answers and the others. */
static shoji_status sort_filters(struct plan *plan, shoji_error *error)
{
    size_t count = plan->set.count;
    if (count == 0)
        return SHOJI_OK;
    plan->indexed = calloc(count, sizeof(const struct filter *));
    plan->attributes = calloc(count, sizeof plan->attributes[0]);
    plan->others = calloc(count, sizeof(const struct filter *));
    if (plan->indexed == NULL || plan->attributes == NULL || plan->others == NULL)
        return store_fail_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct filter *filter = &plan->set.filters[i];
        int64_t attribute;
        shoji_status status = find_attribute(plan, filter, &attribute, error);
        if (status != SHOJI_OK)
            return status;
        if (attribute != 0) {
            plan->attributes[plan->indexed_count] = attribute;
            plan->indexed[plan->indexed_count++] = filter;
        } else {
            plan->others[plan->other_count++] = filter;
        }
    }
    return choose_driver(plan, error);
}

static shoji_status plan_init(struct plan *plan, struct connection *connection,
                              const char *path, const struct store_query *query,
                              shoji_error *error)
{
    struct found found;
    *plan = (struct plan){.connection = connection, .set = FILTER_SET_INIT};
    shoji_status status = sqlite_find(connection, path, strlen(path), &found, error);
    if (status != SHOJI_OK || found.id == 0 || found.element != SHOJI_ELEMENT_CATALOG)
        return status;
    plan->catalog = found.id;
    status = filter_set_init(&plan->set, query, error);
    if (status == SHOJI_OK)
        status = sort_filters(plan, error);
    if (status != SHOJI_OK)
        plan_finish(plan);
    return status;
}

/* "attribute = ? AND value IN (?, ?)" */
static shoji_status append_condition(shoji_buffer *sql, const struct filter *filter)
{
    shoji_status status = shoji_buffer_append_string(sql, "attribute = ? AND value IN (");
    for (size_t i = 0; i < filter->key_count && status == SHOJI_OK; i++)
        status = shoji_buffer_append_string(sql, i == 0 ? "?" : ", ?");
    return status == SHOJI_OK ? shoji_buffer_append_string(sql, ")") : status;
}

shoji_status sqlite_query_sql(shoji_buffer *sql, const struct filter *const *filters,
                              size_t count, bool counts)
{
    /* One key gives each entity once, and in order: then no sorting is needed. */
    const char *distinct = filters[0]->key_count > 1 ? "DISTINCT " : "";
    shoji_status status = shoji_buffer_append_format(
        sql, "SELECT %s FROM (SELECT %sentity FROM attributes WHERE ",
        counts ? "count(*)" : "d.id, d.path, d.text", distinct);
    if (status == SHOJI_OK)
        status = append_condition(sql, filters[0]);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(
            sql, counts ? " AND entity > ?) a WHERE 1"
                        : " AND entity > ?) a CROSS JOIN documents d ON d.id = a.entity"
                          " WHERE 1");
    for (size_t i = 1; i < count && status == SHOJI_OK; i++) {
        status = shoji_buffer_append_string(
            sql, " AND EXISTS (SELECT 1 FROM attributes WHERE ");
        if (status == SHOJI_OK)
            status = append_condition(sql, filters[i]);
        if (status == SHOJI_OK)
            status = shoji_buffer_append_string(sql, " AND entity = a.entity)");
    }
    if (status == SHOJI_OK && !counts)
        status = shoji_buffer_append_string(sql, " ORDER BY a.entity LIMIT ?");
    return status;
}

static void bind_filter(struct query *query, const struct filter *filter,
                        int64_t attribute)
{
    query_bind_integer(query, attribute);
    for (size_t i = 0; i < filter->key_count; i++)
        query_bind_blob(query, filter->keys[i].bytes, filter->keys[i].length);
}

static int64_t integer_limit(uint64_t number)
{
    return number <= INT64_MAX ? (int64_t)number : INT64_MAX;
}

/* Begins the statement over the index. */
static shoji_status begin_indexed(struct plan *plan, struct query *query, bool counts,
                                  uint64_t after, int64_t limit, shoji_error *error)
{
    shoji_buffer sql = SHOJI_BUFFER_INIT;
    shoji_status status =
        sqlite_query_sql(&sql, plan->indexed, plan->indexed_count, counts);
    if (status != SHOJI_OK) {
        shoji_buffer_finish(&sql);
        return store_fail_status(error, status);
    }
    query_begin_text(query, plan->connection, sql.bytes);
    shoji_buffer_finish(&sql);
    for (size_t i = 0; i < plan->indexed_count; i++) {
        bind_filter(query, plan->indexed[i], plan->attributes[i]);
        if (i == 0)
            query_bind_integer(query, integer_limit(after));
    }
    if (!counts)
        query_bind_integer(query, limit);
    return SHOJI_OK;
}

/* Begins the statement that gives the candidates: all members, or those of the index. */
static shoji_status begin_candidates(struct plan *plan, struct query *query,
                                     uint64_t after, int64_t limit, shoji_error *error)
{
    if (plan->indexed_count > 0)
        return begin_indexed(plan, query, false, after, limit, error);
    query_begin(query, plan->connection, STATEMENT_MEMBERS);
    query_bind_integer(query, plan->catalog);
    query_bind_integer(query, SHOJI_ELEMENT_ENTITY);
    query_bind_integer(query, integer_limit(after));
    query_bind_integer(query, limit);
    return SHOJI_OK;
}

/* Asks an entity the filters that the index did not answer. */
static shoji_status passes(const struct plan *plan, const char *text, size_t length,
                           bool *pass)
{
    *pass = true;
    if (plan->other_count == 0)
        return SHOJI_OK;
    shoji_document *document;
    shoji_status status = shoji_document_parse(&document, text, length, NULL, NULL);
    if (status != SHOJI_OK) {
        *pass = false;
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    }
    shoji_value body = shoji_document_body(document);
    for (size_t i = 0; i < plan->other_count && *pass && status == SHOJI_OK; i++)
        status = filter_holds(plan->others[i], body, pass);
    shoji_document_free(document);
    return status;
}

/* Receives each candidate that passes. */
struct visitor {
    store_member_callback callback; /* NULL where they are only counted */
    void *context;
    uint64_t count;
    shoji_buffer segment;
};

static shoji_status visit(struct visitor *visitor, struct store_member *member,
                          const char *path, size_t path_length)
{
    visitor->count++;
    if (visitor->callback == NULL)
        return SHOJI_OK;
    size_t length;
    const char *segment = store_path_segment(path, path_length, &length);
    shoji_buffer_clear(&visitor->segment);
    shoji_status status = shoji_buffer_append(&visitor->segment, segment, length);
    if (status != SHOJI_OK)
        return status;
    member->segment = visitor->segment.bytes;
    return visitor->callback(visitor->context, member);
}

static shoji_status visit_row(const struct plan *plan, struct query *query,
                              struct visitor *visitor)
{
    size_t path_length;
    struct store_member member = {0};
    member.sequence = (uint64_t)query_integer(query, 0);
    const char *path = query_text(query, 1, &path_length);
    member.text = query_text(query, 2, &member.length);
    if (path == NULL || member.text == NULL)
        return SHOJI_NO_MEMORY;
    bool pass;
    shoji_status status = passes(plan, member.text, member.length, &pass);
    if (status != SHOJI_OK || !pass)
        return status;
    return visit(visitor, &member, path, path_length);
}

/* Visits the members that a query names, `limit` at most; 0 for no limit. */
static shoji_status visit_members(struct plan *plan, uint64_t after, size_t limit,
                                  struct visitor *visitor, shoji_error *error)
{
    bool exact = plan->other_count == 0;
    struct query query;
    shoji_status status = begin_candidates(
        plan, &query, after, exact && limit != 0 ? integer_limit(limit) : -1, error);
    if (status != SHOJI_OK)
        return status;
    shoji_status visited = SHOJI_OK;
    while (visited == SHOJI_OK && (limit == 0 || visitor->count < limit) &&
           query_step(&query))
        visited = visit_row(plan, &query, visitor);
    status = query_end(&query, error);
    return store_conclude(error, status, visited);
}

shoji_status sqlite_members(struct store_snapshot *snapshot, const char *path,
                            const struct store_query *query,
                            store_member_callback callback, void *context,
                            shoji_error *error)
{
    struct plan plan;
    shoji_status status = plan_init(&plan, connection_of(snapshot), path, query, error);
    if (status != SHOJI_OK || plan.catalog == 0)
        return status;
    struct visitor visitor = {callback, context, 0, SHOJI_BUFFER_INIT};
    status = visit_members(&plan, query->after, query->limit, &visitor, error);
    shoji_buffer_finish(&visitor.segment);
    plan_finish(&plan);
    return status;
}

/* Counts by the index alone. */
static shoji_status count_indexed(struct plan *plan, uint64_t *count, shoji_error *error)
{
    struct query query;
    shoji_status status = begin_indexed(plan, &query, true, 0, 0, error);
    if (status != SHOJI_OK)
        return status;
    if (query_step(&query))
        *count = (uint64_t)query_integer(&query, 0);
    return query_end(&query, error);
}

static shoji_status count_by_visiting(struct plan *plan, uint64_t *count,
                                      shoji_error *error)
{
    struct visitor visitor = {NULL, NULL, 0, SHOJI_BUFFER_INIT};
    shoji_status status = visit_members(plan, 0, 0, &visitor, error);
    if (status == SHOJI_OK)
        *count = visitor.count;
    return status;
}

static shoji_status count_all(struct store_snapshot *snapshot, const char *path,
                              uint64_t *count, shoji_error *error)
{
    struct store_document catalog = STORE_DOCUMENT_INIT;
    shoji_status status = sqlite_read(snapshot, path, true, &catalog, error);
    if (status == SHOJI_OK)
        *count = catalog.member_count;
    store_document_finish(&catalog);
    return status;
}

shoji_status sqlite_count(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, uint64_t *count,
                          shoji_error *error)
{
    struct plan plan;
    shoji_status status = plan_init(&plan, connection_of(snapshot), path, query, error);
    if (status != SHOJI_OK)
        return status;
    uint64_t result = 0;
    if (plan.catalog != 0 && plan.set.count == 0)
        status = count_all(snapshot, path, &result, error);
    else if (plan.catalog != 0 && plan.other_count == 0)
        status = count_indexed(&plan, &result, error);
    else if (plan.catalog != 0)
        status = count_by_visiting(&plan, &result, error);
    plan_finish(&plan);
    if (status == SHOJI_OK)
        *count = result;
    return status;
}

shoji_status sqlite_scans(struct store_snapshot *snapshot, const char *path,
                          const struct store_query *query, bool *scans,
                          shoji_error *error)
{
    struct plan plan;
    shoji_status status = plan_init(&plan, connection_of(snapshot), path, query, error);
    if (status != SHOJI_OK)
        return status;
    *scans = plan.other_count > 0;
    plan_finish(&plan);
    return SHOJI_OK;
}

/* A computation, and why it failed: a member's own failure is put in words here. */
struct computation {
    struct aggregation *aggregation;
    shoji_error *error;
};

static shoji_status add_member(void *context, const struct store_member *member)
{
    struct computation *computation = context;
    return aggregation_add(computation->aggregation, member->text, member->length,
                           computation->error);
}

shoji_status sqlite_project(struct store_snapshot *snapshot, const char *path,
                            const struct store_projection *projection,
                            shoji_writer *writer, shoji_error *error)
{
    static const struct store_query all = {NULL, 0, 0, 0};
    struct computation computation = {NULL, error};
    shoji_status status = aggregation_begin(&computation.aggregation, projection, writer);
    if (status != SHOJI_OK)
        return store_fail_status(error, status);
    status = sqlite_members(snapshot, path, &all, add_member, &computation, error);
    if (status == SHOJI_OK)
        status = aggregation_end(computation.aggregation, error);
    aggregation_free(computation.aggregation);
    return status;
}
