/*
 * A file of a tree that is served: what was read from it, and what it says. Never changes
 * once it is made, and is shared by whoever counts a reference to it.
 */
#ifndef SHOJID_STORE_DIR_FILE_H
#define SHOJID_STORE_DIR_FILE_H

#include "store/declared.h"
#include "store/store.h"

#include <stdatomic.h>
#include <sys/stat.h>

/* What tells a file from another, or from what it was before it was changed. */
struct dir_signature {
    int64_t modified; /* nanoseconds since 1970 */
    int64_t changed;
    uint64_t size;
    uint64_t inode;
    uint64_t device;
};

struct dir_file {
    atomic_uint references;
    struct dir_signature signature;
    bool fresh; /* read so soon after it was changed that another change may not show in
                   the signature */
    shoji_element element;
    char *text; /* NULL where it is broken */
    size_t length;
    shoji_document *document;            /* of an entity, for filters; else NULL */
    struct declared_templates templates; /* of a catalog */
    uint64_t revision;
    int64_t modified;    /* seconds since 1970 */
    shoji_error *broken; /* why it cannot be served; else NULL */
};

void dir_signature_of(struct dir_signature *signature, const struct stat *found);
bool dir_signature_equal(const struct dir_signature *one,
                         const struct dir_signature *other);

/*
 * Reads a file.
 *
 * file       receives the file, with one reference; NULL where there is no regular file
 *            of that name, such as a link.
 * directory  a descriptor of its directory.
 * name       its name in there.
 * shown      its name from the root of the tree, for messages.
 * path       the canonical path at which it is served.
 *
 * A file that cannot be read, or is no document, is broken, and that is no failure.
 * SHOJI_LIMIT with STORE_BUSY: no more files can be opened. SHOJI_NO_MEMORY.
 */
shoji_status dir_file_read(struct dir_file **file, int directory, const char *name,
                           const char *shown, const char *path, shoji_error *error);

/* Makes a broken file of a message, for what is not even tried. NULL: no memory. */
struct dir_file *dir_file_broken(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* One reference more, and one less. NULL is allowed. */
struct dir_file *dir_file_share(struct dir_file *file);
void dir_file_release(struct dir_file *file);

/* Revisions of what is no store's to count: made of the time of a change, so that later
 * ones are greater, and of a hash. Those of a combination are greater than those of each
 * part that is not newer. */
uint64_t dir_hash(uint64_t hash, const void *bytes, size_t length);
uint64_t dir_revision(int64_t seconds, uint64_t hash, bool is_combination);

enum {
    DIR_DOCUMENT_MAXIMUM = 64 * 1024 * 1024 /* bytes of a file */
};

#endif
