/*
 * Sixteen writers of eight documents, and a history of what each did and saw, which is
 * then held against what a store promises: no update is lost, and no read is stale.
 *
 *     histories OPERATIONS
 *
 * On standard input is the IRI of a catalog that shojid hosts, with the entities "d0/" to
 * "d7/" whose bodies are {"count": 0, "writer": 0}. A writer adds one to a count, under
 * If-Match, and leaves its number there; by 412 it begins anew. In between it reads: one
 * entity, one under If-None-Match, or all of them in the catalog.
 *
 * Where the daemon goes away, so does everybody; the next line has the IRI at which it is
 * back, and they go on. A write that got no answer may have been done or not. On standard
 * output is the number of operations at each tenth of them, and at last what was done.
 */
#include <shoji/client.h>
#include <shoji/shoji.h>

#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOCUMENTS = 8,
    WRITERS = 16,
    ETAG_SIZE = 80,
    IRI_SIZE = 256,
    BODY_SIZE = 128
};

enum kind {
    SEEN,
    WRITTEN,  /* and acknowledged */
    ATTEMPTED /* no answer came */
};

struct event {
    enum kind kind;
    int document;
    int writer; /* whose number is in the document: 1 to WRITERS, or 0 at the beginning */
    int64_t count;
    char etag[ETAG_SIZE]; /* "" for an attempt, and for a tuple of the catalog */
};

struct trial {
    char catalog[IRI_SIZE];
    long operations;
    atomic_long begun;
    atomic_bool gone; /* the daemon is */
    /* The greatest count of which a write has been acknowledged, to anyone. */
    _Atomic int64_t acknowledged[DOCUMENTS];
};

struct writer {
    struct trial *trial;
    int number;
    pthread_t thread;
    shoji_session *session;
    uint64_t random;
    struct event last[DOCUMENTS]; /* what it saw last of each that has an ETag */
    int64_t reached[DOCUMENTS];   /* the greatest count that it saw or wrote */
    struct event *events;
    size_t event_count;
    size_t event_capacity;
    long refused;
};

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("histories: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *must_have(void *memory)
{
    if (memory == NULL)
        fail("out of memory");
    return memory;
}

/* xorshift64: each writer's choices are the same in every run. */
static unsigned choose(struct writer *self, unsigned count)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return (unsigned)(self->random % count);
}

static void note(struct writer *self, const struct event *event)
{
    if (self->event_count == self->event_capacity) {
        self->event_capacity = self->event_capacity * 2 + 1024;
        self->events =
            must_have(realloc(self->events, self->event_capacity * sizeof *self->events));
    }
    self->events[self->event_count++] = *event;
}

/* Whether one more operation is to be done. */
static bool begin_operation(struct trial *trial)
{
    if (atomic_load(&trial->gone))
        return false;
    long begun = atomic_fetch_add(&trial->begun, 1);
    if (begun < trial->operations && begun % (trial->operations / 10) == 0) {
        printf("%ld\n", begun);
        fflush(stdout);
    }
    return begun < trial->operations;
}

/* Sends a request to what the catalog has at `path`. NULL where the daemon is gone. */
static shoji_response *ask(struct writer *self, shoji_request *request, const char *path)
{
    char iri[IRI_SIZE + 16];
    snprintf(iri, sizeof iri, "%s%s", self->trial->catalog, path);
    request->iri = iri;
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    switch (shoji_session_send(&response, self->session, request, &error)) {
    case SHOJI_OK:
    case SHOJI_PRECONDITION:
        return response;
    case SHOJI_UNREACHABLE:
        atomic_store(&self->trial->gone, true);
        return NULL;
    default:
        fail("%s: %s", iri, error.message);
    }
}

static const shoji_document *document_of(shoji_response *response)
{
    const shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_response_document(&document, response, &error) != SHOJI_OK)
        fail("%s: %s", shoji_response_iri(response), error.message);
    return document;
}

static void take_etag(struct event *event, shoji_response *response)
{
    const char *etag = shoji_response_header(response, "ETag");
    if (etag == NULL || strlen(etag) >= sizeof event->etag)
        fail("%s: no ETag of a sound length", shoji_response_iri(response));
    strcpy(event->etag, etag);
}

static void take_body(struct event *event, shoji_value body)
{
    int64_t writer = 0;
    if (shoji_value_int64(shoji_value_member(body, "count"), &event->count) != SHOJI_OK ||
        shoji_value_int64(shoji_value_member(body, "writer"), &writer) != SHOJI_OK ||
        event->count < 0 || writer < 0 || writer > WRITERS)
        fail("d%d/ is nothing that was ever written", event->document);
    event->writer = (int)writer;
}

/*
 * The count of a read that began when `floor` had been acknowledged: it is no less than
 * that, nor than what this writer has seen before.
 */
