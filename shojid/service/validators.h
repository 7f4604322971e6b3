/* Entity tags and conditional requests (spec/shoji.md, "Reading", "Replacing"). */
#ifndef SHOJID_SERVICE_VALIDATORS_H
#define SHOJID_SERVICE_VALIDATORS_H

#include "service/visit.h"

enum {
    VALIDATORS_ETAG_SIZE = 64
};

/* Writes the strong entity tag of a representation, with its quotes. */
void validators_etag(char etag[VALIDATORS_ETAG_SIZE], const struct service *service,
                     uint64_t revision, enum variant variant);

/* What changes a representation's bytes beside the store's revision, as one number. */
uint64_t validators_salt(const struct store *store,
                         const struct service_options *options);

/* Whether a request has a condition at all. */
bool validators_are_given(const struct exchange_request *request);

/* Evaluates a read's conditions. `revision` and `modified` are the representation's. */
shoji_condition validators_read(const struct visit *visit, uint64_t revision,
                                int64_t modified, enum variant variant);

/*
 * Evaluates a write's. Whichever variant's tag the client holds is good: it has seen what
 * it is about to change. `revision` 0 is a resource that does not exist.
 */
shoji_condition validators_write(const struct visit *visit, uint64_t revision,
                                 int64_t modified);

/* Sets ETag and Last-Modified of the response. */
void validators_set(struct visit *visit, uint64_t revision, int64_t modified,
                    enum variant variant);

#endif
