/*
 * Makes documents, or edits one and changes nothing else in it: members that are not
 * touched keep their place, their order and the spelling of their numbers.
 *
 * Errors stick: after one, every call returns the same status and changes nothing, so a
 * run of calls can be checked once, at shoji_builder_finish.
 *
 * Threads: a builder is used by one thread at a time.
 */
#ifndef SHOJI_BUILDER_H
#define SHOJI_BUILDER_H

#include <shoji/document.h>
#include <shoji/error.h>
#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_builder shoji_builder;

/*
 * Begins a new document of that element (SHOJI_ELEMENT_VALUE: an empty object).
 * SHOJI_NO_MEMORY.
 */
shoji_status shoji_builder_new(shoji_builder **builder, shoji_element element);

/*
 * Begins with what a document holds. The document is lent to the builder, and must
 * outlive it. A map that is an array of draft 01 can be edited as the array that it is,
 * until shoji_builder_set_link touches it; it is emitted as a map either way.
 * SHOJI_NO_MEMORY.
 */
shoji_status shoji_builder_edit(shoji_builder **builder, const shoji_document *document);

/* Frees a builder. NULL is allowed. */
void shoji_builder_free(shoji_builder *builder);

/*
 * Sets the value at a JSON Pointer (RFC 6901): replaces what is there in its place, or
 * adds it as the last member of its object, or as the last item of its array where the
 * last token is "-" or the array's size. Objects that are missing on the way are made.
 *
 * The value's tree is lent to the builder, and must outlive it.
 *
 * As with all edits, the first one within an object or array takes time in proportion to
 * its members or items; after that a member takes time in proportion to the length of its
 * name, whatever stands beside it, and an item to those between it and the nearer end.
 * What is replaced or removed gives its memory back to the builder.
 *
 * SHOJI_USAGE: a malformed pointer, SHOJI_NONE as value. SHOJI_NOT_FOUND: the pointer
 * leads through a scalar, or past the end of an array. SHOJI_NO_MEMORY.
 */
shoji_status shoji_builder_set(shoji_builder *builder, const char *pointer,
                               shoji_value value);

/* Sets a string (copied), a number by its JSON text (copied), a boolean, null, or an
 * empty object or array. Fail as shoji_builder_set does; SHOJI_SYNTAX: not UTF-8, no
 * number. */
shoji_status shoji_builder_set_string(shoji_builder *builder, const char *pointer,
                                      const char *string);
shoji_status shoji_builder_set_number(shoji_builder *builder, const char *pointer,
                                      const char *text);
shoji_status shoji_builder_set_boolean(shoji_builder *builder, const char *pointer,
                                       bool boolean);
shoji_status shoji_builder_set_null(shoji_builder *builder, const char *pointer);
shoji_status shoji_builder_set_object(shoji_builder *builder, const char *pointer);
shoji_status shoji_builder_set_array(shoji_builder *builder, const char *pointer);

/*
 * Removes the value at a pointer. SHOJI_USAGE: a malformed pointer, or "" (the document).
 * SHOJI_NOT_FOUND: there is none; this error does not stick.
 */
shoji_status shoji_builder_remove(shoji_builder *builder, const char *pointer);

/* Sets a name of a map to a reference or template (both copied). A draft 01 array in its
 * place becomes a map. Fails as shoji_builder_set does; SHOJI_NOT_FOUND: there is
 * something else than a map. */
shoji_status shoji_builder_set_link(shoji_builder *builder, shoji_map map,
                                    const char *name, const char *reference);

/* Adds a reference to a catalog's `entities`. Fails as shoji_builder_set does. */
shoji_status shoji_builder_add_entity(shoji_builder *builder, const char *reference);

/* Sets a catalog's `index` entry for a reference; SHOJI_NONE sets null. The tuple's tree
 * is lent. Fails as shoji_builder_set does. */
shoji_status shoji_builder_set_tuple(shoji_builder *builder, const char *reference,
                                     shoji_value tuple);

/* Emits what has been built, without validating it; in an envelope, arrays of draft 01 as
 * maps. As shoji_document_emit; and as the first call on the builder that failed. */
shoji_status shoji_builder_emit(shoji_buffer *text, const shoji_builder *builder,
                                const shoji_writer_options *options);

/*
 * Makes the document, and validates it. The builder stays as it is, to be edited further
 * or freed. The new document depends on nothing that was lent to the builder. What was a
 * bare value when it came to be edited is one again, and no limits apply but the
 * greatest. Fails as shoji_document_parse does, or with the error that sticks:
 * its message says at which pointer, and why.
 */
shoji_status shoji_builder_finish(const shoji_builder *builder, shoji_document **document,
                                  shoji_error *error);

SHOJI_END_DECLARATIONS

#endif
