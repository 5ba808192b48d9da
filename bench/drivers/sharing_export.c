/* SPDX-License-Identifier: MIT */
/* The same as an export driver, with and without the framework in it. */
#include <ntddk.h>
#include <wdf.h>

#include "sharing.h"

NTSTATUS DllInitialize(PUNICODE_STRING RegistryPath);

static WDFSPINLOCK g_lock;

NTSTATUS
DllInitialize(PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    return WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &g_lock);
}

unsigned
ExportIncrement(unsigned Value)
{
    return Value + 1;
}

unsigned
ExportIncrementLocked(unsigned Value)
{
    WdfSpinLockAcquire(g_lock);
    Value++;
    WdfSpinLockRelease(g_lock);
    return Value;
}
