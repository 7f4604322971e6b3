#include "iri/variables.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <string.h>

enum {
    MOST_VARIABLES = 1000,
    MOST_STRINGS = 100000 /* keys count, too */
};

struct shoji_variables {
    struct shoji__variable *list;
    size_t count;
    size_t capacity;
    size_t strings;
};

/* A new capacity for one thing more, or 0 where it need not change. */
static size_t grown(size_t count, size_t capacity)
{
    if (count < capacity)
        return 0;
    return capacity < 4 ? 4 : capacity * 2;
}

static size_t string_count(const struct shoji__variable *variable)
{
    return variable->kind == SHOJI_VARIABLE_MAP ? 2 * variable->size : variable->size;
}

/* Frees what a variable holds; it is then undefined. Its name stays. */
static void clear(struct shoji__variable *variable)
{
    for (size_t i = 0; i < variable->size; i++) {
        shoji__release(variable->items[i].key);
        shoji__release(variable->items[i].value);
    }
    shoji__release(variable->items);
    variable->items = NULL;
    variable->size = 0;
    variable->capacity = 0;
    variable->kind = SHOJI_UNDEFINED;
}

/* Appends a copy of an item. `key.bytes` is NULL for none. */
static shoji_status append_item(struct shoji__variable *variable, struct shoji__slice key,
                                struct shoji__slice value)
{
    size_t capacity = grown(variable->size, variable->capacity);
    if (capacity != 0) {
        struct shoji__item *items =
            shoji__realloc_array(variable->items, capacity, sizeof *items);
        if (items == NULL)
            return SHOJI_NO_MEMORY;
        variable->items = items;
        variable->capacity = capacity;
    }
    struct shoji__item item = {NULL, shoji__copy_text(value.bytes, value.length)};
    if (key.bytes != NULL)
        item.key = shoji__copy_text(key.bytes, key.length);
    if (item.value == NULL || (key.bytes != NULL && item.key == NULL)) {
        shoji__release(item.key);
        shoji__release(item.value);
        return SHOJI_NO_MEMORY;
    }
    variable->items[variable->size++] = item;
    return SHOJI_OK;
}

static struct shoji__variable *find(const shoji_variables *variables,
                                    struct shoji__slice name)
{
    for (size_t i = 0; i < variables->count; i++)
        if (shoji__slice_is(name, variables->list[i].name))
            return &variables->list[i];
    return NULL;
}

const struct shoji__variable *shoji__variables_find(const shoji_variables *variables,
                                                    struct shoji__slice name)
{
    return variables != NULL ? find(variables, name) : NULL;
}

/* Adds an undefined variable at the end. */
static shoji_status add_variable(shoji_variables *variables, struct shoji__slice name,
                                 struct shoji__variable **variable)
{
    if (variables->count >= MOST_VARIABLES)
        return SHOJI_LIMIT;
    size_t capacity = grown(variables->count, variables->capacity);
    if (capacity != 0) {
        struct shoji__variable *list =
            shoji__realloc_array(variables->list, capacity, sizeof *list);
        if (list == NULL)
            return SHOJI_NO_MEMORY;
        variables->list = list;
        variables->capacity = capacity;
    }
    char *copy = shoji__copy_text(name.bytes, name.length);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    *variable = &variables->list[variables->count++];
    memset(*variable, 0, sizeof **variable);
    (*variable)->name = copy;
    return SHOJI_OK;
}

static void remove_variable(shoji_variables *variables, struct shoji__variable *variable)
{
    variables->strings -= string_count(variable);
    clear(variable);
    shoji__release(variable->name);
    size_t index = (size_t)(variable - variables->list);
    memmove(variable, variable + 1,
            (variables->count - index - 1) * sizeof *variables->list);
    variables->count--;
}

/*
 * Gives the variable of that name the content of `fresh`, and clears `fresh`, whether it
 * fails or not.
 */
static shoji_status install(shoji_variables *variables, struct shoji__slice name,
                            struct shoji__variable *fresh)
{
    struct shoji__variable *variable = find(variables, name);
    size_t before = variable != NULL ? string_count(variable) : 0;
    shoji_status status = SHOJI_OK;
    if (string_count(fresh) > MOST_STRINGS - (variables->strings - before))
        status = SHOJI_LIMIT;
    else if (variable == NULL)
        status = add_variable(variables, name, &variable);
    if (status != SHOJI_OK) {
        clear(fresh);
        return status;
    }
    variables->strings += string_count(fresh) - before;
    clear(variable);
    fresh->name = variable->name;
    *variable = *fresh;
    return SHOJI_OK;
}

