/* SPDX-License-Identifier: MIT */
/*
 * Sets of devices, and IRP_MN_QUERY_DEVICE_RELATIONS: each driver adds what it knows on the way down.
 * device->lock guards the sets.
 */
#include "fx/pnp/relations.h"

#include <string.h>

#include "fx/core/lock.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx_imports.h"
#include "sys/memory.h"

#define RELATIONS_TAG 'lRxF'

/* --- Sets ------------------------------------------------------------------------------------ */

static size_t
find_locked(const struct fx_relations *relations, const DEVICE_OBJECT *other)
{
    size_t i;

    for (i = 0; i < relations->count && relations->devices[i] != other; i++) {
    }
    return i;
}

NTSTATUS
fx_relations_add(struct fx_device *device, struct fx_relations *relations, DEVICE_OBJECT *other)
{
    DEVICE_OBJECT **old = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    fx_lock(&device->lock);
    if (find_locked(relations, other) == relations->count) {
        DEVICE_OBJECT **devices = sys_alloc((relations->count + 1) * sizeof(*devices));

        if (devices == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
        } else {
            if (relations->count != 0) {
                memcpy(devices, relations->devices, relations->count * sizeof(*devices));
            }
            ObReferenceObject(other);
            devices[relations->count++] = other;
            old = relations->devices;
            relations->devices = devices;
        }
    }
    fx_unlock(&device->lock);
    sys_free(old);
    return status;
}

void
fx_relations_remove(struct fx_device *device, struct fx_relations *relations, DEVICE_OBJECT *other)
{
    bool found;
    size_t i;

    fx_lock(&device->lock);
    i = find_locked(relations, other);
    found = i != relations->count;
    if (found) {
        relations->devices[i] = relations->devices[--relations->count];
    }
    fx_unlock(&device->lock);
    if (found) {
        ObDereferenceObject(other);
    }
}

void
fx_relations_clear(struct fx_device *device, struct fx_relations *relations)
{
    struct fx_relations old;

    fx_lock(&device->lock);
    old = *relations;
    *relations = (struct fx_relations){0};
    fx_unlock(&device->lock);
    fx_relations_copy_free(&old);
}

NTSTATUS
fx_relations_copy(struct fx_device *device, const struct fx_relations *relations,
                  struct fx_relations *ret_copy)
{
    struct fx_relations copy = {0};
    NTSTATUS status = STATUS_SUCCESS;

    fx_lock(&device->lock);
    if (relations->count != 0) {
        copy.devices = sys_alloc(relations->count * sizeof(*copy.devices));
        if (copy.devices == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
        } else {
            copy.count = relations->count;
            memcpy(copy.devices, relations->devices, copy.count * sizeof(*copy.devices));
            for (size_t i = 0; i < copy.count; i++) {
                ObReferenceObject(copy.devices[i]);
            }
        }
    }
    fx_unlock(&device->lock);
    *ret_copy = copy;
    return status;
}

void
fx_relations_copy_free(struct fx_relations *copy)
{
    for (size_t i = 0; i < copy->count; i++) {
        ObDereferenceObject(copy->devices[i]);
    }
    sys_free(copy->devices);
    *copy = (struct fx_relations){0};
}

DEVICE_RELATIONS *
fx_relations_merge(DEVICE_RELATIONS *old, DEVICE_OBJECT *const *more, size_t count)
{
    size_t before = old == NULL ? 0 : old->Count;
    size_t size = sizeof(DEVICE_RELATIONS) + (before + count) * sizeof(DEVICE_OBJECT *);
    DEVICE_RELATIONS *merged = ExAllocatePool2(POOL_FLAG_PAGED, size, RELATIONS_TAG);

    if (merged == NULL) {
        return NULL;
    }
    merged->Count = (ULONG)(before + count);
    for (size_t i = 0; i < before; i++) {
        merged->Objects[i] = old->Objects[i];
    }
    for (size_t i = 0; i < count; i++) {
        ObReferenceObject(more[i]);
        merged->Objects[before + i] = more[i];
    }
    if (old != NULL) {
        ExFreePool(old);
    }
    return merged;
}

/* --- The IRP --------------------------------------------------------------------------------- */

