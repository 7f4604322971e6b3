/* A table for people: aligned columns, cut to the width of the terminal. */
#ifndef SHOJI_CLI_TABLE_H
#define SHOJI_CLI_TABLE_H

#include "output.h"

#include <shoji/buffer.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    TABLE_COLUMNS_MAXIMUM = 32
};

struct table_cell {
    size_t offset; /* in `text` */
    size_t length; /* in bytes */
    size_t width;  /* in columns of the terminal */
    bool is_number;
};

struct table {
    shoji_buffer text;        /* of all cells, made harmless */
    struct table_cell *cells; /* row by row */
    size_t columns;
    size_t rows;
    size_t capacity;  /* rows allocated */
    bool has_heading; /* the first row is one */
};

/* Begins a table of 1 to TABLE_COLUMNS_MAXIMUM columns. */
void table_init(struct table *table, size_t columns, bool has_heading);
void table_finish(struct table *table);

/* Adds a row of empty cells, which table_set then fills. SHOJI_NO_MEMORY. */
shoji_status table_add_row(struct table *table);

/* Sets a cell of the last row. Numbers are aligned to the right, and so is the heading of
 * a column of numbers. SHOJI_NO_MEMORY. */
shoji_status table_set(struct table *table, size_t column, const char *text,
                       size_t length, bool is_number);

/* Prints it, each line after `indent` spaces. Cells that are too wide are cut, and then
 * columns that have no room left out, the last first. */
void table_print(struct output *output, const struct table *table, size_t indent);

#endif
