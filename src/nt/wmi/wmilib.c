/* SPDX-License-Identifier: MIT */
/*
 * WmiLib: decodes IRP_MJ_SYSTEM_CONTROL for a driver and puts its answers into WNODEs. A driver's
 * routine ends a request with WmiCompleteRequest; what the library refuses itself the driver completes
 * (IrpNotCompleted).
 */
#include <string.h>

#include <ntddk.h>
#include <wmistr.h>
#include <wmilib.h>

#include <stdbool.h>

#define WMILIB_TAG 'lmWN'
#define ALIGN_DATA 8u
#define EVENT_MAX  0xffffu /* Bytes, the WNODE included. */

static ULONG
align(ULONG offset)
{
    return (offset + ALIGN_DATA - 1) & ~(ALIGN_DATA - 1);
}

static NTSTATUS
complete(PIRP irp, NTSTATUS status, ULONG_PTR information, CCHAR boost)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, boost);
    return status;
}

/* An answer that says how big the buffer has to be. */
static NTSTATUS
too_small(PIRP irp, ULONG needed, CCHAR boost)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    WNODE_TOO_SMALL *answer = stack->Parameters.WMI.Buffer;

    if (stack->Parameters.WMI.BufferSize < sizeof(*answer)) {
        return complete(irp, STATUS_BUFFER_TOO_SMALL, 0, boost);
    }
    answer->WnodeHeader.BufferSize = sizeof(*answer);
    answer->WnodeHeader.Flags = WNODE_FLAG_TOO_SMALL;
    answer->SizeNeeded = needed;
    return complete(irp, STATUS_SUCCESS, sizeof(*answer), boost);
}

/* Where the data of all instances begin. */
static ULONG
all_data_offset(ULONG count)
{
    return align((ULONG)FIELD_OFFSET(WNODE_ALL_DATA, OffsetInstanceDataAndLength) +
                 count * (ULONG)sizeof(OFFSETINSTANCEDATAANDLENGTH));
}

/* The driver has put each instance's length where its pair belongs; makes pairs of them. */
static void
make_pairs(WNODE_ALL_DATA *node)
{
    ULONG *lengths = (ULONG *)(void *)node->OffsetInstanceDataAndLength;
    ULONG offset = node->DataBlockOffset;
    ULONG i;

    for (i = 0; i < node->InstanceCount; i++) {
        offset = align(offset + lengths[i]);
    }
    /* From the last on: a pair is written over lengths that have been read. */
    for (i = node->InstanceCount; i-- > 0;) {
        ULONG length = lengths[i];
        ULONG start = node->DataBlockOffset;
        ULONG j;

        for (j = 0; j < i; j++) {
            start = align(start + lengths[j]);
        }
        node->OffsetInstanceDataAndLength[i].OffsetInstanceData = start;
        node->OffsetInstanceDataAndLength[i].LengthInstanceData = length;
    }
}

static NTSTATUS
complete_all_data(PIRP irp, NTSTATUS status, ULONG used, CCHAR boost)
{
    WNODE_ALL_DATA *node = IoGetCurrentIrpStackLocation(irp)->Parameters.WMI.Buffer;
    ULONG needed = node->DataBlockOffset + used;

    if (status == STATUS_BUFFER_TOO_SMALL) {
        return too_small(irp, needed, boost);
    }
    if (!NT_SUCCESS(status)) {
        return complete(irp, status, 0, boost);
    }
    make_pairs(node);
    node->WnodeHeader.BufferSize = needed;
    return complete(irp, status, needed, boost);
}

NTSTATUS NTAPI
WmiCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status, ULONG BufferUsed,
                   CCHAR PriorityBoost)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    WNODE_SINGLE_INSTANCE *single = stack->Parameters.WMI.Buffer;
    WNODE_METHOD_ITEM *method = stack->Parameters.WMI.Buffer;

    switch (stack->MinorFunction) {
    case IRP_MN_QUERY_ALL_DATA:
        return complete_all_data(Irp, Status, BufferUsed, PriorityBoost);
    case IRP_MN_QUERY_SINGLE_INSTANCE:
        if (Status == STATUS_BUFFER_TOO_SMALL) {
            return too_small(Irp, single->DataBlockOffset + BufferUsed, PriorityBoost);
        }
        if (NT_SUCCESS(Status)) {
            single->SizeDataBlock = BufferUsed;
            single->WnodeHeader.BufferSize = single->DataBlockOffset + BufferUsed;
        }
        return complete(Irp, Status, NT_SUCCESS(Status) ? single->WnodeHeader.BufferSize : 0,
                        PriorityBoost);
    case IRP_MN_EXECUTE_METHOD:
        if (Status == STATUS_BUFFER_TOO_SMALL) {
            return too_small(Irp, method->DataBlockOffset + BufferUsed, PriorityBoost);
        }
        if (NT_SUCCESS(Status)) {
            method->SizeDataBlock = BufferUsed;
            method->WnodeHeader.BufferSize = method->DataBlockOffset + BufferUsed;
        }
        return complete(Irp, Status, NT_SUCCESS(Status) ? method->WnodeHeader.BufferSize : 0,
                        PriorityBoost);
    default:
        return complete(Irp, Status, 0, PriorityBoost);
    }
}

