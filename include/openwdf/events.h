/* SPDX-License-Identifier: MIT */
/*
 * What a header made of an instrumentation manifest builds upon (`wdf build` makes them): the calls of the
 * system's event functions, EtwWrite… for kernel drivers, EventWrite… for the others.
 *
 * The functions are reached by assembler labels: a driver may declare them itself, with its own types.
 */
#ifndef OPENWDF_EVENTS_H
#define OPENWDF_EVENTS_H

#ifdef _KERNEL_MODE
#include <wdm.h>
#define OWDF_EVENT_FUNCTION(name) __asm__("Etw" name)
#define OWDF_EVENT_ENABLED        __asm__("EtwEventEnabled")
#else
#include <windows.h>
#define OWDF_EVENT_FUNCTION(name) __asm__("Event" name)
#define OWDF_EVENT_ENABLED        __asm__("EventEnabled")
#endif
#include <evntprov.h>

/* Defined wherever the header is included, and one for all of the module. */
#ifdef __cplusplus
#define OWDF_EVENT_SHARED extern __attribute__((weak, visibility("hidden")))
extern "C" {
#else
#define OWDF_EVENT_SHARED __attribute__((weak, visibility("hidden")))
#endif

extern ULONG owdf_event_register_(const GUID *provider, void *callback, void *context,
                                  REGHANDLE *handle) OWDF_EVENT_FUNCTION("Register");
extern ULONG owdf_event_unregister_(REGHANDLE handle) OWDF_EVENT_FUNCTION("Unregister");
extern BOOLEAN owdf_event_enabled(REGHANDLE handle,
                                  const EVENT_DESCRIPTOR *event) OWDF_EVENT_ENABLED;
extern ULONG owdf_event_write_(REGHANDLE handle, const EVENT_DESCRIPTOR *event,
                               const GUID *activity, const GUID *related, ULONG count,
                               const EVENT_DATA_DESCRIPTOR *data)
    OWDF_EVENT_FUNCTION("WriteTransfer");

#ifdef __cplusplus
}
#endif

/* A second registration of the same handle does nothing, as with the message compiler's own macros. */
static inline __attribute__((unused)) ULONG
owdf_event_register(const GUID *provider, REGHANDLE *handle)
{
    return *handle != 0 ? 0 : owdf_event_register_(provider, 0, 0, handle);
}

static inline __attribute__((unused)) ULONG
owdf_event_unregister(REGHANDLE *handle)
{
    REGHANDLE old = *handle;

    *handle = 0;
    return old == 0 ? 0 : owdf_event_unregister_(old);
}

static inline __attribute__((unused)) ULONG
owdf_event_write(REGHANDLE handle, const EVENT_DESCRIPTOR *event, const GUID *activity, ULONG count,
                 const EVENT_DATA_DESCRIPTOR *data)
{
    return owdf_event_write_(handle, event, activity, 0, count, data);
}

static inline __attribute__((unused)) void
owdf_event_data(EVENT_DATA_DESCRIPTOR *data, const void *address, ULONG size)
{
    data->Ptr = (ULONG_PTR)address;
    data->Size = size;
    data->Reserved = 0;
}

/* Sizes of texts, with the end; a NULL is an empty one. */
static inline __attribute__((unused)) ULONG
owdf_event_wide(const WCHAR *text)
{
    ULONG count = 0;

    while (text != 0 && text[count] != 0) {
        count++;
    }
    return (count + 1) * (ULONG)sizeof(WCHAR);
}

static inline __attribute__((unused)) ULONG
owdf_event_narrow(const char *text)
{
    ULONG count = 0;

    while (text != 0 && text[count] != 0) {
        count++;
    }
    return count + 1;
}

#endif
