/* SPDX-License-Identifier: MIT */
/* A driver module whose DriverEntry does what the test asks for through exported variables. */
#include <ntddk.h>
#include <wdf.h>
#include <wdfminiport.h>

#define EXPORTED __attribute__((visibility("default")))

typedef struct _OWN_CONTEXT {
    ULONG Value;
} OWN_CONTEXT;

typedef struct _SHARED_CONTEXT {
    ULONG Value;
} SHARED_CONTEXT;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD driver_unload;
static PCWDF_OBJECT_CONTEXT_TYPE_INFO SHARED_CONTEXT_EXTERNAL_INIT_FUNCTION(VOID);

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(OWN_CONTEXT, GetOwnContext)
WDF_DECLARE_SHARED_CONTEXT_TYPE_WITH_NAME(SHARED_CONTEXT, GetSharedContext)

/* What the test sets and reads. */
EXPORTED NTSTATUS driver_entry_status;
EXPORTED BOOLEAN driver_is_miniport;
EXPORTED BOOLEAN driver_bound_in_entry;
EXPORTED BOOLEAN driver_bound_in_unload;
EXPORTED unsigned driver_unloads;
EXPORTED PCWDF_OBJECT_CONTEXT_TYPE_INFO driver_own_type;
EXPORTED PCWDF_OBJECT_CONTEXT_TYPE_INFO driver_shared_type;

static PCWDF_OBJECT_CONTEXT_TYPE_INFO
SHARED_CONTEXT_EXTERNAL_INIT_FUNCTION(VOID)
{
    return WDF_GET_CONTEXT_TYPE_INFO(OWN_CONTEXT);
}

static VOID NTAPI
driver_unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    driver_unloads++;
    driver_bound_in_unload = WdfDriverGlobals != NULL && WdfFunctions != NULL;
    if (driver_is_miniport) {
        WdfDriverMiniportUnload(WdfGetDriver());
    }
}

NTSTATUS NTAPI
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    driver_bound_in_entry = WdfDriverGlobals != NULL && WdfFunctions != NULL;
    driver_own_type = WDF_GET_CONTEXT_TYPE_INFO(OWN_CONTEXT)->UniqueType;
    driver_shared_type = WDF_GET_CONTEXT_TYPE_INFO(SHARED_CONTEXT)->UniqueType;
    DriverObject->DriverUnload = driver_unload;
    return driver_entry_status;
}
