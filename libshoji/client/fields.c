#include "client/fields.h"

#include "base/buffer.h"
#include "base/error.h"
#include "protocol/field.h"

#include <string.h>

static struct shoji__slice name_of(const char *line)
{
    return shoji__slice(line, strcspn(line, ":"));
}

/* A tab may stand in a value; no other control character may. */
static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

shoji_status shoji__fields_check(const char *const *lines, shoji_error *error)
{
    for (; lines != NULL && *lines != NULL; lines++) {
        struct shoji__slice name = name_of(*lines);
        char quoted[SHOJI__EXCERPT_SIZE];
        if (!shoji__is_token(name) || (*lines)[name.length] != ':')
            return shoji__fail(error, SHOJI_USAGE, "client.header",
                               "\"%s\" is no header: write it as \"Name: value\"",
                               shoji__excerpt(quoted, *lines, strlen(*lines)));
        if (has_control(*lines))
            return shoji__fail(error, SHOJI_USAGE, "client.header",
                               "the value of the header %s holds a control character",
                               shoji__excerpt(quoted, name.bytes, name.length));
    }
    return SHOJI_OK;
}

shoji_status shoji__fields_check_value(const char *what, const char *value,
                                       shoji_error *error)
{
    if (value == NULL || !has_control(value))
        return SHOJI_OK;
    return shoji__fail(error, SHOJI_USAGE, "client.header",
                       "the %s holds a control character, which a header cannot", what);
}

static bool have(const char *const *lines, struct shoji__slice name)
{
    for (; lines != NULL && *lines != NULL; lines++)
        if (shoji__equal_ignoring_case(name_of(*lines), name))
            return true;
    return false;
}

bool shoji__fields_have(const char *const *lines, const char *name)
{
    return have(lines, shoji__slice_of(name));
}

size_t shoji__fields_count(const char *const *lines)
{
    size_t count = 0;
    while (lines != NULL && lines[count] != NULL)
        count++;
    return count;
}

/* A list on its way, and the first failure. */
struct listing {
    struct curl_slist *list;
    shoji_buffer line;
    shoji_status status;
};

static void add_line(struct listing *listing, const char *line)
{
    if (listing->status != SHOJI_OK)
        return;
    struct curl_slist *longer = curl_slist_append(listing->list, line);
    if (longer == NULL)
        listing->status = SHOJI_NO_MEMORY;
    else
        listing->list = longer;
}

/* curl takes "Name:" for the wish to send none, and "Name;" for an empty value. */
static void add_own_line(struct listing *listing, const char *line)
{
    struct shoji__slice name = name_of(line);
    size_t blank = strspn(line + name.length + 1, " \t");
    if (line[name.length + 1 + blank] != '\0') {
        add_line(listing, line);
        return;
    }
    shoji_buffer_clear(&listing->line);
    if (listing->status == SHOJI_OK)
        listing->status = shoji_buffer_append_format(&listing->line, "%.*s;",
                                                     (int)name.length, name.bytes);
    add_line(listing, listing->line.bytes);
}

/* Adds a field that neither the request's lines nor the session's have; where `value` is
 * NULL, the wish that curl send none of its own. */
static void add_made_up(struct listing *listing, const struct shoji__fields *fields,
                        const char *name, const char *prefix, const char *value)
{
    if (listing->status != SHOJI_OK || shoji__fields_have(fields->own, name) ||
        shoji__fields_have(fields->session, name))
        return;
    shoji_buffer_clear(&listing->line);
    if (value != NULL)
        listing->status =
            shoji_buffer_append_format(&listing->line, "%s: %s%s", name, prefix, value);
    else
        listing->status = shoji_buffer_append_format(&listing->line, "%s:", name);
    add_line(listing, listing->line.bytes);
}

static void add_all(struct listing *listing, const struct shoji__fields *fields)
{
    const shoji_request *request = fields->request;
    const char *type = request->content_type;
    if (type == NULL && request->body != NULL)
        type = "application/json";

    add_made_up(listing, fields, "Accept", "", fields->accept);
    add_made_up(listing, fields, "Content-Type", "", type);
    /* A server that does not know Expect costs a second's wait. */
    add_made_up(listing, fields, "Expect", "", NULL);
    if (request->if_match != NULL)
        add_made_up(listing, fields, "If-Match", "", request->if_match);
    if (request->if_none_match != NULL)
        add_made_up(listing, fields, "If-None-Match", "", request->if_none_match);
    if (fields->token != NULL)
        add_made_up(listing, fields, "Authorization", "Bearer ", fields->token);
    for (const char *const *at = fields->session; at != NULL && *at != NULL; at++)
        if (!have(fields->own, name_of(*at)))
            add_own_line(listing, *at);
    for (const char *const *at = fields->own; at != NULL && *at != NULL; at++)
        add_own_line(listing, *at);
}

shoji_status shoji__fields_list(struct curl_slist **list,
                                const struct shoji__fields *fields)
{
    struct listing listing = {NULL, SHOJI_BUFFER_INIT, SHOJI_OK};
    add_all(&listing, fields);
    shoji_buffer_finish(&listing.line);
    if (listing.status != SHOJI_OK) {
        curl_slist_free_all(listing.list);
        return SHOJI_NO_MEMORY;
    }
    *list = listing.list;
    return SHOJI_OK;
}
