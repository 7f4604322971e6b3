#include "service/render.h"

#include "service/access.h"
#include "service/hidden.h"
#include "service/links.h"
#include "store/fail.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    TUPLE_MAXIMUM = 256,  /* attributes that a catalog's `tuple` can name */
    CHILD_MAXIMUM = 65536 /* catalogs that one document shows */
};

/* A catalog while it is being written. */
struct rendering {
    struct visit *visit;
    const struct render_catalog *catalog;
    shoji_writer *writer;
    struct links links;
    bool as_index;
    uint64_t size; /* members that the visitor may see */
    uint64_t next; /* the last sequence number of this page; 0 where no page follows */
    /* What a page ends by beside its number of members. That is looked for where the page
     * has turned out to be too large; seldom is one. */
    bool bounded;
    bool too_large;
    size_t begin;                     /* of the members, in the body */
    size_t written;                   /* members */
    size_t shown;                     /* the same, at most */
    const char *tuple[TUPLE_MAXIMUM]; /* the attributes that a tuple carries */
    size_t tuple_count;
    bool all_scalars; /* `tuple` is not there: every scalar attribute */
    shoji_buffer
        prefix; /* what leads from this representation to the catalog's members */
    shoji_buffer reference;
    bool catalogs_written;
    bool catalogs_open;
    bool size_is_stored; /* and so has its place already */
    bool size_written;
    bool members_written;
    shoji_status status; /* the first failure of what is not the writer; sticks */
    shoji_error *error;
};

static shoji_status note(struct rendering *rendering, shoji_status status)
{
    if (rendering->status == SHOJI_OK)
        rendering->status = status;
    return status;
}

static struct store_query query_of(const struct rendering *rendering)
{
    struct store_query query = {
        .filters = rendering->catalog->filters,
        .filter_count = rendering->catalog->filter_count,
        .after = rendering->visit->page.after,
        .limit = rendering->shown,
    };
    return query;
}

/* What is shown of the members that the store has, where a rule keeps some of them from
 * the visitor. */
struct visible {
    struct rendering *rendering;
    store_member_callback callback;
    void *context;
    size_t left; /* how many are wanted still */
    shoji_buffer path;
};

static shoji_status may_be_shown(const struct rendering *rendering, const char *segment,
                                 shoji_buffer *path, bool *may)
{
    shoji_buffer_clear(path);
    shoji_status status =
        shoji_buffer_append_format(path, "%s%s/", rendering->catalog->path, segment);
    if (status == SHOJI_OK)
        *may = access_may_read(rendering->visit, path->bytes);
    return status;
}

static shoji_status pass_visible(void *context, const struct store_member *member)
{
    struct visible *visible = context;
    bool may = false;
    shoji_status status =
        may_be_shown(visible->rendering, member->segment, &visible->path, &may);
    if (status != SHOJI_OK || !may)
        return status;
    if (visible->left-- == 0)
        return SHOJI_STOPPED;
    return visible->callback(visible->context, member);
}

/* Calls back for each member that the query names and that the visitor may see: its limit
 * counts those alone, so that nothing tells how many others there are. */
static shoji_status each_member(struct rendering *rendering, struct store_query query,
                                store_member_callback callback, void *context)
{
    struct visit *visit = rendering->visit;
    const struct store_methods *store = visit->service->store->methods;
    if (visit->view == 0)
        return store->members(visit->snapshot, rendering->catalog->path, &query, callback,
                              context, rendering->error);
    struct visible visible = {rendering, callback, context,
                              query.limit > 0 ? query.limit : SIZE_MAX,
                              SHOJI_BUFFER_INIT};
    query.limit = 0;
    shoji_status status =
        store->members(visit->snapshot, rendering->catalog->path, &query, pass_visible,
                       &visible, rendering->error);
    shoji_buffer_finish(&visible.path);
    return status == SHOJI_STOPPED ? SHOJI_OK : status;
}

/* How many members there are for the visitor. */
static shoji_status find_size(struct rendering *rendering)
{
    struct store_query query = query_of(rendering);
    uint64_t hidden = 0;
    shoji_status status = SHOJI_OK;
    if (rendering->visit->view != 0)
        status = hidden_count(rendering->visit, rendering->catalog->path, &query, &hidden,
                              rendering->error);
    rendering->size =
        hidden < rendering->catalog->size ? rendering->catalog->size - hidden : 0;
    return status;
}

