/* Where in the request's document a fault is. */
#ifndef SHOJID_SERVICE_FAULT_H
#define SHOJID_SERVICE_FAULT_H

#include <shoji/error.h>

/* Points an error at a member: `parent`, a JSON pointer, and the name of the member below
 * it, which is escaped, and cut where it is too long. */
void fault_point(shoji_error *error, const char *parent, const char *name);

#endif
