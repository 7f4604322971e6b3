#include "html/value.h"

#include <string.h>

/* Appends a value as JSON, escaped. */
static void append_json(struct page *page, shoji_value value, unsigned indent)
{
    shoji_writer_options options = SHOJI_WRITER_OPTIONS_INIT;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    options.indent = indent;
    shoji_status status = shoji_value_emit(&text, value, &options);
    if (status == SHOJI_OK)
        markup_text_n(page, text.bytes, text.length);
    else
        markup_fail(page, status);
    shoji_buffer_finish(&text);
}

void value_json(struct page *page, shoji_value value)
{
    markup(page, "<pre>");
    append_json(page, value, 2);
    markup(page, "</pre>\n");
}

/* Whether a string begins as an address does; markup_link tells whether it is one. */
static bool is_web_address(const char *text, size_t length)
{
    return (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) &&
           strlen(text) == length;
}

void value_inline(struct page *page, shoji_value value)
{
    size_t length;
    const char *text;
    switch (shoji_value_type(value)) {
    case SHOJI_NONE:
        return;
    case SHOJI_STRING:
        text = shoji_value_string(value, &length);
        if (is_web_address(text, length))
            markup_link(page, text, text);
        else
            markup_text_n(page, text, length);
        return;
    case SHOJI_NUMBER:
        text = shoji_value_number(value, &length);
        markup_text_n(page, text, length);
        return;
    default:
        markup(page, "<code>");
        append_json(page, value, 0);
        markup(page, "</code>");
    }
}

void value_cell(struct page *page, shoji_value value)
{
    markup(page,
           shoji_value_type(value) == SHOJI_NUMBER ? "<td class=\"number\">" : "<td>");
    value_inline(page, value);
    markup(page, "</td>");
}

void value_table(struct page *page, shoji_value object)
{
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    if (shoji_value_size(object) == 0) {
        markup(page, "<p class=\"about\">It has no attributes.</p>\n");
        return;
    }
    markup(page, "<div class=\"wide\"><table><tbody>\n");
    while (shoji_members_next(&members, &member)) {
        markup(page, "<tr><th scope=\"row\">");
        markup_text_n(page, member.name, member.name_length);
        markup(page, "</th><td>");
        value_inline(page, member.value);
        markup(page, "</td></tr>\n");
    }
    markup(page, "</tbody></table></div>\n");
}

static bool has_scalars_alone(shoji_value array)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    while (shoji_items_next(&items, &item))
        if (shoji_value_type(item) == SHOJI_ARRAY ||
            shoji_value_type(item) == SHOJI_OBJECT)
            return false;
    return shoji_value_size(array) > 0;
}

static void list_items(struct page *page, shoji_value array)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    markup(page, "<ol class=\"columns\">\n");
    while (shoji_items_next(&items, &item)) {
        markup(page, "<li>");
        value_inline(page, item);
        markup(page, "</li>\n");
    }
    markup(page, "</ol>\n");
}

void value_block(struct page *page, shoji_value value)
{
    shoji_type type = shoji_value_type(value);
    if (type == SHOJI_OBJECT) {
        value_table(page, value);
    } else if (type == SHOJI_ARRAY && has_scalars_alone(value)) {
        list_items(page, value);
    } else if (type == SHOJI_ARRAY) {
        value_json(page, value);
    } else {
        markup(page, "<p>");
        value_inline(page, value);
        markup(page, "</p>\n");
    }
}
