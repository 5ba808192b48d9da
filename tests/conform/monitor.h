/* SPDX-License-Identifier: MIT */
/*
 * The documented order of a device's PnP and power callbacks, as a judge that knows nothing of the
 * framework's machines. Written from Microsoft's "PnP and Power Management Callback Sequences" and the callbacks'
 * reference pages; each rule in monitor.c quotes its own.
 *
 * Every callback is announced when it begins and when it returns. A call that the documentation does
 * not allow ends the process with what was wrong and the device's last callbacks. Any thread.
 */
#ifndef OPENWDF_TESTS_MONITOR_H
#define OPENWDF_TESTS_MONITOR_H

#include <stdbool.h>

enum monitor_callback {
    MONITOR_PREPARE_HARDWARE,
    MONITOR_RELEASE_HARDWARE,
    MONITOR_D0_ENTRY,
    MONITOR_POST_INTERRUPTS_ENABLED,
    MONITOR_PRE_INTERRUPTS_DISABLED,
    MONITOR_D0_EXIT,
    MONITOR_SELF_MANAGED_INIT,
    MONITOR_SELF_MANAGED_SUSPEND,
    MONITOR_SELF_MANAGED_RESTART,
    MONITOR_SELF_MANAGED_FLUSH,
    MONITOR_SELF_MANAGED_CLEANUP,
    MONITOR_SURPRISE_REMOVAL,
    MONITOR_QUERY_REMOVE,
    MONITOR_QUERY_STOP,
    MONITOR_ARM_S0,
    MONITOR_DISARM_S0,
    MONITOR_TRIGGERED_S0,
    MONITOR_ARM_SX,
    MONITOR_DISARM_SX,
    MONITOR_TRIGGERED_SX,
    MONITOR_ENABLE_WAKE_AT_BUS,
    MONITOR_DISABLE_WAKE_AT_BUS,
    MONITOR_EJECT,
    MONITOR_IO_DELIVER, /* From a power-managed queue. */
    MONITOR_IO_STOP,
    MONITOR_IO_RESUME,
    MONITOR_OBJECT_CLEANUP,
    MONITOR_CALLBACK_COUNT,
};

struct monitor_device;

/* A device object was created; `parent` NULL: its bus driver is not watched. `is_pdo`: it is a bus driver's. */
struct monitor_device *monitor_add(const char *name, struct monitor_device *parent, bool is_pdo);

/* `argument`: the power state, the stop action's flags; else 0. */
void monitor_enter(struct monitor_device *device, enum monitor_callback callback,
                   unsigned argument);
void monitor_leave(struct monitor_device *device, enum monitor_callback callback, bool success);

/* Forgets all devices; those whose object was not cleaned up are an error. */
void monitor_end(void);

const char *monitor_callback_name(enum monitor_callback callback);

/* Between EvtDevicePrepareHardware and EvtDeviceReleaseHardware, and not pulled out. */
bool monitor_is_running(const struct monitor_device *device);

/* Calls announced since the beginning. */
unsigned long monitor_count(void);

#endif
