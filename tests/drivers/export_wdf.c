/* SPDX-License-Identifier: MIT */
/* An export driver that uses the framework, and another export driver. */
#include <ntddk.h>
#include <wdf.h>

#include "export_common.h"

NTSTATUS DllInitialize(PUNICODE_STRING RegistryPath);
NTSTATUS DllUnload(VOID);

static WDFSPINLOCK lock; /* Its own: made before anybody has called. */
static WDFDRIVER own_driver;
static ULONG uses;

NTSTATUS
DllInitialize(PUNICODE_STRING RegistryPath)
{
    own_driver = WdfGetDriver();
    if (PlainInitialized() != 1) {
        return STATUS_DLL_INIT_FAILED;
    }
    return WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock);
}

NTSTATUS
DllUnload(VOID)
{
    DbgPrint("common: DllUnload after %u uses\n", uses);
    return STATUS_SUCCESS;
}

static void
count_use(void)
{
    WdfSpinLockAcquire(lock);
    uses++;
    WdfSpinLockRelease(lock);
}

NTSTATUS
CommonMakeCollection(WDFCOLLECTION *Collection)
{
    count_use();
    return WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, Collection);
}

NTSTATUS
CommonMakeMemory(WDFOBJECT Parent, WDFMEMORY *Memory)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    count_use();
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Parent;
    return WdfMemoryCreate(&attributes, NonPagedPoolNx, 0, 32, Memory, NULL);
}

WDFDRIVER
CommonDriver(void)
{
    return WdfGetDriver();
}

WDFDRIVER
CommonOwnDriver(void)
{
    return own_driver;
}

VOID
CommonComplete(WDFREQUEST Request, NTSTATUS Status)
{
    count_use();
    WdfRequestComplete(Request, Status);
}

WDFDRIVER
CommonDriverThrough(WDFDRIVER (*Callback)(void))
{
    (void)Callback();
    return WdfGetDriver();
}

ULONG
CommonTagOf(void)
{
    return WdfDriverGlobals->DriverTag;
}
