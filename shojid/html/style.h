/* The style of a page, and the policy that allows it and nothing else. Both are made of
 * page.css by embed_style.py. */
#ifndef SHOJID_HTML_STYLE_H
#define SHOJID_HTML_STYLE_H

extern const char html_style[];
extern const char html_style_policy[];

#endif
