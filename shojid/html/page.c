#include "html/page.h"

#include "html/links.h"
#include "html/markup.h"
#include "html/style.h"
#include "html/value.h"

#include <stdio.h>
#include <string.h>

enum {
    COLUMNS_MAXIMUM = 24, /* of the table of an index */
    GRAPH_DEPTH = 32      /* groups inside one another that become lists */
};

const char *html_page_policy(void)
{
    return html_style_policy;
}

/* What a page is called: the document's title, or the last segment of its IRI. */
static void write_title(struct page *page)
{
    const char *title = shoji_document_title(page->document);
    if (title != NULL)
        markup_text(page, title);
    else
        markup_segment(page, page->iri);
}

static void write_head(struct page *page)
{
    markup(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                 "<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, "
                 "initial-scale=1\">\n<title>");
    write_title(page);
    markup(page, "</title>\n<style>");
    markup(page, html_style);
    markup(page, "</style>\n</head>\n<body>\n");
}

/* One step of the trail: the beginning of the IRI that ends at `end`, under its last
 * segment, or under the host. */
static void write_crumb(struct page *page, size_t end, const shoji_iri_part *host,
                        bool is_last)
{
    markup(page, is_last ? "<li><a aria-current=\"page\" href=\"" : "<li><a href=\"");
    markup_text_n(page, page->iri, end);
    markup(page, "\">");
    shoji_buffer_clear(&page->resolved);
    shoji_status status = shoji_buffer_append(&page->resolved, page->iri, end);
    if (status != SHOJI_OK)
        markup_fail(page, status);
    else if (host != NULL)
        markup_text_n(page, host->bytes, host->length);
    else
        markup_segment(page, page->resolved.bytes);
    markup(page, "</a></li>\n");
}

/* The trail from the host, with its port, to the document, each step a link. */
static void write_trail(struct page *page, const shoji_iri_parts *parts)
{
    size_t begin = (size_t)(parts->path.bytes - page->iri);
    size_t end = begin + parts->path.length;
    size_t at = begin + 1;
    markup(page, "<nav aria-label=\"Path\"><ol>\n");
    shoji_iri_part host = {parts->host.bytes,
                           (size_t)(parts->path.bytes - parts->host.bytes)};
    write_crumb(page, at <= end ? at : end, &host, at >= end);
    while (at < end) {
        const char *slash = memchr(page->iri + at, '/', end - at);
        size_t next = slash != NULL ? (size_t)(slash - page->iri) + 1 : end;
        write_crumb(page, next, NULL, next >= end);
        at = next;
    }
    markup(page, "</ol></nav>\n");
}

/* The time as the document has it, without the hash marks of draft 02. */
static void write_updated(struct page *page, const char *updated)
{
    size_t length = strlen(updated);
    bool marked = length >= 2 && updated[0] == '#' && updated[length - 1] == '#';
    markup(page, "<p>Updated ");
    markup_text_n(page, updated + marked, length - (marked ? 2 : 0));
    markup(page, "</p>\n");
}

static void write_about(struct page *page)
{
    const char *description = shoji_document_description(page->document);
    const char *updated = shoji_document_updated(page->document);
    const char *specification = shoji_document_specification(page->document);
    markup(page, "<h1>");
    write_title(page);
    markup(page, "</h1>\n<div class=\"about\">\n<p>");
    markup_text(page, shoji_element_text(shoji_document_element(page->document)));
    markup(page, "</p>\n");
    if (description != NULL) {
        markup(page, "<p>");
        markup_text(page, description);
        markup(page, "</p>\n");
    }
    if (updated != NULL)
        write_updated(page, updated);
    if (specification != NULL) {
        markup(page, "<p>");
        markup_link(page, specification, "Specification");
        markup(page, "</p>\n");
    }
    markup(page, "</div>\n");
}

static void begin_section(struct page *page, const char *title, const char *what,
                          size_t count)
{
    markup(page, "<section>\n<h2>");
    markup(page, title);
    if (what != NULL) {
        markup(page, " <span class=\"count\">(");
        markup_count(page, count);
        markup(page, what);
        markup(page, ")</span>");
    }
    markup(page, "</h2>\n");
}

static void write_entities(struct page *page, shoji_value entities)
{
    shoji_items items = shoji_value_items(entities);
    shoji_value item;
    begin_section(page, "Entities", "", shoji_value_size(entities));
    markup(page, "<ul class=\"columns\">\n");
    while (shoji_items_next(&items, &item)) {
        const char *reference = shoji_value_string(item, NULL);
        markup(page, "<li>");
        if (reference != NULL)
            links_to_segment(page, reference);
        markup(page, "</li>\n");
    }
    markup(page, "</ul>\n</section>\n");
}

/* The attributes that the tuples of an index have, in the order in which they come. */
struct columns {
    const char *names[COLUMNS_MAXIMUM];
    size_t lengths[COLUMNS_MAXIMUM];
    size_t count;
};

static void add_column(struct columns *columns, const shoji_member *attribute)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->lengths[i] == attribute->name_length &&
            memcmp(columns->names[i], attribute->name, attribute->name_length) == 0)
            return;
    if (columns->count == COLUMNS_MAXIMUM)
        return;
    columns->names[columns->count] = attribute->name;
    columns->lengths[columns->count++] = attribute->name_length;
}

static void find_columns(struct columns *columns, shoji_value index)
{
    shoji_members entries = shoji_value_members(index);
    shoji_member entry;
    shoji_member attribute;
    columns->count = 0;
    while (shoji_members_next(&entries, &entry)) {
        shoji_members attributes = shoji_value_members(entry.value);
        while (shoji_members_next(&attributes, &attribute))
            add_column(columns, &attribute);
    }
}

