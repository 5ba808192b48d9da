/* SPDX-License-Identifier: MIT */
/*
 * What evntprov.h and TraceLoggingProvider.h stand on: events of ETW providers go to the same trace file as
 * WPP's messages. Drivers include Windows' header names, not this.
 */
#ifndef OPENWDF_TRACE_EVENTS_H
#define OPENWDF_TRACE_EVENTS_H

#include <openwdf/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Providers of events ---- */

/*
 * Makes a provider known; its switches, NULL when there is no memory. name NULL: the GUID is the name.
 * PASSIVE_LEVEL.
 */
OWDF_TRACE_API WPP_CB_TYPE *owdf_event_register(const char *name, const void *guid,
                                                const void *module);
OWDF_TRACE_API void owdf_event_unregister(WPP_CB_TYPE *switches);

/* Whether an event of that level and those keywords passes. A load and two tests. */
static inline __attribute((unused)) int
owdf_event_enabled(const WPP_CB_TYPE *switches, unsigned char level, unsigned long long keywords)
{
    /* A session switches them on and off meanwhile. */
    unsigned char enabled =
        switches != NULL ? __atomic_load_n(&switches->Control.Level, __ATOMIC_RELAXED) : 0;

    return enabled != 0 && level <= enabled &&
           (keywords == 0 ||
            (keywords & __atomic_load_n(&switches->Control.Keywords, __ATOMIC_RELAXED)) != 0);
}

/*
 * Records an event: 16 bytes of EVENT_DESCRIPTOR, and `count` pieces of data. activity: a GUID, NULL for the
 * calling thread's, when it has one. Any IRQL.
 */
struct owdf_event_data {
    unsigned long long pointer;
    unsigned int size;
    unsigned int reserved;
};

OWDF_TRACE_API void owdf_event_write(WPP_CB_TYPE *switches, const void *descriptor,
                                     const void *activity, unsigned count,
                                     const struct owdf_event_data *data);

/* Records a text event (EtwWriteString). text: 16-bit units with a terminator. */
OWDF_TRACE_API void owdf_event_write_text(WPP_CB_TYPE *switches, unsigned char level,
                                          unsigned long long keywords, const void *text);

/* ---- TraceLogging ---- */

/* What a field is. In an argument list: kind | size << 8 | how it is given << 16. */
enum owdf_field_kind {
    OWDF_FIELD_END = 0,
    OWDF_FIELD_SIGNED,
    OWDF_FIELD_UNSIGNED,
    OWDF_FIELD_HEX,
    OWDF_FIELD_FLOAT,
    OWDF_FIELD_BOOL,
    OWDF_FIELD_CHAR,
    OWDF_FIELD_POINTER,
    OWDF_FIELD_WIN32,
    OWDF_FIELD_STATUS,
    OWDF_FIELD_HRESULT,
    OWDF_FIELD_FILETIME,
    OWDF_FIELD_SYSTEMTIME,
    OWDF_FIELD_GUID,
    OWDF_FIELD_TEXT,
    OWDF_FIELD_WIDE,
    OWDF_FIELD_BINARY,
    OWDF_FIELD_SID,
    OWDF_FIELD_SOCKADDR,
    OWDF_FIELD_IPV4,
    OWDF_FIELD_IPV6,
    OWDF_FIELD_PORT,
    OWDF_FIELD_STRUCT, /* The value is the number of fields that follow and belong to it. */
    OWDF_FIELD_LEVEL,
    OWDF_FIELD_KEYWORD,
    OWDF_FIELD_OPCODE,
    OWDF_FIELD_IGNORED, /* Tags, descriptions and the like: takes part in nothing. */
    OWDF_FIELD_COUNT,
};

enum owdf_field_form {
    OWDF_FORM_NUMBER = 0,  /* One argument: the value. */
    OWDF_FORM_TEXT = 1,    /* One argument: a pointer to text with a terminator. */
    OWDF_FORM_BYTES = 2,   /* Two: a pointer and a number of bytes. */
    OWDF_FORM_COUNTED = 3, /* One: a pointer to UNICODE_STRING or ANSI_STRING. */
};

#define OWDF_FIELD_TYPE(kind, size, form)                                                          \
    ((unsigned long long)OWDF_FIELD_##kind | (unsigned long long)(size) << 8 |                     \
     (unsigned long long)OWDF_FORM_##form << 16)
/* More than one value: the bytes are elements of `size`. */
#define OWDF_FIELD_IS_ARRAY 0x1000000ull

struct owdf_event_provider {
    WPP_CB_TYPE *switches; /* NULL until it is registered. */
    const char *name;
    unsigned char guid[16];
    void *callback; /* Of TraceLoggingRegisterEx; called when it is registered already enabled. */
    void *context;
};

OWDF_TRACE_API long owdf_provider_register(const struct owdf_event_provider *provider);
OWDF_TRACE_API void owdf_provider_unregister(const struct owdf_event_provider *provider);

/*
 * Records an event with its fields: for each OWDF_FIELD_TYPE, the name's address and the value's argument(s), all
 * unsigned long long; OWDF_FIELD_END ends them.
 */
OWDF_TRACE_API void owdf_event_fields(const struct owdf_event_provider *provider, const char *name,
                                      ...);

#ifdef __cplusplus
}
#endif

#endif
