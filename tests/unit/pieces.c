/* Texts that come in pieces: whatever the cuts, the outcome is that of the whole. */
#include "support/failing_memory.h"

#include <shoji/shoji.h>

#include "document/document.h"
#include "value/events.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came of a text: what it was read as, emitted, or the error. */
struct outcome {
    shoji_status status;
    shoji_error error;
    shoji_buffer text;
};

#define OUTCOME_INIT                                                                     \
    {                                                                                    \
        SHOJI_OK, SHOJI_ERROR_INIT, SHOJI_BUFFER_INIT                                    \
    }

static void emit(struct outcome *outcome, shoji_document *document)
{
    if (outcome->status == SHOJI_OK)
        cr_assert(eq(int, shoji_document_emit(&outcome->text, document, NULL), SHOJI_OK));
    shoji_document_free(document);
}

static struct outcome read_whole(const char *text, size_t length,
                                 const shoji_document_options *options)
{
    struct outcome outcome = OUTCOME_INIT;
    shoji_document *document = NULL;
    outcome.status =
        shoji_document_parse(&document, text, length, options, &outcome.error);
    emit(&outcome, document);
    return outcome;
}

/* Each piece is a copy of just its size, so that the sanitizer sees a byte too many. */
static shoji_status feed(shoji_document_parser *parser, const char *text, size_t length,
                         shoji_error *error)
{
    char *piece = malloc(length != 0 ? length : 1);
    cr_assert(piece != NULL);
    memcpy(piece, text, length);
    shoji_status status = shoji_document_parser_feed(parser, piece, length, error);
    free(piece);
    return status;
}

/* Pieces of `step` bytes, that are put together to blocks: 0 for the usual ones. */
static struct outcome read_in_pieces(const char *text, size_t length, size_t step,
                                     size_t block, const shoji_document_options *options)
{
    struct outcome outcome = OUTCOME_INIT;
    shoji_document_parser *parser = NULL;
    shoji_document *document = NULL;
    cr_assert(eq(int, shoji_document_parser_new(&parser, options), SHOJI_OK));
    if (block != 0)
        shoji__document_parser_cut(parser, block);
    for (size_t at = 0; outcome.status == SHOJI_OK && at < length; at += step)
        outcome.status = feed(parser, text + at, step < length - at ? step : length - at,
                              &outcome.error);
    if (outcome.status == SHOJI_OK)
        outcome.status = shoji_document_parser_finish(parser, &document, &outcome.error);
    shoji_document_parser_free(parser);
    emit(&outcome, document);
    return outcome;
}

static bool same_code(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static void expect_same(const char *name, size_t step, size_t block,
                        const struct outcome *whole, const struct outcome *pieces)
{
    const shoji_error *one = &whole->error;
    const shoji_error *other = &pieces->error;
    cr_expect(whole->status == pieces->status && same_code(one->code, other->code),
              "%s, by %zu in blocks of %zu: %s, not %s", name, step, block,
              other->message, one->message);
    cr_expect(one->line == other->line && one->column == other->column &&
                  one->offset == other->offset,
              "%s, by %zu in blocks of %zu: %s at %zu:%zu (%zu), not %zu:%zu (%zu)", name,
              step, block, other->message, other->line, other->column, other->offset,
              one->line, one->column, one->offset);
    cr_expect(strcmp(one->pointer, other->pointer) == 0 &&
                  strcmp(one->message, other->message) == 0,
              "%s, by %zu in blocks of %zu: %s", name, step, block, other->message);
    cr_expect(
        whole->text.length == pieces->text.length &&
            (whole->text.length == 0 ||
             memcmp(whole->text.bytes, pieces->text.bytes, whole->text.length) == 0),
        "%s, by %zu in blocks of %zu: %.60s", name, step, block, pieces->text.bytes);
}

static void check_split(const char *name, const char *text, size_t length, size_t step,
                        size_t block, const shoji_document_options *options,
                        const struct outcome *whole)
{
    struct outcome pieces = read_in_pieces(text, length, step, block, options);
    expect_same(name, step, block, whole, &pieces);
    shoji_buffer_finish(&pieces.text);
}

/* Blocks of 1, 2, 3 and 7 bytes, and every first cut: it comes where a block ends, less
 * what is looked ahead. */
static void check_all_splits(const char *name, const char *text, size_t length,
                             const shoji_document_options *options)
{
    static const size_t steps[] = {1, 2, 3, 7};
    struct outcome whole = read_whole(text, length, options);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        check_split(name, text, length, steps[i], steps[i], options, &whole);
    for (size_t cut = 1; cut < length; cut++)
        check_split(name, text, length, length, cut + SHOJI__LOOK_AHEAD, options, &whole);
    shoji_buffer_finish(&whole.text);
}

static void read_file(shoji_buffer *bytes, const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s cannot be opened", path);
    char piece[BUFSIZ];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        cr_assert(shoji_buffer_append(bytes, piece, length) == SHOJI_OK);
    fclose(file);
}

static void read_options(shoji_document_options *options, shoji_value given)
{
    options->strict = shoji_value_type(shoji_value_member(given, "strict")) == SHOJI_TRUE;
    struct {
        const char *pointer;
        size_t *limit;
    } limits[] = {
        {"/limits/depth", &options->limits.depth},
        {"/limits/size", &options->limits.size},
        {"/limits/members", &options->limits.members},
        {"/limits/string", &options->limits.string},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint64_t limit;
        if (shoji_value_uint64(shoji_value_at(given, limits[i].pointer), &limit) ==
            SHOJI_OK)
            *limits[i].limit = (size_t)limit;
    }
}

/* The text that a vector is about; of a file that is none, the file itself. Ill-formed
 * ones, in base64, are among the texts below. */
static void check_file(const char *folder, const char *name, bool is_vector)
{
    shoji_buffer file = SHOJI_BUFFER_INIT;
    shoji_tree *vector = NULL;
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    read_file(&file, folder, name);
    const char *text = file.bytes;
    size_t length = file.length;
    if (is_vector) {
        cr_assert(shoji_tree_parse(&vector, text, length, NULL, NULL) == SHOJI_OK);
        read_options(&options, shoji_value_at(shoji_tree_root(vector), "/options"));
        text = shoji_value_string(shoji_value_member(shoji_tree_root(vector), "text"),
                                  &length);
    }
    if (text != NULL)
        check_all_splits(name, text, length, &options);
    shoji_tree_free(vector);
    shoji_buffer_finish(&file);
}

static void check_folder(const char *variable, const char *below, bool is_vector)
{
    const char *parent = getenv(variable);
    cr_assert(parent != NULL, "%s must name a folder", variable);
    char folder[2048];
    snprintf(folder, sizeof folder, "%s/%s", parent, below);
    DIR *directory = opendir(folder);
    cr_assert(directory != NULL, "%s cannot be opened", folder);
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        check_file(folder, entry->d_name, is_vector);
        count++;
    }
    closedir(directory);
    cr_assert(count > 0, "%s is empty", folder);
}

