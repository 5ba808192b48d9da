/* SPDX-License-Identifier: MIT */
/* A driver without PnP: a program installs and starts it as a service. Fails to start when built so. */
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD on_unload;
static DRIVER_DISPATCH on_open_close, on_control;

static UNICODE_STRING device_name = RTL_CONSTANT_STRING(L"\\Device\\OwdfLegacy");
static UNICODE_STRING link_name = RTL_CONSTANT_STRING(L"\\DosDevices\\OwdfLegacy");

static NTSTATUS
complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
on_open_close(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    return complete(irp, STATUS_SUCCESS, 0);
}

/* Answers with what it was asked. */
static NTSTATUS
on_control(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = min(stack->Parameters.DeviceIoControl.InputBufferLength,
                       stack->Parameters.DeviceIoControl.OutputBufferLength);

    UNREFERENCED_PARAMETER(device);
    return complete(irp, STATUS_SUCCESS, length);
}

static VOID
on_unload(PDRIVER_OBJECT driver)
{
    IoDeleteSymbolicLink(&link_name);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    PDEVICE_OBJECT device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(registry_path);
#ifdef FAIL_ENTRY
    return STATUS_INSUFFICIENT_RESOURCES;
#endif
    driver->MajorFunction[IRP_MJ_CREATE] = on_open_close;
    driver->MajorFunction[IRP_MJ_CLOSE] = on_open_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
    driver->DriverUnload = on_unload;
    status = IoCreateDevice(driver, 0, &device_name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (NT_SUCCESS(status)) {
        status = IoCreateSymbolicLink(&link_name, &device_name);
        if (!NT_SUCCESS(status)) {
            IoDeleteDevice(device);
        }
    }
    return status;
}
