/* SPDX-License-Identifier: MIT */
/*
 * Connectors behind the USB Type-C Connector System Software Interface (UcmUcsiCx). Declared so that their drivers
 * compile; OpenWDF does not have the class extension, and the loader names these functions when a driver needs one.
 * Of UCSI's own structures (its specification has their bits) the block that is exchanged is here; what each command
 * makes of its 48 bits and of the messages is not.
 */
#ifndef _UCMUCSICX_H_
#define _UCMUCSICX_H_

#include <wdm.h>
#include <wdf.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(UCMUCSIPPM);
DECLARE_HANDLE(UCMUCSI_CONNECTOR_COLLECTION);

/* The device. */
typedef struct _UCMUCSI_DEVICE_CONFIG {
    ULONG Size;
} UCMUCSI_DEVICE_CONFIG, *PUCMUCSI_DEVICE_CONFIG;

OWDF_INLINE VOID
UCMUCSI_DEVICE_CONFIG_INIT(PUCMUCSI_DEVICE_CONFIG Config)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
}

NTKERNELAPI NTSTATUS UcmUcsiDeviceInitInitialize(PWDFDEVICE_INIT DeviceInit);
NTKERNELAPI NTSTATUS UcmUcsiDeviceInitialize(WDFDEVICE WdfDevice, PUCMUCSI_DEVICE_CONFIG Config);

/* The block of data that is shared with the platform policy manager. */
typedef union _UCSI_VERSION {
    UINT16 AsUInt16;
    struct {
        UINT16 SubMinorVersion : 4;
        UINT16 MinorVersion : 4;
        UINT16 MajorVersion : 8;
    };
} UCSI_VERSION, *PUCSI_VERSION;

typedef union _UCSI_CCI {
    UINT32 AsUInt32;
    struct {
        UINT32 Reserved1 : 1;
        UINT32 ConnectorChangeIndicator : 7;
        UINT32 DataLength : 8;
        UINT32 Reserved2 : 9;
        UINT32 NotSupportedIndicator : 1;
        UINT32 CancelCompletedIndicator : 1;
        UINT32 ResetCompletedIndicator : 1;
        UINT32 BusyIndicator : 1;
        UINT32 AcknowledgeCommandIndicator : 1;
        UINT32 ErrorIndicator : 1;
        UINT32 CommandCompletedIndicator : 1;
    };
} UCSI_CCI, *PUCSI_CCI;

typedef enum _UCSI_COMMAND {
    UcsiCommandPpmReset = 0x01,
    UcsiCommandCancel = 0x02,
    UcsiCommandConnectorReset = 0x03,
    UcsiCommandAckCcCi = 0x04,
    UcsiCommandSetNotificationEnable = 0x05,
    UcsiCommandGetCapability = 0x06,
    UcsiCommandGetConnectorCapability = 0x07,
    UcsiCommandSetUom = 0x08,
    UcsiCommandSetUor = 0x09,
    UcsiCommandSetPdm = 0x0A,
    UcsiCommandSetPdr = 0x0B,
    UcsiCommandGetAlternateModes = 0x0C,
    UcsiCommandGetCamSupported = 0x0D,
    UcsiCommandGetCurrentCam = 0x0E,
    UcsiCommandSetNewCam = 0x0F,
    UcsiCommandGetPdos = 0x10,
    UcsiCommandGetCableProperty = 0x11,
    UcsiCommandGetConnectorStatus = 0x12,
    UcsiCommandGetErrorStatus = 0x13,
    UcsiCommandSetPowerLevel = 0x14,
    UcsiCommandMax
} UCSI_COMMAND, *PUCSI_COMMAND;

typedef union _UCSI_CONTROL {
    UINT64 AsUInt64;
    struct {
        UINT64 Command : 8;
        UINT64 DataLength : 8;
        UINT64 CommandSpecific : 48;
    };
} UCSI_CONTROL, *PUCSI_CONTROL;

typedef union _UCSI_MESSAGE_IN {
    UINT8 AsBuffer[16];
} UCSI_MESSAGE_IN, *PUCSI_MESSAGE_IN;

typedef union _UCSI_MESSAGE_OUT {
    UINT8 AsBuffer[16];
} UCSI_MESSAGE_OUT, *PUCSI_MESSAGE_OUT;

typedef struct _UCSI_DATA_BLOCK {
    UCSI_VERSION UcsiVersion;
    UINT16 Reserved;
    UCSI_CCI CCI;
    UCSI_CONTROL Control;
    UCSI_MESSAGE_IN MessageIn;
    UCSI_MESSAGE_OUT MessageOut;
} UCSI_DATA_BLOCK, *PUCSI_DATA_BLOCK;

OWDF_INLINE BOOLEAN
UCSI_CMD_SUCCEEDED(UCSI_CCI Cci)
{
    return Cci.CommandCompletedIndicator && !Cci.ErrorIndicator && !Cci.NotSupportedIndicator;
}

