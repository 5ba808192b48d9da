/* SPDX-License-Identifier: MIT */
/* Etw… and Event…: see etw.h. A registration's handle is the address of its switches. */
#include "trace/etw.h"

#include <stddef.h>
#include <string.h>

#include "sys/random.h"
#include "trace/file.h"
#include "trace/record.h"

#define STATUS_INVALID_HANDLE         ((int32_t)0xC0000008)
#define STATUS_INVALID_PARAMETER      ((int32_t)0xC000000D)
#define STATUS_INSUFFICIENT_RESOURCES ((int32_t)0xC000009A)

static const struct {
    int32_t status;
    uint32_t error;
} win32_errors[] = {
    {STATUS_INVALID_HANDLE, 6},          /* ERROR_INVALID_HANDLE */
    {STATUS_INVALID_PARAMETER, 87},      /* ERROR_INVALID_PARAMETER */
    {STATUS_INSUFFICIENT_RESOURCES, 14}, /* ERROR_OUTOFMEMORY */
};

static uint32_t
win32(int32_t status)
{
    size_t i;

    for (i = 0; i < sizeof(win32_errors) / sizeof(win32_errors[0]); i++) {
        if (win32_errors[i].status == status) {
            return win32_errors[i].error;
        }
    }
    return 0;
}

/* The switches of a handle; NULL when it is none. */
static WPP_CB_TYPE *
switches_of(uint64_t handle)
{
    WPP_CB_TYPE *first = trace_file_is_open() ? trace_file_switches() : NULL;
    uint64_t offset = handle - (uint64_t)(uintptr_t)first;

    if (first == NULL || offset % sizeof(*first) != 0 ||
        offset / sizeof(*first) >= TRACE_PROVIDERS_MAX) {
        return NULL;
    }
    first += offset / sizeof(*first);
    return first->Control.Active != 0 ? first : NULL;
}

