#include "table.h"

#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    GAP = 2,
    NARROWEST = 12, /* to which a column may be cut before the last one is left out */
    FIRST_CAPACITY = 64
};

/* How a table is laid out for a width. */
struct layout {
    size_t widths[TABLE_COLUMNS_MAXIMUM];
    bool has_text[TABLE_COLUMNS_MAXIMUM]; /* a cell below the heading is no number */
    size_t columns;
};

void table_init(struct table *table, size_t columns, bool has_heading)
{
    *table = (struct table){
        .text = SHOJI_BUFFER_INIT,
        .columns = columns,
        .has_heading = has_heading,
    };
}

void table_finish(struct table *table)
{
    shoji_buffer_finish(&table->text);
    free(table->cells);
    table->cells = NULL;
    table->rows = 0;
}

static shoji_status grow(struct table *table)
{
    size_t capacity = table->capacity != 0 ? table->capacity * 2 : FIRST_CAPACITY;
    size_t row_size = table->columns * sizeof *table->cells;
    if (capacity > SIZE_MAX / 2 / row_size)
        return SHOJI_NO_MEMORY;
    struct table_cell *cells = realloc(table->cells, capacity * row_size);
    if (cells == NULL)
        return SHOJI_NO_MEMORY;
    table->cells = cells;
    table->capacity = capacity;
    return SHOJI_OK;
}

shoji_status table_add_row(struct table *table)
{
    if (table->rows == table->capacity) {
        shoji_status status = grow(table);
        if (status != SHOJI_OK)
            return status;
    }
    memset(table->cells + table->rows * table->columns, 0,
           table->columns * sizeof *table->cells);
    table->rows++;
    return SHOJI_OK;
}

static struct table_cell *cell_at(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->columns + column];
}

shoji_status table_set(struct table *table, size_t column, const char *text,
                       size_t length, bool is_number)
{
    struct table_cell *cell = cell_at(table, table->rows - 1, column);
    cell->offset = table->text.length;
    shoji_status status = text_append_safe(&table->text, text, length, TEXT_ONE_LINE);
    if (status != SHOJI_OK)
        return status;
    cell->length = table->text.length - cell->offset;
    cell->width = text_width(table->text.bytes + cell->offset, cell->length);
    cell->is_number = is_number;
    return SHOJI_OK;
}

static size_t total_width(const struct layout *layout)
{
    size_t total = 0;
    for (size_t i = 0; i < layout->columns; i++)
        total += layout->widths[i] + (i != 0 ? GAP : 0);
    return total;
}

/* Narrows the widest column by as much as is needed, though not past the next widest or
 * NARROWEST; false where no column can be narrowed. */
static bool narrow(struct layout *layout, size_t excess)
{
    size_t widest = 0;
    size_t next = NARROWEST;
    for (size_t i = 1; i < layout->columns; i++) {
        if (layout->widths[i] > layout->widths[widest])
            widest = i;
    }
    if (layout->widths[widest] <= NARROWEST)
        return false;
    for (size_t i = 0; i < layout->columns; i++) {
        if (i != widest && layout->widths[i] > next)
            next = layout->widths[i];
    }
    size_t least = next < layout->widths[widest] ? next : layout->widths[widest] - 1;
    size_t wanted = layout->widths[widest] > excess ? layout->widths[widest] - excess : 0;
    layout->widths[widest] = wanted > least ? wanted : least;
    return true;
}

static void lay_out(struct layout *layout, const struct table *table, size_t width)
{
    memset(layout, 0, sizeof *layout);
    layout->columns = table->columns;
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++) {
            const struct table_cell *cell = cell_at(table, row, i);
            bool is_heading = row == 0 && table->has_heading;
            if (cell->width > layout->widths[i])
                layout->widths[i] = cell->width;
            if (!is_heading && !cell->is_number && cell->length != 0)
                layout->has_text[i] = true;
        }
    }
    while (total_width(layout) > width) {
        if (narrow(layout, total_width(layout) - width))
            continue;
        if (layout->columns == 1)
            break;
        layout->columns--;
    }
}

/* Prints one cell's text, cut if it must be; returns how many columns it took. */
static size_t put_cut(struct output *output, const struct table *table,
                      const struct table_cell *cell, size_t width)
{
    const char *text = table->text.bytes + cell->offset;
    if (cell->width <= width) {
        output_bytes(output, text, cell->length);
        return cell->width;
    }
    const char *mark = output->unicode ? "\xe2\x80\xa6" : "~";
    size_t length = text_fit(text, cell->length, width - 1);
    output_bytes(output, text, length);
    output_string(output, mark);
    return text_width(text, length) + 1;
}

/* The spaces between cells wait for the next one that is not empty, so that no line ends
 * in any. */
static void print_row(struct output *output, const struct table *table,
                      const struct layout *layout, size_t row)
{
    bool is_heading = row == 0 && table->has_heading;
    size_t waiting = 0;
    for (size_t i = 0; i < layout->columns; i++) {
        const struct table_cell *cell = cell_at(table, row, i);
        size_t width = layout->widths[i];
        bool to_right = is_heading ? !layout->has_text[i] : cell->is_number;
        size_t before = to_right && cell->width < width ? width - cell->width : 0;
        if (cell->length == 0) {
            waiting += width + GAP;
            continue;
        }
        output_spaces(output, waiting + before);
        waiting = width - before - put_cut(output, table, cell, width) + GAP;
    }
}

void table_print(struct output *output, const struct table *table, size_t indent)
{
    struct layout layout;
    size_t columns = output_columns();
    lay_out(&layout, table, columns > indent ? columns - indent : 1);
    for (size_t row = 0; row < table->rows; row++) {
        bool heading = row == 0 && table->has_heading;
        output_spaces(output, indent);
        if (heading)
            output_begin_style(output, STYLE_DIM);
        print_row(output, table, &layout, row);
        if (heading)
            output_end_style(output);
        output_string(output, "\n");
    }
}
