/*
 * A device with a Shoji API of its own, to be read. A sensor is a file that begins with a
 * number, as those of Linux do.
 *
 *     ./device 127.0.0.1 8080 load=/proc/loadavg
 * cpu=/sys/class/thermal/thermal_zone0/temp
 *
 *     /           a catalog of the sensors
 *     /cpu/       an entity, {"name": "cpu", "reading": 48312}
 *     /readings   a view, {"load": 0.48, "cpu": 48312}
 */
#include "server.h"

#include <shoji/shoji.h>

#include <stdio.h>
#include <string.h>

enum {
    SENSORS = 32,
    NAME_MAXIMUM = 31
};

static struct sensor {
    const char *name;
    const char *path;
} sensors[SENSORS];
static size_t sensor_count;

static shoji_status write_catalog(shoji_buffer *text)
{
    shoji_builder *builder = NULL;
    if (shoji_builder_new(&builder, SHOJI_ELEMENT_CATALOG) != SHOJI_OK)
        return SHOJI_NO_MEMORY;
    shoji_builder_set_string(builder, "/self", "/");
    shoji_builder_set_link(builder, SHOJI_VIEWS, "readings", "readings");
    for (size_t i = 0; i < sensor_count; i++) {
        char pointer[NAME_MAXIMUM + sizeof "/index/~1/name"];
        snprintf(pointer, sizeof pointer, "/index/%.*s~1/name", NAME_MAXIMUM,
                 sensors[i].name);
        shoji_builder_set_string(builder, pointer, sensors[i].name);
    }
    /* An error of any call above is that of this one. */
    shoji_status status = shoji_builder_emit(text, builder, NULL);
    shoji_builder_free(builder);
    return status;
}

/* Writes the first word of the file where that is a number, as it is spelt; or null. */
static void write_reading(shoji_writer *writer, const char *name,
                          const struct sensor *sensor)
{
    char word[64] = "";
    FILE *file = fopen(sensor->path, "r");
    if (file != NULL) {
        if (fscanf(file, "%63s", word) != 1)
            word[0] = '\0';
        fclose(file);
    }
    shoji_tree *tree = NULL;
    shoji_tree_parse(&tree, word, strlen(word), NULL, NULL);
    shoji_writer_name(writer, name);
    if (shoji_value_type(shoji_tree_root(tree)) == SHOJI_NUMBER)
        shoji_writer_value(writer, shoji_tree_root(tree));
    else
        shoji_writer_null(writer);
    shoji_tree_free(tree);
}

/* Writes the entity of a sensor or, for NULL, the view of all. */
static shoji_status write_readings(shoji_buffer *text, const char *self,
                                   const struct sensor *sensor)
{
    shoji_writer *writer = NULL;
    if (shoji_writer_new(&writer, shoji_buffer_sink, text, NULL) != SHOJI_OK)
        return SHOJI_NO_MEMORY;
    shoji_writer_begin_object(writer);
    shoji_writer_name(writer, "element");
    shoji_writer_string(writer, sensor != NULL ? "shoji:entity" : "shoji:view");
    shoji_writer_name(writer, "self");
    shoji_writer_string(writer, self);
    shoji_writer_name(writer, sensor != NULL ? "body" : "value");
    shoji_writer_begin_object(writer);
    if (sensor != NULL) {
        shoji_writer_name(writer, "name");
        shoji_writer_string(writer, sensor->name);
        write_reading(writer, "reading", sensor);
    } else {
        for (size_t i = 0; i < sensor_count; i++)
            write_reading(writer, sensors[i].name, &sensors[i]);
    }
    shoji_writer_end_object(writer);
    shoji_writer_end_object(writer);
    shoji_status status = shoji_writer_end(writer);
    shoji_writer_free(writer);
    return status;
}

/* Writes the document at a path. SHOJI_NOT_FOUND: there is none. */
static shoji_status write_document(shoji_buffer *text, const char *path)
{
    if (strcmp(path, "/") == 0)
        return write_catalog(text);
    if (strcmp(path, "/readings") == 0)
        return write_readings(text, path, NULL);
    for (size_t i = 0; i < sensor_count; i++) {
        size_t length = strlen(sensors[i].name);
        if (strncmp(path + 1, sensors[i].name, length) == 0 &&
            strcmp(path + 1 + length, "/") == 0)
            return write_readings(text, path, &sensors[i]);
    }
    return SHOJI_NOT_FOUND;
}

/* A strong tag of a representation: a hash (FNV-1a) of its text, and its type. */
static void make_etag(struct answer *answer, int type)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < answer->content.length; i++)
        hash = (hash ^ (unsigned char)answer->content.bytes[i]) * UINT64_C(0x100000001b3);
    snprintf(answer->etag, sizeof answer->etag, "\"%016llx-%d\"",
             (unsigned long long)hash, type);
}

static shoji_status answer_request(struct answer *answer, const struct request *request)
{
    static const char *const types[] = {"application/json", "application/shoji+json"};
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return refuse(answer, 405, "this device can be read, and not written: use GET");
    shoji_status status = write_document(&answer->content, request->path);
    if (status == SHOJI_NOT_FOUND)
        return refuse(answer, 404, "nothing is here: / lists what there is");
    if (status != SHOJI_OK)
        return status;
    int type = shoji_accept_choose(request->accept, types, 2);
    if (type < 0)
        return refuse(answer, 406, "ask for application/json or application/shoji+json");
    answer->status = 200;
    answer->type = types[type];
    make_etag(answer, type);
    shoji_conditions conditions = {.if_match = request->if_match,
                                   .if_none_match = request->if_none_match};
    shoji_condition condition =
        shoji_conditions_evaluate(&conditions, true, answer->etag, -1);
    if (condition == SHOJI_PRECONDITION_FAILED)
        return refuse(answer, 412, "this has changed: read it again");
    if (condition == SHOJI_NOT_MODIFIED)
        answer->status = 304;
    return SHOJI_OK;
}

/* Takes an argument NAME=FILE, where the name can be a segment of a path as it is. */
static bool add_sensor(char *argument)
{
    size_t length = strspn(argument, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || length > NAME_MAXIMUM || argument[length] != '=' ||
        sensor_count == SENSORS)
        return false;
    argument[length] = '\0';
    sensors[sensor_count].name = argument;
    sensors[sensor_count++].path = argument + length + 1;
    return true;
}

int main(int argc, char **argv)
{
    bool good = argc > 3;
    for (int i = 3; good && i < argc; i++)
        good = add_sensor(argv[i]);
    if (!good) {
        fputs("usage: device ADDRESS PORT NAME=FILE...\n"
              "with up to 32 names of a-z, 0-9 and \"-\", of up to 31 characters\n",
              stderr);
        return 2;
    }
    serve(argv[1], argv[2], answer_request);
    fprintf(stderr, "device: cannot listen at %s, port %s\n", argv[1], argv[2]);
    return 1;
}