shoji_status shoji_variables_new(shoji_variables **variables)
{
    shoji_variables *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    *variables = made;
    return SHOJI_OK;
}

void shoji_variables_free(shoji_variables *variables)
{
    if (variables == NULL)
        return;
    for (size_t i = 0; i < variables->count; i++) {
        clear(&variables->list[i]);
        shoji__release(variables->list[i].name);
    }
    shoji__release(variables->list);
    shoji__release(variables);
}

shoji_status shoji__variables_set(shoji_variables *variables, struct shoji__slice name,
                                  struct shoji__slice value)
{
    struct shoji__variable fresh = {.kind = SHOJI_VARIABLE_STRING};
    shoji_status status = append_item(&fresh, shoji__slice(NULL, 0), value);
    if (status != SHOJI_OK) {
        clear(&fresh);
        return status;
    }
    return install(variables, name, &fresh);
}

shoji_status shoji_variables_set(shoji_variables *variables, const char *name,
                                 const char *value)
{
    struct shoji__slice text = shoji__slice_of(value);
    if (!shoji__utf8_valid(text.bytes, text.length))
        return SHOJI_SYNTAX;
    return shoji__variables_set(variables, shoji__slice_of(name), text);
}

shoji_status shoji__variables_append(shoji_variables *variables, struct shoji__slice name,
                                     struct shoji__slice key, struct shoji__slice value)
{
    shoji_variable_kind kind =
        key.bytes != NULL ? SHOJI_VARIABLE_MAP : SHOJI_VARIABLE_LIST;
    size_t strings = key.bytes != NULL ? 2 : 1;
    if (strings > MOST_STRINGS - variables->strings)
        return SHOJI_LIMIT;

    struct shoji__variable *variable = find(variables, name);
    if (variable == NULL) {
        struct shoji__variable fresh = {.kind = kind};
        shoji_status status = append_item(&fresh, key, value);
        if (status == SHOJI_OK)
            return install(variables, name, &fresh);
        clear(&fresh);
        return status;
    }
    bool fits = kind == SHOJI_VARIABLE_MAP ? variable->kind == kind
                                           : variable->kind != SHOJI_VARIABLE_MAP;
    if (!fits)
        return SHOJI_TYPE;
    shoji_status status = append_item(variable, key, value);
    if (status == SHOJI_OK) {
        variable->kind = kind;
        variables->strings += strings;
    }
    return status;
}

shoji_status shoji_variables_add(shoji_variables *variables, const char *name,
                                 const char *value)
{
    struct shoji__slice text = shoji__slice_of(value);
    if (!shoji__utf8_valid(text.bytes, text.length))
        return SHOJI_SYNTAX;
    return shoji__variables_append(variables, shoji__slice_of(name),
                                   shoji__slice(NULL, 0), text);
}

/* The pair of a map that has that key, or NULL. */
static struct shoji__item *find_pair(struct shoji__variable *variable, const char *key)
{
    if (variable == NULL || variable->kind != SHOJI_VARIABLE_MAP)
        return NULL;
    for (size_t i = 0; i < variable->size; i++)
        if (strcmp(variable->items[i].key, key) == 0)
            return &variable->items[i];
    return NULL;
}

shoji_status shoji_variables_set_pair(shoji_variables *variables, const char *name,
                                      const char *key, const char *value)
{
    struct shoji__slice key_text = shoji__slice_of(key);
    struct shoji__slice text = shoji__slice_of(value);
    if (!shoji__utf8_valid(key_text.bytes, key_text.length) ||
        !shoji__utf8_valid(text.bytes, text.length))
        return SHOJI_SYNTAX;

    struct shoji__item *pair = find_pair(find(variables, shoji__slice_of(name)), key);
    if (pair == NULL)
        return shoji__variables_append(variables, shoji__slice_of(name), key_text, text);
    char *copy = shoji__copy_text(text.bytes, text.length);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    shoji__release(pair->value);
    pair->value = copy;
    return SHOJI_OK;
}

shoji_status shoji_variables_set_empty(shoji_variables *variables, const char *name)
{
    struct shoji__variable fresh = {.kind = SHOJI_VARIABLE_LIST};
    return install(variables, shoji__slice_of(name), &fresh);
}

