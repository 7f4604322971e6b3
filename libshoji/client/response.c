#include "client/response.h"

#include <shoji/iri.h>
#include <shoji/protocol.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "protocol/field.h"

#include <string.h>

enum {
    /* Of a body that explains an error, and of what of it goes into a message. */
    PROBLEM_LIMIT = 64 * 1024,
    PROBLEM_DEPTH = 32,
    DETAIL_SIZE = 400
};

static size_t count_lines(const shoji_buffer *head)
{
    size_t count = 0;
    for (size_t i = 0; i < head->length; i++)
        count += head->bytes[i] == '\n';
    return count + 1;
}

/* Lines that begin with a blank continue the one before (RFC 9112, section 5.2). */
static void unfold(shoji_buffer *head)
{
    for (size_t i = 0; i + 1 < head->length; i++) {
        if (head->bytes[i] != '\n' ||
            (head->bytes[i + 1] != ' ' && head->bytes[i + 1] != '\t'))
            continue;
        head->bytes[i] = ' ';
        if (i != 0 && head->bytes[i - 1] == '\r')
            head->bytes[i - 1] = ' ';
    }
}

/* Cuts one line into name and value, in place; false where it is no field. */
static bool cut_line(struct shoji__header *header, char *line, size_t length)
{
    char *colon = memchr(line, ':', length);
    if (colon == NULL || !shoji__is_token(shoji__slice(line, (size_t)(colon - line))))
        return false;
    struct shoji__slice value =
        shoji__field_trim(shoji__slice(colon + 1, length - (size_t)(colon + 1 - line)));
    *colon = '\0';
    line[value.bytes - line + (ptrdiff_t)value.length] = '\0';
    header->name = line;
    header->value = value.bytes;
    header->joined = NULL;
    return true;
}

/* A head is NUL-terminated, so that there is room for the NUL of its last value. */
static void cut_head(shoji_response *response)
{
    char *at = response->head.bytes;
    char *end = at + response->head.length;
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        char *next = stop != NULL ? stop + 1 : end;
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        if (length != 0 && at[length - 1] == '\r')
            length--;
        if (cut_line(&response->headers[response->header_count], at, length))
            response->header_count++;
        at = next;
    }
}

static bool same_name(const struct shoji__header *one, const struct shoji__header *other)
{
    return shoji__equal_ignoring_case(shoji__slice_of(one->name),
                                      shoji__slice_of(other->name));
}

/* The values of all headers of the name of the one at `first`. */
static const char *join_values(shoji_response *response, size_t first)
{
    const struct shoji__header *headers = response->headers;
    shoji_buffer joined = SHOJI_BUFFER_INIT;
    shoji_status status = shoji_buffer_append_string(&joined, headers[first].value);
    for (size_t i = first + 1; i < response->header_count && status == SHOJI_OK; i++)
        if (same_name(&headers[first], &headers[i]))
            status = shoji_buffer_append_format(&joined, ", %s", headers[i].value);
    const char *copy = NULL;
    if (status == SHOJI_OK)
        copy = shoji__arena_copy(&response->joined, joined.bytes, joined.length);
    shoji_buffer_finish(&joined);
    return copy;
}

/* The first header of the name of the one at `index`. */
static size_t first_of_name(const shoji_response *response, size_t index)
{
    size_t first = 0;
    while (!same_name(&response->headers[first], &response->headers[index]))
        first++;
    return first;
}

static shoji_status join_headers(shoji_response *response)
{
    struct shoji__header *headers = response->headers;
    for (size_t i = 0; i < response->header_count; i++) {
        size_t first = first_of_name(response, i);
        if (first == i) {
            headers[i].joined = headers[i].value;
        } else if (headers[first].joined == headers[first].value) {
            headers[first].joined = join_values(response, first);
            if (headers[first].joined == NULL)
                return SHOJI_NO_MEMORY;
        }
    }
    return SHOJI_OK;
}

