/* SPDX-License-Identifier: MIT */
/*
 * Providers of this process. Their switches lie in the trace file; the names are kept here too, for messages
 * that are shown at once. Entries are never removed: a module that comes back finds its own.
 */
#include "trace/provider.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "trace/file.h"
#include "trace/session.h"

struct known {
    struct trace_provider provider;
    char *module;
};

static struct {
    struct sys_lock lock;                    /* Guards all below. Before the file's lock. */
    base_pointer known[TRACE_PROVIDERS_MAX]; /* struct known *; set once. */
    uint32_t count;
    struct trace_filter *echo; /* NULL until it was asked for. */
    bool environment_read;
    void (*sink)(void *argument, const char *line);
    void *sink_argument;
} all;

/* ---- What is shown at once ---- */

static void
select_echo_locked(struct known *known)
{
    char problem[512];

    memset(&known->provider.echo, 0, sizeof(known->provider.echo));
    if (all.echo != NULL) {
        trace_filter_select(all.echo, known->provider.name, known->provider.guid,
                            known->provider.bits, &known->provider.echo, problem, sizeof(problem));
        if (problem[0] != '\0') {
            base_log(BASE_LOG_WARN, "trace", "OPENWDF_TRACE: %s", problem);
        }
    }
}

static int
set_echo_locked(const char *list, char *problem, size_t size)
{
    struct trace_filter *filter = NULL;

    all.environment_read = true;
    if (list != NULL && list[0] != '\0') {
        filter = sys_alloc_zeroed(sizeof(*filter));
        if (filter == NULL) {
            (void)snprintf(problem, size, "out of memory");
            return -EINVAL;
        }
        if (trace_filter_add(filter, list, problem, size) != 0) {
            sys_free(filter);
            return -EINVAL;
        }
    }
    sys_free(all.echo);
    all.echo = filter;
    return 0;
}

static void
read_environment_locked(void)
{
    char problem[512];

    if (!all.environment_read &&
        set_echo_locked(getenv("OPENWDF_TRACE"), problem, sizeof(problem)) != 0) {
        base_log(BASE_LOG_WARN, "trace", "OPENWDF_TRACE: %s", problem);
    }
}

void
trace_echo_set_sink(void (*sink)(void *argument, const char *line), void *argument)
{
    all.sink_argument = argument;
    all.sink = sink;
}

void
trace_echo_line(const char *line)
{
    char text[1200];

    if (all.sink != NULL) {
        all.sink(all.sink_argument, line);
        return;
    }
    /* Whoever switched the provider on wants to see it, whatever the log's level. */
    (void)snprintf(text, sizeof(text), "trace: %s\n", line);
    base_log_text(text);
}

/* ---- Switches ---- */

static void
merge(struct trace_selection *into, const struct trace_selection *from)
{
    unsigned i;

    into->any |= from->any;
    into->level = from->level > into->level ? from->level : into->level;
    into->keywords |= from->keywords;
    for (i = 0; i < OWDF_TRACE_FLAG_WORDS; i++) {
        into->flags[i] |= from->flags[i];
    }
}

/* Whoever traces reads them without a lock, on any thread. */
static void
store(struct owdf_trace_switches *control, const struct trace_selection *selection)
{
    unsigned i;

    for (i = 0; i < OWDF_TRACE_FLAG_WORDS; i++) {
        atomic_store_relaxed_u32((uint32_t *)&control->Flags[i], selection->flags[i]);
    }
    atomic_store_relaxed_u64((uint64_t *)&control->Keywords, selection->keywords);
    atomic_store_relaxed_u8((uint8_t *)&control->Level, selection->level);
}

/*
 * Sets a provider's switches from the sessions and the environment. A session that starts meanwhile may have
 * read the switches' owner as unknown, or set them before we do: so we look until nothing has changed.
 */
static void
apply_locked(unsigned number)
{
    struct known *known = atomic_load_ptr(&all.known[number]);
    struct owdf_trace_switches *control = &trace_file_switches()[number].Control;
    struct trace_selection selection, before;
    bool first = true;

    select_echo_locked(known);
    control->OwnLevel = known->provider.echo.level;
    memcpy(control->OwnFlags, known->provider.echo.flags, sizeof(control->OwnFlags));
    control->OwnKeywords = known->provider.echo.keywords;
    do {
        before = selection = (struct trace_selection){.any = false};
        if (!first) {
            before.level = control->Level;
            memcpy(before.flags, (const void *)control->Flags, sizeof(before.flags));
        }
        trace_session_select(trace_file_directory(), known->provider.name, known->provider.guid,
                             known->provider.bits, &selection);
        merge(&selection, &known->provider.echo);
        if (!first && before.level == selection.level &&
            memcmp(before.flags, selection.flags, sizeof(before.flags)) == 0) {
            return;
        }
        store(control, &selection);
        first = false;
    } while (trace_file_directory()[0] != '\0');
}

