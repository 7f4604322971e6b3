/* The patch of a catalog's `index`: its names matched with the catalog's entries, and
 * these written anew. */
#ifndef SHOJI_PROTOCOL_PATCH_INDEX_H
#define SHOJI_PROTOCOL_PATCH_INDEX_H

#include <shoji/document.h>
#include <shoji/writer.h>

#include "base/arena.h"
#include "protocol/patch_names.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    /* Members of `index` that can be one entity. Each gets the attributes that the patch
     * has for it, and were there no bound, the result could be as large as the product of
     * what went in. */
    SHOJI__TUPLES_MAXIMUM = 16
};

/* One name of the patch. */
struct shoji__entry_change {
    const char *name; /* as the patch has written it */
    shoji_value tuple;
    bool is_listed; /* the catalog has it, in `entities` or `index` */
    size_t tuples;  /* how many members of `index` it is */
};

struct shoji__index_patch {
    const shoji_document *catalog;
    shoji_buffer base; /* of the catalog; bytes NULL where it has none */
    /* In the order of the patch: what each name is for, and its normal form. */
    struct shoji__entry_change *changes;
    struct shoji__patch_names names;
    struct shoji__arena normal_forms;
    /* For each entry, in the order of the catalog: its change, or NULL. */
    struct shoji__entry_change **matches;
    bool makes_entities; /* the catalog has none, and gets them */
    bool makes_index;
};

#define SHOJI__INDEX_PATCH_INIT                                                          \
    {                                                                                    \
        .catalog = NULL                                                                  \
    }

void shoji__index_patch_finish(struct shoji__index_patch *patch);

/*
 * Matches the names of `index` with the entries of a catalog. `index` may be SHOJI_NONE,
 * which changes nothing. Finish the patch in either case. Fails as shoji_document_patch.
 */
shoji_status shoji__index_patch_init(struct shoji__index_patch *patch,
                                     const shoji_document *catalog, shoji_value index,
                                     const char *retrieval, shoji_error *error);

/* Write the values of the members `entities` and `index`. Fail as the writer does. */
shoji_status shoji__index_patch_write_entities(const struct shoji__index_patch *patch,
                                               shoji_writer *writer);
shoji_status shoji__index_patch_write_index(const struct shoji__index_patch *patch,
                                            shoji_writer *writer);

/*
 * Whether the document's references mean the same with and without an `index` or `graph`:
 * it has one already, or its base is known and both base rules give the same. `status`
 * becomes SHOJI_NO_MEMORY where that cannot be told.
 */
bool shoji__base_rules_agree(const shoji_document *document, const char *base,
                             shoji_status *status);

/* Refuses a patch for what stands at `parent` and `name` in it, because they do not. */
shoji_status shoji__fail_base_rule(shoji_error *error, const char *parent,
                                   const char *name);

#endif
