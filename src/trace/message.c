/* SPDX-License-Identifier: MIT */
/* Messages of trace macros: registering a module's, and recording one. See openwdf/trace.h. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/utf16.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "trace/file.h"
#include "trace/message.h"
#include "trace/provider.h"
#include "trace/record.h"
#include "trace/recorder.h"
#include "trace/render.h"

/* ---- Messages of modules ---- */

/* A module's messages that were described in the file: it may be loaded again. */
struct described {
    struct described *next;
    uint64_t hash;
    uint32_t first;
    uint32_t count;
    uint8_t *spoke; /* Of each: whether its function is known. */
};

static struct {
    struct sys_quiet_lock
        lock; /* Guards all below, and the sites' function and id. Before the file's. */
    struct described *described;
    uint32_t next_id;
} sites = {.next_id = 1};

static uint64_t
hash_text(uint64_t hash, const char *text)
{
    while (*text != '\0') {
        hash = (hash ^ (uint8_t)*text++) * UINT64_C(0x100000001b3);
    }
    return hash * 31;
}

static uint64_t
hash_sites(const struct owdf_trace_site *first, const struct owdf_trace_site *end)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; first != end; first++) {
        hash = hash_text(hash_text(hash + first->line, first->format), first->file);
        hash = hash_text(hash, first->values);
    }
    return hash;
}

static int
describe(const struct owdf_trace_site *site, uint32_t id)
{
    const char *strings[] = {site->format, site->types, site->file, site->values};
    int error;

    trace_file_lock();
    error = trace_file_add_meta_locked(TRACE_META_SITE, id, site->line, NULL, strings, 4);
    trace_file_unlock();
    return error;
}

static struct described *
describe_all_locked(const struct owdf_trace_site *first, const struct owdf_trace_site *end,
                    uint64_t hash)
{
    uint32_t count = (uint32_t)(end - first), i;
    struct described *described = sys_alloc_zeroed(sizeof(*described));
    int error = 0;

    if (described == NULL || (described->spoke = sys_alloc_zeroed(count)) == NULL) {
        sys_free(described);
        return NULL;
    }
    described->hash = hash;
    described->count = count;
    described->first = sites.next_id;
    sites.next_id += count;
    for (i = 0; i < count; i++) {
        int one = describe(&first[i], described->first + i);

        error = one != 0 ? one : error;
    }
    if (error != 0) {
        base_log(BASE_LOG_WARN, "trace",
                 "some messages of %s and others will be shown without text: %s", first->file,
                 strerror(-error));
    }
    described->next = sites.described;
    sites.described = described;
    return described;
}

static void
register_sites(struct owdf_trace_site *first, struct owdf_trace_site *end)
{
    struct described *described;
    uint64_t hash;

    if (first == NULL || first == end || trace_file_open(NULL, NULL) != 0) {
        return;
    }
    hash = hash_sites(first, end);
    sys_quiet_lock_acquire(&sites.lock);
    for (described = sites.described; described != NULL; described = described->next) {
        if (described->hash == hash && described->count == (uint32_t)(end - first)) {
            break;
        }
    }
    if (described == NULL) {
        described = describe_all_locked(first, end, hash);
    }
    for (uint32_t i = 0; described != NULL && i < described->count; i++) {
        atomic_store_relaxed_u32(&first[i].id, described->first + i);
    }
    sys_quiet_lock_release(&sites.lock);
}

/* The first message of a site: its function gets known. */
static void
learn_function(struct owdf_trace_site *site, const char *function)
{
    const char *strings[] = {function};
    struct described *described;

    sys_quiet_lock_acquire(&sites.lock);
    for (described = sites.described; described != NULL; described = described->next) {
        if (site->id - described->first < described->count) {
            break;
        }
    }
    if (described != NULL && described->spoke[site->id - described->first] == 0) {
        described->spoke[site->id - described->first] = 1;
        trace_file_lock();
        (void)trace_file_add_meta_locked(TRACE_META_FUNCTION, site->id, 0, NULL, strings, 1);
        trace_file_unlock();
    }
    atomic_store_ptr((base_pointer *)&site->function, (void *)(uintptr_t)function);
    sys_quiet_lock_release(&sites.lock);
}

void
owdf_trace_register(WPP_CB_TYPE **global, const struct owdf_trace_provider *providers,
                    unsigned count, struct owdf_trace_site *first, struct owdf_trace_site *end)
{
    struct trace_provider list[OWDF_TRACE_CONTROLS_MAX];
    WPP_CB_TYPE *switches;
    Dl_info info;
    unsigned i;

    if (count > OWDF_TRACE_CONTROLS_MAX || (*global)[0].Control.Active != 0) {
        return;
    }
    if (dladdr(global, &info) == 0 || info.dli_fname == NULL) {
        info.dli_fname = "";
    }
    for (i = 0; i < count; i++) {
        list[i] = (struct trace_provider){.name = providers[i].name,
                                          .bits = providers[i].bits +
                                                  (providers[i].bits[0] == ' ' ? 1 : 0)};
        if (trace_guid_parse(providers[i].guid, list[i].guid) != 0) {
            base_log(BASE_LOG_WARN, "trace", "%s: provider %s: %s is not a GUID", info.dli_fname,
                     providers[i].name, providers[i].guid);
            return;
        }
    }
    register_sites(first, end);
    switches = trace_providers_add(list, count, info.dli_fname);
    if (switches == NULL) {
        return;
    }
    for (i = 0; i < count; i++) {
        switches[i].Control.AutoLogContext = trace_recorder_default();
    }
    atomic_store_ptr((base_pointer *)global, switches);
}

