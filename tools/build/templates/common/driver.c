/*
 * @name@: @summary@.
 *
 * This file: the driver as a whole. What belongs to one device is in device.c.
 */
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_UNLOAD @Name@EvtDriverUnload;

NTSTATUS
DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, @Name@EvtDeviceAdd);
    config.EvtDriverUnload = @Name@EvtDriverUnload;
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE);
}

/* Undoes what DriverEntry did by itself. All framework objects go without our help. */
VOID
@Name@EvtDriverUnload(_In_ WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
}
