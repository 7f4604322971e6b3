/*
 * Prints where a Shoji document leads: the names of its maps, and what a catalog lists.
 *
 *     cc -o links links.c $(pkg-config --cflags --libs shoji)
 *     ./links catalog.json
 */
#include <shoji/shoji.h>

#include <stdio.h>

static bool read_file(shoji_buffer *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    char piece[BUFSIZ];
    size_t length;
    bool good = true;
    while (good && (length = fread(piece, 1, sizeof piece, file)) > 0)
        good = shoji_buffer_append(text, piece, length) == SHOJI_OK;
    if (!good || ferror(file) != 0) {
        fprintf(stderr, "%s: cannot be read to its end\n", path);
        good = false;
    }
    fclose(file);
    return good;
}

static void print_links(const shoji_document *document)
{
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link))
            printf("%s:%s -> %s%s\n", shoji_map_text(link.map), link.name, link.reference,
                   link.is_template ? " (template)" : "");
    }
    shoji_entries entries = shoji_document_entries(document);
    shoji_entry entry;
    while (shoji_entries_next(&entries, &entry))
        printf("entity -> %s\n", entry.reference);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: links FILE\n", stderr);
        return 2;
    }
    shoji_buffer text = SHOJI_BUFFER_INIT;
    shoji_document *document = NULL;
    shoji_error error = SHOJI_ERROR_INIT;
    int status = 1;
    if (!read_file(&text, argv[1])) {
        status = 1;
    } else if (shoji_document_parse(&document, text.bytes, text.length, NULL, &error) !=
               SHOJI_OK) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", argv[1], error.line, error.column,
                error.message);
    } else {
        print_links(document);
        status = 0;
    }
    shoji_document_free(document);
    shoji_buffer_finish(&text);
    return status;
}
