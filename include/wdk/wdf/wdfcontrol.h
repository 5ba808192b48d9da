/* SPDX-License-Identifier: MIT */
/* Control devices: devices outside any PnP stack. */
#ifndef OWDF_WDFCONTROL_H
#define OWDF_WDFCONTROL_H

WDF_EXTERN_C_START

typedef VOID NTAPI EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION(_In_ WDFDEVICE Device);
typedef EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION *PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION;

typedef enum _WDF_DEVICE_SHUTDOWN_FLAGS {
    WdfDeviceShutdown = 0x01,
    WdfDeviceLastChanceShutdown = 0x02,
} WDF_DEVICE_SHUTDOWN_FLAGS;

WDF_EXTERN_C_END

#include "wdfcontrol_calls.h"

#endif
