/*
 * The settings: one row for each, which serves the command line as --NAME, and the file
 * of -c as NAME in a section. To add one, add a field to what is told (service_options,
 * server_options or options), and a row to the table in settings.c, with a setter where
 * it is neither a text nor a switch; then say what it does in options_help, shojid.8.scd
 * and shojid.conf.5.scd.
 */
#ifndef SHOJID_SETTINGS_H
#define SHOJID_SETTINGS_H

#include "options.h"

enum {
    SETTING_REPEATS = 1, /* may be given several times, and is a list */
    SETTING_RESTART = 2  /* taken at the start alone; all else can change by SIGHUP */
};

struct setting {
    const char *section; /* of the file; NULL: it is for the command line alone */
    const char *name;    /* "page-size" */
    const char *value;   /* what its value is called: "N"; NULL for a switch */
    size_t offset;       /* where there is no setter: in struct options, of a
                            const char *, or of a bool for a switch */
    /*
     * Takes one value; false where it is none, and then `message` is a sentence that says
     * why, without the setting's name. A setting that repeats is a list: with NULL it is
     * emptied, which never fails.
     */
    bool (*set)(struct options *options, const char *value,
                char message[OPTIONS_MESSAGE_SIZE]);
    unsigned traits;
};

extern const struct setting settings[];
extern const size_t setting_count;

/* The setting of a name; `setting_count` where there is none. */
size_t setting_find(const char *name, size_t length);

/* The setting whose name a word was probably meant to be; `setting_count` where none is
 * near. */
size_t setting_suggest(const char *word, size_t length);

/*
 * Gives a setting a value, from a source; that of a later source takes the place of what
 * an earlier one gave. A switch takes "yes" and "no". Fails as a setter does.
 */
bool setting_give(struct options *options, size_t setting, enum options_source source,
                  const char *value, char message[OPTIONS_MESSAGE_SIZE]);

#endif
