/* Rows in CSV: the first has the names of the attributes, and every value is text. */
#include "records_private.h"

#include "csv.h"

#include <shoji/buffer.h>
#include <shoji/writer.h>

#include <stdlib.h>
#include <string.h>

struct table_reader {
    struct records *records;
    struct csv *csv;
    char **names; /* of the columns, owned */
    size_t count;
    shoji_writer *writer; /* into `text` */
    shoji_buffer text;    /* the row as JSON */
};

static shoji_status stop(struct table_reader *table, enum exit_code code)
{
    table->records->code = code;
    return SHOJI_STOPPED;
}

static const char *file_of(const struct table_reader *table)
{
    return table->records->source->input->name;
}

/* Why a column cannot have that name; EXIT_DONE where it can. */
static enum exit_code check_name(const struct table_reader *table, const char *name,
                                 size_t line)
{
    if (name[0] == '\0')
        return failure(EXIT_INVALID, "%s:%zu: column %zu has no name", file_of(table),
                       line, table->count + 1);
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->names[i], name) == 0)
            return failure(EXIT_INVALID, "%s:%zu: the columns %zu and %zu are both '%s'",
                           file_of(table), line, i + 1, table->count + 1, name);
    }
    return EXIT_DONE;
}

static shoji_status take_names(struct table_reader *table,
                               const struct csv_field fields[], size_t count, size_t line)
{
    table->names = calloc(count, sizeof *table->names);
    if (table->names == NULL)
        return stop(table, failure_memory());
    for (size_t i = 0; i < count; i++) {
        enum exit_code code = check_name(table, fields[i].bytes, line);
        if (code != EXIT_DONE)
            return stop(table, code);
        table->names[i] = strdup(fields[i].bytes);
        if (table->names[i] == NULL)
            return stop(table, failure_memory());
        table->count++;
    }
    return SHOJI_OK;
}

static shoji_status write_row(struct table_reader *table, const struct csv_field fields[])
{
    shoji_buffer_clear(&table->text);
    shoji_writer_begin_object(table->writer);
    for (size_t i = 0; i < table->count; i++) {
        if (fields[i].length == 0 && !fields[i].is_quoted)
            continue;
        shoji_writer_name(table->writer, table->names[i]);
        shoji_writer_string_n(table->writer, fields[i].bytes, fields[i].length);
    }
    shoji_writer_end_object(table->writer);
    return shoji_writer_end(table->writer);
}

static shoji_status give_row(struct table_reader *table)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_tree_parse(&tree, table->text.bytes, table->text.length, NULL, &error);
    if (status != SHOJI_OK)
        return stop(table, failure_report_in(file_of(table), &error));
    status = records_give(table->records, NULL, 0, shoji_tree_root(tree));
    shoji_tree_free(tree);
    return status;
}

/* A csv_callback. */
static shoji_status on_row(void *context, const struct csv_field fields[], size_t count,
                           size_t line)
{
    struct table_reader *table = context;
    if (table->names == NULL)
        return take_names(table, fields, count, line);
    if (count != table->count)
        return stop(table, failure(EXIT_INVALID,
                                   "%s:%zu: row %zu has %zu fields, but the first line "
                                   "names %zu columns",
                                   file_of(table), line, table->records->rows + 1, count,
                                   table->count));
    if (write_row(table, fields) != SHOJI_OK)
        return stop(table, failure_memory());
    return give_row(table);
}

static void table_close(void *reader)
{
    struct table_reader *table = reader;
    for (size_t i = 0; i < table->count; i++)
        free(table->names[i]);
    free(table->names);
    csv_free(table->csv);
    shoji_writer_free(table->writer);
    shoji_buffer_finish(&table->text);
    free(table);
}

static enum exit_code table_open(void **reader, struct records *records)
{
    struct table_reader *table = calloc(1, sizeof *table);
    if (table == NULL)
        return failure_memory();
    table->records = records;
    if (csv_new(&table->csv, on_row, table) != SHOJI_OK ||
        shoji_writer_new(&table->writer, shoji_buffer_sink, &table->text, NULL) !=
            SHOJI_OK) {
        table_close(table);
        return failure_memory();
    }
    *reader = table;
    return EXIT_DONE;
}

static enum exit_code table_feed(void *reader, const char *text, size_t length)
{
    struct table_reader *table = reader;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = csv_feed(table->csv, text, length, &error);
    return status == SHOJI_OK ? EXIT_DONE
                              : records_failure(table->records, status, &error);
}

static enum exit_code table_end(void *reader)
{
    struct table_reader *table = reader;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = csv_end(table->csv, &error);
    if (status != SHOJI_OK)
        return records_failure(table->records, status, &error);
    if (table->names == NULL)
        return failure(EXIT_INVALID, "%s is empty; its first line must name the columns",
                       file_of(table));
    return EXIT_DONE;
}

const struct records_reader records_csv = {table_open, table_feed, table_end,
                                           table_close};
