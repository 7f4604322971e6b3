/*
 * Shoji documents: catalogs, entities, views, fragments, orders, and bare values
 * (spec/shoji.md, "Documents").
 *
 * A document is read whole from bytes and never changes; it owns one tree, and everything
 * that an accessor gives is lent until shoji_document_free. Members that no draft names
 * are kept: reach them through shoji_document_root.
 *
 * Threads: any number of threads may read one document.
 */
#ifndef SHOJI_DOCUMENT_H
#define SHOJI_DOCUMENT_H

#include <shoji/buffer.h>
#include <shoji/error.h>
#include <shoji/iri.h>
#include <shoji/value.h>
#include <shoji/writer.h>

#include <stdbool.h>
#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_document shoji_document;

typedef enum shoji_element {
    SHOJI_ELEMENT_VALUE = 0, /* no envelope: the text is the value */
    SHOJI_ELEMENT_CATALOG = 1,
    SHOJI_ELEMENT_ENTITY = 2,
    SHOJI_ELEMENT_VIEW = 3,
    SHOJI_ELEMENT_FRAGMENT = 4,
    SHOJI_ELEMENT_ORDER = 5
} shoji_element;

/* "shoji:catalog" and so on; "value" for SHOJI_ELEMENT_VALUE. A static string. */
const char *shoji_element_text(shoji_element element);

/* The maps of names to references or templates, in the order in which names are looked
 * up. Each may be in any document but a bare value. */
typedef enum shoji_map {
    SHOJI_CATALOGS = 0,
    SHOJI_VIEWS = 1,
    SHOJI_FRAGMENTS = 2,
    SHOJI_ORDERS = 3,
    SHOJI_URLS = 4
} shoji_map;

enum {
    SHOJI_MAP_COUNT = 5
};

/* "catalogs" and so on: the member that holds the map. A static string. */
const char *shoji_map_text(shoji_map map);

/* What a text is expected to be. */
typedef enum shoji_expectation {
    SHOJI_EXPECT_ANY = 0, /* an envelope where the object has a member "element",
                             otherwise a value */
    SHOJI_EXPECT_CATALOG = 1,
    SHOJI_EXPECT_ENTITY = 2,
    SHOJI_EXPECT_VIEW = 3,
    SHOJI_EXPECT_FRAGMENT = 4,
    SHOJI_EXPECT_ORDER = 5,
    SHOJI_EXPECT_ENVELOPE = 6, /* any of the five */
    SHOJI_EXPECT_VALUE = 7 /* any JSON text, taken as a bare value whatever it holds */
} shoji_expectation;

/* Receives one fault of a document. A status other than SHOJI_OK stops the validation. */
typedef shoji_status (*shoji_fault_callback)(void *context, const shoji_error *fault);

typedef struct shoji_document_options {
    shoji_limits limits;
    shoji_expectation expect;
    bool strict; /* refuse the arrays of draft 01 where a map is expected */
    /* Where set, called for every fault that validation finds, in the order of the text,
     * up to 1,000; then once more, with "document.too-many-faults", and the call fails
     * with SHOJI_LIMIT. Otherwise validation ends at the first. The call fails either
     * way. */
    shoji_fault_callback fault;
    void *fault_context;
} shoji_document_options;

#define SHOJI_DOCUMENT_OPTIONS_INIT                                                      \
    {                                                                                    \
        SHOJI_LIMITS_INIT, SHOJI_EXPECT_ANY, false, 0, 0                                 \
    }

/*
 * Reads and validates a document, and copies its text.
 *
 * document  receives the document, to be freed with shoji_document_free.
 * text      `length` bytes of UTF-8.
 * options   NULL for SHOJI_DOCUMENT_OPTIONS_INIT.
 *
 * SHOJI_SYNTAX: not JSON. SHOJI_INVALID: JSON that breaks the protocol; the error (the
 * first fault) has the place and the JSON pointer. SHOJI_LIMIT. SHOJI_USAGE: an option is
 * out of range. SHOJI_NO_MEMORY.
 */
