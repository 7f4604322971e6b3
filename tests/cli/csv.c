/* The reader of comma-separated values. */
#include "csv.h"

#include "support/failing_memory.h"

#include <shoji/buffer.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

/* Writes rows as "LINE:[field][field]\n", quoted fields as ["field"]. */
static shoji_status on_row(void *context, const struct csv_field fields[], size_t count,
                           size_t line)
{
    shoji_buffer *text = context;
    shoji_status status = shoji_buffer_append_format(text, "%zu:", line);
    for (size_t i = 0; i < count && status == SHOJI_OK; i++) {
        cr_assert(eq(sz, strlen(fields[i].bytes), fields[i].length));
        status = shoji_buffer_append_format(
            text, fields[i].is_quoted ? "[\"%s\"]" : "[%s]", fields[i].bytes);
    }
    return status == SHOJI_OK ? shoji_buffer_append_string(text, "\n") : status;
}

/* Reads a text in pieces of that size; what was read is appended to `rows`. */
static shoji_status read_pieces(shoji_buffer *rows, const char *text, size_t length,
                                size_t piece, shoji_error *error)
{
    struct csv *csv = NULL;
    shoji_status status = csv_new(&csv, on_row, rows);
    for (size_t at = 0; at < length && status == SHOJI_OK; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        status = csv_feed(csv, text + at, size, error);
    }
    if (status == SHOJI_OK)
        status = csv_end(csv, error);
    csv_free(csv);
    return status;
}

/* Reads a text in pieces of one byte and up, which must all give the same rows. */
static void check(const char *text, const char *expected)
{
    size_t length = strlen(text);
    for (size_t piece = 1; piece <= length + 1; piece++) {
        shoji_buffer rows = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = read_pieces(&rows, text, length, piece, &error);
        cr_assert(eq(int, status, SHOJI_OK), "%s: %s", text, error.message);
        cr_assert(eq(str, rows.bytes != NULL ? rows.bytes : "", (char *)expected));
        shoji_buffer_finish(&rows);
    }
}

/* Reads a text that must fail at a place, whatever the pieces. */
static void check_fails(const char *text, size_t length, size_t line, size_t column,
                        const char *fragment)
{
    for (size_t piece = 1; piece <= length; piece++) {
        shoji_buffer rows = SHOJI_BUFFER_INIT;
        shoji_error error = SHOJI_ERROR_INIT;
        shoji_status status = read_pieces(&rows, text, length, piece, &error);
        cr_assert(eq(int, status, SHOJI_SYNTAX), "%s", text);
        cr_assert(eq(sz, error.line, line), "%s", text);
        cr_assert(eq(sz, error.column, column), "%s", text);
        cr_assert(ne(ptr, strstr(error.message, fragment), NULL), "%s", error.message);
        shoji_buffer_finish(&rows);
    }
}

Test(csv, reads_rows_of_fields)
{
    check("a,b\n1,2\n", "1:[a][b]\n2:[1][2]\n");
    check("a", "1:[a]\n");
    check("", "");
    check(",", "1:[][]\n");
    check(",\n,,\n", "1:[][]\n2:[][][]\n");
    check(" a , b ", "1:[ a ][ b ]\n");
}

Test(csv, ends_rows_with_or_without_a_carriage_return)
{
    check("a\r\nb\nc\r\n", "1:[a]\n2:[b]\n3:[c]\n");
    check("a,\r\nb", "1:[a][]\n2:[b]\n");
    check("a\r", "1:[a]\n");
}

Test(csv, takes_quoted_fields_as_they_are)
{
    check("\"a,b\",\"c\"\"d\"\n", "1:[\"a,b\"][\"c\"d\"]\n");
    check("\"two\nlines\",x\r\ny", "1:[\"two\nlines\"][x]\n3:[y]\n");
    check("\"\r\n\"", "1:[\"\r\n\"]\n");
    check("\"\",,\"\"\"\"", "1:[\"\"][][\"\"\"]\n");
}

Test(csv, passes_over_empty_lines_but_not_over_an_empty_quoted_field)
{
    check("\n\na\n\r\n\nb\n\n", "3:[a]\n6:[b]\n");
    check("\"\"\n", "1:[\"\"]\n");
}

