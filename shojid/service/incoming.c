#include "service/incoming.h"

#include "service/fault.h"
#include "service/links.h"
#include "service/projection.h"
#include "store/fail.h"

#include <string.h>
#include <strings.h>

static bool is_document_type(const char *type)
{
    return type == NULL || shoji_media_type_is(type, "application/json") ||
           shoji_media_type_is(type, "application/shoji+json");
}

bool incoming_is_merge_patch(const struct exchange_request *request)
{
    const char *type = exchange_header(request, "Content-Type");
    return type != NULL && shoji_media_type_is(type, "application/merge-patch+json");
}

void incoming_refuse_patch(struct visit *visit, enum resource resource)
{
    const char *type = exchange_header(visit->request, "Content-Type");
    const char *accepted = resource_accept_patch(visit, resource);
    if (accepted == NULL) {
        resource_refuse(visit, resource);
        return;
    }
    exchange_set_header(visit->response, "Accept-Patch", "%s", accepted);
    problem_answer(visit, 415, "this resource takes patches as %s, and none as %.200s",
                   accepted, type != NULL ? type : "what names no type");
}

/* A patch of a type that nothing takes: what this resource takes has to be found out. */
static void refuse_patch_type(struct visit *visit)
{
    shoji_error error = SHOJI_ERROR_INIT;
    enum resource resource;
    if (visit_open(visit) != SHOJI_OK)
        return;
    if (resource_find(visit, &resource, &error) != SHOJI_OK)
        problem_error(visit, &error);
    else if (resource == RESOURCE_NONE)
        problem_answer(visit, 404, "nothing is at %.500s", visit->path.bytes);
    else
        incoming_refuse_patch(visit, resource);
    visit_close(visit);
}

/* Whether the text that a parameter of a media type begins with has a name, and goes on
 * with '='. */
static bool is_parameter(const char *at, const char *name)
{
    size_t length = strlen(name);
    return strncasecmp(at, name, length) == 0 && at[length] == '=';
}

/* Whether a type names no charset but the one that JSON has: its quotes, if it has any,
 * are left out, as its case is. */
static bool is_utf8(const char *type)
{
    for (const char *at = strchr(type, ';'); at != NULL; at = strchr(at, ';')) {
        at += 1 + strspn(at + 1, " \t");
        if (!is_parameter(at, "charset"))
            continue;
        at = strchr(at, '=') + 1;
        at += *at == '"';
        size_t length = strcspn(at, "\"; \t");
        if ((length != 5 || strncasecmp(at, "utf-8", 5) != 0) &&
            (length != 8 || strncasecmp(at, "us-ascii", 8) != 0))
            return false;
    }
    return true;
}

/* RFC 9110, 15.5.16: what a body may be is told by Accept and Accept-Encoding. */
static bool refuse_coding(struct visit *visit, const char *type)
{
    char room[EXCHANGE_LIST_SIZE];
    const char *first = exchange_header(visit->request, "Content-Encoding");
    const char *coding = exchange_list_header(visit->request, "Content-Encoding", room);
    bool empty = first == NULL || (first[0] == '\0' && coding[0] == '\0');
    if (!empty && strcasecmp(coding, "identity") != 0) {
        exchange_set_header(visit->response, "Accept-Encoding", "identity");
        problem_answer(visit, 415,
                       "this server takes bodies as they are, and none in the coding "
                       "%.100s; send it without a Content-Encoding",
                       coding);
        return true;
    }
    if (type == NULL || is_utf8(type))
        return false;
    problem_answer(visit, 415,
                   "JSON is sent in UTF-8, and the body is said to be %.200s; send it in "
                   "UTF-8, and leave the charset out",
                   type);
    return true;
}

bool incoming_type_is_known(struct visit *visit)
{
    const char *type = exchange_header(visit->request, "Content-Type");
    if (refuse_coding(visit, type))
        return false;
    bool is_patch = strcmp(visit->request->method, "PATCH") == 0;
    if (is_document_type(type) || (is_patch && incoming_is_merge_patch(visit->request)))
        return true;
    if (is_patch) {
        refuse_patch_type(visit);
        return false;
    }
    exchange_set_header(visit->response, "Accept",
                        "application/json, application/shoji+json");
    problem_answer(
        visit, 415,
        "a document is sent as application/json or application/shoji+json, not "
        "as %.200s",
        type);
    return false;
}

