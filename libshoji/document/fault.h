/* The faults of a document, as they are found. */
#ifndef SHOJI_DOCUMENT_FAULT_H
#define SHOJI_DOCUMENT_FAULT_H

#include <shoji/document.h>

#include "value/position.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* A document with more is given up. */
    SHOJI__FAULT_MAXIMUM = 1000
};

/* A step from an array or object to the child that the last fault was in. */
struct shoji__fault_step {
    uint32_t container;
    uint32_t child; /* the node of the item, or of the member's name */
    size_t index;   /* of the child */
};

struct shoji__faults {
    const shoji_tree *tree;
    const shoji_document_options *options;
    shoji_error *error; /* the caller's: gets the first fault; may be NULL */
    size_t count;
    /* Where the last fault was, and the way to it: the next is mostly further on, so that
     * all of them together take the time of going through the document once. Each step
     * takes a byte of the pointer or more. */
    uint32_t last_node;
    struct shoji__position last;
    struct shoji__fault_step steps[SHOJI_ERROR_POINTER_SIZE];
    size_t step_count;
};

void shoji__faults_init(struct shoji__faults *faults, const shoji_tree *tree,
                        const shoji_document_options *options, shoji_error *error);

/*
 * Reports a fault at a node; the pointer of a name is that of its member. Returns
 * SHOJI_OK where the search for more shall go on.
 */
shoji_status shoji__fault(struct shoji__faults *faults, uint32_t node, const char *code,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The status of the whole, given that of the search. */
shoji_status shoji__faults_end(struct shoji__faults *faults, shoji_status status);

#endif
