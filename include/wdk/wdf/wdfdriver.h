/* SPDX-License-Identifier: MIT */
/* The driver object. */
#ifndef OWDF_WDFDRIVER_H
#define OWDF_WDFDRIVER_H

WDF_EXTERN_C_START

#define WDF_TRACE_ID ('TRAC')

typedef enum _WDF_DRIVER_INIT_FLAGS {
    WdfDriverInitNonPnpDriver = 0x00000001,
    WdfDriverInitNoDispatchOverride = 0x00000002,
    WdfVerifyOn = 0x00000004,
    WdfVerifierOn = 0x00000008,
#if OWDF_WDF_MINOR >= 23
    WdfDriverInitCompanion = 0x00000010,
#endif
} WDF_DRIVER_INIT_FLAGS;

typedef NTSTATUS NTAPI EVT_WDF_DRIVER_DEVICE_ADD(_In_ WDFDRIVER Driver,
                                                 _Inout_ PWDFDEVICE_INIT DeviceInit);
typedef EVT_WDF_DRIVER_DEVICE_ADD *PFN_WDF_DRIVER_DEVICE_ADD;

typedef VOID NTAPI EVT_WDF_DRIVER_UNLOAD(_In_ WDFDRIVER Driver);
typedef EVT_WDF_DRIVER_UNLOAD *PFN_WDF_DRIVER_UNLOAD;

typedef NTSTATUS NTAPI EVT_WDF_TRACE_CALLBACK(_In_ UCHAR minorFunction, _In_opt_ PVOID dataPath,
                                              _In_ ULONG bufferLength, _Inout_ PVOID buffer,
                                              _In_ PVOID context, _Out_ PULONG size);
typedef EVT_WDF_TRACE_CALLBACK *PFN_WDF_TRACE_CALLBACK;

typedef struct _WDF_DRIVER_CONFIG {
    ULONG Size;
    PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd;
    PFN_WDF_DRIVER_UNLOAD EvtDriverUnload;
    ULONG DriverInitFlags;
#if OWDF_WDF_MINOR >= 5
    ULONG DriverPoolTag;
#endif
} WDF_DRIVER_CONFIG, *PWDF_DRIVER_CONFIG;

OWDF_INLINE VOID
WDF_DRIVER_CONFIG_INIT(_Out_ PWDF_DRIVER_CONFIG Config,
                       _In_opt_ PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd)
{
    OWDF_INIT(Config);
    Config->EvtDriverDeviceAdd = EvtDriverDeviceAdd;
}

typedef struct _WDF_DRIVER_VERSION_AVAILABLE_PARAMS {
    ULONG Size;
    ULONG MajorVersion;
    ULONG MinorVersion;
} WDF_DRIVER_VERSION_AVAILABLE_PARAMS, *PWDF_DRIVER_VERSION_AVAILABLE_PARAMS;

OWDF_INLINE VOID
WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(_Out_ PWDF_DRIVER_VERSION_AVAILABLE_PARAMS Params,
                                         _In_ ULONG MajorVersion, _In_ ULONG MinorVersion)
{
    OWDF_INIT(Params);
    Params->MajorVersion = MajorVersion;
    Params->MinorVersion = MinorVersion;
}

/* The driver object that the calling module created. */
OWDF_INLINE WDFDRIVER
WdfGetDriver(VOID)
{
    return WdfDriverGlobals->Driver;
}

#if OWDF_WDF_MINOR >= 23
OWDF_INLINE VOID
WDF_DRIVER_CONFIG_COMPANION_INIT(_Out_ PWDF_DRIVER_CONFIG Config,
                                 _In_opt_ PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd)
{
    WDF_DRIVER_CONFIG_INIT(Config, EvtDriverDeviceAdd);
    Config->DriverInitFlags |= WdfDriverInitCompanion;
}
#endif

WDF_EXTERN_C_END

#include "wdfdriver_calls.h"

#endif
