/* Compiling: RFC 6570, section 2. */
#include "iri/template.h"

#include <shoji/iri.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "iri/percent.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_SPECS = 1000,
    LONGEST_PREFIX = 9999,
    REASON_SIZE = 240
};

static const struct shoji__operator operators[] = {
    {.sign = '\0', .separator = ','},
    {.sign = '+', .separator = ',', .reserved = true},
    {.sign = '#', .first = '#', .separator = ',', .reserved = true},
    {.sign = '.', .first = '.', .separator = '.'},
    {.sign = '/', .first = '/', .separator = '/'},
    {.sign = ';', .first = ';', .separator = ';', .named = true},
    {.sign = '?', .first = '?', .separator = '&', .named = true, .empty_equals = true},
    {.sign = '&', .first = '&', .separator = '&', .named = true, .empty_equals = true},
};

struct compiler {
    shoji_template *tmpl;
    struct shoji__slice text;
    shoji_buffer scratch;
    shoji_error *error;
};

static shoji_status fail_at(const struct compiler *compiler, size_t offset,
                            const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static shoji_status fail_at(const struct compiler *compiler, size_t offset,
                            const char *code, const char *format, ...)
{
    char reason[REASON_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);

    char excerpt[SHOJI__EXCERPT_SIZE];
    shoji__excerpt(excerpt, compiler->text.bytes, compiler->text.length);
    size_t column = shoji__utf8_count(compiler->text.bytes, offset) + 1;
    shoji__fail(compiler->error, SHOJI_SYNTAX, code,
                "the template \"%s\" is malformed at column %zu: %s", excerpt, column,
                reason);
    shoji__error_place(compiler->error, 1, column, offset);
    return SHOJI_SYNTAX;
}

static shoji_status fail_many(const struct compiler *compiler)
{
    return shoji__fail(compiler->error, SHOJI_LIMIT, "template.too-many-variables",
                       "the template names more than %d variables", MOST_SPECS);
}

/* The character at an offset, to be shown in a message. */
static const char *shown(const struct compiler *compiler, size_t offset,
                         char excerpt[SHOJI__EXCERPT_SIZE])
{
    const char *bytes = compiler->text.bytes + offset;
    size_t length = shoji__utf8_decode(bytes, compiler->text.length - offset, NULL);
    return shoji__excerpt(excerpt, bytes, length != 0 ? length : 1);
}

static shoji_status fail_literal(const struct compiler *compiler, size_t at)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    const char *bytes = compiler->text.bytes + at;
    size_t left = compiler->text.length - at;
    if (*bytes == '}')
        return fail_at(compiler, at, "template.stray-brace",
                       "this '}' closes no expression; a brace itself is written %%7D");
    if (*bytes == '%')
        return fail_at(compiler, at, "template.percent",
                       "two hexadecimal digits must follow a percent sign; "
                       "a percent sign itself is written %%25");
    if (shoji__utf8_decode(bytes, left, NULL) == 0)
        return fail_at(compiler, at, "template.utf8", "it is not UTF-8");
    return fail_at(compiler, at, "template.literal",
                   "'%s' may not stand outside of braces; percent-encode it",
                   shown(compiler, at, excerpt));
}

/* The length of the literal character at `at`, or 0 where there is none. */
static size_t literal_step(struct shoji__slice text, size_t at)
{
    const char *bytes = text.bytes + at;
    size_t left = text.length - at;
    if (shoji__is_triplet(bytes, left))
        return 3;
    if (shoji__is_ascii(*bytes))
        return shoji__is(*bytes, SHOJI__LITERAL) ? 1 : 0;
    uint32_t point = 0;
    size_t step = shoji__utf8_decode(bytes, left, &point);
    return step != 0 && shoji__template_allows(point) ? step : 0;
}

/* Moves what is in the scratch buffer into the template. */
static shoji_status keep_scratch(struct compiler *compiler, struct shoji__slice *kept)
{
    char *copy = shoji__arena_copy(&compiler->tmpl->arena, compiler->scratch.bytes,
                                   compiler->scratch.length);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    *kept = shoji__slice(copy, compiler->scratch.length);
    return SHOJI_OK;
}

static shoji_status keep_normal(struct compiler *compiler, struct shoji__slice text,
                                struct shoji__slice *normal)
{
    shoji_buffer_clear(&compiler->scratch);
    shoji_status status = shoji__percent_normalize(&compiler->scratch, text);
    return status == SHOJI_OK ? keep_scratch(compiler, normal) : status;
}

static struct shoji__part *add_part(shoji_template *tmpl)
{
    return &tmpl->parts[tmpl->part_count++];
}

