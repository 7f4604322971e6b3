/*
 * How fast whole documents are read, and how much memory they take: libshoji beside
 * yajl's bare tokenizer and the JSON trees of others, on the same texts in the same run.
 *
 * Every round measures every reader once, in turn, so that a noisy moment hits all of
 * them; what is printed is the median over the rounds of each reader's ratio to yajl with
 * empty callbacks in the same round, with the least and the greatest.
 *
 * libshoji validates UTF-8, surrogates and the document; the others do less, each as its
 * default is.
 */
#include "jansson_reader.h"

#include <shoji/shoji.h>

#include <cjson/cJSON.h>
#include <json-c/json.h>
#include <yajl/yajl_parse.h>
#include <yajl/yajl_tree.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUNDS = 15,
    WARM_UP_ROUNDS = 1,
    TEXT_PER_ROUND = 24 << 20 /* bytes that each reader reads in one round */
};

struct text {
    const char *name;
    char *bytes;
    size_t length;
};

/* Reads a text into something that `drop` frees; NULL is a failure. */
struct reader {
    const char *name;
    void *(*read)(const char *text, size_t length);
    void (*drop)(void *result);
};

static void *read_shoji(const char *text, size_t length)
{
    shoji_document *document = NULL;
    shoji_document_parse(&document, text, length, NULL, NULL);
    return document;
}

static void drop_shoji(void *document)
{
    shoji_document_free(document);
}

static int ignore_null(void *context)
{
    (void)context;
    return 1;
}

static int ignore_boolean(void *context, int boolean)
{
    (void)context;
    (void)boolean;
    return 1;
}

static int ignore_text(void *context, const char *text, size_t length)
{
    (void)context;
    (void)text;
    (void)length;
    return 1;
}

static int ignore_string(void *context, const unsigned char *text, size_t length)
{
    (void)context;
    (void)text;
    (void)length;
    return 1;
}

static void *read_yajl_empty(const char *text, size_t length)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = ignore_null,
        .yajl_boolean = ignore_boolean,
        .yajl_number = ignore_text,
        .yajl_string = ignore_string,
        .yajl_start_map = ignore_null,
        .yajl_map_key = ignore_string,
        .yajl_end_map = ignore_null,
        .yajl_start_array = ignore_null,
        .yajl_end_array = ignore_null,
    };
    static int success;
    yajl_handle yajl = yajl_alloc(&callbacks, NULL, NULL);
    bool good = yajl_parse(yajl, (const unsigned char *)text, length) == yajl_status_ok &&
                yajl_complete_parse(yajl) == yajl_status_ok;
    yajl_free(yajl);
    return good ? &success : NULL;
}

static void drop_nothing(void *result)
{
    (void)result;
}

static void *read_yajl_tree(const char *text, size_t length)
{
    char message[128];
    (void)length; /* the texts are NUL-terminated */
    return yajl_tree_parse(text, message, sizeof message);
}

static void drop_yajl_tree(void *tree)
{
    yajl_tree_free(tree);
}

static void *read_cjson(const char *text, size_t length)
{
    return cJSON_ParseWithLength(text, length);
}

static void drop_cjson(void *tree)
{
    cJSON_Delete(tree);
}

static void *read_json_c(const char *text, size_t length)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *object = json_tokener_parse_ex(tokener, text, (int)length);
    json_tokener_free(tokener);
    return object;
}

static void drop_json_c(void *object)
{
    json_object_put(object);
}

/* The first is what the others are measured by. */
static const struct reader readers[] = {
    {"yajl, empty callbacks", read_yajl_empty, drop_nothing},
    {"libshoji", read_shoji, drop_shoji},
    {"yajl tree", read_yajl_tree, drop_yajl_tree},
    {"cJSON", read_cjson, drop_cjson},
    {"json-c", read_json_c, drop_json_c},
    {"jansson", read_jansson, drop_jansson},
};

enum {
    READER_COUNT = sizeof readers / sizeof readers[0]
};

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench documents: %s\n", what);
    exit(1);
}

static struct text take(const char *name, shoji_buffer *buffer)
{
    struct text text = {.name = name};
    text.bytes = shoji_buffer_take(buffer, &text.length);
    must(text.bytes != NULL, "out of memory");
    return text;
}

static struct text make_catalog(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&buffer, "{\"element\":\"shoji:catalog\",\"self\":"
                                        "\"http://example.org/users/\",\"index\":{");
    for (int i = 0; i < 300000; i++)
        shoji_buffer_append_format(
            &buffer,
            "%s\"%d/\":{\"first_name\":\"Katsuhiro %d\",\"last_name\":\"Shoji\","
            "\"sold_count\":%d,\"active\":%s}",
            i ? "," : "", i, i % 977, i * 7 % 20011, i % 3 ? "true" : "false");
    shoji_buffer_append_string(&buffer, "}}");
    return take("catalog of 300,000 tuples", &buffer);
}