/* ---- Registration ---- */

/* A counted string at `offset` of the answer: its length, then its characters. */
static ULONG
put_string(unsigned char *buffer, ULONG offset, PCUNICODE_STRING string)
{
    if (string == NULL || string->Buffer == NULL) {
        return 0;
    }
    if (buffer != NULL) {
        memcpy(buffer + offset, &string->Length, sizeof(USHORT));
        memcpy(buffer + offset + sizeof(USHORT), string->Buffer, string->Length);
    }
    return align((ULONG)sizeof(USHORT) + string->Length);
}

static NTSTATUS
registration(PWMILIB_CONTEXT context, PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG fixed = align((ULONG)FIELD_OFFSET(WMIREGINFOW, WmiRegGuid) +
                        context->GuidCount * (ULONG)sizeof(WMIREGGUIDW));
    WMIREGINFOW *info = stack->Parameters.WMI.Buffer;
    UNICODE_STRING instance = {.Buffer = NULL};
    UNICODE_STRING mof = {.Buffer = NULL};
    PUNICODE_STRING path = NULL;
    PDEVICE_OBJECT pdo = NULL;
    ULONG flags = 0;
    ULONG name_at;
    ULONG path_at;
    ULONG mof_at;
    ULONG size;
    ULONG i;
    NTSTATUS status = context->QueryWmiRegInfo(device, &flags, &instance, &path, &mof, &pdo);

    if (!NT_SUCCESS(status)) {
        return complete(irp, status, 0, IO_NO_INCREMENT);
    }
    name_at = fixed;
    path_at = name_at +
              ((flags & WMIREG_FLAG_INSTANCE_BASENAME) != 0 ? put_string(NULL, 0, &instance) : 0);
    mof_at = path_at + put_string(NULL, 0, path);
    size = mof_at + put_string(NULL, 0, &mof);
    if (size > stack->Parameters.WMI.BufferSize) {
        if (stack->Parameters.WMI.BufferSize >= sizeof(ULONG)) {
            memcpy(info, &size, sizeof(size));
        }
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        memset(info, 0, size);
        info->BufferSize = size;
        info->GuidCount = context->GuidCount;
        for (i = 0; i < context->GuidCount; i++) {
            WMIREGGUIDW *block = &info->WmiRegGuid[i];

            block->Guid = *context->GuidList[i].Guid;
            block->InstanceCount = context->GuidList[i].InstanceCount;
            block->Flags = context->GuidList[i].Flags | flags;
            if ((flags & WMIREG_FLAG_INSTANCE_PDO) != 0 && pdo != NULL) {
                ObReferenceObject(pdo); /* WMI gives it back. */
                block->Pdo = (ULONG_PTR)pdo;
            } else if ((flags & WMIREG_FLAG_INSTANCE_BASENAME) != 0) {
                block->BaseNameOffset = name_at;
            }
        }
        if ((flags & WMIREG_FLAG_INSTANCE_BASENAME) != 0) {
            (void)put_string((unsigned char *)info, name_at, &instance);
        }
        if (put_string((unsigned char *)info, path_at, path) != 0) {
            info->RegistryPath = path_at;
        }
        if (put_string((unsigned char *)info, mof_at, &mof) != 0) {
            info->MofResourceName = mof_at;
        }
    }
    if ((flags & WMIREG_FLAG_INSTANCE_BASENAME) != 0 && instance.Buffer != NULL) {
        ExFreePool(instance.Buffer); /* As documented: the library frees it. */
    }
    return complete(irp, status, NT_SUCCESS(status) ? size : sizeof(ULONG), IO_NO_INCREMENT);
}

/* ---- Requests ---- */

/* The number of a block in the driver's list; -1: it has none such. */
static LONG
block_of(PWMILIB_CONTEXT context, const GUID *guid)
{
    ULONG i;

    for (i = 0; i < context->GuidCount; i++) {
        if (IsEqualGUID(context->GuidList[i].Guid, guid)) {
            return (LONG)i;
        }
    }
    return -1;
}

