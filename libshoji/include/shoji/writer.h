/*
 * A JSON writer that streams: values go in, text comes out through a callback, in memory
 * bounded by the nesting depth. It keeps the grammar: commas, colons and quotes are its
 * own, and what would break the text (a value without a name in an object, a second
 * root, a string that is not UTF-8) is refused with SHOJI_USAGE or SHOJI_SYNTAX.
 *
 * Errors stick: after one, every call returns the same status and writes nothing, so a
 * run of calls can be checked once, at shoji_writer_end.
 *
 * Threads: a writer is used by one thread at a time.
 */
#ifndef SHOJI_WRITER_H
#define SHOJI_WRITER_H

#include <shoji/buffer.h>
#include <shoji/error.h>
#include <shoji/value.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

SHOJI_BEGIN_DECLARATIONS

typedef struct shoji_writer shoji_writer;

/*
 * Receives the text in pieces of up to some kilobytes. A status other than SHOJI_OK stops
 * the writer, which returns that status from then on.
 */
typedef shoji_status (*shoji_sink)(void *context, const char *bytes, size_t length);

typedef struct shoji_writer_options {
    unsigned indent; /* spaces a level, 0 to 16; 0 writes no white space at all */
    bool ascii;      /* write all non-ASCII characters as \u escapes */
    size_t depth;    /* deepest nesting; 0 for 10,000 */
} shoji_writer_options;

#define SHOJI_WRITER_OPTIONS_INIT                                                        \
    {                                                                                    \
        0, false, 0                                                                      \
    }

/*
 * Makes a writer. `options` NULL is SHOJI_WRITER_OPTIONS_INIT. `sink` is called from
 * within the other functions, with `context`.
 * SHOJI_NO_MEMORY; SHOJI_USAGE: an option out of range.
 */
shoji_status shoji_writer_new(shoji_writer **writer, shoji_sink sink, void *context,
                              const shoji_writer_options *options);

/* Frees the writer; what it has not yet passed on is dropped. NULL is allowed. */
void shoji_writer_free(shoji_writer *writer);

/*
 * Completes the text: passes on what is left. The writer can then take another value, of
 * a text of its own.
 * SHOJI_USAGE: no value was written, or an object or array is still open.
 */
shoji_status shoji_writer_end(shoji_writer *writer);

/*
 * Opens and closes objects and arrays.
 * SHOJI_USAGE: no value can stand here; or what is to be closed is not what is open, or
 * waits for a member's value. SHOJI_LIMIT: nested too deep. SHOJI_NO_MEMORY.
 */
shoji_status shoji_writer_begin_object(shoji_writer *writer);
shoji_status shoji_writer_end_object(shoji_writer *writer);
shoji_status shoji_writer_begin_array(shoji_writer *writer);
shoji_status shoji_writer_end_array(shoji_writer *writer);

/* The name of the next member; a value must follow. The names of one object are not
 * compared: not writing one twice is the caller's part.
 * SHOJI_USAGE: no name can stand here. SHOJI_SYNTAX: it is not UTF-8. */
shoji_status shoji_writer_name(shoji_writer *writer, const char *name);
shoji_status shoji_writer_name_n(shoji_writer *writer, const char *name, size_t length);

/* A string. SHOJI_USAGE: no value can stand here. SHOJI_SYNTAX: it is not UTF-8. */
shoji_status shoji_writer_string(shoji_writer *writer, const char *string);
shoji_status shoji_writer_string_n(shoji_writer *writer, const char *string,
                                   size_t length);

/* A number, by its text or its value. SHOJI_USAGE: no value can stand here. SHOJI_SYNTAX:
 * the text is no JSON number. */
shoji_status shoji_writer_number(shoji_writer *writer, const char *text, size_t length);
shoji_status shoji_writer_int64(shoji_writer *writer, int64_t number);
shoji_status shoji_writer_uint64(shoji_writer *writer, uint64_t number);

/* A number with the fewest digits that read back as the same double, and the three words.
 * SHOJI_USAGE: no value can stand here. SHOJI_RANGE: the number is infinite or NaN. */
shoji_status shoji_writer_double(shoji_writer *writer, double number);
shoji_status shoji_writer_boolean(shoji_writer *writer, bool boolean);
shoji_status shoji_writer_null(shoji_writer *writer);

/* A whole value of a tree, with all that is in it. SHOJI_USAGE: it is SHOJI_NONE, or none
 * can stand here. SHOJI_LIMIT: nested too deep. SHOJI_NO_MEMORY. */
shoji_status shoji_writer_value(shoji_writer *writer, shoji_value value);

/* A sink that appends to the shoji_buffer that `context` points to.
 * SHOJI_NO_MEMORY; SHOJI_LIMIT: longer than the buffer's maximum. */
shoji_status shoji_buffer_sink(void *context, const char *bytes, size_t length);

/*
 * Emits one value into a buffer, which is cleared first, and is empty after a failure.
 * `options` as for shoji_writer_new. Fails as the writer and the buffer do.
 */
shoji_status shoji_value_emit(shoji_buffer *buffer, shoji_value value,
                              const shoji_writer_options *options);

SHOJI_END_DECLARATIONS

#endif
