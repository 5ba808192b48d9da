/* SPDX-License-Identifier: MIT */
/*
 * Miniports of trusted run times (TrEE). Declared so that their drivers compile; OpenWDF does not have the class
 * extension, and the loader names these functions when a driver needs one. The flags' values are in no public source
 * that was found: these are ours.
 */
#ifndef _TRUSTEDRUNTIMECLX_H_
#define _TRUSTEDRUNTIMECLX_H_

#include <wdm.h>
#include <wdf.h>
#include <trustedrt.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Flags of a request, of a device, and how much of a stack a device wants kept. Named without values in the
 * documentation; these are ours.
 */
#define TR_SERVICE_REQUEST_FROM_USERMODE 0x00000001

#define TR_DEVICE_SERIALIZE_ALL_REQUESTS 0x00000001
#define TR_DEVICE_STACK_RESERVE_2K       0x00000010
#define TR_DEVICE_STACK_RESERVE_4K       0x00000020
#define TR_DEVICE_STACK_RESERVE_8K       0x00000030
#define TR_DEVICE_STACK_RESERVE_12K      0x00000040
#define TR_DEVICE_STACK_RESERVE_16K      0x00000050
#define TR_DEVICE_STACK_RESERVE_20K      0x00000060
#define TR_DEVICE_STACK_RESERVE_24K      0x00000070
#define TR_DEVICE_STACK_RESERVE_MASK     0x00000070

/* A secure service as the miniport describes it. */
typedef enum _TR_SECURE_DEPENDENCY_TYPE {
    TRSecureOSDependency = 1,
    TRSecureResourceDependency
} TR_SECURE_DEPENDENCY_TYPE;

typedef struct _TR_SECURE_DEPENDENCY_V1 {
    TR_SECURE_DEPENDENCY_TYPE Type;
    ULONG MaxRequired;
    GUID Id;
} TR_SECURE_DEPENDENCY_V1, *PTR_SECURE_DEPENDENCY_V1;

typedef struct _TR_SECURE_SERVICE_V1 {
    ULONG DescriptionSize;
    GUID ServiceGuid;
    ULONG MajorVersion;
    ULONG MinorVersion;
    ULONG ExtensionOffset;
    ULONG CountDependencies;
    TR_SECURE_DEPENDENCY_V1 Dependencies[ANYSIZE_ARRAY];
} TR_SECURE_SERVICE_V1, *PTR_SECURE_SERVICE_V1;

typedef struct _TR_SECURE_SERVICE_EXTENSION_V1 {
    ULONG ExtensionVersion;
    ULONG SecurityDescriptorStringOffset;
} TR_SECURE_SERVICE_EXTENSION_V1, *PTR_SECURE_SERVICE_EXTENSION_V1;

#define TR_SECURE_SERVICE_EXTENSION_VERSION 1
typedef TR_SECURE_DEPENDENCY_V1 TR_SECURE_DEPENDENCY, *PTR_SECURE_DEPENDENCY;
typedef TR_SECURE_SERVICE_V1 TR_SECURE_SERVICE, *PTR_SECURE_SERVICE;
typedef TR_SECURE_SERVICE_EXTENSION_V1 TR_SECURE_SERVICE_EXTENSION, *PTR_SECURE_SERVICE_EXTENSION;

/* The callbacks of a service. */
#define OWDF_TR_CALLBACK(name, result, ...)                                                        \
    typedef result EVT_TR_##name(__VA_ARGS__);                                                     \
    typedef EVT_TR_##name *PFN_TR_##name;
OWDF_TR_CALLBACK(CREATE_SECURE_SERVICE_CONTEXT, NTSTATUS, WDFDEVICE MasterDevice,
                 LPCGUID ServiceGuid, WDFDEVICE ServiceDevice)
