/*
 * A text that is made into a tree while it comes, in pieces.
 */
#ifndef SHOJI_VALUE_TREE_PARSER_H
#define SHOJI_VALUE_TREE_PARSER_H

#include <shoji/value.h>

#include "value/duplicates.h"
#include "value/events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* It is not to be moved: its events know where it is. */
struct shoji__tree_parser {
    struct shoji__events events;
    struct shoji__duplicates duplicates;
    shoji_tree *tree;
    const shoji_limits *limits;
    size_t expected; /* bytes of the whole text, or 0 */
    /* The array or object that is open; an open one has its parent's node in `a`. */
    uint32_t open;
    bool in_array;
    struct shoji__name_set names; /* of the open object */
    bool after_number;            /* the last node is a number that has no NUL yet */
    struct shoji__window window;  /* what the events have been given of the tree's text */
};

/*
 * Begins a text of about `expected` bytes: fewer or more cost memory or time, no more.
 * `limits` are lent until the end. SHOJI_NO_MEMORY.
 */
shoji_status shoji__tree_parser_init(struct shoji__tree_parser *parser,
                                     const shoji_limits *limits, size_t expected);

/* Takes one that could not begin, too. */
void shoji__tree_parser_finish(struct shoji__tree_parser *parser);

/* Reads the next piece. After a failure the parser is to be finished. */
shoji_status shoji__tree_parser_feed(struct shoji__tree_parser *parser, const char *text,
                                     size_t length, shoji_error *error);

/* Ends the text, and hands over its tree. */
shoji_status shoji__tree_parser_end(struct shoji__tree_parser *parser, shoji_tree **tree,
                                    shoji_error *error);

/* As shoji__events_cut, for a public parser. */
void shoji__tree_parser_cut(shoji_tree_parser *parser, size_t size);

#endif
