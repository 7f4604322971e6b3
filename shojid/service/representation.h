/* What a GET answers with: a document in one of its forms; known before it is made, where
 * its conditions or what is kept can answer. */
#ifndef SHOJID_SERVICE_REPRESENTATION_H
#define SHOJID_SERVICE_REPRESENTATION_H

#include "service/visit.h"

/* What an answer says of the representation that it carries. */
struct representation {
    const char *target; /* canonical path, and query */
    bool shared;        /* everybody gets the same: see access_is_shared */
    uint64_t revision;
    int64_t modified;
    enum variant variant;
    bool bare_value;
    bool costly; /* to be made inside of the gate alone, and kept */
};

/*
 * Answers without rendering, if that can be: by the request's conditions, or with a body
 * that is kept. Returns whether there is nothing to render, which is also so where the
 * visit has to go through the gate first: then it wants that.
 */
bool representation_answer_known(struct visit *visit,
                                 const struct representation *representation);

/* Completes the answer whose JSON text is in the response's body; or answers the failure,
 * which the error tells if it says anything. */
void representation_answer(struct visit *visit,
                           const struct representation *representation,
                           shoji_status status, const shoji_error *error);

#endif
