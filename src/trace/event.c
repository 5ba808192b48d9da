/* SPDX-License-Identifier: MIT */
/* Events of ETW and TraceLogging providers: see openwdf/trace_events.h. */
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>

#include <openwdf/trace_events.h>

#include "base/atomic.h"
#include "base/utf16.h"
#include "trace/etw.h"
#include "trace/file.h"
#include "trace/filter.h"
#include "trace/provider.h"
#include "trace/record.h"
#include "trace/render.h"

#define DESCRIPTOR_SIZE 16
#define PAYLOAD_MAX     (TRACE_RECORD_MAX - sizeof(struct trace_record))
#define NAME_MAX_BYTES  128
#define MORE_SIZE       32 /* For the mark that there were more fields. */

/* What EVENT_DESCRIPTOR has where. */
struct descriptor {
    uint16_t id;
    uint8_t version;
    uint8_t channel;
    uint8_t level;
    uint8_t opcode;
    uint16_t task;
    uint64_t keywords;
};

/* ---- Providers ---- */

WPP_CB_TYPE *
owdf_event_register(const char *name, const void *guid, const void *module)
{
    struct trace_provider provider = {.bits = ""};
    char text[37];
    Dl_info info;

    memcpy(provider.guid, guid, 16);
    if (name == NULL) {
        trace_guid_text(provider.guid, text);
        name = text;
    }
    provider.name = name;
    if (module == NULL || dladdr(module, &info) == 0 || info.dli_fname == NULL) {
        info.dli_fname = "";
    }
    return trace_providers_add(&provider, 1, info.dli_fname);
}

void
owdf_event_unregister(WPP_CB_TYPE *switches)
{
    if (switches != NULL) {
        trace_providers_remove(switches, 1);
    }
}

long
owdf_provider_register(const struct owdf_event_provider *provider)
{
    struct owdf_event_provider *own = (struct owdf_event_provider *)provider;
    WPP_CB_TYPE *switches;

    if (provider->switches != NULL) {
        return 0;
    }
    switches = owdf_event_register(provider->name, provider->guid, provider);
    if (switches == NULL) {
        return (int32_t)0xC000009A; /* STATUS_INSUFFICIENT_RESOURCES */
    }
    atomic_store_ptr((base_pointer *)&own->switches, switches);
    if (provider->callback != NULL &&
        trace_watch_add(switches, provider->guid, (trace_enable_callback *)provider->callback,
                        provider->context) != 0) {
        owdf_provider_unregister(provider);
        return (int32_t)0xC000009A;
    }
    return 0;
}

void
owdf_provider_unregister(const struct owdf_event_provider *provider)
{
    struct owdf_event_provider *own = (struct owdf_event_provider *)provider;
    WPP_CB_TYPE *switches = own->switches;

    atomic_store_ptr((base_pointer *)&own->switches, NULL);
    if (switches != NULL && provider->callback != NULL) {
        trace_watch_remove(switches);
    }
    owdf_event_unregister(switches);
}

/* ---- Records ---- */

static void
echo(const WPP_CB_TYPE *switches, const struct trace_record *record)
{
    const struct trace_provider *provider = trace_provider_find(switches->Control.Logger - 1);
    char message[TRACE_LINE_SIZE], line[TRACE_LINE_SIZE];
    struct trace_message_text nowhere = {.file = ""};

    if (__builtin_expect(provider != NULL && provider->echo.any, 0)) {
        (void)trace_render_event(record, message, sizeof(message));
        trace_render_short(provider->name, record->level, &nowhere, message, line, sizeof(line));
        trace_echo_line(line);
    }
}

