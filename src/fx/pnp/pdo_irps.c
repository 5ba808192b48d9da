/* SPDX-License-Identifier: MIT */
/* IRP_MJ_PNP at the bottom of a stack: who the device is, and what its bus can do for it. */
#include <string.h>

#include "fx/pnp/call.h"
#include "fx/pnp/pdo.h"

#define PDO_TAG 'dPxF'

static NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* A copy in paged pool with `zeros` NULs behind it becomes the IRP's answer. */
static NTSTATUS
answer_text(IRP *irp, const WCHAR *text, size_t chars, size_t zeros)
{
    WCHAR *copy = ExAllocatePool2(POOL_FLAG_PAGED, (chars + zeros) * sizeof(WCHAR), PDO_TAG);

    if (copy == NULL) {
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    memcpy(copy, text, chars * sizeof(WCHAR));
    irp->IoStatus.Information = (ULONG_PTR)copy;
    return complete(irp, STATUS_SUCCESS);
}

static NTSTATUS
answer_string(IRP *irp, const UNICODE_STRING *string)
{
    if (string->Length == 0) {
        return complete(irp, irp->IoStatus.Status);
    }
    return answer_text(irp, string->Buffer, string->Length / sizeof(WCHAR), 1);
}

static NTSTATUS
answer_strings(IRP *irp, const struct fx_multi_string *strings)
{
    if (strings->text == NULL) {
        return complete(irp, irp->IoStatus.Status);
    }
    return answer_text(irp, strings->text, strings->chars, 1);
}

static NTSTATUS
query_id(struct fx_device *device, IRP *irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        return answer_string(irp, &device->pdo->device_id);
    case BusQueryInstanceID:
        return answer_string(irp, &device->pdo->instance_id);
    case BusQueryContainerID:
        return answer_string(irp, &device->pdo->container_id);
    case BusQueryHardwareIDs:
        return answer_strings(irp, &device->pdo->hardware_ids);
    case BusQueryCompatibleIDs:
        return answer_strings(irp, &device->pdo->compatible_ids);
    default:
        return complete(irp, irp->IoStatus.Status);
    }
}

/* "If text for the specified locale is not available, the framework returns that of the default locale." */
static const struct fx_device_text *
find_text(const struct fx_pdo *pdo, LCID locale)
{
    const struct fx_device_text *fallback = NULL;
    struct list *link;

    list_for_each(link, &pdo->texts)
    {
        const struct fx_device_text *text = container_of(link, struct fx_device_text, link);

        if (text->locale == locale) {
            return text;
        }
        if (text->locale == pdo->default_locale) {
            fallback = text;
        }
    }
    return fallback;
}

static NTSTATUS
query_text(struct fx_device *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct fx_device_text *text =
        find_text(device->pdo, stack->Parameters.QueryDeviceText.LocaleId);

    if (text == NULL) {
        return complete(irp, irp->IoStatus.Status);
    }
    switch (stack->Parameters.QueryDeviceText.DeviceTextType) {
    case DeviceTextDescription:
        return answer_string(irp, &text->description);
    case DeviceTextLocationInformation:
        return answer_string(irp, &text->location);
    default:
        return complete(irp, irp->IoStatus.Status);
    }
}

static NTSTATUS
query_bus_information(struct fx_device *device, IRP *irp)
{
    PNP_BUS_INFORMATION *information;

    if (device->parent == NULL || !device->parent->has_bus_information) {
        return complete(irp, irp->IoStatus.Status);
    }
    information = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(*information), PDO_TAG);
    if (information == NULL) {
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    *information = device->parent->bus_information;
    irp->IoStatus.Information = (ULONG_PTR)information;
    return complete(irp, STATUS_SUCCESS);
}

/* "Not implementing an EvtDeviceSetLock callback function is equivalent to returning" a failure. */
static NTSTATUS
set_lock(struct fx_device *device, IRP *irp)
{
    BOOLEAN lock = IoGetCurrentIrpStackLocation(irp)->Parameters.SetLock.Lock;

    if (device->pdo->events.EvtDeviceSetLock == NULL) {
        return complete(irp, irp->IoStatus.Status);
    }
    return complete(irp, FX_CALL_STATUS(device, device->pdo->events.EvtDeviceSetLock, lock));
}

/* What every PDO can say; its driver's own settings come on top. */
static NTSTATUS
query_capabilities(struct fx_device *device, IRP *irp)
{
    DEVICE_CAPABILITIES *capabilities =
        IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities;

    if (capabilities->Version != 1 || capabilities->Size < sizeof(*capabilities)) {
        return complete(irp, STATUS_NOT_SUPPORTED);
    }
    capabilities->RawDeviceOK = device->pdo->raw;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (unsigned state = PowerSystemSleeping1; state < PowerSystemMaximum; state++) {
        capabilities->DeviceState[state] = PowerDeviceD3;
    }
    fx_capabilities_merge(device, capabilities);
    return complete(irp, STATUS_SUCCESS);
}

bool
fx_pdo_dispatch(struct fx_device *device, IRP *irp, NTSTATUS *ret_status)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_QUERY_ID:
        *ret_status = query_id(device, irp);
        return true;
    case IRP_MN_QUERY_DEVICE_TEXT:
        *ret_status = query_text(device, irp);
        return true;
    case IRP_MN_QUERY_BUS_INFORMATION:
        *ret_status = query_bus_information(device, irp);
        return true;
    case IRP_MN_QUERY_CAPABILITIES:
        *ret_status = query_capabilities(device, irp);
        return true;
    case IRP_MN_QUERY_RESOURCES:
        *ret_status = fx_resources_query(device, irp);
        return true;
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS:
        *ret_status = fx_resources_query_requirements(device, irp);
        return true;
    case IRP_MN_FILTER_RESOURCE_REQUIREMENTS:
        *ret_status = complete(irp, irp->IoStatus.Status);
        return true;
    case IRP_MN_SET_LOCK:
        *ret_status = set_lock(device, irp);
        return true;
    default:
        return false;
    }
}
