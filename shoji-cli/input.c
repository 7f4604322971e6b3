#include "input.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 65536
};

static enum exit_code cannot_read(const char *name)
{
    return failure(EXIT_FAILED, "cannot read %s: %s",
                   strcmp(name, "-") == 0 ? "standard input" : name, strerror(errno));
}

enum exit_code input_open(struct input *input, const char *name)
{
    struct stat status;
    bool standard = strcmp(name, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot_read(name);
    bool sized = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    *input = (struct input){
        .name = name,
        .descriptor = descriptor,
        .size = sized && status.st_size > 0 ? (size_t)status.st_size : 0,
    };
    return EXIT_DONE;
}

enum exit_code input_read(struct input *input, char *bytes, size_t capacity,
                          size_t *length)
{
    for (;;) {
        if (interrupt_pending(NULL))
            return failure(EXIT_INTERRUPTED, "interrupted while reading %s", input->name);
        ssize_t got = read(input->descriptor, bytes, capacity);
        if (got >= 0) {
            *length = (size_t)got;
            input->read += (size_t)got;
            return EXIT_DONE;
        }
        if (errno != EINTR)
            return cannot_read(input->name);
    }
}

void input_close(struct input *input)
{
    if (input->descriptor > STDERR_FILENO)
        close(input->descriptor);
    input->descriptor = -1;
}

static enum exit_code load(shoji_buffer *text, struct input *input, size_t maximum)
{
    while (text->length <= maximum) {
        size_t room = maximum + 1 - text->length;
        size_t length = 0;
        char piece[PIECE];
        enum exit_code code =
            input_read(input, piece, room < PIECE ? room : PIECE, &length);
        if (code != EXIT_DONE || length == 0)
            return code;
        if (shoji_buffer_append(text, piece, length) != SHOJI_OK)
            return failure_memory();
    }
    return EXIT_DONE;
}

enum exit_code input_load(shoji_buffer *text, const char *name, size_t maximum)
{
    struct input input;
    enum exit_code code = input_open(&input, name);
    if (code != EXIT_DONE)
        return code;
    shoji_buffer_clear(text);
    code = load(text, &input, maximum);
    input_close(&input);
    return code;
}
