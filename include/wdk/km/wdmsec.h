/* SPDX-License-Identifier: MIT */
/* Creating a device object with a security descriptor. */
#ifndef OPENWDF_WDMSEC_H
#define OPENWDF_WDMSEC_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IoCreateDeviceSecure WdmlibIoCreateDeviceSecure
NTKERNELAPI NTSTATUS WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT DriverObject,
                                                ULONG DeviceExtensionSize,
                                                PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                                ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                                PCUNICODE_STRING DefaultSDDLString,
                                                LPCGUID DeviceClassGuid,
                                                PDEVICE_OBJECT *DeviceObject);

#ifdef __cplusplus
}
#endif

#endif
