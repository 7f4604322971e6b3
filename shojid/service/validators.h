/* Entity tags and conditional requests (spec/shoji.md, "Reading", "Replacing"). */
#ifndef SHOJID_SERVICE_VALIDATORS_H
#define SHOJID_SERVICE_VALIDATORS_H

#include "service/visit.h"

enum {
    VALIDATORS_ETAG_SIZE = 64
};

/* Writes the strong entity tag of a representation, with its quotes. Two visitors who are
 * shown different members of a catalog (visit->view) get different ones. */
void validators_etag(char etag[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                     uint64_t revision, enum variant variant);

/* What tells the tags of what a template was asked, by its canonical target, from those
 * of the whole catalog and of other questions. */
uint64_t validators_question(const char *target);

/* What changes a representation's bytes beside the store's revision, as one number. */
uint64_t validators_salt(const struct store *store,
                         const struct service_options *options);

/* Whether a request has a condition at all. */
bool validators_are_given(const struct exchange_request *request);

/* The same of one that can keep a write from being done. */
bool validators_limit_a_write(const struct exchange_request *request);

/* Whether a field with the form of If-Match holds the tag of a representation of that
 * revision, whichever. */
bool validators_hold(const struct visit *visit, const char *field, uint64_t revision);

/* Writes the tag of the same representation in a coding. */
void validators_etag_coded(char etag[VALIDATORS_ETAG_SIZE], const struct visit *visit,
                           uint64_t revision, enum variant variant, enum coding coding);

/* Evaluates a read's conditions. `revision` and `modified` are the representation's.
 * Where the client has it, in a coding that it accepts, visit->coding becomes that. */
shoji_condition validators_read(struct visit *visit, uint64_t revision, int64_t modified,
                                enum variant variant);

/*
 * Evaluates a write's. Whichever variant's tag the client holds is good: it has seen what
 * it is about to change. `revision` 0 is a resource that does not exist.
 */
shoji_condition validators_write(const struct visit *visit, uint64_t revision,
                                 int64_t modified);

/* Sets ETag, for the answer's coding, and Last-Modified of the response. */
void validators_set(struct visit *visit, uint64_t revision, int64_t modified,
                    enum variant variant);

#endif
