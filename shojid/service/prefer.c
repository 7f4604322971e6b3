#include "service/prefer.h"

#include "service/access.h"
#include "service/methods.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* The end of a token or quoted string; NULL where a quote is not closed. */
static const char *skip_word(const char *at)
{
    if (*at != '"')
        return at + strcspn(at, " \t,;=\"");
    for (at++; *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        if (*at == '\0')
            return NULL;
    }
    return at + 1;
}

static bool is_word(const char *begin, const char *end, const char *word)
{
    if (end - begin >= 2 && *begin == '"') {
        begin++;
        end--;
    }
    size_t length = strlen(word);
    return (size_t)(end - begin) == length && strncasecmp(begin, word, length) == 0;
}

/* One preference or parameter: a name, and a value if there is one. */
struct pair {
    const char *name;
    const char *name_end;
    const char *value;
    const char *value_end;
};

/* Reads one, and returns what stands behind it; NULL where it is malformed. */
static const char *read_pair(struct pair *pair, const char *at)
{
    pair->name = at;
    pair->name_end = skip_word(at);
    pair->value = pair->value_end = "";
    if (pair->name_end == NULL)
        return NULL;
    at = skip_space(pair->name_end);
    if (*at != '=')
        return at;
    pair->value = skip_space(at + 1);
    pair->value_end = skip_word(pair->value);
    return pair->value_end != NULL ? skip_space(pair->value_end) : NULL;
}

enum preference prefer_return(const struct exchange_request *request)
{
    char joined[EXCHANGE_LIST_SIZE];
    const char *at = exchange_list_header(request, "Prefer", joined);
    bool parameter = false;
    while (at != NULL && *(at = skip_space(at)) != '\0') {
        struct pair pair;
        at = read_pair(&pair, at);
        if (at == NULL || (*at != '\0' && *at != ',' && *at != ';'))
            break;
        if (!parameter && is_word(pair.name, pair.name_end, "return")) {
            if (is_word(pair.value, pair.value_end, "minimal"))
                return PREFER_MINIMAL;
            return is_word(pair.value, pair.value_end, "representation")
                       ? PREFER_REPRESENTATION
                       : PREFER_NOTHING;
        }
        parameter = *at == ';';
        at += *at != '\0';
    }
    return PREFER_NOTHING;
}

/* The fields of a request by which its write was decided, and which say nothing of what
 * is read after it. */
static bool is_of_the_write(const char *name)
{
    static const char *const names[] = {"If-Match",          "If-None-Match",
                                        "If-Modified-Since", "If-Unmodified-Since",
                                        "If-Range",          "Range"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Reads a resource as a GET by the same client would. Returns whether it is there. */
static bool read_resource(struct visit *visit, const char *path,
                          struct exchange_response *response)
{
    size_t count = visit->request->header_count;
    struct exchange_header *headers = calloc(count + 1, sizeof *headers);
    struct exchange_request request = *visit->request;
    struct visit reading = *visit;
    if (headers == NULL)
        return false;
    /* Whoever held one view of the store and waited for another could wait for ever. */
    visit_close(visit);
    reading.snapshot = NULL;
    request.method = "GET";
    request.path = path;
    request.query = NULL;
    request.headers = headers;
    request.header_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_of_the_write(visit->request->headers[i].name))
            headers[request.header_count++] = visit->request->headers[i];
    reading.request = &request;
    reading.response = response;
    reading.path = (shoji_buffer)SHOJI_BUFFER_INIT;
    reading.query = (shoji_buffer)SHOJI_BUFFER_INIT;
    if (shoji_buffer_append_string(&reading.path, path) == SHOJI_OK)
        method_read(&reading);
    visit_close(&reading);
    shoji_buffer_finish(&reading.path);
    free(headers);
    return response->status == 200;
}

/* Makes a representation that was read the content of the answer. */
static void take_content(struct visit *visit, struct exchange_response *read,
                         const char *path)
{
    struct exchange_response *response = visit->response;
    shoji_buffer iri = SHOJI_BUFFER_INIT;
    /* How long a GET may be kept is not said of the answer to a write. */
    for (size_t i = 0; i < read->header_count; i++)
        if (strcasecmp(read->headers[i].name, "Cache-Control") != 0)
            exchange_set_header(response, read->headers[i].name, "%s",
                                read->headers[i].value);
    if (site_append_iri(&iri, &visit->site, path) == SHOJI_OK)
        exchange_set_header(response, "Content-Location", "%s", iri.bytes);
    shoji_buffer_finish(&iri);
    shoji_buffer_finish(&response->body);
    response->body = read->body;
    read->body = (shoji_buffer)SHOJI_BUFFER_INIT;
    response->no_body = false;
    if (response->status == 204)
        response->status = 200;
    exchange_set_header(response, "Preference-Applied", "return=representation");
}

void prefer_answer(struct visit *visit, const char *path)
{
    struct exchange_response *response = visit->response;
    struct exchange_response read = EXCHANGE_RESPONSE_INIT;
    switch (prefer_return(visit->request)) {
    case PREFER_MINIMAL:
        shoji_buffer_clear(&response->body);
        if (response->status == 200)
            response->status = 204;
        response->no_body = response->status == 204;
        exchange_set_header(response, "Preference-Applied", "return=minimal");
        break;
    case PREFER_REPRESENTATION:
        if (access_may_read(visit, path) && read_resource(visit, path, &read))
            take_content(visit, &read, path);
        exchange_response_finish(&read);
        break;
    default:
        break;
    }
}
