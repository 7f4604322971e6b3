#include "attributes.h"
#include "command.h"
#include "edit.h"

#include <shoji/value.h>

struct new_settings {
    const char *slug;
};

/* Gives an object of attributes the envelope of an entity. */
static enum exit_code wrap(shoji_buffer *document, shoji_buffer *text)
{
    shoji_status status =
        shoji_buffer_append_string(document, "{\"element\":\"shoji:entity\",\"body\":");
    if (status == SHOJI_OK)
        status = shoji_buffer_append(document, text->bytes, text->length);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(document, "}");
    return status == SHOJI_OK ? EXIT_DONE : failure_memory();
}

static enum exit_code load(shoji_buffer *document, const char *file)
{
    shoji_tree *tree = NULL;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    enum exit_code code = edit_load(&text, &tree, file);
    shoji_value root = shoji_tree_root(tree);
    if (code == EXIT_DONE && shoji_value_type(root) != SHOJI_OBJECT)
        code =
            failure(EXIT_INVALID,
                    "%s: must hold an object: a Shoji document, or the attributes of an "
                    "entity",
                    file);
    if (code == EXIT_DONE && shoji_value_exists(shoji_value_member(root, "element")))
        code = shoji_buffer_append(document, text.bytes, text.length) == SHOJI_OK
                   ? EXIT_DONE
                   : failure_memory();
    else if (code == EXIT_DONE)
        code = wrap(document, &text);
    shoji_tree_free(tree);
    shoji_buffer_finish(&text);
    return code;
}

/* The operands past the catalog: assignments, or one file. */
static enum exit_code make_document(shoji_buffer *document, char *const *items,
                                    size_t count)
{
    if (count == 1 && !attributes_is_assignment(items[0]))
        return load(document, items[0]);
    for (size_t i = 0; i < count; i++) {
        if (!attributes_is_assignment(items[i]))
            return failure(
                EXIT_USAGE,
                "'%s' is neither NAME=TEXT nor NAME:=JSON; a file stands alone",
                items[i]);
    }
    return attributes_entity(document, items, count);
}

/* RFC 5023, section 9.7.1: UTF-8, with all but printable ASCII percent-encoded, and '%'
 * itself as well. */
static shoji_status append_slug(shoji_buffer *header, const char *slug)
{
    shoji_status status = shoji_buffer_append_string(header, "Slug: ");
    for (; *slug != '\0' && status == SHOJI_OK; slug++) {
        unsigned char byte = (unsigned char)*slug;
        if (byte >= ' ' && byte <= '~' && byte != '%')
            status = shoji_buffer_append(header, slug, 1);
        else
            status = shoji_buffer_append_format(header, "%%%02X", byte);
    }
    return status;
}

static enum exit_code send(struct cli *cli, const char *catalog, const char *slug,
                           const shoji_buffer *document)
{
    shoji_buffer header = SHOJI_BUFFER_INIT;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "POST";
    request.iri = catalog;
    request.body = document->bytes;
    request.body_length = document->length;
    const char *headers[] = {NULL, NULL};
    shoji_status status = SHOJI_OK;
    if (slug != NULL) {
        status = append_slug(&header, slug);
        headers[0] = header.bytes;
        request.headers = headers;
    }
    enum exit_code code =
        status == SHOJI_OK ? edit_send(cli, &request, true) : failure_memory();
    shoji_buffer_finish(&header);
    return code;
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct new_settings *own = settings;
    shoji_buffer document = SHOJI_BUFFER_INIT;
    enum exit_code code =
        make_document(&document, operands.items + 1, operands.count - 1);
    if (code == EXIT_DONE)
        code = send(cli, operands.items[0], own->slug, &document);
    shoji_buffer_finish(&document);
    return code;
}

static const struct option options[] = {
    {
        .name = "slug",
        .kind = OPTION_TEXT,
        .argument = "NAME",
        .help = "ask the server to use this name in the new entity's IRI",
        .offset = offsetof(struct new_settings, slug),
    },
    OPTION_END,
};

const struct command command_new = {
    .name = "new",
    .group = GROUP_WRITE,
    .usage = "CATALOG [FILE|-|K=V...] [--slug NAME]",
    .summary = "create an entity in a catalog",
    .description = "Sends an entity to the catalog, which makes it one of its own, and "
                   "prints the IRI "
                   "that it was given. K=V is an attribute that is text, K:=JSON one of "
                   "any type.\n\n"
                   "A FILE (or '-': standard input) that holds a Shoji document is sent "
                   "as it is; any "
                   "other object is taken as the attributes.",
    .examples = "shoji-cli new http://127.0.0.1:8642/users/ name=Shoji sold_count:=387\n"
                "shoji-cli new http://127.0.0.1:8642/users/ --slug katsuhiro user.json\n",
    .exit_codes = "3  the file does not hold JSON, or no object\n",
    .options = options,
    .settings_size = sizeof(struct new_settings),
    .least_operands = 1,
    .most_operands = OPERANDS_UNLIMITED,
    .run = run,
};
