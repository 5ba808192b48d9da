/* SPDX-License-Identifier: MIT */
/* What `wdf wmi` asks of the drivers in this host. */
#ifndef OPENWDF_HOST_HOST_WMI_H
#define OPENWDF_HOST_HOST_WMI_H

#include "ipc/frames.h"

/* Does it and makes the call its own answer. Instances count over the drivers of that device. */
void host_wmi_run(const char *instance_id, struct frame_wmi_call *call);

#endif