/* Puts a payload that was made elsewhere into the session ring. */
static void
put_record(const WPP_CB_TYPE *switches, enum trace_record_kind kind, unsigned level,
           uint64_t keywords, bool activity, const void *payload, size_t size)
{
    struct trace_thread *thread = trace_thread_self();
    size_t whole = (sizeof(struct trace_record) + size + 7) & ~(size_t)7, room;
    struct trace_record *record =
        thread != NULL ? trace_record_begin(thread, TRACE_RING_SESSION, whole, &room) : NULL;

    if (record == NULL) {
        trace_file_count_lost();
        return;
    }
    *record = (struct trace_record){
        .size = (uint16_t)whole,
        .kind = (uint8_t)kind,
        .level = (uint8_t)level,
        .site = activity,
        .time_ns = trace_thread_now(thread),
        .thread = trace_thread_number(thread),
        .provider = (uint16_t)(switches->Control.Logger - 1),
        .keywords = keywords,
    };
    memcpy(record + 1, payload, size);
    /* What lies behind the payload is the ring's past. */
    memset((uint8_t *)(record + 1) + size, 0, whole - sizeof(*record) - size);
    trace_record_commit(thread, TRACE_RING_SESSION, record);
    echo(switches, record);
}

void
owdf_event_write(WPP_CB_TYPE *switches, const void *descriptor, const void *activity,
                 unsigned count, const struct owdf_event_data *data)
{
    static const uint8_t none[16];
    struct descriptor d;
    uint8_t payload[PAYLOAD_MAX];
    size_t used = DESCRIPTOR_SIZE, start;
    uint16_t length;
    bool cut = false;
    unsigned i;

    memcpy(&d, descriptor, sizeof(d));
    if (!owdf_event_enabled(switches, d.level, d.keywords)) {
        return;
    }
    memcpy(payload, descriptor, DESCRIPTOR_SIZE);
    activity = activity != NULL ? activity : trace_thread_activity();
    if (activity != NULL && memcmp(activity, none, sizeof(none)) != 0) {
        memcpy(payload + used, activity, 16);
        used += 16;
    }
    start = used += sizeof(length);
    for (i = 0; i < count; i++) {
        size_t size = data[i].size;

        cut |= size > sizeof(payload) - used;
        size = size < sizeof(payload) - used ? size : sizeof(payload) - used;
        if (size != 0) {
            memcpy(payload + used, (const void *)(uintptr_t)data[i].pointer, size);
            used += size;
        }
    }
    length = (uint16_t)((used - start) | (cut ? TRACE_CUT : 0));
    memcpy(payload + start - sizeof(length), &length, sizeof(length));
    put_record(switches, TRACE_RECORD_EVENT, d.level, d.keywords,
               start != DESCRIPTOR_SIZE + sizeof(length), payload, used);
}

/* ---- Fields ---- */

static void
put_header(struct trace_writer *to, unsigned kind, unsigned size, unsigned flags, const char *name)
{
    const uint8_t head[4] = {(uint8_t)kind, (uint8_t)size, (uint8_t)flags, 0};

    memcpy(to->at, head, sizeof(head));
    to->at += sizeof(head);
    to->room -= sizeof(head);
    trace_put_bytes(to, name, strlen(name), NAME_MAX_BYTES);
}

static void
put_field_bytes(struct trace_writer *to, const void *bytes, size_t size, unsigned unit)
{
    size_t budget = to->room - 2;

    trace_put_bytes(to, bytes, size, unit > 1 ? budget / unit * unit : budget);
}

struct counted {
    uint16_t length;
    uint16_t most;
    const void *buffer;
};

