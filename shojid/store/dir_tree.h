/*
 * A tree of directories at one moment. It never changes: where a file does, the folders
 * above it are made anew, and share all else with the tree before. Each part is shared by
 * whoever counts a reference to it.
 */
#ifndef SHOJID_STORE_DIR_TREE_H
#define SHOJID_STORE_DIR_TREE_H

#include "store/dir_file.h"
#include "store/dir_watch.h"

enum {
    DIR_FILES_MAXIMUM = 1000000, /* files and directories of a tree */
    DIR_DEPTH_MAXIMUM = 64       /* directories inside one another */
};

struct dir_folder;

/* What a folder holds under one name: NAME.json, a folder NAME, or both. */
struct dir_entry {
    char *segment; /* owned; canonical, percent-encoded */
    struct dir_file *file;
    struct dir_folder *folder;
};

struct dir_folder {
    atomic_uint references;
    struct dir_file *index;    /* index.json; NULL for none */
    struct dir_entry *entries; /* in the order of their segments */
    size_t count;
    size_t total;          /* files and directories in it, at any depth */
    int64_t modified;      /* seconds since 1970 */
    uint64_t member_count; /* entities directly below */
    /* Of what a catalog shows: all documents directly below. */
    uint64_t shown_hash;
    int64_t shown_modified;
};

/* A place in the tree where a document is, or could be. */
struct dir_place {
    struct dir_file *file;     /* NULL where the directory has no document of its own */
    struct dir_folder *folder; /* what lies below; NULL for nothing */
};

void dir_folder_release(struct dir_folder *folder);
struct dir_folder *dir_folder_share(struct dir_folder *folder);

/* Releases what an entry holds. */
void dir_entry_finish(struct dir_entry *entry);

/* The entry of a segment, or NULL. */
const struct dir_entry *dir_folder_find(const struct dir_folder *folder,
                                        const char *segment, size_t length);

/* Tells where a canonical path leads; false where there is neither file nor folder. */
bool dir_tree_find(struct dir_folder *root, const char *path, size_t length,
                   struct dir_place *place);

/* The place of an entry. */
struct dir_place dir_entry_place(const struct dir_entry *entry);

/* What is served at a place; a broken file counts as a bare value. */
shoji_element dir_place_element(const struct dir_place *place);

/*
 * Reads the tree.
 *
 * root      receives the folder of the root, with one reference.
 * directory a descriptor of the root.
 * old       what was read before; NULL for nothing.
 * changes   where `old` is no longer right.
 *
 * SHOJI_LIMIT: more than DIR_FILES_MAXIMUM, or, with STORE_BUSY, too many open files.
 * SHOJI_NO_MEMORY.
 */
shoji_status dir_tree_read(struct dir_folder **root, int directory,
                           struct dir_folder *old, const struct dir_changes *changes,
                           struct dir_watch *watch, shoji_error *error);

#endif
