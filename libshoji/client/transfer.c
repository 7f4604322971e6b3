#include "client/transfer.h"

#include "client/pipe.h"

#include <stdint.h>
#include <string.h>

enum {
    HEAD_LIMIT = 256 * 1024, /* bytes of all heads of one answer */
    FIELD_LIMIT = 500,
    RECEIVE_BUFFER = 64 * 1024,
    KEEPALIVE_S = 60
};

/* curl takes any other count than the one it offered for an order to stop. */
static size_t stop(struct shoji__transfer *transfer, shoji_status why)
{
    transfer->stopped = why;
    return 0;
}

static bool is_status_line(const char *line, size_t length)
{
    return length >= 5 && memcmp(line, "HTTP/", 5) == 0;
}

/*
 * Every interim answer (1xx) begins a head of its own, and the last one counts. What
 * comes after the final head and the body are trailer fields, which nobody asked for.
 */
static size_t receive_head(char *line, size_t size, size_t count, void *context)
{
    struct shoji__transfer *transfer = context;
    size_t length = size * count;
    if (length > HEAD_LIMIT - transfer->head_received)
        return stop(transfer, SHOJI_LIMIT);
    transfer->head_received += length;

    if (is_status_line(line, length)) {
        shoji_buffer_clear(&transfer->head);
        transfer->head_count = 0;
        transfer->head_is_whole = false;
        return length;
    }
    if (transfer->head_is_whole)
        return length;
    if (length == 0 || line[0] == '\r' || line[0] == '\n') {
        transfer->head_is_whole = true;
        return length;
    }
    if (++transfer->head_count > FIELD_LIMIT)
        return stop(transfer, SHOJI_LIMIT);
    if (shoji_buffer_append(&transfer->head, line, length) != SHOJI_OK)
        return stop(transfer, SHOJI_NO_MEMORY);
    return length;
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *context)
{
    struct shoji__transfer *transfer = context;
    size_t length = size * count;
    shoji_status status = shoji_buffer_append(&transfer->text, bytes, length);
    return status == SHOJI_OK ? length : stop(transfer, status);
}

static int report_progress(void *context, curl_off_t down_total, curl_off_t down,
                           curl_off_t up_total, curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    struct shoji__transfer *transfer = context;
    const shoji_session *session = transfer->session;
    if (session->interrupt == NULL || !session->interrupt(session->interrupt_context))
        return 0;
    transfer->stopped = SHOJI_STOPPED;
    return 1;
}

/* A handle that is being set up, and the first failure. */
struct setup {
    CURL *handle;
    CURLcode code;
};

static void set_number(struct setup *setup, CURLoption option, long number)
{
    if (setup->code == CURLE_OK)
        setup->code = curl_easy_setopt(setup->handle, option, number);
}

static void set_size(struct setup *setup, CURLoption option, size_t size)
{
    curl_off_t number = size < INT64_MAX ? (curl_off_t)size : INT64_MAX;
    if (setup->code == CURLE_OK)
        setup->code = curl_easy_setopt(setup->handle, option, number);
}

/* Texts are copied by curl, but for CURLOPT_POSTFIELDS. NULL leaves curl's own. */
static void set_text(struct setup *setup, CURLoption option, const char *text)
{
    if (setup->code == CURLE_OK && text != NULL)
        setup->code = curl_easy_setopt(setup->handle, option, text);
}

static void set_pointer(struct setup *setup, CURLoption option, void *pointer)
{
    if (setup->code == CURLE_OK)
        setup->code = curl_easy_setopt(setup->handle, option, pointer);
}

