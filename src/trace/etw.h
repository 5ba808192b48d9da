/* SPDX-License-Identifier: MIT */
/* The ETW functions that drivers and applications call, with the shapes of evntprov.h in plain C. */
#ifndef OPENWDF_TRACE_ETW_H
#define OPENWDF_TRACE_ETW_H

#include <stdint.h>

#include <openwdf/trace_events.h>

#define ETW_FUNCTIONS(prefix, result)                                                              \
    OWDF_TRACE_API result prefix##Register(const void *provider_id, void *callback, void *context, \
                                           uint64_t *ret_handle);                                  \
    OWDF_TRACE_API result prefix##Unregister(uint64_t handle);                                     \
    OWDF_TRACE_API uint8_t prefix##ProviderEnabled(uint64_t handle, uint8_t level,                 \
                                                   uint64_t keywords);                             \
    OWDF_TRACE_API result prefix##WriteTransfer(                                                   \
        uint64_t handle, const void *descriptor, const void *activity, const void *related,        \
        uint32_t count, const struct owdf_event_data *data);                                       \
    OWDF_TRACE_API result prefix##WriteEx(uint64_t handle, const void *descriptor,                 \
                                          uint64_t filter, uint32_t flags, const void *activity,   \
                                          const void *related, uint32_t count,                     \
                                          const struct owdf_event_data *data);                     \
    OWDF_TRACE_API result prefix##ActivityIdControl(uint32_t code, void *activity);                \
    OWDF_TRACE_API result prefix##SetInformation(uint64_t handle, int information_class,           \
                                                 const void *information, uint32_t length)

/* NTSTATUS. */
ETW_FUNCTIONS(Etw, int32_t);
OWDF_TRACE_API uint8_t EtwEventEnabled(uint64_t handle, const void *descriptor);
OWDF_TRACE_API int32_t EtwWrite(uint64_t handle, const void *descriptor, const void *activity,
                                uint32_t count, const struct owdf_event_data *data);
OWDF_TRACE_API int32_t EtwWriteString(uint64_t handle, uint8_t level, uint64_t keywords,
                                      const void *activity, const void *text);

/* Win32 errors. */
ETW_FUNCTIONS(Event, uint32_t);
OWDF_TRACE_API uint8_t EventEnabled(uint64_t handle, const void *descriptor);
OWDF_TRACE_API uint32_t EventWrite(uint64_t handle, const void *descriptor, uint32_t count,
                                   const struct owdf_event_data *data);
OWDF_TRACE_API uint32_t EventWriteString(uint64_t handle, uint8_t level, uint64_t keywords,
                                         const void *text);

/*
 * Tells a provider's callback, from now on, when its switches change; for the time until
 * trace_watch_remove has returned. The first call starts a thread; not under the simulation, where nobody outside
 * changes anything.
 */
typedef void trace_enable_callback(const void *source, uint32_t enabled, uint8_t level,
                                   uint64_t any_keywords, uint64_t all_keywords, void *filter,
                                   void *context);
int trace_watch_add(WPP_CB_TYPE *switches, const void *guid, trace_enable_callback *callback,
                    void *context);
void trace_watch_remove(WPP_CB_TYPE *switches);

#endif
