/* Expansion: RFC 6570, section 3 and appendix A. */
#include "iri/template.h"

#include <shoji/iri.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "iri/percent.h"
#include "iri/variables.h"

#include <string.h>

/* Appends a value: all that the operator does not allow as it is gets percent-encoded. */
static shoji_status append_encoded(shoji_buffer *buffer, struct shoji__slice value,
                                   bool reserved)
{
    unsigned allowed = reserved ? SHOJI__UNRESERVED | SHOJI__RESERVED : SHOJI__UNRESERVED;
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (at < value.length && status == SHOJI_OK) {
        const char *bytes = value.bytes + at;
        size_t run = 0;
        while (run < value.length - at && shoji__is(bytes[run], allowed))
            run++;
        if (run != 0) {
            status = shoji_buffer_append(buffer, bytes, run);
        } else if (reserved && shoji__is_triplet(bytes, value.length - at)) {
            run = 3;
            status = shoji_buffer_append(buffer, bytes, run);
        } else {
            run = 1;
            status = shoji__percent_append(buffer, *bytes);
        }
        at += run;
    }
    return status;
}

struct shoji__slice shoji__template_prefix_of(struct shoji__slice value, size_t count,
                                              bool reserved)
{
    size_t at = 0;
    for (; count > 0 && at < value.length; count--) {
        const char *bytes = value.bytes + at;
        size_t left = value.length - at;
        size_t step = 0;
        if (reserved && shoji__is_triplet(bytes, left)) {
            step = shoji__percent_character(bytes, left, NULL);
            if (step == 0)
                step = 3;
        } else {
            step = shoji__utf8_decode(bytes, left, NULL);
        }
        at += step;
    }
    value.length = at;
    return value;
}

/* Appends a name and what stands between it and its value. */
static shoji_status append_name(shoji_buffer *buffer,
                                const struct shoji__operator *operation,
                                struct shoji__slice name, bool empty_value)
{
    shoji_status status = shoji__buffer_append_slice(buffer, name);
    if (status == SHOJI_OK && (!empty_value || operation->empty_equals))
        status = shoji__buffer_append_byte(buffer, '=');
    return status;
}

static shoji_status expand_string(shoji_buffer *buffer,
                                  const struct shoji__operator *operation,
                                  const struct shoji__varspec *spec, const char *string)
{
    struct shoji__slice value = shoji__slice_of(string);
    shoji_status status = SHOJI_OK;
    if (operation->named)
        status = append_name(buffer, operation, spec->name, value.length == 0);
    if (spec->prefix != 0)
        value = shoji__template_prefix_of(value, spec->prefix, operation->reserved);
    if (status == SHOJI_OK)
        status = append_encoded(buffer, value, operation->reserved);
    return status;
}

/* A list or a map without an explode modifier: one value, with commas in it. */
static shoji_status expand_joined(shoji_buffer *buffer,
                                  const struct shoji__operator *operation,
                                  const struct shoji__varspec *spec,
                                  const struct shoji__variable *variable)
{
    shoji_status status = SHOJI_OK;
    if (operation->named)
        status = append_name(buffer, operation, spec->name, false);
    for (size_t i = 0; i < variable->size && status == SHOJI_OK; i++) {
        const struct shoji__item *item = &variable->items[i];
        if (i != 0)
            status = shoji__buffer_append_byte(buffer, ',');
        if (status == SHOJI_OK && item->key != NULL) {
            status =
                append_encoded(buffer, shoji__slice_of(item->key), operation->reserved);
            if (status == SHOJI_OK)
                status = shoji__buffer_append_byte(buffer, ',');
        }
        if (status == SHOJI_OK)
            status =
                append_encoded(buffer, shoji__slice_of(item->value), operation->reserved);
    }
    return status;
}

/*
 * One item of an exploded list or map. A key is encoded as a value is: where reserved
 * characters of a key stayed as they are, it could not be told from what follows it.
 */
static shoji_status expand_item(shoji_buffer *buffer,
                                const struct shoji__operator *operation,
                                const struct shoji__varspec *spec,
                                const struct shoji__item *item)
{
    struct shoji__slice value = shoji__slice_of(item->value);
    shoji_status status = SHOJI_OK;
    if (item->key != NULL) {
        status = append_encoded(buffer, shoji__slice_of(item->key), operation->reserved);
        bool equals = value.length != 0 || !operation->named || operation->empty_equals;
        if (status == SHOJI_OK && equals)
            status = shoji__buffer_append_byte(buffer, '=');
    } else if (operation->named) {
        status = append_name(buffer, operation, spec->name, value.length == 0);
    }
    if (status == SHOJI_OK)
        status = append_encoded(buffer, value, operation->reserved);
    return status;
}

