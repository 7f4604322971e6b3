#include "service/templates.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOT_COUNT = 512
};

/* A template that is in use stays, also when its slot has gone to another one. */
struct template_use {
    shoji_template *compiled;
    size_t uses; /* by requests, and by the slot that holds it */
};

/* A slot for each hash of a text: what comes there evicts what was there before. */
struct templates {
    pthread_mutex_t lock;
    struct template_use *slots[SLOT_COUNT];
};

static size_t slot_of(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
    return hash % SLOT_COUNT;
}

static void drop(struct template_use *use)
{
    if (use == NULL || --use->uses > 0)
        return;
    shoji_template_free(use->compiled);
    free(use);
}

struct templates *templates_new(void)
{
    struct templates *templates = calloc(1, sizeof *templates);
    if (templates != NULL && pthread_mutex_init(&templates->lock, NULL) != 0) {
        free(templates);
        return NULL;
    }
    return templates;
}

void templates_free(struct templates *templates)
{
    if (templates == NULL)
        return;
    for (size_t i = 0; i < SLOT_COUNT; i++)
        drop(templates->slots[i]);
    pthread_mutex_destroy(&templates->lock);
    free(templates);
}

static struct template_use *find(struct templates *templates, const char *text)
{
    pthread_mutex_lock(&templates->lock);
    struct template_use *use = templates->slots[slot_of(text)];
    if (use != NULL && strcmp(shoji_template_text(use->compiled), text) == 0)
        use->uses++;
    else
        use = NULL;
    pthread_mutex_unlock(&templates->lock);
    return use;
}

static void keep(struct templates *templates, const char *text, struct template_use *use)
{
    pthread_mutex_lock(&templates->lock);
    struct template_use **slot = &templates->slots[slot_of(text)];
    drop(*slot);
    *slot = use;
    use->uses++;
    pthread_mutex_unlock(&templates->lock);
}

shoji_status templates_begin(struct templates *templates, const char *text,
                             struct template_use **use)
{
    struct template_use *found = find(templates, text);
    if (found != NULL) {
        *use = found;
        return SHOJI_OK;
    }
    struct template_use *made = calloc(1, sizeof *made);
    if (made == NULL)
        return SHOJI_NO_MEMORY;
    shoji_status status = shoji_template_compile(&made->compiled, text, NULL);
    if (status != SHOJI_OK) {
        free(made);
        return status;
    }
    made->uses = 1;
    keep(templates, text, made);
    *use = made;
    return SHOJI_OK;
}

const shoji_template *templates_of(const struct template_use *use)
{
    return use->compiled;
}

void templates_end(struct templates *templates, struct template_use *use)
{
    pthread_mutex_lock(&templates->lock);
    drop(use);
    pthread_mutex_unlock(&templates->lock);
}
