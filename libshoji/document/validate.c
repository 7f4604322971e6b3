#include "document/validate.h"

#include "base/error.h"
#include "document/fault.h"
#include "document/graph.h"
#include "value/tree.h"

#include <shoji/template.h>

#include <string.h>

static const char element_rule[] =
    "\"element\" must be one of \"shoji:catalog\", \"shoji:entity\", \"shoji:view\", "
    "\"shoji:fragment\" and \"shoji:order\"";

typedef shoji_status (*check)(struct shoji__faults *faults, shoji_value value);

static const char *type_name(shoji_value value)
{
    static const char *const names[] = {
        [SHOJI_NONE] = "missing",    [SHOJI_NULL] = "null",
        [SHOJI_FALSE] = "false",     [SHOJI_TRUE] = "true",
        [SHOJI_NUMBER] = "a number", [SHOJI_STRING] = "a string",
        [SHOJI_ARRAY] = "an array",  [SHOJI_OBJECT] = "an object",
    };
    return names[shoji_value_type(value)];
}

static shoji_status wrong_type(struct shoji__faults *faults, shoji_value value,
                               const char *expected)
{
    return shoji__fault(faults, value.node, "document.type", "this is %s: it must be %s",
                        type_name(value), expected);
}

/* Names that stand twice in an object in which they may not. */
static shoji_status check_duplicates(struct shoji__faults *faults, shoji_value object)
{
    const shoji_tree *tree = object.tree;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < tree->duplicate_count && status == SHOJI_OK; i++) {
        const struct shoji__duplicate *duplicate = &tree->duplicates[i];
        if (duplicate->object != object.node)
            continue;
        char excerpt[SHOJI__EXCERPT_SIZE];
        const struct shoji__node *name = &tree->nodes[duplicate->later];
        shoji__excerpt(excerpt, shoji__node_bytes(tree, name), shoji__node_length(name));
        status =
            shoji__fault(faults, duplicate->later, "document.duplicate-member",
                         "\"%s\" stands twice in this object: keep one of them", excerpt);
    }
    return status;
}

static shoji_status bad_string(struct shoji__faults *faults, uint32_t node,
                               const shoji_error *why, const char *what)
{
    if (why->status == SHOJI_NO_MEMORY)
        return SHOJI_NO_MEMORY;
    return shoji__fault(faults, node,
                        strcmp(what, "template") == 0 ? "document.template"
                                                      : "document.iri",
                        "this is no %s: %s", what, why->message);
}

/* A C string cannot show what stands after a NUL, and no IRI holds one. */
static shoji_status check_iri_text(struct shoji__faults *faults, uint32_t node,
                                   const char *text, size_t length)
{
    shoji_error why = SHOJI_ERROR_INIT;
    if (strlen(text) != length)
        return shoji__fault(faults, node, "document.iri",
                            "this is no IRI reference: it holds a NUL");
    if (shoji_iri_check(text, &why) == SHOJI_OK)
        return SHOJI_OK;
    return bad_string(faults, node, &why, "IRI reference");
}

static shoji_status check_reference(struct shoji__faults *faults, shoji_value value)
{
    size_t length;
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        return wrong_type(faults, value, "an IRI reference");
    return check_iri_text(faults, value.node, text, length);
}

static shoji_status check_link(struct shoji__faults *faults, shoji_value value)
{
    size_t length;
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        return wrong_type(faults, value, "an IRI reference or a URI template");
    if (strlen(text) != length || !shoji_template_is(text))
        return check_iri_text(faults, value.node, text, length);
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_template *tmpl = NULL;
    shoji_status status = shoji_template_compile(&tmpl, text, &why);
    shoji_template_free(tmpl);
    return status == SHOJI_OK ? SHOJI_OK
                              : bad_string(faults, value.node, &why, "template");
}

static shoji_status check_items(struct shoji__faults *faults, shoji_value array,
                                check each)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        status = each(faults, item);
    return status;
}

