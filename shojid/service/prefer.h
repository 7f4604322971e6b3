/* What a client prefers to get for a write (RFC 7240; spec/shoji.md, "Preferences"). */
#ifndef SHOJID_SERVICE_PREFER_H
#define SHOJID_SERVICE_PREFER_H

#include "service/visit.h"

enum preference {
    PREFER_NOTHING,       /* it has not said */
    PREFER_MINIMAL,       /* return=minimal */
    PREFER_REPRESENTATION /* return=representation */
};

/* The value of `return` in a request's Prefer header; of several, the first. */
enum preference prefer_return(const struct exchange_request *request);

/*
 * Completes the answer to a write that has been committed, by the client's preference:
 * the status and the other fields are set, and so is the content that goes out where
 * nothing is preferred. The visit's view of the store may be closed by it.
 *
 * path  canonical: of the resource whose representation goes out, if one is preferred.
 *       It is the one that is there now, with the ETag that belongs to it. Where there is
 *       none for this visitor, the answer stays as it is.
 */
void prefer_answer(struct visit *visit, const char *path);

#endif