static shoji_status take_head(shoji_response *response, struct shoji__transfer *transfer)
{
    if (shoji_buffer_reserve(&transfer->head, 0) != SHOJI_OK)
        return SHOJI_NO_MEMORY;
    response->head = transfer->head;
    transfer->head = (shoji_buffer)SHOJI_BUFFER_INIT;
    unfold(&response->head);
    response->headers =
        shoji__alloc_array(count_lines(&response->head), sizeof *response->headers);
    if (response->headers == NULL)
        return SHOJI_NO_MEMORY;
    cut_head(response);
    return join_headers(response);
}

shoji_status shoji__response_new(shoji_response **response,
                                 struct shoji__transfer *transfer)
{
    shoji_response *fresh = shoji__alloc_zero(sizeof *fresh);
    if (fresh == NULL)
        return SHOJI_NO_MEMORY;
    fresh->status = transfer->status;
    fresh->reading = transfer->session->reading;
    fresh->iri = shoji__copy_text(transfer->iri, strlen(transfer->iri));
    shoji_status status =
        fresh->iri != NULL ? take_head(fresh, transfer) : SHOJI_NO_MEMORY;
    if (status == SHOJI_OK)
        status = shoji_buffer_reserve(&transfer->text, 0);
    if (status != SHOJI_OK) {
        shoji_response_free(fresh);
        return SHOJI_NO_MEMORY;
    }
    fresh->body = transfer->text;
    transfer->text = (shoji_buffer)SHOJI_BUFFER_INIT;
    *response = fresh;
    return SHOJI_OK;
}

void shoji_response_free(shoji_response *response)
{
    if (response == NULL)
        return;
    shoji_document_free(response->document);
    shoji_buffer_finish(&response->body);
    shoji__arena_finish(&response->joined);
    shoji__release(response->headers);
    shoji_buffer_finish(&response->head);
    shoji__release(response->iri);
    shoji__release(response);
}

/* The member of that name, where it is text that says something. */
static const char *text_member(shoji_value object, const char *name)
{
    const char *text = shoji_value_string(shoji_value_member(object, name), NULL);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Finds the words in which a server explains an error, and copies them. */
static void copy_detail(char detail[DETAIL_SIZE], const shoji_response *response)
{
    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.depth = PROBLEM_DEPTH;
    limits.size = PROBLEM_LIMIT;
    shoji_tree *tree = NULL;
    detail[0] = '\0';
    if (shoji_tree_parse(&tree, response->body.bytes, response->body.length, &limits,
                         NULL) != SHOJI_OK)
        return;
    static const char *const names[] = {"detail", "message", "description", "title"};
    const char *text = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && text == NULL; i++)
        text = text_member(shoji_tree_root(tree), names[i]);
    if (text != NULL)
        shoji__excerpt_into(detail, DETAIL_SIZE, text, strlen(text));
    shoji_tree_free(tree);
}

/* What to do about an answer that does not explain itself. */
static void advise(char detail[DETAIL_SIZE], const shoji_response *response)
{
    const char *advice = "";
    if (response->status == 401)
        advice = "give a token, or a user and a password";
    else if (response->status == 403)
        advice = "what was given as credentials does not allow it";
    else if (response->status == 429 || response->status == 503)
        advice = "try again later";
    shoji__excerpt_into(detail, DETAIL_SIZE, advice, strlen(advice));
}

shoji_status shoji__response_check(const shoji_response *response, const char *method,
                                   shoji_error *error)
{
    if (response->status < 400)
        return SHOJI_OK;
    char iri[SHOJI__EXCERPT_SIZE];
    char detail[DETAIL_SIZE];
    const char *phrase = shoji_http_phrase(response->status);
    copy_detail(detail, response);
    if (detail[0] == '\0')
        advise(detail, response);
    bool condition = response->status == 412 || response->status == 428;
    shoji_status status = condition ? SHOJI_PRECONDITION : SHOJI_HTTP;
    shoji__fail(error, status, "client.http", "%s %s: %d%s%s%s%s", method,
                shoji__excerpt(iri, response->iri, strlen(response->iri)),
                response->status, phrase[0] != '\0' ? " " : "", phrase,
                detail[0] != '\0' ? ": " : "", detail);
    if (error != NULL)
        error->http_status = response->status;
    return status;
}

