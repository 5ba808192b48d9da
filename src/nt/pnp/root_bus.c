/* SPDX-License-Identifier: MIT */
/*
 * The root bus: the driver that owns the root of the tree and the PDOs of devices that are enumerated
 * from software, and answers for them what a bus driver must answer.
 *
 * What is plugged into it is the list of devices; a PDO whose device is not on the list any more is
 * deleted by its IRP_MN_REMOVE_DEVICE, as the documentation asks of bus drivers.
 */
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"
#include "nt/pnp/root_identity.h"

/* The extension of a PDO. */
struct root_device {
    struct list link; /* In bus.devices while it is plugged in. */
    PDEVICE_OBJECT pdo;
    struct root_identity *identity; /* NULL: the root of the tree. */
    bool present;
    PIRP wake; /* The pending IRP_MN_WAIT_WAKE; guarded by bus.lock. */
};

static struct {
    struct sys_lock lock; /* Guards the list and the wake IRPs. A leaf lock. */
    struct list devices;
    PDRIVER_OBJECT driver;
    PDEVICE_OBJECT pdo; /* Of the root of the tree. */
} bus;

/* What a bus driver answers ------------------------------------------------------------------- */

static struct root_device *
device_of(PDEVICE_OBJECT pdo)
{
    return pdo->DeviceExtension;
}

