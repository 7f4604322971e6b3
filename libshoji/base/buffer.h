/* What the library itself wants of buffers beyond <shoji/buffer.h>. */
#ifndef SHOJI_BASE_BUFFER_H
#define SHOJI_BASE_BUFFER_H

#include <shoji/buffer.h>

#include "base/slice.h"

/*
 * Gives `result` the content of `work`, and `work` the old one: how a function builds its
 * output aside, and leaves the caller's as it was if it fails. The maximum of `result`
 * stays.
 */
void shoji__buffer_swap(shoji_buffer *result, shoji_buffer *work);

static inline shoji_status shoji__buffer_append_byte(shoji_buffer *buffer, char byte)
{
    return shoji_buffer_append(buffer, &byte, 1);
}

static inline shoji_status shoji__buffer_append_slice(shoji_buffer *buffer,
                                                      struct shoji__slice slice)
{
    return shoji_buffer_append(buffer, slice.bytes, slice.length);
}

static inline struct shoji__slice shoji__buffer_slice(const shoji_buffer *buffer)
{
    return shoji__slice(buffer->bytes, buffer->length);
}

#endif
