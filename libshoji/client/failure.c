#include "client/transfer.h"

#include <shoji/iri.h>

#include "base/error.h"
#include "protocol/field.h"

#include <stdio.h>
#include <string.h>

enum {
    /* The longest host name, a port and what stands between. */
    PLACE_SIZE = 280,
    DETAIL_SIZE = 200
};

/* What went wrong, for a person: the IRI, the host and port, and curl's own words. */
struct account {
    char iri[SHOJI__EXCERPT_SIZE];
    char place[PLACE_SIZE];
    char detail[DETAIL_SIZE];
};

static void name_place(char place[PLACE_SIZE], const char *iri)
{
    shoji_iri_parts parts;
    place[0] = '\0';
    if (shoji_iri_split(&parts, iri, NULL) != SHOJI_OK)
        return;
    struct shoji__slice scheme = shoji__slice(parts.scheme.bytes, parts.scheme.length);
    const char *port =
        shoji__equal_ignoring_case(scheme, shoji__slice_of("https")) ? "443" : "80";
    size_t length = strlen(port);
    if (parts.port.length != 0) {
        port = parts.port.bytes;
        length = parts.port.length;
    }
    snprintf(place, PLACE_SIZE, "%.*s:%.*s", (int)parts.host.length, parts.host.bytes,
             (int)length, port);
}

static void fill_account(struct account *account, const struct shoji__transfer *transfer,
                         CURLcode code)
{
    const char *words =
        transfer->detail[0] != '\0' ? transfer->detail : curl_easy_strerror(code);
    shoji__excerpt(account->iri, transfer->iri, strlen(transfer->iri));
    shoji__excerpt_into(account->detail, sizeof account->detail, words, strlen(words));
    name_place(account->place, transfer->iri);
}

static shoji_status fail_time_out(const struct shoji__transfer *transfer,
                                  const struct account *account, shoji_error *error)
{
    curl_off_t connected = 0;
    curl_easy_getinfo(transfer->session->handle, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (connected == 0)
        return shoji__fail(error, SHOJI_UNREACHABLE, "client.connect-timeout",
                           "%s: no connection to %s in time (%s): check the address and "
                           "the network, or allow more time",
                           account->iri, account->place, account->detail);
    return shoji__fail(error, SHOJI_UNREACHABLE, "client.timeout",
                       "%s: %s did not answer in full in time (%s): try again, or allow "
                       "more time",
                       account->iri, account->place, account->detail);
}

static shoji_status fail_limit(const struct shoji__transfer *transfer, CURLcode code,
                               const struct account *account, shoji_error *error)
{
    if (transfer->head_is_whole || code == CURLE_FILESIZE_EXCEEDED)
        return shoji__fail(error, SHOJI_LIMIT, "client.body-too-large",
                           "%s: the body is larger than the limit of %zu bytes: raise "
                           "the limit, or ask for less",
                           account->iri, transfer->session->body_limit);
    return shoji__fail(error, SHOJI_LIMIT, "client.head-too-large",
                       "%s: %s answers with more header fields than are taken",
                       account->iri, account->place);
}

/* Words for what a person can do something about. %s are the IRI, the place and curl's
 * own words. */
struct translation {
    CURLcode code;
    const char *name;
    const char *problem;
    const char *advice;
};

static const struct translation translations[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "client.no-such-host", "no host of that name is known",
     "check its spelling and the network"},
    {CURLE_COULDNT_RESOLVE_PROXY, "client.no-such-proxy", "the proxy is not known",
     "check the variables http_proxy, https_proxy and all_proxy"},
    {CURLE_PROXY, "client.proxy", "the proxy refuses",
     "check the variables http_proxy, https_proxy and all_proxy"},
    {CURLE_COULDNT_CONNECT, "client.refused", "nothing answers",
     "check that the server runs, and its address and port"},
    {CURLE_PEER_FAILED_VERIFICATION, "client.certificate",
     "the server's certificate is not trusted",
     "if an authority of your own has signed it, name that one's file in CURL_CA_BUNDLE"},
    {CURLE_SSL_CACERT_BADFILE, "client.authorities",
     "the file of trusted authorities cannot be read",
     "check the variables CURL_CA_BUNDLE and SSL_CERT_FILE"},
    {CURLE_SSL_CONNECT_ERROR, "client.tls", "no TLS connection can be made",
     "check that this port speaks https"},
    {CURLE_GOT_NOTHING, "client.no-answer", "the connection ended without an answer",
     "check that this port speaks the scheme asked for, or try again"},
    {CURLE_PARTIAL_FILE, "client.cut-short", "the answer broke off before its end",
     "try again"},
    {CURLE_RECV_ERROR, "client.broken", "the connection broke", "try again"},
    {CURLE_SEND_ERROR, "client.broken", "the connection broke", "try again"},
    {CURLE_BAD_CONTENT_ENCODING, "client.content-coding",
     "the answer's content coding is broken or unknown", "tell those who run the server"},
    {CURLE_WEIRD_SERVER_REPLY, "client.not-http", "the answer is not HTTP",
     "check the port"},
    {CURLE_UNSUPPORTED_PROTOCOL, "client.not-http", "the answer is not HTTP/1 or later",
     "check the port"},
};

static const struct translation *translation_of(CURLcode code)
{
    static const struct translation other = {CURLE_OK, "client.failed",
                                             "no answer could be had", "try again"};
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++)
        if (translations[i].code == code)
            return &translations[i];
    return &other;
}

shoji_status shoji__transfer_failure(const struct shoji__transfer *transfer,
                                     CURLcode code, shoji_error *error)
{
    struct account account;
    fill_account(&account, transfer, code);
    if (code == CURLE_OUT_OF_MEMORY || transfer->stopped == SHOJI_NO_MEMORY)
        return shoji__fail_memory(error);
    if (transfer->stopped == SHOJI_STOPPED)
        return shoji__fail(error, SHOJI_STOPPED, NULL, "%s: interrupted", account.iri);
    if (code == CURLE_FILESIZE_EXCEEDED || transfer->stopped == SHOJI_LIMIT)
        return fail_limit(transfer, code, &account, error);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail_time_out(transfer, &account, error);
    const struct translation *words = translation_of(code);
    return shoji__fail(error, SHOJI_UNREACHABLE, words->name, "%s: %s at %s (%s): %s",
                       account.iri, words->problem, account.place, account.detail,
                       words->advice);
}
