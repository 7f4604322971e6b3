/* "shojid check": what is wrong in a store. */
#include "commands.h"
#include "service/offline.h"
#include "store/fail.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "Usage: shojid check STORE\n"
    "\n"
    "Looks at every document of STORE, and writes a line for each fault that it finds: "
    "a\n"
    "JSON object with a code, the path of the document, and a message.\n"
    "\n"
    "  store.damaged      the file of the store\n"
    "  store.orphan       a document whose parent is not there\n"
    "  store.count        a catalog that counts its entities wrong\n"
    "  store.index        an index that does not agree with the entities\n"
    "  document.broken    a document that cannot be read\n"
    "  document.invalid   a document that would be refused if it were sent\n"
    "  link.dangling      a link to a path of the store where nothing is\n"
    "  order.dangling     the same in the graph of an order\n"
    "  member.dangling    the same among the members that a catalog of dir: lists\n"
    "\n"
    "A daemon can serve the store meanwhile.\n"
    "Exit status: 0 nothing is wrong, 1 something is, 2 the command line is wrong.\n";

/* Groups of an order inside one another: no document within the limits of
 * SHOJI_LIMITS_INIT has more. */
enum {
    GROUP_DEPTH = 257
};

struct check {
    struct store *store;
    struct store_snapshot *snapshot;
    struct offline *offline;
    shoji_buffer path; /* canonical: where the walk is */
    size_t documents;
    size_t faults;
    shoji_error error;
};

static shoji_status print_line(const char *code, const char *path, const char *pointer,
                               const char *message)
{
    shoji_buffer line = SHOJI_BUFFER_INIT;
    shoji_writer *writer = NULL;
    shoji_status status = shoji_writer_new(&writer, shoji_buffer_sink, &line, NULL);
    if (status == SHOJI_OK) {
        shoji_writer_begin_object(writer);
        shoji_writer_name(writer, "code");
        shoji_writer_string(writer, code);
        shoji_writer_name(writer, "path");
        shoji_writer_string(writer, path);
        if (pointer[0] != '\0') {
            shoji_writer_name(writer, "pointer");
            shoji_writer_string(writer, pointer);
        }
        shoji_writer_name(writer, "message");
        shoji_writer_string(writer, message);
        shoji_writer_end_object(writer);
        status = shoji_writer_end(writer);
    }
    shoji_writer_free(writer);
    if (status == SHOJI_OK)
        puts(line.bytes);
    shoji_buffer_finish(&line);
    return status;
}

static shoji_status report(struct check *check, const char *code, const char *path,
                           const char *pointer, const char *message)
{
    check->faults++;
    shoji_status status = print_line(code, path, pointer, message);
    /* A message that was cut within a character is no UTF-8. */
    if (status == SHOJI_SYNTAX)
        status = print_line(code, path, pointer, "see the document");
    return status == SHOJI_OK ? SHOJI_OK : store_fail_status(&check->error, status);
}

static shoji_status report_store_fault(void *context, const struct store_fault *fault)
{
    return report(context, fault->code, fault->path, "", fault->message);
}

/* Reports a reference that leads nowhere. */
static shoji_status check_reference(struct check *check, const char *code,
                                    const char *pointer, const char *reference)
{
    const char *target;
    char message[512];
    shoji_status status = offline_follow(check->offline, check->path.bytes, reference,
                                         &target, &check->error);
    if (status != SHOJI_OK || target == NULL)
        return status;
    snprintf(message, sizeof message, "\"%.200s\" leads to %.200s, where nothing is",
             reference, target);
    return report(check, code, check->path.bytes, pointer, message);
}

static shoji_status check_map(struct check *check, shoji_value root, shoji_map map)
{
    char pointer[32];
    snprintf(pointer, sizeof pointer, "/%s", shoji_map_text(map));
    shoji_value links = shoji_value_member(root, shoji_map_text(map));
    shoji_members members = shoji_value_members(links);
    shoji_items items = shoji_value_items(links);
    shoji_status status = SHOJI_OK;
    shoji_member member;
    shoji_value item;
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        if (shoji_value_type(member.value) == SHOJI_STRING)
            status = check_reference(check, "link.dangling", pointer,
                                     shoji_value_string(member.value, NULL));
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        if (shoji_value_type(item) == SHOJI_STRING)
            status = check_reference(check, "link.dangling", pointer,
                                     shoji_value_string(item, NULL));
    return status;
}

/* The array of a group of an order, or nothing. */
static shoji_value group_of(shoji_value item)
{
    shoji_member group = {0};
    shoji_members members = shoji_value_members(item);
    shoji_members_next(&members, &group);
    return group.value;
}

static shoji_status check_graph(struct check *check, shoji_value graph)
{
    shoji_items open[GROUP_DEPTH];
    size_t depth = 1;
    shoji_status status = SHOJI_OK;
    open[0] = shoji_value_items(graph);
    while (depth > 0 && status == SHOJI_OK) {
        shoji_value item;
        if (!shoji_items_next(&open[depth - 1], &item))
            depth--;
        else if (shoji_value_type(item) == SHOJI_STRING)
            status = check_reference(check, "order.dangling", "/graph",
                                     shoji_value_string(item, NULL));
        else if (depth < GROUP_DEPTH)
            open[depth++] = shoji_value_items(group_of(item));
    }
    return status;
}

