/*
 * The protocol over HTTP without any I/O: what a server and a client both have to know
 * about media types, conditional requests and problem objects (spec/shoji.md, "HTTP").
 *
 * Every function here is a pure function: any number of threads may call it at once.
 */
#ifndef SHOJI_PROTOCOL_H
#define SHOJI_PROTOCOL_H

#include <shoji/buffer.h>
#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

SHOJI_BEGIN_DECLARATIONS

/*
 * Chooses among media types by the value of an Accept header (RFC 9110, section 12.5.1):
 * the most specific range that names a type gives its quality; of equal qualities the
 * type that comes first in `types` wins.
 *
 * accept  the header's value, the values of several joined by ","; NULL where there is
 *         none, which accepts everything.
 * types   `count` types such as "application/json", in the server's order of preference,
 *         without parameters.
 *
 * Returns the index of the type, or -1 where none is acceptable. A range that is
 * malformed counts for nothing; one with parameters counts for its type, but less than
 * one without.
 */
int shoji_accept_choose(const char *accept, const char *const types[], size_t count);

/* Whether the value of a Content-Type header names that type, parameters aside. */
bool shoji_media_type_is(const char *content_type, const char *type);

/*
 * Whether the value of If-Match or If-None-Match holds an entity tag (RFC 9110, sections
 * 8.8.3 and 13.1): "*" holds every one.
 *
 * field   the header's value, the values of several joined by ",".
 * etag    an entity tag with its quotes, such as "\"1f-2\"", strong or weak ("W/...").
 * weak    compare weakly (If-None-Match) rather than strongly (If-Match).
 */
bool shoji_etag_matches(const char *field, const char *etag, bool weak);

/*
 * Reads an HTTP date (RFC 9110, section 5.6.7), all three forms, into seconds since
 * 1970-01-01T00:00:00Z. A year of two digits is one of 1970 to 2069. false where it is
 * none, with `seconds` as it was.
 */
bool shoji_http_date_parse(const char *text, int64_t *seconds);

/* Room for an HTTP date with its NUL. */
enum {
    SHOJI_HTTP_DATE_SIZE = 30
};

/* Writes an HTTP date, such as "Sun, 06 Nov 1994 08:49:37 GMT". Years 0 to 9999; a time
 * outside of them is written as the nearest within. */
void shoji_http_date_format(char text[SHOJI_HTTP_DATE_SIZE], int64_t seconds);

/*
 * What a conditional request comes to, by RFC 9110's order of evaluation (section
 * 13.2.2).
 */
typedef enum shoji_condition {
    SHOJI_PROCEED = 0,              /* the conditions hold, or there is none */
    SHOJI_NOT_MODIFIED = 304,       /* GET or HEAD: answer 304 */
    SHOJI_PRECONDITION_FAILED = 412 /* answer 412 */
} shoji_condition;

typedef struct shoji_conditions {
    const char *if_match; /* each the header's value, NULL where there is none */
    const char *if_none_match;
    const char *if_modified_since;
    const char *if_unmodified_since;
} shoji_conditions;

/*
 * Evaluates the conditions of a request.
 *
 * is_read        the method is GET or HEAD.
 * etag           the present representation's, NULL where the resource does not exist.
 * last_modified  seconds since 1970, negative where unknown.
 */
shoji_condition shoji_conditions_evaluate(const shoji_conditions *conditions,
                                          bool is_read, const char *etag,
                                          int64_t last_modified);

/*
 * A problem object (RFC 9457), with `message`, equal to `detail`, for clients that read
 * that.
 */
typedef struct shoji_problem {
    int status;           /* HTTP status code */
    const char *type;     /* an IRI; NULL: "about:blank" */
    const char *title;    /* NULL: the status code's phrase */
    const char *detail;   /* what, where and what to do; NULL: the title */
    const char *instance; /* an IRI; NULL for none */
    const char *pointer;  /* JSON pointer into the request's body; NULL for none */
    size_t line;          /* where in the request's body; 0 for none */
    size_t column;
} shoji_problem;

/* Writes the object into a buffer, which is cleared first. Text that is not UTF-8 has its
 * ill-formed bytes replaced by U+FFFD. Fails as the buffer does. */
shoji_status shoji_problem_emit(shoji_buffer *text, const shoji_problem *problem);

/* The phrase of an HTTP status code, such as "Not Found"; "" where there is none. */
const char *shoji_http_phrase(int status);

SHOJI_END_DECLARATIONS

#endif
