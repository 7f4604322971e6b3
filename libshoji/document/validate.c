#include "document/validate.h"

#include "base/error.h"
#include "document/fault.h"
#include "document/graph.h"
#include "document/repeats.h"
#include "value/names.h"

#include <shoji/template.h>

#include <string.h>

static const char element_rule[] =
    "\"element\" must be one of \"shoji:catalog\", \"shoji:entity\", \"shoji:view\", "
    "\"shoji:fragment\" and \"shoji:order\"";

/* One validation. All of it goes through the document in the order of the text, and also
 * through members that were dropped for a later one of their name: they are in the text,
 * and whoever repairs it may keep either. */
struct search {
    const shoji_document *document;
    const shoji_document_options *options;
    struct shoji__faults faults;
    struct shoji__repeats repeats;
};

typedef shoji_status (*check)(struct search *search, shoji_value value);

/* The members of an object, the dropped ones too. */
struct every_member {
    const shoji_tree *tree;
    uint32_t next;
    uint32_t end;
};

struct named_value {
    uint32_t name; /* its node */
    shoji_value value;
};

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

static struct every_member every_member(shoji_value object)
{
    const struct shoji__node *node = &object.tree->nodes[object.node];
    return (struct every_member){object.tree, object.node + 1,
                                 object.node + shoji__node_span(node)};
}

static bool next_member(struct every_member *members, struct named_value *member)
{
    if (members->next == members->end)
        return false;
    member->name = members->next;
    member->value = shoji__value_at(members->tree, members->next + 1);
    members->next = shoji__name_after(members->tree, members->next);
    return true;
}

static shoji_status wrong_type(struct search *search, shoji_value value,
                               const char *expected)
{
    return shoji__fault(&search->faults, value.node, "document.type",
                        "this is %s: it must be %s", type_name(value), expected);
}

/* Whether a name stands for the first time in its object, where none may stand twice. */
static shoji_status check_name(struct search *search, uint32_t node)
{
    const shoji_tree *tree = search->faults.tree;
    const struct shoji__node *name = &tree->nodes[node];
    shoji_status status = SHOJI_OK;
    if (shoji__repeats_has(&search->repeats, node)) {
        char excerpt[SHOJI__EXCERPT_SIZE];
        shoji__excerpt(excerpt, shoji__node_bytes(tree, name), shoji__node_length(name));
        status =
            shoji__fault(&search->faults, node, "document.duplicate-member",
                         "\"%s\" stands twice in this object: keep one of them", excerpt);
    }
    /* A text without dropped members, nearly every one, needs no list of them. */
    if (status == SHOJI_OK && shoji__node_type(name) == SHOJI__DROPPED)
        status = shoji__repeats_list(&search->repeats, tree);
    return status;
}

static shoji_status bad_string(struct search *search, uint32_t node,
                               const shoji_error *why, const char *what)
{
    if (why->status == SHOJI_NO_MEMORY)
        return SHOJI_NO_MEMORY;
    return shoji__fault(&search->faults, node,
                        strcmp(what, "template") == 0 ? "document.template"
                                                      : "document.iri",
                        "this is no %s: %s", what, why->message);
}

/* A C string cannot show what stands after a NUL, and no IRI holds one. */
static shoji_status check_iri_text(struct search *search, uint32_t node, const char *text,
                                   size_t length)
{
    if (strlen(text) != length)
        return shoji__fault(&search->faults, node, "document.iri",
                            "this is no IRI reference: it holds a NUL");
    if (shoji_iri_check(text, NULL) == SHOJI_OK)
        return SHOJI_OK;
    /* Once more, for the reason: most pass, and clearing an error takes longer. */
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_iri_check(text, &why);
    return bad_string(search, node, &why, "IRI reference");
}

static shoji_status check_reference(struct search *search, shoji_value value)
{
    size_t length;
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        return wrong_type(search, value, "an IRI reference");
    return check_iri_text(search, value.node, text, length);
}

static shoji_status check_link(struct search *search, shoji_value value)
{
    size_t length;
    const char *text = shoji_value_string(value, &length);
    if (text == NULL)
        return wrong_type(search, value, "an IRI reference or a URI template");
    if (strlen(text) != length || !shoji_template_is(text))
        return check_iri_text(search, value.node, text, length);
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_template *tmpl = NULL;
    shoji_status status = shoji_template_compile(&tmpl, text, &why);
    shoji_template_free(tmpl);
    return status == SHOJI_OK ? SHOJI_OK
                              : bad_string(search, value.node, &why, "template");
}