static shoji_status expand_exploded(shoji_buffer *buffer,
                                    const struct shoji__operator *operation,
                                    const struct shoji__varspec *spec,
                                    const struct shoji__variable *variable)
{
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < variable->size && status == SHOJI_OK; i++) {
        if (i != 0)
            status = shoji__buffer_append_byte(buffer, operation->separator);
        if (status == SHOJI_OK)
            status = expand_item(buffer, operation, spec, &variable->items[i]);
    }
    return status;
}

static shoji_status expand_variable(shoji_buffer *buffer,
                                    const struct shoji__operator *operation,
                                    const struct shoji__varspec *spec,
                                    const struct shoji__variable *variable)
{
    if (variable->kind == SHOJI_VARIABLE_STRING)
        return expand_string(buffer, operation, spec, variable->items[0].value);
    if (spec->prefix != 0)
        return SHOJI_INVALID;
    if (spec->explode)
        return expand_exploded(buffer, operation, spec, variable);
    return expand_joined(buffer, operation, spec, variable);
}

shoji_status shoji__template_expand_spec(shoji_buffer *buffer,
                                         const struct shoji__operator *operation,
                                         const struct shoji__varspec *spec,
                                         const shoji_variables *variables)
{
    const struct shoji__variable *variable = shoji__variables_find(variables, spec->name);
    if (variable == NULL || variable->size == 0)
        return SHOJI_OK;
    return expand_variable(buffer, operation, spec, variable);
}

shoji_status shoji__template_expand_part(shoji_buffer *buffer,
                                         const struct shoji__part *part,
                                         const shoji_variables *variables,
                                         const struct shoji__varspec **fault)
{
    const struct shoji__operator *operation = part->operation;
    if (operation == NULL)
        return shoji__buffer_append_slice(buffer, part->literal);

    char before = operation->first;
    shoji_status status = SHOJI_OK;
    for (size_t i = 0; i < part->spec_count && status == SHOJI_OK; i++) {
        const struct shoji__varspec *spec = &part->specs[i];
        const struct shoji__variable *variable =
            shoji__variables_find(variables, spec->name);
        if (variable == NULL || variable->size == 0)
            continue;
        if (before != '\0')
            status = shoji__buffer_append_byte(buffer, before);
        if (status == SHOJI_OK)
            status = expand_variable(buffer, operation, spec, variable);
        if (status == SHOJI_INVALID)
            *fault = spec;
        before = operation->separator;
    }
    return status;
}

static shoji_status report(const shoji_buffer *work, const struct shoji__varspec *fault,
                           shoji_status status, shoji_error *error)
{
    if (status == SHOJI_LIMIT)
        return shoji__fail(error, status, "template.too-long",
                           "the expansion is longer than %zu bytes", work->maximum);
    if (status != SHOJI_INVALID)
        return shoji__fail_memory(error);
    char excerpt[SHOJI__EXCERPT_SIZE];
    return shoji__fail(error, status, "template.prefix-of-list",
                       "the template takes the first %zu characters of \"%s\", "
                       "so its value must be a string and not a list or a map",
                       fault->prefix,
                       shoji__excerpt(excerpt, fault->name.bytes, fault->name.length));
}

shoji_status shoji_template_expand(shoji_buffer *expansion, const shoji_template *tmpl,
                                   const shoji_variables *variables, shoji_error *error)
{
    shoji_buffer work = SHOJI_BUFFER_INIT;
    work.maximum = SHOJI_IRI_MAXIMUM;
    if (expansion->maximum != 0 && expansion->maximum < work.maximum)
        work.maximum = expansion->maximum;
    const struct shoji__varspec *fault = NULL;
    shoji_status status = shoji_buffer_reserve(&work, 0);
    for (size_t i = 0; i < tmpl->part_count && status == SHOJI_OK; i++)
        status = shoji__template_expand_part(&work, &tmpl->parts[i], variables, &fault);
    if (status == SHOJI_OK)
        shoji__buffer_swap(expansion, &work);
    else
        report(&work, fault, status, error);
    shoji_buffer_finish(&work);
    return status;
}
