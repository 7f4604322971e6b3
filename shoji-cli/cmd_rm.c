#include "command.h"
#include "edit.h"

struct rm_settings {
    const char *if_match;
};

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct rm_settings *own = settings;
    shoji_buffer etag = SHOJI_BUFFER_INIT;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "DELETE";
    request.iri = operands.items[0];
    enum exit_code code = EXIT_DONE;
    if (own->if_match != NULL) {
        request.if_match = edit_etag(&etag, own->if_match);
        code = request.if_match != NULL ? EXIT_DONE : EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = edit_send(cli, &request, false);
    shoji_buffer_finish(&etag);
    return code;
}

static const struct option options[] = {
    {
        .name = "if-match",
        .kind = OPTION_TEXT,
        .argument = "ETAG",
        .help = "only if what is there now has this entity tag, as 'get -i' shows it",
        .offset = offsetof(struct rm_settings, if_match),
    },
    OPTION_END,
};

const struct command command_rm = {
    .name = "rm",
    .group = GROUP_WRITE,
    .usage = "IRI [--if-match ETAG]",
    .summary = "remove what is at an IRI",
    .description =
        "Asks the server to remove what is at the IRI. It is gone for good: there "
        "is no question, and no way back.",
    .examples = "shoji-cli rm http://127.0.0.1:8642/users/1/\n"
                "shoji-cli rm --if-match '\"1f-2\"' http://127.0.0.1:8642/users/1/\n",
    .exit_codes = "4  there is nothing, or it may not be removed\n"
                  "8  --if-match did not hold: nothing was removed\n",
    .options = options,
    .settings_size = sizeof(struct rm_settings),
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