static shoji_status check_items(struct search *search, shoji_value array, check each)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        status = each(search, item);
    return status;
}

static shoji_status check_array_map(struct search *search, shoji_value array)
{
    shoji_status status = SHOJI_OK;
    if (search->options->strict)
        status = shoji__fault(&search->faults, array.node, "document.array-for-map",
                              "this is an array, as draft 01 has it: it must be an "
                              "object that maps names to IRI references");
    return status == SHOJI_OK ? check_items(search, array, check_link) : status;
}

static shoji_status check_map(struct search *search, shoji_value map)
{
    shoji_type type = shoji_value_type(map);
    if (type == SHOJI_ARRAY)
        return check_array_map(search, map);
    if (type == SHOJI_NULL)
        return SHOJI_OK;
    if (type != SHOJI_OBJECT)
        return wrong_type(search, map, "an object that maps names to IRI references");
    struct every_member members = every_member(map);
    struct named_value member;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && next_member(&members, &member)) {
        status = check_name(search, member.name);
        if (status == SHOJI_OK)
            status = check_link(search, member.value);
    }
    return status;
}

static shoji_status check_text(struct search *search, shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    if (type == SHOJI_STRING || type == SHOJI_NULL)
        return SHOJI_OK;
    return wrong_type(search, value, "a string");
}

static shoji_status check_iri_member(struct search *search, shoji_value value)
{
    return shoji_value_type(value) == SHOJI_NULL ? SHOJI_OK
                                                 : check_reference(search, value);
}

static shoji_status check_entities(struct search *search, shoji_value value)
{
    if (shoji_value_type(value) != SHOJI_ARRAY)
        return wrong_type(search, value, "an array of IRI references");
    return check_items(search, value, check_reference);
}

static shoji_status check_tuple(struct search *search, const struct named_value *member)
{
    const struct shoji__node *name = &search->faults.tree->nodes[member->name];
    shoji_type type = shoji_value_type(member->value);
    shoji_status status = check_name(search, member->name);
    if (status == SHOJI_OK)
        status = check_iri_text(search, member->value.node,
                                shoji__node_bytes(search->faults.tree, name),
                                shoji__node_length(name));
    if (status == SHOJI_OK && type != SHOJI_OBJECT && type != SHOJI_NULL)
        status = wrong_type(search, member->value, "a tuple (an object) or null");
    return status;
}

static shoji_status check_index(struct search *search, shoji_value value)
{
    if (shoji_value_type(value) != SHOJI_OBJECT)
        return wrong_type(search, value, "an object that maps IRI references to tuples");
    struct every_member members = every_member(value);
    struct named_value member;
    shoji_status status = SHOJI_OK;
    while (status == SHOJI_OK && next_member(&members, &member))
        status = check_tuple(search, &member);
    return status;
}

static shoji_status check_object(struct search *search, shoji_value value)
{
    if (shoji_value_type(value) == SHOJI_OBJECT)
        return SHOJI_OK;
    return wrong_type(search, value, "an object of attributes");
}

static shoji_status check_graph_part(struct search *search,
                                     const struct shoji__graph_part *part)
{
    if (part->is_member) {
        shoji_status status = check_name(search, part->name);
        if (status == SHOJI_OK && shoji_value_type(part->value) != SHOJI_ARRAY)
            status = wrong_type(search, part->value, "an array: what the group holds");
        return status;
    }
    if (shoji_value_type(part->value) != SHOJI_OBJECT)
        return check_reference(search, part->value);
    if (shoji_value_size(part->value) == 1)
        return SHOJI_OK;
    return shoji__fault(&search->faults, part->value.node, "document.group",
                        "a group must be an object with one member, its name, not %zu",
                        shoji_value_size(part->value));
}

static shoji_status check_graph(struct search *search, shoji_value graph)
{
    if (shoji_value_type(graph) != SHOJI_ARRAY)
        return wrong_type(search, graph, "an array of IRI references and groups");
    struct shoji__graph walk;
    struct shoji__graph_part part;
    shoji_status status = SHOJI_OK;
    shoji__graph_init(&walk, graph);
    while (status == SHOJI_OK && shoji__graph_next(&walk, &part, &status))
        status = check_graph_part(search, &part);
    shoji__graph_finish(&walk);
    return status;
}

