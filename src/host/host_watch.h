/* SPDX-License-Identifier: MIT */
/*
 * Applications and drivers of other hosts who want to know what happens to a device of this one. Each has a
 * connection of its own for it, which the reflector passes on: see FRAME_WATCH.
 */
#ifndef OPENWDF_HOST_HOST_WATCH_H
#define OPENWDF_HOST_HOST_WATCH_H

#include <stdint.h>

#include <ntddk.h>

#include "nt/io/notify.h"

/* How long others may think about a change before the device goes on without them. */
#define HOST_WATCH_TIMEOUT_MS 5000u

/* A watch of that connection begins. The device's reference becomes the watch's. */
NTSTATUS host_watch_add(uint32_t id, PDEVICE_OBJECT device);

/* Its client is gone: nobody waits for it any more. */
void host_watch_remove(uint32_t id);

/* Its client's answer to a change; of one that nobody waits for any more it does nothing. */
void host_watch_answer(uint32_t id, uint64_t number, int32_t status);

/* The reflector is gone, and with it all watches. */
void host_watch_end(void);

/* For io_notify_system.tell_others: asks all at once. */
NTSTATUS host_watch_tell(PDEVICE_OBJECT pdo, enum io_target_event event,
                         const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom);

#endif
