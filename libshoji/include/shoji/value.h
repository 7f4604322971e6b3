/*
 * JSON values: one immutable tree a text, read exactly as RFC 8259 says (and UTF-8 as
 * RFC 3629, surrogates as I-JSON), with member order and the spelling of numbers kept.
 *
 * A shoji_tree owns everything. A shoji_value is a small handle, passed by value, that
 * lends a part of the tree: it, and every pointer had from it, is good until the tree is
 * freed. A handle for "nothing there" has the type SHOJI_NONE; every accessor takes it,
 * so that look-ups can be chained without a check at each step.
 *
 * Threads: a tree never changes once it is made. Any number of threads may read it.
 */
#ifndef SHOJI_VALUE_H
#define SHOJI_VALUE_H

#include <shoji/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

SHOJI_BEGIN_DECLARATIONS

typedef enum shoji_type {
    SHOJI_NONE = 0, /* no such member, item or value */
    SHOJI_NULL = 1,
    SHOJI_FALSE = 2,
    SHOJI_TRUE = 3,
    SHOJI_NUMBER = 4,
    SHOJI_STRING = 5,
    SHOJI_ARRAY = 6,
    SHOJI_OBJECT = 7
} shoji_type;

typedef struct shoji_tree shoji_tree;

/* Compare handles with shoji_value_equal; the fields are private. */
typedef struct shoji_value {
    const shoji_tree *tree;
    uint32_t node;
} shoji_value;

/*
 * What a text may ask for. Each limit has an error code of its own: "json.too-deep",
 * "json.too-large", "json.too-many-members", "json.string-too-long".
 */
typedef struct shoji_limits {
    size_t depth;   /* arrays and objects inside one another; 1 to 10,000 */
    size_t size;    /* bytes of text; at most 4,294,967,040 */
    size_t members; /* members of one object, or items of one array; at most 2^28 - 1 */
    size_t string;  /* bytes of one string (in UTF-8, decoded) or of one number's text;
                       at most 2^28 - 1 */
} shoji_limits;

/* 512 deep, 64 MiB in all, 16,777,216 members, strings of 16 MiB. */
#define SHOJI_LIMITS_INIT                                                                \
    {                                                                                    \
        512, (size_t)64 << 20, (size_t)1 << 24, (size_t)16 << 20                         \
    }

/*
 * Reads a whole JSON text, and copies it: `text` is no longer needed afterwards.
 *
 * tree    receives the tree, to be freed with shoji_tree_free.
 * text    `length` bytes of UTF-8; NULL is allowed where length is 0.
 * limits  NULL for SHOJI_LIMITS_INIT.
 *
 * Of members of one name in an object the last one is kept, in its place.
 *
 * A tree takes the text's length, and eight bytes for each value and each name: mostly
 * twice the text in all, and five times where all values have one digit. A string with
 * escapes, a number before a line break, takes its length and five bytes once more; a
 * name that is repeated, four. Reading needs a tenth more than that; where thousands of
 * names in one object are not in order, four bytes for each of these, and up to twelve
 * for its place in a table, which are given back at the object's end.
 *
 * SHOJI_SYNTAX: not a JSON text; the error has the place, and the pointer of the member
 * or item that was being read, or else of the object or array around the place.
 * SHOJI_LIMIT. SHOJI_USAGE: a limit is out of range. SHOJI_NO_MEMORY.
 */
shoji_status shoji_tree_parse(shoji_tree **tree, const char *text, size_t length,
                              const shoji_limits *limits, shoji_error *error);

/*
 * Reads a JSON text that comes in pieces of any size. The outcome is that of
 * shoji_tree_parse on the whole: the same tree, or the same error at the same place.
 *
 *     shoji_tree_parser_new(&parser, NULL);
 *     while ((length = read(file, piece, sizeof piece)) > 0)
 *         shoji_tree_parser_feed(parser, piece, length, &error);
 *     shoji_tree_parser_finish(parser, &tree, &error);
 *     shoji_tree_parser_free(parser);
 *
 * Memory grows with what has come, by doubling at most.
 *
 * Threads: a parser is used by one thread at a time.
 */
typedef struct shoji_tree_parser shoji_tree_parser;

/*
 * Makes a parser. `limits`: copied; NULL for SHOJI_LIMITS_INIT.
 * SHOJI_USAGE: a limit is out of range. SHOJI_NO_MEMORY.
 */
shoji_status shoji_tree_parser_new(shoji_tree_parser **parser,
                                   const shoji_limits *limits);

/* Frees a parser, but not the tree that it has made. NULL is allowed. */
void shoji_tree_parser_free(shoji_tree_parser *parser);

/*
 * Takes the next piece, and copies it. Pieces are put together before they are read, so
 * a fault can be reported by a later call than the one that brought it, at the latest by
 * shoji_tree_parser_finish. Errors stick.
 *
 * text  `length` bytes, cut anywhere; NULL is allowed where length is 0.
 *
 * SHOJI_SYNTAX, SHOJI_LIMIT: as shoji_tree_parse, of which the size is checked at once.
 * SHOJI_USAGE: the text has been ended. SHOJI_NO_MEMORY.
 */