/* The text of a string, a number, true or false. */
static shoji_status scalar_text(shoji_value value, struct shoji__slice *text)
{
    size_t length = 0;
    switch (shoji_value_type(value)) {
    case SHOJI_STRING:
        text->bytes = shoji_value_string(value, &length);
        text->length = length;
        return memchr(text->bytes, '\0', length) == NULL ? SHOJI_OK : SHOJI_SYNTAX;
    case SHOJI_NUMBER:
        text->bytes = shoji_value_number(value, &length);
        text->length = length;
        return SHOJI_OK;
    case SHOJI_TRUE:
        *text = shoji__slice_of("true");
        return SHOJI_OK;
    case SHOJI_FALSE:
        *text = shoji__slice_of("false");
        return SHOJI_OK;
    default:
        return SHOJI_TYPE;
    }
}

/* Appends a scalar, or leaves it out where it is null. */
static shoji_status append_value(struct shoji__variable *variable,
                                 struct shoji__slice key, shoji_value value)
{
    if (shoji_value_type(value) == SHOJI_NULL)
        return SHOJI_OK;
    if (variable->size >= MOST_STRINGS)
        return SHOJI_LIMIT;
    struct shoji__slice text = {NULL, 0};
    shoji_status status = scalar_text(value, &text);
    if (status == SHOJI_OK)
        status = append_item(variable, key, text);
    return status;
}

static shoji_status append_members(struct shoji__variable *variable, shoji_value object)
{
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    shoji_status status = SHOJI_OK;
    variable->kind = SHOJI_VARIABLE_MAP;
    while (status == SHOJI_OK && shoji_members_next(&members, &member)) {
        struct shoji__slice key = shoji__slice(member.name, member.name_length);
        if (memchr(key.bytes, '\0', key.length) != NULL)
            return SHOJI_SYNTAX;
        status = append_value(variable, key, member.value);
    }
    return status;
}

static shoji_status append_array(struct shoji__variable *variable, shoji_value array)
{
    shoji_items items = shoji_value_items(array);
    shoji_value item;
    shoji_status status = SHOJI_OK;
    variable->kind = SHOJI_VARIABLE_LIST;
    while (status == SHOJI_OK && shoji_items_next(&items, &item))
        status = append_value(variable, shoji__slice(NULL, 0), item);
    return status;
}

shoji_status shoji_variables_set_value(shoji_variables *variables, const char *name,
                                       shoji_value value)
{
    struct shoji__slice key = shoji__slice_of(name);
    struct shoji__variable fresh = {.kind = SHOJI_VARIABLE_STRING};
    shoji_status status = SHOJI_OK;
    if (shoji_value_type(value) == SHOJI_NULL) {
        struct shoji__variable *variable = find(variables, key);
        if (variable != NULL)
            remove_variable(variables, variable);
        return SHOJI_OK;
    }
    if (shoji_value_type(value) == SHOJI_OBJECT)
        status = append_members(&fresh, value);
    else if (shoji_value_type(value) == SHOJI_ARRAY)
        status = append_array(&fresh, value);
    else
        status = append_value(&fresh, shoji__slice(NULL, 0), value);
    if (status != SHOJI_OK) {
        clear(&fresh);
        return status;
    }
    return install(variables, key, &fresh);
}

void shoji__variables_unlist(shoji_variables *variables, const char *name)
{
    struct shoji__variable *variable = find(variables, shoji__slice_of(name));
    if (variable != NULL && variable->kind == SHOJI_VARIABLE_LIST && variable->size == 1)
        variable->kind = SHOJI_VARIABLE_STRING;
}

size_t shoji_variables_count(const shoji_variables *variables)
{
    return variables->count;
}

const char *shoji_variables_name(const shoji_variables *variables, size_t index)
{
    return index < variables->count ? variables->list[index].name : NULL;
}

shoji_variable_kind shoji_variables_kind(const shoji_variables *variables,
                                         const char *name, size_t *size)
{
    const struct shoji__variable *variable = find(variables, shoji__slice_of(name));
    if (size != NULL)
        *size = variable != NULL ? variable->size : 0;
    return variable != NULL ? variable->kind : SHOJI_UNDEFINED;
}

bool shoji_variables_get(const shoji_variables *variables, const char *name, size_t index,
                         const char **key, const char **value)
{
    const struct shoji__variable *variable = find(variables, shoji__slice_of(name));
    if (variable == NULL || index >= variable->size)
        return false;
    if (key != NULL)
        *key = variable->items[index].key;
    if (value != NULL)
        *value = variable->items[index].value;
    return true;
}