/* A view with a projection is sent without its value, which every other view must have:
 * null takes its place until it is computed. */
static shoji_status add_value(shoji_buffer *text, const struct exchange_request *request,
                              shoji_error *error)
{
    shoji_tree *tree;
    shoji_status status =
        shoji_tree_parse(&tree, request->body, request->body_length, NULL, error);
    if (status != SHOJI_OK)
        return status;
    shoji_value root = shoji_tree_root(tree);
    const char *element = shoji_value_string(shoji_value_member(root, "element"), NULL);
    if (element != NULL && strcmp(element, shoji_element_text(SHOJI_ELEMENT_VIEW)) == 0 &&
        projection_is(root) && !shoji_value_exists(shoji_value_member(root, "value"))) {
        status = shoji_value_emit(text, root, NULL);
        /* Before the brace that ends the object. */
        if (status == SHOJI_OK) {
            text->length--;
            status = shoji_buffer_append_string(text, ",\"value\":null}");
        }
        if (status != SHOJI_OK)
            store_fail_memory(error);
    }
    shoji_tree_free(tree);
    return status;
}

shoji_status incoming_parse(shoji_document **document,
                            const struct exchange_request *request,
                            const shoji_document_options *options, shoji_error *error)
{
    if (request->body_length == 0)
        return store_fail(error, SHOJI_SYNTAX, NULL,
                          "the request has no body; send a document");
    shoji_error first = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_document_parse(document, request->body, request->body_length, NULL, &first);
    if (status != SHOJI_INVALID) {
        if (status != SHOJI_OK)
            *error = first;
        return status;
    }
    shoji_buffer text = SHOJI_BUFFER_INIT;
    status = add_value(&text, request, error);
    if (status == SHOJI_OK && text.length > 0) {
        status = shoji_document_parse(document, text.bytes, text.length, options, error);
    } else if (status == SHOJI_OK && options != NULL) {
        status = shoji_document_parse(document, request->body, request->body_length,
                                      options, error);
    } else if (status == SHOJI_OK) {
        *error = first;
        status = first.status;
    }
    shoji_buffer_finish(&text);
    return status;
}

/* The variable that the server would take for one of its pages; NULL without. */
static const char *paging_variable(const shoji_template *compiled)
{
    for (size_t i = 0; i < shoji_template_variable_count(compiled); i++) {
        const char *name = shoji_template_variable(compiled, i);
        if (strcmp(name, "limit") == 0)
            return "limit";
        if (strcmp(name, "after") == 0)
            return "after";
    }
    return NULL;
}

static shoji_status check_templates(const shoji_document *document, shoji_map map,
                                    shoji_error *error)
{
    shoji_links links = shoji_document_links(document, map);
    shoji_link link;
    char pointer[32];
    pointer[0] = '/';
    strcpy(pointer + 1, shoji_map_text(map));
    while (shoji_links_next(&links, &link)) {
        shoji_template *compiled;
        shoji_error why = SHOJI_ERROR_INIT;
        if (!link.is_template)
            continue;
        if (shoji_template_compile(&compiled, link.reference, &why) == SHOJI_OK) {
            const char *taken = paging_variable(compiled);
            shoji_template_free(compiled);
            if (taken == NULL)
                continue;
            store_fail(error, SHOJI_INVALID, NULL,
                       "the parameter \"%s\" pages catalogs, so that no template can "
                       "filter by it; name the attribute otherwise",
                       taken);
            fault_point(error, pointer, link.name);
            return error->status;
        }
        if (why.status == SHOJI_NO_MEMORY)
            return store_fail_memory(error);
        store_fail(error, SHOJI_INVALID, NULL, "\"%.200s\" is no template: %s",
                   link.reference, why.message);
        fault_point(error, pointer, link.name);
        return error->status;
    }
    return SHOJI_OK;
}

