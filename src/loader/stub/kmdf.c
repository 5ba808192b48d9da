/* SPDX-License-Identifier: MIT */
/* The entry point of a KMDF driver module. */
#include "loader/stub/stub.h"

/* The driver's. */
DRIVER_INITIALIZE DriverEntry;

const BOOLEAN stub_is_export = FALSE;

__attribute__((visibility("default"))) NTSTATUS FxDriverEntry(PDRIVER_OBJECT DriverObject,
                                                              PUNICODE_STRING RegistryPath);

NTSTATUS
FxDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return stub_start(DriverObject, RegistryPath, DriverEntry);
}