/* One field, with its argument or arguments. False when there is no room left. */
static bool
put_field(struct trace_writer *to, uint64_t type, va_list *arguments)
{
    unsigned kind = type & 0xff, size = type >> 8 & 0xff, form = type >> 16 & 0xff;
    const char *name = (const char *)(uintptr_t)va_arg(*arguments, unsigned long long);
    uint64_t value = va_arg(*arguments, unsigned long long);
    uint64_t bytes = form == OWDF_FORM_BYTES ? va_arg(*arguments, unsigned long long) : 0;
    const void *pointer = (const void *)(uintptr_t)value;
    const struct counted *counted = pointer;

    if (to->room < 4 + 2 + NAME_MAX_BYTES + 32) {
        return false;
    }
    put_header(to, kind, size, (unsigned)(type >> 24) & 1, name != NULL ? name : "");
    switch (form) {
    case OWDF_FORM_TEXT:
        if (pointer == NULL) {
            put_field_bytes(to, NULL, 0, 1);
        } else if (kind == OWDF_FIELD_WIDE) {
            put_field_bytes(to, pointer, 2 * utf16_length_most(pointer, to->room), 2);
        } else {
            put_field_bytes(to, pointer, strnlen(pointer, to->room), 1);
        }
        break;
    case OWDF_FORM_BYTES:
        put_field_bytes(to, pointer, pointer != NULL ? bytes : 0, size);
        break;
    case OWDF_FORM_COUNTED:
        put_field_bytes(to, counted != NULL ? counted->buffer : NULL,
                        counted != NULL ? counted->length : 0, size);
        break;
    default:
        trace_put_u64(to, value);
    }
    return true;
}

/* Level and keywords are among the fields. */
static void
read_attributes(va_list arguments, unsigned *level, uint64_t *keywords)
{
    uint64_t type;

    *level = TRACE_LEVEL_VERBOSE;
    *keywords = 0;
    while ((type = va_arg(arguments, unsigned long long)) != OWDF_FIELD_END) {
        uint64_t value;

        (void)va_arg(arguments, unsigned long long);
        value = va_arg(arguments, unsigned long long);
        if ((type >> 16 & 0xff) == OWDF_FORM_BYTES) {
            (void)va_arg(arguments, unsigned long long);
        }
        if ((type & 0xff) == OWDF_FIELD_LEVEL) {
            *level = (unsigned)value & 0xff;
        } else if ((type & 0xff) == OWDF_FIELD_KEYWORD) {
            *keywords |= value;
        }
    }
}

void
owdf_event_fields(const struct owdf_event_provider *provider, const char *name, ...)
{
    WPP_CB_TYPE *switches = atomic_load_ptr((base_pointer *)&provider->switches);
    uint8_t payload[PAYLOAD_MAX];
    struct trace_writer to = {.at = payload, .room = sizeof(payload) - MORE_SIZE};
    va_list arguments;
    uint64_t type, keywords;
    unsigned level;
    bool room = true;

    va_start(arguments, name);
    read_attributes(arguments, &level, &keywords);
    va_end(arguments);
    if (!owdf_event_enabled(switches, (uint8_t)level, keywords)) {
        return;
    }
    trace_put_bytes(&to, name, strlen(name), NAME_MAX_BYTES);
    va_start(arguments, name);
    while (room && (type = va_arg(arguments, unsigned long long)) != OWDF_FIELD_END) {
        unsigned kind = type & 0xff;

        if (kind == OWDF_FIELD_LEVEL || kind == OWDF_FIELD_KEYWORD || kind == OWDF_FIELD_IGNORED) {
            (void)va_arg(arguments, unsigned long long);
            (void)va_arg(arguments, unsigned long long);
            continue;
        }
        room = put_field(&to, type, &arguments);
    }
    va_end(arguments);
    if (!room) {
        to.room += MORE_SIZE;
        put_header(&to, OWDF_FIELD_IGNORED, 0, 0, "..."); /* There were more fields. */
        trace_put_u64(&to, 0);
    }
    put_record(switches, TRACE_RECORD_FIELDS, level, keywords, false, payload,
               (size_t)(to.at - payload));
}

void
owdf_event_write_text(WPP_CB_TYPE *switches, unsigned char level, unsigned long long keywords,
                      const void *text)
{
    struct owdf_event_provider provider = {.switches = switches};

    owdf_event_fields(&provider, "", OWDF_FIELD_TYPE(LEVEL, 0, NUMBER), 0ull,
                      (unsigned long long)level, OWDF_FIELD_TYPE(KEYWORD, 0, NUMBER), 0ull,
                      keywords, OWDF_FIELD_TYPE(WIDE, 2, TEXT), 0ull,
                      (unsigned long long)(uintptr_t)text, (unsigned long long)OWDF_FIELD_END);
}
