/* SPDX-License-Identifier: MIT */
/*
 * Near field communication (NfcCx). Declared so that its drivers compile; OpenWDF does not have the class extension, and
 * the loader names these functions when a driver needs one. The documentation names the enumerators without their
 * numbers: here they are in its order, and one bit each where it says that they are combined.
 */
#ifndef _NFCCX_H_
#define _NFCCX_H_

#include <windows.h>
#include <wdf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NFC_CX_TRANSPORT_TYPE {
    NFC_CX_TRANSPORT_I2C = 0,
    NFC_CX_TRANSPORT_SPI,
    NFC_CX_TRANSPORT_UART,
    NFC_CX_TRANSPORT_CUSTOM
} NFC_CX_TRANSPORT_TYPE, *PNFC_CX_TRANSPORT_TYPE;

typedef enum _NFC_CX_DEVICE_MODE {
    NFC_CX_DEVICE_MODE_NCI = 0,
    NFC_CX_DEVICE_MODE_DTA,
    NFC_CX_DEVICE_MODE_RAW
} NFC_CX_DEVICE_MODE, *PNFC_CX_DEVICE_MODE;

typedef enum _NFC_CX_DRIVER_FLAGS {
    NFC_CX_DRIVER_DISABLE_WTD_TIMER = 0x1,
    NFC_CX_DRIVER_DISABLE_NFCEE_DISCOVERY = 0x2,
    NFC_CX_DRIVER_DISABLE_RECOVERY_MODE = 0x4,
    NFC_CX_DRIVER_DISABLE_HOST_CARD_EMULATION = 0x8,
    NFC_CX_DRIVER_HCI_NETWORK_PER_NFCEE = 0x10,
    NFC_CX_DRIVER_DISABLE_NFCEE_ACTION_NTF = 0x20,
    NFC_CX_DRIVER_ENABLE_EEPROM_WRITE_PROTECTION = 0x40,
    NFC_CX_DRIVER_ISODEP_RNAK_PRESENCE_CHK_SUPPORTED = 0x80,
    NFC_CX_DRIVER_RF_ROUTING_POWER_SUB_STATES_SUPPORTED = 0x100,
    NFC_CX_DRIVER_SKIP_DEVICE_STOP_IDLE = 0x200,
    NFC_CX_DRIVER_POWER_AND_LINK_CONTROL_SUPPORTED = 0x400
} NFC_CX_DRIVER_FLAGS, *PNFC_CX_DRIVER_FLAGS;

typedef enum _NFC_CX_HOST_ACTION {
    HostActionStart = 0,
    HostActionStop,
    HostActionRestart,
    HostActionUnload
} NFC_CX_HOST_ACTION, *PNFC_CX_HOST_ACTION;

typedef enum _NFC_CX_SEQUENCE {
    SequencePreInit = 0,
    SequenceInitComplete,
    SequencePreRfDiscStart,
    SequenceRfDiscStartComplete,
    SequencePreRfDiscStop,
    SequenceRfDiscStopComplete,
    SequencePreNfceeDisc,
    SequenceNfceeDiscComplete,
    SequencePreShutdown,
    SequenceShutdownComplete,
    SequencePreRecovery,
    SequenceRecoveryComplete,
    SequenceMaximum
} NFC_CX_SEQUENCE, *PNFC_CX_SEQUENCE;

typedef enum _NFC_CX_POLL_MODE_CONFIG {
    NFC_CX_POLL_NFC_A = 0x1,
    NFC_CX_POLL_NFC_B = 0x2,
    NFC_CX_POLL_NFC_F_212 = 0x4,
    NFC_CX_POLL_NFC_F_424 = 0x8,
    NFC_CX_POLL_NFC_15693 = 0x10,
    NFC_CX_POLL_NFC_ACTIVE = 0x20,
    NFC_CX_POLL_NFC_A_KOVIO = 0x40,
    NFC_CX_POLL_DEFAULT = NFC_CX_POLL_NFC_A | NFC_CX_POLL_NFC_B | NFC_CX_POLL_NFC_F_212 |
                          NFC_CX_POLL_NFC_F_424 | NFC_CX_POLL_NFC_15693
} NFC_CX_POLL_MODE_CONFIG, *PNFC_CX_POLL_MODE_CONFIG;

