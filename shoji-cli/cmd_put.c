#include "command.h"
#include "edit.h"

struct put_settings {
    const char *if_match;
    bool create;
};

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    const struct put_settings *own = settings;
    if (own->create && own->if_match != NULL)
        return failure(EXIT_USAGE, "--create and --if-match exclude one another: the one "
                                   "wants nothing there, the other something");
    shoji_buffer etag = SHOJI_BUFFER_INIT;
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "PUT";
    request.iri = operands.items[0];
    request.if_none_match = own->create ? "*" : NULL;
    enum exit_code code = edit_load(&text, NULL, operands.items[1]);
    if (code == EXIT_DONE && own->if_match != NULL) {
        request.if_match = edit_etag(&etag, own->if_match);
        code = request.if_match != NULL ? EXIT_DONE : EXIT_FAILED;
    }
    request.body = text.bytes;
    request.body_length = text.length;
    if (code == EXIT_DONE)
        code = edit_send(cli, &request, false);
    shoji_buffer_finish(&text);
    shoji_buffer_finish(&etag);
    return code;
}

static const struct option options[] = {
    {
        .name = "if-match",
        .kind = OPTION_TEXT,
        .argument = "ETAG",
        .help = "only if what is there now has this entity tag, as 'get -i' shows it",
        .offset = offsetof(struct put_settings, if_match),
    },
    {
        .name = "create",
        .kind = OPTION_FLAG,
        .help = "only if nothing is there yet",
        .offset = offsetof(struct put_settings, create),
    },
    OPTION_END,
};

const struct command command_put = {
    .name = "put",
    .group = GROUP_WRITE,
    .usage = "IRI FILE|- [--if-match ETAG | --create]",
    .summary = "replace or create the document at an IRI",
    .description =
        "Sends a JSON text as the new content of the IRI, byte for byte. What was there "
        "is "
        "replaced; where nothing was, it is created if the server lets a client choose.",
    .examples = "shoji-cli put http://127.0.0.1:8642/users/ users.json --create\n"
                "echo 388 | shoji-cli put http://127.0.0.1:8642/users/1/sold_count -\n",
    .exit_codes = "3  the file does not hold JSON\n"
                  "8  --if-match or --create did not hold: nothing was changed\n",
    .options = options,
    .settings_size = sizeof(struct put_settings),
    .least_operands = 2,
    .most_operands = 2,
    .run = run,
};
