#include "reading.h"

static const char *const elements[] = {
    "auto", "catalog", "entity", "view", "fragment", "order", "envelope", "value", NULL,
};

static const shoji_expectation expectations[] = {
    SHOJI_EXPECT_ANY,      SHOJI_EXPECT_CATALOG,  SHOJI_EXPECT_ENTITY,
    SHOJI_EXPECT_VIEW,     SHOJI_EXPECT_FRAGMENT, SHOJI_EXPECT_ORDER,
    SHOJI_EXPECT_ENVELOPE, SHOJI_EXPECT_VALUE,
};

const struct option reading_table[] = {
    {
        .name = "as",
        .kind = OPTION_CHOICE,
        .argument = "catalog|entity|view|fragment|order|envelope|value|auto",
        .help = "what a document must be: one of the five elements; 'envelope', any of "
                "them; 'value', any JSON text; or 'auto' (the default), what the member "
                "\"element\" says, and a value without one",
        .offset = offsetof(struct reading, as),
        .choices = elements,
    },
    {
        .name = "max-depth",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "how many arrays and objects may be inside one another (default: 512)",
        .offset = offsetof(struct reading, depth),
        .minimum = 1,
        .maximum = 10000,
    },
    {
        .name = "max-size",
        .kind = OPTION_NUMBER,
        .argument = "BYTES",
        .help = "how long a text may be (default: 67108864, which is 64 MiB)",
        .offset = offsetof(struct reading, size),
        .minimum = 1,
        .maximum = 4294967040,
    },
    {
        .name = "max-members",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "how many members an object, or items an array, may have (default: "
                "16777216)",
        .offset = offsetof(struct reading, members),
        .minimum = 1,
        .maximum = 268435455,
    },
    {
        .name = "max-string",
        .kind = OPTION_NUMBER,
        .argument = "BYTES",
        .help = "how long a string, decoded, or the text of a number may be (default: "
                "16777216)",
        .offset = offsetof(struct reading, string),
        .minimum = 1,
        .maximum = 268435455,
    },
    OPTION_END,
};

static void set_limit(size_t *limit, unsigned long given)
{
    if (given != 0)
        *limit = given;
}

shoji_document_options reading_options(const struct cli *cli,
                                       const struct reading *reading)
{
    shoji_document_options options = SHOJI_DOCUMENT_OPTIONS_INIT;
    options.expect = expectations[reading->as];
    options.strict = cli->settings.strict;
    set_limit(&options.limits.depth, reading->depth);
    set_limit(&options.limits.size, reading->size);
    set_limit(&options.limits.members, reading->members);
    set_limit(&options.limits.string, reading->string);
    return options;
}
