/* SPDX-License-Identifier: MIT */
/* Driver-defined interfaces, found with IRP_MN_QUERY_INTERFACE. */
#ifndef OWDF_WDFQUERYINTERFACE_H
#define OWDF_WDFQUERYINTERFACE_H

WDF_EXTERN_C_START

typedef NTSTATUS NTAPI EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST(
    _In_ WDFDEVICE Device, _In_ LPGUID InterfaceType, _Inout_ PINTERFACE ExposedInterface,
    _Inout_opt_ PVOID ExposedInterfaceSpecificData);
typedef EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST
    *PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST;

typedef struct _WDF_QUERY_INTERFACE_CONFIG {
    ULONG Size;
    PINTERFACE Interface;
    CONST GUID *InterfaceType;
    BOOLEAN SendQueryToParentStack;
    PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST EvtDeviceProcessQueryInterfaceRequest;
    BOOLEAN ImportInterface;
} WDF_QUERY_INTERFACE_CONFIG, *PWDF_QUERY_INTERFACE_CONFIG;

OWDF_INLINE VOID
WDF_QUERY_INTERFACE_CONFIG_INIT(_Out_ PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig,
                                _In_opt_ PINTERFACE Interface, _In_ const GUID *InterfaceType,
                                _In_opt_ PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST
                                    EvtDeviceProcessQueryInterfaceRequest)
{
    OWDF_INIT(InterfaceConfig);
    InterfaceConfig->Interface = Interface;
    InterfaceConfig->InterfaceType = InterfaceType;
    InterfaceConfig->EvtDeviceProcessQueryInterfaceRequest = EvtDeviceProcessQueryInterfaceRequest;
}

/* For interfaces whose provider needs no count of its users. */
OWDF_INLINE VOID
WdfDeviceInterfaceReferenceNoOp(_In_ PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

OWDF_INLINE VOID
WdfDeviceInterfaceDereferenceNoOp(_In_ PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

WDF_EXTERN_C_END

#include "wdfqueryinterface_calls.h"

#endif
