#include "session.h"

#include "input.h"
#include "interrupt.h"

#include <shoji/shoji.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    TOKEN_MAXIMUM = 16384,
    HTTP_ACCEPTED = 202,
    HTTP_REDIRECTION = 300,
    HTTP_SEE_OTHER = 303
};

static bool has_scheme(const shoji_iri_parts *parts, const char *scheme)
{
    return parts->scheme.length == strlen(scheme) &&
           strncasecmp(parts->scheme.bytes, scheme, parts->scheme.length) == 0;
}

static bool can_be_fetched(const shoji_iri_parts *parts)
{
    return has_scheme(parts, "http") || has_scheme(parts, "https");
}

/* Whether the IRI can be fetched, with a word on how it would have to be written. */
static enum exit_code check_iri(const char *iri)
{
    shoji_iri_parts parts;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_iri_split(&parts, iri, &error);
    bool is_web = status == SHOJI_OK && can_be_fetched(&parts);
    if (is_web && parts.host.length != 0)
        return EXIT_DONE;
    if (is_web)
        return failure(EXIT_USAGE, "'%s' names no host", iri);
    if (status == SHOJI_NO_MEMORY)
        return failure_memory();
    if (strstr(iri, "://") == NULL)
        return failure(EXIT_USAGE,
                       "'%s' is not an absolute IRI; it begins with http:// or https://",
                       iri);
    if (status != SHOJI_OK)
        return failure(EXIT_USAGE, "'%s' is not an IRI: %s", iri, error.message);
    return failure(EXIT_USAGE, "'%s' cannot be fetched: only http and https can", iri);
}

/* The first line of a file, without the white space around it. */
static enum exit_code read_token(shoji_buffer *token, const char *file)
{
    enum exit_code code = input_load(token, file, TOKEN_MAXIMUM);
    if (code != EXIT_DONE)
        return code;
    const char *text = token->bytes != NULL ? token->bytes : "";
    text += strspn(text, " \t\r\n");
    size_t length = strcspn(text, " \t\r\n");
    if (length == 0)
        return failure(EXIT_FAILED, "%s holds no token; its first line must be one",
                       file);
    if (token->length > TOKEN_MAXIMUM)
        return failure(EXIT_FAILED, "%s is too large to hold a token", file);
    memmove(token->bytes, text, length);
    token->bytes[length] = '\0';
    return EXIT_DONE;
}

/* The token by its precedence: option, file, environment. NULL where there is none. */
static enum exit_code find_token(const char **token, shoji_buffer *memory,
                                 const struct settings *settings)
{
    *token = settings->token;
    if (*token != NULL)
        return EXIT_DONE;
    if (settings->token_file != NULL) {
        enum exit_code code = read_token(memory, settings->token_file);
        *token = memory->bytes;
        return code;
    }
    *token = getenv("SHOJI_TOKEN");
    if (*token != NULL && (*token)[0] == '\0')
        *token = NULL;
    return EXIT_DONE;
}

static enum exit_code open_with_token(shoji_session **session,
                                      const struct settings *settings, const char *iri,
                                      const char *token)
{
    shoji_session_options options = SHOJI_SESSION_OPTIONS_INIT;
    options.user_agent = "shoji-cli/" SHOJI_VERSION;
    options.token = token;
    options.origin = iri;
    options.headers = settings->headers.items;
    options.netrc = settings->netrc;
    options.timeout_ms = settings->timeout_ms;
    options.parse.strict = settings->strict;
    options.rule = (shoji_base_rule)settings->base_rule;
    options.trust_self = settings->trust_self;
    options.interrupt = interrupt_pending;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_session_new(session, &options, &error) == SHOJI_OK)
        return EXIT_DONE;
    return failure_report(&error);
}

enum exit_code session_open(shoji_session **session, const struct cli *cli,
                            const char *iri)
{
    enum exit_code code = check_iri(iri);
    if (code != EXIT_DONE)
        return code;
    const char *token;
    shoji_buffer memory = SHOJI_BUFFER_INIT;
    code = find_token(&token, &memory, &cli->settings);
    if (code == EXIT_DONE)
        code = open_with_token(session, &cli->settings, iri, token);
    shoji_buffer_finish(&memory);
    return code;
}

enum exit_code session_check_link(const char *iri)
{
    shoji_iri_parts parts;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_iri_split(&parts, iri, &error) != SHOJI_OK)
        return failure_report(&error);
    if (!can_be_fetched(&parts))
        return failure(EXIT_FAILED,
                       "the server leads to '%s', which cannot be fetched: only http and "
                       "https can",
                       iri);
    if (parts.user_info.bytes != NULL)
        return failure(EXIT_INVALID,
                       "the server leads to an IRI with a user name in it, which is not "
                       "followed: it is not the server's to say who asks");
    return EXIT_DONE;
}

enum exit_code session_check_done(const shoji_response *response, const char *iri,
                                  bool equal_is_done)
{
    int status = shoji_response_status(response);
    const char *location = shoji_response_header(response, "Location");
    if (status == HTTP_ACCEPTED)
        return failure(
            EXIT_INCOMPLETE,
            "%s: the server has taken it on, but has not done it yet (202); -i "
            "shows where to look for its progress",
            iri);
    if (status < HTTP_REDIRECTION || (equal_is_done && status == HTTP_SEE_OTHER))
        return EXIT_DONE;
    return failure(EXIT_FAILED, "%s: nothing was changed, since it is elsewhere (%d): %s",
                   iri, status,
                   location != NULL ? location : "the server does not say where");
}

enum exit_code session_document(const shoji_document **document, shoji_response *response)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_response_document(document, response, &error) == SHOJI_OK)
        return EXIT_DONE;
    if (error.code != NULL && strcmp(error.code, "client.not-json") == 0)
        return failure_report(&error);
    return failure_report_in(shoji_response_iri(response), &error);
}

void session_print_head(struct cli *cli, const shoji_response *response)
{
    if (!cli->settings.include)
        return;
    char line[64];
    int status = shoji_response_status(response);
    snprintf(line, sizeof line, "HTTP %d %s", status, shoji_http_phrase(status));
    output_text(&cli->output, line, STYLE_HEADING);
    output_string(&cli->output, "\n");
    const char *name;
    const char *value;
    for (size_t i = 0; (name = shoji_response_header_at(response, i, &value)) != NULL;
         i++) {
        output_text(&cli->output, name, STYLE_NAME);
        output_string(&cli->output, ": ");
        output_text(&cli->output, value, STYLE_PLAIN);
        output_string(&cli->output, "\n");
    }
    output_string(&cli->output, "\n");
}

enum exit_code session_print(struct cli *cli, const shoji_response *response)
{
    session_print_head(cli, response);
    size_t length;
    const char *body = shoji_response_body(response, &length);
    return output_body(&cli->output, body, length);
}

enum exit_code session_failure(struct cli *cli, shoji_response *response,
                               const shoji_error *error)
{
    if (response != NULL && cli->settings.include)
        session_print(cli, response);
    return failure_report(error);
}

enum exit_code session_send(shoji_response **response, struct cli *cli,
                            shoji_session *session, const shoji_request *request)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_response *answer = NULL;
    shoji_status status = shoji_session_send(&answer, session, request, &error);
    if (status == SHOJI_OK) {
        *response = answer;
        return EXIT_DONE;
    }
    enum exit_code code = session_failure(cli, answer, &error);
    shoji_response_free(answer);
    return code;
}
