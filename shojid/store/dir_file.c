#include "store/dir_file.h"

#include "store/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    /* The coarsest times that file systems keep. */
    FRESH_SECONDS = 2,
    /* The bits of a revision below its seconds: one for combinations, then the hash. */
    REVISION_LOW_BITS = 30
};

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

void dir_signature_of(struct dir_signature *signature, const struct stat *found)
{
    signature->modified = nanoseconds(&found->st_mtim);
    signature->changed = nanoseconds(&found->st_ctim);
    signature->size = (uint64_t)found->st_size;
    signature->inode = (uint64_t)found->st_ino;
    signature->device = (uint64_t)found->st_dev;
}

bool dir_signature_equal(const struct dir_signature *one,
                         const struct dir_signature *other)
{
    return one->modified == other->modified && one->changed == other->changed &&
           one->size == other->size && one->inode == other->inode &&
           one->device == other->device;
}

/* FNV-1a: changes are to be told apart, not enemies kept out. */
uint64_t dir_hash(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    if (hash == 0)
        hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

uint64_t dir_revision(int64_t seconds, uint64_t hash, bool is_combination)
{
    uint64_t flag = (uint64_t)1 << (REVISION_LOW_BITS - 1);
    uint64_t most = ((uint64_t)1 << (63 - REVISION_LOW_BITS)) - 1;
    uint64_t time = seconds < 0 ? 0 : (uint64_t)seconds;
    uint64_t low = (hash ^ hash >> 32) & (flag - 1);
    return (time < most ? time : most) << REVISION_LOW_BITS |
           (is_combination ? flag : 0) | low;
}

struct dir_file *dir_file_share(struct dir_file *file)
{
    if (file != NULL)
        atomic_fetch_add_explicit(&file->references, 1, memory_order_relaxed);
    return file;
}

void dir_file_release(struct dir_file *file)
{
    if (file == NULL ||
        atomic_fetch_sub_explicit(&file->references, 1, memory_order_acq_rel) != 1)
        return;
    free(file->text);
    shoji_document_free(file->document);
    declared_templates_finish(&file->templates);
    free(file->broken);
    free(file);
}

static struct dir_file *new_file(void)
{
    struct dir_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        atomic_init(&file->references, 1);
    return file;
}

/* Makes a file broken, by a message that names it; SHOJI_NO_MEMORY. */
static shoji_status break_file(struct dir_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static shoji_status break_with(struct dir_file *file, const char *format,
                               va_list arguments) __attribute__((format(printf, 2, 0)));

static shoji_status break_with(struct dir_file *file, const char *format,
                               va_list arguments)
{
    shoji_error *broken = calloc(1, sizeof *broken);
    if (broken == NULL)
        return SHOJI_NO_MEMORY;
    broken->status = SHOJI_INVALID;
    broken->code = STORE_BROKEN;
    vsnprintf(broken->message, sizeof broken->message, format, arguments);
    free(file->text);
    file->text = NULL;
    file->length = 0;
    file->broken = broken;
    return SHOJI_OK;
}

static shoji_status break_file(struct dir_file *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    shoji_status status = break_with(file, format, arguments);
    va_end(arguments);
    return status;
}

struct dir_file *dir_file_broken(const char *format, ...)
{
    struct dir_file *file = new_file();
    if (file == NULL)
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    shoji_status status = break_with(file, format, arguments);
    va_end(arguments);
    if (status != SHOJI_OK) {
        dir_file_release(file);
        return NULL;
    }
    return file;
}

/* Makes a file broken for what the library says of its text. */
static shoji_status break_at(struct dir_file *file, const char *shown,
                             const shoji_error *why)
{
    if (why->line == 0)
        return break_file(file, "%s: %s", shown, why->message);
    shoji_status status =
        break_file(file, "%s:%zu:%zu: %s", shown, why->line, why->column, why->message);
    if (status == SHOJI_OK) {
        file->broken->line = why->line;
        file->broken->column = why->column;
        file->broken->offset = why->offset;
        memcpy(file->broken->pointer, why->pointer, sizeof why->pointer);
    }
    return status;
}

/* The base of a catalog's references is where it is served. Only a self without a slash
 * at its end, where RFC 3986 holds to the letter, takes the slash away. */
static bool base_has_slash(const shoji_document *catalog)
{
    shoji_iri_parts parts;
    const char *self = shoji_document_self(catalog);
    if (shoji_document_base_rule(catalog) == SHOJI_BASE_BELOW || self == NULL ||
        shoji_iri_split(&parts, self, NULL) != SHOJI_OK || parts.path.length == 0)
        return true;
    return parts.path.bytes[parts.path.length - 1] == '/';
}

static shoji_status read_templates(struct dir_file *file, const shoji_document *catalog,
                                   const char *path, shoji_error *error)
{
    char *base = strdup(path);
    if (base == NULL)
        return store_fail_memory(error);
    size_t length = strlen(base);
    if (length > 1 && !base_has_slash(catalog))
        base[length - 1] = '\0';
    shoji_status status = declared_templates_read(&file->templates, catalog, base, error);
    free(base);
    return status;
}

/* Whether a text is a view whose value is computed: the one document that may lack what
 * its element asks for. */
static shoji_status is_computed_view(const struct dir_file *file, bool *is)
{
    shoji_tree *tree;
    shoji_status status = shoji_tree_parse(&tree, file->text, file->length, NULL, NULL);
    if (status != SHOJI_OK)
        return status;
    shoji_value root = shoji_tree_root(tree);
    const char *element = shoji_value_string(shoji_value_member(root, "element"), NULL);
    *is = element != NULL &&
          strcmp(element, shoji_element_text(SHOJI_ELEMENT_VIEW)) == 0 &&
          shoji_value_type(shoji_value_member(root, "projection")) == SHOJI_OBJECT &&
          !shoji_value_exists(shoji_value_member(root, "value"));
    shoji_tree_free(tree);
    return SHOJI_OK;
}

/* Reads what a document says; takes it. */
static shoji_status interpret_document(struct dir_file *file, shoji_document *document,
                                       const char *path, shoji_error *why)
{
    shoji_status status = SHOJI_OK;
    file->element = shoji_document_element(document);
    if (file->element == SHOJI_ELEMENT_CATALOG)
        status = read_templates(file, document, path, why);
    if (status == SHOJI_OK && file->element == SHOJI_ELEMENT_ENTITY)
        file->document = document;
    else
        shoji_document_free(document);
    return status;
}

/* Reads what the text says. */
static shoji_status interpret(struct dir_file *file, const char *shown, const char *path)
{
    shoji_error why = SHOJI_ERROR_INIT;
    shoji_document *document = NULL;
    bool computed = false;
    shoji_status status =
        shoji_document_parse(&document, file->text, file->length, NULL, &why);
    if (status == SHOJI_OK)
        status = interpret_document(file, document, path, &why);
    else if (status == SHOJI_INVALID && is_computed_view(file, &computed) != SHOJI_OK)
        return SHOJI_NO_MEMORY;
    if (computed)
        file->element = SHOJI_ELEMENT_VIEW;
    if (status == SHOJI_OK || status == SHOJI_NO_MEMORY || computed)
        return status == SHOJI_NO_MEMORY ? status : SHOJI_OK;
    return break_at(file, shown, &why);
}

/* Reads all of an open file; one that grows meanwhile is read as far as it goes. */
static shoji_status read_text(struct dir_file *file, int descriptor, const char *shown)
{
    size_t capacity = (size_t)file->signature.size + 1;
    file->text = malloc(capacity + 1);
    if (file->text == NULL)
        return SHOJI_NO_MEMORY;
    for (;;) {
        ssize_t count =
            read(descriptor, file->text + file->length, capacity - file->length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return break_file(file, "%s cannot be read: %s", shown, strerror(errno));
        file->length += (size_t)count;
        file->text[file->length] = '\0';
        if (count == 0 || file->length == capacity)
            return SHOJI_OK;
    }
}

static bool is_fresh(const struct dir_signature *signature)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t limit = nanoseconds(&now) - (int64_t)FRESH_SECONDS * 1000000000;
    return signature->modified > limit || signature->changed > limit;
}

static shoji_status load(struct dir_file *file, int descriptor, const struct stat *found,
                         const char *shown, const char *path)
{
    dir_signature_of(&file->signature, found);
    file->fresh = is_fresh(&file->signature);
    file->modified = (int64_t)found->st_mtim.tv_sec;
    if (found->st_size > DIR_DOCUMENT_MAXIMUM)
        return break_file(file, "%s has more than %d bytes, and is not served", shown,
                          DIR_DOCUMENT_MAXIMUM);
    shoji_status status = read_text(file, descriptor, shown);
    if (status == SHOJI_OK && file->broken == NULL)
        status = interpret(file, shown, path);
    if (status == SHOJI_OK && file->broken == NULL)
        file->revision =
            dir_revision(file->modified, dir_hash(0, file->text, file->length), false);
    return status;
}

/* What a file that does not open is: not there, or broken, or a sign of need. */
static shoji_status fail_open(struct dir_file *file, const char *shown, bool *is_there,
                              shoji_error *error)
{
    switch (errno) {
    case ENOENT:
    case ELOOP: /* a link, by O_NOFOLLOW */
    case ENXIO:
        *is_there = false;
        return SHOJI_OK;
    case EMFILE:
    case ENFILE:
        return store_fail(error, SHOJI_LIMIT, STORE_BUSY,
                          "%s cannot be opened, since too many files are open: raise the "
                          "limit (ulimit -n)",
                          shown);
    case ENOMEM:
        return store_fail_memory(error);
    default:
        return break_file(file, "%s cannot be read: %s", shown, strerror(errno));
    }
}

/* Fills a new file; `is_there` tells whether there is one. */
static shoji_status fill(struct dir_file *file, int directory, const char *name,
                         const char *shown, const char *path, bool *is_there,
                         shoji_error *error)
{
    *is_there = true;
    int descriptor =
        openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return fail_open(file, shown, is_there, error);
    struct stat found;
    shoji_status status = SHOJI_OK;
    if (fstat(descriptor, &found) != 0)
        status = break_file(file, "%s cannot be read: %s", shown, strerror(errno));
    else if (!S_ISREG(found.st_mode))
        *is_there = false;
    else
        status = load(file, descriptor, &found, shown, path);
    close(descriptor);
    return status == SHOJI_NO_MEMORY ? store_fail_memory(error) : status;
}

shoji_status dir_file_read(struct dir_file **file, int directory, const char *name,
                           const char *shown, const char *path, shoji_error *error)
{
    struct dir_file *made = new_file();
    if (made == NULL)
        return store_fail_memory(error);
    bool is_there;
    shoji_status status = fill(made, directory, name, shown, path, &is_there, error);
    if (status != SHOJI_OK || !is_there) {
        dir_file_release(made);
        made = NULL;
    }
    if (status == SHOJI_OK)
        *file = made;
    return status;
}
