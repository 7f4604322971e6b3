#include "threads/together.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS = 8,
    MOST_JOBS = 16,
    LINE_SIZE = 1000
};

struct crew {
    const struct together_job *jobs;
    size_t count;
    int rounds;
    pthread_barrier_t start;
};

/* A thread, and what it has written down the first time that it ran each job. */
struct member {
    struct crew *crew;
    size_t first_job;
    shoji_buffer first[MOST_JOBS];
    pthread_t thread;
};

void together_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "threads: %s\n", what);
    exit(1);
}

void together_succeed(shoji_status status, const char *what, const shoji_error *error)
{
    if (status == SHOJI_OK)
        return;
    fprintf(stderr, "threads: %s: %s%s%s\n", what, shoji_status_text(status),
            error != NULL ? ": " : "", error != NULL ? error->message : "");
    exit(1);
}

void together_note(shoji_buffer *transcript, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    together_must(length >= 0 && length < LINE_SIZE,
                  "a line of a transcript is too long");
    together_succeed(shoji_buffer_append_format(transcript, "%s\n", line), "a transcript",
                     NULL);
}

static void compare(const struct together_job *job, const shoji_buffer *one,
                    const shoji_buffer *other)
{
    if (one->length == other->length &&
        memcmp(one->bytes, other->bytes, one->length) == 0)
        return;
    fprintf(stderr, "threads: %s comes to this:\n%s\nand to this:\n%s\n", job->name,
            one->bytes, other->bytes);
    exit(1);
}

static void *work(void *context)
{
    struct member *member = context;
    struct crew *crew = member->crew;
    shoji_buffer transcript = SHOJI_BUFFER_INIT;
    pthread_barrier_wait(&crew->start);
    for (int round = 0; round < crew->rounds; round++) {
        for (size_t i = 0; i < crew->count; i++) {
            size_t job = (member->first_job + i) % crew->count;
            shoji_buffer *written = round == 0 ? &member->first[job] : &transcript;
            shoji_buffer_clear(written);
            crew->jobs[job].run(written);
            compare(&crew->jobs[job], &member->first[job], written);
        }
    }
    shoji_buffer_finish(&transcript);
    return NULL;
}

static void work_together(struct crew *crew, struct member members[THREADS])
{
    together_must(pthread_barrier_init(&crew->start, NULL, THREADS) == 0, "no barrier");
    for (size_t i = 0; i < THREADS; i++) {
        members[i].crew = crew;
        members[i].first_job = i;
        together_must(pthread_create(&members[i].thread, NULL, work, &members[i]) == 0,
                      "a thread could not be started");
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&crew->start);
}

void together_run(const struct together_job jobs[], size_t count, int rounds)
{
    struct crew crew = {.jobs = jobs, .count = count, .rounds = rounds};
    struct member members[THREADS] = {0};
    together_must(count <= MOST_JOBS, "there are too many jobs");
    work_together(&crew, members);
    for (size_t job = 0; job < count; job++) {
        shoji_buffer alone = SHOJI_BUFFER_INIT;
        jobs[job].run(&alone);
        together_must(alone.length != 0, "a job writes nothing down");
        for (size_t i = 0; i < THREADS; i++) {
            compare(&jobs[job], &alone, &members[i].first[job]);
            shoji_buffer_finish(&members[i].first[job]);
        }
        shoji_buffer_finish(&alone);
    }
}
