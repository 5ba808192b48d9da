/* SPDX-License-Identifier: MIT */
/*
 * The IRPs that carry resources: what a device needs (queried from its PDO, filtered by the others: taken away on
 * the way down, added on the way up), and its start, where what a filter added is hidden from the bus.
 */
#include "fx/pnp/call.h"
#include "fx/pnp/interrupt.h"
#include "fx/pnp/pdo.h"
#include "fx/res/cmreslist.h"
#include "fx/res/ioreslist.h"

static NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* --- Filtering ------------------------------------------------------------------------------- */

/* What somebody above has put in place of the PnP manager's list is ours to free. */
static NTSTATUS
replace_requirements(IRP *irp, const struct fx_ioreqlist *list)
{
    IO_RESOURCE_REQUIREMENTS_LIST *wdm;
    NTSTATUS status = fx_ioreqlist_to_wdm(list, &wdm);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (irp->IoStatus.Information != 0) {
        ExFreePool((PVOID)irp->IoStatus.Information);
    }
    irp->IoStatus.Information = (ULONG_PTR)wdm;
    irp->IoStatus.Status = STATUS_SUCCESS;
    return STATUS_SUCCESS;
}

/* NULL: the device needs none. */
static IO_RESOURCE_REQUIREMENTS_LIST *
current_requirements(IRP *irp)
{
    return irp->IoStatus.Information != 0
               ? (IO_RESOURCE_REQUIREMENTS_LIST *)irp->IoStatus.Information
               : IoGetCurrentIrpStackLocation(irp)
                     ->Parameters.FilterResourceRequirements.IoResourceRequirementList;
}

static NTSTATUS
filter(struct fx_device *device, IRP *irp, EVT_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS *callback,
       enum fx_res_access access)
{
    struct fx_ioreqlist *list;
    NTSTATUS status;

    if (callback == NULL) {
        return STATUS_SUCCESS;
    }
    status = fx_ioreqlist_create(&device->object, current_requirements(irp), access, &list);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = FX_CALL_STATUS(device, callback, fx_object_handle(&list->object));
    if (NT_SUCCESS(status) && list->changed) {
        status = replace_requirements(irp, list);
    }
    fx_ioreqlist_delete(list);
    return status;
}

/* Nobody takes the list of an IRP that fails. */
static NTSTATUS
fail_filter(IRP *irp, NTSTATUS status)
{
    if (irp->IoStatus.Information != 0) {
        ExFreePool((PVOID)irp->IoStatus.Information);
        irp->IoStatus.Information = 0;
    }
    return complete(irp, status);
}