static shoji_status check_tuple(const shoji_document *document, shoji_error *error)
{
    shoji_value tuple = shoji_value_member(shoji_document_root(document), "tuple");
    shoji_items items = shoji_value_items(tuple);
    shoji_value item;
    bool good = !shoji_value_exists(tuple) || (shoji_value_type(tuple) == SHOJI_ARRAY &&
                                               shoji_value_size(tuple) <= 256);
    while (good && shoji_items_next(&items, &item))
        good = shoji_value_type(item) == SHOJI_STRING;
    if (good)
        return SHOJI_OK;
    store_fail(
        error, SHOJI_INVALID, NULL,
        "the member \"tuple\" of a catalog must be an array of at most 256 names of "
        "attributes");
    fault_point(error, "", "tuple");
    return error->status;
}

shoji_status incoming_check(const shoji_document *document, shoji_error *error)
{
    struct store_projection projection;
    shoji_element element = shoji_document_element(document);
    shoji_value root = shoji_document_root(document);
    shoji_status status = SHOJI_OK;
    if (element == SHOJI_ELEMENT_VALUE)
        return SHOJI_OK;
    for (int map = 0; status == SHOJI_OK && map < SHOJI_MAP_COUNT; map++)
        status = check_templates(document, (shoji_map)map, error);
    if (status == SHOJI_OK && element == SHOJI_ELEMENT_CATALOG)
        status = check_tuple(document, error);
    if (status == SHOJI_OK && element == SHOJI_ELEMENT_VIEW && projection_is(root) &&
        projection_read(&projection, root, error) != SHOJI_OK)
        status = error->status;
    return status;
}

shoji_status incoming_read(struct visit *visit, shoji_document **document)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *read = NULL;
    shoji_status status = incoming_parse(&read, visit->request, NULL, &error);
    if (status == SHOJI_OK)
        status = incoming_check(read, &error);
    if (status != SHOJI_OK) {
        shoji_document_free(read);
        problem_body(visit, &error);
        return status;
    }
    *document = read;
    return SHOJI_OK;
}

shoji_status incoming_read_value(struct visit *visit, shoji_tree **tree)
{
    const struct exchange_request *request = visit->request;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_tree_parse(tree, request->body, request->body_length, NULL, &error);
    if (status != SHOJI_OK)
        problem_body(visit, &error);
    return status;
}

shoji_status incoming_check_self(const struct visit *visit, const char *path,
                                 const char *self, shoji_error *error)
{
    shoji_buffer stored = SHOJI_BUFFER_INIT;
    shoji_buffer target = SHOJI_BUFFER_INIT;
    shoji_status status = site_append_inward(&stored, &visit->site, path, self);
    if (status == SHOJI_OK)
        status = site_append_target(&target, &visit->site, path, stored.bytes);
    if (status == SHOJI_NO_MEMORY) {
        store_fail_memory(error);
    } else if (status == SHOJI_OK && strcmp(target.bytes, path) != 0) {
        status = store_fail(error, SHOJI_INVALID, NULL,
                            "the document's self is %.300s, but it was sent to %.300s; "
                            "send it there, or leave its self out",
                            self, path);
        fault_point(error, "", "self");
    } else {
        status = SHOJI_OK;
    }
    shoji_buffer_finish(&stored);
    shoji_buffer_finish(&target);
    return status;
}

/*
 * The name "next" in `catalogs` is that of the next page. A catalog that is sent back has
 * it as the server has written it, and it is dropped; another link of that name would be
 * taken for a page by every client.
 */
static shoji_status check_next(const struct visit *visit, const char *path,
                               const shoji_document *document, shoji_error *error)
{
    shoji_value map = shoji_value_member(shoji_document_root(document), "catalogs");
    const char *next = shoji_value_string(shoji_value_member(map, "next"), NULL);
    if (next == NULL)
        return SHOJI_OK;
    shoji_buffer stored = SHOJI_BUFFER_INIT;
    shoji_status status = site_append_inward(&stored, &visit->site, path, next);
    if (status != SHOJI_OK) {
        store_fail_memory(error);
    } else if (strstr(stored.bytes, "after=") == NULL) {
        status =
            store_fail(error, SHOJI_INVALID, NULL,
                       "the name \"next\" is that of a catalog's next page; give the "
                       "link another name");
        fault_point(error, "/catalogs", "next");
    }
    shoji_buffer_finish(&stored);
    return status;
}

struct preparation {
    shoji_element element;
    bool computed_view;
    shoji_writer *writer;
    struct links links;
};

/* Writes a member that the server computes, as far as it is stored. Returns whether it is
 * one. */
