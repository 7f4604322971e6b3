/* The methods: each answers a visit whose path, query and site are known. */
#ifndef SHOJID_SERVICE_METHODS_H
#define SHOJID_SERVICE_METHODS_H

#include "service/visit.h"

void method_read(struct visit *visit);    /* GET and HEAD */
void method_put(struct visit *visit);     /* PUT */
void method_patch(struct visit *visit);   /* PATCH */
void method_delete(struct visit *visit);  /* DELETE */
void method_post(struct visit *visit);    /* POST */
void method_options(struct visit *visit); /* OPTIONS */

#endif
