#include "listing.h"

#include "json.h"
#include "text.h"

#include <shoji/shoji.h>

#include <string.h>

bool listing_next_link(shoji_links *links, shoji_link *link,
                       const struct listing_scope *scope)
{
    while (!scope->entries_alone && shoji_links_next(links, link)) {
        bool is_next = link->map == SHOJI_CATALOGS && strcmp(link->name, "next") == 0;
        if (!is_next || !scope->without_next)
            return true;
    }
    return false;
}

const char *listing_short_reference(const char *document_iri, const char *reference)
{
    size_t length = strcspn(document_iri, "?#");
    bool is_below = length != 0 && document_iri[length - 1] == '/' &&
                    strncmp(document_iri, reference, length) == 0;
    return is_below && reference[length] != '\0' ? reference + length : reference;
}

shoji_status listing_append_name(shoji_buffer *name, const char *reference)
{
    size_t end = strcspn(reference, "?#");
    if (end > 1 && reference[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && reference[begin - 1] != '/')
        begin--;
    shoji_buffer decoded = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_iri_append_decoded(&decoded, reference + begin, end - begin);
    bool is_text = status == SHOJI_OK && text_is_utf8(decoded.bytes, decoded.length) &&
                   memchr(decoded.bytes, '\0', decoded.length) == NULL;
    if (is_text)
        status = shoji_buffer_append(name, decoded.bytes, decoded.length);
    else if (status == SHOJI_OK)
        status = shoji_buffer_append(name, reference + begin, end - begin);
    shoji_buffer_finish(&decoded);
    return status;
}

/* Appends the variables of a template, as "a,b"; nothing where it is malformed. */
static shoji_status append_variables(shoji_buffer *text, const char *reference)
{
    shoji_template *tmpl = NULL;
    shoji_status status = shoji_template_compile(&tmpl, reference, NULL);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    for (size_t i = 0; i < shoji_template_variable_count(tmpl) && status == SHOJI_OK; i++)
        status = shoji_buffer_append_format(text, "%s%s", i != 0 ? "," : "",
                                            shoji_template_variable(tmpl, i));
    shoji_template_free(tmpl);
    return status;
}

static const char *entry_map(const shoji_entry *entry)
{
    return shoji_value_exists(entry->tuple) ? "index" : "entities";
}

/* Fields between tabs. */

static void print_line(struct output *output, const char *map, const char *name,
                       const char *reference, const shoji_buffer *detail)
{
    output_string(output, map);
    output_string(output, "\t");
    output_field(output, name, strlen(name));
    output_string(output, "\t");
    output_field(output, reference, strlen(reference));
    output_string(output, "\t");
    output_field(output, detail->bytes, detail->length);
    output_string(output, "\n");
}

static shoji_status print_link_fields(struct output *output, const shoji_link *link,
                                      shoji_buffer *detail)
{
    shoji_buffer_clear(detail);
    shoji_status status = SHOJI_OK;
    if (link->is_template)
        status = append_variables(detail, link->reference);
    if (status == SHOJI_OK)
        print_line(output, shoji_map_text(link->map), link->name, link->reference,
                   detail);
    return status;
}

static shoji_status print_entry_fields(struct output *output, const shoji_entry *entry,
                                       shoji_buffer *name, shoji_buffer *detail)
{
    shoji_buffer_clear(name);
    shoji_buffer_clear(detail);
    shoji_status status = listing_append_name(name, entry->reference);
    if (status == SHOJI_OK && shoji_value_exists(entry->tuple))
        status = shoji_value_emit(detail, entry->tuple, NULL);
    if (status == SHOJI_OK)
        print_line(output, entry_map(entry), name->bytes, entry->reference, detail);
    return status;
}

enum exit_code listing_print_fields(struct cli *cli, const shoji_document *document,
                                    const struct listing_scope *scope)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_buffer detail = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    for (int map = 0; map < SHOJI_MAP_COUNT && status == SHOJI_OK; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (status == SHOJI_OK && listing_next_link(&links, &link, scope))
            status = print_link_fields(&cli->output, &link, &detail);
    }
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (status == SHOJI_OK && shoji_entries_next(&entries, &entry))
        status = print_entry_fields(&cli->output, &entry, &name, &detail);
    shoji_buffer_finish(&detail);
    shoji_buffer_finish(&name);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

/* JSON. */

/* The IRI of a reference, where it can be resolved. */
static void write_iri(shoji_writer *writer, shoji_response *response,
                      const char *reference)
{
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    if (shoji_response_resolve(&iri, response, reference, NULL) == SHOJI_OK)
        json_member_text(writer, "iri", iri.bytes);
    shoji_buffer_finish(&iri);
}

static void write_variables(shoji_writer *writer, const char *reference)
{
    shoji_template *tmpl = NULL;
    if (shoji_template_compile(&tmpl, reference, NULL) != SHOJI_OK)
        return;
    shoji_writer_name(writer, "variables");
    shoji_writer_begin_array(writer);
    for (size_t i = 0; i < shoji_template_variable_count(tmpl); i++)
        shoji_writer_string(writer, shoji_template_variable(tmpl, i));
    shoji_writer_end_array(writer);
    shoji_template_free(tmpl);
}

static void write_link(shoji_writer *writer, shoji_response *response,
                       const shoji_link *link)
{
    shoji_writer_begin_object(writer);
    json_member_text(writer, "map", shoji_map_text(link->map));
    json_member_text(writer, "name", link->name);
    json_member_text(writer, "reference", link->reference);
    if (link->is_template)
        write_variables(writer, link->reference);
    else
        write_iri(writer, response, link->reference);
    shoji_writer_end_object(writer);
}

static void write_entry(shoji_writer *writer, shoji_response *response,
                        const shoji_entry *entry, const char *name)
{
    shoji_writer_begin_object(writer);
    json_member_text(writer, "map", entry_map(entry));
    json_member_text(writer, "name", name);
    json_member_text(writer, "reference", entry->reference);
    write_iri(writer, response, entry->reference);
    if (shoji_value_exists(entry->tuple)) {
        shoji_writer_name(writer, "tuple");
        shoji_writer_value(writer, entry->tuple);
    }
    shoji_writer_end_object(writer);
}

static shoji_status print_links(struct json_line *line, struct cli *cli,
                                shoji_response *response, const shoji_document *document,
                                const struct listing_scope *scope)
{
    shoji_status status = SHOJI_OK;
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (status == SHOJI_OK && listing_next_link(&links, &link, scope)) {
            write_link(line->writer, response, &link);
            status = json_line_print(line, &cli->output);
        }
    }
    return status;
}

static shoji_status print_entries(struct json_line *line, struct cli *cli,
                                  shoji_response *response,
                                  const shoji_document *document)
{
    shoji_status status = SHOJI_OK;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (status == SHOJI_OK && shoji_entries_next(&entries, &entry)) {
        shoji_buffer_clear(&name);
        status = listing_append_name(&name, entry.reference);
        if (status != SHOJI_OK)
            break;
        write_entry(line->writer, response, &entry, name.bytes);
        status = json_line_print(line, &cli->output);
    }
    shoji_buffer_finish(&name);
    return status;
}

enum exit_code listing_print_json(struct cli *cli, shoji_response *response,
                                  const shoji_document *document,
                                  const struct listing_scope *scope)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK)
        status = print_links(&line, cli, response, document, scope);
    if (status == SHOJI_OK)
        status = print_entries(&line, cli, response, document);
    json_line_finish(&line);
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}
