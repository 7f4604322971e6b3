/*
 * Compiled templates, kept from one request to the next: a bounded number of them, shared
 * by all threads.
 */
#ifndef SHOJID_SERVICE_TEMPLATES_H
#define SHOJID_SERVICE_TEMPLATES_H

#include <shoji/shoji.h>

struct templates;
struct template_use;

/* NULL where memory is short. */
struct templates *templates_new(void);

/* Frees the cache. No use may be open. NULL is allowed. */
void templates_free(struct templates *templates);

/*
 * Begins the use of a template, compiled from its text or found.
 * SHOJI_SYNTAX, SHOJI_LIMIT: as shoji_template_compile. SHOJI_NO_MEMORY.
 */
shoji_status templates_begin(struct templates *templates, const char *text,
                             struct template_use **use);

/* The template itself; lent until the use ends. */
const shoji_template *templates_of(const struct template_use *use);

/* Ends a use. NULL is allowed. */
void templates_end(struct templates *templates, struct template_use *use);

#endif
