/* SPDX-License-Identifier: MIT */
/*
 * USB device emulation (UdeCx). Declared so that drivers that may use it compile; OpenWDF does not have the class
 * extension, and the loader names these functions when a driver really needs one.
 */
#ifndef _UDECX_H_
#define _UDECX_H_

#include <wdm.h>
#include <usb.h>
#include <usbspec.h>
#include <wdf.h>
#include <wdfusb.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(UDECXUSBDEVICE);
DECLARE_HANDLE(UDECXUSBENDPOINT);
typedef struct UDECXUSBDEVICE_INIT *PUDECXUSBDEVICE_INIT;
typedef struct UDECXUSBENDPOINT_INIT *PUDECXUSBENDPOINT_INIT;

/* The controller. */
typedef enum _UDECX_WDF_DEVICE_RESET_ACTION {
    UdecxWdfDeviceResetActionResetEachUsbDevice,
    UdecxWdfDeviceResetActionResetWdfDevice
} UDECX_WDF_DEVICE_RESET_ACTION, *PUDECX_WDF_DEVICE_RESET_ACTION;

typedef enum _UDECX_WDF_DEVICE_RESET_TYPE {
    UdecxWdfDeviceResetUndefined = 0,
    UdecxWdfDeviceResetAttemptFunctionLevelDeviceReset,
    UdecxWdfDeviceResetAttemptPlatformLevelDeviceReset
} UDECX_WDF_DEVICE_RESET_TYPE, *PUDECX_WDF_DEVICE_RESET_TYPE;

typedef NTSTATUS EVT_UDECX_WDF_DEVICE_QUERY_USB_CAPABILITY(WDFDEVICE UdecxWdfDevice,
                                                           PGUID CapabilityType,
                                                           ULONG OutputBufferLength,
                                                           PVOID OutputBuffer, PULONG ResultLength);
typedef EVT_UDECX_WDF_DEVICE_QUERY_USB_CAPABILITY *PFN_UDECX_WDF_DEVICE_QUERY_USB_CAPABILITY;
typedef VOID EVT_UDECX_WDF_DEVICE_RESET(WDFDEVICE UdecxWdfDevice);
typedef EVT_UDECX_WDF_DEVICE_RESET *PFN_UDECX_WDF_DEVICE_RESET;

typedef struct _UDECX_WDF_DEVICE_CONFIG {
    ULONG Size;
    USHORT NumberOfUsb20Ports;
    USHORT NumberOfUsb30Ports;
    PFN_UDECX_WDF_DEVICE_QUERY_USB_CAPABILITY EvtUdecxWdfDeviceQueryUsbCapability;
    UDECX_WDF_DEVICE_RESET_ACTION ResetAction;
    PFN_UDECX_WDF_DEVICE_RESET EvtUdecxWdfDeviceReset;
} UDECX_WDF_DEVICE_CONFIG, *PUDECX_WDF_DEVICE_CONFIG;

OWDF_INLINE VOID
UDECX_WDF_DEVICE_CONFIG_INIT(
    PUDECX_WDF_DEVICE_CONFIG Config,
    PFN_UDECX_WDF_DEVICE_QUERY_USB_CAPABILITY EvtUdecxWdfDeviceQueryUsbCapability)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->NumberOfUsb20Ports = 1;
    Config->NumberOfUsb30Ports = 1;
    Config->EvtUdecxWdfDeviceQueryUsbCapability = EvtUdecxWdfDeviceQueryUsbCapability;
}

NTKERNELAPI NTSTATUS UdecxInitializeWdfDeviceInit(PWDFDEVICE_INIT WdfDeviceInit);
NTKERNELAPI NTSTATUS UdecxWdfDeviceAddUsbDeviceEmulation(WDFDEVICE WdfDevice,
                                                         PUDECX_WDF_DEVICE_CONFIG Config);
NTKERNELAPI VOID UdecxWdfDeviceResetComplete(WDFDEVICE UdeWdfDevice);
NTKERNELAPI NTSTATUS UdecxWdfDeviceNeedsReset(WDFDEVICE UdeWdfDevice,
                                              UDECX_WDF_DEVICE_RESET_TYPE ResetType);
