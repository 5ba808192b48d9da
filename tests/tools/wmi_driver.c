/* SPDX-License-Identifier: MIT */
/*
 * A WDM driver that provides two blocks of data through WmiLib: {…01} with two instances of 8 bytes
 * that can be set, whole or by item, and whose method 7 adds up the bytes it is given; {…02}, events.
 */
#include <ntddk.h>
#include <wmilib.h>
#include <wmistr.h>

DRIVER_INITIALIZE DriverEntry;

#define BLOCK(last)                                                                                \
    {                                                                                              \
        0x3c1bd27e, 0x6a5f, 0x49d0,                                                                \
        {                                                                                          \
            0x91, 0x1e, 0x20, 0x44, 0x5b, 0x7c, 0x68, last                                         \
        }                                                                                          \
    }

static const GUID values_guid = BLOCK(1);
static const GUID events_guid = BLOCK(2);
static WMIGUIDREGINFO blocks[] = {
    {.Guid = &values_guid, .InstanceCount = 2, .Flags = 0},
    {.Guid = &events_guid, .InstanceCount = 1, .Flags = WMIREG_FLAG_EVENT_ONLY_GUID},
};

struct extension {
    PDEVICE_OBJECT lower;
    ULONG values[2][2];
};

static UNICODE_STRING driver_path;

static NTSTATUS NTAPI
query_registration(PDEVICE_OBJECT device, PULONG flags, PUNICODE_STRING instance_name,
                   PUNICODE_STRING *registry_path, PUNICODE_STRING mof, PDEVICE_OBJECT *pdo)
{
    static const WCHAR name[] = L"Thing";

    /* WMI's library frees the name. */
    *flags = WMIREG_FLAG_INSTANCE_BASENAME;
    instance_name->Buffer = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(name), 'tsTW');
    if (instance_name->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(instance_name->Buffer, name, sizeof(name));
    instance_name->Length = sizeof(name) - sizeof(WCHAR);
    instance_name->MaximumLength = sizeof(name);
    *registry_path = &driver_path;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
query_block(PDEVICE_OBJECT device, PIRP irp, ULONG block, ULONG first, ULONG count, PULONG lengths,
            ULONG room, PUCHAR buffer)
{
    struct extension *extension = device->DeviceExtension;
    ULONG needed = count * (ULONG)sizeof(extension->values[0]);
    ULONG i;

    if (block != 0) {
        return WmiCompleteRequest(device, irp, STATUS_WMI_NOT_SUPPORTED, 0, IO_NO_INCREMENT);
    }
    if (room < needed) {
        return WmiCompleteRequest(device, irp, STATUS_BUFFER_TOO_SMALL, needed, IO_NO_INCREMENT);
    }
    for (i = 0; i < count; i++) {
        RtlCopyMemory(buffer + i * sizeof(extension->values[0]), extension->values[first + i],
                      sizeof(extension->values[0]));
        lengths[i] = sizeof(extension->values[0]);
    }
    return WmiCompleteRequest(device, irp, STATUS_SUCCESS, needed, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
set_block(PDEVICE_OBJECT device, PIRP irp, ULONG block, ULONG instance, ULONG size, PUCHAR buffer)
{
    struct extension *extension = device->DeviceExtension;
    NTSTATUS status = STATUS_SUCCESS;

    if (block != 0 || size != sizeof(extension->values[0])) {
        status = STATUS_WMI_SET_FAILURE;
    } else {
        RtlCopyMemory(extension->values[instance], buffer, size);
    }
    return WmiCompleteRequest(device, irp, status, 0, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
set_item(PDEVICE_OBJECT device, PIRP irp, ULONG block, ULONG instance, ULONG item, ULONG size,
         PUCHAR buffer)
{
    struct extension *extension = device->DeviceExtension;
    NTSTATUS status = STATUS_SUCCESS;

    if (block != 0 || item == 0 || item > 2 || size != sizeof(ULONG)) {
        status = STATUS_WMI_ITEMID_NOT_FOUND;
    } else {
        RtlCopyMemory(&extension->values[instance][item - 1], buffer, size);
    }
    return WmiCompleteRequest(device, irp, status, 0, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
execute(PDEVICE_OBJECT device, PIRP irp, ULONG block, ULONG instance, ULONG method, ULONG in_size,
        ULONG out_size, PUCHAR buffer)
{
    ULONG sum = 0;
    ULONG i;

    if (block != 0 || method != 7) {
        return WmiCompleteRequest(device, irp, STATUS_WMI_ITEMID_NOT_FOUND, 0, IO_NO_INCREMENT);
    }
    for (i = 0; i < in_size; i++) {
        sum += buffer[i];
    }
    if (out_size < sizeof(sum)) {
        return WmiCompleteRequest(device, irp, STATUS_BUFFER_TOO_SMALL, sizeof(sum),
                                  IO_NO_INCREMENT);
    }
    RtlCopyMemory(buffer, &sum, sizeof(sum));
    return WmiCompleteRequest(device, irp, STATUS_SUCCESS, sizeof(sum), IO_NO_INCREMENT);
}

static WMILIB_CONTEXT library = {
    .GuidCount = sizeof(blocks) / sizeof(blocks[0]),
    .GuidList = blocks,
    .QueryWmiRegInfo = query_registration,
    .QueryWmiDataBlock = query_block,
    .SetWmiDataBlock = set_block,
    .SetWmiDataItem = set_item,
    .ExecuteWmiMethod = execute,
};

static NTSTATUS
pass(PDEVICE_OBJECT device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(((struct extension *)device->DeviceExtension)->lower, irp);
}

static NTSTATUS
on_system_control(PDEVICE_OBJECT device, PIRP irp)
{
    SYSCTL_IRP_DISPOSITION disposition;
    NTSTATUS status = WmiSystemControl(&library, device, irp, &disposition);

    switch (disposition) {
    case IrpProcessed:
        return status;
    case IrpNotCompleted:
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    default:
        return pass(device, irp);
    }
}

static NTSTATUS
on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = ((struct extension *)device->DeviceExtension)->lower;
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        (void)IoWMIRegistrationControl(device, WMIREG_ACTION_REGISTER);
        return pass(device, irp);
    case IRP_MN_REMOVE_DEVICE:
        (void)IoWMIRegistrationControl(device, WMIREG_ACTION_DEREGISTER);
        irp->IoStatus.Status = STATUS_SUCCESS;
        status = pass(device, irp);
        IoDetachDevice(lower);
        IoDeleteDevice(device);
        return status;
    default:
        return pass(device, irp);
    }
}

static NTSTATUS
on_power(PDEVICE_OBJECT device, PIRP irp)
{
    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(((struct extension *)device->DeviceExtension)->lower, irp);
}

static NTSTATUS
on_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    struct extension *extension;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct extension), NULL, FILE_DEVICE_UNKNOWN, 0,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    extension->lower = IoAttachDeviceToDeviceStack(device, pdo);
    extension->values[1][0] = 0x11223344;
    device->Flags |= DO_POWER_PAGABLE;
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID
on_unload(PDRIVER_OBJECT driver)
{
    ExFreePool(driver_path.Buffer);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    driver_path.Buffer = ExAllocatePool2(POOL_FLAG_PAGED, registry_path->Length, 'tsTW');
    if (driver_path.Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    driver_path.MaximumLength = registry_path->Length;
    RtlCopyUnicodeString(&driver_path, registry_path);
    driver->DriverExtension->AddDevice = on_add;
    driver->DriverUnload = on_unload;
    driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = on_power;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = on_system_control;
    return STATUS_SUCCESS;
}
