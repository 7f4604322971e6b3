#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_SIZE = 4096,
    FIELD_MAXIMUM = 64,  /* bytes of a short field that are shown */
    TARGET_MAXIMUM = 480 /* of a path, and of a query: each can grow fourfold */
};

struct log {
    pthread_mutex_t lock;
    const char *path;
    int file;
    bool quiet;
};

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

shoji_status log_open(struct log **log, const char *path, bool quiet, shoji_error *error)
{
    struct log *made = calloc(1, sizeof *made);
    if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
        free(made);
        error->status = SHOJI_NO_MEMORY;
        snprintf(error->message, sizeof error->message, "out of memory");
        return SHOJI_NO_MEMORY;
    }
    made->path = path;
    made->quiet = quiet;
    made->file = path != NULL ? open_file(path) : STDERR_FILENO;
    if (made->file < 0) {
        error->status = SHOJI_NOT_FOUND;
        snprintf(error->message, sizeof error->message, "cannot open the log %s: %s",
                 path, strerror(errno));
        pthread_mutex_destroy(&made->lock);
        free(made);
        return SHOJI_NOT_FOUND;
    }
    *log = made;
    return SHOJI_OK;
}

void log_close(struct log *log)
{
    if (log == NULL)
        return;
    if (log->path != NULL)
        close(log->file);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

void log_reopen(struct log *log)
{
    if (log->path == NULL)
        return;
    int file = open_file(log->path);
    if (file < 0) {
        char message[512];
        snprintf(message, sizeof message, "cannot open the log %.300s again: %s",
                 log->path, strerror(errno));
        log_message(log, message);
        return;
    }
    pthread_mutex_lock(&log->lock);
    int old = log->file;
    log->file = file;
    pthread_mutex_unlock(&log->lock);
    close(old);
}

/* A line that is being made. It always has room for the line's end. */
struct line {
    char bytes[LINE_SIZE];
    size_t length;
};

static void put_text(struct line *line, const char *text, size_t length)
{
    size_t room = LINE_SIZE - 1 - line->length;
    if (length > room)
        length = room;
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

/* All but printable ASCII as \xHH, and the backslash and the quote, too, so that each
 * field can be taken apart again. */
static void put_escaped(struct line *line, const char *text, size_t maximum)
{
    size_t shown = 0;
    for (; *text != '\0' && shown < maximum; text++, shown++) {
        unsigned char byte = (unsigned char)*text;
        char escape[5];
        if (byte > 0x20 && byte < 0x7F && byte != '\\' && byte != '"') {
            put_text(line, text, 1);
            continue;
        }
        snprintf(escape, sizeof escape, "\\x%02X", byte);
        put_text(line, escape, 4);
    }
    if (*text != '\0')
        put_text(line, "...", 3);
}

static void put_time(struct line *line)
{
    struct timespec now;
    struct tm parts;
    char text[64];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    put_text(line, text, length);
    length = (size_t)snprintf(text, sizeof text, ".%03ldZ ", now.tv_nsec / 1000000);
    put_text(line, text, length);
}

static void write_line(struct log *log, struct line *line)
{
    line->bytes[line->length++] = '\n';
    pthread_mutex_lock(&log->lock);
    size_t written = 0;
    while (written < line->length) {
        ssize_t put = write(log->file, line->bytes + written, line->length - written);
        if (put < 0 && errno != EINTR)
            break;
        written += put > 0 ? (size_t)put : 0;
    }
    pthread_mutex_unlock(&log->lock);
}

void log_request(void *log, const struct server_entry *entry)
{
    struct log *to = log;
    struct line line = {.length = 0};
    char numbers[96];
    if (to->quiet)
        return;
    put_time(&line);
    put_escaped(&line, entry->id, FIELD_MAXIMUM);
    put_text(&line, " ", 1);
    put_escaped(&line, entry->address, FIELD_MAXIMUM);
    put_text(&line, " ", 1);
    put_escaped(&line, entry->method, FIELD_MAXIMUM);
    put_text(&line, " ", 1);
    put_escaped(&line, entry->path, TARGET_MAXIMUM);
    if (entry->query != NULL) {
        put_text(&line, "?", 1);
        put_escaped(&line, entry->query, TARGET_MAXIMUM);
    }
    int length = snprintf(numbers, sizeof numbers, " %d %zu %" PRIu64, entry->status,
                          entry->bytes, entry->microseconds);
    put_text(&line, numbers, (size_t)length);
    write_line(to, &line);
}

void log_message(void *log, const char *message)
{
    struct line line = {.length = 0};
    put_time(&line);
    put_text(&line, "shojid: ", 8);
    for (; *message != '\0' && line.length < LINE_SIZE - 8; message++) {
        char byte[2] = {*message, '\0'};
        if (*message == ' ' || *message == '"')
            put_text(&line, byte, 1);
        else
            put_escaped(&line, byte, 1);
    }
    write_line(log, &line);
}