/* Compiles the literal at `*at`, and leaves `*at` behind it. */
static shoji_status compile_literal(struct compiler *compiler, size_t *at)
{
    size_t start = *at;
    while (*at < compiler->text.length && compiler->text.bytes[*at] != '{') {
        size_t step = literal_step(compiler->text, *at);
        if (step == 0)
            return fail_literal(compiler, *at);
        *at += step;
    }
    struct shoji__part *part = add_part(compiler->tmpl);
    struct shoji__slice literal = {compiler->text.bytes + start, *at - start};
    shoji_buffer_clear(&compiler->scratch);
    shoji_status status = shoji__percent_encode_wide(&compiler->scratch, literal);
    if (status == SHOJI_OK)
        status = keep_scratch(compiler, &part->literal);
    if (status == SHOJI_OK)
        status = keep_normal(compiler, literal, &part->normal);
    return status == SHOJI_OK ? SHOJI_OK : shoji__fail_memory(compiler->error);
}

/* The index of a name among the template's variables, where it is added if new. */
static shoji_status intern(shoji_template *tmpl, struct shoji__slice name, size_t *index)
{
    for (*index = 0; *index < tmpl->variable_count; (*index)++)
        if (shoji__slice_is(name, tmpl->variables[*index]))
            return SHOJI_OK;
    char *copy = shoji__arena_copy(&tmpl->arena, name.bytes, name.length);
    if (copy == NULL)
        return SHOJI_NO_MEMORY;
    tmpl->variables[tmpl->variable_count++] = copy;
    return SHOJI_OK;
}

static shoji_status fail_name(const struct compiler *compiler, size_t at, size_t end)
{
    char excerpt[SHOJI__EXCERPT_SIZE];
    const char *text = compiler->text.bytes;
    if (at == end || text[at] == ',')
        return fail_at(compiler, at, "template.variable-name",
                       "the name of a variable is missing");
    if (text[at] == '%')
        return fail_at(compiler, at, "template.variable-name",
                       "two hexadecimal digits must follow a percent sign");
    if (text[at] == '.')
        return fail_at(compiler, at, "template.variable-name",
                       "in the name of a variable a dot stands between other characters");
    return fail_at(compiler, at, "template.variable-name",
                   "'%s' may not stand in the name of a variable: it has letters, "
                   "digits, '_', dots in between, and percent-encoded characters",
                   shown(compiler, at, excerpt));
}

/* Whether the name of a variable ends here. */
static bool ends_name(char byte)
{
    return byte == ',' || byte == ':' || byte == '*';
}

/* Reads a variable's name at `*at` and leaves `*at` behind it. */
static shoji_status compile_name(const struct compiler *compiler, size_t *at, size_t end,
                                 struct shoji__slice *name)
{
    const char *text = compiler->text.bytes;
    size_t start = *at;
    bool after_dot = true;
    while (*at < end && !ends_name(text[*at])) {
        bool triplet = shoji__is_triplet(text + *at, end - *at);
        bool dot = text[*at] == '.' && !after_dot;
        if (!triplet && !dot && !shoji__is(text[*at], SHOJI__VARCHAR))
            return fail_name(compiler, *at, end);
        after_dot = dot;
        *at += triplet ? 3 : 1;
    }
    if (*at == start)
        return fail_name(compiler, *at, end);
    if (after_dot)
        return fail_name(compiler, *at - 1, end);
    *name = shoji__slice(text + start, *at - start);
    return SHOJI_OK;
}

/* Reads the digits after a colon: 1 to 9999, without leading zeros. */
static shoji_status compile_prefix(const struct compiler *compiler, size_t *at,
                                   size_t end, size_t *prefix)
{
    const char *text = compiler->text.bytes;
    size_t start = *at;
    size_t value = 0;
    while (*at < end && shoji__is(text[*at], SHOJI__DIGIT) && value <= LONGEST_PREFIX)
        value = value * 10 + (size_t)(text[(*at)++] - '0');
    if (*at == start || text[start] == '0' || value > LONGEST_PREFIX)
        return fail_at(compiler, start, "template.prefix",
                       "a prefix is a number from 1 to %d, without leading zeros",
                       LONGEST_PREFIX);
    *prefix = value;
    return SHOJI_OK;
}

static shoji_status compile_modifier(const struct compiler *compiler, size_t *at,
                                     size_t end, struct shoji__varspec *spec)
{
    const char *text = compiler->text.bytes;
    char modifier = *at < end ? text[*at] : '\0';
    if (modifier == ':') {
        (*at)++;
        shoji_status status = compile_prefix(compiler, at, end, &spec->prefix);
        if (status != SHOJI_OK)
            return status;
    } else if (modifier == '*') {
        (*at)++;
        spec->explode = true;
    }
    if (*at == end || text[*at] == ',')
        return SHOJI_OK;
    if (text[*at] == ':' || text[*at] == '*')
        return fail_at(compiler, *at, "template.modifiers",
                       "a variable has one modifier: a prefix, as \":3\", or \"*\"");
    return fail_at(compiler, *at,
                   modifier == ':' ? "template.prefix" : "template.modifiers",
                   "after a modifier comes a comma or the closing brace");
}

