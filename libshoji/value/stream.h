/* What the tests need of the streaming reader besides shoji/reader.h. */
#ifndef SHOJI_VALUE_STREAM_H
#define SHOJI_VALUE_STREAM_H

#include <shoji/reader.h>

#include <stddef.h>

/* As shoji__events_cut. */
void shoji__reader_cut(shoji_reader *reader, size_t size);

#endif
