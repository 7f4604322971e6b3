/* What a document names, item by item, for `ls`: as lines of fields, as JSON, or as
 * tables. */
#ifndef SHOJI_CLI_LISTING_H
#define SHOJI_CLI_LISTING_H

#include "command.h"

#include <shoji/client.h>

/* What is left out where a listing has several pages. */
struct listing_scope {
    bool without_next;  /* the link to the next page */
    bool entries_alone; /* all links */
};

/* The next link of a map that is in the scope. */
bool listing_next_link(shoji_links *links, shoji_link *link,
                       const struct listing_scope *scope);

/* Prints the links and entries of a response's document as tables. */
enum exit_code listing_print_tables(struct cli *cli, const shoji_response *response,
                                    const shoji_document *document,
                                    const struct listing_scope *scope);

/* As lines of four fields between tabs: map, name, reference, and the variables of a
 * template or the tuple of an entry as JSON. */
enum exit_code listing_print_fields(struct cli *cli, const shoji_document *document,
                                    const struct listing_scope *scope);

/* As JSON, an object a line, each with the IRI that its reference stands for. */
enum exit_code listing_print_json(struct cli *cli, shoji_response *response,
                                  const shoji_document *document,
                                  const struct listing_scope *scope);

/* A reference as people are shown it: what is below the document that it is in, without
 * the IRI of that, though servers write it out. Lent by the reference. */
const char *listing_short_reference(const char *document_iri, const char *reference);

/* Appends the name of an entry: the last segment of its reference, decoded where that
 * gives text. SHOJI_NO_MEMORY. */
shoji_status listing_append_name(shoji_buffer *name, const char *reference);

#endif