static NTSTATUS
query_all(PWMILIB_CONTEXT context, PDEVICE_OBJECT device, PIRP irp, ULONG block)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    WNODE_ALL_DATA *node = stack->Parameters.WMI.Buffer;
    ULONG count = context->GuidList[block].InstanceCount;
    ULONG size = stack->Parameters.WMI.BufferSize;
    ULONG offset = all_data_offset(count);

    if (size < sizeof(WNODE_TOO_SMALL)) {
        return complete(irp, STATUS_BUFFER_TOO_SMALL, 0, IO_NO_INCREMENT);
    }
    if (size < offset) {
        return too_small(irp, offset + FIELD_OFFSET(WNODE_ALL_DATA, OffsetInstanceDataAndLength),
                         IO_NO_INCREMENT);
    }
    node->WnodeHeader.Flags |= WNODE_FLAG_PDO_INSTANCE_NAMES;
    node->DataBlockOffset = offset;
    node->InstanceCount = count;
    node->OffsetInstanceNameOffsets = 0;
    memset(node->OffsetInstanceDataAndLength, 0, count * sizeof(OFFSETINSTANCEDATAANDLENGTH));
    return context->QueryWmiDataBlock(device, irp, block, 0, count,
                                      (PULONG)(void *)node->OffsetInstanceDataAndLength,
                                      size - offset, (PUCHAR)node + offset);
}

/* Whether data at an offset are inside the buffer. */
static bool
is_inside(ULONG offset, ULONG size, ULONG buffer_size)
{
    return offset <= buffer_size && size <= buffer_size - offset;
}

/* Sorts out the minor functions that are about one instance. False: malformed. */
static bool
one_instance(PWMILIB_CONTEXT context, PDEVICE_OBJECT device, PIRP irp, ULONG block,
             NTSTATUS *ret_status)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG size = stack->Parameters.WMI.BufferSize;
    WNODE_SINGLE_INSTANCE *single = stack->Parameters.WMI.Buffer;
    WNODE_SINGLE_ITEM *item = stack->Parameters.WMI.Buffer;
    WNODE_METHOD_ITEM *method = stack->Parameters.WMI.Buffer;
    ULONG length = 0;

    if (size < FIELD_OFFSET(WNODE_SINGLE_ITEM, VariableData)) {
        return false;
    }
    if (single->InstanceIndex >= context->GuidList[block].InstanceCount) {
        *ret_status = complete(irp, STATUS_WMI_INSTANCE_NOT_FOUND, 0, IO_NO_INCREMENT);
        return true;
    }
    switch (stack->MinorFunction) {
    case IRP_MN_QUERY_SINGLE_INSTANCE:
        if (!is_inside(single->DataBlockOffset, 0, size)) {
            return false;
        }
        *ret_status = context->QueryWmiDataBlock(device, irp, block, single->InstanceIndex, 1,
                                                 &length, size - single->DataBlockOffset,
                                                 (PUCHAR)single + single->DataBlockOffset);
        return true;
    case IRP_MN_CHANGE_SINGLE_INSTANCE:
        if (!is_inside(single->DataBlockOffset, single->SizeDataBlock, size)) {
            return false;
        }
        *ret_status = context->SetWmiDataBlock == NULL
                          ? complete(irp, STATUS_WMI_READ_ONLY, 0, IO_NO_INCREMENT)
                          : context->SetWmiDataBlock(device, irp, block, single->InstanceIndex,
                                                     single->SizeDataBlock,
                                                     (PUCHAR)single + single->DataBlockOffset);
        return true;
    case IRP_MN_CHANGE_SINGLE_ITEM:
        if (!is_inside(item->DataBlockOffset, item->SizeDataItem, size)) {
            return false;
        }
        *ret_status =
            context->SetWmiDataItem == NULL
                ? complete(irp, STATUS_WMI_READ_ONLY, 0, IO_NO_INCREMENT)
                : context->SetWmiDataItem(device, irp, block, item->InstanceIndex, item->ItemId,
                                          item->SizeDataItem, (PUCHAR)item + item->DataBlockOffset);
        return true;
    default:
        if (!is_inside(method->DataBlockOffset, method->SizeDataBlock, size)) {
            return false;
        }
        *ret_status = context->ExecuteWmiMethod == NULL
                          ? complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0, IO_NO_INCREMENT)
                          : context->ExecuteWmiMethod(device, irp, block, method->InstanceIndex,
                                                      method->MethodId, method->SizeDataBlock,
                                                      size - method->DataBlockOffset,
                                                      (PUCHAR)method + method->DataBlockOffset);
        return true;
    }
}

