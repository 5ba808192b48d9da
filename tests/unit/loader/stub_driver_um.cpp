/* SPDX-License-Identifier: MIT */
/* A user-mode driver module in C++ that only says whether it is bound. */
#include <windows.h>
#include <wdf.h>

extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" __declspec(dllexport) BOOLEAN driver_bound_in_entry;

BOOLEAN driver_bound_in_entry;

NTSTATUS NTAPI
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    driver_bound_in_entry = WdfDriverGlobals != nullptr && WdfFunctions != nullptr;
    return STATUS_SUCCESS;
}
