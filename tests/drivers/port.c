/* SPDX-License-Identifier: MIT */
#include "port.h"

NTSTATUS DllInitialize(PUNICODE_STRING RegistryPath);
NTSTATUS DllUnload(VOID);

static const int miniport_key; /* Of a driver object's extension: its PORT_MINIPORT. */

typedef struct port_device {
    PDEVICE_OBJECT next;
    PDEVICE_OBJECT pdo;
    PORT_MINIPORT *miniport;
    PVOID context;
    BOOLEAN initialized;
} PORT_DEVICE;

NTSTATUS
DllInitialize(PUNICODE_STRING RegistryPath)
{
    return STATUS_SUCCESS;
}

NTSTATUS
DllUnload(VOID)
{
    return STATUS_SUCCESS;
}

static NTSTATUS
finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
port_io(PDEVICE_OBJECT device, PIRP irp)
{
    PORT_DEVICE *port = device->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG_PTR read = 0;
    NTSTATUS status = STATUS_SUCCESS;

    if (stack->MajorFunction == IRP_MJ_READ) {
        status = port->miniport->read(port->context, irp->AssociatedIrp.SystemBuffer,
                                      stack->Parameters.Read.Length, &read);
    }
    return finish(irp, status, read);
}

static NTSTATUS
done_below(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
start(PORT_DEVICE *port, PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status;
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, done_below, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(port->next, irp) == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    status = irp->IoStatus.Status;
    if (NT_SUCCESS(status)) {
        status = port->miniport->initialize(device, port->next, port->pdo, &port->context);
        port->initialized = NT_SUCCESS(status);
    }
    return finish(irp, status, 0);
}

static NTSTATUS
port_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PORT_DEVICE *port = device->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PDEVICE_OBJECT next = port->next;
    NTSTATUS status;

    if (stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_START_DEVICE) {
        return start(port, device, irp);
    }
    if (stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_REMOVE_DEVICE) {
        if (port->initialized) {
            port->miniport->halt(port->context);
        }
        irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(irp);
        status = IoCallDriver(next, irp);
        IoDetachDevice(next);
        IoDeleteDevice(device);
        return status;
    }
    if (stack->MajorFunction == IRP_MJ_POWER) {
        PoStartNextPowerIrp(irp);
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(next, irp);
}

/* {d3a1...}: where applications find the port's devices. */
static const GUID port_guid = {
    0xd3a10b47, 0x5f0e, 0x4a2c, {0x8a, 0x77, 0x30, 0xc4, 0x11, 0x6b, 0x0d, 0x92}};

static NTSTATUS
port_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    PDEVICE_OBJECT device;
    PORT_DEVICE *port;
    UNICODE_STRING name;
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(*port), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    port = device->DeviceExtension;
    port->pdo = pdo;
    port->miniport = IoGetDriverObjectExtension(driver, (PVOID)&miniport_key);
    port->next = IoAttachDeviceToDeviceStack(device, pdo);
    device->Flags |= DO_BUFFERED_IO;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    status = IoRegisterDeviceInterface(pdo, &port_guid, NULL, &name);
    if (NT_SUCCESS(status)) {
        status = IoSetDeviceInterfaceState(&name, TRUE);
        RtlFreeUnicodeString(&name);
    }
    return status;
}

static VOID
port_unload(PDRIVER_OBJECT driver)
{
    PORT_MINIPORT *miniport = IoGetDriverObjectExtension(driver, (PVOID)&miniport_key);

    miniport->unload(driver);
}

NTSTATUS
PortRegister(PDRIVER_OBJECT DriverObject, const PORT_MINIPORT *Miniport)
{
    PVOID extension;
    NTSTATUS status = IoAllocateDriverObjectExtension(DriverObject, (PVOID)&miniport_key,
                                                      sizeof(*Miniport), &extension);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    *(PORT_MINIPORT *)extension = *Miniport;
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = port_io;
    }
    DriverObject->MajorFunction[IRP_MJ_PNP] = port_pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = port_pnp;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = port_pnp;
    DriverObject->DriverExtension->AddDevice = port_add;
    DriverObject->DriverUnload = port_unload;
    return STATUS_SUCCESS;
}