static void see(struct writer *self, const struct event *event, int64_t floor)
{
    int64_t *reached = &self->reached[event->document];
    if (event->count < floor)
        fail("stale read or lost update: writer %d sees %lld in d%d/, where %lld had "
             "been acknowledged",
             self->number, (long long)event->count, event->document, (long long)floor);
    if (event->count < *reached)
        fail("back in time: writer %d sees %lld in d%d/, and saw %lld before",
             self->number, (long long)event->count, event->document, (long long)*reached);
    *reached = event->count;
    note(self, event);
}

/* Reads an entity; with `changed`, only if it is another than the one seen last. */
static bool read_entity(struct writer *self, int document, bool changed)
{
    struct trial *trial = self->trial;
    struct event *last = &self->last[document];
    int64_t floor = atomic_load(&trial->acknowledged[document]);
    char path[16];
    snprintf(path, sizeof path, "d%d/", document);
    shoji_request request = SHOJI_REQUEST_INIT;
    if (changed && last->etag[0] != '\0')
        request.if_none_match = last->etag;
    shoji_response *response = begin_operation(trial) ? ask(self, &request, path) : NULL;
    if (response == NULL)
        return false;
    struct event event = *last;
    event.kind = SEEN;
    event.document = document;
    if (shoji_response_status(response) != 304) {
        take_etag(&event, response);
        take_body(&event, shoji_document_body(document_of(response)));
    }
    see(self, &event, floor);
    *last = event;
    shoji_response_free(response);
    return true;
}

static void read_catalog(struct writer *self)
{
    struct trial *trial = self->trial;
    int64_t floors[DOCUMENTS];
    for (int i = 0; i < DOCUMENTS; i++)
        floors[i] = atomic_load(&trial->acknowledged[i]);
    shoji_request request = SHOJI_REQUEST_INIT;
    shoji_response *response = begin_operation(trial) ? ask(self, &request, "") : NULL;
    if (response == NULL)
        return;
    shoji_value index = shoji_document_index(document_of(response));
    for (int i = 0; i < DOCUMENTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%d/", i);
        struct event event = {.kind = SEEN, .document = i};
        take_body(&event, shoji_value_member(index, name));
        see(self, &event, floors[i]);
    }
    shoji_response_free(response);
}

static void acknowledge(_Atomic int64_t *acknowledged, int64_t count)
{
    int64_t known = atomic_load(acknowledged);
    while (known < count && !atomic_compare_exchange_weak(acknowledged, &known, count))
        continue;
}

/* Writes what an event says over what was seen last. NULL where the daemon is gone. */
static shoji_response *put(struct writer *self, const struct event *event)
{
    char path[16];
    snprintf(path, sizeof path, "d%d/", event->document);
    char body[BODY_SIZE];
    snprintf(body, sizeof body,
             "{\"element\":\"shoji:entity\",\"body\":{\"count\":%lld,\"writer\":%d}}",
             (long long)event->count, event->writer);
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "PUT";
    request.body = body;
    request.body_length = strlen(body);
    request.if_match = self->last[event->document].etag;
    return ask(self, &request, path);
}

/* Writes the count after the one seen last; false where another was faster. */
static bool write_entity(struct writer *self, int document)
{
    const struct event *last = &self->last[document];
    struct event event = {.kind = ATTEMPTED,
                          .document = document,
                          .writer = self->number,
                          .count = last->count + 1};
    if (!begin_operation(self->trial))
        return true;
    shoji_response *response = put(self, &event);
    int status = response != NULL ? shoji_response_status(response) : 0;
    if (status == 204) {
        event.kind = WRITTEN;
        take_etag(&event, response);
        acknowledge(&self->trial->acknowledged[document], event.count);
        self->reached[document] = event.count;
    } else if (status == 412) {
        take_etag(&event, response);
        if (strcmp(event.etag, last->etag) == 0)
            fail("d%d/ has the ETag %s that If-Match had, and is not written", document,
                 event.etag);
        self->refused++;
    } else if (response != NULL) {
        fail("PUT of d%d/ is answered with %d", document, status);
    }
    if (status != 412)
        note(self, &event);
    shoji_response_free(response);
    return status != 412;
}

static void *work(void *context)
{
    struct writer *self = context;
    struct trial *trial = self->trial;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_session_new(&self->session, NULL, &error) != SHOJI_OK)
        fail("%s", error.message);
    while (!atomic_load(&trial->gone) && atomic_load(&trial->begun) < trial->operations) {
        int document = (int)choose(self, DOCUMENTS);
        unsigned way = choose(self, 8);
        if (way == 0) {
            read_catalog(self);
        } else if (way < 3) {
            read_entity(self, document, true);
        } else {
            while (read_entity(self, document, false) && !write_entity(self, document))
                continue;
        }
    }
    shoji_session_free(self->session);
    self->session = NULL;
    return NULL;
}

/* Lets all of them work until the operations are done, or the daemon is gone. */
static void work_together(struct trial *trial, struct writer writers[WRITERS])
{
    if (fgets(trial->catalog, sizeof trial->catalog, stdin) == NULL)
        fail("the daemon went away, and nobody says where it is now");
    trial->catalog[strcspn(trial->catalog, "\n")] = '\0';
    atomic_store(&trial->gone, false);
    for (int i = 0; i < WRITERS; i++)
        if (pthread_create(&writers[i].thread, NULL, work, &writers[i]) != 0)
            fail("no thread is to be had");
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
}

