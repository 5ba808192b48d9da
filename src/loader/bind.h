/* SPDX-License-Identifier: MIT */
/*
 * The binding between a driver module and the framework. The stub, which every module links, and
 * version.c, the framework's side, agree on it; nobody else uses it. Modules outlive releases:
 * WDF_BIND_INFO only grows, at its end, and Size says how much of it the module knows.
 */
#ifndef OPENWDF_LOADER_BIND_H
#define OPENWDF_LOADER_BIND_H

#include <ntddk.h>
#include <wdf.h>

typedef struct _WDF_BIND_INFO {
    /* From the module. */
    ULONG Size;
    ULONG Major; /* The version it was built for. */
    ULONG Minor;
    ULONG MinimumMinor; /* The oldest framework it can run on; Minor unless it says otherwise. */
    ULONG FuncCount;    /* Entries of the function table that its headers know. */
    ULONG IsUmdf;

    /* From the framework, on success. */
    const WDFFUNC *FuncTable;
    ULONG AvailableFuncCount;
    BOOLEAN ClientVersionHigherThanFramework;

    /* From the module. */
    BOOLEAN IsExportDriver; /* It works for other drivers: see OwdfCallerOf. */
} WDF_BIND_INFO, *PWDF_BIND_INFO;

WDF_EXTERN_C_START

/*
 * Gives a module its function table and its globals, before its DriverEntry runs. PASSIVE_LEVEL.
 *
 * STATUS_OBJECT_TYPE_MISMATCH    the module needs another version; the log says both
 * STATUS_INVALID_PARAMETER       *BindInfo is not of a form we know
 * STATUS_INSUFFICIENT_RESOURCES
 */
NTKERNELAPI _Must_inspect_result_ NTSTATUS NTAPI
WdfVersionBind(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath,
               _Inout_ PWDF_BIND_INFO BindInfo, _Out_ PWDF_DRIVER_GLOBALS *ComponentGlobals);

/* Ends it, after the driver's unload routine or a DriverEntry that failed. PASSIVE_LEVEL. */
NTKERNELAPI VOID NTAPI WdfVersionUnbind(_In_ PWDF_BIND_INFO BindInfo,
                                        _In_ PWDF_DRIVER_GLOBALS ComponentGlobals);

/* What a code address says about whom an export driver works for. */
typedef enum _OWDF_CALLER {
    OwdfCallerUnknown, /* No driver's code. */
    OwdfCallerDriver,  /* A driver's: its globals. */
    OwdfCallerBetween, /* An export driver's, or a driver's without the framework: look further up. */
} OWDF_CALLER;

/* Whose code holds the address. IRQL <= DISPATCH_LEVEL. */
NTKERNELAPI OWDF_CALLER NTAPI OwdfCallerOf(_In_ const VOID *Address,
                                           _Out_ PWDF_DRIVER_GLOBALS *ComponentGlobals);

/* The globals of the driver whose object a handle stands for; NULL when it is no handle. */
NTKERNELAPI PWDF_DRIVER_GLOBALS NTAPI OwdfGlobalsOfHandle(_In_ PVOID Handle);

WDF_EXTERN_C_END

#endif