static NTSTATUS
function_control(PWMILIB_CONTEXT context, PDEVICE_OBJECT device, PIRP irp, ULONG block)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    bool events = minor == IRP_MN_ENABLE_EVENTS || minor == IRP_MN_DISABLE_EVENTS;
    bool enable = minor == IRP_MN_ENABLE_EVENTS || minor == IRP_MN_ENABLE_COLLECTION;

    if (context->WmiFunctionControl == NULL ||
        (!events && (context->GuidList[block].Flags & WMIREG_FLAG_EXPENSIVE) == 0)) {
        return complete(irp, STATUS_SUCCESS, 0, IO_NO_INCREMENT);
    }
    return context->WmiFunctionControl(device, irp, block,
                                       events ? WmiEventControl : WmiDataBlockControl, enable);
}

static NTSTATUS
refuse(PIRP irp, NTSTATUS status, PSYSCTL_IRP_DISPOSITION disposition)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    *disposition = IrpNotCompleted;
    return status;
}

NTSTATUS NTAPI
WmiSystemControl(PWMILIB_CONTEXT WmiLibInfo, PDEVICE_OBJECT DeviceObject, PIRP Irp,
                 PSYSCTL_IRP_DISPOSITION IrpDisposition)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    UCHAR minor = stack->MinorFunction;
    NTSTATUS status;
    LONG block;

    if (stack->MajorFunction != IRP_MJ_SYSTEM_CONTROL || minor == 0x0a ||
        minor > IRP_MN_REGINFO_EX) {
        *IrpDisposition = IrpNotWmi;
        return Irp->IoStatus.Status;
    }
    if (stack->Parameters.WMI.ProviderId != (ULONG_PTR)DeviceObject) {
        *IrpDisposition = IrpForward;
        return Irp->IoStatus.Status;
    }
    *IrpDisposition = IrpProcessed;
    if (minor == IRP_MN_REGINFO || minor == IRP_MN_REGINFO_EX) {
        return registration(WmiLibInfo, DeviceObject, Irp);
    }
    block = block_of(WmiLibInfo, stack->Parameters.WMI.DataPath);
    if (block < 0) {
        return refuse(Irp, STATUS_WMI_GUID_NOT_FOUND, IrpDisposition);
    }
    switch (minor) {
    case IRP_MN_QUERY_ALL_DATA:
        return query_all(WmiLibInfo, DeviceObject, Irp, (ULONG)block);
    case IRP_MN_ENABLE_EVENTS:
    case IRP_MN_DISABLE_EVENTS:
    case IRP_MN_ENABLE_COLLECTION:
    case IRP_MN_DISABLE_COLLECTION:
        return function_control(WmiLibInfo, DeviceObject, Irp, (ULONG)block);
    default:
        return one_instance(WmiLibInfo, DeviceObject, Irp, (ULONG)block, &status)
                   ? status
                   : refuse(Irp, STATUS_INVALID_PARAMETER, IrpDisposition);
    }
}

NTSTATUS NTAPI
WmiFireEvent(PDEVICE_OBJECT DeviceObject, LPCGUID Guid, ULONG InstanceIndex, ULONG EventDataSize,
             PVOID EventData)
{
    const ULONG fixed = align((ULONG)FIELD_OFFSET(WNODE_SINGLE_INSTANCE, VariableData));
    WNODE_SINGLE_INSTANCE *event = NULL;
    NTSTATUS status;

    if (EventDataSize > EVENT_MAX - fixed) {
        status = STATUS_BUFFER_OVERFLOW;
    } else {
        event = ExAllocatePool2(POOL_FLAG_NON_PAGED, fixed + EventDataSize, WMILIB_TAG);
        status = event == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status)) {
        event->WnodeHeader.BufferSize = fixed + EventDataSize;
        event->WnodeHeader.ProviderId = IoWMIDeviceObjectToProviderId(DeviceObject);
        event->WnodeHeader.Guid = *Guid;
        event->WnodeHeader.Flags =
            WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
        KeQuerySystemTime(&event->WnodeHeader.TimeStamp);
        event->InstanceIndex = InstanceIndex;
        event->DataBlockOffset = fixed;
        event->SizeDataBlock = EventDataSize;
        if (EventDataSize != 0) {
            memcpy((char *)event + fixed, EventData, EventDataSize);
        }
        status = IoWMIWriteEvent(event);
        if (!NT_SUCCESS(status)) {
            ExFreePoolWithTag(event, WMILIB_TAG);
        }
    }
    if (EventData != NULL) {
        /* As documented: the caller's memory is taken over, in failure too. */
        ExFreePool(EventData);
    }
    return status;
}
