/* SPDX-License-Identifier: MIT */
/*
 * IRP_MJ_SYSTEM_CONTROL for a framework's device: WmiLib over what is registered now. The list that
 * WmiLib works on lives for one request, and the request's IRP leads its callbacks to it.
 */
#include <string.h>

#include <ntddk.h>
#include <wmistr.h>
#include <wmilib.h>

#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/misc/wmi.h"
#include "fx/pnp/device.h"
#include "sys/memory.h"

struct blocks {
    WMILIB_CONTEXT context;
    struct fx_device *device;
    ULONG count;
    struct fx_wmi_provider **providers; /* Referenced. */
    WMIGUIDREGINFO guids[];
};

static struct blocks *
blocks_of(IRP *irp)
{
    return irp->Tail.Overlay.DriverContext[0];
}

/* ---- What WmiLib asks ---- */

static NTSTATUS NTAPI
on_registration(PDEVICE_OBJECT wdm, PULONG flags, PUNICODE_STRING instance_name,
                PUNICODE_STRING *registry_path, PUNICODE_STRING mof, PDEVICE_OBJECT *pdo)
{
    struct fx_device *device = fx_device_of_wdm(wdm);

    *flags = WMIREG_FLAG_INSTANCE_PDO;
    *registry_path = &device->object.globals->registry_path;
    fx_lock(&device->wmi->lock);
    *mof = device->wmi->mof;
    fx_unlock(&device->wmi->lock);
    *pdo = device->physical;
    return STATUS_SUCCESS;
}

