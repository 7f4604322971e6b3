#include "config.h"

#include "service/route.h"
#include "settings.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FAULT_MAXIMUM = 50, /* that are told of one file */
    /* What the library takes of a section's name, and of a setting's: it cuts off the
     * rest without a word. */
    NAME_MAXIMUM = 49,
    LINE_MAXIMUM = 100000 /* lines of one file */
};

/* A rule while its section is read. */
struct draft {
    char section[NAME_MAXIMUM + 1];
    size_t line; /* where it was first said something, or begins */
    bool said;
    struct rule rule;
};

struct reading {
    struct options *options;
    const char *name;
    FILE *file;
    size_t line;
    bool lost; /* the section is not known, since its line is wrong */
    size_t faults;
    options_complain complain;
    void *context;
    struct draft drafts[RULES_MAXIMUM];
    size_t draft_count;
};

static void tell(struct reading *reading, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct reading *reading, size_t line, const char *format, ...)
{
    char sentence[OPTIONS_MESSAGE_SIZE];
    char message[2 * OPTIONS_MESSAGE_SIZE];
    va_list arguments;
    if (++reading->faults > FAULT_MAXIMUM)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%.400s:%zu: %s", reading->name, line, sentence);
    reading->complain(reading->context, message);
}

/* Whether what stands behind the end of a section's name is nothing, or a comment: the
 * library would drop it, and a name with "]" in it would be that of another. */
static bool ends_section(const char *rest)
{
    rest += strspn(rest, " \t");
    return strchr("\r\n;#", rest[0]) != NULL;
}

/* The rule of a section, a new one where there is none yet; NULL where there are too
 * many.
 */
static struct draft *find_draft(struct reading *reading, const char *section)
{
    for (size_t i = 0; i < reading->draft_count; i++)
        if (strcmp(reading->drafts[i].section, section) == 0)
            return &reading->drafts[i];
    if (reading->draft_count == RULES_MAXIMUM)
        return NULL;
    struct draft *draft = &reading->drafts[reading->draft_count++];
    *draft = (struct draft){.line = reading->line};
    snprintf(draft->section, sizeof draft->section, "%s", section);
    return draft;
}

/* Notes a rule where its section begins: one that says nothing is a mistake, and the
 * library tells of none. */
static void begin_rule(struct reading *reading, const char *name, size_t length)
{
    char section[NAME_MAXIMUM + 1];
    if (length > NAME_MAXIMUM || strncmp(name, "rule ", 5) != 0)
        return;
    memcpy(section, name, length);
    section[length] = '\0';
    (void)find_draft(reading, section);
}

/* Whether a line, without white space at its beginning, is one that the library would
 * understand whole. */
static bool check_line(struct reading *reading, const char *line)
{
    size_t length = strcspn(line, "]\r\n");
    if (line[0] == '\0' || strchr("\r\n;#", line[0]) != NULL)
        return true;
    if (line[0] == '[') {
        reading->lost = true;
        if (line[length] != ']')
            tell(reading, reading->line, "the section has no \"]\" at its end");
        else if (!ends_section(line + length + 1))
            tell(reading, reading->line,
                 "there is more behind the \"]\" of the section; for a rule whose path "
                 "has a \"]\", write [rule NAME], and path = PATH below it");
        else if (length - 1 > NAME_MAXIMUM)
            tell(reading, reading->line,
                 "the name of the section is longer than %d bytes; for a rule with a "
                 "long path, write [rule NAME], and path = PATH below it",
                 NAME_MAXIMUM);
        else
            reading->lost = false;
        if (!reading->lost)
            begin_rule(reading, line + 1, length - 1);
        return !reading->lost;
    }
    size_t name = strcspn(line, "=:\r\n");
    if (line[name] != '=' && line[name] != ':')
        tell(reading, reading->line,
             "this is no [section] and no NAME = VALUE; a comment begins with \"#\"");
    else if (name > NAME_MAXIMUM)
        tell(reading, reading->line, "there is no setting with so long a name");
    else
        return true;
    return false;
}

/* Skips what is left of a line that is too long. */
static void skip_line(FILE *file)
{
    int byte;
    do
        byte = getc(file);
    while (byte != '\n' && byte != EOF);
}

