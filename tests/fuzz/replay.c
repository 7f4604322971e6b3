/* Runs a fuzz target over the files of a folder: replay FOLDER. */
#include "fuzz/fuzz.h"

#include <shoji/buffer.h>

#include <dirent.h>
#include <string.h>

enum {
    INPUT_MAXIMUM = 1 << 20
};

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Hands over a copy that ends where its allocation ends, so that AddressSanitizer sees
 * each byte read past it. */
static void replay_file(const char *path)
{
    static uint8_t input[INPUT_MAXIMUM];
    FILE *file = fopen(path, "rb");
    FUZZ_REQUIRE(file != NULL);
    size_t length = fread(input, 1, sizeof input, file);
    fclose(file);
    uint8_t *copy = malloc(length + 1);
    FUZZ_REQUIRE(copy != NULL);
    uint8_t *bytes = copy + 1;
    memcpy(bytes, input, length);
    LLVMFuzzerTestOneInput(bytes, length);
    free(copy);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: replay FOLDER\n", stderr);
        return 2;
    }
    struct dirent **entries = NULL;
    int count = scandir(argv[1], &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        shoji_buffer path = SHOJI_BUFFER_INIT;
        FUZZ_REQUIRE(shoji_buffer_append_format(&path, "%s/%s", argv[1],
                                                entries[i]->d_name) == SHOJI_OK);
        fprintf(stderr, "%s\n", path.bytes);
        replay_file(path.bytes);
        shoji_buffer_finish(&path);
        free(entries[i]);
    }
    free(entries);
    fprintf(stderr, "%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
