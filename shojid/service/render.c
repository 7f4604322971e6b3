#include "service/render.h"

#include "service/links.h"

#include <inttypes.h>
#include <string.h>

static void write_self(shoji_writer *writer, struct links *links, const char *path)
{
    shoji_buffer_clear(&links->scratch);
    shoji_status status = site_append_self(&links->scratch, links->site, path);
    if (status != SHOJI_OK) {
        links->status = status;
        return;
    }
    shoji_writer_name(writer, "self");
    shoji_writer_string(writer, links->scratch.bytes);
}

static void write_members(shoji_writer *writer, struct links *links,
                          const struct store_document *document, shoji_value root,
                          shoji_value value)
{
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    bool value_written = false;
    while (shoji_members_next(&members, &member)) {
        if (strcmp(member.name, "self") == 0)
            continue;
        if (strcmp(member.name, "value") == 0 && shoji_value_exists(value)) {
            member.value = value;
            value_written = true;
        }
        if (links_write_member(links, writer, &member, document->element))
            continue;
        shoji_writer_name_n(writer, member.name, member.name_length);
        shoji_writer_value(writer, member.value);
        if (strcmp(member.name, "element") == 0)
            write_self(writer, links, document->path);
    }
    if (shoji_value_exists(value) && !value_written) {
        shoji_writer_name(writer, "value");
        shoji_writer_value(writer, value);
    }
}

shoji_status render_document(struct visit *visit, const struct store_document *document,
                             shoji_value root, shoji_value value)
{
    shoji_buffer *body = &visit->response->body;
    shoji_buffer_clear(body);
    if (document->element == SHOJI_ELEMENT_VALUE)
        return shoji_buffer_append(body, document->text, document->length);

    shoji_writer *writer;
    struct links links = LINKS_INIT(&visit->site, document->path, site_append_outward);
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, body, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_begin_object(writer);
    write_members(writer, &links, document, root, value);
    shoji_writer_end_object(writer);
    status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    shoji_buffer_finish(&links.scratch);
    return links.status != SHOJI_OK ? links.status : status;
}

shoji_status render_page_target(shoji_buffer *target, const char *catalog_target,
                                const struct route_page *page)
{
    char mark = strchr(catalog_target, '?') != NULL ? '&' : '?';
    shoji_status status = shoji_buffer_append_string(target, catalog_target);
    if (status == SHOJI_OK && page->limit_given) {
        status = shoji_buffer_append_format(target, "%climit=%zu", mark, page->limit);
        mark = '&';
    }
    if (status == SHOJI_OK && page->after_given)
        status =
            shoji_buffer_append_format(target, "%cafter=%" PRIu64, mark, page->after);
    return status;
}
