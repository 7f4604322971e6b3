/*
 * A growing run of bytes that belongs to the caller: where IRIs, expansions and emitted
 * documents go. Kept and reused, it allocates nothing once it is large enough.
 *
 * Threads: a buffer is used by one thread at a time.
 */
#ifndef SHOJI_BUFFER_H
#define SHOJI_BUFFER_H

#include <shoji/error.h>

#include <stddef.h>

SHOJI_BEGIN_DECLARATIONS

/*
 * Read the fields, and leave their writing to the functions. After any successful append,
 * bytes[length] is NUL, so that bytes is a C string where the content holds no NUL.
 */
typedef struct shoji_buffer {
    char *bytes;     /* owned; NULL until the first append */
    size_t length;   /* bytes in use, the final NUL not counted */
    size_t capacity; /* bytes allocated */
    size_t maximum;  /* the greatest length allowed; 0 for no limit but memory */
} shoji_buffer;

#define SHOJI_BUFFER_INIT                                                                \
    {                                                                                    \
        0, 0, 0, 0                                                                       \
    }

/* Frees what the buffer owns and leaves it empty, ready for use again. NULL is allowed.
 */
void shoji_buffer_finish(shoji_buffer *buffer);

/* Empties the buffer and keeps its memory. */
void shoji_buffer_clear(shoji_buffer *buffer);

/*
 * Appends `length` bytes. `bytes` must not point into the buffer; NULL is allowed where
 * length is 0.
 * SHOJI_LIMIT: the maximum would be passed. SHOJI_NO_MEMORY. Then nothing is appended.
 */
shoji_status shoji_buffer_append(shoji_buffer *buffer, const char *bytes, size_t length);

/* Appends a C string, without its NUL. Fails as shoji_buffer_append does. */
shoji_status shoji_buffer_append_string(shoji_buffer *buffer, const char *string);

/* Appends text made as by printf. Fails as shoji_buffer_append does. */
shoji_status shoji_buffer_append_format(shoji_buffer *buffer, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/*
 * Makes room for `extra` more bytes, so that appending them cannot fail.
 * Fails as shoji_buffer_append does, with nothing changed.
 */
shoji_status shoji_buffer_reserve(shoji_buffer *buffer, size_t extra);

/*
 * Takes the bytes out of the buffer, which is then empty. They are NUL-terminated and now
 * the caller's, to be freed with shoji_free. NULL, and the buffer as it was, where memory
 * for the NUL of an empty buffer is not to be had. `length` may be NULL.
 */
char *shoji_buffer_take(shoji_buffer *buffer, size_t *length);

/* Frees memory that a function of this library has given to the caller. NULL is allowed.
 */
void shoji_free(void *memory);

SHOJI_END_DECLARATIONS

#endif