static shoji_status compile_spec(struct compiler *compiler, size_t *at, size_t end,
                                 struct shoji__varspec *spec)
{
    shoji_status status = compile_name(compiler, at, end, &spec->name);
    if (status == SHOJI_OK)
        status = compile_modifier(compiler, at, end, spec);
    if (status != SHOJI_OK)
        return status;
    status = keep_normal(compiler, spec->name, &spec->normal);
    if (status == SHOJI_OK)
        status = intern(compiler->tmpl, spec->name, &spec->variable);
    return status == SHOJI_OK ? SHOJI_OK : shoji__fail_memory(compiler->error);
}

/* Counts a variable with those before it that have the same name. */
static void join_namesakes(struct shoji__varspec *specs, size_t index)
{
    struct shoji__varspec *spec = &specs[index];
    while (!shoji__slice_equal(specs[spec->namesake].normal, spec->normal))
        spec->namesake++;
    struct shoji__varspec *first = &specs[spec->namesake];
    if (spec->explode) {
        first->exploded_count++;
        return;
    }
    if (spec->prefix != 0 &&
        (first->shortest_prefix == 0 || spec->prefix < first->shortest_prefix))
        first->shortest_prefix = spec->prefix;
    if (first->plain_count == 0 || spec->prefix == 0 ||
        (first->longest_prefix != 0 && spec->prefix > first->longest_prefix))
        first->longest_prefix = spec->prefix;
    first->plain_count++;
}

/* Compiles the variables between `at` and the closing brace at `end`. */
static shoji_status compile_specs(struct compiler *compiler, size_t at, size_t end,
                                  struct shoji__part *part)
{
    shoji_template *tmpl = compiler->tmpl;
    size_t count = 1;
    for (size_t i = at; i < end; i++)
        count += compiler->text.bytes[i] == ',';
    size_t room = MOST_SPECS - tmpl->spec_count;
    part->specs = shoji__arena_alloc(&tmpl->arena,
                                     (count < room ? count : room) * sizeof *part->specs);
    if (part->specs == NULL)
        return shoji__fail_memory(compiler->error);

    for (size_t i = 0; i < count; i++) {
        if (i == room)
            return fail_many(compiler);
        shoji_status status = compile_spec(compiler, &at, end, &part->specs[i]);
        if (status != SHOJI_OK)
            return status;
        join_namesakes(part->specs, i);
        part->spec_count++;
        at++;
    }
    tmpl->spec_count += count;
    return SHOJI_OK;
}

static const struct shoji__operator *find_operator(char sign)
{
    for (size_t i = 1; i < sizeof operators / sizeof operators[0]; i++)
        if (operators[i].sign == sign)
            return &operators[i];
    return NULL;
}

/* Reads the operator at `*at`, if there is one, and leaves `*at` behind it. */
static shoji_status compile_operator(const struct compiler *compiler, size_t *at,
                                     const struct shoji__operator **operation)
{
    char sign = compiler->text.bytes[*at];
    *operation = find_operator(sign);
    if (*operation != NULL) {
        (*at)++;
        return SHOJI_OK;
    }
    *operation = &operators[0];
    if (strchr("=,!@|", sign) != NULL)
        return fail_at(compiler, *at, "template.reserved-operator",
                       "the operator '%c' has no meaning yet; those that have one are "
                       "+ # . / ; ? and &",
                       sign);
    if (sign > ' ' && sign != '%' && sign != 0x7f && !shoji__is(sign, SHOJI__VARCHAR))
        return fail_at(compiler, *at, "template.unknown-operator",
                       "'%c' is no operator; the operators are + # . / ; ? and &", sign);
    return SHOJI_OK;
}

