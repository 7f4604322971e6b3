/*
 * libshoji: the Shoji Catalog Protocol. This header includes all but the client, which a
 * build for devices can leave out: include <shoji/client.h> for it.
 *
 * Threads: what they may do with objects, each header says of its own; what is declared
 * here, any number may call at once.
 */
#ifndef SHOJI_SHOJI_H
#define SHOJI_SHOJI_H

#include <shoji/buffer.h>
#include <shoji/builder.h>
#include <shoji/document.h>
#include <shoji/error.h>
#include <shoji/iri.h>
#include <shoji/patch.h>
#include <shoji/protocol.h>
#include <shoji/reader.h>
#include <shoji/template.h>
#include <shoji/value.h>
#include <shoji/writer.h>

SHOJI_BEGIN_DECLARATIONS

/* The version of these headers. */
#define SHOJI_VERSION "0.1.0"
#define SHOJI_VERSION_NUMBER 0x000100

/* The version of the library that is running, as SHOJI_VERSION. A static string. */
const char *shoji_version(void);

SHOJI_END_DECLARATIONS

#endif