/* The platform policy manager and its connectors. */
typedef struct _UCMUCSI_CONNECTOR_INFO {
    ULONG Size;
    ULONG64 ConnectorId;
} UCMUCSI_CONNECTOR_INFO, *PUCMUCSI_CONNECTOR_INFO;

typedef struct _UCMUCSI_PPM_CONFIG {
    ULONG Size;
    BOOLEAN UsbDeviceControllerEnabled;
    UCMUCSI_CONNECTOR_COLLECTION ConnectorCollectionHandle;
} UCMUCSI_PPM_CONFIG, *PUCMUCSI_PPM_CONFIG;

OWDF_INLINE VOID
UCMUCSI_CONNECTOR_INFO_INIT(PUCMUCSI_CONNECTOR_INFO ConnectorInfo)
{
    RtlZeroMemory(ConnectorInfo, sizeof(*ConnectorInfo));
    ConnectorInfo->Size = sizeof(*ConnectorInfo);
}

OWDF_INLINE VOID
UCMUCSI_PPM_CONFIG_INIT(PUCMUCSI_PPM_CONFIG Config, UCMUCSI_CONNECTOR_COLLECTION CollectionObject)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->ConnectorCollectionHandle = CollectionObject;
}

NTKERNELAPI NTSTATUS
UcmUcsiConnectorCollectionCreate(WDFDEVICE WdfDevice, PWDF_OBJECT_ATTRIBUTES Attributes,
                                 UCMUCSI_CONNECTOR_COLLECTION *ConnectorCollection);
NTKERNELAPI NTSTATUS UcmUcsiConnectorCollectionAddConnector(
    UCMUCSI_CONNECTOR_COLLECTION ConnectorCollectionObject, PUCMUCSI_CONNECTOR_INFO ConnectorInfo);
NTKERNELAPI NTSTATUS UcmUcsiPpmCreate(WDFDEVICE WdfDevice, PUCMUCSI_PPM_CONFIG Config,
                                      PWDF_OBJECT_ATTRIBUTES Attributes, UCMUCSIPPM *PPMObject);
NTKERNELAPI VOID UcmUcsiPpmNotification(UCMUCSIPPM PpmObject, PUCSI_DATA_BLOCK DataBlock);
NTKERNELAPI VOID UcmUcsiPpmSetUcsiCommandRequestQueue(UCMUCSIPPM PpmObject,
                                                      WDFQUEUE PpmRequestQueue);
NTKERNELAPI NTSTATUS UcmUcsiPpmStart(UCMUCSIPPM PpmObject);
NTKERNELAPI VOID UcmUcsiPpmStop(UCMUCSIPPM PpmObject);

/* Its requests. The documentation names them without their numbers; these are a published copy's. */
typedef enum _UCMUCSI_PPM_IOCTL {
    _IOCTL_UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK =
        CTL_CODE(FILE_DEVICE_UCMUCSI, 0x0, METHOD_BUFFERED, FILE_WRITE_ACCESS),
    _IOCTL_UCMUCSI_PPM_GET_UCSI_DATA_BLOCK =
        CTL_CODE(FILE_DEVICE_UCMUCSI, 0x1, METHOD_BUFFERED, FILE_READ_ACCESS)
} UCMUCSI_PPM_IOCTL;
#define IOCTL_UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK ((ULONG)_IOCTL_UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK)
#define IOCTL_UCMUCSI_PPM_GET_UCSI_DATA_BLOCK  ((ULONG)_IOCTL_UCMUCSI_PPM_GET_UCSI_DATA_BLOCK)

typedef struct _UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK_IN_PARAMS {
    UCMUCSIPPM PpmObject;
    UCSI_DATA_BLOCK UcmUcsiDataBlock;
} UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK_IN_PARAMS, *PUCMUCSI_PPM_SEND_UCSI_DATA_BLOCK_IN_PARAMS;

typedef struct _UCMUCSI_PPM_GET_UCSI_DATA_BLOCK_IN_PARAMS {
    UCMUCSIPPM PpmObject;
} UCMUCSI_PPM_GET_UCSI_DATA_BLOCK_IN_PARAMS, *PUCMUCSI_PPM_GET_UCSI_DATA_BLOCK_IN_PARAMS;

typedef struct _UCMUCSI_PPM_GET_UCSI_DATA_BLOCK_OUT_PARAMS {
    UCSI_DATA_BLOCK UcmUcsiDataBlock;
} UCMUCSI_PPM_GET_UCSI_DATA_BLOCK_OUT_PARAMS, *PUCMUCSI_PPM_GET_UCSI_DATA_BLOCK_OUT_PARAMS;

#ifdef __cplusplus
}
#endif

#endif
