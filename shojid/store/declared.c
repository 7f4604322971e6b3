#include "store/declared.h"

#include "store/fail.h"
#include "store/path.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Stands for the daemon's own origin, whatever it is, while references are resolved. */
static const char origin[] = "http://localhost";

/* The last slash of a text's first `length` bytes, counted from 1; 0 for none. */
static size_t after_last_slash(const char *text, size_t length)
{
    while (length > 0 && text[length - 1] != '/')
        length--;
    return length;
}

/*
 * Resolves the literal beginning of a template, of `prefix` bytes, into an absolute path.
 * What follows its last slash is kept as it is: an expression goes on with it, so that it
 * is not a whole segment yet. Leaves `path` empty where it leads elsewhere.
 */
static shoji_status resolve_prefix(shoji_buffer *path, const char *text, size_t prefix,
                                   const char *base)
{
    const char *query = memchr(text, '?', prefix);
    size_t path_length = query != NULL ? (size_t)(query - text) : prefix;
    size_t directory = after_last_slash(text, path_length);
    shoji_buffer reference = SHOJI_BUFFER_INIT;
    shoji_buffer absolute = SHOJI_BUFFER_INIT;
    shoji_buffer resolved = SHOJI_BUFFER_INIT;

    shoji_status status = directory == 0 && path_length > 0
                              ? shoji_buffer_append_string(&reference, "./")
                              : shoji_buffer_append(&reference, text, directory);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(&absolute, "%s%s", origin, base);
    if (status == SHOJI_OK)
        status = shoji_iri_resolve(&resolved, absolute.bytes, reference.bytes,
                                   SHOJI_BASE_RFC3986, NULL);
    size_t skip = sizeof origin - 1;
    bool ours = status == SHOJI_OK && resolved.length > skip &&
                memcmp(resolved.bytes, origin, skip) == 0 && resolved.bytes[skip] == '/';
    if (ours)
        status = shoji_buffer_append_string(path, resolved.bytes + skip);
    if (ours && status == SHOJI_OK)
        status = shoji_buffer_append(path, text + directory, prefix - directory);
    shoji_buffer_finish(&reference);
    shoji_buffer_finish(&absolute);
    shoji_buffer_finish(&resolved);
    return status == SHOJI_SYNTAX || status == SHOJI_LIMIT ? SHOJI_OK : status;
}

/* Whether a template begins like an IRI with a scheme: "http:{x}", "http://h/{x}". */
static bool has_scheme(const char *text, size_t prefix)
{
    for (size_t i = 0; i < prefix; i++) {
        if (text[i] == ':')
            return i > 0;
        if (strchr("/?#", text[i]) != NULL)
            return false;
    }
    return false;
}

/* The length of the directory of a resolved path: up to the last slash of its path. */
static size_t directory_length(const char *path, size_t length)
{
    const char *query = memchr(path, '?', length);
    return after_last_slash(path, query != NULL ? (size_t)(query - path) : length);
}

/* Fills an entry from a resolved prefix and the rest of the template. */
static shoji_status fill(struct declared_template *entry, const shoji_buffer *path,
                         const char *rest)
{
    shoji_buffer pattern = SHOJI_BUFFER_INIT;
    shoji_buffer directory = SHOJI_BUFFER_INIT;
    shoji_status status = store_path_append_normal(
        &directory, path->bytes, directory_length(path->bytes, path->length));
    if (status == SHOJI_OK)
        status = shoji_buffer_append_format(&pattern, "%s%s", path->bytes, rest);
    if (status == SHOJI_OK) {
        entry->pattern = shoji_buffer_take(&pattern, NULL);
        entry->directory = shoji_buffer_take(&directory, NULL);
        if (entry->pattern == NULL || entry->directory == NULL)
            status = SHOJI_NO_MEMORY;
    }
    shoji_buffer_finish(&pattern);
    shoji_buffer_finish(&directory);
    return status;
}

static shoji_status add(struct declared_templates *declared, const shoji_buffer *path,
                        const char *rest)
{
    if (declared->count == STORE_TEMPLATES_MAXIMUM)
        return SHOJI_LIMIT;
    struct declared_template *templates = realloc(
        declared->templates, (declared->count + 1) * sizeof declared->templates[0]);
    if (templates == NULL)
        return SHOJI_NO_MEMORY;
    declared->templates = templates;
    struct declared_template *entry = &templates[declared->count++];
    *entry = (struct declared_template){NULL, NULL};
    return fill(entry, path, rest);
}

/* Adds one template, if it is one that this daemon answers. */
static shoji_status read_template(struct declared_templates *declared, const char *text,
                                  const char *base)
{
    shoji_template *compiled = NULL;
    shoji_status status = shoji_template_compile(&compiled, text, NULL);
    if (status != SHOJI_OK)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    size_t prefix = shoji_template_prefix(compiled);
    shoji_template_free(compiled);
    if (has_scheme(text, prefix) || memchr(text, '#', prefix) != NULL)
        return SHOJI_OK;

    shoji_buffer path = SHOJI_BUFFER_INIT;
    status = resolve_prefix(&path, text, prefix, base);
    if (status == SHOJI_OK && path.length > 0 && path.length <= STORE_PATH_MAXIMUM)
        status = add(declared, &path, text + prefix);
    shoji_buffer_finish(&path);
    return status;
}

shoji_status declared_templates_read(struct declared_templates *declared,
                                     const shoji_document *catalog, const char *base,
                                     shoji_error *error)
{
    struct declared_templates found = DECLARED_TEMPLATES_INIT;
    shoji_status status = SHOJI_OK;
    for (int map = 0; map < SHOJI_MAP_COUNT && status == SHOJI_OK; map++) {
        shoji_links links = shoji_document_links(catalog, (shoji_map)map);
        shoji_link link;
        while (status == SHOJI_OK && shoji_links_next(&links, &link))
            if (link.is_template)
                status = read_template(&found, link.reference, base);
    }
    if (status == SHOJI_OK) {
        *declared = found;
        return SHOJI_OK;
    }
    declared_templates_finish(&found);
    if (status == SHOJI_LIMIT)
        return store_fail(error, status, STORE_LARGE,
                          "the catalog declares more than %d templates",
                          STORE_TEMPLATES_MAXIMUM);
    return store_fail_status(error, status);
}

void declared_templates_finish(struct declared_templates *declared)
{
    for (size_t i = 0; i < declared->count; i++) {
        shoji_free(declared->templates[i].pattern);
        shoji_free(declared->templates[i].directory);
    }
    free(declared->templates);
    *declared = (struct declared_templates)DECLARED_TEMPLATES_INIT;
}