void
owdf_trace_unregister(WPP_CB_TYPE **global, WPP_CB_TYPE *off, unsigned count)
{
    WPP_CB_TYPE *switches = *global;

    if (switches[0].Control.Active == 0) {
        return;
    }
    atomic_store_ptr((base_pointer *)global, off);
    trace_providers_remove(switches, count);
}

/* ---- One message ---- */

/* How a type's letter is recorded. */
enum type_class {
    CLASS_BYTES,  /* 16 bits of length, then bytes. */
    CLASS_NUMBER, /* 8 bytes. */
    CLASS_LIMIT,  /* A digit of the limit before a letter. */
};

static const uint8_t type_classes[128] = {
    ['i'] = CLASS_NUMBER, ['q'] = CLASS_NUMBER, ['p'] = CLASS_NUMBER, ['d'] = CLASS_NUMBER,
    ['c'] = CLASS_NUMBER, ['0'] = CLASS_LIMIT,  ['1'] = CLASS_LIMIT,  ['2'] = CLASS_LIMIT,
    ['3'] = CLASS_LIMIT,  ['4'] = CLASS_LIMIT,  ['5'] = CLASS_LIMIT,  ['6'] = CLASS_LIMIT,
    ['7'] = CLASS_LIMIT,  ['8'] = CLASS_LIMIT,  ['9'] = CLASS_LIMIT,
};

static inline enum type_class
class_of(char type)
{
    return (enum type_class)type_classes[type & 127];
}

/* The decimal limit before a type's letter; SIZE_MAX when there is none. */
static size_t
limit_of(const char **types)
{
    size_t limit = SIZE_MAX;

    if (class_of(**types) == CLASS_LIMIT) {
        for (limit = 0; class_of(**types) == CLASS_LIMIT; (*types)++) {
            limit = limit * 10 + (size_t)(**types - '0');
        }
    }
    return limit;
}

/* What the arguments take at least: everything but the texts' characters. */
static size_t
fixed_size(const char *types)
{
    size_t size = 0;

    for (; *types != '\0'; types++) {
        switch (class_of(*types)) {
        case CLASS_NUMBER:
            size += 8;
            break;
        case CLASS_BYTES:
            size += *types == 'g' ? 18 : 2;
            break;
        case CLASS_LIMIT:
            break;
        }
    }
    return size;
}

/* The same, remembered in the site. */
static inline size_t
site_fixed_size(struct owdf_trace_site *site)
{
    uint64_t known = atomic_load_relaxed_u64((uint64_t *)&site->reserved[0]);

    if (__builtin_expect(known == 0, 0)) {
        known = fixed_size(site->types) + 1;
        atomic_store_relaxed_u64((uint64_t *)&site->reserved[0], known);
    }
    return (size_t)known - 1;
}

struct counted {
    uint16_t length;
    uint16_t most;
    const void *buffer;
};

/* The bytes of a text-like argument; NULL when it is absent. */
static const void *
text_of(char type, uint64_t value, size_t limit, size_t budget, size_t *ret_size)
{
    const void *pointer = (const void *)(uintptr_t)value;
    const struct counted *counted = pointer;

    *ret_size = 0;
    if (pointer == NULL) {
        return NULL;
    }
    switch (type) {
    case 's':
        /* One more than fits tells that something was cut off. */
        limit = limit < budget ? limit : budget + 1;
        *ret_size = strnlen(pointer, limit);
        return pointer;
    case 'w':
        limit = limit < budget / 2 ? limit : budget / 2 + 1;
        *ret_size = 2 * utf16_length_most(pointer, limit);
        return pointer;
    case 'Z':
    case 'U':
        *ret_size = counted->buffer != NULL ? counted->length : 0;
        return counted->buffer;
    case 'g':
        *ret_size = 16;
        return pointer;
    case 'S':
        *ret_size = 8 + 4 * (size_t)((const uint8_t *)pointer)[1];
        return pointer;
    default:
        return NULL;
    }
}

/*
 * Writes the arguments. False: they need more than there is room for, and there may be more elsewhere;
 * with `last`, texts are cut off instead.
 */
