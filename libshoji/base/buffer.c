#include <shoji/buffer.h>

#include "base/buffer.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    SMALLEST_CAPACITY = 64
};

void shoji_buffer_finish(shoji_buffer *buffer)
{
    if (buffer == NULL)
        return;
    shoji__release(buffer->bytes);
    buffer->bytes = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
}

void shoji_buffer_clear(shoji_buffer *buffer)
{
    buffer->length = 0;
    if (buffer->bytes != NULL)
        buffer->bytes[0] = '\0';
}

shoji_status shoji_buffer_reserve(shoji_buffer *buffer, size_t extra)
{
    if (extra >= SIZE_MAX - buffer->length)
        return SHOJI_NO_MEMORY;
    size_t need = buffer->length + extra;
    if (buffer->maximum != 0 && need > buffer->maximum)
        return SHOJI_LIMIT;
    if (need < buffer->capacity)
        return SHOJI_OK;

    size_t capacity =
        buffer->capacity < SMALLEST_CAPACITY ? SMALLEST_CAPACITY : buffer->capacity;
    while (capacity <= need)
        capacity = capacity > SIZE_MAX / 2 ? need + 1 : capacity * 2;
    char *bytes = shoji__realloc(buffer->bytes, capacity);
    if (bytes == NULL)
        return SHOJI_NO_MEMORY;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    buffer->bytes[buffer->length] = '\0';
    return SHOJI_OK;
}

shoji_status shoji_buffer_append(shoji_buffer *buffer, const char *bytes, size_t length)
{
    shoji_status status = shoji_buffer_reserve(buffer, length);
    if (status != SHOJI_OK)
        return status;
    if (length != 0)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
    return SHOJI_OK;
}

shoji_status shoji_buffer_append_string(shoji_buffer *buffer, const char *string)
{
    return shoji_buffer_append(buffer, string, strlen(string));
}

shoji_status shoji_buffer_append_format(shoji_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return SHOJI_NO_MEMORY;

    shoji_status status = shoji_buffer_reserve(buffer, (size_t)length);
    if (status != SHOJI_OK)
        return status;
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
    return SHOJI_OK;
}

char *shoji_buffer_take(shoji_buffer *buffer, size_t *length)
{
    if (shoji_buffer_reserve(buffer, 0) != SHOJI_OK)
        return NULL;
    char *bytes = buffer->bytes;
    if (length != NULL)
        *length = buffer->length;
    buffer->bytes = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
    return bytes;
}

void shoji_free(void *memory)
{
    shoji__release(memory);
}

void shoji__buffer_swap(shoji_buffer *result, shoji_buffer *work)
{
    shoji_buffer old = *result;
    *result = *work;
    result->maximum = old.maximum;
    *work = old;
}
