#include "document/document.h"

#include "base/error.h"
#include "base/memory.h"
#include "document/validate.h"
#include "value/tree.h"
#include "value/tree_parser.h"

#include <stddef.h>
#include <string.h>

static const char *const element_texts[] = {
    [SHOJI_ELEMENT_VALUE] = "value",
    [SHOJI_ELEMENT_CATALOG] = "shoji:catalog",
    [SHOJI_ELEMENT_ENTITY] = "shoji:entity",
    [SHOJI_ELEMENT_VIEW] = "shoji:view",
    [SHOJI_ELEMENT_FRAGMENT] = "shoji:fragment",
    [SHOJI_ELEMENT_ORDER] = "shoji:order",
};

static const char *const map_texts[SHOJI_MAP_COUNT] = {
    [SHOJI_CATALOGS] = "catalogs",   [SHOJI_VIEWS] = "views",
    [SHOJI_FRAGMENTS] = "fragments", [SHOJI_ORDERS] = "orders",
    [SHOJI_URLS] = "urls",
};

/* Where in a document each member of the envelope is kept. */
static const struct {
    const char *name;
    size_t offset;
} slots[] = {
    {"self", offsetof(shoji_document, self)},
    {"title", offsetof(shoji_document, title)},
    {"description", offsetof(shoji_document, description)},
    {"updated", offsetof(shoji_document, updated)},
    {"specification", offsetof(shoji_document, specification)},
    {"body", offsetof(shoji_document, body)},
    {"value", offsetof(shoji_document, value)},
    {"index", offsetof(shoji_document, index)},
    {"entities", offsetof(shoji_document, entities)},
    {"graph", offsetof(shoji_document, graph)},
};

const char *shoji_element_text(shoji_element element)
{
    size_t index = (size_t)element;
    return element_texts[index < sizeof element_texts / sizeof element_texts[0] ? index
                                                                                : 0];
}

const char *shoji_map_text(shoji_map map)
{
    size_t index = (size_t)map;
    return map_texts[index < SHOJI_MAP_COUNT ? index : 0];
}

bool shoji__map_of(const char *text, size_t length, shoji_map *map)
{
    for (size_t i = 0; i < SHOJI_MAP_COUNT; i++) {
        if (shoji__slice_is(shoji__slice(text, length), map_texts[i])) {
            *map = (shoji_map)i;
            return true;
        }
    }
    return false;
}

bool shoji__element_of(const char *text, size_t length, shoji_element *element)
{
    for (size_t i = SHOJI_ELEMENT_CATALOG; i <= SHOJI_ELEMENT_ORDER; i++) {
        if (shoji__slice_is(shoji__slice(text, length), element_texts[i])) {
            *element = (shoji_element)i;
            return true;
        }
    }
    return false;
}

static void keep_member(shoji_document *document, const shoji_member *member)
{
    shoji_map map;
    if (shoji__map_of(member->name, member->name_length, &map)) {
        document->maps[map] = member->value;
        return;
    }
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (shoji__slice_is(shoji__slice(member->name, member->name_length),
                            slots[i].name)) {
            shoji_value *slot = (shoji_value *)((char *)document + slots[i].offset);
            *slot = member->value;
            return;
        }
    }
}

/* Finds out which document it is, and where its members are. */
static void classify(shoji_document *document, shoji_expectation expect)
{
    shoji_value root = shoji_tree_root(document->tree);
    shoji_value element = shoji_value_member(root, "element");
    document->element = SHOJI_ELEMENT_VALUE;
    if (expect == SHOJI_EXPECT_VALUE || !shoji_value_exists(element)) {
        document->value = root;
        return;
    }
    size_t length;
    const char *text = shoji_value_string(element, &length);
    if (text != NULL)
        shoji__element_of(text, length, &document->element);
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        keep_member(document, &member);
}

static shoji_status check_options(const shoji_document_options *options,
                                  shoji_error *error)
{
    if ((int)options->expect < SHOJI_EXPECT_ANY || options->expect > SHOJI_EXPECT_VALUE)
        return shoji__fail(error, SHOJI_USAGE, NULL, "no such expectation");
    return SHOJI_OK;
}

