/*
 * Writing HTML: a page on its way, its text escaped. Errors stick, so that they are asked
 * for once, at the end.
 */
#ifndef SHOJID_HTML_MARKUP_H
#define SHOJID_HTML_MARKUP_H

#include <shoji/shoji.h>

struct page {
    shoji_buffer *html;
    const shoji_document *document;
    const char *iri; /* at which the document is served */
    shoji_status status;
    /* For references and their parts; empty between two uses. */
    shoji_buffer resolved;
    shoji_buffer address;
};

/* Markup of our own, as it is. */
void markup(struct page *page, const char *html);

/* Text of the document's, for content and for attribute values in double quotes. Control
 * characters, which HTML does not allow, become U+FFFD. */
void markup_text(struct page *page, const char *text);
void markup_text_n(struct page *page, const char *text, size_t length);

/* A number. */
void markup_count(struct page *page, size_t count);

/* Remembers a failure. */
void markup_fail(struct page *page, shoji_status status);

/*
 * Resolves a reference of the document into an address that a link may lead to: absolute,
 * in ASCII, http or https. NULL for all others, such as "javascript:...". Lent until the
 * next call.
 */
const char *markup_address(struct page *page, const char *reference);

/* A link that says `text`, or, where the reference leads nowhere we go, the text alone.
 */
void markup_link(struct page *page, const char *reference, const char *text);

/* The last segment of a reference, decoded, for people; the whole where there is none. */
void markup_segment(struct page *page, const char *reference);

#endif