int shoji_response_status(const shoji_response *response)
{
    return response->status;
}

const char *shoji_response_iri(const shoji_response *response)
{
    return response->iri;
}

const char *shoji_response_header(const shoji_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (shoji__equal_ignoring_case(shoji__slice_of(response->headers[i].name),
                                       shoji__slice_of(name)))
            return response->headers[i].joined;
    return NULL;
}

const char *shoji_response_header_at(const shoji_response *response, size_t index,
                                     const char **value)
{
    if (index >= response->header_count)
        return NULL;
    if (value != NULL)
        *value = response->headers[index].value;
    return response->headers[index].name;
}

const char *shoji_response_body(const shoji_response *response, size_t *length)
{
    if (length != NULL)
        *length = response->body.length;
    return response->body.bytes;
}

/* Where the text is not JSON and did not claim to be, its type says more than the place
 * of its first wrong character. */
static shoji_status fail_parse(const shoji_response *response, shoji_status status,
                               shoji_error *error)
{
    const char *type = shoji_response_header(response, "Content-Type");
    if (error == NULL || status != SHOJI_SYNTAX || type == NULL ||
        strstr(type, "json") != NULL)
        return status;
    char iri[SHOJI__EXCERPT_SIZE];
    char quoted[SHOJI__EXCERPT_SIZE];
    shoji_error reason = *error;
    shoji__fail(error, status, "client.not-json",
                "%s is of the type \"%s\" and not JSON: %s",
                shoji__excerpt(iri, response->iri, strlen(response->iri)),
                shoji__excerpt(quoted, type, strlen(type)), reason.message);
    shoji__error_place(error, reason.line, reason.column, reason.offset);
    return status;
}

shoji_status shoji_response_document(const shoji_document **document,
                                     shoji_response *response, shoji_error *error)
{
    if (response->document == NULL) {
        shoji_status status =
            shoji_document_parse(&response->document, response->body.bytes,
                                 response->body.length, &response->reading.parse, error);
        if (status != SHOJI_OK)
            return fail_parse(response, status, error);
    }
    *document = response->document;
    return SHOJI_OK;
}

/*
 * Whether `self` is the base. A server speaks for its own origin only: a document that
 * claims to come from another is a copy (a mirror, a tunnel, a tree of files), or a lie.
 * Either way its links are looked for where it was found.
 */
static shoji_status believes_self(bool *believed, const shoji_response *response,
                                  shoji_error *error)
{
    *believed = true;
    if (response->reading.trust_self || shoji_document_self(response->document) == NULL)
        return SHOJI_OK;
    shoji_buffer base = SHOJI_BUFFER_INIT;
    shoji_buffer claimed = SHOJI_BUFFER_INIT;
    shoji_buffer own = SHOJI_BUFFER_INIT;
    shoji_status status =
        shoji_document_base(&base, response->document, response->iri, error);
    if (status == SHOJI_OK)
        status = shoji__origin_of(&claimed, base.bytes, error);
    if (status == SHOJI_OK)
        status = shoji__origin_of(&own, response->iri, error);
    if (status == SHOJI_OK)
        *believed = strcmp(claimed.bytes, own.bytes) == 0;
    shoji_buffer_finish(&base);
    shoji_buffer_finish(&claimed);
    shoji_buffer_finish(&own);
    return status;
}

shoji_status shoji_response_resolve(shoji_buffer *iri, shoji_response *response,
                                    const char *reference, shoji_error *error)
{
    const shoji_document *document = NULL;
    bool believed = true;
    shoji_status status = shoji_response_document(&document, response, error);
    if (status == SHOJI_OK)
        status = believes_self(&believed, response, error);
    if (status != SHOJI_OK)
        return status;
    shoji_base_rule rule = response->reading.rule;
    if (believed)
        return shoji_document_resolve(iri, document, response->iri, reference, rule,
                                      error);
    if (rule == SHOJI_BASE_AUTO)
        rule = shoji_document_base_rule(document);
    return shoji_iri_resolve(iri, response->iri, reference, rule, error);
}
