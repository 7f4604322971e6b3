/*
 * A document as a page for people: what a browser shows of a catalog, an entity, a view.
 * One HTML5 text that needs nothing else: no scripts, no images, a small style of its
 * own. Everything that comes from the document is escaped, and leads only where http,
 * https or a relative reference leads.
 */
#ifndef SHOJID_HTML_PAGE_H
#define SHOJID_HTML_PAGE_H

#include <shoji/shoji.h>

/* The media type of a page, for Content-Type. */
#define HTML_PAGE_TYPE "text/html; charset=utf-8"

/* The Content-Security-Policy to send with a page: the page's own style, and nothing
 * else. A static string. */
const char *html_page_policy(void);

/*
 * Writes the page of a document into a buffer, which is cleared first.
 *
 * document  as it is served: with its self, its links and its members.
 * iri       the absolute IRI that the document is served at, such as
 *           "http://127.0.0.1:8642/users/": the base of its references where it has no
 *           self, and the source of the trail of links above the title.
 *
 * SHOJI_SYNTAX: `iri` is not absolute. SHOJI_LIMIT: the buffer's maximum.
 * SHOJI_NO_MEMORY.
 */
shoji_status html_page(shoji_buffer *html, const shoji_document *document,
                       const char *iri, shoji_error *error);

#endif