NTKERNELAPI BOOLEAN UdecxWdfDeviceTryHandleUserIoctl(WDFDEVICE UdecxWdfDevice, WDFREQUEST Request);

/* A device. */
typedef enum _UDECX_USB_DEVICE_SPEED {
    UdecxUsbLowSpeed,
    UdecxUsbFullSpeed,
    UdecxUsbHighSpeed,
    UdecxUsbSuperSpeed
} UDECX_USB_DEVICE_SPEED, *PUDECX_USB_DEVICE_SPEED;

typedef enum _UDECX_ENDPOINT_TYPE {
    UdecxEndpointTypeInvalid,
    UdecxEndpointTypeSimple,
    UdecxEndpointTypeDynamic
} UDECX_ENDPOINT_TYPE, *PUDECX_ENDPOINT_TYPE;

typedef enum _UDECX_USB_DEVICE_WAKE_SETTING {
    UdecxUsbDeviceWakeDisabled,
    UdecxUsbDeviceWakeEnabled,
    UdecxUsbDeviceWakeNotApplicable
} UDECX_USB_DEVICE_WAKE_SETTING, *PUDECX_USB_DEVICE_WAKE_SETTING;

typedef enum _UDECX_USB_DEVICE_FUNCTION_POWER {
    UdecxUsbDeviceFunctionNotSuspended,
    UdecxUsbDeviceFunctionSuspendedCannotWake,
    UdecxUsbDeviceFunctionSuspendedCanWake
} UDECX_USB_DEVICE_FUNCTION_POWER, *PUDECX_USB_DEVICE_FUNCTION_POWER;

typedef enum _UDECX_ENDPOINTS_CONFIGURE_TYPE {
    UdecxEndpointsConfigureTypeDeviceInitialize,
    UdecxEndpointsConfigureTypeDeviceConfigurationChange,
    UdecxEndpointsConfigureTypeInterfaceSettingChange,
    UdecxEndpointsConfigureTypeEndpointsReleasedOnly
} UDECX_ENDPOINTS_CONFIGURE_TYPE, *PUDECX_ENDPOINTS_CONFIGURE_TYPE;

typedef struct _UDECX_ENDPOINTS_CONFIGURE_PARAMS {
    ULONG Size;
    UDECX_ENDPOINTS_CONFIGURE_TYPE ConfigureType;
    UCHAR NewConfigurationValue;
    UCHAR InterfaceNumber;
    UCHAR NewInterfaceSetting;
    ULONG EndpointsToConfigureCount;
    UDECXUSBENDPOINT *EndpointsToConfigure;
    ULONG ReleasedEndpointsCount;
    UDECXUSBENDPOINT *ReleasedEndpoints;
} UDECX_ENDPOINTS_CONFIGURE_PARAMS, *PUDECX_ENDPOINTS_CONFIGURE_PARAMS;

typedef struct _UDECX_USB_ENDPOINT_INIT_AND_METADATA {
    PUDECXUSBENDPOINT_INIT UdecxUsbEndpointInit;
    ULONG EndpointDescriptorBufferLength;
    PUSB_ENDPOINT_DESCRIPTOR EndpointDescriptor;
    PUSB_SUPERSPEED_ENDPOINT_COMPANION_DESCRIPTOR SuperSpeedEndpointCompanionDescriptor;
} UDECX_USB_ENDPOINT_INIT_AND_METADATA, *PUDECX_USB_ENDPOINT_INIT_AND_METADATA;

typedef NTSTATUS EVT_UDECX_USB_DEVICE_D0_ENTRY(WDFDEVICE UdecxWdfDevice,
                                               UDECXUSBDEVICE UdecxUsbDevice);
typedef EVT_UDECX_USB_DEVICE_D0_ENTRY *PFN_UDECX_USB_DEVICE_D0_ENTRY;
typedef NTSTATUS EVT_UDECX_USB_DEVICE_D0_EXIT(WDFDEVICE UdecxWdfDevice,
                                              UDECXUSBDEVICE UdecxUsbDevice,
                                              UDECX_USB_DEVICE_WAKE_SETTING WakeSetting);