Test(csv, passes_over_a_byte_order_mark_at_the_beginning_alone)
{
    check("\xef\xbb\xbf"
          "a,b",
          "1:[a][b]\n");
    check("\xef\xbb\xbf\"a\"", "1:[\"a\"]\n");
    check("\xef\xbb\xbf", "");
    check("\xef\xbc\x81", "1:[\xef\xbc\x81]\n");
    check("\xef\xbb\xbe,", "1:[\xef\xbb\xbe][]\n");
    check("a\xef\xbb\xbf", "1:[a\xef\xbb\xbf]\n");
}

Test(csv, refuses_what_is_no_csv_with_its_place)
{
    static const struct {
        const char *text;
        size_t line;
        size_t column;
        const char *fragment;
    } cases[] = {
        {"a\nb\"c\n", 2, 2, "quote within"},
        {"\"a\"b", 1, 4, "after the closing quote"},
        {"a\rb", 1, 3, "carriage return"},
        {"a\n\"b\nc\n\n", 2, 1, "never closed"},
        {"a\n\xc3\xa9,\"b\n", 2, 3, "never closed"},
        {"a\n\x80", 2, 1, "not UTF-8"},
        {"\xc3\xa9,\"x\" ,", 1, 6, "after the closing quote"},
        {"a,\xff,b", 1, 4, "not UTF-8"},
        {"\xef\xbb", 1, 1, "not UTF-8"},
        {"\xed\xa0\x80\n", 1, 2, "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_fails(cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column,
                    cases[i].fragment);
    check_fails("a\0b\n", 4, 1, 4, "NUL");
}

Test(csv, has_a_limit_of_fields)
{
    char *text = calloc(CSV_FIELDS_MAXIMUM + 1, 1);
    shoji_buffer rows = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    memset(text, ',', CSV_FIELDS_MAXIMUM - 1);
    cr_assert(eq(int, read_pieces(&rows, text, CSV_FIELDS_MAXIMUM - 1, 4096, &error),
                 SHOJI_OK));
    text[CSV_FIELDS_MAXIMUM - 1] = ',';
    cr_assert(
        eq(int, read_pieces(&rows, text, CSV_FIELDS_MAXIMUM, 4096, &error), SHOJI_LIMIT));
    shoji_buffer_finish(&rows);
    free(text);
}

Test(csv, has_a_limit_of_a_row)
{
    static char piece[65536];
    shoji_buffer rows = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    struct csv *csv = NULL;
    memset(piece, 'x', sizeof piece);
    cr_assert(eq(int, csv_new(&csv, on_row, &rows), SHOJI_OK));
    shoji_status status = SHOJI_OK;
    size_t fed = 0;
    while (status == SHOJI_OK && fed <= CSV_ROW_MAXIMUM) {
        status = csv_feed(csv, piece, sizeof piece, &error);
        fed += sizeof piece;
    }
    cr_assert(eq(int, status, SHOJI_LIMIT));
    cr_assert(gt(sz, fed, CSV_ROW_MAXIMUM));
    csv_free(csv);
    shoji_buffer_finish(&rows);
}

static shoji_status refuse(void *context, const struct csv_field fields[], size_t count,
                           size_t line)
{
    (void)fields;
    (void)count;
    (void)line;
    ++*(size_t *)context;
    return SHOJI_STOPPED;
}

Test(csv, stops_for_good_where_the_callback_says_so)
{
    struct csv *csv = NULL;
    size_t rows = 0;
    cr_assert(eq(int, csv_new(&csv, refuse, &rows), SHOJI_OK));
    cr_assert(eq(int, csv_feed(csv, "a\nb\n", 4, NULL), SHOJI_STOPPED));
    cr_assert(eq(int, csv_feed(csv, "c\n", 2, NULL), SHOJI_STOPPED));
    cr_assert(eq(int, csv_end(csv, NULL), SHOJI_STOPPED));
    cr_assert(eq(sz, rows, 1));
    csv_free(csv);
}

static int read_a_text(void)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a,b\n\"1,\n\",2\n\n3,4\n";
    shoji_buffer rows = SHOJI_BUFFER_INIT;
    shoji_status status = read_pieces(&rows, text, sizeof text - 1, 5, NULL);
    shoji_buffer_finish(&rows);
    return status;
}

Test(csv, survives_every_allocation_that_fails)
{
    long failures;
    FAILING_MEMORY_SWEEP(failures, read_a_text());
    cr_assert(gt(long, failures, 0));
}
