/* Runs the cases of files of spec/vectors/, each of which is an array of objects. */
#ifndef TESTS_SUPPORT_CASES_H
#define TESTS_SUPPORT_CASES_H

#include <shoji/value.h>

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CASES_FILE_MAXIMUM = 1 << 20
};

/* Checks one case; `about` begins the message of each assertion. */
typedef void (*case_check)(shoji_value vector, const char *about);

/* A text of the case, or NULL where it has none of that name. */
static inline const char *case_text(shoji_value vector, const char *name)
{
    return shoji_value_string(shoji_value_member(vector, name), NULL);
}

static inline shoji_tree *cases_read(const char *path)
{
    static char text[CASES_FILE_MAXIMUM];
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s cannot be opened", path);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    cr_assert(length < sizeof text, "%s is too long", path);
    shoji_tree *tree = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    shoji_status status = shoji_tree_parse(&tree, text, length, NULL, &error);
    cr_assert(status == SHOJI_OK, "%s:%zu:%zu: %s", path, error.line, error.column,
              error.message);
    return tree;
}

/* Runs all cases of a file. */
static inline void cases_run_file(const char *folder, const char *name, case_check check)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    shoji_tree *tree = cases_read(path);
    shoji_items items = shoji_value_items(shoji_tree_root(tree));
    shoji_value vector;
    size_t count = 0;
    while (shoji_items_next(&items, &vector)) {
        char about[512];
        const char *text = case_text(vector, "about");
        snprintf(about, sizeof about, "%s, case %zu: %s", name, ++count,
                 text != NULL ? text : "");
        cr_expect(text != NULL, "%s: it must say what it is about", about);
        cr_expect(shoji_value_exists(shoji_value_member(vector, "requirement")),
                  "%s: it must name a requirement", about);
        check(vector, about);
    }
    cr_assert(count > 0, "%s holds no case", path);
    shoji_tree_free(tree);
}

/* Whether the file is of a kind: that kind, then ".json", perhaps after words of its own.
 */
static inline bool cases_are_of_kind(const char *name, const char *kind, size_t length)
{
    const char *end = strrchr(name, '.');
    return strncmp(name, kind, length) == 0 && name[length] == '.' &&
           strcmp(end, ".json") == 0;
}

/* Runs all files of a kind: by "iris/syntax.json" this file, and each iris/syntax.*.json.
 */
static inline void cases_run(const char *name, case_check check)
{
    const char *vectors = getenv("SHOJI_VECTORS");
    cr_assert(vectors != NULL, "SHOJI_VECTORS must name the folder spec/vectors");
    const char *kind = strrchr(name, '/') + 1;
    size_t length = strlen(kind) - strlen(".json");
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/%.*s", vectors, (int)(kind - name), name);
    DIR *files = opendir(folder);
    cr_assert(files != NULL, "%s cannot be opened", folder);
    size_t count = 0;
    for (const struct dirent *file; (file = readdir(files)) != NULL;) {
        if (!cases_are_of_kind(file->d_name, kind, length))
            continue;
        cases_run_file(folder, file->d_name, check);
        count++;
    }
    closedir(files);
    cr_assert(count > 0, "there is no %s", name);
}

#endif
