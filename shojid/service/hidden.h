/* The entities of a catalog that are kept from a visitor. */
#ifndef SHOJID_SERVICE_HIDDEN_H
#define SHOJID_SERVICE_HIDDEN_H

#include "service/visit.h"

/*
 * Counts those that a query names. They are looked up one by one, by the rules that hide
 * them: of these there are few, and of members there can be millions.
 *
 * Fails as the store's read does; the error is filled.
 */
shoji_status hidden_count(struct visit *visit, const char *catalog,
                          const struct store_query *query, uint64_t *count,
                          shoji_error *error);

#endif
