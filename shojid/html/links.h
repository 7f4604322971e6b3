/* The links of a document as HTML: lists of names, and forms for templates. */
#ifndef SHOJID_HTML_LINKS_H
#define SHOJID_HTML_LINKS_H

#include "html/markup.h"

/* The list of a map's links. A template that only asks for query variables, such as
 * "{?name}", is a form for each of them; another is shown as it is. */
void links_list(struct page *page, shoji_map map);

/* A link to an entity, that says the last segment of its reference. */
void links_to_segment(struct page *page, const char *reference);

#endif
