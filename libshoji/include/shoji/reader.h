/*
 * A streaming reader: the members or items of one object or array, or one other value, in
 * a text of any length, one at a time, in memory that does not grow with the text. The
 * text is fed in pieces of any size and checked as strictly as by shoji_tree_parse.
 *
 *     // every tuple of an index
 *     shoji_reader_new(&reader, "/index", NULL, on_tuple, context);
 *     while ((length = read(file, piece, sizeof piece)) > 0)
 *         shoji_reader_feed(reader, piece, length, &error);
 *     shoji_reader_end(reader, &error);
 *
 * Threads: a reader is used by one thread at a time.
 */
#ifndef SHOJI_READER_H
#define SHOJI_READER_H

#include <shoji/error.h>
#include <shoji/value.h>

#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_reader shoji_reader;

/*
 * Receives one member or item. For an item, `name` is NULL and name_length 0. Where the
 * pointer leads to neither an object nor an array, it receives that value: as the member
 * that it is, or without a name where it is the whole text. Everything
 * is lent until the callback returns. A status other than SHOJI_OK stops the reader,
 * which returns that status from then on.
 */
typedef shoji_status (*shoji_reader_callback)(void *context, const shoji_member *member);

/*
 * Makes a reader.
 *
 * pointer   JSON Pointer of the object or array whose members are wanted, or of another
 *           value that is wanted itself; "" is the root. Copied. A pointer can lead
 *           through members of objects alone.
 * limits    NULL for SHOJI_LIMITS_INIT. `depth` and `string` hold for the whole text,
 *           `size` for the text of one member, and `members` for any container in one.
 *           How many members are read has no limit.
 *
 * Where the text has several members of the name, each is read in turn.
 *
 * SHOJI_USAGE: a malformed pointer, a limit out of range. SHOJI_NO_MEMORY.
 */
shoji_status shoji_reader_new(shoji_reader **reader, const char *pointer,
                              const shoji_limits *limits, shoji_reader_callback callback,
                              void *context);

/* Frees a reader. NULL is allowed. */
void shoji_reader_free(shoji_reader *reader);

/*
 * Reads the next piece of the text. Errors stick.
 * SHOJI_SYNTAX: the place counts from the beginning of the whole text; the error has no
 * pointer. SHOJI_LIMIT.
 * SHOJI_NO_MEMORY. SHOJI_STOPPED, or whatever else the callback returned.
 */
shoji_status shoji_reader_feed(shoji_reader *reader, const char *text, size_t length,
                               shoji_error *error);

/*
 * Ends the text. As shoji_reader_feed; SHOJI_NOT_FOUND: nothing is at the pointer.
 */
shoji_status shoji_reader_end(shoji_reader *reader, shoji_error *error);

SHOJI_END_DECLARATIONS

#endif
