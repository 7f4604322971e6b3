/* A store that serves a tree of files as it is, for reading: "dir:PATH". */
#ifndef SHOJID_STORE_DIR_STORE_H
#define SHOJID_STORE_DIR_STORE_H

#include "store/store.h"

/* Opens a tree, and reads it. As store_open; `read_only` makes no difference. */
shoji_status dir_store_open(struct store **store, const char *path, bool read_only,
                            shoji_error *error);

#endif
