/* SPDX-License-Identifier: MIT */
/* What is known of a process: see reader.h. Ids come from the file; they only ever select a place here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/trace.h>

#include "trace/reader.h"

#define SITES_MAX (1u << 20) /* Of one process; more are not described. */
#define LOGS_MAX  65536u

struct site {
    struct trace_message_text text;
    char *strings;
    char *function;
};

struct trace_catalog {
    struct trace_catalog_provider *providers[TRACE_PROVIDERS_MAX];
    struct site **sites;
    uint32_t site_count;
    char **logs;
    uint32_t log_count;
};

struct trace_catalog *
trace_catalog_create(void)
{
    return calloc(1, sizeof(struct trace_catalog));
}

static void
site_delete(struct site *site)
{
    if (site != NULL) {
        free(site->strings);
        free(site->function);
        free(site);
    }
}

void
trace_catalog_delete(struct trace_catalog *catalog)
{
    uint32_t i;

    if (catalog == NULL) {
        return;
    }
    for (i = 0; i < TRACE_PROVIDERS_MAX; i++) {
        free(catalog->providers[i]);
    }
    for (i = 0; i < catalog->site_count; i++) {
        site_delete(catalog->sites[i]);
    }
    for (i = 0; i < catalog->log_count; i++) {
        free(catalog->logs[i]);
    }
    free(catalog->sites);
    free(catalog->logs);
    free(catalog);
}

/* Splits the strings of an entry. False when there are fewer. */
static bool
split(const char *text, size_t size, const char **strings, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        const char *end = memchr(text, '\0', size);

        if (end == NULL) {
            return false;
        }
        strings[i] = text;
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    return true;
}

/* Makes place number `id` exist in an array of pointers. */
static int
grow(void *array, uint32_t *count, uint32_t id, uint32_t most)
{
    void **places = *(void ***)array, **more;
    uint32_t needed = *count;

    if (id >= most) {
        return -EINVAL;
    }
    if (id < *count) {
        return 0;
    }
    while (needed <= id) {
        needed = needed * 2 + 64;
    }
    more = realloc(places, needed * sizeof(void *));
    if (more == NULL) {
        return -ENOMEM;
    }
    memset(more + *count, 0, (needed - *count) * sizeof(void *));
    *(void ***)array = more;
    *count = needed;
    return 0;
}

static int
add_provider(struct trace_catalog *catalog, uint32_t id, const uint8_t *body, size_t size)
{
    struct trace_catalog_provider *provider;
    const char *strings[3];
    char *copy;

    if (id >= TRACE_PROVIDERS_MAX || size < 16) {
        return -EINVAL;
    }
    provider = malloc(sizeof(*provider) + size - 16);
    if (provider == NULL) {
        return -ENOMEM;
    }
    copy = memcpy(provider + 1, body + 16, size - 16);
    if (!split(copy, size - 16, strings, 3)) {
        free(provider);
        return -EINVAL;
    }
    *provider = (struct trace_catalog_provider){
        .name = strings[0], .bits = strings[1], .module = strings[2]};
    memcpy(provider->guid, body, 16);
    free(catalog->providers[id]);
    catalog->providers[id] = provider;
    return 0;
}

static int
add_site(struct trace_catalog *catalog, const struct trace_meta_entry *entry, const uint8_t *body,
         size_t size)
{
    int error = grow(&catalog->sites, &catalog->site_count, entry->id, SITES_MAX);
    struct site *site = error == 0 ? calloc(1, sizeof(*site)) : NULL;
    const char *strings[4];

    if (site == NULL || (site->strings = malloc(size + 1)) == NULL) {
        free(site);
        return error != 0 ? error : -ENOMEM;
    }
    memcpy(site->strings, body, size);
    if (!split(site->strings, size, strings, 4)) {
        site_delete(site);
        return -EINVAL;
    }
    site->text = (struct trace_message_text){.format = strings[0],
                                             .types = strings[1],
                                             .file = strings[2],
                                             .values = strings[3],
                                             .line = entry->line};
    site_delete(catalog->sites[entry->id]);
    catalog->sites[entry->id] = site;
    return 0;
}

static int
add_function(struct trace_catalog *catalog, uint32_t id, const uint8_t *body, size_t size)
{
    struct site *site = id < catalog->site_count ? catalog->sites[id] : NULL;

    if (site == NULL || memchr(body, '\0', size) == NULL) {
        return -EINVAL;
    }
    free(site->function);
    site->function = strdup((const char *)body);
    site->text.function = site->function;
    return site->function != NULL ? 0 : -ENOMEM;
}

static int
add_log(struct trace_catalog *catalog, uint32_t id, const uint8_t *body, size_t size)
{
    int error = grow(&catalog->logs, &catalog->log_count, id, LOGS_MAX);

    if (error == 0 && memchr(body, '\0', size) == NULL) {
        error = -EINVAL;
    }
    if (error == 0) {
        free(catalog->logs[id]);
        catalog->logs[id] = strdup((const char *)body);
        error = catalog->logs[id] != NULL ? 0 : -ENOMEM;
    }
    return error;
}

int
trace_catalog_add(struct trace_catalog *catalog, const void *bytes, size_t size)
{
    struct trace_meta_entry entry;
    const uint8_t *body = (const uint8_t *)bytes + sizeof(entry);

    if (size < sizeof(entry)) {
        return -EINVAL;
    }
    memcpy(&entry, bytes, sizeof(entry));
    if (entry.size != size) {
        return -EINVAL;
    }
    size -= sizeof(entry);
    switch (entry.kind) {
    case TRACE_META_PROVIDER:
        return add_provider(catalog, entry.id, body, size);
    case TRACE_META_SITE:
        return add_site(catalog, &entry, body, size);
    case TRACE_META_FUNCTION:
        return add_function(catalog, entry.id, body, size);
    case TRACE_META_LOG:
        return add_log(catalog, entry.id, body, size);
    default:
        return -EINVAL;
    }
}

const struct trace_catalog_provider *
trace_catalog_provider(const struct trace_catalog *catalog, uint32_t number)
{
    return number < TRACE_PROVIDERS_MAX ? catalog->providers[number] : NULL;
}

const struct trace_message_text *
trace_catalog_site(const struct trace_catalog *catalog, uint32_t id)
{
    return id < catalog->site_count && catalog->sites[id] != NULL ? &catalog->sites[id]->text
                                                                  : NULL;
}

const char *
trace_catalog_log(const struct trace_catalog *catalog, uint32_t id)
{
    return id < catalog->log_count ? catalog->logs[id] : NULL;
}

void
trace_catalog_render(const struct trace_catalog *catalog, const struct trace_record *record,
                     char *buffer, size_t size)
{
    const struct trace_message_text *text = trace_catalog_site(catalog, record->site);

    if (record->kind != TRACE_RECORD_MESSAGE) {
        (void)trace_render_event(record, buffer, size);
    } else if (text != NULL) {
        (void)trace_render_message(text, record, buffer, size);
    } else {
        (void)snprintf(buffer, size, "(message %u, which is not described)", record->site);
    }
}
