/*
 * What a builder has built: a tree of items. An item that nobody has touched lends a
 * value of a document; one that is edited within is thawed, level by level: it gets
 * children that lend theirs. So an edit costs its path, and everything else stays as it
 * was.
 */
#ifndef SHOJI_DOCUMENT_ITEMS_H
#define SHOJI_DOCUMENT_ITEMS_H

#include <shoji/buffer.h>
#include <shoji/value.h>

#include "base/arena.h"
#include "base/slice.h"
#include "document/names.h"

#include <stdbool.h>
#include <stddef.h>

enum shoji__item_kind {
    SHOJI__ITEM_LENT,
    SHOJI__ITEM_OBJECT,
    SHOJI__ITEM_ARRAY,
    SHOJI__ITEM_STRING,
    SHOJI__ITEM_NUMBER,
    SHOJI__ITEM_TRUE,
    SHOJI__ITEM_FALSE,
    SHOJI__ITEM_NULL
};

struct shoji__item {
    struct shoji__slice name; /* in an object; the first field, by which it is found */
    char *own_name;           /* its bytes, where no document lends them */
    enum shoji__item_kind kind;
    struct shoji__item *parent;
    struct shoji__item *previous; /* siblings */
    struct shoji__item *next;
    struct shoji__item *first; /* children */
    struct shoji__item *last;
    size_t count;
    bool is_indexed; /* names has all children: for objects that have many */
    struct shoji__names names;
    char *text; /* of a string or a number */
    size_t text_length;
    shoji_value lent;
};

/* Where items come from. What they no longer use is used again. */
struct shoji__items {
    struct shoji__arena arena;
    struct shoji__item *spare;
    struct shoji__name_pool pool;
    shoji_buffer token; /* the one at hand, unescaped */
};

void shoji__items_init(struct shoji__items *items);

/* Frees all items, given the outermost. NULL is allowed. */
void shoji__items_finish(struct shoji__items *items, struct shoji__item *root);

/* An item without parent, or NULL. */
struct shoji__item *shoji__item_new(struct shoji__items *items,
                                    enum shoji__item_kind kind);

/* Makes an item an empty one of another kind, in its place and with its name. */
void shoji__item_reset(struct shoji__items *items, struct shoji__item *item,
                       enum shoji__item_kind kind);

/* Removes an item from its parent, with all that is in it. */
void shoji__item_remove(struct shoji__items *items, struct shoji__item *item);

/* Makes the children of a lent object or array reachable. SHOJI_NO_MEMORY. */
shoji_status shoji__item_thaw(struct shoji__items *items, struct shoji__item *item);

/*
 * Finds the child of a thawed item that a token of a pointer names; `child` receives NULL
 * where there is none. Takes time in proportion to the token in an object, and in an
 * array to the items between it and the nearer end. SHOJI_NO_MEMORY.
 */
shoji_status shoji__item_find(struct shoji__items *items, struct shoji__item *parent,
                              struct shoji__slice token, struct shoji__item **child);

/* Adds an empty object as the child that a token names, where there is none yet.
 * SHOJI_NOT_FOUND: there can be none of that name. SHOJI_NO_MEMORY. */
shoji_status shoji__item_add(struct shoji__items *items, struct shoji__item *parent,
                             struct shoji__slice token, struct shoji__item **child);

/*
 * Turns a thawed array of strings into the object that maps each to itself; of those that
 * stand twice the last is kept, as in reading. SHOJI_NOT_FOUND: there is another item
 * than strings. SHOJI_NO_MEMORY; the array is not to be used any more then.
 */
shoji_status shoji__item_make_map(struct shoji__items *items, struct shoji__item *array);

/* Whether an item is an array, thawed or not, of nothing but strings. */
bool shoji__item_is_array_of_strings(const struct shoji__item *item);

#endif
