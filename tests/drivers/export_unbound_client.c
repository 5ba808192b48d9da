/* SPDX-License-Identifier: MIT */
/* A driver without the framework that links an export driver without it. */
#define EXPORT_PLAIN_ONLY
#include "export_common.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD unload;

static VOID
unload(PDRIVER_OBJECT DriverObject)
{
    DbgPrint("unbound: unload\n");
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = unload;
    return PlainInitialized() == 1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
