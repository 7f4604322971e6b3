/*
 * Follows names from the first document of a Shoji API, and prints the last document.
 *
 *     cc -o follow follow.c $(pkg-config --cflags --libs shoji)
 *     ./follow http://127.0.0.1:8642/ countries Japan
 */
#include <shoji/client.h>

#include <stdio.h>

enum {
    STEP_MAXIMUM = 64
};

static int print_body(const shoji_response *response)
{
    size_t length = 0;
    const char *body = shoji_response_body(response, &length);
    fwrite(body, 1, length, stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? (size_t)argc - 2 : 0;
    if (argc < 2 || count > STEP_MAXIMUM) {
        fputs("usage: follow IRI [NAME...]\n", stderr);
        return 2;
    }
    shoji_step steps[STEP_MAXIMUM] = {{0}};
    for (size_t i = 0; i < count; i++)
        steps[i].name = argv[i + 2];

    shoji_session *session = NULL;
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_session_new(&session, NULL, &error);
    if (status == SHOJI_OK)
        status = shoji_follow(&response, session, argv[1], steps, count, &error);
    int result = 1;
    if (status == SHOJI_OK)
        result = print_body(response);
    else
        fprintf(stderr, "follow: %s\n", error.message);
    shoji_response_free(response);
    shoji_session_free(session);
    return result;
}