struct page_end {
    size_t left;   /* members that still belong on this page */
    size_t bytes;  /* that still do; the first member does in any case */
    uint64_t last; /* the last that does */
    bool more;
};

static shoji_status find_end(void *context, const struct store_member *member)
{
    struct page_end *end = context;
    if (end->left == 0 || (end->last != 0 && member->length > end->bytes)) {
        end->more = true;
        return SHOJI_STOPPED;
    }
    end->left--;
    end->bytes -= member->length < end->bytes ? member->length : end->bytes;
    end->last = member->sequence;
    return SHOJI_OK;
}

static shoji_status find_next(struct rendering *rendering)
{
    struct visit *visit = rendering->visit;
    struct page_end end = {visit->page.limit,
                           rendering->bounded ? RENDER_PAGE_MAXIMUM : SIZE_MAX, 0, false};
    if (visit->page.after == 0 && rendering->size <= visit->page.limit &&
        !rendering->bounded)
        return SHOJI_OK;
    struct store_query query = query_of(rendering);
    query.limit++;
    shoji_status status = each_member(rendering, query, find_end, &end);
    if (status != SHOJI_OK && status != SHOJI_STOPPED)
        return status;
    if (end.more) {
        rendering->next = end.last;
        rendering->shown = visit->page.limit - end.left;
    }
    return SHOJI_OK;
}

static bool is_scalar(shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    return type != SHOJI_NONE && type != SHOJI_ARRAY && type != SHOJI_OBJECT;
}

static void write_tuple(struct rendering *rendering, shoji_value body)
{
    shoji_writer *writer = rendering->writer;
    shoji_writer_begin_object(writer);
    for (size_t i = 0; i < rendering->tuple_count; i++) {
        shoji_value value = shoji_value_member(body, rendering->tuple[i]);
        if (!shoji_value_exists(value))
            continue;
        shoji_writer_name(writer, rendering->tuple[i]);
        shoji_writer_value(writer, value);
    }
    if (rendering->all_scalars) {
        shoji_members members = shoji_value_members(body);
        shoji_member member;
        while (shoji_members_next(&members, &member)) {
            if (!is_scalar(member.value))
                continue;
            shoji_writer_name_n(writer, member.name, member.name_length);
            shoji_writer_value(writer, member.value);
        }
    }
    shoji_writer_end_object(writer);
}

/* Ends the page that has more than one member, and too many bytes of them. */
static shoji_status check_page(struct rendering *rendering)
{
    size_t bytes = rendering->visit->response->body.length - rendering->begin;
    rendering->too_large =
        !rendering->bounded && rendering->written++ > 0 && bytes > RENDER_PAGE_MAXIMUM;
    return rendering->too_large ? SHOJI_STOPPED : SHOJI_OK;
}