typedef EVT_UDECX_USB_DEVICE_D0_EXIT *PFN_UDECX_USB_DEVICE_D0_EXIT;
typedef NTSTATUS
EVT_UDECX_USB_DEVICE_SET_FUNCTION_SUSPEND_AND_WAKE(WDFDEVICE UdecxWdfDevice,
                                                   UDECXUSBDEVICE UdecxUsbDevice, ULONG Interface,
                                                   UDECX_USB_DEVICE_FUNCTION_POWER FunctionPower);
typedef EVT_UDECX_USB_DEVICE_SET_FUNCTION_SUSPEND_AND_WAKE
    *PFN_UDECX_USB_DEVICE_SET_FUNCTION_SUSPEND_AND_WAKE;
typedef VOID EVT_UDECX_USB_DEVICE_POST_ENUMERATION_RESET(WDFDEVICE UdecxWdfDevice,
                                                         UDECXUSBDEVICE UdecxUsbDevice,
                                                         WDFREQUEST Request,
                                                         BOOLEAN AllDevicesReset);
typedef EVT_UDECX_USB_DEVICE_POST_ENUMERATION_RESET *PFN_UDECX_USB_DEVICE_POST_ENUMERATION_RESET;
typedef NTSTATUS
EVT_UDECX_USB_DEVICE_DEFAULT_ENDPOINT_ADD(UDECXUSBDEVICE UdecxUsbDevice,
                                          PUDECXUSBENDPOINT_INIT UdecxEndpointInit);
typedef EVT_UDECX_USB_DEVICE_DEFAULT_ENDPOINT_ADD *PFN_UDECX_USB_DEVICE_DEFAULT_ENDPOINT_ADD;
typedef NTSTATUS
EVT_UDECX_USB_DEVICE_ENDPOINT_ADD(UDECXUSBDEVICE UdecxUsbDevice,
                                  PUDECX_USB_ENDPOINT_INIT_AND_METADATA EndpointToCreate);
typedef EVT_UDECX_USB_DEVICE_ENDPOINT_ADD *PFN_UDECX_USB_DEVICE_ENDPOINT_ADD;
typedef VOID EVT_UDECX_USB_DEVICE_ENDPOINTS_CONFIGURE(UDECXUSBDEVICE UdecxUsbDevice,
                                                      WDFREQUEST Request,
                                                      PUDECX_ENDPOINTS_CONFIGURE_PARAMS Params);
typedef EVT_UDECX_USB_DEVICE_ENDPOINTS_CONFIGURE *PFN_UDECX_USB_DEVICE_ENDPOINTS_CONFIGURE;

typedef struct _UDECX_USB_DEVICE_STATE_CHANGE_CALLBACKS {
    ULONG Size;
    PFN_UDECX_USB_DEVICE_D0_ENTRY EvtUsbDeviceLinkPowerEntry;
    PFN_UDECX_USB_DEVICE_D0_EXIT EvtUsbDeviceLinkPowerExit;
    PFN_UDECX_USB_DEVICE_SET_FUNCTION_SUSPEND_AND_WAKE EvtUsbDeviceSetFunctionSuspendAndWake;
    PFN_UDECX_USB_DEVICE_POST_ENUMERATION_RESET EvtUsbDeviceReset;
    PFN_UDECX_USB_DEVICE_DEFAULT_ENDPOINT_ADD EvtUsbDeviceDefaultEndpointAdd;
    PFN_UDECX_USB_DEVICE_ENDPOINT_ADD EvtUsbDeviceEndpointAdd;
    PFN_UDECX_USB_DEVICE_ENDPOINTS_CONFIGURE EvtUsbDeviceEndpointsConfigure;
} UDECX_USB_DEVICE_STATE_CHANGE_CALLBACKS, *PUDECX_USB_DEVICE_STATE_CHANGE_CALLBACKS;

OWDF_INLINE VOID
UDECX_USB_DEVICE_CALLBACKS_INIT(PUDECX_USB_DEVICE_STATE_CHANGE_CALLBACKS Callbacks)
{
    RtlZeroMemory(Callbacks, sizeof(*Callbacks));
    Callbacks->Size = sizeof(*Callbacks);
}