/*
 * Gives the library a line, or an empty one in the place of one that is wrong. White
 * space at its beginning is dropped, since the library would take the line for more of
 * the value before.
 */
static char *read_line(char *room, int size, void *context)
{
    struct reading *reading = context;
    size_t used = 0;
    int byte = EOF;
    bool has_nul = false;
    if (reading->line == LINE_MAXIMUM)
        return NULL;
    while (used < (size_t)size - 2 && (byte = getc(reading->file)) != EOF &&
           byte != '\n') {
        has_nul = has_nul || byte == '\0';
        if (used > 0 || (byte != ' ' && byte != '\t'))
            room[used++] = (char)byte;
    }
    if (byte == EOF && used == 0)
        return NULL;
    reading->line++;
    bool is_long = byte != EOF && byte != '\n';
    if (is_long)
        skip_line(reading->file);
    room[used] = '\0';
    if (is_long)
        tell(reading, reading->line, "the line is longer than %d bytes", size - 3);
    else if (has_nul)
        tell(reading, reading->line, "the line has a NUL byte; the file must be text");
    if (is_long || has_nul || !check_line(reading, room))
        used = 0;
    room[used] = '\n';
    room[used + 1] = '\0';
    return room;
}

static void take_setting(struct reading *reading, const char *section, const char *name,
                         const char *value)
{
    struct options *options = reading->options;
    char reason[OPTIONS_MESSAGE_SIZE];
    size_t setting = setting_find(name, strlen(name));
    if (setting == setting_count) {
        size_t meant = setting_suggest(name, strlen(name));
        if (meant < setting_count && settings[meant].section != NULL)
            tell(reading, reading->line, "there is no setting %s; did you mean %s?", name,
                 settings[meant].name);
        else
            tell(reading, reading->line,
                 "there is no setting %s; man shojid.conf lists them", name);
        return;
    }
    const struct setting *row = &settings[setting];
    if (row->section == NULL)
        tell(reading, reading->line, "%s is for the command line alone", name);
    else if (strcmp(row->section, section) != 0)
        tell(reading, reading->line, "%s belongs into the section [%s]", name,
             row->section);
    else if ((row->traits & SETTING_REPEATS) == 0 && options->line[setting] != 0)
        tell(reading, reading->line, "%s is given already, on line %zu", name,
             options->line[setting]);
    else if (!setting_give(options, setting, OPTIONS_FILE, value, reason))
        tell(reading, reading->line, "%s = %.200s: %s", name, value, reason);
    else
        options->line[setting] = reading->line;
}

static void take_path(struct reading *reading, struct draft *draft, const char *path)
{
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_buffer canonical = SHOJI_BUFFER_INIT;
    if (draft->rule.prefix != NULL)
        tell(reading, reading->line, "the rule has a path already, %.200s",
             draft->rule.prefix);
    else if (route_canonical(&canonical, path, &error) != SHOJI_OK)
        tell(reading, reading->line, "%.200s is the path of no document: %s", path,
             error.message);
    else
        draft->rule.prefix =
            options_keep(reading->options, canonical.bytes, canonical.length);
    shoji_buffer_finish(&canonical);
}

static void take_grant(struct reading *reading, struct rules_grant *grant,
                       const char *name, const char *value)
{
    char *names = options_allocate(reading->options, strlen(value) + 1);
    if (names == NULL)
        tell(reading, reading->line, "memory is short");
    else if (grant->who != RULES_UNSAID)
        tell(reading, reading->line, "%s is given already in this rule", name);
    else if (!rules_parse(grant, names, value))
        tell(reading, reading->line,
             "%s = %.200s: it is public, users or nobody, or names of users, as in "
             "ann, bob",
             name, value);
}

static void take_rule(struct reading *reading, const char *section, const char *name,
                      const char *value)
{
    struct draft *draft = find_draft(reading, section);
    const char *argument = section + strlen("rule ");
    argument += strspn(argument, " \t");
    if (draft == NULL) {
        tell(reading, reading->line, "there are more than %d rules", RULES_MAXIMUM);
        return;
    }
    if (!draft->said)
        draft->line = reading->line;
    draft->said = true;
    if (draft->rule.prefix == NULL && argument[0] == '/')
        take_path(reading, draft, argument);
    if (strcmp(name, "path") == 0)
        take_path(reading, draft, value);
    else if (strcmp(name, "read") == 0)
        take_grant(reading, &draft->rule.read, name, value);
    else if (strcmp(name, "write") == 0)
        take_grant(reading, &draft->rule.write, name, value);
    else
        tell(reading, reading->line, "a rule has read, write and path, and no %s", name);
}