static bool is_expected(const struct search *search)
{
    shoji_expectation expect = search->options->expect;
    return expect == SHOJI_EXPECT_ANY || expect == SHOJI_EXPECT_ENVELOPE ||
           (int)search->document->element == (int)expect;
}

/* That the element is one of the five, and the one that the caller expects. */
static shoji_status check_element(struct search *search, shoji_value value)
{
    size_t length;
    shoji_element element;
    const char *text = shoji_value_string(value, &length);
    if (text == NULL || !shoji__element_of(text, length, &element))
        return shoji__fault(&search->faults, value.node, "document.element", "%s",
                            element_rule);
    if (element != search->document->element || is_expected(search))
        return SHOJI_OK;
    return shoji__fault(&search->faults, value.node, "document.unexpected-element",
                        "this is a %s: a %s is expected", shoji_element_text(element),
                        shoji_element_text((shoji_element)search->options->expect));
}

/* How each member of an envelope is checked: in any document, or in those of one element,
 * since elsewhere its name means nothing. */
static const struct {
    const char *name;
    int element; /* -1 for any */
    check check;
} rules[] = {
    {"element", -1, check_element},
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

static shoji_status check_member(struct search *search, const struct named_value *member)
{
    const struct shoji__node *node = &search->faults.tree->nodes[member->name];
    struct shoji__slice name = shoji__slice(shoji__node_bytes(search->faults.tree, node),
                                            shoji__node_length(node));
    int element = (int)search->document->element;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool applies = rules[i].element == -1 || rules[i].element == element;
        if (applies && shoji__slice_is(name, rules[i].name))
            return rules[i].check(search, member->value);
    }
    return SHOJI_OK;
}

static shoji_status missing(struct search *search, const char *what)
{
    return shoji__fault(&search->faults, 0, "document.missing-member", "%s", what);
}

/* That the principal member is there; which one is not known where the element is none,
 * or not the one that the caller expects. */
static shoji_status check_principal(struct search *search)
{
    const shoji_document *document = search->document;
    bool body = shoji_value_exists(document->body);
    bool value = shoji_value_exists(document->value);
    if (!is_expected(search))
        return SHOJI_OK;
    switch (document->element) {
    case SHOJI_ELEMENT_ENTITY:
        /* Documents in production have an index or a graph in its place. */
        if (!body && !shoji_value_exists(document->index) &&
            !shoji_value_exists(document->graph))
            return missing(search, "an entity must have a \"body\"");
        break;
    case SHOJI_ELEMENT_VIEW:
        if (!value)
            return missing(search, "a view must have a \"value\"");
        break;
    case SHOJI_ELEMENT_FRAGMENT:
        if (body == value)
            return missing(search,
                           "a fragment must have either a \"body\" or a \"value\", "
                           "exactly one of them");
        break;
    case SHOJI_ELEMENT_ORDER:
        if (!shoji_value_exists(document->graph))
            return missing(search, "an order must have a \"graph\"");
        break;
    case SHOJI_ELEMENT_VALUE:
    case SHOJI_ELEMENT_CATALOG:
        break;
    }
    return SHOJI_OK;
}

static shoji_status check_envelope(struct search *search)
{
    struct every_member members = every_member(shoji_document_root(search->document));
    struct named_value member;
    shoji_status status = check_principal(search);
    while (status == SHOJI_OK && next_member(&members, &member)) {
        status = check_name(search, member.name);
        if (status == SHOJI_OK)
            status = check_member(search, &member);
    }
    return status;
}

static shoji_status check_all(struct search *search)
{
    shoji_value root = shoji_document_root(search->document);
    if (shoji_value_exists(shoji_value_member(root, "element")))
        return check_envelope(search);
    if (search->options->expect == SHOJI_EXPECT_ANY)
        return SHOJI_OK;
    return shoji__fault(&search->faults, 0, "document.no-envelope",
                        "this is a bare value: an object with a member \"element\" is "
                        "expected");
}

shoji_status shoji__validate(const shoji_document *document,
                             const shoji_document_options *options, shoji_error *error)
{
    if (options->expect == SHOJI_EXPECT_VALUE)
        return SHOJI_OK;
    struct search search = {.document = document, .options = options};
    shoji__faults_init(&search.faults, document->tree, options, error);
    shoji_status status = check_all(&search);
    shoji__repeats_finish(&search.repeats);
    return shoji__faults_end(&search.faults, status);
}