NTSTATUS
fx_resources_filter_requirements(struct fx_device *device, IRP *irp)
{
    NTSTATUS status =
        filter(device, irp, device->fdo.EvtDeviceFilterRemoveResourceRequirements, FX_RES_REMOVE);

    if (!NT_SUCCESS(status)) {
        return fail_filter(irp, status);
    }
    if (device->fdo.EvtDeviceFilterAddResourceRequirements == NULL &&
        !fx_interrupts_have_wishes(device)) {
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
    status = fx_pnp_forward_and_wait(device, irp);
    if (NT_SUCCESS(status) || status == STATUS_NOT_SUPPORTED) {
        NTSTATUS added =
            filter(device, irp, device->fdo.EvtDeviceFilterAddResourceRequirements, FX_RES_ADD);

        if (!NT_SUCCESS(added)) {
            return fail_filter(irp, added);
        }
        if (current_requirements(irp) != NULL) {
            fx_interrupts_filter(device, current_requirements(irp));
        }
        status = irp->IoStatus.Status;
    }
    return complete(irp, status);
}

/* --- Start ----------------------------------------------------------------------------------- */

static NTSTATUS
remove_added(struct fx_device *device, struct fx_cmreslist *raw, struct fx_cmreslist *translated,
             CM_RESOURCE_LIST **ret_raw, CM_RESOURCE_LIST **ret_translated)
{
    NTSTATUS status = FX_CALL_STATUS(device, device->fdo.EvtDeviceRemoveAddedResources,
                                     fx_cmreslist_handle(raw), fx_cmreslist_handle(translated));

    if (NT_SUCCESS(status)) {
        status = fx_cmreslist_to_wdm(raw, ret_raw);
    }
    if (NT_SUCCESS(status)) {
        status = fx_cmreslist_to_wdm(translated, ret_translated);
        if (!NT_SUCCESS(status) && *ret_raw != NULL) {
            ExFreePool(*ret_raw);
        }
    }
    return status;
}

NTSTATUS
fx_resources_remove_added(struct fx_device *device, IRP *irp, struct fx_start_lists *ret_lists)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct fx_cmreslist *translated = NULL;
    struct fx_cmreslist *raw = NULL;
    NTSTATUS status;

    *ret_lists = (struct fx_start_lists){0};
    if (device->fdo.EvtDeviceRemoveAddedResources == NULL) {
        return STATUS_SUCCESS;
    }
    status = fx_cmreslist_create(&device->object, stack->Parameters.StartDevice.AllocatedResources,
                                 FX_RES_REMOVE, &raw);
    if (NT_SUCCESS(status)) {
        status = fx_cmreslist_create(&device->object,
                                     stack->Parameters.StartDevice.AllocatedResourcesTranslated,
                                     FX_RES_REMOVE, &translated);
    }
    if (NT_SUCCESS(status)) {
        status = remove_added(device, raw, translated, &ret_lists->raw, &ret_lists->translated);
        ret_lists->used = NT_SUCCESS(status);
    }
    fx_cmreslist_delete(raw);
    fx_cmreslist_delete(translated);
    return status;
}

/* --- A PDO's own ----------------------------------------------------------------------------- */

NTSTATUS
fx_resources_query(struct fx_device *device, IRP *irp)
{
    struct fx_cmreslist *list;
    CM_RESOURCE_LIST *wdm;
    NTSTATUS status;

    if (device->pdo->events.EvtDeviceResourcesQuery == NULL) {
        return complete(irp, irp->IoStatus.Status);
    }
    status = fx_cmreslist_create(&device->object, NULL, FX_RES_ALL, &list);
    if (!NT_SUCCESS(status)) {
        return complete(irp, status);
    }
    status = FX_CALL_STATUS(device, device->pdo->events.EvtDeviceResourcesQuery,
                            fx_cmreslist_handle(list));
    if (NT_SUCCESS(status)) {
        status = fx_cmreslist_to_wdm(list, &wdm);
    }
    if (NT_SUCCESS(status)) {
        irp->IoStatus.Information = (ULONG_PTR)wdm;
    }
    fx_cmreslist_delete(list);
    return complete(irp, status);
}

NTSTATUS
fx_resources_query_requirements(struct fx_device *device, IRP *irp)
{
    IO_RESOURCE_REQUIREMENTS_LIST *wdm;
    struct fx_ioreqlist *list;
    NTSTATUS status;

    if (device->pdo->events.EvtDeviceResourceRequirementsQuery == NULL) {
        return complete(irp, irp->IoStatus.Status);
    }
    status = fx_ioreqlist_create(&device->object, NULL, FX_RES_ALL, &list);
    if (!NT_SUCCESS(status)) {
        return complete(irp, status);
    }
    status = FX_CALL_STATUS(device, device->pdo->events.EvtDeviceResourceRequirementsQuery,
                            fx_object_handle(&list->object));
    if (NT_SUCCESS(status)) {
        status = fx_ioreqlist_to_wdm(list, &wdm);
    }
    if (NT_SUCCESS(status)) {
        irp->IoStatus.Information = (ULONG_PTR)wdm;
    }
    fx_ioreqlist_delete(list);
    return complete(irp, status);
}
