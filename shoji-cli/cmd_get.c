#include "command.h"
#include "session.h"

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    (void)settings;
    shoji_session *session = NULL;
    shoji_response *response = NULL;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "GET";
    request.iri = operands.items[0];

    enum exit_code code = session_open(&session, cli, request.iri);
    if (code == EXIT_DONE)
        code = session_send(&response, cli, session, &request);
    if (code == EXIT_DONE)
        code = session_print(cli, response);
    shoji_response_free(response);
    shoji_session_free(session);
    return code;
}

const struct command command_get = {
    .name = "get",
    .group = GROUP_READ,
    .usage = "IRI",
    .summary = "print what is at an IRI",
    .description =
        "Fetches the IRI and prints the body of the answer: to a pipe or a file byte for "
        "byte, to a terminal laid out and coloured. Redirects are followed.",
    .examples =
        "shoji-cli get http://127.0.0.1:8642/\n"
        "shoji-cli get -i -H 'Accept: text/html' http://127.0.0.1:8642/countries/\n",
    .options = no_options,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