Test(pieces, come_to_the_outcome_of_the_whole_for_valid_documents)
{
    check_folder("SHOJI_VECTORS", "documents/valid", true);
}

Test(pieces, come_to_the_outcome_of_the_whole_for_invalid_documents)
{
    check_folder("SHOJI_VECTORS", "documents/invalid", true);
}

Test(pieces, come_to_the_outcome_of_the_whole_for_the_corpora)
{
    check_folder("SHOJI_CORPUS", "document", false);
    check_folder("SHOJI_CORPUS", "value", false);
}

Test(pieces, come_to_the_outcome_of_the_whole_for_tokens_that_are_cut)
{
    static const char *const texts[] = {
        "",
        " ",
        "12",
        "-0.5e+10\n",
        "[1\n,\n2 ,3\t]",
        "tru",
        "truf",
        "[nul]",
        "[1,\n]",
        "{\"a\":1,\n\n}",
        "{\"a\" 1}",
        "[01]",
        "[0\n1]",
        "[1e]",
        "[-]",
        "[1] \n x",
        "[1]\n]",
        "\"a\\",
        "\"a\\u00",
        "\"a\\u00zz\"",
        "\"\\ud83c\\udf0d\"",
        "\"\\ud83c\\u0041\"",
        "\"\\ud83c\\",
        "\"\\ud83c",
        "\"\\udf0d\"",
        "\"\\u0022\\\"\\u005c\"",
        "[\"\\\"\", \"\", \"\\u0000\"]",
        "\"a\tb\"",
        "\"\xe5\xba\x84\xe5\x8f\xb8 \xf0\x9f\x8c\x8d \xc3\xa9\"",
        "\"\xe5\xba\"",
        "\"\xe5\xba",
        "\"\xed\xa0\x80\"",
        "\"\xe0\x80\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\xef\xbb\xbf{}",
        "{\"a\":1,\"b\":2,\"a\":[3]}",
        "{\"element\":\"shoji:entity\",\n \"body\":{}, \"body\":{}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_all_splits(texts[i], texts[i], strlen(texts[i]), NULL);
}

Test(pieces, keep_each_limit)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.limits = (shoji_limits){2, 12, 3, 4};
    static const char *const texts[] = {
        "[[1]]       ",
        "[[1]]\n       ",
        "[[1]x        ",
        "[[[1]]]",
        "[1,2,3,4]",
        "\"12345\"",
        "\"\xc3\xa9\xc3\xa9\xc3\xa9\"",
        "123456",
        "\"1234567890123456",
    };
    size_t refused = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct outcome whole = read_whole(texts[i], strlen(texts[i]), &options);
        refused += whole.status == SHOJI_LIMIT;
        shoji_buffer_finish(&whole.text);
        check_all_splits(texts[i], texts[i], strlen(texts[i]), &options);
    }
    /* All but the first, which is just within, and the x before the byte too many. */
    cr_expect(eq(sz, refused, sizeof texts / sizeof texts[0] - 2));
}