/* Compiles the expression whose brace is at `*at`, and leaves `*at` behind it. */
static shoji_status compile_expression(struct compiler *compiler, size_t *at)
{
    size_t open = *at;
    size_t end = open + 1;
    while (end < compiler->text.length && compiler->text.bytes[end] != '{' &&
           compiler->text.bytes[end] != '}')
        end++;
    if (end == compiler->text.length || compiler->text.bytes[end] == '{')
        return fail_at(compiler, open, "template.unclosed-brace",
                       "this '{' is not closed; a brace itself is written %%7B");
    if (compiler->tmpl->spec_count == MOST_SPECS)
        return fail_many(compiler);

    size_t start = open + 1;
    const struct shoji__operator *operation = NULL;
    shoji_status status = SHOJI_OK;
    if (start < end)
        status = compile_operator(compiler, &start, &operation);
    if (status == SHOJI_OK && start == end)
        status = fail_at(compiler, open, "template.empty-expression",
                         "the braces must hold the name of a variable");
    if (status != SHOJI_OK)
        return status;
    struct shoji__part *part = add_part(compiler->tmpl);
    part->operation = operation;
    *at = end + 1;
    return compile_specs(compiler, start, end, part);
}

/* Allocates what can be no larger than this: an expression names a variable at least. */
static bool allocate(shoji_template *tmpl, struct shoji__slice text)
{
    size_t expressions = 0;
    size_t names = 0;
    for (size_t i = 0; i < text.length; i++) {
        expressions += text.bytes[i] == '{';
        names += text.bytes[i] == '{' || text.bytes[i] == ',';
    }
    if (expressions > MOST_SPECS)
        expressions = MOST_SPECS;
    if (names > MOST_SPECS)
        names = MOST_SPECS;
    const char *brace = memchr(text.bytes, '{', text.length);
    tmpl->prefix = brace != NULL ? (size_t)(brace - text.bytes) : text.length;
    tmpl->text = shoji__arena_copy(&tmpl->arena, text.bytes, text.length);
    tmpl->parts =
        shoji__arena_alloc(&tmpl->arena, (2 * expressions + 1) * sizeof *tmpl->parts);
    tmpl->variables = shoji__arena_alloc(&tmpl->arena, names * sizeof *tmpl->variables);
    return tmpl->text != NULL && tmpl->parts != NULL && tmpl->variables != NULL;
}

static shoji_status compile(shoji_template *tmpl, struct shoji__slice text,
                            shoji_error *error)
{
    if (!allocate(tmpl, text))
        return shoji__fail_memory(error);
    struct compiler compiler = {.tmpl = tmpl,
                                .text = shoji__slice(tmpl->text, text.length),
                                .scratch = SHOJI_BUFFER_INIT,
                                .error = error};
    shoji_status status = SHOJI_OK;
    size_t at = 0;
    while (at < text.length && status == SHOJI_OK) {
        if (text.bytes[at] == '{')
            status = compile_expression(&compiler, &at);
        else
            status = compile_literal(&compiler, &at);
    }
    shoji_buffer_finish(&compiler.scratch);
    return status;
}

bool shoji_template_is(const char *text)
{
    return strpbrk(text, "{}") != NULL;
}

shoji_status shoji_template_compile(shoji_template **tmpl, const char *text,
                                    shoji_error *error)
{
    size_t length = strnlen(text, SHOJI_IRI_MAXIMUM + 1);
    if (length > SHOJI_IRI_MAXIMUM)
        return shoji__fail(error, SHOJI_LIMIT, "template.too-long",
                           "the template is longer than %d bytes", SHOJI_IRI_MAXIMUM);
    shoji_template *made = shoji__alloc_zero(sizeof *made);
    if (made == NULL)
        return shoji__fail_memory(error);
    shoji_status status = compile(made, shoji__slice(text, length), error);
    if (status != SHOJI_OK)
        shoji_template_free(made);
    else
        *tmpl = made;
    return status;
}

void shoji_template_free(shoji_template *tmpl)
{
    if (tmpl == NULL)
        return;
    shoji__arena_finish(&tmpl->arena);
    shoji__release(tmpl);
}

const char *shoji_template_text(const shoji_template *tmpl)
{
    return tmpl->text;
}

size_t shoji_template_variable_count(const shoji_template *tmpl)
{
    return tmpl->variable_count;
}

const char *shoji_template_variable(const shoji_template *tmpl, size_t index)
{
    return index < tmpl->variable_count ? tmpl->variables[index] : NULL;
}

bool shoji_template_has(const shoji_template *tmpl, const char *variable)
{
    for (size_t i = 0; i < tmpl->variable_count; i++)
        if (strcmp(tmpl->variables[i], variable) == 0)
            return true;
    return false;
}

bool shoji_template_explodes(const shoji_template *tmpl, const char *variable)
{
    for (size_t i = 0; i < tmpl->part_count; i++)
        for (size_t k = 0; k < tmpl->parts[i].spec_count; k++)
            if (tmpl->parts[i].specs[k].explode &&
                shoji__slice_is(tmpl->parts[i].specs[k].name, variable))
                return true;
    return false;
}

size_t shoji_template_prefix(const shoji_template *tmpl)
{
    return tmpl->prefix;
}
