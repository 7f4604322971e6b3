#include "import_catalog.h"

#include "session.h"
#include "variables.h"

#include <shoji/shoji.h>

#include <string.h>

enum {
    NOT_FOUND = 404,
    GONE = 410
};

/* A catalog while it is brought to what is wished for. */
struct change {
    shoji_builder *builder;
    const shoji_document *document; /* as it was found */
    const char *base;               /* the catalog's IRI */
    bool is_new;                    /* nothing was found: the document is a blank one */
    bool is_needed;
};

/* Lists. */

/* The next name of a list, spaces aside, into a buffer; false at its end. */
static bool next_name(const char **list, shoji_buffer *name, shoji_status *status)
{
    if (*list == NULL || *status != SHOJI_OK)
        return false;
    const char *begin = *list + strspn(*list, " ");
    size_t length = strcspn(begin, ",");
    *list = begin[length] == ',' ? begin + length + 1 : NULL;
    while (length > 0 && begin[length - 1] == ' ')
        length--;
    shoji_buffer_clear(name);
    *status = shoji_buffer_append(name, begin, length);
    return *status == SHOJI_OK;
}

/* Whether a name can be that of a variable: then NAME= would assign to it. */
static bool is_variable(shoji_buffer *name)
{
    if (shoji_buffer_append_string(name, "=") != SHOJI_OK)
        return false;
    bool legal = variables_is_assignment(name->bytes);
    name->bytes[--name->length] = '\0';
    return legal;
}

/* Whether a variable is one of every catalog's own, which choose the page. */
static bool is_of_pages(const char *variable)
{
    return strcmp(variable, "limit") == 0 || strcmp(variable, "after") == 0;
}

static enum exit_code check_list(const char *list, const char *option, bool variables)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && next_name(&list, &name, &status)) {
        if (name.length == 0)
            code = failure(EXIT_USAGE,
                           "%s needs names with commas between them, and one "
                           "of them is empty",
                           option);
        else if (variables && !is_variable(&name))
            code = failure(EXIT_USAGE,
                           "%s: '%s' cannot be a template's variable, which is made of "
                           "letters, digits, '_' and '.'",
                           option, name.bytes);
        else if (variables && is_of_pages(name.bytes))
            code = failure(EXIT_USAGE,
                           "%s: '%s' chooses a page of the catalog, so that no template "
                           "can filter by it; name the attribute otherwise",
                           option, name.bytes);
    }
    shoji_buffer_finish(&name);
    return status == SHOJI_OK ? code : failure_memory();
}

enum exit_code import_wishes_check(const struct import_wishes *wishes)
{
    enum exit_code code = check_list(wishes->attributes, "--attributes", false);
    return code == EXIT_DONE ? check_list(wishes->filters, "--filter", true) : code;
}

/* What is wished for. */

static void wish_title(struct change *change, const char *title)
{
    const char *present = shoji_document_title(change->document);
    if (title == NULL || (present != NULL && strcmp(present, title) == 0))
        return;
    shoji_builder_set_string(change->builder, "/title", title);
    change->is_needed = true;
}

static bool tuple_is(shoji_value tuple, const char *list)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = SHOJI_OK;
    shoji_items items = shoji_value_items(tuple);
    shoji_value item;
    bool same = shoji_value_type(tuple) == SHOJI_ARRAY;
    while (same && next_name(&list, &name, &status)) {
        const char *text =
            shoji_items_next(&items, &item) ? shoji_value_string(item, NULL) : NULL;
        same = text != NULL && strcmp(text, name.bytes) == 0;
    }
    same = same && list == NULL && !shoji_items_next(&items, &item);
    shoji_buffer_finish(&name);
    return same;
}

static shoji_status wish_tuple(struct change *change, const char *list)
{
    shoji_value root = shoji_document_root(change->document);
    if (list == NULL || tuple_is(shoji_value_member(root, "tuple"), list))
        return SHOJI_OK;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_builder_set_array(change->builder, "/tuple");
    while (next_name(&list, &name, &status))
        status = shoji_builder_set_string(change->builder, "/tuple/-", name.bytes);
    shoji_buffer_finish(&name);
    change->is_needed = true;
    return status;
}