typedef enum _NFC_CX_NFCIP_MODE_CONFIG {
    NFC_CX_NFCIP_NFC_A = 0x1,
    NFC_CX_NFCIP_NFC_F_212 = 0x2,
    NFC_CX_NFCIP_NFC_F_424 = 0x4,
    NFC_CX_NFCIP_NFC_ACTIVE = 0x8,
    NFC_CX_NFCIP_NFC_ACTIVE_A = 0x10,
    NFC_CX_NFCIP_NFC_ACTIVE_F_212 = 0x20,
    NFC_CX_NFCIP_NFC_ACTIVE_F_424 = 0x40,
    NFC_CX_NFCIP_DEFAULT = NFC_CX_NFCIP_NFC_A | NFC_CX_NFCIP_NFC_F_212 | NFC_CX_NFCIP_NFC_F_424
} NFC_CX_NFCIP_MODE_CONFIG, *PNFC_CX_NFCIP_MODE_CONFIG;

typedef enum _NFC_CX_NFCIP_TGT_MODE_CONFIG {
    NFC_CX_NFCIP_TGT_NFC_A = 0x1,
    NFC_CX_NFCIP_TGT_NFC_F = 0x2,
    NFC_CX_NFCIP_TGT_NFC_ACTIVE_A = 0x4,
    NFC_CX_NFCIP_TGT_NFC_ACTIVE_F = 0x8,
    NFC_CX_NFCIP_TGT_DEFAULT = NFC_CX_NFCIP_TGT_NFC_A | NFC_CX_NFCIP_TGT_NFC_F
} NFC_CX_NFCIP_TGT_MODE_CONFIG, *PNFC_CX_NFCIP_TGT_MODE_CONFIG;

typedef enum _NFC_CX_CE_MODE_CONFIG {
    NFC_CX_CE_NFC_A = 0x1,
    NFC_CX_CE_NFC_B = 0x2,
    NFC_CX_CE_NFC_F = 0x4,
    NFC_CX_CE_DEFAULT = NFC_CX_CE_NFC_A | NFC_CX_CE_NFC_B | NFC_CX_CE_NFC_F
} NFC_CX_CE_MODE_CONFIG, *PNFC_CX_CE_MODE_CONFIG;

typedef enum _NFC_CX_POLL_BAILOUT_CONFIG {
    NFC_CX_POLL_BAILOUT_DEFAULT = 0,
    NFC_CX_POLL_BAILOUT_NFC_A = 1,
    NFC_CX_POLL_BAILOUT_NFC_B = 2
} NFC_CX_POLL_BAILOUT_CONFIG, *PNFC_CX_POLL_BAILOUT_CONFIG;

typedef VOID EVT_NFC_CX_WRITE_NCI_PACKET(WDFDEVICE Device, WDFREQUEST Request);
typedef EVT_NFC_CX_WRITE_NCI_PACKET *PFN_NFC_CX_WRITE_NCI_PACKET;
typedef VOID EVT_NFC_CX_DEVICE_IO_CONTROL(WDFDEVICE Device, WDFREQUEST Request,
                                          size_t OutputBufferLength, size_t InputBufferLength,
                                          ULONG IoControlCode);
typedef EVT_NFC_CX_DEVICE_IO_CONTROL *PFN_NFC_CX_DEVICE_IO_CONTROL;
typedef VOID EVT_NFC_CX_SEQUENCE_COMPLETION_ROUTINE(WDFDEVICE Device, NTSTATUS Status, ULONG Flags,
                                                    WDFCONTEXT CompletionContext);
typedef EVT_NFC_CX_SEQUENCE_COMPLETION_ROUTINE *PFN_NFC_CX_SEQUENCE_COMPLETION_ROUTINE;
typedef VOID EVT_NFC_CX_SEQUENCE_HANDLER(WDFDEVICE Device, NFC_CX_SEQUENCE Sequence,
                                         PFN_NFC_CX_SEQUENCE_COMPLETION_ROUTINE CompletionRoutine,
                                         WDFCONTEXT CompletionContext);
typedef EVT_NFC_CX_SEQUENCE_HANDLER *PFN_NFC_CX_SEQUENCE_HANDLER;

