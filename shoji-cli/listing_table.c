/* Tables of a document's links and entries, for people. */
#include "listing.h"

#include "table.h"

#include <shoji/shoji.h>

#include <stdio.h>
#include <string.h>

enum {
    INDENT = 2
};

/* The attributes that the tuples of an index have, in the order of their appearance. The
 * names are lent by the document. */
struct columns {
    const char *names[TABLE_COLUMNS_MAXIMUM - 1];
    size_t count;
};

static void print_title(struct output *output, const char *title, size_t count)
{
    char text[64];
    snprintf(text, sizeof text, "%s (%zu)", title, count);
    output_text(output, text, STYLE_HEADING);
    output_string(output, "\n");
}

static shoji_status set_text(struct table *table, size_t column, const char *text)
{
    return table_set(table, column, text, strlen(text), false);
}

/* A template's variables, as people are shown them: "with alpha_2, name". */
static shoji_status set_variables(struct table *table, const char *reference)
{
    shoji_template *tmpl = NULL;
    shoji_status status = shoji_template_compile(&tmpl, reference, NULL);
    if (status == SHOJI_NO_MEMORY)
        return status;
    if (status != SHOJI_OK)
        return set_text(table, 2, "malformed template");
    shoji_buffer text = SHOJI_BUFFER_INIT;
    for (size_t i = 0; i < shoji_template_variable_count(tmpl) && status == SHOJI_OK; i++)
        status = shoji_buffer_append_format(&text, "%s%s", i != 0 ? ", " : "template: ",
                                            shoji_template_variable(tmpl, i));
    if (status == SHOJI_OK)
        status = table_set(table, 2, text.bytes, text.length, false);
    shoji_buffer_finish(&text);
    shoji_template_free(tmpl);
    return status;
}

static shoji_status add_link(struct table *table, const char *iri, const shoji_link *link)
{
    shoji_status status = table_add_row(table);
    if (status == SHOJI_OK)
        status = set_text(table, 0, link->name);
    if (status == SHOJI_OK)
        status = set_text(table, 1, listing_short_reference(iri, link->reference));
    if (status == SHOJI_OK && link->is_template)
        status = set_variables(table, link->reference);
    return status;
}

static shoji_status print_links(struct output *output, const char *iri,
                                const shoji_document *document, shoji_map map,
                                const struct listing_scope *scope)
{
    struct table table;
    table_init(&table, 3, false);
    shoji_status status = SHOJI_OK;
    shoji_links links = shoji_document_links(document, map);
    shoji_link link;
    while (status == SHOJI_OK && listing_next_link(&links, &link, scope))
        status = add_link(&table, iri, &link);
    if (status == SHOJI_OK && table.rows != 0) {
        print_title(output, shoji_map_text(map), table.rows);
        table_print(output, &table, INDENT);
    }
    table_finish(&table);
    return status;
}

static bool has_column(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->names[i], name) == 0)
            return true;
    }
    return false;
}

static void collect_columns(struct columns *columns, const shoji_document *document)
{
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry)) {
        shoji_members members = shoji_value_members(entry.tuple);
        shoji_member member;
        while (columns->count < TABLE_COLUMNS_MAXIMUM - 1 &&
               shoji_members_next(&members, &member)) {
            if (!has_column(columns, member.name))
                columns->names[columns->count++] = member.name;
        }
    }
}

/* An attribute as a cell: text as it is, everything else as JSON. */
static shoji_status set_value(struct table *table, size_t column, shoji_value value)
{
    size_t length;
    const char *string = shoji_value_string(value, &length);
    if (string != NULL)
        return table_set(table, column, string, length, false);
    if (!shoji_value_exists(value))
        return SHOJI_OK;
    shoji_buffer json = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_value_emit(&json, value, NULL);
    if (status == SHOJI_OK)
        status = table_set(table, column, json.bytes, json.length,
                           shoji_value_type(value) == SHOJI_NUMBER);
    shoji_buffer_finish(&json);
    return status;
}

static shoji_status add_entry(struct table *table, const struct columns *columns,
                              const shoji_entry *entry)
{
    shoji_status status = table_add_row(table);
    if (status == SHOJI_OK)
        status = set_text(table, 0, entry->reference);
    for (size_t i = 0; i < columns->count && status == SHOJI_OK; i++)
        status =
            set_value(table, i + 1, shoji_value_member(entry->tuple, columns->names[i]));
    return status;
}

static shoji_status add_heading(struct table *table, const struct columns *columns)
{
    shoji_status status = table_add_row(table);
    for (size_t i = 0; i < columns->count && status == SHOJI_OK; i++)
        status = set_text(table, i + 1, columns->names[i]);
    return status;
}

static shoji_status print_entries(struct output *output, const shoji_document *document)
{
    struct columns columns = {.count = 0};
    collect_columns(&columns, document);
    struct table table;
    bool has_heading = columns.count != 0;
    table_init(&table, columns.count + 1, has_heading);
    shoji_status status = has_heading ? add_heading(&table, &columns) : SHOJI_OK;
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (status == SHOJI_OK && shoji_entries_next(&entries, &entry))
        status = add_entry(&table, &columns, &entry);
    size_t count = table.rows - (has_heading ? 1 : 0);
    if (status == SHOJI_OK && count != 0) {
        print_title(output, "entities", count);
        table_print(output, &table, INDENT);
    }
    table_finish(&table);
    return status;
}

enum exit_code listing_print_tables(struct cli *cli, const shoji_response *response,
                                    const shoji_document *document,
                                    const struct listing_scope *scope)
{
    const char *iri = shoji_response_iri(response);
    shoji_status status = SHOJI_OK;
    for (int map = 0; map < SHOJI_MAP_COUNT && status == SHOJI_OK; map++)
        status = print_links(&cli->output, iri, document, (shoji_map)map, scope);
    if (status == SHOJI_OK)
        status = print_entries(&cli->output, document);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}
