/* What is wrong with the body of a request, all of it. */
#ifndef SHOJID_SERVICE_FAULTS_H
#define SHOJID_SERVICE_FAULTS_H

#include "service/visit.h"

/*
 * Appends the members of an object {"faults": [...]}, each with its detail, pointer and,
 * where they are known, line, column and code: first the fault for which the body has
 * been refused, then whatever else is found, 100 of them at most. Fails as the writer
 * does.
 */
shoji_status faults_append(shoji_buffer *object, const struct visit *visit,
                           const shoji_error *first);

#endif
