/* SPDX-License-Identifier: MIT */
/* The Virtual HID Framework: a driver that is the source of a HID device's reports. */
#ifndef _VHF_H_
#define _VHF_H_

#include <wdm.h>
#include <hidclass.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(VHFHANDLE);
DECLARE_HANDLE(VHFOPERATIONHANDLE);
typedef VHFHANDLE *PVHFHANDLE;

typedef VOID EVT_VHF_ASYNC_OPERATION(PVOID VhfClientContext, VHFOPERATIONHANDLE VhfOperationHandle,
                                     PVOID VhfOperationContext, PHID_XFER_PACKET HidTransferPacket);
typedef EVT_VHF_ASYNC_OPERATION *PEVT_VHF_ASYNC_OPERATION;
typedef VOID EVT_VHF_CLEANUP(PVOID VhfClientContext);
typedef EVT_VHF_CLEANUP *PEVT_VHF_CLEANUP;
typedef VOID EVT_VHF_READY_FOR_NEXT_READ_REPORT(PVOID VhfClientContext);
typedef EVT_VHF_READY_FOR_NEXT_READ_REPORT *PEVT_VHF_READY_FOR_NEXT_READ_REPORT;

typedef struct _VHF_CONFIG {
    ULONG Size;
    PVOID VhfClientContext;
    ULONG OperationContextSize;
    PDEVICE_OBJECT DeviceObject;
    USHORT VendorID;
    USHORT ProductID;
    USHORT VersionNumber;
    GUID ContainerID;
    USHORT InstanceIDLength;
    _Field_size_bytes_full_(InstanceIDLength) PWSTR InstanceID;
    USHORT ReportDescriptorLength;
    PUCHAR ReportDescriptor;
    PEVT_VHF_READY_FOR_NEXT_READ_REPORT EvtVhfReadyForNextReadReport;
    PEVT_VHF_ASYNC_OPERATION EvtVhfAsyncOperationGetFeature;
    PEVT_VHF_ASYNC_OPERATION EvtVhfAsyncOperationSetFeature;
    PEVT_VHF_ASYNC_OPERATION EvtVhfAsyncOperationWriteReport;
    PEVT_VHF_ASYNC_OPERATION EvtVhfAsyncOperationGetInputReport;
    PEVT_VHF_CLEANUP EvtVhfCleanup;
    USHORT HardwareIDsLength;
    PWSTR HardwareIDs;
} VHF_CONFIG, *PVHF_CONFIG;

OWDF_INLINE VOID
VHF_CONFIG_INIT(PVHF_CONFIG Config, PDEVICE_OBJECT DeviceObject, USHORT ReportDescriptorLength,
                PUCHAR ReportDescriptor)
{
    RtlZeroMemory(Config, sizeof(VHF_CONFIG));
    Config->Size = sizeof(VHF_CONFIG);
    Config->DeviceObject = DeviceObject;
    Config->ReportDescriptorLength = ReportDescriptorLength;
    Config->ReportDescriptor = ReportDescriptor;
}

NTKERNELAPI NTSTATUS VhfCreate(PVHF_CONFIG VhfConfig, PVHFHANDLE VhfHandle);
NTKERNELAPI NTSTATUS VhfStart(VHFHANDLE VhfHandle);
NTKERNELAPI VOID VhfDelete(VHFHANDLE VhfHandle, BOOLEAN Wait);
NTKERNELAPI NTSTATUS VhfReadReportSubmit(VHFHANDLE VhfHandle, PHID_XFER_PACKET HidTransferPacket);
NTKERNELAPI NTSTATUS VhfAsyncOperationComplete(VHFOPERATIONHANDLE VhfOperationHandle,
                                               NTSTATUS CompletionStatus);

#ifdef __cplusplus
}
#endif

#endif