shoji_status shoji_document_parse(shoji_document **document, const char *text,
                                  size_t length, const shoji_document_options *options,
                                  shoji_error *error);

/*
 * Reads and validates a document that comes in pieces of any size. The outcome is that of
 * shoji_document_parse on the whole: the same document, or the same error at the same
 * place. Used as shoji_tree_parser is; by one thread at a time.
 */
typedef struct shoji_document_parser shoji_document_parser;

/*
 * Makes a parser. `options`: copied, but what fault_context points to is lent until the
 * end; NULL for SHOJI_DOCUMENT_OPTIONS_INIT.
 * SHOJI_USAGE: an option is out of range. SHOJI_NO_MEMORY.
 */
shoji_status shoji_document_parser_new(shoji_document_parser **parser,
                                       const shoji_document_options *options);

/* Frees a parser, but not the document that it has made. NULL is allowed. */
void shoji_document_parser_free(shoji_document_parser *parser);

/* Takes the next piece, and copies it. As shoji_tree_parser_feed. */
shoji_status shoji_document_parser_feed(shoji_document_parser *parser, const char *text,
                                        size_t length, shoji_error *error);

/*
 * Ends the text, and validates the document; the options' `fault` is called from here.
 * `document` receives the document, to be freed with shoji_document_free. To be called
 * once. Fails as shoji_tree_parser_finish does; SHOJI_INVALID as shoji_document_parse, or
 * what `fault` has returned.
 */
shoji_status shoji_document_parser_finish(shoji_document_parser *parser,
                                          shoji_document **document, shoji_error *error);

/* Frees a document and all that it lent. NULL is allowed. */
void shoji_document_free(shoji_document *document);

/* Which document it is. */
shoji_element shoji_document_element(const shoji_document *document);

/* The whole JSON value, the envelope included. */
shoji_value shoji_document_root(const shoji_document *document);

/* Common members as text, NUL-terminated; NULL where the document has none. `updated` is
 * as it was written, with or without hash marks. A text can hold NULs of its own (from
 * \u0000): who minds asks shoji_value_string for its length. */
const char *shoji_document_self(const shoji_document *document);
const char *shoji_document_title(const shoji_document *document);
const char *shoji_document_description(const shoji_document *document);
const char *shoji_document_updated(const shoji_document *document);
const char *shoji_document_specification(const shoji_document *document);

/* The principal members; SHOJI_NONE where the document has none. The value of a bare
 * value is the whole text. */
shoji_value shoji_document_body(const shoji_document *document);
shoji_value shoji_document_value(const shoji_document *document);
shoji_value shoji_document_index(const shoji_document *document);
shoji_value shoji_document_entities(const shoji_document *document);
shoji_value shoji_document_graph(const shoji_document *document);

/*
 * The links of one map, in the order of the text:
 *
 *     shoji_links links = shoji_document_links(document, SHOJI_CATALOGS);
 *     shoji_link link;
 *     while (shoji_links_next(&links, &link))
 *         printf("%s -> %s\n", link.name, link.reference);
 */
typedef struct shoji_link {
    shoji_map map;
    const char *name;      /* NUL-terminated; lent by the document */
    size_t name_length;    /* in bytes: a name may hold NULs of its own */
    const char *reference; /* an IRI reference, or a template; as above */
    bool is_template;
} shoji_link;

/* The fields are private. */
typedef struct shoji_links {
    shoji_map map;
    bool is_array;
    shoji_members members;
    shoji_items items;
} shoji_links;

/* Begins with the links of a map, and gives the next one; false where none is left. */
shoji_links shoji_document_links(const shoji_document *document, shoji_map map);
bool shoji_links_next(shoji_links *links, shoji_link *link);

/*
 * What a catalog lists: the items of `entities`, then the members of `index`.
 */
