/* SPDX-License-Identifier: MIT */
/* What goes on in other hosts, for the drivers of this one: interfaces that come and go. */
#ifndef OPENWDF_HOST_HOST_NOTIFY_H
#define OPENWDF_HOST_HOST_NOTIFY_H

#include <ntddk.h>

/*
 * Makes other hosts' interfaces and devices, and those who watch ours, known to nt. `device_id`: of this host's stack,
 * whose own interfaces are left out. Before a driver is loaded.
 */
void host_notify_start(const char *device_id);

/* When no driver is loaded any more. */
void host_notify_stop(void);

#endif