OWDF_TR_CALLBACK(DESTROY_SECURE_SERVICE_CONTEXT, NTSTATUS, WDFDEVICE ServiceDevice)
OWDF_TR_CALLBACK(CONNECT_SECURE_SERVICE, NTSTATUS, WDFDEVICE ServiceDevice)
OWDF_TR_CALLBACK(DISCONNECT_SECURE_SERVICE, NTSTATUS, WDFDEVICE ServiceDevice)
OWDF_TR_CALLBACK(CREATE_SECURE_SERVICE_SESSION_CONTEXT, NTSTATUS, WDFDEVICE ServiceDevice,
                 WDFOBJECT *SessionContextObject)
OWDF_TR_CALLBACK(DESTROY_SECURE_SERVICE_SESSION_CONTEXT, NTSTATUS, WDFDEVICE ServiceDevice,
                 WDFOBJECT *SessionContextObject)
OWDF_TR_CALLBACK(PROCESS_SECURE_SERVICE_REQUEST, NTSTATUS, WDFDEVICE ServiceDevice,
                 WDFOBJECT SessionContext, PVOID RequestHandle, KPRIORITY Priority,
                 PTR_SERVICE_REQUEST Request, ULONG Flags, PULONG_PTR BytesWritten,
                 PVOID *RequestContext)
OWDF_TR_CALLBACK(CANCEL_SECURE_SERVICE_REQUEST, VOID, WDFDEVICE ServiceDevice,
                 WDFOBJECT SessionContext, PVOID RequestHandle, PVOID *RequestContext)
OWDF_TR_CALLBACK(PROCESS_OTHER_SECURE_SERVICE_IO, VOID, WDFDEVICE ServiceDevice,
                 WDFOBJECT SessionContext, WDFREQUEST Request)

typedef struct _TR_SECURE_SERVICE_CALLBACKS_V1 {
    ULONG Flags;
    PFN_TR_CREATE_SECURE_SERVICE_CONTEXT EvtTrCreateSecureServiceContext;
    PFN_TR_DESTROY_SECURE_SERVICE_CONTEXT EvtTrDestroySecureServiceContext;
    PFN_TR_CONNECT_SECURE_SERVICE EvtTrConnectSecureService;
    PFN_TR_DISCONNECT_SECURE_SERVICE EvtTrDisconnectSecureService;
    PFN_TR_CREATE_SECURE_SERVICE_SESSION_CONTEXT EvtTrCreateSecureSessionContext;
    PFN_TR_DESTROY_SECURE_SERVICE_SESSION_CONTEXT EvtTrDestroySecureSessionContext;
    PFN_TR_PROCESS_SECURE_SERVICE_REQUEST EvtTrProcessSecureServiceRequest;
    PFN_TR_CANCEL_SECURE_SERVICE_REQUEST EvtTrCancelSecureServiceRequest;
    PFN_TR_PROCESS_OTHER_SECURE_SERVICE_IO EvtTrProcessOtherSecureServiceIo;
} TR_SECURE_SERVICE_CALLBACKS_V1, *PTR_SECURE_SERVICE_CALLBACKS_V1;
typedef TR_SECURE_SERVICE_CALLBACKS_V1 TR_SECURE_SERVICE_CALLBACKS, *PTR_SECURE_SERVICE_CALLBACKS;

/* The callbacks of the device. */
OWDF_TR_CALLBACK(CREATE_SECURE_DEVICE_CONTEXT, NTSTATUS, WDFDEVICE MasterDevice)
OWDF_TR_CALLBACK(DESTROY_SECURE_DEVICE_CONTEXT, NTSTATUS, WDFDEVICE MasterDevice)
OWDF_TR_CALLBACK(PREPARE_HARDWARE_SECURE_ENVIRONMENT, NTSTATUS, WDFDEVICE MasterDevice,
                 WDFCMRESLIST RawResources, WDFCMRESLIST TranslatedResources)
OWDF_TR_CALLBACK(RELEASE_HARDWARE_SECURE_ENVIRONMENT, NTSTATUS, WDFDEVICE MasterDevice,
                 WDFCMRESLIST TranslatedResources)