static shoji_status check_map(struct shoji__faults *faults, shoji_value map)
{
    shoji_type type = shoji_value_type(map);
    if (type == SHOJI_ARRAY && !faults->options->strict)
        return check_items(faults, map, check_link);
    if (type == SHOJI_ARRAY)
        return shoji__fault(faults, map.node, "document.array-for-map",
                            "this is an array, as draft 01 has it: it must be an object "
                            "that maps names to IRI references");
    if (type == SHOJI_NULL)
        return SHOJI_OK;
    if (type != SHOJI_OBJECT)
        return wrong_type(faults, map, "an object that maps names to IRI references");
    shoji_status status = check_duplicates(faults, map);
    shoji_members members = shoji_value_members(map);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = check_link(faults, member.value);
    return status;
}

static shoji_status check_text(struct shoji__faults *faults, shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    if (type == SHOJI_STRING || type == SHOJI_NULL)
        return SHOJI_OK;
    return wrong_type(faults, value, "a string");
}

static shoji_status check_iri_member(struct shoji__faults *faults, shoji_value value)
{
    return shoji_value_type(value) == SHOJI_NULL ? SHOJI_OK
                                                 : check_reference(faults, value);
}

static shoji_status check_entities(struct shoji__faults *faults, shoji_value value)
{
    if (shoji_value_type(value) != SHOJI_ARRAY)
        return wrong_type(faults, value, "an array of IRI references");
    return check_items(faults, value, check_reference);
}

static shoji_status check_index(struct shoji__faults *faults, shoji_value value)
{
    if (shoji_value_type(value) != SHOJI_OBJECT)
        return wrong_type(faults, value, "an object that maps IRI references to tuples");
    shoji_status status = check_duplicates(faults, value);
    shoji_members members = shoji_value_members(value);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        shoji_type type = shoji_value_type(member.value);
        status =
            check_iri_text(faults, member.value.node, member.name, member.name_length);
        if (status == SHOJI_OK && type != SHOJI_OBJECT && type != SHOJI_NULL)
            status = wrong_type(faults, member.value, "a tuple (an object) or null");
    }
    return status;
}

static shoji_status check_object(struct shoji__faults *faults, shoji_value value)
{
    if (shoji_value_type(value) == SHOJI_OBJECT)
        return SHOJI_OK;
    return wrong_type(faults, value, "an object of attributes");
}

static shoji_status check_graph_item(struct shoji__faults *faults, shoji_value item)
{
    if (shoji_value_type(item) != SHOJI_OBJECT)
        return check_reference(faults, item);
    if (shoji_value_size(item) != 1)
        return shoji__fault(
            faults, item.node, "document.group",
            "a group must be an object with one member, its name, not %zu",
            shoji_value_size(item));
    shoji_members members = shoji_value_members(item);
    shoji_member group;
    shoji_members_next(&members, &group);
    if (shoji_value_type(group.value) != SHOJI_ARRAY)
        return wrong_type(faults, group.value, "an array: what the group holds");
    /* All but the last of its name are dropped: where the first is not, there is one. To
     * go through all the text's duplicates for each group would be quadratic. */
    bool repeats = shoji__node_type(&item.tree->nodes[item.node + 1]) == SHOJI__DROPPED;
    return repeats ? check_duplicates(faults, item) : SHOJI_OK;
}

static shoji_status check_graph(struct shoji__faults *faults, shoji_value graph)
{
    if (shoji_value_type(graph) != SHOJI_ARRAY)
        return wrong_type(faults, graph, "an array of IRI references and groups");
    struct shoji__graph walk;
    shoji_value item;
    shoji_status status = SHOJI_OK;
    shoji__graph_init(&walk, graph);
    while (status == SHOJI_OK && shoji__graph_next(&walk, &item, &status))
        if (status == SHOJI_OK)
            status = check_graph_item(faults, item);
    shoji__graph_finish(&walk);
    return status;
}

/* How each member of an envelope is checked: in any document, or in those of one element,
 * since elsewhere its name means nothing. */
static const struct {
    const char *name;
    int element; /* -1 for any */
    check check;
} rules[] = {
    {"self", -1, check_iri_member},
    {"title", -1, check_text},
    {"description", -1, check_text},
    {"updated", -1, check_text},
    {"specification", -1, check_iri_member},
    {"catalogs", -1, check_map},
    {"views", -1, check_map},
    {"fragments", -1, check_map},
    {"orders", -1, check_map},
    {"urls", -1, check_map},
    {"entities", SHOJI_ELEMENT_CATALOG, check_entities},
    {"index", SHOJI_ELEMENT_CATALOG, check_index},
    {"body", SHOJI_ELEMENT_ENTITY, check_object},
    {"body", SHOJI_ELEMENT_FRAGMENT, check_object},
    {"graph", SHOJI_ELEMENT_ORDER, check_graph},
};