/* The writers that can have brought a document to a count; a bit a writer. */
struct state {
    int acknowledged; /* how often */
    uint32_t written;
    uint32_t attempted;
    uint32_t seen;
};

static void fill_states(struct state *states, int document, int64_t final,
                        const struct writer *writer)
{
    for (size_t i = 0; i < writer->event_count; i++) {
        const struct event *event = &writer->events[i];
        if (event->document != document)
            continue;
        uint32_t bit = UINT32_C(1) << event->writer;
        if (event->count > final) {
            if (event->kind != ATTEMPTED)
                fail("lost update: d%d/ ends at %lld, and had been at %lld", document,
                     (long long) final, (long long)event->count);
        } else if (event->kind == SEEN) {
            states[event->count].seen |= bit;
        } else if (event->kind == ATTEMPTED) {
            states[event->count].attempted |= bit;
        } else {
            states[event->count].written |= bit;
            states[event->count].acknowledged++;
        }
    }
}

/* Each count of a document came from the one before by one write, and all who saw it saw
 * that write. */
static void check_document(const struct writer writers[WRITERS], int document,
                           int64_t final)
{
    struct state *states = must_have(calloc((size_t) final + 1, sizeof *states));
    states[0].written = 1;
    for (int i = 0; i < WRITERS; i++)
        fill_states(states, document, final, &writers[i]);
    for (int64_t count = 0; count <= final; count++) {
        const struct state *state = &states[count];
        uint32_t may = state->written != 0 ? state->written : state->attempted;
        if (state->acknowledged > 1)
            fail("lost update: d%d/ was brought to %lld by %d writes", document,
                 (long long)count, state->acknowledged);
        if (may == 0)
            fail("nobody brought d%d/ to %lld", document, (long long)count);
        if ((state->seen & ~may) != 0 || (state->seen & (state->seen - 1)) != 0)
            fail("at %lld, d%d/ was seen with what was not written", (long long)count,
                 document);
    }
    free(states);
}

static int compare_etags(const void *one, const void *other)
{
    const struct event *a = one;
    const struct event *b = other;
    return a->document != b->document ? a->document - b->document
                                      : strcmp(a->etag, b->etag);
}

/* An entity tag is given to one state of a document and to no other. */
static void check_etags(const struct writer writers[WRITERS])
{
    size_t count = 0;
    for (int i = 0; i < WRITERS; i++)
        count += writers[i].event_count;
    struct event *events = must_have(calloc(count + 1, sizeof *events));
    count = 0;
    for (int i = 0; i < WRITERS; i++)
        for (size_t j = 0; j < writers[i].event_count; j++)
            if (writers[i].events[j].etag[0] != '\0')
                events[count++] = writers[i].events[j];
    qsort(events, count, sizeof *events, compare_etags);
    for (size_t i = 1; i < count; i++)
        if (compare_etags(&events[i - 1], &events[i]) == 0 &&
            events[i - 1].count != events[i].count)
            fail("d%d/ has the ETag %s both at %lld and at %lld", events[i].document,
                 events[i].etag, (long long)events[i - 1].count,
                 (long long)events[i].count);
    free(events);
}

/* Reads what the documents come to in the end, and holds the history against it. */
static void check(struct trial *trial, struct writer writers[WRITERS])
{
    struct writer *last = &writers[0];
    trial->operations = LONG_MAX;
    shoji_error error = SHOJI_ERROR_INIT;
    if (shoji_session_new(&last->session, NULL, &error) != SHOJI_OK)
        fail("%s", error.message);
    for (int i = 0; i < DOCUMENTS; i++) {
        if (!read_entity(last, i, false))
            fail("the daemon went away at the end");
        check_document(writers, i, last->last[i].count);
    }
    shoji_session_free(last->session);
    check_etags(writers);
}

static void report(const struct writer writers[WRITERS])
{
    long of[3] = {0};
    long refused = 0;
    for (int i = 0; i < WRITERS; i++) {
        refused += writers[i].refused;
        for (size_t j = 0; j < writers[i].event_count; j++)
            of[writers[i].events[j].kind]++;
    }
    printf("%ld seen, %ld written, %ld refused, %ld without answer\n", of[SEEN],
           of[WRITTEN], refused, of[ATTEMPTED]);
}

int main(int argc, char **argv)
{
    static struct trial trial;
    static struct writer writers[WRITERS];
    trial.operations = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (trial.operations < 10 || trial.operations > 10000000) {
        fputs("usage: histories OPERATIONS\n", stderr);
        return 2;
    }
    for (int i = 0; i < WRITERS; i++) {
        writers[i].trial = &trial;
        writers[i].number = i + 1;
        writers[i].random = (uint64_t)i + 1;
    }
    while (atomic_load(&trial.begun) < trial.operations)
        work_together(&trial, writers);
    check(&trial, writers);
    report(writers);
    for (int i = 0; i < WRITERS; i++)
        free(writers[i].events);
    return 0;
}