int32_t
EtwRegister(const void *provider_id, void *callback, void *context, uint64_t *ret_handle)
{
    WPP_CB_TYPE *switches;

    if (provider_id == NULL || ret_handle == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    switches = owdf_event_register(NULL, provider_id, callback);
    if (switches == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_handle = (uint64_t)(uintptr_t)switches;
    if (callback != NULL &&
        trace_watch_add(switches, provider_id, (trace_enable_callback *)callback, context) != 0) {
        owdf_event_unregister(switches);
        *ret_handle = 0;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return 0;
}

int32_t
EtwUnregister(uint64_t handle)
{
    WPP_CB_TYPE *switches = switches_of(handle);

    if (switches == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    trace_watch_remove(switches);
    owdf_event_unregister(switches);
    return 0;
}

uint8_t
EtwProviderEnabled(uint64_t handle, uint8_t level, uint64_t keywords)
{
    return (uint8_t)owdf_event_enabled(switches_of(handle), level, keywords);
}

uint8_t
EtwEventEnabled(uint64_t handle, const void *descriptor)
{
    const uint8_t *bytes = descriptor;
    uint64_t keywords;

    memcpy(&keywords, bytes + 8, sizeof(keywords));
    return EtwProviderEnabled(handle, bytes[4], keywords);
}

int32_t
EtwWriteTransfer(uint64_t handle, const void *descriptor, const void *activity, const void *related,
                 uint32_t count, const struct owdf_event_data *data)
{
    WPP_CB_TYPE *switches = switches_of(handle);

    (void)related;
    if (switches == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (descriptor == NULL || count > 128 || (count != 0 && data == NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    owdf_event_write(switches, descriptor, activity, count, data);
    return 0;
}

int32_t
EtwWrite(uint64_t handle, const void *descriptor, const void *activity, uint32_t count,
         const struct owdf_event_data *data)
{
    return EtwWriteTransfer(handle, descriptor, activity, NULL, count, data);
}

int32_t
EtwWriteEx(uint64_t handle, const void *descriptor, uint64_t filter, uint32_t flags,
           const void *activity, const void *related, uint32_t count,
           const struct owdf_event_data *data)
{
    (void)filter;
    (void)flags;
    return EtwWriteTransfer(handle, descriptor, activity, related, count, data);
}

int32_t
EtwWriteString(uint64_t handle, uint8_t level, uint64_t keywords, const void *activity,
               const void *text)
{
    WPP_CB_TYPE *switches = switches_of(handle);

    (void)activity;
    if (switches == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    owdf_event_write_text(switches, level, keywords, text);
    return 0;
}

enum activity_control {
    ACTIVITY_GET_ID = 1,
    ACTIVITY_SET_ID = 2,
    ACTIVITY_CREATE_ID = 3,
    ACTIVITY_GET_SET_ID = 4,
    ACTIVITY_CREATE_SET_ID = 5,
};

static void
get_activity(uint8_t id[16])
{
    const void *own = trace_thread_activity();

    memset(id, 0, 16);
    if (own != NULL) {
        memcpy(id, own, 16);
    }
}

int32_t
EtwActivityIdControl(uint32_t code, void *activity)
{
    uint8_t former[16];

    if (activity == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    get_activity(former);
    switch (code) {
    case ACTIVITY_GET_ID:
        memcpy(activity, former, 16);
        return 0;
    case ACTIVITY_SET_ID:
        trace_thread_set_activity(activity);
        return 0;
    case ACTIVITY_CREATE_ID:
        sys_random_bytes(activity, 16);
        return 0;
    case ACTIVITY_GET_SET_ID:
        trace_thread_set_activity(activity);
        memcpy(activity, former, 16);
        return 0;
    case ACTIVITY_CREATE_SET_ID: {
        uint8_t created[16];

        sys_random_bytes(created, sizeof(created));
        trace_thread_set_activity(created);
        memcpy(activity, former, 16);
        return 0;
    }
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

int32_t
EtwSetInformation(uint64_t handle, int information_class, const void *information, uint32_t length)
{
    /* Traits and the like: descriptions for other systems' tools. */
    (void)information_class;
    (void)length;
    if (switches_of(handle) == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    return information == NULL && length != 0 ? STATUS_INVALID_PARAMETER : 0;
}

/* ---- User mode's names ---- */

uint32_t
EventRegister(const void *provider_id, void *callback, void *context, uint64_t *ret_handle)
{
    return win32(EtwRegister(provider_id, callback, context, ret_handle));
}

uint32_t
EventUnregister(uint64_t handle)
{
    return win32(EtwUnregister(handle));
}

uint8_t
EventProviderEnabled(uint64_t handle, uint8_t level, uint64_t keywords)
{
    return EtwProviderEnabled(handle, level, keywords);
}

uint8_t
EventEnabled(uint64_t handle, const void *descriptor)
{
    return EtwEventEnabled(handle, descriptor);
}

uint32_t
EventWrite(uint64_t handle, const void *descriptor, uint32_t count,
           const struct owdf_event_data *data)
{
    return win32(EtwWriteTransfer(handle, descriptor, NULL, NULL, count, data));
}

uint32_t
EventWriteTransfer(uint64_t handle, const void *descriptor, const void *activity,
                   const void *related, uint32_t count, const struct owdf_event_data *data)
{
    return win32(EtwWriteTransfer(handle, descriptor, activity, related, count, data));
}

uint32_t
EventWriteEx(uint64_t handle, const void *descriptor, uint64_t filter, uint32_t flags,
             const void *activity, const void *related, uint32_t count,
             const struct owdf_event_data *data)
{
    return win32(EtwWriteEx(handle, descriptor, filter, flags, activity, related, count, data));
}

uint32_t
EventWriteString(uint64_t handle, uint8_t level, uint64_t keywords, const void *text)
{
    return win32(EtwWriteString(handle, level, keywords, NULL, text));
}

uint32_t
EventActivityIdControl(uint32_t code, void *activity)
{
    return win32(EtwActivityIdControl(code, activity));
}

uint32_t
EventSetInformation(uint64_t handle, int information_class, const void *information,
                    uint32_t length)
{
    return win32(EtwSetInformation(handle, information_class, information, length));
}