static bool is_section(const char *section)
{
    for (size_t i = 0; i < setting_count; i++)
        if (settings[i].section != NULL && strcmp(settings[i].section, section) == 0)
            return true;
    return false;
}

/* Returns that all is well: the faults are counted here, since the library would tell of
 * the first alone. */
static int take_line(void *context, const char *section, const char *name,
                     const char *value)
{
    struct reading *reading = context;
    if (reading->lost)
        return 1;
    if (strncmp(section, "rule ", 5) == 0)
        take_rule(reading, section, name, value);
    else if (section[0] == '\0')
        tell(reading, reading->line, "%s stands before the first [section]", name);
    else if (is_section(section))
        take_setting(reading, section, name, value);
    else
        tell(reading, reading->line,
             "there is no section [%s]; there are [server], [http], [store] and "
             "[rule /PATH/]",
             section);
    return 1;
}

static void check_draft(struct reading *reading, const struct draft *draft)
{
    const char *prefix = draft->rule.prefix;
    if (draft->rule.read.who == RULES_UNSAID && draft->rule.write.who == RULES_UNSAID) {
        /* Where it was given wrong, that has been told. */
        if (reading->faults == 0)
            tell(reading, draft->line,
                 "the rule [%s] has neither read nor write; say who may, or leave it out",
                 draft->section);
        return;
    }
    if (prefix == NULL) {
        /* Where a path was given, and is none, that has been told. */
        if (reading->faults == 0)
            tell(reading, draft->line,
                 "the rule [%s] has no path; write [rule /PATH/], or path = /PATH/",
                 draft->section);
        return;
    }
    for (const struct draft *other = reading->drafts; other < draft; other++)
        if (other->rule.prefix != NULL && strcmp(other->rule.prefix, prefix) == 0)
            tell(reading, draft->line, "there is a rule for %.200s already, on line %zu",
                 prefix, other->line);
}

static void take_rules(struct reading *reading)
{
    struct options *options = reading->options;
    struct rule *rules = options_allocate(options, reading->draft_count * sizeof *rules);
    for (size_t i = 0; i < reading->draft_count; i++)
        check_draft(reading, &reading->drafts[i]);
    if (rules == NULL) {
        tell(reading, reading->line, "memory is short");
        return;
    }
    for (size_t i = 0; i < reading->draft_count; i++)
        rules[i] = reading->drafts[i].rule;
    options->service.rules = (struct rules){rules, reading->draft_count};
}

static FILE *open_file(const char *file, options_complain complain, void *context)
{
    char message[2 * OPTIONS_MESSAGE_SIZE];
    struct stat found;
    FILE *opened = fopen(file, "re");
    if (opened != NULL && fstat(fileno(opened), &found) == 0 && S_ISDIR(found.st_mode)) {
        fclose(opened);
        opened = NULL;
        errno = EISDIR;
    }
    if (opened == NULL) {
        snprintf(message, sizeof message, "the configuration %.400s cannot be read: %s",
                 file, strerror(errno));
        complain(context, message);
    }
    return opened;
}

/* Reads the file that is open. */
static void read_file(struct reading *reading)
{
    if (ini_parse_stream(read_line, reading, take_line, reading) != 0)
        tell(reading, reading->line, "the file cannot be understood");
    if (ferror(reading->file))
        tell(reading, reading->line + 1, "the file cannot be read any further");
    if (reading->line == LINE_MAXIMUM)
        tell(reading, reading->line, "the file has more than %d lines", LINE_MAXIMUM);
    take_rules(reading);
}

bool config_read(struct options *options, const char *file, options_complain complain,
                 void *context)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        complain(context, "memory is short");
        return false;
    }
    reading->options = options;
    reading->name = file;
    reading->complain = complain;
    reading->context = context;
    reading->file = open_file(file, complain, context);
    bool good = reading->file != NULL;
    if (good) {
        read_file(reading);
        fclose(reading->file);
        good = reading->faults == 0;
    }
    free(reading);
    return good;
}
