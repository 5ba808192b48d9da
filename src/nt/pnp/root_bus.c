/* SPDX-License-Identifier: MIT */
/*
 * The root bus: the driver that owns the PDOs of devices that are enumerated from software, and
 * answers for them what a bus driver must answer.
 */
#include <string.h>

#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"

static PDRIVER_OBJECT root_driver;

static struct pnp_devnode *
devnode_of(PDEVICE_OBJECT pdo)
{
    return *(struct pnp_devnode **)pdo->DeviceExtension;
}

/* Completes with `status`, keeping what IoStatus.Information holds. */
static NTSTATUS
finish(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* Answers with `chars` units of text and `zeros` terminators, in pool that the asker frees. */
static NTSTATUS
answer_text(PIRP irp, const WCHAR *text, size_t chars, size_t zeros)
{
    WCHAR *copy = ExAllocatePool2(POOL_FLAG_PAGED, (chars + zeros) * sizeof(WCHAR), PNP_TAG);

    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(copy, text, chars * sizeof(WCHAR)); /* The rest is zero already. */
    irp->IoStatus.Information = (ULONG_PTR)copy;
    return STATUS_SUCCESS;
}

static size_t
wide_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    return length;
}

static NTSTATUS
query_id(struct pnp_devnode *devnode, PIRP irp, BUS_QUERY_ID_TYPE type)
{
    const WCHAR *instance = devnode->instance_path + devnode->device_chars + 1;

    switch (type) {
    case BusQueryDeviceID:
        return answer_text(irp, devnode->instance_path, devnode->device_chars, 1);
    case BusQueryInstanceID:
        return answer_text(irp, instance, wide_length(instance), 1);
    case BusQueryHardwareIDs:
        return answer_text(irp, devnode->hardware_ids, devnode->hardware_ids_bytes / sizeof(WCHAR),
                           0);
    default:
        return irp->IoStatus.Status;
    }
}

static NTSTATUS
query_capabilities(PDEVICE_CAPABILITIES capabilities)
{
    if (capabilities->Version != 1 || capabilities->Size < sizeof(*capabilities)) {
        return STATUS_UNSUCCESSFUL;
    }
    capabilities->UniqueID = TRUE;
    capabilities->SilentInstall = TRUE;
    capabilities->SurpriseRemovalOK = TRUE;
    capabilities->DeviceD1 = FALSE;
    capabilities->DeviceD2 = FALSE;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (int state = PowerSystemSleeping1; state < PowerSystemMaximum; state++) {
        capabilities->DeviceState[state] = PowerDeviceD3;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
query_bus_information(PIRP irp)
{
    PPNP_BUS_INFORMATION information =
        ExAllocatePool2(POOL_FLAG_PAGED, sizeof(*information), PNP_TAG);

    if (information == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    information->BusTypeGuid =
        (GUID){0x1530ea73,
               0x086b,
               0x11d1,
               {0xa0, 0x9f, 0x00, 0xc0, 0x4f, 0xc3, 0x40, 0xb1}}; /* Internal. */
    information->LegacyBusType = PNPBus;
    irp->IoStatus.Information = (ULONG_PTR)information;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_relations(PDEVICE_OBJECT pdo, PIRP irp, DEVICE_RELATION_TYPE type)
{
    PDEVICE_RELATIONS relations;

    if (type != TargetDeviceRelation) {
        return irp->IoStatus.Status;
    }
    relations = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(*relations), PNP_TAG);
    if (relations == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ObReferenceObject(pdo);
    relations->Count = 1;
    relations->Objects[0] = pdo;
    irp->IoStatus.Information = (ULONG_PTR)relations;
    return STATUS_SUCCESS;
}

static NTSTATUS
root_pnp(PDEVICE_OBJECT pdo, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct pnp_devnode *devnode = devnode_of(pdo);

    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_REMOVE_DEVICE:
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_CAPABILITIES:
        return finish(irp, query_capabilities(stack->Parameters.DeviceCapabilities.Capabilities));
    case IRP_MN_QUERY_ID:
        return finish(irp, query_id(devnode, irp, stack->Parameters.QueryId.IdType));
    case IRP_MN_QUERY_DEVICE_TEXT:
        if (stack->Parameters.QueryDeviceText.DeviceTextType == DeviceTextDescription) {
            return finish(
                irp, answer_text(irp, devnode->description, wide_length(devnode->description), 1));
        }
        return finish(irp, irp->IoStatus.Status);
    case IRP_MN_QUERY_BUS_INFORMATION:
        return finish(irp, query_bus_information(irp));
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return finish(irp, query_relations(pdo, irp, stack->Parameters.QueryDeviceRelations.Type));
    default:
        /* As documented: a PDO completes what it does not know with the status it finds. */
        return finish(irp, irp->IoStatus.Status);
    }
}

static NTSTATUS
root_power(PDEVICE_OBJECT pdo, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    PoStartNextPowerIrp(irp);
    switch (stack->MinorFunction) {
    case IRP_MN_SET_POWER:
        if (stack->Parameters.Power.Type == DevicePowerState) {
            PoSetPowerState(pdo, DevicePowerState, stack->Parameters.Power.State);
        }
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_POWER:
        return finish(irp, STATUS_SUCCESS);
    default:
        return finish(irp, irp->IoStatus.Status);
    }
}

static NTSTATUS
root_system_control(PDEVICE_OBJECT pdo, PIRP irp)
{
    return finish(irp, irp->IoStatus.Status);
}

/* Handles that are still open when the drivers above have gone end here. */
static NTSTATUS
root_cleanup_close(PDEVICE_OBJECT pdo, PIRP irp)
{
    return finish(irp, STATUS_SUCCESS);
}

static NTSTATUS
root_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    driver->MajorFunction[IRP_MJ_PNP] = root_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = root_power;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = root_system_control;
    driver->MajorFunction[IRP_MJ_CLEANUP] = root_cleanup_close;
    driver->MajorFunction[IRP_MJ_CLOSE] = root_cleanup_close;
    return STATUS_SUCCESS;
}

NTSTATUS
pnp_root_init(void)
{
    NTSTATUS status = io_driver_create("PnpManager", &root_driver);

    return NT_SUCCESS(status) ? io_driver_start(root_driver, root_entry) : status;
}

void
pnp_root_fini(void)
{
    if (root_driver != NULL) {
        (void)io_driver_unload(root_driver);
        root_driver = NULL;
    }
}

NTSTATUS
pnp_root_create_pdo(struct pnp_devnode *devnode, PDEVICE_OBJECT *ret_pdo)
{
    PDEVICE_OBJECT pdo;
    NTSTATUS status;

    status = IoCreateDevice(root_driver, sizeof(devnode), NULL, FILE_DEVICE_UNKNOWN,
                            FILE_AUTOGENERATED_DEVICE_NAME | FILE_DEVICE_SECURE_OPEN, FALSE, &pdo);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *(struct pnp_devnode **)pdo->DeviceExtension = devnode;
    pdo->Flags |= DO_BUS_ENUMERATED_DEVICE | DO_POWER_PAGABLE;
    pdo->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    *ret_pdo = pdo;
    return STATUS_SUCCESS;
}

void
pnp_root_delete_pdo(PDEVICE_OBJECT pdo)
{
    IoDeleteDevice(pdo);
}