static shoji_status write_member(void *context, const struct store_member *member)
{
    struct rendering *rendering = context;
    shoji_buffer *reference = &rendering->reference;
    shoji_buffer_clear(reference);
    shoji_status status = shoji_buffer_append_format(
        reference, "%s%s/", rendering->prefix.bytes, member->segment);
    if (status != SHOJI_OK)
        return status;
    if (!rendering->as_index) {
        shoji_writer_string_n(rendering->writer, reference->bytes, reference->length);
        return check_page(rendering);
    }

    shoji_tree *tree;
    status = shoji_tree_parse(&tree, member->text, member->length, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_name_n(rendering->writer, reference->bytes, reference->length);
    write_tuple(rendering, shoji_value_member(shoji_tree_root(tree), "body"));
    shoji_tree_free(tree);
    return check_page(rendering);
}

static void write_size(struct rendering *rendering)
{
    shoji_writer_name(rendering->writer, "size");
    shoji_writer_uint64(rendering->writer, rendering->size);
    rendering->size_written = true;
}

static void write_all_members(struct rendering *rendering)
{
    struct store_query query = query_of(rendering);
    if (!rendering->size_written && !rendering->size_is_stored)
        write_size(rendering);
    rendering->members_written = true;
    rendering->begin = rendering->visit->response->body.length;
    shoji_writer_name(rendering->writer, rendering->as_index ? "index" : "entities");
    if (rendering->as_index)
        shoji_writer_begin_object(rendering->writer);
    else
        shoji_writer_begin_array(rendering->writer);
    note(rendering, each_member(rendering, query, write_member, rendering));
    if (rendering->as_index)
        shoji_writer_end_object(rendering->writer);
    else
        shoji_writer_end_array(rendering->writer);
}

/* The segments of the catalogs directly below to which a stored link leads, sorted. */
struct linked {
    char **segments;
    size_t count;
};

static int compare_texts(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void linked_finish(struct linked *linked)
{
    for (size_t i = 0; i < linked->count; i++)
        free(linked->segments[i]);
    free(linked->segments);
}

static shoji_status linked_add(struct linked *linked, const struct rendering *rendering,
                               const char *reference)
{
    const char *path = rendering->catalog->path;
    size_t length = strlen(path);
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status =
        site_append_target(&target, &rendering->visit->site, path, reference);
    if (status == SHOJI_OK && target.length > length &&
        route_parent(target.bytes, target.length) == length &&
        strncmp(target.bytes, path, length) == 0) {
        linked->segments[linked->count] =
            strndup(target.bytes + length, target.length - length - 1);
        if (linked->segments[linked->count] == NULL)
            status = SHOJI_NO_MEMORY;
        else
            linked->count++;
    }
    shoji_buffer_finish(&target);
    return status == SHOJI_NO_MATCH ? SHOJI_OK : status;
}

static shoji_status linked_collect(struct linked *linked,
                                   const struct rendering *rendering, shoji_value map)
{
    linked->segments = calloc(shoji_value_size(map) + 1, sizeof *linked->segments);
    if (linked->segments == NULL)
        return SHOJI_NO_MEMORY;
    shoji_status status = SHOJI_OK;
    shoji_members members = shoji_value_members(map);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        const char *reference = shoji_value_string(member.value, NULL);
        if (reference != NULL)
            status = linked_add(linked, rendering, reference);
    }
    shoji_items items = shoji_value_items(map);
    shoji_value item;
    while (status == SHOJI_OK && shoji_items_next(&items, &item)) {
        const char *reference = shoji_value_string(item, NULL);
        if (reference != NULL)
            status = linked_add(linked, rendering, reference);
    }
    if (linked->count > 1)
        qsort(linked->segments, linked->count, sizeof *linked->segments, compare_texts);
    return status;
}

static void open_catalogs(struct rendering *rendering)
{
    if (rendering->catalogs_open)
        return;
    rendering->catalogs_open = true;
    shoji_writer_name(rendering->writer, "catalogs");
    shoji_writer_begin_object(rendering->writer);
}

struct children {
    struct rendering *rendering;
    struct linked linked;
    shoji_value map; /* as it is stored */
    shoji_buffer name;
};

/* A name that is taken gets a slash, as the reference has: one that the stored map has
 * for something else, and "next", which is that of the next page. */
static shoji_status append_free_name(struct children *children, const char *segment)
{
    shoji_buffer_clear(&children->name);
    shoji_status status =
        shoji_iri_append_decoded(&children->name, segment, strlen(segment));
    while (status == SHOJI_OK &&
           (shoji_value_exists(shoji_value_member(children->map, children->name.bytes)) ||
            strcmp(children->name.bytes, "next") == 0))
        status = shoji_buffer_append(&children->name, "/", 1);
    return status;
}

static shoji_status write_child(void *context, const char *segment)
{
    struct children *children = context;
    struct rendering *rendering = children->rendering;
    const struct linked *linked = &children->linked;
    if (linked->count > 0 && bsearch(&segment, linked->segments, linked->count,
                                     sizeof segment, compare_texts) != NULL)
        return SHOJI_OK;
    bool may = false;
    shoji_status status = may_be_shown(rendering, segment, &rendering->reference, &may);
    if (status == SHOJI_OK && may)
        status = append_free_name(children, segment);
    if (status != SHOJI_OK || !may)
        return status;
    shoji_buffer_clear(&rendering->reference);
    status = shoji_buffer_append_format(&rendering->reference, "%s/", segment);
    if (status != SHOJI_OK)
        return status;
    open_catalogs(rendering);
    shoji_writer_name(rendering->writer, children->name.bytes);
    links_write(&rendering->links, rendering->writer, rendering->reference.bytes);
    return SHOJI_OK;
}

static shoji_status write_children(struct rendering *rendering, shoji_value map)
{
    struct visit *visit = rendering->visit;
    struct children children = {rendering, {NULL, 0}, map, SHOJI_BUFFER_INIT};
    shoji_status status = linked_collect(&children.linked, rendering, map);
    if (status == SHOJI_OK)
        status = visit->service->store->methods->children(
            visit->snapshot, rendering->catalog->path, CHILD_MAXIMUM, write_child,
            &children, rendering->error);
    linked_finish(&children.linked);
    shoji_buffer_finish(&children.name);
    return status;
}

static shoji_status write_next(struct rendering *rendering)
{
    struct route_page page = rendering->visit->page;
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    page.after = rendering->next;
    page.after_given = true;
    shoji_status status = render_page_target(&target, rendering->catalog->target, &page);
    if (status == SHOJI_OK)
        status = site_append_self(&iri, &rendering->visit->site, target.bytes);
    if (status == SHOJI_OK) {
        open_catalogs(rendering);
        shoji_writer_name(rendering->writer, "next");
        shoji_writer_string(rendering->writer, iri.bytes);
    }
    shoji_buffer_finish(&target);
    shoji_buffer_finish(&iri);
    return status;
}

static void write_catalogs(struct rendering *rendering)
{
    if (!rendering->catalog->members_alone) {
        shoji_value map = shoji_value_member(rendering->catalog->stored, "catalogs");
        if (shoji_value_exists(map)) {
            open_catalogs(rendering);
            links_write_entries(&rendering->links, rendering->writer, map, "next");
        }
        note(rendering, write_children(rendering, map));
    }
    if (rendering->next != 0)
        note(rendering, write_next(rendering));
    if (rendering->catalogs_open)
        shoji_writer_end_object(rendering->writer);
    rendering->catalogs_written = true;
}

static shoji_status write_self(struct rendering *rendering)
{
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_buffer self = SHOJI_BUFFER_INIT;
    shoji_status status =
        render_page_target(&target, rendering->catalog->target, &rendering->visit->page);
    if (status == SHOJI_OK)
        status = site_append_self(&self, &rendering->visit->site, target.bytes);
    if (status == SHOJI_OK) {
        shoji_writer_name(rendering->writer, "self");
        shoji_writer_string(rendering->writer, self.bytes);
    }
    shoji_buffer_finish(&target);
    shoji_buffer_finish(&self);
    return status;
}

static void write_stored_member(struct rendering *rendering, const shoji_member *member)
{
    if (strcmp(member->name, "self") == 0 || strcmp(member->name, "element") == 0)
        return;
    if (strcmp(member->name, "entities") == 0 || strcmp(member->name, "index") == 0) {
        if (!rendering->members_written)
            write_all_members(rendering);
    } else if (strcmp(member->name, "size") == 0) {
        write_size(rendering);
    } else if (strcmp(member->name, "catalogs") == 0) {
        write_catalogs(rendering);
    } else if (!links_write_member(&rendering->links, rendering->writer, member,
                                   SHOJI_ELEMENT_CATALOG)) {
        shoji_writer_name_n(rendering->writer, member->name, member->name_length);
        shoji_writer_value(rendering->writer, member->value);
    }
}

static void write_catalog(struct rendering *rendering)
{
    shoji_writer_begin_object(rendering->writer);
    shoji_writer_name(rendering->writer, "element");
    shoji_writer_string(rendering->writer, shoji_element_text(SHOJI_ELEMENT_CATALOG));
    note(rendering, write_self(rendering));
    if (!rendering->catalog->members_alone) {
        shoji_members members = shoji_value_members(rendering->catalog->stored);
        shoji_member member;
        while (shoji_members_next(&members, &member))
            write_stored_member(rendering, &member);
    }
    if (!rendering->catalogs_written)
        write_catalogs(rendering);
    if (!rendering->members_written)
        write_all_members(rendering);
    shoji_writer_end_object(rendering->writer);
}

static void choose_tuple(struct rendering *rendering, shoji_value names)
{
    shoji_items items = shoji_value_items(names);
    shoji_value item;
    rendering->all_scalars = shoji_value_type(names) != SHOJI_ARRAY;
    while (rendering->tuple_count < TUPLE_MAXIMUM && shoji_items_next(&items, &item)) {
        const char *name = shoji_value_string(item, NULL);
        bool known = name == NULL;
        for (size_t i = 0; !known && i < rendering->tuple_count; i++)
            known = strcmp(rendering->tuple[i], name) == 0;
        if (!known)
            rendering->tuple[rendering->tuple_count++] = name;
    }
}

/* The reference to a member is what leads to the catalog, and the member's segment: what
 * leads there is found by the way to a member that is one letter long. */
static shoji_status choose_prefix(struct rendering *rendering)
{
    static const char sample[] = "x/";
    const struct site *site = &rendering->visit->site;
    shoji_buffer from = SHOJI_BUFFER_INIT;
    shoji_buffer to = SHOJI_BUFFER_INIT;
    shoji_status status = site_append_iri(&from, site, rendering->catalog->target);
    if (status == SHOJI_OK)
        status = site_append_iri(&to, site, rendering->catalog->path);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(&to, sample);
    if (status == SHOJI_OK)
        status = shoji_iri_relativize(&rendering->prefix, from.bytes, to.bytes, NULL);
    if (status == SHOJI_OK)
        rendering->prefix.length -= sizeof sample - 1;
    shoji_buffer_finish(&from);
    shoji_buffer_finish(&to);
    return status;
}

static shoji_status make_ready(struct rendering *rendering)
{
    shoji_value stored = rendering->catalog->stored;
    rendering->size_is_stored = !rendering->catalog->members_alone &&
                                shoji_value_exists(shoji_value_member(stored, "size"));
    rendering->as_index = shoji_value_exists(shoji_value_member(stored, "index"));
    choose_tuple(rendering, shoji_value_member(stored, "tuple"));
    shoji_status status = choose_prefix(rendering);
    if (status != SHOJI_OK)
        return status;
    rendering->prefix.bytes[rendering->prefix.length] = '\0';
    shoji_buffer_clear(&rendering->visit->response->body);
    status = find_size(rendering);
    return status == SHOJI_OK ? find_next(rendering) : status;
}

/* Renders it with the members that the page's limit lets in, and tells whether they have
 * too many bytes; or with no more than have few enough. */
static shoji_status render(struct visit *visit, const struct render_catalog *catalog,
                           bool bounded, bool *too_large, shoji_error *error)
{
    struct rendering rendering = {
        .visit = visit,
        .catalog = catalog,
        .bounded = bounded,
        .shown = visit->page.limit,
        .links = LINKS_INIT(&visit->site, catalog->path, site_append_outward),
        .error = error,
    };
    shoji_status status = make_ready(&rendering);
    if (status == SHOJI_OK)
        status = shoji_writer_new(&rendering.writer, shoji_buffer_sink,
                                  &visit->response->body, NULL);
    if (status == SHOJI_OK) {
        write_catalog(&rendering);
        status = shoji_writer_end(rendering.writer);
        shoji_writer_free(rendering.writer);
    }
    if (rendering.status != SHOJI_OK)
        status = rendering.status;
    else if (rendering.links.status != SHOJI_OK)
        status = rendering.links.status;
    shoji_buffer_finish(&rendering.links.scratch);
    shoji_buffer_finish(&rendering.prefix);
    shoji_buffer_finish(&rendering.reference);
    *too_large = rendering.too_large;
    return status;
}

shoji_status render_catalog(struct visit *visit, const struct render_catalog *catalog,
                            shoji_error *error)
{
    bool too_large = false;
    shoji_status status = render(visit, catalog, false, &too_large, error);
    if (too_large) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        status = render(visit, catalog, true, &too_large, error);
    }
    if (status != SHOJI_OK && error->status == SHOJI_OK)
        store_fail(error, status, NULL, "the server failed to write the catalog: %s",
                   shoji_status_text(status));
    return status;
}
