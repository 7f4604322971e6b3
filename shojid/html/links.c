#include "html/links.h"

#include <string.h>

void links_to_segment(struct page *page, const char *reference)
{
    const char *address = markup_address(page, reference);
    if (address == NULL) {
        markup_text(page, reference);
        return;
    }
    markup(page, "<a href=\"");
    markup_text(page, address);
    markup(page, "\">");
    markup_segment(page, reference);
    markup(page, "</a>");
}

/* Whether a template is a literal without a query, and then query variables alone, each
 * taken whole: what a form can send. */
static bool is_form(const char *text)
{
    size_t literal = strcspn(text, "{?#");
    size_t length = strlen(text);
    const char *expression = text + literal;
    return strncmp(expression, "{?", 2) == 0 && text[length - 1] == '}' &&
           strcspn(expression + 2, "{}:") == strlen(expression + 2) - 1;
}

/* A form that asks for one variable. Were several in one form, those left empty would be
 * sent, too, as empty values. */
static void write_form(struct page *page, const char *address, const char *variable)
{
    markup(page, "<form action=\"");
    markup_text(page, address);
    markup(page, "\"><label>");
    markup_text(page, variable);
    markup(page, " <input name=\"");
    markup_text(page, variable);
    markup(page, "\" required></label><button>Find</button></form>\n");
}

/* The literal before the expression, resolved; NULL where it leads nowhere. */
static const char *form_address(struct page *page, const shoji_template *compiled)
{
    shoji_buffer literal = SHOJI_BUFFER_INIT;
    const char *address = NULL;
    if (shoji_buffer_append(&literal, shoji_template_text(compiled),
                            shoji_template_prefix(compiled)) == SHOJI_OK)
        address = markup_address(page, literal.bytes);
    else
        markup_fail(page, SHOJI_NO_MEMORY);
    shoji_buffer_finish(&literal);
    return address;
}

static void write_template_text(struct page *page, const char *text)
{
    markup(page, " <code>");
    markup_text(page, text);
    markup(page, "</code>");
}

static void write_template(struct page *page, const shoji_link *link)
{
    shoji_template *compiled = NULL;
    shoji_status status = shoji_template_compile(&compiled, link->reference, NULL);
    if (status == SHOJI_NO_MEMORY)
        markup_fail(page, status);
    const char *address = NULL;
    if (status == SHOJI_OK && is_form(link->reference))
        address = form_address(page, compiled);
    markup_text(page, link->name);
    if (address == NULL)
        write_template_text(page, link->reference);
    else
        markup(page, "<br>\n");
    size_t count = address != NULL ? shoji_template_variable_count(compiled) : 0;
    for (size_t i = 0; i < count; i++)
        write_form(page, address, shoji_template_variable(compiled, i));
    shoji_template_free(compiled);
}

void links_list(struct page *page, shoji_map map)
{
    shoji_links links = shoji_document_links(page->document, map);
    shoji_link link;
    markup(page, "<ul>\n");
    while (shoji_links_next(&links, &link)) {
        markup(page, "<li>");
        if (link.is_template)
            write_template(page, &link);
        else
            markup_link(page, link.reference, link.name);
        markup(page, "</li>\n");
    }
    markup(page, "</ul>\n");
}