OWDF_TR_CALLBACK(CONNECT_SECURE_ENVIRONMENT, NTSTATUS, WDFDEVICE MasterDevice)
OWDF_TR_CALLBACK(DISCONNECT_SECURE_ENVIRONMENT, NTSTATUS, WDFDEVICE MasterDevice)
OWDF_TR_CALLBACK(ENUMERATE_SECURE_SERVICES, NTSTATUS, WDFDEVICE MasterDevice, ULONG Index,
                 PUCHAR SecureServiceDescription, ULONG *DescriptionSize)
OWDF_TR_CALLBACK(PROCESS_OTHER_DEVICE_IO, VOID, WDFDEVICE MasterDevice, WDFREQUEST Request)
OWDF_TR_CALLBACK(QUERY_SERVICE_CALLBACKS, PTR_SECURE_SERVICE_CALLBACKS, WDFDEVICE MasterDevice,
                 LPGUID ServiceGuid)
#undef OWDF_TR_CALLBACK

typedef struct _TR_SECURE_DEVICE_CALLBACKS_V1 {
    ULONG Flags;
    PFN_TR_CREATE_SECURE_DEVICE_CONTEXT EvtTrCreateSecureDeviceContext;
    PFN_TR_DESTROY_SECURE_DEVICE_CONTEXT EvtTrDestroySecureDeviceContext;
    PFN_TR_PREPARE_HARDWARE_SECURE_ENVIRONMENT EvtTrPrepareHardwareSecureEnvironment;
    PFN_TR_RELEASE_HARDWARE_SECURE_ENVIRONMENT EvtTrReleaseHardwareSecureEnvironment;
    PFN_TR_CONNECT_SECURE_ENVIRONMENT EvtTrConnectSecureEnvironment;
    PFN_TR_DISCONNECT_SECURE_ENVIRONMENT EvtTrDisconnectSecureEnvironment;
    PFN_TR_ENUMERATE_SECURE_SERVICES EvtTrEnumerateSecureServices;
    PFN_TR_PROCESS_OTHER_DEVICE_IO EvtTrProcessOtherDeviceIo;
    PFN_TR_QUERY_SERVICE_CALLBACKS EvtTrQueryServiceCallbacks;
} TR_SECURE_DEVICE_CALLBACKS_V1, *PTR_SECURE_DEVICE_CALLBACKS_V1;
typedef TR_SECURE_DEVICE_CALLBACKS_V1 TR_SECURE_DEVICE_CALLBACKS, *PTR_SECURE_DEVICE_CALLBACKS;

NTKERNELAPI NTSTATUS TrSecureDeviceHandoffMasterDeviceControl(PWDFDEVICE_INIT DeviceInit,
                                                              PTR_SECURE_DEVICE_CALLBACKS Callbacks,
                                                              WDFDEVICE *MasterDevice);
NTKERNELAPI NTSTATUS TrSecureDeviceHandoffServiceDeviceControl(
    PWDFDEVICE_INIT DeviceInit, LPCGUID ServiceGuid, PTR_SECURE_SERVICE_CALLBACKS Callbacks,
    WDFDEVICE *ServiceDevice);
NTKERNELAPI NTSTATUS TrSecureDeviceLogMessage(WDFDEVICE Device, ULONG Severity, PCSTR Message, ...);
NTKERNELAPI NTSTATUS TrSecureDeviceQueryOSService(WDFDEVICE Device, LPCGUID OSServiceGuid,
                                                  PTR_SERVICE_INFORMATION Information);
NTKERNELAPI NTSTATUS TrSecureDeviceCallOSService(WDFDEVICE Device, LPCGUID OSServiceGuid,
                                                 PTR_SERVICE_REQUEST CallData,
                                                 ULONG_PTR *BytesWritten);
NTKERNELAPI NTSTATUS TrSecureDeviceCompleteAsyncRequest(PVOID RequestHandle, NTSTATUS Result,
                                                        ULONG_PTR BytesWritten);

#ifdef __cplusplus
}
#endif

#endif
