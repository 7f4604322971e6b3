/* The faults of a document, as they are found. */
#ifndef SHOJI_DOCUMENT_FAULT_H
#define SHOJI_DOCUMENT_FAULT_H

#include <shoji/document.h>

#include "value/position.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* Telling the place of a fault takes time in proportion to the document, so a
     * document with more is given up. */
    SHOJI__FAULT_MAXIMUM = 1000
};

struct shoji__faults {
    const shoji_tree *tree;
    const shoji_document_options *options;
    shoji_error *error; /* the caller's: gets the first fault; may be NULL */
    size_t count;
    /* Of the last fault: the next is mostly further on. */
    uint32_t last_node;
    struct shoji__position last;
};

void shoji__faults_init(struct shoji__faults *faults, const shoji_tree *tree,
                        const shoji_document_options *options, shoji_error *error);

/*
 * Reports a fault at a node. Returns SHOJI_OK where the search for more shall go on.
 */
shoji_status shoji__fault(struct shoji__faults *faults, uint32_t node, const char *code,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The status of the whole, given that of the search. */
shoji_status shoji__faults_end(struct shoji__faults *faults, shoji_status status);

#endif
