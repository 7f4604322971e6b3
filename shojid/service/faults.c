#include "service/faults.h"

#include "service/incoming.h"

#include <shoji/writer.h>

#include <stdlib.h>
#include <string.h>

enum {
    FAULTS_MAXIMUM = 100
};

struct faults {
    size_t count;
    size_t capacity;
    shoji_error *list;
};

shoji_status faults_note(struct visit *visit, const shoji_error *fault)
{
    struct faults *faults = visit->faults;
    if (faults == NULL)
        faults = visit->faults = calloc(1, sizeof *faults);
    if (faults == NULL)
        return SHOJI_NO_MEMORY;
    if (faults->count == faults->capacity) {
        size_t capacity = faults->capacity * 2 + 4;
        shoji_error *list = realloc(faults->list, capacity * sizeof *list);
        if (list == NULL)
            return SHOJI_NO_MEMORY;
        faults->list = list;
        faults->capacity = capacity;
    }
    faults->list[faults->count++] = *fault;
    return faults->count < FAULTS_MAXIMUM ? SHOJI_OK : SHOJI_LIMIT;
}

const shoji_error *faults_first(const struct visit *visit)
{
    return visit->faults != NULL && visit->faults->count > 0 ? &visit->faults->list[0]
                                                             : NULL;
}

void faults_finish(struct visit *visit)
{
    if (visit->faults != NULL)
        free(visit->faults->list);
    free(visit->faults);
    visit->faults = NULL;
}

struct listing {
    shoji_writer *writer;
    const shoji_error *first;
    unsigned count;
};

static void write_fault(struct listing *listing, const shoji_error *fault)
{
    shoji_writer *writer = listing->writer;
    listing->count++;
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "detail");
    shoji_writer_string(writer, fault->message);
    shoji_writer_name(writer, "pointer");
    shoji_writer_string(writer, fault->pointer);
    if (fault->line > 0) {
        shoji_writer_name(writer, "line");
        shoji_writer_uint64(writer, fault->line);
        shoji_writer_name(writer, "column");
        shoji_writer_uint64(writer, fault->column);
    }
    if (fault->code != NULL) {
        shoji_writer_name(writer, "code");
        shoji_writer_string(writer, fault->code);
    }
    shoji_writer_end_object(writer);
}

/* As a shoji_fault_callback. */
static shoji_status add_fault(void *context, const shoji_error *fault)
{
    struct listing *listing = context;
    if (listing->count == FAULTS_MAXIMUM)
        return SHOJI_STOPPED;
    if (strcmp(fault->pointer, listing->first->pointer) != 0 ||
        strcmp(fault->message, listing->first->message) != 0)
        write_fault(listing, fault);
    return SHOJI_OK;
}

static void add_others(struct listing *listing, const struct visit *visit)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_document *document = NULL;
    options.fault = add_fault;
    options.fault_context = listing;
    /* What it fails with is what the listing has got. */
    (void)incoming_parse(&document, visit->request, &options, &error);
    shoji_document_free(document);
}

shoji_status faults_append(shoji_buffer *object, const struct visit *visit,
                           const shoji_error *first)
{
    struct listing listing = {.first = first};
    shoji_status status =
        shoji_writer_new(&listing.writer, shoji_buffer_sink, object, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_writer_begin_object(listing.writer);
    shoji_writer_name(listing.writer, "faults");
    shoji_writer_begin_array(listing.writer);
    write_fault(&listing, first);
    for (size_t i = 1; visit->faults != NULL && i < visit->faults->count; i++)
        write_fault(&listing, &visit->faults->list[i]);
    if (visit->request->body_length > 0 && !incoming_is_merge_patch(visit->request))
        add_others(&listing, visit);
    shoji_writer_end_array(listing.writer);
    shoji_writer_end_object(listing.writer);
    status = shoji_writer_end(listing.writer);
    shoji_writer_free(listing.writer);
    return status;
}
