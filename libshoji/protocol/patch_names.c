#include "protocol/patch_names.h"

#include "base/memory.h"

#include <stdlib.h>

void shoji__patch_names_finish(struct shoji__patch_names *names)
{
    shoji__release(names->all);
    shoji__release(names->sorted);
    *names = (struct shoji__patch_names)SHOJI__PATCH_NAMES_INIT;
}

shoji_status shoji__patch_names_reserve(struct shoji__patch_names *names, size_t capacity)
{
    names->all = shoji__alloc_array(capacity, sizeof *names->all);
    names->sorted = shoji__alloc_array(capacity, sizeof(struct shoji__patch_name *));
    if (names->all != NULL && names->sorted != NULL)
        return SHOJI_OK;
    shoji__patch_names_finish(names);
    return SHOJI_NO_MEMORY;
}

void shoji__patch_names_add(struct shoji__patch_names *names, struct shoji__slice name,
                            shoji_value value)
{
    struct shoji__patch_name *named = &names->all[names->count];
    *named = (struct shoji__patch_name){name, value, false};
    names->sorted[names->count++] = named;
}

/* By length first, which mostly saves comparing the bytes. */
static int compare_slices(struct shoji__slice one, struct shoji__slice other)
{
    if (one.length != other.length)
        return one.length < other.length ? -1 : 1;
    return one.length != 0 ? memcmp(one.bytes, other.bytes, one.length) : 0;
}

/* Equal names in the order in which they were added. */
static int compare_named(const void *one, const void *other)
{
    const struct shoji__patch_name *a = *(struct shoji__patch_name *const *)one;
    const struct shoji__patch_name *b = *(struct shoji__patch_name *const *)other;
    int order = compare_slices(a->name, b->name);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_with_name(const void *name, const void *named)
{
    return compare_slices(*(const struct shoji__slice *)name,
                          (*(struct shoji__patch_name *const *)named)->name);
}

void shoji__patch_names_sort(struct shoji__patch_names *names)
{
    if (names->count > 1)
        qsort(names->sorted, names->count, sizeof(struct shoji__patch_name *),
              compare_named);
}

shoji_status shoji__patch_names_of(struct shoji__patch_names *names, shoji_value object)
{
    shoji_status status = shoji__patch_names_reserve(names, shoji_value_size(object));
    if (status != SHOJI_OK)
        return status;
    shoji_members members = shoji_value_members(object);
    shoji_member member;
    while (shoji_members_next(&members, &member))
        shoji__patch_names_add(names, shoji__slice(member.name, member.name_length),
                               member.value);
    shoji__patch_names_sort(names);
    return SHOJI_OK;
}

struct shoji__patch_name *shoji__patch_names_find(const struct shoji__patch_names *names,
                                                  struct shoji__slice name)
{
    if (names->count == 0)
        return NULL;
    struct shoji__patch_name **found =
        bsearch(&name, names->sorted, names->count, sizeof(struct shoji__patch_name *),
                compare_with_name);
    return found != NULL ? *found : NULL;
}

const struct shoji__patch_name *
shoji__patch_names_repeated(const struct shoji__patch_names *names)
{
    const struct shoji__patch_name *first = NULL;
    for (size_t i = 1; i < names->count; i++) {
        const struct shoji__patch_name *named = names->sorted[i];
        if (shoji__slice_equal(named->name, names->sorted[i - 1]->name) &&
            (first == NULL || named < first))
            first = named;
    }
    return first;
}
