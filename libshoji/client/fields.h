/* The header fields of a request: which are sent, and in whose favour conflicts end. */
#ifndef SHOJI_CLIENT_FIELDS_H
#define SHOJI_CLIENT_FIELDS_H

#include <shoji/client.h>

#include <curl/curl.h>

#include <stdbool.h>

/* Checks "Name: value" lines up to a NULL. SHOJI_USAGE: one is malformed. */
shoji_status shoji__fields_check(const char *const *lines, shoji_error *error);

/* Checks what becomes the value of a field: SHOJI_USAGE where it holds a control
 * character. `what` names it in the message. `value` may be NULL. */
shoji_status shoji__fields_check_value(const char *what, const char *value,
                                       shoji_error *error);

/* Whether one of the lines is a field of that name. `lines` may be NULL. */
bool shoji__fields_have(const char *const *lines, const char *name);

/* How many lines there are before the NULL. `lines` may be NULL. */
size_t shoji__fields_count(const char *const *lines);

/*
 * What a request on its way sends, in the order of precedence: its own lines, then the
 * session's, then what the session makes up.
 */
struct shoji__fields {
    const shoji_request *request;
    const char *const *own;     /* the request's further lines, or NULL */
    const char *const *session; /* the session's, or NULL */
    const char *accept;
    const char *token; /* or NULL */
};

/* Makes curl's list, to be freed with curl_slist_free_all. SHOJI_NO_MEMORY. */
shoji_status shoji__fields_list(struct curl_slist **list,
                                const struct shoji__fields *fields);

#endif