static bool has_link(const shoji_document *document, const char *name)
{
    shoji_links links = shoji_document_links(document, SHOJI_CATALOGS);
    shoji_link link;
    while (shoji_links_next(&links, &link)) {
        if (strcmp(link.name, name) == 0)
            return true;
    }
    return false;
}

/* Declares "by A": "{?A}". */
static shoji_status wish_filter(struct change *change, const char *attribute)
{
    shoji_buffer name = SHOJI_BUFFER_INIT;
    shoji_buffer tmpl = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_format(&name, "by %s", attribute);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(&tmpl, "{?%s}", attribute);
    if (status == SHOJI_OK && !has_link(change->document, name.bytes)) {
        status = shoji_builder_set_link(change->builder, SHOJI_CATALOGS, name.bytes,
                                        tmpl.bytes);
        change->is_needed = true;
    }
    shoji_buffer_finish(&tmpl);
    shoji_buffer_finish(&name);
    return status;
}

static shoji_status wish(struct change *change, const struct import_wishes *wishes)
{
    const char *filters = wishes->filters;
    shoji_buffer name = SHOJI_BUFFER_INIT;
    wish_title(change, wishes->title);
    shoji_status status = wish_tuple(change, wishes->attributes);
    while (next_name(&filters, &name, &status))
        status = wish_filter(change, name.bytes);
    shoji_buffer_finish(&name);
    return status;
}

/* What a server has computed is not sent back to it. */

/* Removes a member, where there is one. */
static shoji_status drop(shoji_builder *builder, const char *pointer)
{
    shoji_status status = shoji_builder_remove(builder, pointer);
    return status == SHOJI_NOT_FOUND ? SHOJI_OK : status;
}

/* What is left of a reference to something below the catalog; NULL for another one. */
static const char *below(const char *base, const char *reference)
{
    size_t length = strlen(base);
    return strncmp(reference, base, length) == 0 && reference[length] != '\0'
               ? reference + length
               : NULL;
}

/* Whether a link is one that servers add for a catalog directly below: under the name of
 * its last segment. */
static bool is_child(const char *name, const char *relative)
{
    shoji_buffer segment = SHOJI_BUFFER_INIT;
    bool is = shoji_iri_append_segment(&segment, name, strlen(name)) == SHOJI_OK &&
              shoji_buffer_append_string(&segment, "/") == SHOJI_OK &&
              strcmp(segment.bytes, relative) == 0;
    shoji_buffer_finish(&segment);
    return is;
}

/* Whether a reference would be read otherwise, were it relative: as having a scheme. */
static bool looks_absolute(const char *relative)
{
    return relative[strcspn(relative, ":/?#{")] == ':';
}

static shoji_status append_pointer(shoji_buffer *pointer, const shoji_link *link)
{
    shoji_buffer_clear(pointer);
    shoji_status status =
        shoji_buffer_append_format(pointer, "/%s/", shoji_map_text(link->map));
    for (const char *at = link->name; *at != '\0' && status == SHOJI_OK; at++) {
        if (*at == '~' || *at == '/')
            status = shoji_buffer_append_string(pointer, *at == '~' ? "~0" : "~1");
        else
            status = shoji_buffer_append(pointer, at, 1);
    }
    return status;
}

/* Drops a link that the server computes, and makes one that it has made absolute relative
 * again: what is stored should not depend on the name that the server was reached by. */
static shoji_status restore_link(struct change *change, const shoji_link *link,
                                 shoji_buffer *pointer)
{
    const char *relative = below(change->base, link->reference);
    bool computed = link->map == SHOJI_CATALOGS &&
                    (strcmp(link->name, "next") == 0 ||
                     (relative != NULL && is_child(link->name, relative)));
    if (computed) {
        shoji_status status = append_pointer(pointer, link);
        return status == SHOJI_OK ? drop(change->builder, pointer->bytes) : status;
    }
    if (relative == NULL || looks_absolute(relative))
        return SHOJI_OK;
    return shoji_builder_set_link(change->builder, link->map, link->name, relative);
}