/* Makes a valid document of a tree, which is freed where it cannot be one. */
static shoji_status make_document(shoji_document **document, shoji_tree *tree,
                                  const shoji_document_options *options,
                                  shoji_error *error)
{
    shoji_document *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL) {
        shoji_tree_free(tree);
        return shoji__fail_memory(error);
    }
    made->tree = tree;
    classify(made, options->expect);
    shoji_status status = shoji__validate(made, options, error);
    if (status != SHOJI_OK) {
        shoji_document_free(made);
        return status;
    }
    *document = made;
    return SHOJI_OK;
}

static const shoji_document_options default_options = SHOJI_DOCUMENT_OPTIONS_INIT;

shoji_status shoji_document_parse(shoji_document **document, const char *text,
                                  size_t length, const shoji_document_options *options,
                                  shoji_error *error)
{
    if (options == NULL)
        options = &default_options;
    shoji_tree *tree = NULL;
    shoji_status status = check_options(options, error);
    if (status == SHOJI_OK)
        status = shoji_tree_parse(&tree, text, length, &options->limits, error);
    return status == SHOJI_OK ? make_document(document, tree, options, error) : status;
}

struct shoji_document_parser {
    shoji_tree_parser *tree;
    shoji_document_options options;
};

shoji_status shoji_document_parser_new(shoji_document_parser **parser,
                                       const shoji_document_options *options)
{
    if (options == NULL)
        options = &default_options;
    if (check_options(options, NULL) != SHOJI_OK)
        return SHOJI_USAGE;
    shoji_document_parser *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    made->options = *options;
    shoji_status status = shoji_tree_parser_new(&made->tree, &options->limits);
    if (status != SHOJI_OK) {
        shoji_document_parser_free(made);
        return status;
    }
    *parser = made;
    return SHOJI_OK;
}

void shoji__document_parser_cut(shoji_document_parser *parser, size_t size)
{
    shoji__tree_parser_cut(parser->tree, size);
}

void shoji_document_parser_free(shoji_document_parser *parser)
{
    if (parser == NULL)
        return;
    shoji_tree_parser_free(parser->tree);
    shoji__release(parser);
}

shoji_status shoji_document_parser_feed(shoji_document_parser *parser, const char *text,
                                        size_t length, shoji_error *error)
{
    return shoji_tree_parser_feed(parser->tree, text, length, error);
}

shoji_status shoji_document_parser_finish(shoji_document_parser *parser,
                                          shoji_document **document, shoji_error *error)
{
    shoji_tree *tree = NULL;
    shoji_status status = shoji_tree_parser_finish(parser->tree, &tree, error);
    if (status != SHOJI_OK)
        return status;
    return make_document(document, tree, &parser->options, error);
}

void shoji_document_free(shoji_document *document)
{
    if (document == NULL)
        return;
    shoji_tree_free(document->tree);
    shoji__release(document);
}

shoji_element shoji_document_element(const shoji_document *document)
{
    return document->element;
}

shoji_value shoji_document_root(const shoji_document *document)
{
    return shoji_tree_root(document->tree);
}

const char *shoji_document_self(const shoji_document *document)
{
    return shoji_value_string(document->self, NULL);
}

const char *shoji_document_title(const shoji_document *document)
{
    return shoji_value_string(document->title, NULL);
}

const char *shoji_document_description(const shoji_document *document)
{
    return shoji_value_string(document->description, NULL);
}

const char *shoji_document_updated(const shoji_document *document)
{
    return shoji_value_string(document->updated, NULL);
}

const char *shoji_document_specification(const shoji_document *document)
{
    return shoji_value_string(document->specification, NULL);
}

shoji_value shoji_document_body(const shoji_document *document)
{
    return document->body;
}

shoji_value shoji_document_value(const shoji_document *document)
{
    return document->value;
}

shoji_value shoji_document_index(const shoji_document *document)
{
    return document->index;
}

shoji_value shoji_document_entities(const shoji_document *document)
{
    return document->entities;
}

shoji_value shoji_document_graph(const shoji_document *document)
{
    return document->graph;
}
