/* jansson's header and json-c's cannot stand in one file. */
#include "jansson_reader.h"

#include <jansson.h>

void *read_jansson(const char *text, size_t length)
{
    return json_loadb(text, length, 0, NULL);
}

void drop_jansson(void *tree)
{
    json_decref(tree);
}
