/* SPDX-License-Identifier: MIT */
/* The device stack that this host is for: its modules, its devnode, the names it makes. */
#ifndef OPENWDF_HOST_HOST_STACK_H
#define OPENWDF_HOST_HOST_STACK_H

#include <stddef.h>

#include <ntddk.h>

#define HOST_MODULES_MAX 16

struct host_stack_params {
    const char *device_id;
    const char *const *hardware_ids; /* Ends with NULL. */
    const char *description;         /* May be NULL. */
    const char
        *modules[HOST_MODULES_MAX]; /* The function driver, then upper filters bottom to top. */
    size_t module_count;            /* 0: what the registry says about the device. */
};

/*
 * Loads the modules, runs their entry points, builds the stack and starts it. Names are published as
 * they are made. A driver without AddDevice is on its own after DriverEntry. On failure everything is
 * undone, the reason is in the log, and the status of the step that failed is returned.
 */
NTSTATUS host_stack_start(const struct host_stack_params *params);

/* Removes the device and unloads the drivers. All handles are closed. */
void host_stack_stop(void);

#endif
