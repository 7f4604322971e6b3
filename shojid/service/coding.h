/*
 * Content codings: gzip and brotli, by Accept-Encoding (RFC 9110, section 12.5.3). The
 * only part of the program that knows zlib and libbrotli; each is there as it was built.
 */
#ifndef SHOJID_SERVICE_CODING_H
#define SHOJID_SERVICE_CODING_H

#include "service/exchange.h"

#include <shoji/error.h>

#include <stdbool.h>

enum coding {
    CODING_IDENTITY,
    CODING_GZIP,
    CODING_BROTLI,
    CODING_COUNT
};

enum {
    /* A smaller body fits into a packet or two as it is. */
    CODING_BODY_MINIMUM = 1024
};

/* What a request accepts. */
struct coding_choice {
    enum coding preferred; /* CODING_IDENTITY where nothing else is wanted, or there */
    bool accepts[CODING_COUNT];
};

struct coding_choice coding_choose(const struct exchange_request *request);

/* Its name in Content-Encoding. */
const char *coding_name(enum coding coding);

/* The names of those that there are, for people: "gzip, br". */
const char *coding_list(void);

/*
 * Replaces a text by its coded form, unless that would be longer.
 * Returns whether it did; otherwise, also where memory is short, the text stays.
 */
bool coding_encode(shoji_buffer *body, enum coding coding);

#endif