static NTSTATUS
merge_into(struct fx_device *device, IRP *irp, const struct fx_relations *relations)
{
    DEVICE_RELATIONS *merged;
    struct fx_relations copy;
    NTSTATUS status = fx_relations_copy(device, relations, &copy);

    if (!NT_SUCCESS(status) || copy.count == 0) {
        return NT_SUCCESS(status) ? irp->IoStatus.Status : status;
    }
    merged =
        fx_relations_merge((DEVICE_RELATIONS *)irp->IoStatus.Information, copy.devices, copy.count);
    fx_relations_copy_free(&copy);
    if (merged == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Information = (ULONG_PTR)merged;
    return STATUS_SUCCESS;
}

static NTSTATUS
target_relation(struct fx_device *device, IRP *irp)
{
    DEVICE_RELATIONS *merged;

    if (device->kind != FX_DEVICE_PDO) {
        return irp->IoStatus.Status;
    }
    merged = fx_relations_merge(NULL, &device->wdm, 1);
    if (merged == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Information = (ULONG_PTR)merged;
    return STATUS_SUCCESS;
}

/* What the IRP's status becomes; the status it has when there is nothing to say. */
static NTSTATUS
answer(struct fx_device *device, IRP *irp, DEVICE_RELATION_TYPE type)
{
    switch (type) {
    case BusRelations:
        FX_CALL_VOID(device, device->pnp.EvtDeviceRelationsQuery, type);
        return device->kind == FX_DEVICE_PDO ? irp->IoStatus.Status
                                             : fx_children_report(device, irp);
    case RemovalRelations:
        FX_CALL_VOID(device, device->pnp.EvtDeviceRelationsQuery, type);
        return device->kind == FX_DEVICE_PDO ? irp->IoStatus.Status
                                             : merge_into(device, irp, &device->removal_relations);
    case EjectionRelations:
        FX_CALL_VOID(device, device->pnp.EvtDeviceRelationsQuery, type);
        return device->kind == FX_DEVICE_PDO ? merge_into(device, irp, &device->ejection_relations)
                                             : irp->IoStatus.Status;
    case TargetDeviceRelation:
        return target_relation(device, irp);
    default:
        return irp->IoStatus.Status;
    }
}

NTSTATUS
fx_relations_dispatch(struct fx_device *device, IRP *irp)
{
    DEVICE_RELATION_TYPE type =
        IoGetCurrentIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type;
    NTSTATUS status = answer(device, irp, type);

    if (!NT_SUCCESS(status) && status != STATUS_NOT_SUPPORTED) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    }
    irp->IoStatus.Status = status;
    return fx_device_pass_down(device, irp, status);
}

/* --- For the driver -------------------------------------------------------------------------- */

NTSTATUS
imp_WdfDeviceAddRemovalRelationsPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                               PDEVICE_OBJECT PhysicalDevice)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (PhysicalDevice == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return fx_relations_add(device, &device->removal_relations, PhysicalDevice);
}

VOID
imp_WdfDeviceRemoveRemovalRelationsPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                  WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, PhysicalDevice);
    fx_relations_remove(device, &device->removal_relations, PhysicalDevice);
}

VOID
imp_WdfDeviceClearRemovalRelationsDevices(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_relations_clear(device, &device->removal_relations);
}

/* The device of a PDO; NULL and a line in the log for others. */
static struct fx_device *
pdo(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle, const char *function)
{
    struct fx_device *device = fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);

    if (device->kind != FX_DEVICE_PDO) {
        fx_log(fx_globals_of(driver_globals), "%s: %p is not a PDO", function, handle);
        return NULL;
    }
    return device;
}

NTSTATUS
imp_WdfPdoAddEjectionRelationsPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                             PDEVICE_OBJECT PhysicalDevice)
{
    struct fx_device *device =
        pdo(DriverGlobals, Device, "WdfPdoAddEjectionRelationsPhysicalDevice");

    if (device == NULL || PhysicalDevice == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return fx_relations_add(device, &device->ejection_relations, PhysicalDevice);
}

VOID
imp_WdfPdoRemoveEjectionRelationsPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                PDEVICE_OBJECT PhysicalDevice)
{
    struct fx_device *device =
        pdo(DriverGlobals, Device, "WdfPdoRemoveEjectionRelationsPhysicalDevice");

    fx_require(DriverGlobals, PhysicalDevice);
    if (device != NULL) {
        fx_relations_remove(device, &device->ejection_relations, PhysicalDevice);
    }
}

VOID
imp_WdfPdoClearEjectionRelationsDevices(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = pdo(DriverGlobals, Device, "WdfPdoClearEjectionRelationsDevices");

    if (device != NULL) {
        fx_relations_clear(device, &device->ejection_relations);
    }
}
