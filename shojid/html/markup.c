#include "html/markup.h"

#include <string.h>
#include <strings.h>

void markup_fail(struct page *page, shoji_status status)
{
    if (page->status == SHOJI_OK)
        page->status = status;
}

static void append(struct page *page, const char *bytes, size_t length)
{
    if (page->status == SHOJI_OK)
        page->status = shoji_buffer_append(page->html, bytes, length);
}

void markup(struct page *page, const char *html)
{
    append(page, html, strlen(html));
}

/* What stands for a byte; NULL where it stands for itself. */
static const char *escape_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return byte < 0x20 || byte == 0x7f ? "\xef\xbf\xbd" : NULL;
    }
}

void markup_text_n(struct page *page, const char *text, size_t length)
{
    size_t begin = 0;
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of((unsigned char)text[i]);
        if (escape == NULL)
            continue;
        append(page, text + begin, i - begin);
        markup(page, escape);
        begin = i + 1;
    }
    append(page, text + begin, length - begin);
}

void markup_text(struct page *page, const char *text)
{
    markup_text_n(page, text, strlen(text));
}

void markup_count(struct page *page, size_t count)
{
    if (page->status == SHOJI_OK)
        page->status = shoji_buffer_append_format(page->html, "%zu", count);
}

static bool is_web(const char *iri)
{
    return strncasecmp(iri, "http://", 7) == 0 || strncasecmp(iri, "https://", 8) == 0;
}

const char *markup_address(struct page *page, const char *reference)
{
    shoji_status status = shoji_document_resolve(
        &page->resolved, page->document, page->iri, reference, SHOJI_BASE_AUTO, NULL);
    if (status == SHOJI_OK && is_web(page->resolved.bytes))
        status = shoji_iri_to_uri(&page->address, page->resolved.bytes, NULL);
    else if (status == SHOJI_OK)
        return NULL;
    if (status == SHOJI_NO_MEMORY)
        markup_fail(page, status);
    return status == SHOJI_OK ? page->address.bytes : NULL;
}

void markup_link(struct page *page, const char *reference, const char *text)
{
    const char *address = markup_address(page, reference);
    if (address == NULL) {
        markup_text(page, text);
        return;
    }
    markup(page, "<a href=\"");
    markup_text(page, address);
    markup(page, "\">");
    markup_text(page, text);
    markup(page, "</a>");
}

/* Percent-encoding is decoded where it hides characters that an IRI can hold, so that
 * what comes out is text. */
void markup_segment(struct page *page, const char *reference)
{
    shoji_iri_parts parts;
    shoji_status status = shoji_iri_from_uri(&page->address, reference, NULL);
    if (status == SHOJI_NO_MEMORY)
        markup_fail(page, status);
    const char *text = status == SHOJI_OK ? page->address.bytes : reference;
    status = shoji_iri_split(&parts, text, NULL);
    if (status == SHOJI_NO_MEMORY)
        markup_fail(page, status);
    if (status != SHOJI_OK) {
        markup_text(page, text);
        return;
    }
    const char *path = parts.path.bytes;
    size_t end = parts.path.length;
    if (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    if (begin == end || parts.query.bytes != NULL)
        markup_text(page, text);
    else
        markup_text_n(page, path + begin, end - begin);
}