typedef struct _UDECX_USB_DEVICE_PLUG_IN_OPTIONS {
    ULONG Size;
    ULONG Usb20PortNumber;
    ULONG Usb30PortNumber;
} UDECX_USB_DEVICE_PLUG_IN_OPTIONS, *PUDECX_USB_DEVICE_PLUG_IN_OPTIONS;

OWDF_INLINE VOID
UDECX_USB_DEVICE_PLUG_IN_OPTIONS_INIT(PUDECX_USB_DEVICE_PLUG_IN_OPTIONS Options)
{
    RtlZeroMemory(Options, sizeof(*Options));
    Options->Size = sizeof(*Options);
}

NTKERNELAPI PUDECXUSBDEVICE_INIT UdecxUsbDeviceInitAllocate(WDFDEVICE UdecxWdfDevice);
NTKERNELAPI VOID UdecxUsbDeviceInitFree(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit);
NTKERNELAPI VOID UdecxUsbDeviceInitSetSpeed(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit,
                                            UDECX_USB_DEVICE_SPEED UsbDeviceSpeed);
NTKERNELAPI VOID UdecxUsbDeviceInitSetEndpointsType(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit,
                                                    UDECX_ENDPOINT_TYPE UdecxEndpointType);
NTKERNELAPI VOID UdecxUsbDeviceInitSetStateChangeCallbacks(
    PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit, PUDECX_USB_DEVICE_STATE_CHANGE_CALLBACKS Callbacks);
NTKERNELAPI NTSTATUS UdecxUsbDeviceInitAddDescriptor(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit,
                                                     PUCHAR Descriptor, USHORT DescriptorLength);
NTKERNELAPI NTSTATUS
UdecxUsbDeviceInitAddDescriptorWithIndex(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit, PUCHAR Descriptor,
                                         USHORT DescriptorLength, UCHAR DescriptorIndex);
NTKERNELAPI NTSTATUS UdecxUsbDeviceInitAddStringDescriptor(PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit,
                                                           PCUNICODE_STRING String,
                                                           UCHAR DescriptorIndex,
                                                           USHORT LanguageId);
NTKERNELAPI NTSTATUS UdecxUsbDeviceInitAddStringDescriptorRaw(
    PUDECXUSBDEVICE_INIT UdecxUsbDeviceInit, PUCHAR Descriptor, USHORT DescriptorLength,
    UCHAR DescriptorIndex, USHORT LanguageId);
NTKERNELAPI NTSTATUS UdecxUsbDeviceCreate(PUDECXUSBDEVICE_INIT *UdecxUsbDeviceInit,
                                          PWDF_OBJECT_ATTRIBUTES Attributes,
                                          UDECXUSBDEVICE *UdecxUsbDevice);
NTKERNELAPI NTSTATUS UdecxUsbDevicePlugIn(UDECXUSBDEVICE UdecxUsbDevice,
                                          PUDECX_USB_DEVICE_PLUG_IN_OPTIONS Options);
NTKERNELAPI NTSTATUS UdecxUsbDevicePlugOutAndDelete(UDECXUSBDEVICE UdecxUsbDevice);
NTKERNELAPI VOID UdecxUsbDeviceLinkPowerEntryComplete(UDECXUSBDEVICE UdecxUsbDevice,
                                                      NTSTATUS CompletionStatus);
NTKERNELAPI VOID UdecxUsbDeviceLinkPowerExitComplete(UDECXUSBDEVICE UdecxUsbDevice,
                                                     NTSTATUS CompletionStatus);
NTKERNELAPI VOID UdecxUsbDeviceSetFunctionSuspendAndWakeComplete(UDECXUSBDEVICE UdecxUsbDevice,
                                                                 NTSTATUS CompletionStatus);
NTKERNELAPI VOID UdecxUsbDeviceSignalWake(UDECXUSBDEVICE UdecxUsbDevice);
NTKERNELAPI VOID UdecxUsbDeviceSignalFunctionWake(UDECXUSBDEVICE UdecxUsbDevice, ULONG Interface);