shoji_status shoji_tree_parser_feed(shoji_tree_parser *parser, const char *text,
                                    size_t length, shoji_error *error);

/*
 * Ends the text. `tree` receives the tree, to be freed with shoji_tree_free. To be called
 * once. Fails as shoji_tree_parser_feed does.
 */
shoji_status shoji_tree_parser_finish(shoji_tree_parser *parser, shoji_tree **tree,
                                      shoji_error *error);

/* Frees a tree and all that it lent. NULL is allowed. */
void shoji_tree_free(shoji_tree *tree);

/* The value that the text is. SHOJI_NONE for a NULL tree. */
shoji_value shoji_tree_root(const shoji_tree *tree);

/* What kind of value it is. Both booleans have a type of their own. */
shoji_type shoji_value_type(shoji_value value);

/* Whether there is a value at all: its type is not SHOJI_NONE. */
bool shoji_value_exists(shoji_value value);

/*
 * The text of a string, decoded to UTF-8 and NUL-terminated. It can hold NULs of its own
 * (from \u0000), so a caller that minds asks for the length.
 * NULL where the value is no string. `length` may be NULL; it is 0 for no string.
 */
const char *shoji_value_string(shoji_value value, size_t *length);

/*
 * The text of a number as it was written, NUL-terminated: "1e400" stays "1e400".
 * NULL where the value is no number. `length` may be NULL; it is 0 for no number.
 */
const char *shoji_value_number(shoji_value value, size_t *length);

/*
 * The number as a C type. 1.0, 10e-1 and 1 are the same integer, by value.
 *
 * SHOJI_TYPE: not a number. SHOJI_RANGE: it does not fit, or is no whole number; for a
 * double: it overflows (the nearest double of anything else is given, as strtod does;
 * `exact` then tells whether it is the number to the last digit; may be NULL).
 */
shoji_status shoji_value_int64(shoji_value value, int64_t *number);
shoji_status shoji_value_uint64(shoji_value value, uint64_t *number);
shoji_status shoji_value_double(shoji_value value, double *number, bool *exact);

/* How many members or items there are. 0 for anything but an object or an array. */
size_t shoji_value_size(shoji_value value);

/*
 * The member of that name, or SHOJI_NONE where the value is no object or has none. Takes
 * time in proportion to the number of members. The `_n` form takes names that hold NULs.
 */
shoji_value shoji_value_member(shoji_value value, const char *name);
shoji_value shoji_value_member_n(shoji_value value, const char *name, size_t length);

/* The item at `index` (from 0), or SHOJI_NONE. Takes time in proportion to the index. */
shoji_value shoji_value_item(shoji_value value, size_t index);

/*
 * The value at a JSON Pointer (RFC 6901) below this one: "" is the value itself.
 * SHOJI_NONE where there is none or the pointer is malformed.
 */
shoji_value shoji_value_at(shoji_value value, const char *pointer);

/*
 * Whether two values are the same: numbers by value, whatever their spelling (but those
 * with exponents of more than 18 digits, by their text); strings by bytes; objects
 * whatever the order of their members. SHOJI_NONE equals SHOJI_NONE.
 *
 * Takes time in proportion to the values where members are in the same order, and n log n
 * in the members of each object where they are not; the stack that it takes does not grow
 * with the values. For members in another order it allocates eight bytes a value. It
 * does without where memory is short: the answer is as right then, but takes time in
 * proportion to the square of the members, which for millions of them is hours. Who
 * cannot wait must keep the values small.
 */
bool shoji_value_equal(shoji_value one, shoji_value other);

/*
 * Iteration, on the stack and without allocation, in the order of the text:
 *
 *     shoji_members members = shoji_value_members(object);
 *     shoji_member member;
 *     while (shoji_members_next(&members, &member))
 *         puts(member.name);
 *
 * Over anything but an object (or, for items, an array) there is nothing to iterate.
 */
typedef struct shoji_member {
    const char *name; /* NUL-terminated; lent by the tree */
    size_t name_length;
    shoji_value value;
} shoji_member;

/* The fields are private. */
typedef struct shoji_members {
    const shoji_tree *tree;
    uint32_t next;
    uint32_t end;
} shoji_members;

typedef struct shoji_items {
    const shoji_tree *tree;
    uint32_t next;
    uint32_t end;
} shoji_items;

/* Begins with an object's members, and gives the next one; false where none is left. */
shoji_members shoji_value_members(shoji_value object);
bool shoji_members_next(shoji_members *members, shoji_member *member);

/* The same for the items of an array. */
shoji_items shoji_value_items(shoji_value array);
bool shoji_items_next(shoji_items *items, shoji_value *item);

SHOJI_END_DECLARATIONS

#endif
