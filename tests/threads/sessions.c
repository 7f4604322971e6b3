/* Sessions of one thread each, at once, against the scripted origins of
 * tests/support/origin.py. The first of them, which start libcurl, are made at once too.
 */
#include "support/origin.h"
#include "threads/together.h"

#include <shoji/client.h>
#include <shoji/shoji.h>

#include <stdio.h>

enum {
    ROUNDS = 5,
    IRI_SIZE = 200
};

static struct origin origin;
static char root[IRI_SIZE];

static shoji_session *new_session(void)
{
    shoji_session *session;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_session_new(&session, NULL, &error), "shoji_session_new",
                     &error);
    return session;
}

static void note_response(shoji_buffer *transcript, shoji_response *response)
{
    const shoji_document *document;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_response_document(&document, response, &error),
                     "shoji_response_document", &error);
    const char *type = shoji_response_header(response, "content-type");
    together_note(transcript, "%d %s %s %s", shoji_response_status(response),
                  shoji_response_iri(response), type != NULL ? type : "",
                  shoji_response_body(response, NULL));
}

static void follow(shoji_buffer *transcript)
{
    static const shoji_step steps[] = {{.name = "users"}, {.name = "Grace"}};
    shoji_session *session = new_session();
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_follow(&response, session, root, steps, 2, &error),
                     "shoji_follow", &error);
    /* A response needs its session no more. */
    shoji_session_free(session);
    note_response(transcript, response);
    shoji_response_free(response);
}

static void follow_a_redirect(shoji_buffer *transcript)
{
    static const shoji_step steps[] = {{.name = "moved"}};
    shoji_session *session = new_session();
    shoji_response *response = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    together_succeed(shoji_follow(&response, session, root, steps, 1, &error),
                     "shoji_follow", &error);
    note_response(transcript, response);
    shoji_response_free(response);
    shoji_session_free(session);
}

static void be_refused(shoji_buffer *transcript)
{
    shoji_session *session = new_session();
    shoji_response *response = NULL;
    shoji_request request = SHOJI_REQUEST_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    char iri[IRI_SIZE];
    snprintf(iri, sizeof iri, "%s/missing/", origin.first);
    request.iri = iri;
    together_must(shoji_session_send(&response, session, &request, &error) == SHOJI_HTTP,
                  "nothing was found");
    together_note(transcript, "%d %s", error.http_status, error.message);
    shoji_response_free(response);
    shoji_session_free(session);
}

int main(void)
{
    static const struct together_job jobs[] = {
        {"following names", follow},
        {"following a redirect", follow_a_redirect},
        {"an answer of 404", be_refused},
    };
    together_must(origin_start(&origin), "tests/support/origin.py does not start");
    snprintf(root, sizeof root, "%s/", origin.first);
    together_run(jobs, sizeof jobs / sizeof jobs[0], ROUNDS);
    origin_stop(&origin);
    return 0;
}