/* An endpoint. */
typedef VOID EVT_UDECX_USB_ENDPOINT_RESET(UDECXUSBENDPOINT UdecxUsbEndpoint, WDFREQUEST Request);
typedef EVT_UDECX_USB_ENDPOINT_RESET *PFN_UDECX_USB_ENDPOINT_RESET;
typedef VOID EVT_UDECX_USB_ENDPOINT_START(UDECXUSBENDPOINT UdecxUsbEndpoint);
typedef EVT_UDECX_USB_ENDPOINT_START *PFN_UDECX_USB_ENDPOINT_START;
typedef VOID EVT_UDECX_USB_ENDPOINT_PURGE(UDECXUSBENDPOINT UdecxUsbEndpoint);
typedef EVT_UDECX_USB_ENDPOINT_PURGE *PFN_UDECX_USB_ENDPOINT_PURGE;

typedef struct _UDECX_USB_ENDPOINT_CALLBACKS {
    ULONG Size;
    PFN_UDECX_USB_ENDPOINT_RESET EvtUsbEndpointReset;
    PFN_UDECX_USB_ENDPOINT_START EvtUsbEndpointStart;
    PFN_UDECX_USB_ENDPOINT_PURGE EvtUsbEndpointPurge;
} UDECX_USB_ENDPOINT_CALLBACKS, *PUDECX_USB_ENDPOINT_CALLBACKS;

OWDF_INLINE VOID
UDECX_USB_ENDPOINT_CALLBACKS_INIT(PUDECX_USB_ENDPOINT_CALLBACKS Callbacks,
                                  PFN_UDECX_USB_ENDPOINT_RESET EvtUsbEndpointReset)
{
    RtlZeroMemory(Callbacks, sizeof(*Callbacks));
    Callbacks->Size = sizeof(*Callbacks);
    Callbacks->EvtUsbEndpointReset = EvtUsbEndpointReset;
}

NTKERNELAPI PUDECXUSBENDPOINT_INIT
UdecxUsbSimpleEndpointInitAllocate(UDECXUSBDEVICE UdecxUsbDevice);
NTKERNELAPI VOID UdecxUsbEndpointInitFree(PUDECXUSBENDPOINT_INIT Init);
NTKERNELAPI VOID UdecxUsbEndpointInitSetEndpointAddress(PUDECXUSBENDPOINT_INIT Init,
                                                        UCHAR EndpointAddress);
NTKERNELAPI VOID UdecxUsbEndpointInitSetCallbacks(PUDECXUSBENDPOINT_INIT UdecxUsbEndpointInit,
                                                  PUDECX_USB_ENDPOINT_CALLBACKS EndpointCallbacks);
NTKERNELAPI NTSTATUS UdecxUsbEndpointCreate(PUDECXUSBENDPOINT_INIT *EndpointInit,
                                            PWDF_OBJECT_ATTRIBUTES Attributes,
                                            UDECXUSBENDPOINT *UdecxUsbEndpoint);
NTKERNELAPI VOID UdecxUsbEndpointSetWdfIoQueue(UDECXUSBENDPOINT UdecxUsbEndpoint,
                                               WDFQUEUE WdfQueue);
NTKERNELAPI VOID UdecxUsbEndpointPurgeComplete(UDECXUSBENDPOINT UdecxUsbEndpoint);

/* A request for an endpoint. */
NTKERNELAPI VOID UdecxUrbComplete(WDFREQUEST Request, USBD_STATUS UsbdStatus);
NTKERNELAPI VOID UdecxUrbCompleteWithNtStatus(WDFREQUEST Request, NTSTATUS NtStatus);
NTKERNELAPI NTSTATUS UdecxUrbRetrieveBuffer(WDFREQUEST Request, PUCHAR *TransferBuffer,
                                            PULONG Length);
NTKERNELAPI NTSTATUS UdecxUrbRetrieveControlSetupPacket(WDFREQUEST Request,
                                                        PWDF_USB_CONTROL_SETUP_PACKET SetupPacket);
NTKERNELAPI VOID UdecxUrbSetBytesCompleted(WDFREQUEST Request, ULONG BytesCompleted);

#ifdef __cplusplus
}
#endif

#endif
