#include "support/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_script(int input, int output)
{
    const char *python = getenv("SHOJI_PYTHON");
    const char *script = getenv("SHOJI_ORIGIN");
    if (python == NULL || script == NULL || dup2(input, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0)
        _exit(126);
    execlp(python, python, script, (char *)NULL);
    _exit(127);
}

/* Starts the script with one pipe for its input and one for its output. */
static bool start_script(struct origin *origin, const int input[2], const int output[2])
{
    origin->process = fork();
    if (origin->process == 0) {
        close(input[1]);
        close(output[0]);
        run_script(input[0], output[1]);
    }
    origin->input = input[1];
    close(input[0]);
    close(output[1]);
    return origin->process > 0;
}

bool origin_start(struct origin *origin)
{
    int input[2];
    int output[2];
    if (pipe(input) != 0 || pipe(output) != 0 || !start_script(origin, input, output))
        return false;
    FILE *lines = fdopen(output[0], "r");
    if (lines == NULL)
        return false;
    int count =
        fscanf(lines, "%63s %63s %63s", origin->first, origin->second, origin->secure);
    fclose(lines);
    return count == 3;
}

void origin_stop(struct origin *origin)
{
    close(origin->input);
    waitpid(origin->process, NULL, 0);
}