typedef struct shoji_entry {
    const char *reference; /* NUL-terminated; lent by the document */
    shoji_value tuple;     /* an object or null; SHOJI_NONE for an item of entities */
} shoji_entry;

/* The fields are private. */
typedef struct shoji_entries {
    shoji_items entities;
    shoji_members index;
} shoji_entries;

/* Begins with what a catalog lists, and gives the next entry; false where none is left.
 */
shoji_entries shoji_document_entries(const shoji_document *document);
bool shoji_entries_next(shoji_entries *entries, shoji_entry *entry);

/*
 * The base rule of spec/shoji.md, "Two base rules", for this document: SHOJI_BASE_RFC3986
 * where it has an index or a graph, otherwise SHOJI_BASE_BELOW.
 */
shoji_base_rule shoji_document_base_rule(const shoji_document *document);

/*
 * The base of the document's references: its `self` resolved against the IRI that it was
 * fetched from, or that IRI where it has no `self`.
 *
 * retrieval  an absolute IRI, or NULL where there is none; then `self` must be absolute.
 *
 * SHOJI_NOT_FOUND: neither gives an absolute IRI. Else as shoji_iri_resolve.
 */
shoji_status shoji_document_base(shoji_buffer *base, const shoji_document *document,
                                 const char *retrieval, shoji_error *error);

/*
 * Resolves a reference of the document: against shoji_document_base, by `rule`, where
 * SHOJI_BASE_AUTO is shoji_document_base_rule. A reference with a scheme needs no base.
 * Fails as shoji_document_base does, and as shoji_iri_resolve.
 */
shoji_status shoji_document_resolve(shoji_buffer *iri, const shoji_document *document,
                                    const char *retrieval, const char *reference,
                                    shoji_base_rule rule, shoji_error *error);

/* Where a name was found. */
typedef enum shoji_place {
    SHOJI_IN_MAP = 0,       /* in the map `link.map` */
    SHOJI_BY_REFERENCE = 1, /* the name is an entity's reference */
    SHOJI_BY_SEGMENT = 2,   /* the name is the last segment of an entity's reference */
    SHOJI_BY_ATTRIBUTE = 3  /* the name is an attribute of an entity's tuple */
} shoji_place;

typedef struct shoji_target {
    shoji_place place;
    shoji_link link; /* for an entity: name is the one asked for, is_template false, and
                        map has no meaning */
} shoji_target;

typedef struct shoji_find_options {
    const char *attribute; /* of tuples, by which entities are found; NULL: "name" */
    const char *retrieval; /* as for shoji_document_base; NULL where there is none */
    shoji_base_rule rule;
} shoji_find_options;

#define SHOJI_FIND_OPTIONS_INIT                                                          \
    {                                                                                    \
        0, 0, SHOJI_BASE_AUTO                                                            \
    }

/*
 * Looks a name up (spec/shoji.md, "Following by name"): in the maps, in the order of
 * shoji_map; then among the catalog's entries, by reference, by last segment (decoded),
 * by attribute. A name "MAP:NAME", where MAP is the name of a map and no map has the
 * whole as a name, is looked up in that map alone; "entities:NAME" among the entries.
 *
 * target   receives what was found; its texts are lent by the document, but link.name of
 *          an entity, which is `name` itself.
 *
 * SHOJI_NOT_FOUND: the error lists names that are there. SHOJI_AMBIGUOUS: different
 * targets; the error lists them. SHOJI_NO_MEMORY.
 */
shoji_status shoji_document_find(shoji_target *target, const shoji_document *document,
                                 const char *name, const shoji_find_options *options,
                                 shoji_error *error);

/*
 * Emits the document: what was read, member by member, unknown ones included.
 * Arrays of draft 01 come out as maps. Otherwise as shoji_value_emit.
 */
shoji_status shoji_document_emit(shoji_buffer *text, const shoji_document *document,
                                 const shoji_writer_options *options);

SHOJI_END_DECLARATIONS

#endif