typedef struct _NFC_CX_CLIENT_CONFIG {
    ULONG Size;
    WDF_TRI_STATE IsPowerPolicyOwner;
    ULONG PowerIdleTimeout;
    WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE PowerIdleType;
    NFC_CX_TRANSPORT_TYPE BusType;
    ULONG DriverFlags;
    NFC_CX_DEVICE_MODE DeviceMode;
    PFN_NFC_CX_WRITE_NCI_PACKET EvtNfcCxWriteNciPacket;
    PFN_NFC_CX_DEVICE_IO_CONTROL EvtNfcCxDeviceIoControl;
} NFC_CX_CLIENT_CONFIG, *PNFC_CX_CLIENT_CONFIG;

typedef struct _NFC_CX_HARDWARE_EVENT {
    NTSTATUS HardwareStatus;
    NFC_CX_HOST_ACTION HostAction;
} NFC_CX_HARDWARE_EVENT, *PNFC_CX_HARDWARE_EVENT;

typedef struct _NFC_CX_LLCP_CONFIG {
    ULONG Size;
    USHORT Miu;
    UCHAR LinkTimeout;
    UCHAR RecvWindowSize;
} NFC_CX_LLCP_CONFIG, *PNFC_CX_LLCP_CONFIG;

typedef struct _NFC_CX_RF_DISCOVERY_CONFIG {
    ULONG Size;
    USHORT TotalDuration;
    ULONG PollConfig;
    ULONG NfcIPMode;
    ULONG NfcIPTgtMode;
    ULONG NfcCEMode;
    ULONG BailoutConfig;
} NFC_CX_RF_DISCOVERY_CONFIG, *PNFC_CX_RF_DISCOVERY_CONFIG;

OWDF_INLINE VOID
NFC_CX_CLIENT_CONFIG_INIT(PNFC_CX_CLIENT_CONFIG Config, NFC_CX_TRANSPORT_TYPE BusType)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->IsPowerPolicyOwner = WdfTrue;
    Config->PowerIdleTimeout = 1000;
    Config->PowerIdleType = DriverManagedIdleTimeout;
    Config->BusType = BusType;
}

OWDF_INLINE VOID
NFC_CX_LLCP_CONFIG_INIT(PNFC_CX_LLCP_CONFIG Config)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->Miu = 1024;
    Config->LinkTimeout = 100;
    Config->RecvWindowSize = 5;
}

OWDF_INLINE VOID
NFC_CX_RF_DISCOVERY_CONFIG_INIT(PNFC_CX_RF_DISCOVERY_CONFIG Config)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->TotalDuration = 300;
    Config->PollConfig = NFC_CX_POLL_DEFAULT;
    Config->NfcIPMode = NFC_CX_NFCIP_DEFAULT;
    Config->NfcIPTgtMode = NFC_CX_NFCIP_TGT_DEFAULT;
    Config->NfcCEMode = NFC_CX_CE_DEFAULT;
    Config->BailoutConfig = NFC_CX_POLL_BAILOUT_DEFAULT;
}

OWDF_EXPORT NTSTATUS NfcCxDeviceInitConfig(PWDFDEVICE_INIT DeviceInit,
                                           PNFC_CX_CLIENT_CONFIG Config);
OWDF_EXPORT NTSTATUS NfcCxDeviceInitialize(WDFDEVICE Device);
OWDF_EXPORT NTSTATUS NfcCxDeviceDeinitialize(WDFDEVICE Device);
OWDF_EXPORT NTSTATUS NfcCxHardwareEvent(WDFDEVICE Device, PNFC_CX_HARDWARE_EVENT HardwareEvent);
OWDF_EXPORT NTSTATUS NfcCxNciReadNotification(WDFDEVICE Device, WDFMEMORY Memory);
OWDF_EXPORT NTSTATUS
NfcCxRegisterSequenceHandler(WDFDEVICE Device, NFC_CX_SEQUENCE Sequence,
                             PFN_NFC_CX_SEQUENCE_HANDLER EvtNfcCxSequenceHandler);
OWDF_EXPORT NTSTATUS NfcCxUnregisterSequenceHandler(WDFDEVICE Device, NFC_CX_SEQUENCE Sequence);
OWDF_EXPORT NTSTATUS NfcCxSetLlcpConfig(WDFDEVICE Device, PNFC_CX_LLCP_CONFIG Config);
OWDF_EXPORT NTSTATUS NfcCxSetRfDiscoveryConfig(WDFDEVICE Device,
                                               PNFC_CX_RF_DISCOVERY_CONFIG Config);

#ifdef __cplusplus
}
#endif

#endif
