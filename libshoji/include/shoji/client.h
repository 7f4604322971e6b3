/*
 * A client: a session over HTTP(S) that fetches documents and follows links by name.
 *
 * A session keeps its connections open and uses them again, speaks HTTP/2 where a server
 * offers it over TLS, takes compressed answers, and honours the variables that users of
 * curl know: http_proxy, https_proxy, all_proxy and no_proxy; CURL_CA_BUNDLE,
 * SSL_CERT_FILE and SSL_CERT_DIR.
 *
 * Whom it tells what: an origin (scheme, host and port) is the unit of trust. A token,
 * headers, and the user and password that stand in an IRI go to the origin that they are
 * for and to no other, wherever links and redirects lead.
 *
 * Threads: a session is used by one thread at a time, and so is a response, which does
 * not need its session any more; different ones by different threads at once. The first
 * session starts libcurl (curl_global_init), once in a process and safely for threads; a
 * program that uses libcurl in other ways may start it before, as it likes.
 */
#ifndef SHOJI_CLIENT_H
#define SHOJI_CLIENT_H

#include <shoji/document.h>
#include <shoji/error.h>
#include <shoji/template.h>

#include <stdbool.h>
#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_session shoji_session;
typedef struct shoji_response shoji_response;

/* Called between the bytes of a transfer, and once a second where none come: true gives
 * the transfer up, which then fails with SHOJI_STOPPED. A signal that a handler takes
 * wakes a transfer that waits, so that a flag set by the handler is seen at once. */
typedef bool (*shoji_interrupt)(void *context);

typedef struct shoji_session_options {
    const char *user_agent; /* NULL: "libshoji/VERSION" */
    const char *accept;     /* NULL: Shoji's media type, then JSON, then anything */
    const char *token;      /* bearer token, sent to `origin` alone; NULL for none */
    const char *origin; /* an IRI of the origin that the token and the headers are for;
                           NULL: the origin of the first request */
    /* Headers of every request to `origin`, and to it alone since they may hold secrets:
     * "Name: value", up to a NULL; or NULL for none. One takes the place of the header
     * of its name that the session would send itself, those of a request's other fields
     * among them; those in a request's `headers` take its place. */
    const char *const *headers;
    bool netrc; /* take user and password of a host from ~/.netrc, where neither a
                   token nor an IRI gives any */
    long connect_timeout_ms;      /* 0: 10,000 */
    long timeout_ms;              /* for one whole request, redirects included; 0:
                                     300,000 */
    size_t body_limit;            /* bytes of one body after decoding; 0: 64 MiB */
    unsigned redirect_limit;      /* of one request; 0: 10 */
    shoji_document_options parse; /* how documents are read */
    shoji_base_rule rule;
    bool trust_self;           /* let `self` be the base also where its origin is not the
                                  one that the document came from */
    shoji_interrupt interrupt; /* NULL for none */
    void *interrupt_context;
} shoji_session_options;

#define SHOJI_SESSION_OPTIONS_INIT                                                       \
    {                                                                                    \
        0, 0, 0, 0, 0, false, 0, 0, 0, 0, SHOJI_DOCUMENT_OPTIONS_INIT, SHOJI_BASE_AUTO,  \
            false, 0, 0                                                                  \
    }

/*
 * Makes a session. `options` NULL is SHOJI_SESSION_OPTIONS_INIT; its texts are copied.
 * SHOJI_NO_MEMORY, also where libcurl does not start. SHOJI_USAGE: an option is out of
 * range (a time-out of more than 2,147,483,647 ms, too), a header is no "Name: value", or
 * it or the token holds a character that a header cannot. SHOJI_SYNTAX: the origin.
 */
shoji_status shoji_session_new(shoji_session **session,
                               const shoji_session_options *options, shoji_error *error);

/* Frees a session and closes its connections. NULL is allowed. */
void shoji_session_free(shoji_session *session);

/* A request. Start with SHOJI_REQUEST_INIT. */
typedef struct shoji_request {
    const char *method; /* "GET" and so on; NULL: "GET" */
    const char *iri;    /* absolute; http or https. A user and password in it are taken,
                           for its origin and the rest of the session */
    const char *body;   /* NULL for none */
    size_t body_length;
    const char *content_type;   /* NULL with a body: "application/json" */
    const char *if_match;       /* NULL for none */
    const char *if_none_match;  /* NULL for none */
    const char *const *headers; /* further ones, "Name: value", up to a NULL; or NULL. Not
                                   sent to where a redirect leads to another origin */
} shoji_request;

#define SHOJI_REQUEST_INIT                                                               \
    {                                                                                    \
        0, 0, 0, 0, 0, 0, 0, 0                                                           \
    }

