/* SPDX-License-Identifier: MIT */
/*
 * The entry point of a UMDF 2 driver module. To the driver its driver object is opaque; here it is
 * nt's.
 */
#include "loader/stub/stub.h"

/* The driver's. */
DRIVER_INITIALIZE DriverEntry;

const BOOLEAN stub_is_export = FALSE;

__attribute__((visibility("default"))) NTSTATUS FxDriverEntryUm(PVOID LoaderInterface,
                                                                PVOID Context, PVOID DriverObject,
                                                                PUNICODE_STRING RegistryPath);

/* LoaderInterface and Context are the host's, for a binding other than ours; not used. */
NTSTATUS
FxDriverEntryUm(PVOID LoaderInterface, PVOID Context, PVOID DriverObject,
                PUNICODE_STRING RegistryPath)
{
    (void)LoaderInterface;
    (void)Context;
    return stub_start((PDRIVER_OBJECT)DriverObject, RegistryPath, DriverEntry);
}