static void write_index(struct page *page, shoji_value index)
{
    struct columns columns;
    shoji_members entries = shoji_value_members(index);
    shoji_member entry;
    find_columns(&columns, index);
    begin_section(page, "Entities", "", shoji_value_size(index));
    markup(page, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Entity</th>");
    for (size_t i = 0; i < columns.count; i++) {
        markup(page, "<th scope=\"col\">");
        markup_text_n(page, columns.names[i], columns.lengths[i]);
        markup(page, "</th>");
    }
    markup(page, "</tr></thead>\n<tbody>\n");
    while (shoji_members_next(&entries, &entry)) {
        markup(page, "<tr><th scope=\"row\">");
        links_to_segment(page, entry.name);
        markup(page, "</th>");
        for (size_t i = 0; i < columns.count; i++)
            value_cell(page, shoji_value_member_n(entry.value, columns.names[i],
                                                  columns.lengths[i]));
        markup(page, "</tr>\n");
    }
    markup(page, "</tbody>\n</table></div>\n</section>\n");
}

/* The items of an order's graph, or of a group in it. Groups go GRAPH_DEPTH deep; what
 * lies deeper is shown as JSON. */
static void write_graph(struct page *page, shoji_value graph, unsigned depth)
{
    shoji_items items = shoji_value_items(graph);
    shoji_value item;
    shoji_member group;
    markup(page, "<ul>\n");
    while (shoji_items_next(&items, &item)) {
        const char *reference = shoji_value_string(item, NULL);
        shoji_members members = shoji_value_members(item);
        markup(page, "<li>");
        if (reference != NULL) {
            links_to_segment(page, reference);
        } else if (depth == GRAPH_DEPTH) {
            value_inline(page, item);
        } else if (shoji_members_next(&members, &group)) {
            markup_text_n(page, group.name, group.name_length);
            write_graph(page, group.value, depth + 1);
        }
        markup(page, "</li>\n");
    }
    markup(page, "</ul>\n");
}

/* The principal members. */
static void write_content(struct page *page)
{
    const shoji_document *document = page->document;
    shoji_value body = shoji_document_body(document);
    shoji_value value = shoji_document_value(document);
    shoji_value entities = shoji_document_entities(document);
    shoji_value index = shoji_document_index(document);
    shoji_value graph = shoji_document_graph(document);
    if (shoji_value_exists(body)) {
        begin_section(page, "Attributes", NULL, 0);
        value_table(page, body);
        markup(page, "</section>\n");
    }
    if (shoji_value_exists(value)) {
        begin_section(page, "Value", NULL, 0);
        value_block(page, value);
        markup(page, "</section>\n");
    }
    if (shoji_value_exists(graph)) {
        begin_section(page, "Order", NULL, 0);
        write_graph(page, graph, 0);
        markup(page, "</section>\n");
    }
    if (shoji_value_exists(entities))
        write_entities(page, entities);
    if (shoji_value_exists(index))
        write_index(page, index);
}

static void write_maps(struct page *page)
{
    static const char *const titles[SHOJI_MAP_COUNT] = {"Catalogs", "Views", "Fragments",
                                                        "Orders", "Other resources"};
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(page->document, (shoji_map)map);
        shoji_link link;
        if (!shoji_links_next(&links, &link))
            continue;
        begin_section(page, titles[map], NULL, 0);
        links_list(page, (shoji_map)map);
        markup(page, "</section>\n");
    }
}

static void write_json(struct page *page)
{
    markup(page, "<footer>\n<details><summary>The document as JSON</summary>\n");
    value_json(page, shoji_document_root(page->document));
    markup(page, "</details>\n</footer>\n");
}

static shoji_status fail(shoji_error *error, shoji_status status, const char *message)
{
    if (error != NULL) {
        *error = (shoji_error)SHOJI_ERROR_INIT;
        error->status = status;
        snprintf(error->message, sizeof error->message, "%s", message);
    }
    return status;
}

static shoji_status write_page(struct page *page, const shoji_iri_parts *parts)
{
    write_head(page);
    markup(page, "<header>\n");
    write_trail(page, parts);
    write_about(page);
    markup(page, "</header>\n<main>\n");
    write_maps(page);
    write_content(page);
    markup(page, "</main>\n");
    write_json(page);
    markup(page, "</body>\n</html>\n");
    return page->status;
}

shoji_status html_page(shoji_buffer *html, const shoji_document *document,
                       const char *iri, shoji_error *error)
{
    shoji_buffer wire = SHOJI_BUFFER_INIT;
    shoji_iri_parts parts;
    shoji_buffer_clear(html);
    shoji_status status = shoji_iri_to_uri(&wire, iri, error);
    if (status == SHOJI_OK)
        status = shoji_iri_split(&parts, wire.bytes, error);
    if (status == SHOJI_OK && (parts.scheme.bytes == NULL || parts.host.bytes == NULL))
        status = fail(error, SHOJI_USAGE, "a page needs an absolute IRI with a host");
    else if (status == SHOJI_OK) {
        struct page page = {.html = html, .document = document, .iri = wire.bytes};
        status = write_page(&page, &parts);
        shoji_buffer_finish(&page.resolved);
        shoji_buffer_finish(&page.address);
        if (status != SHOJI_OK)
            fail(error, status, shoji_status_text(status));
    }
    shoji_buffer_finish(&wire);
    return status;
}
