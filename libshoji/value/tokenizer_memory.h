/*
 * Memory for yajl, which does not bear an allocation that fails: all that a stretch of
 * text can make it ask for is had before it reads it. Texts of less than two kilobytes
 * need nothing but what is in here.
 */
#ifndef SHOJI_VALUE_TOKENIZER_MEMORY_H
#define SHOJI_VALUE_TOKENIZER_MEMORY_H

#include <yajl/yajl_common.h>

#include <stdbool.h>
#include <stddef.h>

/* What stands before each block. */
union shoji__tokenizer_block {
    size_t capacity;
    max_align_t alignment;
};

enum {
    /* yajl's own objects, twice 2 kB for its buffers of text, and its stack for 512
     * levels. */
    SHOJI__TOKENIZER_FIRST = 6144 / sizeof(union shoji__tokenizer_block)
};

/* It is not to be moved. The fields are private. */
struct shoji__tokenizer_memory {
    size_t stack_size;
    size_t text_size; /* what each buffer of text can have without an allocation */
    union shoji__tokenizer_block *spares[3];
    size_t used; /* of `first` */
    union shoji__tokenizer_block first[SHOJI__TOKENIZER_FIRST];
};

/* Begins, for texts of at most that depth. False without memory. */
bool shoji__tokenizer_memory_init(struct shoji__tokenizer_memory *memory, size_t depth);

/* After yajl has been freed. Takes one that could not begin, too. */
void shoji__tokenizer_memory_finish(struct shoji__tokenizer_memory *memory);

/* The functions that yajl is to be given; they lend `memory`. */
yajl_alloc_funcs shoji__tokenizer_memory_lend(struct shoji__tokenizer_memory *memory);

/*
 * Makes sure of what yajl needs to read on, given the length of its unfinished token
 * together with what it is to be fed. False without memory.
 */
bool shoji__tokenizer_memory_prepare(struct shoji__tokenizer_memory *memory,
                                     size_t length);

#endif
