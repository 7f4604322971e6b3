/* What is wrong with the body of a request, all of it. */
#ifndef SHOJID_SERVICE_FAULTS_H
#define SHOJID_SERVICE_FAULTS_H

#include "service/visit.h"

/*
 * Notes a fault that the service has found, so that whoever sent the body is told of it
 * together with the others, and looks for more.
 * SHOJI_LIMIT: there are as many now as are told of, so that none more need be looked
 * for. SHOJI_NO_MEMORY: it is not noted.
 */
shoji_status faults_note(struct visit *visit, const shoji_error *fault);

/* The first that was noted, which the body is to be refused for; NULL for none. Lent
 * until the next is noted, or the visit ends. */
const shoji_error *faults_first(const struct visit *visit);

/* Ends the noting. */
void faults_finish(struct visit *visit);

/*
 * Appends the members of an object {"faults": [...]}, each with its detail, pointer and,
 * where they are known, line, column and code: first the fault for which the body has
 * been refused, then the others that were noted or are found by validation, 100 of them
 * at most. Fails as the writer
 * does.
 */
shoji_status faults_append(shoji_buffer *object, const struct visit *visit,
                           const shoji_error *first);

#endif
