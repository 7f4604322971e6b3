/*
 * The templates that a hosted catalog declares in its maps of links, resolved to absolute
 * paths: those that the daemon answers by filtering (spec/shoji.md, "Templates route").
 */
#ifndef SHOJID_STORE_DECLARED_H
#define SHOJID_STORE_DECLARED_H

#include <shoji/shoji.h>

enum {
    /* The most templates of one catalog. */
    STORE_TEMPLATES_MAXIMUM = 1000
};

struct declared_template {
    char *pattern;   /* absolute path and template: "/users/{?name}" */
    char *directory; /* canonical: its literal path up to the last slash: "/users/" */
};

struct declared_templates {
    struct declared_template *templates;
    size_t count;
};

#define DECLARED_TEMPLATES_INIT                                                          \
    {                                                                                    \
        NULL, 0                                                                          \
    }

/*
 * Reads the templates of a catalog.
 *
 * base  the absolute path of the catalog's references, to which they are relative by
 *       RFC 3986: with a slash at its end, but for a catalog that is served with a self
 *       that has none.
 *
 * Templates that are malformed, or that lead to another origin, are left out.
 *
 * SHOJI_LIMIT: more than STORE_TEMPLATES_MAXIMUM. SHOJI_NO_MEMORY.
 */
shoji_status declared_templates_read(struct declared_templates *declared,
                                     const shoji_document *catalog, const char *base,
                                     shoji_error *error);

/* Frees what the list owns, and leaves it empty. */
void declared_templates_finish(struct declared_templates *declared);

#endif