/*
 * Sends a request and reads the whole answer. GET and HEAD follow redirects (301, 302,
 * 303, 307 and 308), to http and https alone, and without credentials to another origin.
 * To other methods a redirect is the answer, with SHOJI_OK: what is to be done about it
 * (a 303 to a POST says that an equal entity exists) is the caller's to decide.
 *
 * response  receives the answer, to be freed with shoji_response_free; also where the
 *           server answered with an error (SHOJI_HTTP, SHOJI_PRECONDITION), the one case
 *           of an output on failure.
 *
 * SHOJI_HTTP: the status is 400 or above (the error has the problem's detail).
 * SHOJI_PRECONDITION: it is 412 or 428. SHOJI_UNREACHABLE: no answer, or none to its end.
 * SHOJI_LIMIT: the body (counted as it arrives), 256 KiB or 500 fields of headers, or the
 * number of redirects. SHOJI_STOPPED: the interrupt. SHOJI_SYNTAX, SHOJI_INVALID: the
 * IRI. SHOJI_INVALID: a redirect to what is no http or https IRI, to one with a user name
 * in it, or from https to http with credentials at hand. SHOJI_USAGE: a scheme other than
 * http and https, a malformed method or header. SHOJI_NO_MEMORY. The code of an error of
 * the scheme is "client.scheme", whoever named it.
 */
shoji_status shoji_session_send(shoji_response **response, shoji_session *session,
                                const shoji_request *request, shoji_error *error);

/* Frees a response and all that it lent. NULL is allowed. */
void shoji_response_free(shoji_response *response);

/* The HTTP status code that was answered, such as 200. */
int shoji_response_status(const shoji_response *response);

/* The IRI that was answered: the request's, or the last redirect's. Lent. */
const char *shoji_response_iri(const shoji_response *response);

/* The value of a header, its name in any case; the values of several joined by ", ".
 * NULL where there is none. Lent. */
const char *shoji_response_header(const shoji_response *response, const char *name);

/* All headers in the order of their arrival, a NULL name past the last. Lent. */
const char *shoji_response_header_at(const shoji_response *response, size_t index,
                                     const char **value);

/* The body, decoded from its content coding, and NUL-terminated. Lent. */
const char *shoji_response_body(const shoji_response *response, size_t *length);

/*
 * The body read as a document, on the first call that succeeds; lent by the response.
 * Fails as shoji_document_parse does.
 */
shoji_status shoji_response_document(const shoji_document **document,
                                     shoji_response *response, shoji_error *error);

/*
 * Resolves a reference of a response's document, by the session's rule. `self` counts
 * where its origin is the response's own, or the session trusts it; otherwise the base is
 * the IRI that was answered. (A server speaks for its own origin only, and so the links
 * of a mirror, behind a tunnel, or of a tree of files lead to where they were found.)
 * Fails as shoji_document_resolve does, or as shoji_response_document.
 */
shoji_status shoji_response_resolve(shoji_buffer *iri, shoji_response *response,
                                    const char *reference, shoji_error *error);

/* One name to follow, and the variables of its template. */
typedef struct shoji_step {
    const char *name;                 /* or "MAP:NAME" */
    const shoji_variables *variables; /* NULL for none */
    const char *attribute;            /* of tuples, to find entities by; NULL: "name" */
} shoji_step;

/*
 * Where a name of a response's document leads: an absolute IRI, its template expanded.
 * target  receives what was found, lent as by shoji_document_find; NULL is allowed.
 *
 * SHOJI_USAGE: a variable that the template does not have; the error lists those it has.
 * Else as shoji_document_find, shoji_template_expand and shoji_response_resolve.
 *
 * Where the name is not among the members of one page of a catalog, and that page has a
 * link `next`, SHOJI_NOT_FOUND is the answer for this page alone: shoji_follow goes on.
 */
shoji_status shoji_response_find(shoji_buffer *iri, shoji_target *target,
                                 shoji_response *response, const shoji_step *step,
                                 shoji_error *error);

/*
 * Fetches an IRI and follows names from there, one document at a time. With no step it is
 * a GET.
 *
 * response  receives the last answer, to be freed with shoji_response_free; on SHOJI_HTTP
 *           too, as for shoji_session_send.
 *
 * A name that a page of a catalog does not have is looked for on the next pages, up to
 * 10,000 of them; the first page that has it ends the search.
 * Fails as shoji_session_send, shoji_response_document and shoji_response_find do; the
 * message tells at which name. SHOJI_LIMIT: too many pages, or they go in a circle.
 * SHOJI_INVALID also: a link with a user name in it, or to a scheme other than http and
 * https (with the code "client.scheme"), an answer that is no document.
 */
shoji_status shoji_follow(shoji_response **response, shoji_session *session,
                          const char *iri, const shoji_step steps[], size_t count,
                          shoji_error *error);

SHOJI_END_DECLARATIONS

#endif
