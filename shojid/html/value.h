/* JSON values as HTML. */
#ifndef SHOJID_HTML_VALUE_H
#define SHOJID_HTML_VALUE_H

#include "html/markup.h"

/* A value in a line: text and numbers as they are, all else as JSON. */
void value_inline(struct page *page, shoji_value value);

/* A cell of a table that holds a value. */
void value_cell(struct page *page, shoji_value value);

/* A table of an object's members. */
void value_table(struct page *page, shoji_value object);

/* A value of its own: a table of an object, a list of scalars, or JSON. */
void value_block(struct page *page, shoji_value value);

/* A value as JSON over several lines. */
void value_json(struct page *page, shoji_value value);

#endif
