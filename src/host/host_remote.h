/* SPDX-License-Identifier: MIT */
/*
 * Devices of other hosts, as drivers of this one open them: by name, with ZwCreateFile,
 * IoGetDeviceObjectPointer or WdfIoTargetOpen. Each open file has a device object here that passes its
 * requests on as the client library does for applications.
 */
#ifndef OPENWDF_HOST_HOST_REMOTE_H
#define OPENWDF_HOST_HOST_REMOTE_H

#include <ntddk.h>

/* Names that no device here has are looked for in the session, from start to stop. */
void host_remote_start(void);
void host_remote_stop(void);

/* For io_notify_system: a driver registers for what happens to the device of a file. */
NTSTATUS host_remote_watch(PFILE_OBJECT file, void **ret_watch);
void host_remote_unwatch(void *watch);

#endif
