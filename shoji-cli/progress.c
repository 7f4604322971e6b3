#include "progress.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    INTERVAL = 100, /* milliseconds between two drawings */
    BAR_WIDTH = 24
};

static struct {
    bool is_shown;
    bool is_drawn;
    const char *noun;
    int64_t began; /* milliseconds */
    int64_t drawn; /* when it was drawn last */
} progress;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool can_draw(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

void progress_begin(const char *noun, bool wanted)
{
    progress.is_shown = wanted && can_draw();
    progress.is_drawn = false;
    progress.noun = noun;
    progress.began = now();
    progress.drawn = progress.began;
}

double progress_seconds(void)
{
    return (double)(now() - progress.began) / 1000;
}

static void draw_bar(double part)
{
    char bar[BAR_WIDTH + 1];
    size_t full = (size_t)(part * BAR_WIDTH);
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '=', full);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "[%s] %3.0f%%  ", bar, part * 100);
}

static void draw_time(double seconds)
{
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600)
        fprintf(stderr, "  %lu:%02lu:%02lu left", whole / 3600, whole / 60 % 60,
                whole % 60);
    else
        fprintf(stderr, "  %lu:%02lu left", whole / 60, whole % 60);
}

void progress_update(size_t done, size_t bytes, size_t total)
{
    int64_t time = now();
    if (!progress.is_shown || time - progress.drawn < INTERVAL)
        return;
    progress.drawn = time;
    progress.is_drawn = true;
    double seconds = (double)(time - progress.began) / 1000;
    double part = total != 0 && bytes < total ? (double)bytes / (double)total : 1;
    fputc('\r', stderr);
    if (total != 0)
        draw_bar(part);
    fprintf(stderr, "%zu %s", done, progress.noun);
    if (seconds > 0)
        fprintf(stderr, "  %.0f/s", (double)done / seconds);
    if (total != 0 && part > 0)
        draw_time(seconds / part - seconds);
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_clear(void)
{
    if (!progress.is_drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress.is_drawn = false;
}
