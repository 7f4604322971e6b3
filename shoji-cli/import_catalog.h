/* The catalog that an import goes into: made if it is not there, and given the templates
 * that are asked for. */
#ifndef SHOJI_CLI_IMPORT_CATALOG_H
#define SHOJI_CLI_IMPORT_CATALOG_H

#include "command.h"

#include <shoji/client.h>

#include <stdbool.h>
#include <stddef.h>

/* What the catalog should be like. Lists are names between commas; NULL for none. */
struct import_wishes {
    const char *title;
    const char *attributes; /* that the tuples of its index carry */
    const char *filters;    /* attributes that a template "by A" filters by */
};

/* Checks the lists of a command line. */
enum exit_code import_wishes_check(const struct import_wishes *wishes);

/*
 * Sees to it that the catalog is there and is as wished. One that is there keeps what it
 * has: only what is missing is added. `iri` ends in a slash.
 */
enum exit_code import_catalog_prepare(struct cli *cli, shoji_session *session,
                                      const char *iri,
                                      const struct import_wishes *wishes);

#endif