static struct text make_entity(void)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&buffer,
                               "{\n  \"element\": \"shoji:entity\",\n  \"self\": "
                               "\"http://example.org/users/1/\",\n  \"body\": {");
    for (int i = 0; buffer.length < 2000; i++)
        shoji_buffer_append_format(&buffer,
                                   "%s\n    \"attribute_%d\": \"value of it %d\"",
                                   i ? "," : "", i, i * i);
    shoji_buffer_append_string(&buffer, "\n  }\n}\n");
    return take("entity of 2 kB, indented", &buffer);
}

static struct text make_strings(const char *name, const char *string)
{
    shoji_buffer buffer = SHOJI_BUFFER_INIT;
    shoji_buffer_append_string(&buffer, "[");
    for (int i = 0; i < 100000; i++)
        shoji_buffer_append_format(&buffer, "%s\"%s\"", i ? "," : "", string);
    shoji_buffer_append_string(&buffer, "]");
    return take(name, &buffer);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds that a reader takes for one round of a text. */
static double measure(const struct reader *reader, const struct text *text)
{
    size_t times = TEXT_PER_ROUND / text->length + 1;
    double start = now();
    for (size_t i = 0; i < times; i++) {
        void *result = reader->read(text->bytes, text->length);
        must(result != NULL, reader->name);
        reader->drop(result);
    }
    return (now() - start) / (double)times;
}

static long resident_pages(void)
{
    long size;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    must(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2,
         "no /proc/self/statm");
    fclose(file);
    return resident;
}

/* Bytes that a reader's result takes, for each byte of the text; measured in a process of
 * its own, whose heap nobody has used. */
static double measure_memory(const struct reader *reader, const struct text *text)
{
    int ends[2];
    must(pipe(ends) == 0, "no pipe");
    pid_t child = fork();
    must(child >= 0, "no fork");
    if (child == 0) {
        /* What the rounds have freed must not be taken for the result's. */
        malloc_trim(0);
        long before = resident_pages();
        void *result = reader->read(text->bytes, text->length);
        long pages = result != NULL ? resident_pages() - before : 0;
        bool written = write(ends[1], &pages, sizeof pages) == sizeof pages;
        _exit(written ? 0 : 1);
    }
    long pages = 0;
    must(read(ends[0], &pages, sizeof pages) == sizeof pages, "the child failed");
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (double)text->length;
}

static int compare_doubles(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

static void bench(const struct text *text, size_t rounds)
{
    static double ratios[READER_COUNT][ROUNDS];
    static double seconds[READER_COUNT][ROUNDS];
    for (size_t round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
        size_t slot = round < WARM_UP_ROUNDS ? 0 : round - WARM_UP_ROUNDS;
        for (size_t i = 0; i < READER_COUNT; i++)
            seconds[i][slot] = measure(&readers[i], text);
        for (size_t i = 0; i < READER_COUNT; i++)
            ratios[i][slot] = seconds[0][slot] / seconds[i][slot];
    }

    printf("\n%s (%zu bytes)\n", text->name, text->length);
    printf("| %-22s | %8s | %5s | %-12s | %6s |\n", "reader", "MB/s", "speed", "spread",
           "memory");
    printf("|------------------------|---------:|------:|--------------|-------:|\n");
    for (size_t i = 0; i < READER_COUNT; i++) {
        qsort(ratios[i], rounds, sizeof ratios[i][0], compare_doubles);
        qsort(seconds[i], rounds, sizeof seconds[i][0], compare_doubles);
        printf("| %-22s | %8.0f | %5.2f | %4.2f to %4.2f |", readers[i].name,
               (double)text->length / seconds[i][rounds / 2] / 1e6, ratios[i][rounds / 2],
               ratios[i][0], ratios[i][rounds - 1]);
        if (text->length > 1 << 20)
            printf(" %6.2f |\n", measure_memory(&readers[i], text));
        else
            printf(" %6s |\n", "");
    }
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;
    if (argc > 2 || rounds < 1 || rounds > ROUNDS) {
        fprintf(stderr, "usage: bench_documents [ROUNDS, 1 to %d]\n", ROUNDS);
        return 2;
    }
    struct text texts[] = {
        make_catalog(),
        make_entity(),
        make_strings("strings with escapes",
                     "a \\\"quoted\\\" line\\nand \\u00e9\\t\\\\"),
        make_strings(
            "non-ASCII strings",
            "\xe5\xba\x84\xe5\x8f\xb8 \xe5\x8b\x9d\xe5\xbc\x98 "
            "\xc3\xa9t\xc3\xa9 \xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0"),
    };
    printf("speed: median ratio to yajl with empty callbacks, over %ld rounds;\n"
           "memory: resident bytes of the result for each byte of text\n",
           rounds);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bench(&texts[i], (size_t)rounds);
        shoji_free(texts[i].bytes);
    }
    return 0;
}