static shoji_status restore(struct change *change)
{
    shoji_builder *builder = change->builder;
    shoji_buffer pointer = SHOJI_BUFFER_INIT;
    shoji_status status = drop(builder, "/self");
    if (status == SHOJI_OK)
        status = drop(builder, "/size");
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(change->document, (shoji_map)map);
        shoji_link link;
        while (status == SHOJI_OK && shoji_links_next(&links, &link))
            status = restore_link(change, &link, &pointer);
    }
    if (status == SHOJI_OK && shoji_value_exists(shoji_document_index(change->document)))
        status = shoji_builder_set_object(builder, "/index");
    if (status == SHOJI_OK &&
        shoji_value_exists(shoji_document_entities(change->document)))
        status = shoji_builder_set_array(builder, "/entities");
    shoji_buffer_finish(&pointer);
    return status;
}

/* Sending. */

/* PUTs what has been built: in a place that is still empty, or over the document of that
 * entity tag, where the server gave one. */
static enum exit_code put(struct cli *cli, shoji_session *session,
                          const struct change *change, const char *etag)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_response *response = NULL;
    shoji_request request = SHOJI_REQUEST_INIT;
    if (shoji_builder_emit(&text, change->builder, NULL) != SHOJI_OK) {
        shoji_buffer_finish(&text);
        return failure_memory();
    }
    request.method = "PUT";
    request.iri = change->base;
    request.body = text.bytes;
    request.body_length = text.length;
    request.if_match = etag;
    request.if_none_match = change->is_new ? "*" : NULL;
    enum exit_code code = session_send(&response, cli, session, &request);
    if (code == EXIT_DONE)
        code = session_check_done(response, request.iri, false);
    shoji_response_free(response);
    shoji_buffer_finish(&text);
    return code;
}

/* Brings a document to what is wished for, and PUTs it if that takes a change. */
static enum exit_code bring(struct cli *cli, shoji_session *session,
                            struct change *change, const struct import_wishes *wishes,
                            const char *etag)
{
    shoji_status status = shoji_builder_edit(&change->builder, change->document);
    if (status == SHOJI_OK)
        status = wish(change, wishes);
    if (status == SHOJI_OK && !change->is_new && change->is_needed)
        status = restore(change);
    enum exit_code code = EXIT_DONE;
    if (status != SHOJI_OK)
        code = status == SHOJI_SYNTAX
                   ? failure(EXIT_USAGE, "the title and the names of attributes must be "
                                         "UTF-8")
                   : failure_memory();
    else if (change->is_new || change->is_needed)
        code = put(cli, session, change, etag);
    shoji_builder_free(change->builder);
    return code;
}

static enum exit_code create(struct cli *cli, shoji_session *session, const char *iri,
                             const struct import_wishes *wishes)
{
    static const char blank[] = "{\"element\":\"shoji:catalog\",\"index\":{}}";
    shoji_document *document = NULL;
    if (shoji_document_parse(&document, blank, sizeof blank - 1, NULL, NULL) != SHOJI_OK)
        return failure_memory();
    struct change change = {.document = document, .base = iri, .is_new = true};
    enum exit_code code = bring(cli, session, &change, wishes, NULL);
    shoji_document_free(document);
    return code;
}

static enum exit_code complete(struct cli *cli, shoji_session *session, const char *iri,
                               shoji_response *response,
                               const struct import_wishes *wishes)
{
    struct change change = {.base = iri};
    enum exit_code code = session_document(&change.document, response);
    if (code != EXIT_DONE)
        return code;
    shoji_element element = shoji_document_element(change.document);
    if (element != SHOJI_ELEMENT_CATALOG)
        return failure(EXIT_INVALID, "%s is no catalog to import into (%s)", iri,
                       shoji_element_text(element));
    return bring(cli, session, &change, wishes, shoji_response_header(response, "ETag"));
}

enum exit_code import_catalog_prepare(struct cli *cli, shoji_session *session,
                                      const char *iri, const struct import_wishes *wishes)
{
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "GET";
    request.iri = iri;
    enum exit_code code;
    shoji_status status = shoji_session_send(&response, session, &request, &error);
    if (status == SHOJI_OK)
        code = complete(cli, session, iri, response, wishes);
    else if (error.http_status == NOT_FOUND || error.http_status == GONE)
        code = create(cli, session, iri, wishes);
    else
        code = session_failure(cli, response, &error);
    shoji_response_free(response);
    return code;
}
