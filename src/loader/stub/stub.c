/* SPDX-License-Identifier: MIT */
/*
 * The part of the framework inside each driver module. The module's entry point is here: it gets
 * the function table and the driver's globals, and only then runs the driver's own DriverEntry. It
 * unbinds when DriverEntry fails, or after the driver's unload routine; a driver whose dispatch
 * table is a port driver's does it in WdfDriverMiniportUnload.
 *
 * State: one set of variables per module, written before DriverEntry and after the driver's last
 * code.
 */
#define OWDF_STUB
#include "loader/stub/stub.h"

#include <wdf.h>
#include <wdfminiport.h>

#include "loader/bind.h"

static VOID NTAPI miniport_unload(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver);

const WDFFUNC *WdfFunctions;
PWDF_DRIVER_GLOBALS WdfDriverGlobals;
WDFFUNC WdfDriverMiniportUnloadOverride = (WDFFUNC)miniport_unload;
BOOLEAN WdfClientVersionHigherThanFramework;
ULONG WdfFunctionCount;

static WDF_BIND_INFO bind_info;
static PDRIVER_UNLOAD displaced_unload;

/*
 * Filled by WDF_DECLARE_SHARED_CONTEXT_TYPE_WITH_NAME; the linker names its ends when there is one.
 */
extern PWDF_OBJECT_CONTEXT_TYPE_INFO const __start_owdf_type_init[]
    __attribute__((weak, visibility("hidden")));
extern PWDF_OBJECT_CONTEXT_TYPE_INFO const __stop_owdf_type_init[]
    __attribute__((weak, visibility("hidden")));

static NTSTATUS
bind(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    NTSTATUS status;

    bind_info.Size = sizeof(bind_info);
    bind_info.Major = OwdfBuiltFor.Major;
    bind_info.Minor = OwdfBuiltFor.Minor;
    bind_info.MinimumMinor = OwdfBuiltFor.MinimumMinor;
    bind_info.FuncCount = OwdfBuiltFor.TableLength;
    bind_info.IsUmdf = OwdfBuiltFor.IsUmdf;
    bind_info.IsExportDriver = stub_is_export;
    status = WdfVersionBind(driver_object, registry_path, &bind_info, &WdfDriverGlobals);
    if (NT_SUCCESS(status)) {
        WdfFunctions = bind_info.FuncTable;
        WdfFunctionCount = bind_info.AvailableFuncCount;
        WdfClientVersionHigherThanFramework = bind_info.ClientVersionHigherThanFramework;
    }
    return status;
}

static void
unbind(void)
{
    PWDF_DRIVER_GLOBALS globals = WdfDriverGlobals;

    /*
     * Clean-up callbacks of objects that still exist run in here and call the framework: the table
     * stays.
     */
    WdfVersionUnbind(&bind_info, globals);
    WdfDriverGlobals = NULL;
    WdfFunctions = NULL;
}

/* Context types that several modules share learn which description stands for all. */
static NTSTATUS
resolve_shared_types(void)
{
    PWDF_OBJECT_CONTEXT_TYPE_INFO const *entry;

    for (entry = __start_owdf_type_init; entry != __stop_owdf_type_init; entry++) {
        PWDF_OBJECT_CONTEXT_TYPE_INFO type = *entry;

        if (type->Size != sizeof(*type)) {
            return STATUS_INFO_LENGTH_MISMATCH;
        }
        /* A type declared in a header has an entry from each source file. */
        if (type->UniqueType == NULL && type->EvtDriverGetUniqueContextType != NULL) {
            type->UniqueType = type->EvtDriverGetUniqueContextType();
            if (type->UniqueType == NULL) {
                return STATUS_INSUFFICIENT_RESOURCES;
            }
        }
    }
    return STATUS_SUCCESS;
}

static VOID NTAPI
unload(PDRIVER_OBJECT driver_object)
{
    if (displaced_unload != NULL) {
        displaced_unload(driver_object);
    }
    unbind();
}

/*
 * Stands before the table's entry: a port driver owns DriverUnload, so this is the framework's last
 * call.
 */
static VOID NTAPI
miniport_unload(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver)
{
    ULONG flags = DriverGlobals->DriverFlags;

    ((PFN_WDFDRIVERMINIPORTUNLOAD)WdfFunctions[WdfDriverMiniportUnloadTableIndex])(DriverGlobals,
                                                                                   Driver);
    if (flags & WdfDriverInitNoDispatchOverride) {
        unbind();
    }
}

NTSTATUS
stub_start(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path, PDRIVER_INITIALIZE entry)
{
    NTSTATUS status;

    /*
     * No part of the module includes wdf.h, or a port driver starts it without a driver object: WDM
     * only.
     */
    if (&OwdfBuiltFor == NULL || driver_object == NULL) {
        return entry(driver_object, registry_path);
    }
    status = bind(driver_object, registry_path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = resolve_shared_types();
    if (NT_SUCCESS(status)) {
        status = entry(driver_object, registry_path);
    }
    if (!NT_SUCCESS(status)) {
        unbind();
        return status;
    }
    if (WdfDriverGlobals->DisplaceDriverUnload) {
        displaced_unload = driver_object->DriverUnload;
        driver_object->DriverUnload = unload;
    }
    return status;
}
