#include "store/dir_tree.h"

#include <stdlib.h>
#include <string.h>

struct dir_folder *dir_folder_share(struct dir_folder *folder)
{
    if (folder != NULL)
        atomic_fetch_add_explicit(&folder->references, 1, memory_order_relaxed);
    return folder;
}

/* Folders go no deeper than DIR_DEPTH_MAXIMUM, and so does this. */
void dir_entry_finish(struct dir_entry *entry)
{
    free(entry->segment);
    dir_file_release(entry->file);
    dir_folder_release(entry->folder);
}

void dir_folder_release(struct dir_folder *folder)
{
    if (folder == NULL ||
        atomic_fetch_sub_explicit(&folder->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < folder->count; i++)
        dir_entry_finish(&folder->entries[i]);
    free(folder->entries);
    dir_file_release(folder->index);
    free(folder);
}

const struct dir_entry *dir_folder_find(const struct dir_folder *folder,
                                        const char *segment, size_t length)
{
    size_t low = 0;
    size_t high = folder->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct dir_entry *entry = &folder->entries[middle];
        int order = strncmp(entry->segment, segment, length);
        if (order == 0 && entry->segment[length] == '\0')
            return entry;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct dir_place dir_entry_place(const struct dir_entry *entry)
{
    struct dir_place place = {entry->file, entry->folder};
    if (place.file == NULL && place.folder != NULL)
        place.file = place.folder->index;
    return place;
}

bool dir_tree_find(struct dir_folder *root, const char *path, size_t length,
                   struct dir_place *place)
{
    struct dir_place at = {root->index, root};
    size_t begin = 1;
    while (begin < length) {
        const char *slash = memchr(path + begin, '/', length - begin);
        size_t end = slash != NULL ? (size_t)(slash - path) : length;
        const struct dir_entry *entry =
            at.folder != NULL ? dir_folder_find(at.folder, path + begin, end - begin)
                              : NULL;
        if (entry == NULL)
            return false;
        at = dir_entry_place(entry);
        begin = end + 1;
    }
    *place = at;
    return true;
}

shoji_element dir_place_element(const struct dir_place *place)
{
    if (place->file == NULL)
        return SHOJI_ELEMENT_CATALOG;
    return place->file->broken == NULL ? place->file->element : SHOJI_ELEMENT_VALUE;
}