/* ---- Registration ---- */

static bool
same_provider(const struct known *known, const struct trace_provider *provider, const char *module)
{
    return strcmp(known->module, module) == 0 &&
           strcmp(known->provider.name, provider->name) == 0 &&
           strcmp(known->provider.bits, provider->bits) == 0 &&
           memcmp(known->provider.guid, provider->guid, 16) == 0;
}

/* Where these providers were before, and are not in use; -1: nowhere. */
static int
find_former_locked(const struct trace_provider *providers, unsigned count, const char *module)
{
    unsigned first, i;

    for (first = 0; first + count <= all.count; first++) {
        for (i = 0; i < count; i++) {
            if (trace_file_switches()[first + i].Control.Active != 0 ||
                !same_provider(atomic_load_ptr(&all.known[first + i]), &providers[i], module)) {
                break;
            }
        }
        if (i == count) {
            return (int)first;
        }
    }
    return -1;
}

static char *
copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = sys_alloc(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static struct known *
known_create(const struct trace_provider *provider, const char *module)
{
    struct known *known = sys_alloc_zeroed(sizeof(*known));
    char *name = copy_text(provider->name), *bits = copy_text(provider->bits);

    if (known == NULL || name == NULL || bits == NULL ||
        (known->module = copy_text(module)) == NULL) {
        sys_free(known);
        sys_free(name);
        sys_free(bits);
        return NULL;
    }
    known->provider.name = name;
    known->provider.bits = bits;
    memcpy(known->provider.guid, provider->guid, 16);
    return known;
}

static int
add_new_locked(const struct trace_provider *providers, unsigned count, const char *module)
{
    unsigned first = all.count, i;
    int error = 0;

    if (count > TRACE_PROVIDERS_MAX - all.count) {
        base_log(BASE_LOG_WARN, "trace", "%s: provider %s is not traced: more than %u providers",
                 module, providers[0].name, TRACE_PROVIDERS_MAX);
        return -1;
    }
    for (i = 0; i < count; i++) {
        const char *strings[] = {providers[i].name, providers[i].bits, module};
        struct known *known = known_create(&providers[i], module);

        if (known == NULL) {
            return -1;
        }
        trace_file_lock();
        error = trace_file_add_meta_locked(TRACE_META_PROVIDER, first + i, 0, providers[i].guid,
                                           strings, 3);
        trace_file_unlock();
        if (error != 0) {
            base_log(BASE_LOG_WARN, "trace", "%s: provider %s is not described: %s", module,
                     providers[i].name, strerror(-error));
        }
        atomic_store_ptr(&all.known[first + i], known);
        all.count++;
    }
    return (int)first;
}

WPP_CB_TYPE *
trace_providers_add(const struct trace_provider *providers, unsigned count, const char *module)
{
    WPP_CB_TYPE *switches = NULL;
    int first;
    unsigned i;

    if (count == 0 || trace_file_open(NULL, NULL) != 0) {
        return NULL;
    }
    sys_lock_acquire(&all.lock);
    read_environment_locked();
    first = find_former_locked(providers, count, module);
    if (first < 0) {
        first = add_new_locked(providers, count, module);
    }
    if (first >= 0) {
        switches = trace_file_switches() + first;
        for (i = 0; i < count; i++) {
            switches[i].Control.Logger = (uint64_t)first + i + 1;
            switches[i].Control.Active = 1;
            apply_locked((unsigned)first + i);
        }
    }
    sys_lock_release(&all.lock);
    return switches;
}

void
trace_providers_remove(WPP_CB_TYPE *switches, unsigned count)
{
    static const struct trace_selection nothing;
    unsigned i;

    sys_lock_acquire(&all.lock);
    for (i = 0; i < count; i++) {
        switches[i].Control.Active = 0;
        switches[i].Control.AutoLogContext = NULL;
        store(&switches[i].Control, &nothing);
    }
    sys_lock_release(&all.lock);
}

const struct trace_provider *
trace_provider_find(uint64_t number)
{
    struct known *known = number < TRACE_PROVIDERS_MAX ? atomic_load_ptr(&all.known[number]) : NULL;

    return known != NULL ? &known->provider : NULL;
}

void
trace_providers_refresh(void)
{
    unsigned i;

    sys_lock_acquire(&all.lock);
    for (i = 0; i < all.count; i++) {
        if (trace_file_switches()[i].Control.Active != 0) {
            apply_locked(i);
        }
    }
    sys_lock_release(&all.lock);
}

int
trace_echo_set(const char *list, char *problem, size_t size)
{
    int error;

    sys_lock_acquire(&all.lock);
    error = set_echo_locked(list, problem, size);
    sys_lock_release(&all.lock);
    if (error == 0 && trace_file_is_open()) {
        trace_providers_refresh();
    }
    return error;
}