/* One instance's data. *ret_used: what they take, or would take (STATUS_BUFFER_TOO_SMALL). */
static NTSTATUS
query_instance(struct fx_wmi_instance *instance, ULONG room, void *buffer, ULONG *ret_used)
{
    struct fx_globals *globals = instance->object.globals;
    ULONG least = instance->provider->config.MinInstanceBufferSize;
    NTSTATUS status;
    KIRQL irql;

    *ret_used = 0;
    if (instance->config.UseContextForQuery) {
        *ret_used = instance->data_size;
        if (room < instance->data_size) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        memcpy(buffer, instance->data, instance->data_size);
        return STATUS_SUCCESS;
    }
    if (instance->config.EvtWmiInstanceQueryInstance == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (room < least) {
        *ret_used = least;
        return STATUS_BUFFER_TOO_SMALL;
    }
    irql = fx_callback_begin();
    status = instance->config.EvtWmiInstanceQueryInstance(fx_object_handle(&instance->object), room,
                                                          buffer, ret_used);
    fx_callback_end(globals, irql, (const void *)instance->config.EvtWmiInstanceQueryInstance);
    if (NT_SUCCESS(status) && *ret_used > room) {
        fx_log(globals, "EvtWmiInstanceQueryInstance put %u bytes into %u", *ret_used, room);
        return STATUS_BUFFER_TOO_SMALL;
    }
    return status;
}

static NTSTATUS NTAPI
on_query(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, ULONG first, ULONG count, PULONG lengths,
         ULONG room, PUCHAR buffer)
{
    struct fx_wmi_provider *provider = blocks_of(irp)->providers[block];
    NTSTATUS status = STATUS_SUCCESS;
    bool too_small = false;
    ULONG used = 0;
    ULONG i;

    for (i = 0; i < count && (NT_SUCCESS(status) || too_small); i++) {
        struct fx_wmi_instance *instance = fx_wmi_instance_at(provider, first + i);
        ULONG start = (used + 7) & ~7u;
        ULONG length;

        if (instance == NULL) {
            status = STATUS_WMI_INSTANCE_NOT_FOUND; /* Deregistered meanwhile. */
            too_small = false;
            break;
        }
        status = query_instance(instance, start < room ? room - start : 0, buffer + start, &length);
        fx_object_unref(&instance->object);
        if (status == STATUS_BUFFER_TOO_SMALL) {
            too_small = true;
        } else if (!NT_SUCCESS(status)) {
            too_small = false;
        } else if (!too_small) {
            lengths[i] = length;
        }
        used = start + length;
    }
    if (too_small) {
        status = STATUS_BUFFER_TOO_SMALL;
    }
    return WmiCompleteRequest(wdm, irp, status, used, IO_NO_INCREMENT);
}

/* Completes a request about one instance that is gone. */
static struct fx_wmi_instance *
instance_or_complete(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, ULONG index, NTSTATUS *ret_status)
{
    struct fx_wmi_instance *instance = fx_wmi_instance_at(blocks_of(irp)->providers[block], index);

    if (instance == NULL) {
        *ret_status =
            WmiCompleteRequest(wdm, irp, STATUS_WMI_INSTANCE_NOT_FOUND, 0, IO_NO_INCREMENT);
    }
    return instance;
}

static NTSTATUS NTAPI
on_set(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, ULONG index, ULONG size, PUCHAR buffer)
{
    struct fx_wmi_instance *instance;
    PFN_WDF_WMI_INSTANCE_SET_INSTANCE callback;
    NTSTATUS status;

    instance = instance_or_complete(wdm, irp, block, index, &status);
    if (instance == NULL) {
        return status;
    }
    callback = instance->config.EvtWmiInstanceSetInstance;
    if (callback == NULL) {
        status = STATUS_WMI_READ_ONLY;
    } else if (size < instance->provider->config.MinInstanceBufferSize) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        KIRQL irql = fx_callback_begin();

        status = callback(fx_object_handle(&instance->object), size, buffer);
        fx_callback_end(instance->object.globals, irql, (const void *)callback);
    }
    fx_object_unref(&instance->object);
    return WmiCompleteRequest(wdm, irp, status, 0, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
on_set_item(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, ULONG index, ULONG item, ULONG size,
            PUCHAR buffer)
{
    struct fx_wmi_instance *instance;
    PFN_WDF_WMI_INSTANCE_SET_ITEM callback;
    NTSTATUS status;

    instance = instance_or_complete(wdm, irp, block, index, &status);
    if (instance == NULL) {
        return status;
    }
    callback = instance->config.EvtWmiInstanceSetItem;
    if (callback == NULL) {
        status = STATUS_WMI_READ_ONLY;
    } else {
        KIRQL irql = fx_callback_begin();

        status = callback(fx_object_handle(&instance->object), item, size, buffer);
        fx_callback_end(instance->object.globals, irql, (const void *)callback);
    }
    fx_object_unref(&instance->object);
    return WmiCompleteRequest(wdm, irp, status, 0, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
on_method(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, ULONG index, ULONG method, ULONG in_size,
          ULONG out_size, PUCHAR buffer)
{
    struct fx_wmi_instance *instance;
    PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD callback;
    ULONG used = 0;
    NTSTATUS status;

    instance = instance_or_complete(wdm, irp, block, index, &status);
    if (instance == NULL) {
        return status;
    }
    callback = instance->config.EvtWmiInstanceExecuteMethod;
    if (callback == NULL) {
        status = STATUS_INVALID_DEVICE_REQUEST;
    } else {
        KIRQL irql = fx_callback_begin();

        status =
            callback(fx_object_handle(&instance->object), method, in_size, out_size, buffer, &used);
        fx_callback_end(instance->object.globals, irql, (const void *)callback);
        if (NT_SUCCESS(status) && used > out_size) {
            fx_log(instance->object.globals, "EvtWmiInstanceExecuteMethod put %u bytes into %u",
                   used, out_size);
            status = STATUS_BUFFER_TOO_SMALL;
        }
    }
    fx_object_unref(&instance->object);
    return WmiCompleteRequest(wdm, irp, status, used, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI
on_control(PDEVICE_OBJECT wdm, PIRP irp, ULONG block, WMIENABLEDISABLECONTROL function,
           BOOLEAN enable)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct fx_wmi_provider *provider = blocks_of(irp)->providers[block];
    PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL callback = provider->config.EvtWmiProviderFunctionControl;
    bool events = function == WmiEventControl;
    NTSTATUS status = STATUS_SUCCESS;

    if (events && (provider->config.Flags & WdfWmiProviderTracing) != 0) {
        const WNODE_HEADER *header = stack->Parameters.WMI.Buffer;
        bool has_handle = enable && stack->Parameters.WMI.BufferSize >= sizeof(*header);

        fx_lock(&provider->device->wmi->lock);
        provider->tracing_handle = has_handle ? header->HistoricalContext : 0;
        fx_unlock(&provider->device->wmi->lock);
    }
    if (callback != NULL) {
        KIRQL irql = fx_callback_begin();

        status = callback(fx_object_handle(&provider->object),
                          events ? WdfWmiEventControl : WdfWmiInstanceControl, enable);
        fx_callback_end(provider->object.globals, irql, (const void *)callback);
    }
    if (NT_SUCCESS(status)) {
        fx_lock(&provider->device->wmi->lock);
        if (events) {
            provider->events_enabled = enable;
        } else {
            provider->data_enabled = enable;
        }
        fx_unlock(&provider->device->wmi->lock);
    }
    return WmiCompleteRequest(wdm, irp, status, 0, IO_NO_INCREMENT);
}

/* ---- A request ---- */

static ULONG
registration_flags(ULONG flags)
{
    return (flags & WdfWmiProviderEventOnly ? WMIREG_FLAG_EVENT_ONLY_GUID : 0) |
           (flags & WdfWmiProviderExpensive ? WMIREG_FLAG_EXPENSIVE : 0) |
           (flags & WdfWmiProviderTracing ? WMIREG_FLAG_TRACED_GUID | WMIREG_FLAG_TRACE_CONTROL_GUID
                                          : 0);
}

static ULONG
count_of(struct list *list)
{
    ULONG count = 0;
    struct list *link;

    list_for_each(link, list)
    {
        count++;
    }
    return count;
}

/* What the device provides now. NULL: no memory. */
static struct blocks *
take_blocks(struct fx_device *device)
{
    struct fx_wmi *wmi = device->wmi;
    struct blocks *blocks;
    struct list *link;
    ULONG room;

    fx_lock(&wmi->lock);
    room = count_of(&wmi->providers);
    fx_unlock(&wmi->lock);
    blocks = sys_alloc(sizeof(*blocks) +
                       room * (sizeof(blocks->guids[0]) + sizeof(blocks->providers[0])));
    if (blocks == NULL) {
        return NULL;
    }
    memset(&blocks->context, 0, sizeof(blocks->context));
    blocks->device = device;
    blocks->count = 0;
    blocks->providers = (struct fx_wmi_provider **)(void *)&blocks->guids[room];
    fx_lock(&wmi->lock);
    list_for_each(link, &wmi->providers)
    {
        struct fx_wmi_provider *provider = container_of(link, struct fx_wmi_provider, link);
        WMIGUIDREGINFO *guid = &blocks->guids[blocks->count];

        if (blocks->count == room) {
            break; /* Made since we counted. */
        }
        fx_object_ref(&provider->object);
        guid->Guid = &provider->config.Guid;
        guid->InstanceCount = count_of(&provider->instances);
        guid->Flags = registration_flags(provider->config.Flags);
        blocks->providers[blocks->count++] = provider;
    }
    fx_unlock(&wmi->lock);
    blocks->context.GuidCount = blocks->count;
    blocks->context.GuidList = blocks->guids;
    blocks->context.QueryWmiRegInfo = on_registration;
    blocks->context.QueryWmiDataBlock = on_query;
    blocks->context.SetWmiDataBlock = on_set;
    blocks->context.SetWmiDataItem = on_set_item;
    blocks->context.ExecuteWmiMethod = on_method;
    blocks->context.WmiFunctionControl = on_control;
    return blocks;
}

static void
put_blocks(struct blocks *blocks)
{
    ULONG i;

    for (i = 0; i < blocks->count; i++) {
        fx_object_unref(&blocks->providers[i]->object);
    }
    sys_free(blocks);
}

NTSTATUS
fx_wmi_dispatch(struct fx_device *device, IRP *irp)
{
    SYSCTL_IRP_DISPOSITION disposition;
    struct blocks *blocks;
    NTSTATUS status;

    if (IoGetCurrentIrpStackLocation(irp)->Parameters.WMI.ProviderId != (ULONG_PTR)device->wdm) {
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
    blocks = take_blocks(device);
    if (blocks == NULL) {
        irp->IoStatus.Status = STATUS_INSUFFICIENT_RESOURCES;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->Tail.Overlay.DriverContext[0] = blocks;
    status = WmiSystemControl(&blocks->context, device->wdm, irp, &disposition);
    put_blocks(blocks);
    switch (disposition) {
    case IrpProcessed:
        return status;
    case IrpNotCompleted:
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    default:
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
}