/* Completes with `status`, keeping what IoStatus.Information holds. */
static NTSTATUS
finish(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* Answers with a copy, in pool that the asker frees. */
static NTSTATUS
answer(PIRP irp, const void *data, size_t size)
{
    void *copy = pnp_copy(data, size);

    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Information = (ULONG_PTR)copy;
    return STATUS_SUCCESS;
}

static NTSTATUS
answer_text(PIRP irp, const WCHAR *text)
{
    return answer(irp, text, (pnp_wide_length(text) + 1) * sizeof(WCHAR));
}

static NTSTATUS
answer_multi(PIRP irp, const WCHAR *multi)
{
    return answer(irp, multi, pnp_multi_chars(multi) * sizeof(WCHAR));
}

static NTSTATUS
query_id(struct root_device *device, PIRP irp, BUS_QUERY_ID_TYPE type)
{
    const struct root_identity *identity = device->identity;

    switch (type) {
    case BusQueryDeviceID:
        return answer_text(irp, identity != NULL ? identity->device_id : L"HTREE\\ROOT");
    case BusQueryInstanceID:
        return answer_text(irp, identity != NULL ? identity->instance_id : L"0");
    case BusQueryHardwareIDs:
        return identity != NULL ? answer_multi(irp, identity->hardware_ids) : irp->IoStatus.Status;
    case BusQueryCompatibleIDs:
        return identity != NULL && identity->compatible_ids[0] != 0
                   ? answer_multi(irp, identity->compatible_ids)
                   : irp->IoStatus.Status;
    default:
        return irp->IoStatus.Status;
    }
}

static NTSTATUS
query_text(struct root_device *device, PIRP irp, DEVICE_TEXT_TYPE type)
{
    if (type != DeviceTextDescription || device->identity == NULL) {
        return irp->IoStatus.Status;
    }
    return answer_text(irp, device->identity->description);
}

static NTSTATUS
query_capabilities(struct root_device *device, PDEVICE_CAPABILITIES capabilities)
{
    DEVICE_CAPABILITIES ours;

    if (capabilities->Version != 1 || capabilities->Size < sizeof(*capabilities)) {
        return STATUS_UNSUCCESSFUL;
    }
    if (device->identity != NULL) {
        ours = device->identity->capabilities;
    } else {
        pnp_root_default_capabilities(&ours);
    }
    ours.Size = capabilities->Size;
    ours.Version = capabilities->Version;
    *capabilities = ours;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_bus_information(PIRP irp)
{
    static const PNP_BUS_INFORMATION information = {
        .BusTypeGuid = {0x1530ea73,
                        0x086b,
                        0x11d1,
                        {0xa0, 0x9f, 0x00, 0xc0, 0x4f, 0xc3, 0x40, 0xb1}}, /* Internal. */
        .LegacyBusType = PNPBus,
    };

    return answer(irp, &information, sizeof(information));
}

/* All that is plugged in; each PDO referenced. */
static NTSTATUS
bus_relations(PIRP irp)
{
    PDEVICE_RELATIONS relations = NULL;
    struct list *link;
    ULONG count = 0;
    ULONG room = 0;

    do {
        pnp_free(relations);
        room = count + 8;
        relations = ExAllocatePool2(POOL_FLAG_PAGED,
                                    sizeof(*relations) + room * sizeof(PDEVICE_OBJECT), PNP_TAG);
        if (relations == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        count = 0;
        sys_lock_acquire(&bus.lock);
        list_for_each(link, &bus.devices)
        {
            if (count < room) {
                relations->Objects[count] = container_of(link, struct root_device, link)->pdo;
            }
            count++;
        }
        for (ULONG i = 0; count <= room && i < count; i++) {
            ObReferenceObject(relations->Objects[i]);
        }
        sys_lock_release(&bus.lock);
    } while (count > room);
    relations->Count = count;
    irp->IoStatus.Information = (ULONG_PTR)relations;
    return STATUS_SUCCESS;
}

static NTSTATUS
target_relation(PDEVICE_OBJECT pdo, PIRP irp)
{
    DEVICE_RELATIONS relations = {.Count = 1, .Objects = {pdo}};
    NTSTATUS status = answer(irp, &relations, sizeof(relations));

    if (NT_SUCCESS(status)) {
        ObReferenceObject(pdo);
    }
    return status;
}

static NTSTATUS
query_relations(PDEVICE_OBJECT pdo, PIRP irp, DEVICE_RELATION_TYPE type)
{
    if (type == TargetDeviceRelation) {
        return target_relation(pdo, irp);
    }
    if (type == BusRelations && device_of(pdo)->identity == NULL) {
        return bus_relations(irp);
    }
    return irp->IoStatus.Status;
}

/* Re-enumeration of oneself: a direct-call interface that a stack asks its bus for. */

static VOID
renew(PVOID context)
{
    struct pnp_devnode *devnode = io_device_devnode(context);

    pnp_queue_ask(devnode, PNP_ASK_RENEW);
}

static VOID
reference(PVOID context)
{
    ObReferenceObject(context);
}

static VOID
dereference(PVOID context)
{
    ObDereferenceObject(context);
}

static NTSTATUS
query_interface(PDEVICE_OBJECT pdo, PIRP irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    PREENUMERATE_SELF_INTERFACE_STANDARD interface =
        (PREENUMERATE_SELF_INTERFACE_STANDARD)stack->Parameters.QueryInterface.Interface;
    static const GUID reenumerate_self = {
        0x2aeb0243, 0x6a6e, 0x486b, {0x82, 0xfc, 0xd8, 0x15, 0xf6, 0xb9, 0x70, 0x06}};

    if (device_of(pdo)->identity == NULL ||
        !IsEqualGUID(stack->Parameters.QueryInterface.InterfaceType, &reenumerate_self)) {
        return irp->IoStatus.Status;
    }
    if (stack->Parameters.QueryInterface.Size < sizeof(*interface) ||
        stack->Parameters.QueryInterface.Version < 1) {
        return STATUS_INVALID_PARAMETER;
    }
    interface->Size = sizeof(*interface);
    interface->Version = 1;
    interface->Context = pdo;
    interface->InterfaceReference = reference;
    interface->InterfaceDereference = dereference;
    interface->SurpriseRemoveAndReenumerateSelf = renew;
    reference(pdo);
    return STATUS_SUCCESS;
}

/* Wake-up ------------------------------------------------------------------------------------- */

static PIRP
take_wake(struct root_device *device, PIRP which)
{
    PIRP wake;

    sys_lock_acquire(&bus.lock);
    wake = which == NULL || device->wake == which ? device->wake : NULL;
    if (wake != NULL && IoSetCancelRoutine(wake, NULL) == NULL && which == NULL) {
        wake = NULL; /* It is being cancelled. */
    } else if (wake != NULL) {
        device->wake = NULL;
    }
    sys_lock_release(&bus.lock);
    return wake;
}

static VOID
cancel_wake(PDEVICE_OBJECT pdo, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    (void)take_wake(device_of(pdo), irp);
    irp->IoStatus.Information = 0;
    (void)finish(irp, STATUS_CANCELLED);
}

static NTSTATUS
wait_wake(PDEVICE_OBJECT pdo, PIRP irp)
{
    struct root_device *device = device_of(pdo);
    SYSTEM_POWER_STATE state = IoGetCurrentIrpStackLocation(irp)->Parameters.WaitWake.PowerState;
    NTSTATUS status = STATUS_PENDING;

    if (device->identity == NULL ||
        device->identity->capabilities.DeviceWake == PowerDeviceUnspecified) {
        return finish(irp, irp->IoStatus.Status);
    }
    if (state > device->identity->capabilities.SystemWake && state != PowerSystemWorking) {
        return finish(irp, STATUS_INVALID_DEVICE_STATE);
    }
    sys_lock_acquire(&bus.lock);
    if (device->wake != NULL) {
        status = STATUS_DEVICE_BUSY;
    } else {
        IoMarkIrpPending(irp);
        device->wake = irp;
        (void)IoSetCancelRoutine(irp, cancel_wake);
        if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
            device->wake = NULL;
            status = STATUS_CANCELLED;
        }
    }
    sys_lock_release(&bus.lock);
    if (status == STATUS_CANCELLED) {
        (void)finish(irp, status);
        return STATUS_PENDING; /* It was marked. */
    }
    return status == STATUS_PENDING ? status : finish(irp, status);
}

bool
pnp_root_signal_wake(struct pnp_devnode *devnode)
{
    PIRP wake = pnp_root_owns(devnode->pdo) ? take_wake(device_of(devnode->pdo), NULL) : NULL;

    if (wake != NULL) {
        (void)finish(wake, STATUS_SUCCESS);
    }
    return wake != NULL;
}

/* Removal ------------------------------------------------------------------------------------- */

void
pnp_root_discard(PDEVICE_OBJECT pdo)
{
    struct root_device *device = device_of(pdo);

    root_identity_unref(device->identity);
    device->identity = NULL;
    IoDeleteDevice(pdo);
}

static NTSTATUS
remove_device(PDEVICE_OBJECT pdo, PIRP irp)
{
    struct root_device *device = device_of(pdo);
    PIRP wake = take_wake(device, NULL);
    NTSTATUS status;

    if (wake != NULL) {
        (void)finish(wake, STATUS_NO_SUCH_DEVICE);
    }
    status = finish(irp, STATUS_SUCCESS);
    if (device->identity != NULL && !device->present) {
        pnp_root_discard(pdo);
    }
    return status;
}

/* Dispatch routines --------------------------------------------------------------------------- */

static NTSTATUS
root_pnp(PDEVICE_OBJECT pdo, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct root_device *device = device_of(pdo);

    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
    case IRP_MN_SET_LOCK:
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_REMOVE_DEVICE:
        return remove_device(pdo, irp);
    case IRP_MN_EJECT:
        pnp_root_drop(pdo);
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_CAPABILITIES:
        return finish(
            irp, query_capabilities(device, stack->Parameters.DeviceCapabilities.Capabilities));
    case IRP_MN_QUERY_ID:
        return finish(irp, query_id(device, irp, stack->Parameters.QueryId.IdType));
    case IRP_MN_QUERY_DEVICE_TEXT:
        return finish(irp,
                      query_text(device, irp, stack->Parameters.QueryDeviceText.DeviceTextType));
    case IRP_MN_QUERY_BUS_INFORMATION:
        return finish(irp, query_bus_information(irp));
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return finish(irp, query_relations(pdo, irp, stack->Parameters.QueryDeviceRelations.Type));
    case IRP_MN_QUERY_INTERFACE:
        return finish(irp, query_interface(pdo, irp));
    case IRP_MN_QUERY_RESOURCES:
        if (device->identity != NULL && device->identity->boot != NULL) {
            return finish(irp, answer(irp, device->identity->boot, device->identity->boot_size));
        }
        return finish(irp, irp->IoStatus.Status);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        if (device->identity != NULL && device->identity->requirements != NULL) {
            return finish(irp, answer(irp, device->identity->requirements,
                                      device->identity->requirements->ListSize));
        }
        return finish(irp, irp->IoStatus.Status);
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
    case IRP_MN_WAIT_WAKE:
        return wait_wake(pdo, irp);
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

/* What is plugged in -------------------------------------------------------------------------- */

bool
pnp_root_owns(PDEVICE_OBJECT pdo)
{
    return pdo->DriverObject == bus.driver;
}

/* A PDO for the identity, whose reference it takes over; NULL: the root of the tree. */
static NTSTATUS
create_pdo(struct root_identity *identity, PDEVICE_OBJECT *ret_pdo)
{
    struct root_device *device;
    PDEVICE_OBJECT pdo;
    NTSTATUS status;

    status = IoCreateDevice(bus.driver, sizeof(*device), NULL, FILE_DEVICE_UNKNOWN,
                            FILE_AUTOGENERATED_DEVICE_NAME | FILE_DEVICE_SECURE_OPEN, FALSE, &pdo);
    if (!NT_SUCCESS(status)) {
        root_identity_unref(identity);
        return status;
    }
    device = device_of(pdo);
    list_init(&device->link);
    device->pdo = pdo;
    device->identity = identity;
    device->present = true;
    pdo->Flags |= DO_POWER_PAGABLE;
    pdo->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    *ret_pdo = pdo;
    return STATUS_SUCCESS;
}

void
pnp_root_plug(PDEVICE_OBJECT pdo)
{
    sys_lock_acquire(&bus.lock);
    list_push_back(&bus.devices, &device_of(pdo)->link);
    sys_lock_release(&bus.lock);
}

void
pnp_root_drop(PDEVICE_OBJECT pdo)
{
    sys_lock_acquire(&bus.lock);
    list_remove(&device_of(pdo)->link);
    device_of(pdo)->present = false;
    sys_lock_release(&bus.lock);
}

void
pnp_root_renew(PDEVICE_OBJECT pdo)
{
    struct root_identity *identity = device_of(pdo)->identity;
    PDEVICE_OBJECT fresh;

    InterlockedIncrement(&identity->references);
    if (!NT_SUCCESS(create_pdo(identity, &fresh))) {
        base_log(BASE_LOG_ERROR, "pnp", "out of memory: a device is not enumerated again");
        return;
    }
    pnp_root_drop(pdo);
    pnp_root_plug(fresh);
}

/* The tree begins with the first device. An action. */
NTSTATUS
pnp_root_open(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (bus.pdo == NULL) {
        status = create_pdo(NULL, &bus.pdo);
    }
    if (NT_SUCCESS(status) && pnp_root == NULL) {
        status = pnp_devnode_create(NULL, bus.pdo, &pnp_root);
    }
    if (NT_SUCCESS(status) && !pnp_root->started) {
        (void)pnp_post(pnp_root, PNP_EV_CONFIGURE);
        status = pnp_root->problem_status;
    }
    return status;
}

struct add_request {
    struct pnp_action action; /* Must be first. */
    PDEVICE_OBJECT pdo;
    struct pnp_devnode *devnode; /* Referenced. */
    NTSTATUS status;
};

static void
run_add(struct pnp_action *action)
{
    struct add_request *self = container_of(action, struct add_request, action);
    const struct pnp_devnode *devnode;

    self->status = pnp_root_open();
    if (!NT_SUCCESS(self->status)) {
        pnp_root_discard(self->pdo);
        return;
    }
    pnp_root_plug(self->pdo);
    pnp_enumerate(pnp_root);
    pnp_work_run();
    self->devnode = io_device_devnode(self->pdo);
    if (self->devnode == NULL) {
        self->status = STATUS_INSUFFICIENT_RESOURCES;
        pnp_root_drop(self->pdo);
        pnp_root_discard(self->pdo);
        return;
    }
    devnode = self->devnode;
    if (devnode->described) {
        pnp_devnode_ref(self->devnode);
        return;
    }
    /* It has no place in the tree. */
    self->status = devnode->problem_status;
    self->devnode = NULL;
    pnp_root_drop(self->pdo);
    pnp_enumerate(pnp_root);
}

NTSTATUS
pnp_root_make_pdo(const struct pnp_root_params *params, PDEVICE_OBJECT *ret_pdo)
{
    struct root_identity *identity = NULL;
    NTSTATUS status = root_identity_create(params, &identity);

    return NT_SUCCESS(status) ? create_pdo(identity, ret_pdo) : status;
}

NTSTATUS
pnp_root_add(const struct pnp_root_params *params, struct pnp_devnode **ret_devnode)
{
    struct add_request request = {.action.run = run_add};
    NTSTATUS status = pnp_root_make_pdo(params, &request.pdo);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    pnp_queue_run(&request.action);
    *ret_devnode = request.devnode;
    return request.status;
}

NTSTATUS
pnp_root_init(void)
{
    NTSTATUS status;

    list_init(&bus.devices);
    status = io_driver_create("PnpManager", &bus.driver);
    return NT_SUCCESS(status) ? io_driver_start(bus.driver, root_entry) : status;
}

void
pnp_root_fini(void)
{
    if (pnp_root != NULL) {
        (void)pnp_post(pnp_root, PNP_EV_SURPRISE);
        (void)pnp_post(pnp_root, PNP_EV_REMOVE);
        (void)pnp_post(pnp_root, PNP_EV_FORGET);
        pnp_root = NULL;
    }
    if (bus.pdo != NULL) {
        IoDeleteDevice(bus.pdo);
        bus.pdo = NULL;
    }
    if (bus.driver != NULL) {
        (void)io_driver_unload(bus.driver);
        bus.driver = NULL;
    }
}
