/* SPDX-License-Identifier: MIT */
/* What a driver calls to take part in WMI. */
#ifndef OPENWDF_WDM_WMI_H
#define OPENWDF_WDM_WMI_H

#include <wdm/io.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WMIREG_ACTION_REGISTER     1
#define WMIREG_ACTION_DEREGISTER   2
#define WMIREG_ACTION_REREGISTER   3
#define WMIREG_ACTION_UPDATE_GUIDS 4
#define WMIREG_ACTION_BLOCK_IRPS   5
#define WMIGUID_QUERY              0x0001
#define WMIGUID_SET                0x0002
#define WMIGUID_NOTIFICATION       0x0004
#define WMIGUID_READ_DESCRIPTION   0x0008
#define WMIGUID_EXECUTE            0x0010
#define WMIREGISTER                0
#define WMIUPDATE                  1

typedef VOID FWMI_NOTIFICATION_CALLBACK(PVOID Wnode, PVOID Context);
typedef FWMI_NOTIFICATION_CALLBACK *WMI_NOTIFICATION_CALLBACK;

NTKERNELAPI NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action);
NTKERNELAPI ULONG IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT DeviceObject);
NTKERNELAPI NTSTATUS IoWMIAllocateInstanceIds(GUID *Guid, ULONG InstanceCount,
                                              PULONG FirstInstanceId);
NTKERNELAPI NTSTATUS IoWMISuggestInstanceName(PDEVICE_OBJECT PhysicalDeviceObject,
                                              PUNICODE_STRING SymbolicLinkName,
                                              BOOLEAN CombineNames,
                                              PUNICODE_STRING SuggestedInstanceName);
NTKERNELAPI NTSTATUS IoWMIWriteEvent(PVOID WnodeEventItem);
NTKERNELAPI NTSTATUS IoWMIOpenBlock(LPCGUID DataBlockGuid, ULONG DesiredAccess,
                                    PVOID *DataBlockObject);
NTKERNELAPI NTSTATUS IoWMIQueryAllData(PVOID DataBlockObject, PULONG InOutBufferSize,
                                       PVOID OutBuffer);
NTKERNELAPI NTSTATUS IoWMISetNotificationCallback(PVOID Object, WMI_NOTIFICATION_CALLBACK Callback,
                                                  PVOID Context);

#ifdef __cplusplus
}
#endif

#endif
