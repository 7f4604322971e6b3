#include "document/fault.h"

#include "base/error.h"
#include "value/tree.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void shoji__faults_init(struct shoji__faults *faults, const shoji_tree *tree,
                        const shoji_document_options *options, shoji_error *error)
{
    faults->tree = tree;
    faults->options = options;
    faults->error = error;
    faults->count = 0;
    faults->last_node = 0;
    faults->last = (struct shoji__position)SHOJI__POSITION_INIT;
}

/* Adds the token of a container's child that holds the node (or is it), and returns where
 * that child's value is. */
static uint32_t add_token(const shoji_tree *tree, uint32_t container, uint32_t node,
                          shoji_error *error)
{
    char parent[SHOJI_ERROR_POINTER_SIZE];
    char index[24];
    memcpy(parent, error->pointer, sizeof parent);
    bool is_object = shoji__node_type(&tree->nodes[container]) == SHOJI_OBJECT;
    uint32_t child = container + 1;
    for (size_t i = 0;; i++) {
        uint32_t value = child + is_object;
        uint32_t end = value + shoji__node_span(&tree->nodes[value]);
        if (node < end) {
            const struct shoji__node *name = &tree->nodes[child];
            snprintf(index, sizeof index, "%zu", i);
            shoji__error_pointer(error, parent,
                                 is_object ? shoji__slice(shoji__node_bytes(tree, name),
                                                          shoji__node_length(name))
                                           : shoji__slice_of(index));
            return value;
        }
        child = end;
    }
}

/* The JSON pointer of a node; of a name, that of its member. */
static void set_pointer(const shoji_tree *tree, uint32_t node, shoji_error *error)
{
    uint32_t at = 0;
    while (at < node && strlen(error->pointer) + 4 < sizeof error->pointer)
        at = add_token(tree, at, node, error);
}

static void set_place(struct shoji__faults *faults, uint32_t node, shoji_error *error)
{
    if (node < faults->last_node) {
        faults->last_node = 0;
        faults->last = (struct shoji__position)SHOJI__POSITION_INIT;
    }
    size_t offset =
        shoji__tree_offset(faults->tree, node, faults->last_node, faults->last.offset);
    faults->last_node = node;
    shoji__position_advance(&faults->last, faults->tree->text + faults->last.offset,
                            offset - faults->last.offset);
    shoji__position_report(error, faults->last);
}

/* Hands a fault to whoever asked for it. */
static shoji_status report(struct shoji__faults *faults, const shoji_error *fault)
{
    if (faults->count++ == 0 && faults->error != NULL)
        *faults->error = *fault;
    if (faults->options->fault == NULL)
        return fault->status;
    return faults->options->fault(faults->options->fault_context, fault);
}

shoji_status shoji__fault(struct shoji__faults *faults, uint32_t node, const char *code,
                          const char *format, ...)
{
    char message[SHOJI_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    shoji_error fault = SHOJI_ERROR_INIT;
    bool last = faults->count == SHOJI__FAULT_MAXIMUM;
    if (last)
        shoji__fail(&fault, SHOJI_LIMIT, "document.too-many-faults",
                    "the document has more than %d faults: those from here on are not "
                    "reported",
                    SHOJI__FAULT_MAXIMUM);
    else
        shoji__fail(&fault, SHOJI_INVALID, code, "%s", message);
    set_pointer(faults->tree, node, &fault);
    set_place(faults, node, &fault);
    shoji_status status = report(faults, &fault);
    return last ? SHOJI_LIMIT : status;
}

shoji_status shoji__faults_end(struct shoji__faults *faults, shoji_status status)
{
    if (status == SHOJI_NO_MEMORY)
        return shoji__fail_memory(faults->error);
    if (status != SHOJI_OK)
        return status;
    return faults->count == 0 ? SHOJI_OK : SHOJI_INVALID;
}
