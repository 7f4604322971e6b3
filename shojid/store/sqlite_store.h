/* A store in one SQLite file: "sqlite:PATH". */
#ifndef SHOJID_STORE_SQLITE_STORE_H
#define SHOJID_STORE_SQLITE_STORE_H

#include "store/store.h"

/* Opens, and where it is not there and not `read_only` makes, a store. As store_open. */
shoji_status sqlite_store_open(struct store **store, const char *file, bool read_only,
                               shoji_error *error);

#endif