/* A catalog of a directory lists its members itself. */
static shoji_status check_members(struct check *check, shoji_value root)
{
    shoji_items items = shoji_value_items(shoji_value_member(root, "entities"));
    shoji_members members = shoji_value_members(shoji_value_member(root, "index"));
    shoji_status status = SHOJI_OK;
    shoji_value item;
    shoji_member member;
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        if (shoji_value_type(item) == SHOJI_STRING)
            status = check_reference(check, "member.dangling", "/entities",
                                     shoji_value_string(item, NULL));
    while (status == SHOJI_OK && shoji_members_next(&members, &member))
        status = check_reference(check, "member.dangling", "/index", member.name);
    return status;
}

static shoji_status check_links(struct check *check,
                                const struct store_document *document)
{
    shoji_tree *tree;
    if (document->element == SHOJI_ELEMENT_VALUE)
        return SHOJI_OK;
    shoji_status status =
        shoji_tree_parse(&tree, document->text, document->length, NULL, NULL);
    if (status != SHOJI_OK)
        /* What is no JSON has been reported, and has no links. */
        return status == SHOJI_NO_MEMORY ? store_fail_memory(&check->error) : SHOJI_OK;
    shoji_value root = shoji_tree_root(tree);
    for (int map = 0; map < SHOJI_MAP_COUNT && status == SHOJI_OK; map++)
        status = check_map(check, root, (shoji_map)map);
    if (status == SHOJI_OK && document->element == SHOJI_ELEMENT_ORDER)
        status = check_graph(check, shoji_value_member(root, "graph"));
    if (status == SHOJI_OK && document->verbatim &&
        document->element == SHOJI_ELEMENT_CATALOG)
        status = check_members(check, root);
    shoji_tree_free(tree);
    return status;
}

static shoji_status check_text(struct check *check, const struct store_document *document)
{
    shoji_document *stored = NULL;
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_status status = offline_accept(check->offline, document->path, document->text,
                                         document->length, &stored, &why);
    if (status == SHOJI_NO_MEMORY)
        return store_fail_memory(&check->error);
    bool other =
        status == SHOJI_OK && shoji_document_element(stored) != document->element;
    shoji_document_free(stored);
    if (status != SHOJI_OK)
        status =
            report(check, "document.invalid", document->path, why.pointer, why.message);
    else if (other)
        status = report(check, "document.invalid", document->path, "/element",
                        "the store takes the document for one of another element");
    return status == SHOJI_OK ? check_links(check, document) : status;
}

static shoji_status check_document(struct check *check)
{
    struct store_document document = STORE_DOCUMENT_INIT;
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_status status = check->store->methods->read(check->snapshot, check->path.bytes,
                                                      false, &document, &why);
    check->documents++;
    if (status == SHOJI_INVALID)
        status =
            report(check, "document.broken", check->path.bytes, why.pointer, why.message);
    else if (status == SHOJI_OK)
        status = check_text(check, &document);
    else
        check->error = why;
    store_document_finish(&document);
    return status;
}

/* Checks what is at the path, and all that lies below. Paths go no deeper than
 * STORE_PATH_DEPTH. */
static shoji_status check_below(void *context, const char *segment)
{
    struct check *check = context;
    size_t before = check->path.length;
    shoji_status status = shoji_buffer_append_format(&check->path, "%s/", segment);
    if (status != SHOJI_OK)
        return store_fail_status(&check->error, status);
    status = check_document(check);
    if (status == SHOJI_OK)
        status = check->store->methods->below(check->snapshot, check->path.bytes,
                                              check_below, check, &check->error);
    check->path.length = before;
    check->path.bytes[before] = '\0';
    return status;
}

static shoji_status run(struct check *check, const char *store)
{
    shoji_status status = store_open(&check->store, store, true, &check->error);
    if (status == SHOJI_OK)
        status = check->store->methods->snapshot(check->store, &check->snapshot,
                                                 &check->error);
    if (status == SHOJI_OK)
        status = offline_new(&check->offline, check->store, check->snapshot, NULL,
                             &check->error);
    if (status == SHOJI_OK && check->store->methods->check != NULL)
        status = check->store->methods->check(check->snapshot, report_store_fault, check,
                                              &check->error);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(&check->path, "/") == SHOJI_OK
                     ? check_document(check)
                     : store_fail_memory(&check->error);
    if (status == SHOJI_OK)
        status = check->store->methods->below(check->snapshot, "/", check_below, check,
                                              &check->error);
    return status;
}

static void finish(struct check *check)
{
    offline_free(check->offline);
    if (check->snapshot != NULL)
        check->store->methods->release(check->snapshot);
    store_close(check->store);
    shoji_buffer_finish(&check->path);
}

int command_check(int argc, char *const argv[])
{
    const char *words[1];
    int exit_status = commands_words(argc, argv, help_text, words, 1);
    if (exit_status != COMMANDS_GO_ON)
        return exit_status;
    struct check check = {.path = SHOJI_BUFFER_INIT, .error = SHOJI_ERROR_INIT};
    shoji_status status = run(&check, words[0]);
    finish(&check);
    if (status != SHOJI_OK)
        return commands_fail_for(&check.error);
    fprintf(stderr, "shojid: %zu documents, %zu faults\n", check.documents, check.faults);
    bool written = fflush(stdout) == 0;
    return check.faults == 0 && written ? EXIT_SUCCESS : EXIT_FAILURE;
}
