/* Writing documents: what a map is written as. */
#ifndef SHOJI_DOCUMENT_EMIT_H
#define SHOJI_DOCUMENT_EMIT_H

#include <shoji/value.h>
#include <shoji/writer.h>

#include <stdbool.h>

/* Whether a value is an array of nothing but strings: a map, as draft 01 has it. */
bool shoji__value_is_array_of_strings(shoji_value value);

/*
 * Writes what stands where a map does: an array of draft 01 as the map that it stands
 * for, everything else as it is. Fails as the writer does; SHOJI_NO_MEMORY.
 */
shoji_status shoji__write_map(shoji_writer *writer, shoji_value map);

/* Writes an envelope, its maps as shoji__write_map does. */
shoji_status shoji__write_envelope(shoji_writer *writer, shoji_value envelope);

#endif