/* What the scheme check has let through is all that curl may speak. */
static void set_protocols(struct setup *setup)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    set_text(setup, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set_number(setup, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

/* HTTP/2 over TLS where the server has it, and proxies from the environment, are curl's
 * defaults. */
static void set_connection(struct setup *setup, const struct shoji__transfer *transfer)
{
    const shoji_session *session = transfer->session;
    set_protocols(setup);
    set_number(setup, CURLOPT_NOSIGNAL, 1);
    set_number(setup, CURLOPT_FOLLOWLOCATION, 0);
    set_number(setup, CURLOPT_PATH_AS_IS, 1);
    set_number(setup, CURLOPT_DISALLOW_USERNAME_IN_URL, 1);
    set_number(setup, CURLOPT_TCP_KEEPALIVE, 1);
    set_number(setup, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
    set_number(setup, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
    set_number(setup, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
    set_number(setup, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    set_number(setup, CURLOPT_CONNECTTIMEOUT_MS, session->connect_timeout_ms);
    set_number(setup, CURLOPT_TIMEOUT_MS, transfer->timeout_ms);
    set_text(setup, CURLOPT_CAINFO, session->ca_file);
    set_text(setup, CURLOPT_CAPATH, session->ca_directory);
    set_text(setup, CURLOPT_USERAGENT, session->user_agent);
    set_text(setup, CURLOPT_ACCEPT_ENCODING, "");
}

static void set_callbacks(struct setup *setup, struct shoji__transfer *transfer)
{
    if (setup->code == CURLE_OK)
        setup->code =
            curl_easy_setopt(setup->handle, CURLOPT_HEADERFUNCTION, receive_head);
    if (setup->code == CURLE_OK)
        setup->code =
            curl_easy_setopt(setup->handle, CURLOPT_WRITEFUNCTION, receive_body);
    if (setup->code == CURLE_OK)
        setup->code =
            curl_easy_setopt(setup->handle, CURLOPT_XFERINFOFUNCTION, report_progress);
    set_pointer(setup, CURLOPT_HEADERDATA, transfer);
    set_pointer(setup, CURLOPT_WRITEDATA, transfer);
    set_pointer(setup, CURLOPT_XFERINFODATA, transfer);
    set_pointer(setup, CURLOPT_ERRORBUFFER, transfer->detail);
    set_number(setup, CURLOPT_NOPROGRESS, 0);
}

/* Methods whose requests have a body by nature say "Content-Length: 0" without one. */
static bool wants_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static void set_request(struct setup *setup, const struct shoji__transfer *transfer)
{
    if (strcmp(transfer->method, "HEAD") == 0) {
        set_number(setup, CURLOPT_NOBODY, 1);
    } else {
        set_size(setup, CURLOPT_MAXFILESIZE_LARGE, transfer->session->body_limit);
        if (transfer->body != NULL || wants_body(transfer->method)) {
            set_number(setup, CURLOPT_POST, 1);
            set_size(setup, CURLOPT_POSTFIELDSIZE_LARGE,
                     transfer->body != NULL ? transfer->body_length : 0);
            set_text(setup, CURLOPT_POSTFIELDS,
                     transfer->body != NULL ? transfer->body : "");
        }
        set_text(setup, CURLOPT_CUSTOMREQUEST, transfer->method);
    }
    set_text(setup, CURLOPT_URL, transfer->uri);
    set_pointer(setup, CURLOPT_HTTPHEADER, transfer->fields);
    set_number(setup, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    set_number(setup, CURLOPT_NETRC,
               transfer->netrc ? (long)CURL_NETRC_OPTIONAL : (long)CURL_NETRC_IGNORED);
    set_text(setup, CURLOPT_USERNAME, transfer->user);
    set_text(setup, CURLOPT_PASSWORD, transfer->password);
}

static CURLcode perform(CURL *handle)
{
    struct shoji__pipe_guard guard;
    shoji__pipe_guard_begin(&guard);
    CURLcode code = curl_easy_perform(handle);
    shoji__pipe_guard_end(&guard);
    return code;
}

shoji_status shoji__transfer_run(struct shoji__transfer *transfer, shoji_error *error)
{
    CURL *handle = transfer->session->handle;
    struct setup setup = {handle, CURLE_OK};
    transfer->text.maximum = transfer->session->body_limit;

    set_connection(&setup, transfer);
    set_callbacks(&setup, transfer);
    set_request(&setup, transfer);
    CURLcode code = setup.code;
    if (code == CURLE_OK)
        code = perform(handle);

    shoji_status status = SHOJI_OK;
    long http_status = 0;
    if (code != CURLE_OK)
        status = shoji__transfer_failure(transfer, code, error);
    else
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &http_status);
    transfer->status = (int)http_status;
    /* Pointers into this transfer go; connections, resolved names and TLS sessions stay.
     */
    curl_easy_reset(handle);
    return status;
}

void shoji__transfer_finish(struct shoji__transfer *transfer)
{
    shoji_buffer_finish(&transfer->head);
    shoji_buffer_finish(&transfer->text);
}
