#include "attributes.h"

#include <shoji/value.h>
#include <shoji/writer.h>

#include <string.h>

/* An assignment taken apart; lent from the argument. */
struct assignment {
    const char *name;
    size_t length;
    const char *value;
    bool is_json;
};

static bool split(struct assignment *assignment, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL)
        return false;
    assignment->is_json = equals != argument && equals[-1] == ':';
    assignment->name = argument;
    assignment->length = (size_t)(equals - argument) - (assignment->is_json ? 1 : 0);
    assignment->value = equals + 1;
    return assignment->length != 0;
}

bool attributes_is_assignment(const char *argument)
{
    struct assignment assignment;
    return split(&assignment, argument);
}

static bool same_name(const struct assignment *one, const struct assignment *other)
{
    return one->length == other->length &&
           memcmp(one->name, other->name, one->length) == 0;
}

static enum exit_code check_repetition(char *const *items, size_t index)
{
    struct assignment own;
    struct assignment earlier;
    for (size_t i = 0; i < index; i++) {
        if (split(&own, items[index]) && split(&earlier, items[i]) &&
            same_name(&own, &earlier))
            return failure(EXIT_USAGE,
                           "'%.*s' is given twice; a list is written as %.*s:='[...]'",
                           (int)own.length, own.name, (int)own.length, own.name);
    }
    return EXIT_DONE;
}

/* Errors of the writer stick, and show at its end. */
static enum exit_code write_attribute(shoji_writer *writer, const char *argument)
{
    struct assignment assignment;
    if (!split(&assignment, argument))
        return failure(EXIT_USAGE, "'%s' is no assignment: write NAME=VALUE", argument);
    if (shoji_writer_name_n(writer, assignment.name, assignment.length) == SHOJI_SYNTAX)
        return failure(EXIT_USAGE, "the name in '%s' is not UTF-8", argument);
    if (!assignment.is_json) {
        if (shoji_writer_string(writer, assignment.value) == SHOJI_SYNTAX)
            return failure(EXIT_USAGE, "the value of '%s' is not UTF-8", argument);
        return EXIT_DONE;
    }
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    const char *json = assignment.value;
    shoji_status status = shoji_tree_parse(&tree, json, strlen(json), NULL, &error);
    if (status == SHOJI_NO_MEMORY)
        return failure_memory();
    if (status != SHOJI_OK)
        return failure(EXIT_USAGE,
                       "what follows ':=' in '%s' is not JSON: %s; a string is "
                       "written with '=' alone",
                       argument, error.message);
    shoji_writer_value(writer, shoji_tree_root(tree));
    shoji_tree_free(tree);
    return EXIT_DONE;
}

static enum exit_code write_entity(shoji_writer *writer, char *const *items, size_t count)
{
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "element");
    shoji_writer_string(writer, "shoji:entity");
    shoji_writer_name(writer, "body");
    shoji_writer_begin_object(writer);
    for (size_t i = 0; i < count; i++) {
        enum exit_code code = check_repetition(items, i);
        if (code == EXIT_DONE)
            code = write_attribute(writer, items[i]);
        if (code != EXIT_DONE)
            return code;
    }
    shoji_writer_end_object(writer);
    shoji_writer_end_object(writer);
    return shoji_writer_end(writer) == SHOJI_OK ? EXIT_DONE : failure_memory();
}

enum exit_code attributes_entity(shoji_buffer *document, char *const *items, size_t count)
{
    shoji_writer *writer = NULL;
    shoji_buffer_clear(document);
    if (shoji_writer_new(&writer, shoji_buffer_sink, document, NULL) != SHOJI_OK)
        return failure_memory();
    enum exit_code code = write_entity(writer, items, count);
    shoji_writer_free(writer);
    return code;
}
