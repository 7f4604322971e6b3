/* What all kinds of patches share: to write an object with some of its members replaced,
 * and to read what has been written as a document. */
#ifndef SHOJI_PROTOCOL_PATCH_WRITE_H
#define SHOJI_PROTOCOL_PATCH_WRITE_H

#include <shoji/document.h>
#include <shoji/writer.h>

#include <stddef.h>

/*
 * Writes an object: the members of `target`, each replaced by that of its name in
 * `patch`, then those that only `patch` has. What is no object has no members. Fails as
 * the writer does.
 */
shoji_status shoji__write_replaced(shoji_writer *writer, shoji_value target,
                                   shoji_value patch);

/*
 * How long the text of a result may be: as long as a reader takes by default, or twice as
 * long as the texts of both that went in.
 */
size_t shoji__patched_maximum(shoji_value target, shoji_value patch);

/* Reads the text of a result. The status is that of writing it, which is told where it is
 * a failure. */
shoji_status shoji__read_tree(shoji_tree **tree, const shoji_buffer *text,
                              shoji_status status, shoji_error *error);

/*
 * The same for a document of the same element as `target`. A fault is told without line
 * and column, as the caller has never seen the text.
 */
shoji_status shoji__read_patched(shoji_document **patched, const shoji_document *target,
                                 const shoji_buffer *text, shoji_status status,
                                 shoji_error *error);

#endif