Test(pieces, refuse_a_byte_too_many_at_once)
{
    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.size = 4;
    shoji_tree_parser *parser = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_tree_parser_new(&parser, &limits), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, "[1]\n", 4, &error), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, " ", 1, &error), SHOJI_LIMIT));
    cr_assert(eq(str, (char *)error.code, "json.too-large"));
    cr_assert(eq(sz, error.line, 0));
    shoji_tree_parser_free(parser);
}

/* A text that is longer than what is read at a time, with all kinds of tokens at every
 * place where it may be cut. */
static void make_long(shoji_buffer *text)
{
    shoji_buffer_append_string(text, "[\"");
    for (int i = 0; i < 100000; i++)
        shoji_buffer_append_string(text, "\xc3\xa9");
    shoji_buffer_append_string(text, "\"");
    for (int i = 0; i < 5000; i++)
        shoji_buffer_append_format(
            text, ",{\"%d\":[%d\n,\"\\u00e9\\n\",true,null, -%d.5e1]}", i, i * 7, i);
    shoji_buffer_append_string(text, "]");
}

Test(pieces, come_to_the_outcome_of_the_whole_for_long_texts)
{
    static const size_t steps[] = {1, 4093, 32767, 32768, 32769, 100000};
    shoji_buffer text = SHOJI_BUFFER_INIT;
    make_long(&text);
    for (int fault = 0; fault < 2; fault++) {
        struct outcome whole = read_whole(text.bytes, text.length, NULL);
        cr_assert(eq(int, whole.status, fault ? SHOJI_SYNTAX : SHOJI_OK));
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            check_split("long", text.bytes, text.length, steps[i], 0, NULL, &whole);
        shoji_buffer_finish(&whole.text);
        text.bytes[text.length - 40] = '\x01';
    }
    shoji_buffer_finish(&text);
}

Test(pieces, errors_stick)
{
    shoji_tree_parser *parser = NULL;
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_tree_parser_new(&parser, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, "[1 2]", 5, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_finish(parser, &tree, NULL), SHOJI_SYNTAX));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, "1", 1, &error), SHOJI_SYNTAX));
    cr_assert(eq(sz, error.offset, 3));
    cr_assert(eq(int, shoji_tree_parser_finish(parser, &tree, &error), SHOJI_SYNTAX));
    cr_assert(tree == NULL);
    shoji_tree_parser_free(parser);
}

Test(pieces, have_one_end)
{
    shoji_tree_parser *parser = NULL;
    shoji_tree *tree = NULL;
    cr_assert(eq(int, shoji_tree_parser_new(&parser, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, "1", 1, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, NULL, 0, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_finish(parser, &tree, NULL), SHOJI_OK));
    cr_assert(eq(int, shoji_tree_parser_feed(parser, "1", 1, NULL), SHOJI_USAGE));
    cr_assert(eq(int, shoji_tree_parser_finish(parser, &tree, NULL), SHOJI_USAGE));
    shoji_tree_parser_free(parser);
    cr_assert(eq(str, (char *)shoji_value_number(shoji_tree_root(tree), NULL), "1"));
    shoji_tree_free(tree);
}

Test(pieces, refuse_options_out_of_range)
{
    shoji_limits limits = SHOJI_LIMITS_INIT;
    limits.depth = 0;
    shoji_tree_parser *parser = NULL;
    cr_assert(eq(int, shoji_tree_parser_new(&parser, &limits), SHOJI_USAGE));
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.limits = limits;
    shoji_document_parser *documents = NULL;
    cr_assert(eq(int, shoji_document_parser_new(&documents, &options), SHOJI_USAGE));
    options = (shoji_document_options)SHOJI_DOCUMENT_OPTIONS_INIT;
    options.expect = (shoji_expectation)8;
    cr_assert(eq(int, shoji_document_parser_new(&documents, &options), SHOJI_USAGE));
    cr_assert(parser == NULL && documents == NULL);
    shoji_tree_parser_free(NULL);
    shoji_document_parser_free(NULL);
}

static int read_scarcely(const char *text, size_t length)
{
    shoji_document_parser *parser = NULL;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_document_parser_new(&parser, NULL);
    for (size_t at = 0; status == SHOJI_OK && at < length; at += 7)
        status = shoji_document_parser_feed(parser, text + at,
                                            length - at < 7 ? length - at : 7, &error);
    if (status == SHOJI_OK)
        status = shoji_document_parser_finish(parser, &document, &error);
    shoji_document_parser_free(parser);
    shoji_document_free(document);
    cr_assert(status == SHOJI_OK || status == SHOJI_NO_MEMORY);
    return status;
}

Test(pieces, survive_any_allocation_failure)
{
    static const char text[] =
        "{\"element\":\"shoji:catalog\",\"index\":{\"a\":{\"n\":[1\n,2,\"\\n\"]},\"b\":"
        "null},"
        "\"x\":{\"1\":1,\"2\":1,\"4\":1,\"3\":1,\"5\":1,\"7\":1,\"6\":1,\"9\":1,\"8\":1,"
        "\"0\":1,\"1\":2}}";
    long failures;
    FAILING_MEMORY_SWEEP(failures, read_scarcely(text, sizeof text - 1));
    cr_assert(gt(long, failures, 8));
}
