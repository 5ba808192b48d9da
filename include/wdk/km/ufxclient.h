/* SPDX-License-Identifier: MIT */
/*
 * USB function controllers' drivers (UFX). Declared so that they compile; OpenWDF does not have the class extension, and
 * the loader names these functions when a driver needs one.
 */
#ifndef __UFXCLIENT_H__
#define __UFXCLIENT_H__

#include <wdm.h>
#include <wdf.h>
#include <ufxbase.h>
#include <usbfnioctl.h>
#include <ufxproprietarycharger.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(UFXDEVICE);
DECLARE_HANDLE(UFXENDPOINT);
typedef struct UFXENDPOINT_INIT *PUFXENDPOINT_INIT;

typedef VOID EVT_UFX_DEVICE_HOST_CONNECT(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_HOST_CONNECT *PFN_UFX_DEVICE_HOST_CONNECT;
typedef VOID EVT_UFX_DEVICE_HOST_DISCONNECT(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_HOST_DISCONNECT *PFN_UFX_DEVICE_HOST_DISCONNECT;
typedef VOID EVT_UFX_DEVICE_ADDRESSED(UFXDEVICE UfxDevice, USHORT DeviceAddress);
typedef EVT_UFX_DEVICE_ADDRESSED *PFN_UFX_DEVICE_ADDRESSED;
typedef NTSTATUS EVT_UFX_DEVICE_ENDPOINT_ADD(UFXDEVICE UfxDevice,
                                             const PUSB_ENDPOINT_DESCRIPTOR EndpointDescriptor,
                                             PUFXENDPOINT_INIT EndpointInit);
typedef EVT_UFX_DEVICE_ENDPOINT_ADD *PFN_UFX_DEVICE_ENDPOINT_ADD;
typedef VOID EVT_UFX_DEVICE_DEFAULT_ENDPOINT_ADD(UFXDEVICE UfxDevice, USHORT MaxPacketSize,
                                                 PUFXENDPOINT_INIT EndpointInit);
typedef EVT_UFX_DEVICE_DEFAULT_ENDPOINT_ADD *PFN_UFX_DEVICE_DEFAULT_ENDPOINT_ADD;
typedef VOID EVT_UFX_DEVICE_USB_STATE_CHANGE(UFXDEVICE UfxDevice, USBFN_DEVICE_STATE NewState);
typedef EVT_UFX_DEVICE_USB_STATE_CHANGE *PFN_UFX_DEVICE_USB_STATE_CHANGE;
typedef VOID EVT_UFX_DEVICE_PORT_CHANGE(UFXDEVICE UfxDevice, USBFN_PORT_TYPE NewPort);
typedef EVT_UFX_DEVICE_PORT_CHANGE *PFN_UFX_DEVICE_PORT_CHANGE;
typedef VOID EVT_UFX_DEVICE_PORT_DETECT(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_PORT_DETECT *PFN_UFX_DEVICE_PORT_DETECT;
typedef VOID EVT_UFX_DEVICE_REMOTE_WAKEUP_SIGNAL(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_REMOTE_WAKEUP_SIGNAL *PFN_UFX_DEVICE_REMOTE_WAKEUP_SIGNAL;
typedef VOID EVT_UFX_DEVICE_CONTROLLER_RESET(UFXDEVICE UfxDevice,
                                             PUFX_HARDWARE_FAILURE_CONTEXT HardwareFailureContext);
typedef EVT_UFX_DEVICE_CONTROLLER_RESET *PFN_UFX_DEVICE_CONTROLLER_RESET;
typedef VOID EVT_UFX_DEVICE_TEST_MODE_SET(UFXDEVICE UfxDevice, ULONG TestMode);
typedef EVT_UFX_DEVICE_TEST_MODE_SET *PFN_UFX_DEVICE_TEST_MODE_SET;
typedef NTSTATUS EVT_UFX_DEVICE_TESTHOOK(UFXDEVICE UfxDevice, PVOID InputBuffer,
                                         SIZE_T InputBufferLength, PVOID OutputBuffer,
                                         SIZE_T OutputBufferLength);
typedef EVT_UFX_DEVICE_TESTHOOK *PFN_UFX_DEVICE_TESTHOOK;
typedef VOID EVT_UFX_DEVICE_SUPER_SPEED_POWER_FEATURE(UFXDEVICE UfxDevice, USHORT Feature,
                                                      BOOLEAN Set);
typedef EVT_UFX_DEVICE_SUPER_SPEED_POWER_FEATURE *PFN_UFX_DEVICE_SUPER_SPEED_POWER_FEATURE;
typedef VOID EVT_UFX_DEVICE_PROPRIETARY_CHARGER_DETECT(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_PROPRIETARY_CHARGER_DETECT *PFN_UFX_DEVICE_PROPRIETARY_CHARGER_DETECT;
typedef VOID EVT_UFX_DEVICE_PROPRIETARY_CHARGER_SET_PROPERTY(UFXDEVICE UfxDevice,
                                                             WDFREQUEST Request);
typedef EVT_UFX_DEVICE_PROPRIETARY_CHARGER_SET_PROPERTY
    *PFN_UFX_DEVICE_PROPRIETARY_CHARGER_SET_PROPERTY;
typedef VOID EVT_UFX_DEVICE_PROPRIETARY_CHARGER_RESET(UFXDEVICE UfxDevice);
typedef EVT_UFX_DEVICE_PROPRIETARY_CHARGER_RESET *PFN_UFX_DEVICE_PROPRIETARY_CHARGER_RESET;

typedef struct _UFX_DEVICE_CALLBACKS {
    ULONG Size;
    PFN_UFX_DEVICE_HOST_CONNECT EvtDeviceHostConnect;
    PFN_UFX_DEVICE_HOST_DISCONNECT EvtDeviceHostDisconnect;
    PFN_UFX_DEVICE_ADDRESSED EvtDeviceAddressed;
    PFN_UFX_DEVICE_ENDPOINT_ADD EvtDeviceEndpointAdd;
    PFN_UFX_DEVICE_DEFAULT_ENDPOINT_ADD EvtDeviceDefaultEndpointAdd;
    PFN_UFX_DEVICE_USB_STATE_CHANGE EvtDeviceUsbStateChange;
    PFN_UFX_DEVICE_PORT_CHANGE EvtDevicePortChange;
    PFN_UFX_DEVICE_PORT_DETECT EvtDevicePortDetect;
    PFN_UFX_DEVICE_REMOTE_WAKEUP_SIGNAL EvtDeviceRemoteWakeupSignal;
    PFN_UFX_DEVICE_CONTROLLER_RESET EvtDeviceControllerReset;
    PFN_UFX_DEVICE_TEST_MODE_SET EvtDeviceTestModeSet;
    PFN_UFX_DEVICE_TESTHOOK EvtDeviceTestHook;
    PFN_UFX_DEVICE_SUPER_SPEED_POWER_FEATURE EvtDeviceSuperSpeedPowerFeature;
    PFN_UFX_DEVICE_PROPRIETARY_CHARGER_DETECT EvtDeviceProprietaryChargerDetect;
    PFN_UFX_DEVICE_PROPRIETARY_CHARGER_SET_PROPERTY EvtDeviceProprietaryChargerSetProperty;
    PFN_UFX_DEVICE_PROPRIETARY_CHARGER_RESET EvtDeviceProprietaryChargerReset;
} UFX_DEVICE_CALLBACKS, *PUFX_DEVICE_CALLBACKS;

typedef struct _UFX_ENDPOINT_CALLBACKS {
    ULONG Size;
} UFX_ENDPOINT_CALLBACKS, *PUFX_ENDPOINT_CALLBACKS;

#define OWDF_UFX_INIT(name, argument)                                                              \
    OWDF_INLINE VOID name##_INIT(P##name argument)                                                 \
    {                                                                                              \
        RtlZeroMemory(argument, sizeof(*argument));                                                \
        argument->Size = sizeof(*argument);                                                        \
    }
OWDF_UFX_INIT(UFX_DEVICE_CALLBACKS, Callbacks)
OWDF_UFX_INIT(UFX_DEVICE_CAPABILITIES, Capabilities)
OWDF_UFX_INIT(UFX_ENDPOINT_CALLBACKS, Callbacks)
#undef OWDF_UFX_INIT

NTKERNELAPI NTSTATUS UfxFdoInit(WDFDRIVER WdfDriver, PWDFDEVICE_INIT DeviceInit,
                                PWDF_OBJECT_ATTRIBUTES FdoAttributes);
NTKERNELAPI NTSTATUS UfxDeviceCreate(WDFDEVICE WdfDevice, PUFX_DEVICE_CALLBACKS Callbacks,
                                     PUFX_DEVICE_CAPABILITIES Capabilities,
                                     PWDF_OBJECT_ATTRIBUTES Attributes, UFXDEVICE *UfxDevice);
NTKERNELAPI VOID UfxDeviceEventComplete(UFXDEVICE UfxDevice, NTSTATUS Status);
NTKERNELAPI BOOLEAN UfxDeviceIoControl(UFXDEVICE UfxDevice, WDFREQUEST Request,
                                       size_t OutputBufferLength, size_t InputBufferLength,
                                       ULONG IoControlCode);
NTKERNELAPI BOOLEAN UfxDeviceIoInternalControl(UFXDEVICE UfxDevice, WDFREQUEST Request,
                                               size_t OutputBufferLength, size_t InputBufferLength,
                                               ULONG IoControlCode);
NTKERNELAPI VOID UfxDeviceNotifyAttach(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDeviceNotifyDetach(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDeviceNotifyFinalExit(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDeviceNotifyHardwareFailure(
    UFXDEVICE UfxDevice, PUFX_HARDWARE_FAILURE_CONTEXT HardwareFailureContext);
NTKERNELAPI VOID UfxDeviceNotifyHardwareReady(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDeviceNotifyReset(UFXDEVICE UfxDevice, USB_DEVICE_SPEED DeviceSpeed);
NTKERNELAPI VOID UfxDeviceNotifyResume(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDeviceNotifySuspend(UFXDEVICE UfxDevice);
NTKERNELAPI VOID UfxDevicePortDetectComplete(UFXDEVICE UfxDevice, USBFN_PORT_TYPE PortType);
NTKERNELAPI VOID UfxDevicePortDetectCompleteEx(UFXDEVICE UfxDevice, USBFN_PORT_TYPE PortType,
                                               USBFN_ACTION Action);
NTKERNELAPI VOID UfxDeviceProprietaryChargerDetectComplete(
    UFXDEVICE UfxDevice, PUFX_PROPRIETARY_CHARGER DetectedCharger);
NTKERNELAPI NTSTATUS UfxEndpointCreate(UFXDEVICE UfxDevice, PUFXENDPOINT_INIT EndpointInit,
                                       PWDF_OBJECT_ATTRIBUTES Attributes,
                                       PWDF_IO_QUEUE_CONFIG TransferQueueConfig,
                                       PWDF_OBJECT_ATTRIBUTES TransferQueueAttributes,
                                       PWDF_IO_QUEUE_CONFIG CommandQueueConfig,
                                       PWDF_OBJECT_ATTRIBUTES CommandQueueAttributes,
                                       UFXENDPOINT *UfxEndpoint);
NTKERNELAPI VOID UfxEndpointInitSetEventCallbacks(PUFXENDPOINT_INIT EndpointInit,
                                                  PUFX_ENDPOINT_CALLBACKS Callbacks);
NTKERNELAPI VOID UfxEndpointNotifySetup(UFXENDPOINT UfxEndpoint,
                                        PUSB_DEFAULT_PIPE_SETUP_PACKET SetupInfo);
NTKERNELAPI WDFQUEUE UfxEndpointGetTransferQueue(UFXENDPOINT UfxEndpoint);
NTKERNELAPI WDFQUEUE UfxEndpointGetCommandQueue(UFXENDPOINT UfxEndpoint);

#ifdef __cplusplus
}
#endif

#endif