static bool
put_arguments(struct trace_writer *to, const char *types, size_t fixed, va_list arguments,
              bool last)
{
    size_t count_limit = SIZE_MAX;

    if (fixed > to->room) {
        return false;
    }
    for (; *types != '\0'; types++) {
        size_t limit = limit_of(&types), size, budget;
        uint64_t value = va_arg(arguments, unsigned long long);
        const void *bytes;

        if (class_of(*types) == CLASS_NUMBER) {
            trace_put_u64(to, value);
            fixed -= 8;
            if (*types == 'c') {
                count_limit = (int32_t)value >= 0 ? (size_t)(int32_t)value : SIZE_MAX;
            }
            continue;
        }
        budget = to->room - fixed;
        if (*types == 'P') {
            size = (size_t)value;
            bytes = (const void *)(uintptr_t)va_arg(arguments, unsigned long long);
            size = bytes != NULL ? size : 0;
        } else {
            limit = count_limit < limit ? count_limit : limit;
            count_limit = SIZE_MAX;
            if (*types == 'g') {
                budget += 16;
                fixed -= 16;
            }
            bytes = text_of(*types, value, limit, budget, &size);
        }
        if (size > budget && !last) {
            return false;
        }
        fixed -= 2;
        trace_put_bytes(to, bytes, size,
                        *types == 'w' || *types == 'U' ? budget & ~(size_t)1 : budget);
    }
    return true;
}

/* Puts the message into one ring; the record there, or NULL. */
static const struct trace_record *
put_message(struct trace_thread *thread, enum trace_ring_class which,
            const struct trace_record *head, struct owdf_trace_site *site, va_list arguments)
{
    size_t fixed = site_fixed_size(site);
    size_t least = sizeof(*head) + fixed, room;
    struct trace_record *record;
    struct trace_writer to;
    va_list again;
    bool done;

    for (;;) {
        record = trace_record_begin(thread, which, least, &room);
        if (record == NULL) {
            trace_file_count_lost();
            return NULL;
        }
        /* Records begin and end at 8 bytes: room is a multiple of it. */
        to = (struct trace_writer){.at = (uint8_t *)(record + 1), .room = room - sizeof(*record)};
        va_copy(again, arguments);
        done = put_arguments(&to, site->types, fixed, again, room == TRACE_RECORD_MAX);
        va_end(again);
        if (done) {
            break;
        }
        if (room == TRACE_RECORD_MAX) { /* More arguments than any message can have. */
            trace_file_count_lost();
            return NULL;
        }
        least = TRACE_RECORD_MAX;
    }
    *record = *head;
    record->thread = trace_thread_number(thread);
    record->size = (uint16_t)(((size_t)(to.at - (uint8_t *)record) + 7) & ~(size_t)7);
    trace_record_commit(thread, which, record);
    return record;
}

static void
echo(const struct trace_provider *provider, const struct owdf_trace_site *site,
     const struct trace_record *record)
{
    struct trace_message_text text = {.format = site->format,
                                      .types = site->types,
                                      .values = site->values,
                                      .file = site->file,
                                      .line = site->line,
                                      .function = site->function};
    char line[TRACE_LINE_SIZE], message[TRACE_LINE_SIZE];

    (void)trace_render_message(&text, record, message, sizeof(message));
    trace_render_short(provider->name, record->level, &text, message, line, sizeof(line));
    trace_echo_line(line);
}

void
trace_message_put(struct owdf_trace_site *site, const char *function, unsigned where,
                  uint64_t logger, uint16_t log, int level, int flag, va_list arguments)
{
    struct trace_thread *thread = trace_thread_self();
    struct trace_record head = {
        .kind = TRACE_RECORD_MESSAGE,
        .level = (uint8_t)level,
        .site = site->id,
        .time_ns = thread != NULL ? trace_thread_now(thread) : 0,
        .provider = (uint16_t)(logger - 1),
        .log = log,
        .keywords = flag > 0 ? (uint64_t)((flag & 0xffff) - 1) : TRACE_FLAG_NONE,
    };

    if (__builtin_expect(thread == NULL, 0)) {
        trace_file_count_lost();
        return;
    }
    if (__builtin_expect(atomic_load_ptr((base_pointer *)&site->function) == NULL, 0)) {
        learn_function(site, function);
    }
    if ((where & TRACE_WHERE_RECORDER) != 0) {
        (void)put_message(thread, trace_recorder_class(level), &head, site, arguments);
    }
    if ((where & TRACE_WHERE_SESSION) != 0) {
        const struct trace_record *record =
            put_message(thread, TRACE_RING_SESSION, &head, site, arguments);
        const struct trace_provider *provider = trace_provider_find(head.provider);

        if (__builtin_expect(provider != NULL && provider->echo.any, 0) && record != NULL &&
            trace_selection_passes(&provider->echo, level,
                                   head.keywords == TRACE_FLAG_NONE ? -1 : (int)head.keywords)) {
            echo(provider, site, record);
        }
    }
}

void
owdf_trace_write(struct owdf_trace_site *site, const char *function, unsigned where,
                 unsigned long long logger, void *log, int level, int flag, ...)
{
    uint16_t log_id = 0;
    va_list arguments;

    if ((where & TRACE_WHERE_RECORDER) != 0 && !trace_recorder_log_id(log, &log_id)) {
        where &= ~TRACE_WHERE_RECORDER;
    }
    va_start(arguments, flag);
    trace_message_put(site, function, where, logger, log_id, level, flag, arguments);
    va_end(arguments);
}

void
trace_sites_register(struct owdf_trace_site *first, struct owdf_trace_site *end)
{
    register_sites(first, end);
}
