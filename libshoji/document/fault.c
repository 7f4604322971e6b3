#include "document/fault.h"

#include "base/error.h"
#include "value/tree.h"

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
    faults->step_count = 0;
}

/* Where to look for the child of a container that holds a node: from its first child on,
 * or from the one that the last fault was in. */
static struct shoji__fault_step first_step(const struct shoji__faults *faults,
                                           size_t depth, uint32_t container,
                                           uint32_t node)
{
    const struct shoji__fault_step *known = &faults->steps[depth];
    if (depth < faults->step_count && known->container == container &&
        known->child <= node)
        return *known;
    return (struct shoji__fault_step){container, container + 1, 0};
}

/* Moves a step on to the child that holds the node (or is it, or is named by it). Returns
 * where that child's value is. */
static uint32_t find_child(const shoji_tree *tree, struct shoji__fault_step *step,
                           uint32_t node)
{
    bool is_object = shoji__node_type(&tree->nodes[step->container]) == SHOJI_OBJECT;
    for (;;) {
        uint32_t value = step->child + is_object;
        uint32_t end = value + shoji__node_span(&tree->nodes[value]);
        if (node < end)
            return value;
        step->child = end;
        step->index++;
    }
}

/* Adds the token of a step to the pointer. */
static void add_token(const shoji_tree *tree, const struct shoji__fault_step *step,
                      shoji_error *error)
{
    char parent[SHOJI_ERROR_POINTER_SIZE];
    char index[24];
    memcpy(parent, error->pointer, sizeof parent);
    const struct shoji__node *name = &tree->nodes[step->child];
    snprintf(index, sizeof index, "%zu", step->index);
    shoji__error_pointer(
        error, parent,
        shoji__node_type(&tree->nodes[step->container]) == SHOJI_OBJECT
            ? shoji__slice(shoji__node_bytes(tree, name), shoji__node_length(name))
            : shoji__slice_of(index));
}

/* The JSON pointer of a node; of a name, that of its member. */
static void set_pointer(struct shoji__faults *faults, uint32_t node, shoji_error *error)
{
    uint32_t at = 0;
    size_t depth = 0;
    while (at < node && strlen(error->pointer) + 4 < sizeof error->pointer) {
        struct shoji__fault_step step = first_step(faults, depth, at, node);
        at = find_child(faults->tree, &step, node);
        add_token(faults->tree, &step, error);
        faults->steps[depth++] = step;
    }
    faults->step_count = depth;
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
    shoji_error fault = SHOJI_ERROR_INIT;
    bool last = faults->count == SHOJI__FAULT_MAXIMUM;
    va_list arguments;
    va_start(arguments, format);
    if (last)
        shoji__fail(&fault, SHOJI_LIMIT, "document.too-many-faults",
                    "the document has more than %d faults: those from here on are not "
                    "reported",
                    SHOJI__FAULT_MAXIMUM);
    else
        shoji__fail_list(&fault, SHOJI_INVALID, code, format, arguments);
    va_end(arguments);
    set_pointer(faults, node, &fault);
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
