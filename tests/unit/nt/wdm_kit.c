/* SPDX-License-Identifier: MIT */
#include "wdm_kit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/atomic.h"
#include "base/utf16.h"
#include "nt/io/io.h"
#include "sys/lock.h"

const GUID kit_class = {
    0x6bdd1fc6, 0x810f, 0x11d0, {0xbe, 0xc7, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

struct kit_driver kit_drivers[KIT_DRIVERS];
unsigned kit_driver_count;
char kit_story[KIT_STORY];
bool kit_serials;
static uint32_t serial;
static struct sys_lock story_lock;
static size_t story_length;
static uint32_t pdo_count;

/* The extension of function, filter and bus devices. */
struct kit_device {
    bool is_pdo; /* false; the first field of both. */
    struct kit_driver *driver;
    PDEVICE_OBJECT self;
    PDEVICE_OBJECT lower;
    PDEVICE_OBJECT pdo;
    char name[48];
    UNICODE_STRING link;
    bool has_link;
    DEVICE_POWER_STATE power;
    PIRP wake;               /* Of a policy owner: its pending IRP_MN_WAIT_WAKE. */
    PKTHREAD wake_canceller; /* Who is about to cancel it; NULL: nobody. */
    bool disarmed;           /* No wake IRP any more. */
    KEVENT wake_done;
    KEVENT wake_not_touched; /* Set while nobody is about to cancel. */
    struct sys_lock lock;    /* Guards the slots' wake IRPs, and the three above the events. */
    struct kit_slot slots[KIT_SLOTS];
};

/* The extension of a PDO. */
struct kit_pdo {
    bool is_pdo;
    struct kit_device *bus;
    struct kit_slot *slot; /* NULL: unplugged. */
    struct kit_slot copy;  /* What it was. */
    char name[48];
    bool deleted;
    PIRP wake;
};

void
kit_tell(const char *format, ...)
{
    va_list arguments;

    sys_lock_acquire(&story_lock);
    va_start(arguments, format);
    story_length += (size_t)vsnprintf(kit_story + story_length, sizeof(kit_story) - story_length,
                                      format, arguments);
    va_end(arguments);
    if (story_length >= sizeof(kit_story)) {
        abort(); /* A story that is cut off proves nothing. */
    }
    sys_lock_release(&story_lock);
}

void
kit_clear(void)
{
    sys_lock_acquire(&story_lock);
    story_length = 0;
    kit_story[0] = '\0';
    sys_lock_release(&story_lock);
}

const char *
kit_told(void)
{
    static char copy[KIT_STORY];

    sys_lock_acquire(&story_lock);
    memcpy(copy, kit_story, story_length + 1);
    sys_lock_release(&story_lock);
    return copy;
}

static void
tell(struct kit_device *device, const char *what)
{
    if (!device->driver->quiet) {
        kit_tell("%s:%c%s ", device->name, device->driver->letter, what);
    }
}

void
kit_short_name(PDEVICE_OBJECT pdo, char *name, size_t size)
{
    struct pnp_devnode *devnode = pnp_devnode_of(pdo);
    const WCHAR *path = pnp_devnode_instance_path(devnode);
    size_t length = utf16_length((const uint16_t *)path);
    size_t first = 0;
    size_t second;
    size_t last;
    size_t out = 0;

    while (path[first] != '\\') {
        first++;
    }
    for (second = first + 1; path[second] != '\\'; second++) {
        if (out < size - 1) {
            name[out++] = (char)path[second];
        }
    }
    for (last = length; path[last - 1] != '\\' && path[last - 1] != '&'; last--) {
    }
    for (; last < length && out < size - 1; last++) {
        name[out++] = (char)path[last];
    }
    name[out] = '\0';
    pnp_devnode_unref(devnode);
}

/* Passing on ---------------------------------------------------------------------------------- */

static NTSTATUS
finish(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
pass(struct kit_device *device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device->lower, irp);
}

static NTSTATUS
pass_successfully(struct kit_device *device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass(device, irp);
}

static bool
fails(struct kit_device *device, UCHAR minor)
{
    struct kit_driver *driver = device->driver;

    if (driver->failing_minor != minor || driver->failures_left == 0) {
        return false;
    }
    driver->failures_left--;
    return true;
}

/* Wake ---------------------------------------------------------------------------------------- */

static void arm_wake(struct kit_device *device);

static VOID
wake_d0_done(PDEVICE_OBJECT pdo, UCHAR minor, POWER_STATE state, PVOID context,
             PIO_STATUS_BLOCK iosb)
{
    arm_wake(context);
}

static VOID
wake_done(PDEVICE_OBJECT pdo, UCHAR minor, POWER_STATE state, PVOID context, PIO_STATUS_BLOCK iosb)
{
    struct kit_device *device = context;
    POWER_STATE d0 = {.DeviceState = PowerDeviceD0};
    bool disarmed;
    bool wait;

    sys_lock_acquire(&device->lock);
    device->wake = NULL;
    disarmed = device->disarmed;
    wait = device->wake_canceller != NULL && device->wake_canceller != KeGetCurrentThread();
    sys_lock_release(&device->lock);
    if (wait) {
        /* The IRP goes with our return, and somebody else may be on the way into IoCancelIrp. */
        KeWaitForSingleObject(&device->wake_not_touched, Executive, KernelMode, FALSE, NULL);
    }
    if (NT_SUCCESS(iosb->Status) && !disarmed) {
        tell(device, "w");
        (void)PoRequestPowerIrp(device->pdo, IRP_MN_SET_POWER, d0, wake_d0_done, device, NULL);
    } else {
        KeSetEvent(&device->wake_done, IO_NO_INCREMENT, FALSE);
    }
}

static void
arm_wake(struct kit_device *device)
{
    POWER_STATE lowest = {.SystemState = PowerSystemSleeping3};
    bool disarmed;

    sys_lock_acquire(&device->lock);
    disarmed = device->disarmed;
    sys_lock_release(&device->lock);
    if (device->driver->arms_wake && !disarmed) {
        KeClearEvent(&device->wake_done);
        (void)PoRequestPowerIrp(device->pdo, IRP_MN_WAIT_WAKE, lowest, wake_done, device,
                                &device->wake);
    }
}

static void
disarm_wake(struct kit_device *device)
{
    PIRP irp;

    sys_lock_acquire(&device->lock);
    device->disarmed = true;
    irp = device->wake;
    if (irp != NULL) {
        device->wake_canceller = KeGetCurrentThread();
        KeClearEvent(&device->wake_not_touched);
    }
    sys_lock_release(&device->lock);
    if (irp != NULL) {
        IoCancelIrp(irp);
        sys_lock_acquire(&device->lock);
        device->wake_canceller = NULL;
        sys_lock_release(&device->lock);
        KeSetEvent(&device->wake_not_touched, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(&device->wake_done, Executive, KernelMode, FALSE, NULL);
    }
}

/* The bus, towards its children --------------------------------------------------------------- */

static NTSTATUS
answer(PIRP irp, const void *data, size_t size)
{
    void *copy = ExAllocatePool2(POOL_FLAG_PAGED, size, 'tikK');

    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(copy, data, size);
    irp->IoStatus.Information = (ULONG_PTR)copy;
    return STATUS_SUCCESS;
}

/* As a string or, with one more zero, a multi-string of one. */
static NTSTATUS
answer_text(PIRP irp, const char *text)
{
    WCHAR wide[64] = {0};
    size_t i;

    for (i = 0; text[i] != '\0'; i++) {
        wide[i] = (WCHAR)(unsigned char)text[i];
    }
    return answer(irp, wide, (i + 2) * sizeof(WCHAR));
}

static NTSTATUS
pdo_query_id(struct kit_pdo *pdo, PIRP irp, BUS_QUERY_ID_TYPE type)
{
    switch (type) {
    case BusQueryDeviceID:
    case BusQueryHardwareIDs:
        return answer_text(irp, pdo->copy.device);
    case BusQueryInstanceID:
        return answer_text(irp, pdo->copy.instance);
    case BusQueryCompatibleIDs:
        return answer_text(irp, "KIT\\ANY");
    default:
        return irp->IoStatus.Status;
    }
}

static void
pdo_delete(PDEVICE_OBJECT object)
{
    struct kit_pdo *pdo = object->DeviceExtension;

    if (!pdo->deleted) {
        pdo->deleted = true;
        sys_lock_acquire(&pdo->bus->lock);
        if (pdo->slot != NULL && pdo->slot->pdo == object) {
            pdo->slot->pdo = NULL;
        }
        sys_lock_release(&pdo->bus->lock);
        atomic_fetch_sub_u32(&pdo_count, 1);
        IoDeleteDevice(object);
    }
}

static PIRP
take_wake(struct kit_pdo *pdo)
{
    PIRP irp;

    sys_lock_acquire(&pdo->bus->lock);
    irp = pdo->wake;
    if (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL) {
        irp = NULL;
    } else {
        pdo->wake = NULL;
    }
    sys_lock_release(&pdo->bus->lock);
    return irp;
}

static VOID
cancel_wake(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_pdo *pdo = object->DeviceExtension;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    sys_lock_acquire(&pdo->bus->lock);
    pdo->wake = NULL;
    sys_lock_release(&pdo->bus->lock);
    (void)finish(irp, STATUS_CANCELLED);
}

static NTSTATUS
pdo_wait_wake(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_pdo *pdo = object->DeviceExtension;
    NTSTATUS status = STATUS_PENDING;

    if (!pdo->copy.wakes) {
        return finish(irp, irp->IoStatus.Status);
    }
    sys_lock_acquire(&pdo->bus->lock);
    if (pdo->wake != NULL) {
        status = STATUS_DEVICE_BUSY;
    } else {
        IoMarkIrpPending(irp);
        pdo->wake = irp;
        (void)IoSetCancelRoutine(irp, cancel_wake);
        if (atomic_load_u8(&irp->Cancel) && IoSetCancelRoutine(irp, NULL) != NULL) {
            pdo->wake = NULL;
            status = STATUS_CANCELLED;
        }
    }
    sys_lock_release(&pdo->bus->lock);
    if (status == STATUS_CANCELLED) {
        (void)finish(irp, status);
        return STATUS_PENDING;
    }
    return status == STATUS_PENDING ? status : finish(irp, status);
}

static NTSTATUS
pdo_capabilities(struct kit_pdo *pdo, PDEVICE_CAPABILITIES capabilities)
{
    capabilities->RawDeviceOK = pdo->copy.raw_ok;
    capabilities->Removable = pdo->copy.removable || pdo->copy.eject_supported;
    capabilities->EjectSupported = pdo->copy.eject_supported;
    capabilities->UniqueID = pdo->copy.unique;
    capabilities->SurpriseRemovalOK = TRUE;
    capabilities->Address = 7;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (int state = PowerSystemSleeping1; state < PowerSystemMaximum; state++) {
        capabilities->DeviceState[state] = PowerDeviceD3;
    }
    if (pdo->copy.wakes) {
        capabilities->SystemWake = PowerSystemSleeping3;
        capabilities->DeviceWake = PowerDeviceD3;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
pdo_remove(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_pdo *pdo = object->DeviceExtension;
    PIRP wake = take_wake(pdo);
    NTSTATUS status;
    bool gone;

    if (wake != NULL) {
        (void)finish(wake, STATUS_NO_SUCH_DEVICE);
    }
    gone = pdo->slot == NULL;
    status = finish(irp, STATUS_SUCCESS);
    if (gone) {
        pdo_delete(object);
    }
    return status;
}

static NTSTATUS
pdo_pnp(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_pdo *pdo = object->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_REMOVE_DEVICE:
        return pdo_remove(object, irp);
    case IRP_MN_EJECT:
        kit_tell("%s:Be ", pdo->name);
        if (pdo->slot != NULL) {
            kit_unplug_quietly(pdo->slot);
        }
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_ID:
        return finish(irp, pdo_query_id(pdo, irp, stack->Parameters.QueryId.IdType));
    case IRP_MN_QUERY_CAPABILITIES:
        return finish(irp,
                      pdo_capabilities(pdo, stack->Parameters.DeviceCapabilities.Capabilities));
    default:
        return finish(irp, irp->IoStatus.Status);
    }
}

static NTSTATUS
pdo_power(PDEVICE_OBJECT object, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    switch (stack->MinorFunction) {
    case IRP_MN_SET_POWER:
        if (stack->Parameters.Power.Type == DevicePowerState) {
            PoSetPowerState(object, DevicePowerState, stack->Parameters.Power.State);
        }
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_POWER:
        return finish(irp, STATUS_SUCCESS);
    case IRP_MN_WAIT_WAKE:
        return pdo_wait_wake(object, irp);
    default:
        return finish(irp, irp->IoStatus.Status);
    }
}

bool
kit_wake(struct kit_slot *slot)
{
    PDEVICE_OBJECT pdo = kit_slot_pdo(slot);
    PIRP wake = pdo != NULL ? take_wake(pdo->DeviceExtension) : NULL;

    if (wake != NULL) {
        (void)finish(wake, STATUS_SUCCESS);
    }
    if (pdo != NULL) {
        ObDereferenceObject(pdo);
    }
    return wake != NULL;
}

/* The bus, as a function driver --------------------------------------------------------------- */

/* The slot's PDO, made when it is new, referenced; NULL: the slot is empty. */
static PDEVICE_OBJECT
report_slot(struct kit_device *bus, struct kit_slot *slot)
{
    PDEVICE_OBJECT fresh = NULL;
    PDEVICE_OBJECT object;
    struct kit_pdo *pdo;
    bool is_new;

    sys_lock_acquire(&bus->lock);
    is_new = slot->pdo == NULL && slot->plugged;
    sys_lock_release(&bus->lock);
    if (is_new &&
        NT_SUCCESS(IoCreateDevice(bus->self->DriverObject, sizeof(*pdo), NULL, FILE_DEVICE_UNKNOWN,
                                  FILE_AUTOGENERATED_DEVICE_NAME, FALSE, &fresh))) {
        pdo = fresh->DeviceExtension;
        pdo->is_pdo = true;
        pdo->bus = bus;
        fresh->Flags |= DO_POWER_PAGABLE;
        fresh->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    /* The test may pull it out at any moment. */
    sys_lock_acquire(&bus->lock);
    if (slot->pdo == NULL && slot->plugged && fresh != NULL) {
        pdo = fresh->DeviceExtension;
        pdo->slot = slot;
        pdo->copy = *slot;
        snprintf(pdo->name, sizeof(pdo->name), "%s%s", strchr(slot->device, '\\') + 1,
                 slot->instance);
        slot->pdo = fresh;
        fresh = NULL;
        atomic_fetch_add_u32(&pdo_count, 1);
    }
    object = slot->plugged ? slot->pdo : NULL;
    if (object != NULL) {
        ObReferenceObject(object);
    }
    sys_lock_release(&bus->lock);
    if (fresh != NULL) {
        IoDeleteDevice(fresh);
    }
    return object;
}

static NTSTATUS
bus_relations(struct kit_device *bus, PIRP irp)
{
    PDEVICE_RELATIONS relations = ExAllocatePool2(
        POOL_FLAG_PAGED, sizeof(*relations) + KIT_SLOTS * sizeof(PDEVICE_OBJECT), 'tikK');

    if (relations == NULL) {
        return finish(irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    for (unsigned i = 0; i < KIT_SLOTS; i++) {
        PDEVICE_OBJECT *objects = relations->Objects;

        objects[relations->Count] = report_slot(bus, &bus->slots[i]);
        relations->Count += objects[relations->Count] != NULL;
    }
    irp->IoStatus.Information = (ULONG_PTR)relations;
    return pass_successfully(bus, irp);
}

static void
bus_delete_pdos(struct kit_device *bus)
{
    for (unsigned i = 0; i < KIT_SLOTS; i++) {
        if (bus->slots[i].pdo != NULL) {
            pdo_delete(bus->slots[i].pdo);
        }
    }
}

static struct kit_device *
bus_of(struct pnp_devnode *devnode)
{
    PDEVICE_OBJECT device = pnp_devnode_pdo(devnode)->AttachedDevice;

    while (device != NULL &&
           ((struct kit_device *)device->DeviceExtension)->driver->kind != KIT_BUS) {
        device = device->AttachedDevice;
    }
    return device != NULL ? device->DeviceExtension : NULL;
}

static struct kit_slot *
plug(struct pnp_devnode *devnode, const char *device, bool wakes)
{
    struct kit_device *bus = bus_of(devnode);
    struct kit_slot *found = NULL;

    sys_lock_acquire(&bus->lock);
    for (unsigned i = 0; found == NULL && i < KIT_SLOTS; i++) {
        struct kit_slot *slot = &bus->slots[i];

        if (!slot->plugged && slot->pdo == NULL) {
            memset(slot, 0, sizeof(*slot));
            slot->bus = bus;
            slot->device = device;
            slot->wakes = wakes;
            /* 0 … on BUS0000, 100 … on BUS0001: names tell devices of different buses apart. */
            snprintf(slot->instance, sizeof(slot->instance), "%u",
                     (unsigned)strtoul(bus->name + 3, NULL, 10) * 100 % 10000 + i);
            slot->plugged = true;
            found = slot;
        }
    }
    sys_lock_release(&bus->lock);
    return found;
}

struct kit_slot *
kit_plug_quietly(struct pnp_devnode *devnode, const char *device)
{
    return plug(devnode, device, false);
}

struct kit_slot *
kit_plug_waking(struct pnp_devnode *devnode, const char *device)
{
    return plug(devnode, device, true);
}

PDEVICE_OBJECT
kit_slot_pdo(struct kit_slot *slot)
{
    PDEVICE_OBJECT pdo;

    sys_lock_acquire(&slot->bus->lock);
    pdo = slot->pdo;
    if (pdo != NULL) {
        ObReferenceObject(pdo);
    }
    sys_lock_release(&slot->bus->lock);
    return pdo;
}

/* The PDO stays until it is removed, but the slot is free at once. */
void
kit_unplug_quietly(struct kit_slot *slot)
{
    sys_lock_acquire(&slot->bus->lock);
    slot->plugged = false;
    if (slot->pdo != NULL) {
        ((struct kit_pdo *)slot->pdo->DeviceExtension)->slot = NULL;
        slot->pdo = NULL;
    }
    sys_lock_release(&slot->bus->lock);
}

void
kit_bus_changed(struct pnp_devnode *bus)
{
    IoInvalidateDeviceRelations(pnp_devnode_pdo(bus), BusRelations);
    pnp_wait_quiet();
}

struct kit_slot *
kit_plug(struct pnp_devnode *bus, const char *device)
{
    struct kit_slot *slot = kit_plug_quietly(bus, device);

    kit_bus_changed(bus);
    return slot;
}

void
kit_unplug(struct pnp_devnode *bus, struct kit_slot *slot)
{
    kit_unplug_quietly(slot);
    kit_bus_changed(bus);
}

unsigned
kit_pdo_count(void)
{
    return atomic_load_u32(&pdo_count);
}

/* PnP ----------------------------------------------------------------------------------------- */

static NTSTATUS
start(struct kit_device *device, PIRP irp)
{
    NTSTATUS status;
    bool armed;

    if (!IoForwardIrpSynchronously(device->lower, irp)) {
        return finish(irp, STATUS_UNSUCCESSFUL);
    }
    status = irp->IoStatus.Status;
    if (NT_SUCCESS(status) && fails(device, IRP_MN_START_DEVICE)) {
        status = device->driver->failure;
    }
    tell(device, NT_SUCCESS(status) ? "s" : "x");
    if (NT_SUCCESS(status)) {
        device->power = PowerDeviceD0;
        if (device->has_link) {
            (void)IoSetDeviceInterfaceState(&device->link, TRUE);
        }
        sys_lock_acquire(&device->lock);
        device->disarmed = false;
        armed = device->wake != NULL;
        sys_lock_release(&device->lock);
        if (!armed) {
            arm_wake(device);
        }
    }
    return finish(irp, status);
}

static NTSTATUS
query(struct kit_device *device, PIRP irp, const char *what)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;

    tell(device, what);
    if (fails(device, minor)) {
        return finish(irp, device->driver->failure);
    }
    return pass_successfully(device, irp);
}

static NTSTATUS
tell_and_pass(struct kit_device *device, PIRP irp, const char *what)
{
    tell(device, what);
    return pass_successfully(device, irp);
}

static NTSTATUS
device_remove(struct kit_device *device, PIRP irp)
{
    PDEVICE_OBJECT self = device->self;
    PDEVICE_OBJECT lower = device->lower;
    NTSTATUS status;

    tell(device, "r");
    disarm_wake(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(lower, irp);
    if (device->driver->kind == KIT_BUS) {
        bus_delete_pdos(device);
    }
    if (device->has_link) {
        RtlFreeUnicodeString(&device->link);
    }
    IoDetachDevice(lower);
    IoDeleteDevice(self);
    return status;
}

static NTSTATUS
query_state(struct kit_device *device, PIRP irp)
{
    if (device->driver->device_state != 0) {
        irp->IoStatus.Information |= device->driver->device_state;
        irp->IoStatus.Status = STATUS_SUCCESS;
    }
    return pass(device, irp);
}

static NTSTATUS
query_relations(struct kit_device *device, PIRP irp)
{
    DEVICE_RELATION_TYPE type =
        IoGetCurrentIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type;
    PDEVICE_OBJECT related;

    if (type == BusRelations && device->driver->kind == KIT_BUS) {
        return bus_relations(device, irp);
    }
    related = type == RemovalRelations ? device->driver->removal_relation
              : type == PowerRelations ? device->driver->power_relation
                                       : NULL;
    if (related != NULL && related != device->pdo) {
        DEVICE_RELATIONS relations = {.Count = 1, .Objects = {related}};
        NTSTATUS status = answer(irp, &relations, sizeof(relations));

        if (!NT_SUCCESS(status)) {
            return finish(irp, status);
        }
        ObReferenceObject(related);
        return pass_successfully(device, irp);
    }
    return pass(device, irp);
}

static NTSTATUS
on_pnp(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_device *device = object->DeviceExtension;

    if (device->is_pdo) {
        return pdo_pnp(object, irp);
    }
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return start(device, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return query(device, irp, "q");
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return tell_and_pass(device, irp, "c");
    case IRP_MN_QUERY_STOP_DEVICE:
        return query(device, irp, "t");
    case IRP_MN_CANCEL_STOP_DEVICE:
        return tell_and_pass(device, irp, "k");
    case IRP_MN_STOP_DEVICE:
        return tell_and_pass(device, irp, "p");
    case IRP_MN_SURPRISE_REMOVAL:
        return tell_and_pass(device, irp, "!");
    case IRP_MN_REMOVE_DEVICE:
        return device_remove(device, irp);
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        return query_state(device, irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return query_relations(device, irp);
    default:
        return pass(device, irp);
    }
}

/* Power --------------------------------------------------------------------------------------- */

/* The device IRP has ended: the system IRP, which waited for it, goes on. */
static VOID
device_power_done(PDEVICE_OBJECT pdo, UCHAR minor, POWER_STATE state, PVOID context,
                  PIO_STATUS_BLOCK iosb)
{
    PIRP system_irp = context;

    system_irp->IoStatus.Status = iosb->Status;
    IoCompleteRequest(system_irp, IO_NO_INCREMENT);
}

static DEVICE_POWER_STATE
device_state_for(SYSTEM_POWER_STATE system)
{
    return system == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
}

/* On the way up, in the driver that owns the device's power policy. */
static NTSTATUS
system_power_up(PDEVICE_OBJECT object, PIRP irp, PVOID context)
{
    struct kit_device *device = context;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    POWER_STATE state = {.DeviceState =
                             device_state_for(stack->Parameters.Power.State.SystemState)};
    NTSTATUS status;

    if (!NT_SUCCESS(irp->IoStatus.Status)) {
        return STATUS_SUCCESS;
    }
    status =
        PoRequestPowerIrp(device->pdo, stack->MinorFunction, state, device_power_done, irp, NULL);
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        return STATUS_SUCCESS;
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
system_power(struct kit_device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool is_query = stack->MinorFunction == IRP_MN_QUERY_POWER;
    char what[8];

    snprintf(what, sizeof(what), "%c%d", is_query ? 'Q' : 'S',
             (int)stack->Parameters.Power.State.SystemState - 1);
    tell(device, what);
    if (is_query && !NT_SUCCESS(device->driver->query_power)) {
        return finish(irp, device->driver->query_power);
    }
    if (device->driver->kind == KIT_FILTER) {
        return pass(device, irp);
    }
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, system_power_up, device, TRUE, TRUE, TRUE);
    (void)IoCallDriver(device->lower, irp);
    return STATUS_PENDING;
}

static NTSTATUS
device_powered_up(PDEVICE_OBJECT object, PIRP irp, PVOID context)
{
    struct kit_device *device = context;

    if (irp->PendingReturned) {
        IoMarkIrpPending(irp);
    }
    device->power = PowerDeviceD0;
    tell(device, "D0");
    return STATUS_SUCCESS;
}

static NTSTATUS
device_power(struct kit_device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    DEVICE_POWER_STATE state = stack->Parameters.Power.State.DeviceState;
    char what[8];

    if (stack->MinorFunction == IRP_MN_QUERY_POWER || device->driver->kind == KIT_FILTER) {
        return pass(device, irp);
    }
    if (device->driver->power_ms != 0) {
        LARGE_INTEGER interval = {.QuadPart = -10000 * (LONGLONG)device->driver->power_ms};

        KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
    if (state == PowerDeviceD0) {
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, device_powered_up, device, TRUE, TRUE, TRUE);
        return IoCallDriver(device->lower, irp);
    }
    device->power = state;
    snprintf(what, sizeof(what), "D%d", (int)state - 1);
    tell(device, what);
    return pass(device, irp);
}

static NTSTATUS
on_power(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_device *device = object->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    if (device->is_pdo) {
        return pdo_power(object, irp);
    }
    switch (stack->MinorFunction) {
    case IRP_MN_QUERY_POWER:
    case IRP_MN_SET_POWER:
        return stack->Parameters.Power.Type == SystemPowerState ? system_power(device, irp)
                                                                : device_power(device, irp);
    default:
        return pass(device, irp);
    }
}

static NTSTATUS
on_any(PDEVICE_OBJECT object, PIRP irp)
{
    struct kit_device *device = object->DeviceExtension;
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;

    if (major == IRP_MJ_CREATE || major == IRP_MJ_CLEANUP || major == IRP_MJ_CLOSE) {
        return finish(irp, STATUS_SUCCESS);
    }
    if (device->is_pdo) {
        return finish(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    return pass(device, irp);
}

/* Drivers ------------------------------------------------------------------------------------- */

static NTSTATUS
add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    struct kit_driver *self = NULL;
    struct kit_device *device;
    PDEVICE_OBJECT object;
    NTSTATUS status;

    for (unsigned i = 0; i < kit_driver_count; i++) {
        self = kit_drivers[i].object == driver ? &kit_drivers[i] : self;
    }
    if (!NT_SUCCESS(self->add_status)) {
        return self->add_status;
    }
    status = IoCreateDevice(driver, sizeof(*device), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &object);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    device = object->DeviceExtension;
    device->driver = self;
    device->self = object;
    device->pdo = pdo;
    device->power = PowerDeviceD3;
    KeInitializeEvent(&device->wake_done, NotificationEvent, TRUE);
    KeInitializeEvent(&device->wake_not_touched, NotificationEvent, TRUE);
    kit_short_name(pdo, device->name, sizeof(device->name) - 12);
    if (kit_serials) {
        size_t length = strlen(device->name);

        snprintf(device->name + length, sizeof(device->name) - length, "#%u",
                 atomic_fetch_add_u32(&serial, 1));
    }
    device->lower = IoAttachDeviceToDeviceStack(object, pdo);
    object->Flags |= device->lower->Flags & DO_POWER_PAGABLE;
    if (self->interface) {
        device->has_link =
            NT_SUCCESS(IoRegisterDeviceInterface(pdo, &kit_class, NULL, &device->link));
    }
    object->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    tell(device, "a");
    return STATUS_SUCCESS;
}

static NTSTATUS
entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        driver->MajorFunction[i] = on_any;
    }
    driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = on_power;
    driver->DriverExtension->AddDevice = add_device;
    return STATUS_SUCCESS;
}

static bool
same(const WCHAR *wide, const char *text)
{
    while (*wide != 0 && *wide == (WCHAR)(unsigned char)*text) {
        wide++;
        text++;
    }
    return *wide == 0 && *text == '\0';
}

static void
configure(void *context, const struct pnp_identity *identity, struct pnp_setup *setup)
{
    bool known = false;

    for (unsigned i = 0; i < kit_driver_count; i++) {
        const struct kit_driver *driver = &kit_drivers[i];

        known = known || (driver->role == PNP_FUNCTION && driver->fits != NULL &&
                          same(identity->hardware_ids, driver->fits));
    }
    for (unsigned i = 0; known && i < kit_driver_count; i++) {
        if (kit_drivers[i].fits == NULL || same(identity->hardware_ids, kit_drivers[i].fits)) {
            (void)pnp_setup_add_driver(setup, kit_drivers[i].role, kit_drivers[i].object);
        }
    }
}

void
kit_setup(const struct kit_driver *drivers, unsigned count)
{
    static const struct pnp_system system = {.configure = configure};

    pnp_set_system(&system);
    kit_clear();
    atomic_store_u32(&pdo_count, 0);
    kit_driver_count = count;
    for (unsigned i = 0; i < count; i++) {
        kit_drivers[i] = drivers[i];
        ck_assert_int_eq(io_driver_create(drivers[i].name, &kit_drivers[i].object), STATUS_SUCCESS);
        ck_assert_int_eq(io_driver_start(kit_drivers[i].object, entry), STATUS_SUCCESS);
    }
}

static bool
find_root_device(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct pnp_devnode **found = argument;

    if (status->depth == 1 && !status->gone && *found == NULL) {
        *found = devnode;
        pnp_devnode_ref(devnode);
    }
    return *found == NULL;
}

unsigned
kit_teardown(void)
{
    unsigned left = 0;

    for (;;) {
        struct pnp_devnode *devnode = NULL;

        pnp_tree_walk(find_root_device, &devnode);
        if (devnode == NULL) {
            break;
        }
        pnp_devnode_unplug(devnode);
        pnp_devnode_unref(devnode);
    }
    pnp_wait_quiet();
    for (unsigned i = 0; i < kit_driver_count; i++) {
        struct io_driver_leaks leaks = io_driver_unload(kit_drivers[i].object);

        left += leaks.devices + leaks.pool_blocks;
    }
    return left + kit_pdo_count();
}

struct pnp_devnode *
kit_add(const char *instance_id)
{
    struct pnp_root_params params = {.instance_id = instance_id};
    struct pnp_devnode *devnode = NULL;

    return NT_SUCCESS(pnp_root_add(&params, &devnode)) ? devnode : NULL;
}