static bool write_computed(struct preparation *preparation, const shoji_member *member)
{
    shoji_writer *writer = preparation->writer;
    bool catalog = preparation->element == SHOJI_ELEMENT_CATALOG;
    if (strcmp(member->name, "self") == 0 ||
        (catalog && strcmp(member->name, "size") == 0))
        return true;
    if (catalog && strcmp(member->name, "entities") == 0) {
        shoji_writer_name(writer, member->name);
        shoji_writer_begin_array(writer);
        shoji_writer_end_array(writer);
        return true;
    }
    if (catalog && strcmp(member->name, "index") == 0) {
        shoji_writer_name(writer, member->name);
        shoji_writer_begin_object(writer);
        shoji_writer_end_object(writer);
        return true;
    }
    if (preparation->computed_view && strcmp(member->name, "value") == 0) {
        shoji_writer_name(writer, member->name);
        shoji_writer_null(writer);
        return true;
    }
    return false;
}

static void write_member(struct preparation *preparation, const shoji_member *member)
{
    if (write_computed(preparation, member))
        return;
    if (preparation->element == SHOJI_ELEMENT_CATALOG &&
        strcmp(member->name, "catalogs") == 0) {
        shoji_writer_name(preparation->writer, member->name);
        shoji_writer_begin_object(preparation->writer);
        links_write_entries(&preparation->links, preparation->writer, member->value,
                            "next");
        shoji_writer_end_object(preparation->writer);
        return;
    }
    if (links_write_member(&preparation->links, preparation->writer, member,
                           preparation->element))
        return;
    shoji_writer_name_n(preparation->writer, member->name, member->name_length);
    shoji_writer_value(preparation->writer, member->value);
}

static shoji_status write_document(struct preparation *preparation, shoji_value root,
                                   shoji_buffer *text)
{
    shoji_status status =
        shoji_writer_new(&preparation->writer, shoji_buffer_sink, text, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    shoji_writer_begin_object(preparation->writer);
    while (shoji_members_next(&members, &member))
        write_member(preparation, &member);
    shoji_writer_end_object(preparation->writer);
    status = shoji_writer_end(preparation->writer);
    shoji_writer_free(preparation->writer);
    return preparation->links.status != SHOJI_OK ? preparation->links.status : status;
}

static shoji_status prepare(struct visit *visit, const char *path,
                            const shoji_document *document, shoji_document **stored,
                            shoji_error *error)
{
    const char *self = shoji_document_self(document);
    shoji_status status = SHOJI_OK;
    if (self != NULL)
        status = incoming_check_self(visit, path, self, error);
    if (status == SHOJI_OK && shoji_document_element(document) == SHOJI_ELEMENT_CATALOG)
        status = check_next(visit, path, document, error);
    if (status != SHOJI_OK)
        return status;
    shoji_value root = shoji_document_root(document);
    struct preparation preparation = {
        .element = shoji_document_element(document),
        .links = LINKS_INIT(&visit->site, path, site_append_inward),
    };
    preparation.computed_view =
        preparation.element == SHOJI_ELEMENT_VIEW && projection_is(root);
    shoji_buffer text = SHOJI_BUFFER_INIT;
    if (preparation.element == SHOJI_ELEMENT_VALUE)
        status = shoji_value_emit(&text, root, NULL);
    else
        status = write_document(&preparation, root, &text);
    if (status == SHOJI_OK)
        status = shoji_document_parse(stored, text.bytes, text.length, NULL, error);
    else
        store_fail(error, status, NULL, "%s", shoji_status_text(status));
    shoji_buffer_finish(&preparation.links.scratch);
    shoji_buffer_finish(&text);
    return status;
}

shoji_status incoming_prepare(struct visit *visit, const char *path,
                              const shoji_document *document, shoji_document **stored)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = prepare(visit, path, document, stored, &error);
    if (status != SHOJI_OK)
        problem_body(visit, &error);
    return status;
}

shoji_status incoming_accept(struct visit *visit, const char *path,
                             shoji_document **stored, shoji_error *error)
{
    shoji_document *document = NULL;
    shoji_status status = incoming_parse(&document, visit->request, NULL, error);
    if (status == SHOJI_OK)
        status = incoming_check(document, error);
    if (status == SHOJI_OK)
        status = prepare(visit, path, document, stored, error);
    shoji_document_free(document);
    return status;
}