static shoji_status check_member(struct shoji__faults *faults,
                                 const shoji_document *document,
                                 const shoji_member *member)
{
    struct shoji__slice name = shoji__slice(member->name, member->name_length);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool applies =
            rules[i].element == -1 || rules[i].element == (int)document->element;
        if (applies && shoji__slice_is(name, rules[i].name))
            return rules[i].check(faults, member->value);
    }
    return SHOJI_OK;
}

static shoji_status missing(struct shoji__faults *faults, const char *what)
{
    return shoji__fault(faults, 0, "document.missing-member", "%s", what);
}

/* That the principal member is there. */
static shoji_status check_principal(struct shoji__faults *faults,
                                    const shoji_document *document)
{
    bool body = shoji_value_exists(document->body);
    bool value = shoji_value_exists(document->value);
    switch (document->element) {
    case SHOJI_ELEMENT_ENTITY:
        /* Documents in production have an index or a graph in its place. */
        if (!body && !shoji_value_exists(document->index) &&
            !shoji_value_exists(document->graph))
            return missing(faults, "an entity must have a \"body\"");
        break;
    case SHOJI_ELEMENT_VIEW:
        if (!value)
            return missing(faults, "a view must have a \"value\"");
        break;
    case SHOJI_ELEMENT_FRAGMENT:
        if (body == value)
            return missing(faults,
                           "a fragment must have either a \"body\" or a \"value\", "
                           "exactly one of them");
        break;
    case SHOJI_ELEMENT_ORDER:
        if (!shoji_value_exists(document->graph))
            return missing(faults, "an order must have a \"graph\"");
        break;
    case SHOJI_ELEMENT_VALUE:
    case SHOJI_ELEMENT_CATALOG:
        break;
    }
    return SHOJI_OK;
}

static shoji_status check_envelope(struct shoji__faults *faults,
                                   const shoji_document *document)
{
    shoji_value root = shoji_document_root(document);
    shoji_status status = check_duplicates(faults, root);
    shoji_members members = shoji_value_members(root);
    shoji_member member;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = check_member(faults, document, &member);
    return status == SHOJI_OK ? check_principal(faults, document) : status;
}

/* Whether the document is of the element that the caller expects. */
static shoji_status check_expectation(struct shoji__faults *faults,
                                      const shoji_document *document, shoji_value element)
{
    shoji_expectation expect = faults->options->expect;
    bool any = expect == SHOJI_EXPECT_ANY || expect == SHOJI_EXPECT_ENVELOPE;
    if (any || (int)document->element == (int)expect)
        return SHOJI_OK;
    return shoji__fault(faults, element.node, "document.unexpected-element",
                        "this is a %s: a %s is expected",
                        shoji_element_text(document->element),
                        shoji_element_text((shoji_element)expect));
}

static shoji_status check_all(struct shoji__faults *faults,
                              const shoji_document *document)
{
    shoji_expectation expect = faults->options->expect;
    shoji_value element = shoji_value_member(shoji_document_root(document), "element");
    if (!shoji_value_exists(element)) {
        if (expect == SHOJI_EXPECT_ANY)
            return SHOJI_OK;
        return shoji__fault(
            faults, 0, "document.no-envelope",
            "this is a bare value: an object with a member \"element\" is "
            "expected");
    }
    shoji_status status =
        document->element == SHOJI_ELEMENT_VALUE
            ? shoji__fault(faults, element.node, "document.element", "%s", element_rule)
            : check_expectation(faults, document, element);
    return status == SHOJI_OK ? check_envelope(faults, document) : status;
}

shoji_status shoji__validate(const shoji_document *document,
                             const shoji_document_options *options, shoji_error *error)
{
    if (options->expect == SHOJI_EXPECT_VALUE)
        return SHOJI_OK;
    struct shoji__faults faults;
    shoji__faults_init(&faults, document->tree, options, error);
    shoji_status status = check_all(&faults, document);
    return shoji__faults_end(&faults, status);
}
