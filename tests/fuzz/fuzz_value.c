/* JSON: what is read is written, and read again as the same; and the streaming reader,
 * fed in pieces, comes to the same verdict at the same place. */
#include "fuzz/fuzz.h"

#include <shoji/shoji.h>

#include "value/stream.h"
#include "value/tree_parser.h"

static shoji_status ignore_member(void *context, const shoji_member *member)
{
    (void)context;
    (void)member;
    return SHOJI_OK;
}

/* The size of the blocks into which a text is cut: the text itself decides it. */
static size_t choose_block(const char *text, size_t length)
{
    return length > 0 ? (uint8_t)text[length / 2] % 64u + 1 : 1;
}

/* Feeds the text in pieces whose size the text itself decides, too. */
static shoji_status read_in_pieces(const char *text, size_t length, shoji_error *error)
{
    shoji_reader *reader = NULL;
    shoji_status status = shoji_reader_new(&reader, "", NULL, ignore_member, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji__reader_cut(reader, choose_block(text, length));
    size_t step = length > 0 ? (uint8_t)text[length / 2] % 7u + 1 : 1;
    for (size_t at = 0; at < length && status == SHOJI_OK; at += step) {
        size_t rest = length - at;
        status = shoji_reader_feed(reader, text + at, rest < step ? rest : step, error);
    }
    if (status == SHOJI_OK)
        status = shoji_reader_end(reader, error);
    shoji_reader_free(reader);
    return status;
}

static void check_pieces(const char *text, size_t length, shoji_status whole,
                         const shoji_error *whole_error)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = read_in_pieces(text, length, &error);
    if (whole == SHOJI_SYNTAX) {
        FUZZ_REQUIRE(status == SHOJI_SYNTAX);
        FUZZ_REQUIRE(error.offset == whole_error->offset);
    } else {
        FUZZ_REQUIRE(status != SHOJI_SYNTAX);
    }
}

/* The tree that comes of pieces, and the error, are those of the whole. */
static void check_tree_in_pieces(const char *text, size_t length, shoji_status whole,
                                 const shoji_error *whole_error, const shoji_tree *tree)
{
    shoji_tree_parser *parser = NULL;
    shoji_tree *pieced = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    FUZZ_REQUIRE(shoji_tree_parser_new(&parser, NULL) == SHOJI_OK);
    shoji__tree_parser_cut(parser, choose_block(text, length));
    size_t step = length > 0 ? (uint8_t)text[length / 2] % 7u + 1 : 1;
    shoji_status status = SHOJI_OK;
    for (size_t at = 0; at < length && status == SHOJI_OK; at += step) {
        size_t rest = length - at;
        status =
            shoji_tree_parser_feed(parser, text + at, rest < step ? rest : step, &error);
    }
    if (status == SHOJI_OK)
        status = shoji_tree_parser_finish(parser, &pieced, &error);
    shoji_tree_parser_free(parser);
    FUZZ_REQUIRE(status == whole && error.code == whole_error->code);
    FUZZ_REQUIRE(error.line == whole_error->line && error.column == whole_error->column);
    FUZZ_REQUIRE(error.offset == whole_error->offset);
    FUZZ_REQUIRE(shoji_value_equal(shoji_tree_root(tree), shoji_tree_root(pieced)));
    shoji_tree_free(pieced);
}

static void check_round_trip(const shoji_tree *tree, const shoji_writer_options *options)
{
    shoji_buffer text = SHOJI_BUFFER_INIT;
    FUZZ_REQUIRE(shoji_value_emit(&text, shoji_tree_root(tree), options) == SHOJI_OK);
    shoji_tree *again = NULL;
    FUZZ_REQUIRE(shoji_tree_parse(&again, text.bytes, text.length, NULL, NULL) ==
                 SHOJI_OK);
    FUZZ_REQUIRE(shoji_value_equal(shoji_tree_root(tree), shoji_tree_root(again)));

    shoji_buffer twice = SHOJI_BUFFER_INIT;
    FUZZ_REQUIRE(shoji_value_emit(&twice, shoji_tree_root(again), options) == SHOJI_OK);
    FUZZ_REQUIRE(text.length == twice.length);
    shoji_buffer_finish(&twice);
    shoji_buffer_finish(&text);
    shoji_tree_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status =
        shoji_tree_parse(&tree, (const char *)bytes, length, NULL, &error);
    check_pieces((const char *)bytes, length, status, &error);
    check_tree_in_pieces((const char *)bytes, length, status, &error, tree);
    if (status != SHOJI_OK) {
        FUZZ_REQUIRE(tree == NULL && error.message[0] != '\0');
        FUZZ_REQUIRE(error.offset <= length);
        return 0;
    }
    const shoji_writer_options indented = {2, true, 0};
    check_round_trip(tree, NULL);
    check_round_trip(tree, &indented);
    shoji_tree_free(tree);
    return 0;
}
