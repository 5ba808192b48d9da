/* SPDX-License-Identifier: MIT */
/* The asking side of WMI: see wmi.h. What a device answers with is in wmilib.c or the framework. */
#include "nt/wmi/wmi.h"

#include <stdint.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/ob/ob.h"
#include "sys/lock.h"

#define WMI_TAG      'imWN'
#define FIRST_SIZE   512u
#define SIZE_MAX_WMI (16u << 20)
#define TRIES        8 /* Data that grows while we ask for it. */

/* A device that takes part. */
struct provider {
    struct list link;
    PDEVICE_OBJECT device; /* Referenced. */
};

/* A block that somebody in the kernel has opened. */
struct block {
    GUID guid;
    WMI_NOTIFICATION_CALLBACK callback;
    PVOID context;
    uint64_t serial; /* They are listed in this order. */
    struct list link;
};

static void block_deleted(void *body);

static struct ob_type block_type = {
    .name = "WmiGuid",
    .delete_object = block_deleted,
    .not_waitable = true,
};

static struct {
    struct sys_lock lock; /* Guards both lists. A leaf lock. */
    struct list providers;
    struct list blocks;
    uint64_t last_serial;
} wmi;

NTSTATUS
wmi_init(void)
{
    wmi.lock = SYS_LOCK_INIT;
    list_init(&wmi.providers);
    list_init(&wmi.blocks);
    return STATUS_SUCCESS;
}

void
wmi_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&wmi.providers)) != NULL) {
        struct provider *provider = container_of(link, struct provider, link);

        base_log(BASE_LOG_WARN, "nt", "a device of %s is still registered with WMI",
                 io_driver_ascii_name(provider->device->DriverObject));
        ObDereferenceObject(provider->device);
        ExFreePoolWithTag(provider, WMI_TAG);
    }
}

/* ---- Registration ---- */

static struct provider *
find_locked(PDEVICE_OBJECT device)
{
    struct list *link;

    list_for_each(link, &wmi.providers)
    {
        struct provider *provider = container_of(link, struct provider, link);

        if (provider->device == device) {
            return provider;
        }
    }
    return NULL;
}

NTSTATUS
IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action)
{
    struct provider *provider;
    struct provider *fresh = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    if (Action == WMIREG_ACTION_REGISTER) {
        fresh = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*fresh), WMI_TAG);
        if (fresh == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        fresh->device = DeviceObject;
    }
    sys_lock_acquire(&wmi.lock);
    provider = find_locked(DeviceObject);
    switch (Action) {
    case WMIREG_ACTION_REGISTER:
        if (provider == NULL) {
            ObReferenceObject(DeviceObject);
            list_push_back(&wmi.providers, &fresh->link);
            fresh = NULL;
        }
        provider = NULL;
        break;
    case WMIREG_ACTION_DEREGISTER:
        if (provider != NULL) {
            list_remove(&provider->link);
        } else {
            status = STATUS_INVALID_PARAMETER;
        }
        break;
    case WMIREG_ACTION_REREGISTER:
    case WMIREG_ACTION_UPDATE_GUIDS:
    case WMIREG_ACTION_BLOCK_IRPS:
        /* A device is asked for its blocks each time: there is nothing to keep. */
        status = provider != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        provider = NULL;
        break;
    default:
        status = STATUS_INVALID_PARAMETER;
        provider = NULL;
        break;
    }
    sys_lock_release(&wmi.lock);
    if (provider != NULL) {
        ObDereferenceObject(provider->device);
        ExFreePoolWithTag(provider, WMI_TAG);
    }
    if (fresh != NULL) {
        ExFreePoolWithTag(fresh, WMI_TAG);
    }
    return status;
}

ULONG
IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT DeviceObject)
{
    return (ULONG)(ULONG_PTR)DeviceObject;
}

/* ---- Requests ---- */

/* One IRP to the top of the device's stack. */
static NTSTATUS
send(PDEVICE_OBJECT device, UCHAR minor, PVOID path, PVOID buffer, ULONG size,
     ULONG_PTR *ret_information)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(device);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    PIO_STACK_LOCATION stack;
    NTSTATUS status;

    if (irp == NULL) {
        ObDereferenceObject(top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_SYSTEM_CONTROL;
    stack->MinorFunction = minor;
    stack->Parameters.WMI.ProviderId = (ULONG_PTR)device;
    stack->Parameters.WMI.DataPath = path;
    stack->Parameters.WMI.BufferSize = size;
    stack->Parameters.WMI.Buffer = buffer;
    status = io_call_and_wait(top, irp);
    *ret_information = irp->IoStatus.Information;
    IoFreeIrp(irp);
    ObDereferenceObject(top);
    return status;
}

/* The blocks of a device, in pool. */
static NTSTATUS
query_blocks(PDEVICE_OBJECT device, WMIREGINFOW **ret_info)
{
    ULONG size = FIRST_SIZE;
    unsigned i;

    for (i = 0; i < TRIES; i++) {
        WMIREGINFOW *info = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, WMI_TAG);
        ULONG_PTR information = 0;
        ULONG needed;
        NTSTATUS status;

        if (info == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        status = send(device, IRP_MN_REGINFO_EX, (PVOID)(ULONG_PTR)WMIREGISTER, info, size,
                      &information);
        if (NT_SUCCESS(status) && information >= FIELD_OFFSET(WMIREGINFOW, WmiRegGuid) &&
            information <= size &&
            info->GuidCount <=
                (information - FIELD_OFFSET(WMIREGINFOW, WmiRegGuid)) / sizeof(WMIREGGUIDW)) {
            *ret_info = info;
            return status;
        }
        memcpy(&needed, info, sizeof(needed));
        ExFreePoolWithTag(info, WMI_TAG);
        if (status != STATUS_BUFFER_TOO_SMALL && information != sizeof(ULONG)) {
            return NT_SUCCESS(status) ? STATUS_WMI_NOT_SUPPORTED : status;
        }
        if (needed <= size || needed > SIZE_MAX_WMI) {
            return STATUS_WMI_NOT_SUPPORTED;
        }
        size = needed;
    }
    return STATUS_WMI_TRY_AGAIN;
}

/* Names of instances may be a PDO: whoever gave it has referenced it for us. */
static void
free_blocks(WMIREGINFOW *info)
{
    ULONG i;

    for (i = 0; i < info->GuidCount; i++) {
        if ((info->WmiRegGuid[i].Flags & WMIREG_FLAG_INSTANCE_PDO) != 0 &&
            info->WmiRegGuid[i].Pdo != 0) {
            ObDereferenceObject((PVOID)info->WmiRegGuid[i].Pdo);
        }
    }
    ExFreePoolWithTag(info, WMI_TAG);
}

/* The registered device number `index`, referenced; NULL past the last. */
static PDEVICE_OBJECT
device_at(unsigned index)
{
    PDEVICE_OBJECT device = NULL;
    struct list *link;

    sys_lock_acquire(&wmi.lock);
    list_for_each(link, &wmi.providers)
    {
        if (index-- == 0) {
            device = container_of(link, struct provider, link)->device;
            ObReferenceObject(device);
            break;
        }
    }
    sys_lock_release(&wmi.lock);
    return device;
}

void
wmi_for_each_block(bool (*fn)(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block),
                   void *argument)
{
    PDEVICE_OBJECT device;
    bool go_on = true;
    unsigned index;

    for (index = 0; go_on && (device = device_at(index)) != NULL; index++) {
        WMIREGINFOW *info;
        ULONG i;

        if (NT_SUCCESS(query_blocks(device, &info))) {
            for (i = 0; i < info->GuidCount && go_on; i++) {
                go_on = fn(argument, device, &info->WmiRegGuid[i]);
            }
            free_blocks(info);
        }
        ObDereferenceObject(device);
    }
}

struct counting {
    const GUID *guid;
    ULONG left;
    PDEVICE_OBJECT device; /* Referenced; NULL: not found yet. */
    bool seen;
};

static bool
count_instances(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct counting *counting = argument;

    if (!IsEqualGUID(counting->guid, &block->Guid)) {
        return true;
    }
    counting->seen = true;
    if (counting->left >= block->InstanceCount && counting->left != 0) {
        counting->left -= block->InstanceCount;
        return true;
    }
    ObReferenceObject(device);
    counting->device = device;
    return false;
}

NTSTATUS
wmi_find(const GUID *guid, ULONG instance, PDEVICE_OBJECT *ret_device, ULONG *ret_instance)
{
    struct counting counting = {.guid = guid, .left = instance};

    wmi_for_each_block(count_instances, &counting);
    if (counting.device == NULL) {
        return counting.seen ? STATUS_WMI_INSTANCE_NOT_FOUND : STATUS_WMI_GUID_NOT_FOUND;
    }
    *ret_device = counting.device;
    *ret_instance = counting.left;
    return STATUS_SUCCESS;
}

/* A request whose buffer begins with a WNODE; it grows until the answer fits. In pool. */
static NTSTATUS
ask(PDEVICE_OBJECT device, UCHAR minor, const WNODE_SINGLE_INSTANCE *request, ULONG fixed,
    const void *data, ULONG data_size, ULONG room, WNODE_HEADER **ret_answer)
{
    ULONG size = fixed + (data_size > room ? data_size : room);
    unsigned i;

    for (i = 0; i < TRIES; i++) {
        WNODE_HEADER *buffer;
        ULONG_PTR information;
        NTSTATUS status;
        ULONG needed = 0;

        if (size < fixed || size > SIZE_MAX_WMI) {
            return STATUS_INVALID_PARAMETER;
        }
        buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, WMI_TAG);
        if (buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        memcpy(buffer, request, fixed);
        buffer->BufferSize = size;
        if (data_size != 0) {
            memcpy((char *)buffer + fixed, data, data_size);
        }
        status = send(device, minor, &buffer->Guid, buffer, size, &information);
        if (NT_SUCCESS(status) && information >= sizeof(WNODE_TOO_SMALL) &&
            (buffer->Flags & WNODE_FLAG_TOO_SMALL) != 0) {
            needed = ((WNODE_TOO_SMALL *)buffer)->SizeNeeded;
        } else if (NT_SUCCESS(status)) {
            *ret_answer = buffer;
            return status;
        }
        ExFreePoolWithTag(buffer, WMI_TAG);
        if (needed <= size) {
            return NT_SUCCESS(status) ? STATUS_WMI_NOT_SUPPORTED : status;
        }
        size = needed;
    }
    return STATUS_WMI_TRY_AGAIN;
}

static WNODE_SINGLE_INSTANCE
instance_request(const GUID *guid, ULONG instance, ULONG flag)
{
    WNODE_SINGLE_INSTANCE request = {.InstanceIndex = instance};

    request.WnodeHeader.Guid = *guid;
    request.WnodeHeader.Flags = flag | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    request.DataBlockOffset = FIELD_OFFSET(WNODE_SINGLE_INSTANCE, VariableData);
    return request;
}

/* The data of an answer, moved to its start: what the caller frees begins with it. */
static NTSTATUS
take_data(WNODE_HEADER *answer, ULONG offset, ULONG size, PVOID *ret_data, ULONG *ret_size)
{
    if (offset > answer->BufferSize || size > answer->BufferSize - offset) {
        ExFreePoolWithTag(answer, WMI_TAG);
        return STATUS_WMI_NOT_SUPPORTED; /* An answer that points outside of itself. */
    }
    memmove(answer, (char *)answer + offset, size);
    *ret_data = answer;
    *ret_size = size;
    return STATUS_SUCCESS;
}

NTSTATUS
wmi_query(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, PVOID *ret_data, ULONG *ret_size)
{
    WNODE_SINGLE_INSTANCE request = instance_request(guid, instance, WNODE_FLAG_SINGLE_INSTANCE);
    const ULONG fixed = FIELD_OFFSET(WNODE_SINGLE_INSTANCE, VariableData);
    WNODE_HEADER *answer;
    NTSTATUS status =
        ask(device, IRP_MN_QUERY_SINGLE_INSTANCE, &request, fixed, NULL, 0, FIRST_SIZE, &answer);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    return take_data(answer, ((WNODE_SINGLE_INSTANCE *)answer)->DataBlockOffset,
                     ((WNODE_SINGLE_INSTANCE *)answer)->SizeDataBlock, ret_data, ret_size);
}

NTSTATUS
wmi_set(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, const void *data, ULONG size)
{
    WNODE_SINGLE_INSTANCE request = instance_request(guid, instance, WNODE_FLAG_SINGLE_INSTANCE);
    WNODE_HEADER *answer;
    NTSTATUS status;

    request.SizeDataBlock = size;
    status = ask(device, IRP_MN_CHANGE_SINGLE_INSTANCE, &request,
                 FIELD_OFFSET(WNODE_SINGLE_INSTANCE, VariableData), data, size, 0, &answer);
    if (NT_SUCCESS(status)) {
        ExFreePoolWithTag(answer, WMI_TAG);
    }
    return status;
}

NTSTATUS
wmi_set_item(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG item, const void *data,
             ULONG size)
{
    const ULONG fixed = FIELD_OFFSET(WNODE_SINGLE_ITEM, VariableData);
    WNODE_SINGLE_ITEM request = {
        .InstanceIndex = instance, .ItemId = item, .DataBlockOffset = fixed, .SizeDataItem = size};
    WNODE_HEADER *answer;
    NTSTATUS status;

    request.WnodeHeader.Guid = *guid;
    request.WnodeHeader.Flags = WNODE_FLAG_SINGLE_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    status = ask(device, IRP_MN_CHANGE_SINGLE_ITEM, (const void *)&request, fixed, data, size, 0,
                 &answer);
    if (NT_SUCCESS(status)) {
        ExFreePoolWithTag(answer, WMI_TAG);
    }
    return status;
}

NTSTATUS
wmi_execute(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG method, const void *in,
            ULONG in_size, ULONG room, PVOID *ret_data, ULONG *ret_size)
{
    const ULONG fixed = FIELD_OFFSET(WNODE_METHOD_ITEM, VariableData);
    WNODE_METHOD_ITEM request = {.InstanceIndex = instance,
                                 .MethodId = method,
                                 .DataBlockOffset = fixed,
                                 .SizeDataBlock = in_size};
    WNODE_HEADER *answer;
    NTSTATUS status;

    request.WnodeHeader.Guid = *guid;
    request.WnodeHeader.Flags = WNODE_FLAG_METHOD_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    status = ask(device, IRP_MN_EXECUTE_METHOD, (const void *)&request, fixed, in, in_size, room,
                 &answer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return take_data(answer, ((WNODE_METHOD_ITEM *)answer)->DataBlockOffset,
                     ((WNODE_METHOD_ITEM *)answer)->SizeDataBlock, ret_data, ret_size);
}

NTSTATUS
wmi_control(PDEVICE_OBJECT device, const GUID *guid, bool collection, bool enable)
{
    UCHAR minor = collection ? (enable ? IRP_MN_ENABLE_COLLECTION : IRP_MN_DISABLE_COLLECTION)
                             : (enable ? IRP_MN_ENABLE_EVENTS : IRP_MN_DISABLE_EVENTS);
    GUID copy = *guid;
    WNODE_HEADER header = {.BufferSize = sizeof(header), .Guid = *guid};
    ULONG_PTR information;

    return send(device, minor, &copy, &header, sizeof(header), &information);
}

/* ---- Askers in the kernel ---- */

static void
block_deleted(void *body)
{
    struct block *block = body;

    sys_lock_acquire(&wmi.lock);
    list_remove(&block->link);
    sys_lock_release(&wmi.lock);
}

struct find {
    const GUID *guid;
    bool found;
};

static bool
has_guid(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct find *find = argument;

    find->found = IsEqualGUID(find->guid, &block->Guid);
    return !find->found;
}

NTSTATUS
IoWMIOpenBlock(LPCGUID DataBlockGuid, ULONG DesiredAccess, PVOID *DataBlockObject)
{
    struct find find = {.guid = DataBlockGuid};
    struct block *block;
    NTSTATUS status;
    void *body;

    wmi_for_each_block(has_guid, &find);
    if (!find.found && (DesiredAccess & WMIGUID_NOTIFICATION) == 0) {
        return STATUS_WMI_GUID_NOT_FOUND;
    }
    status = ob_create(&block_type, sizeof(*block), &body);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    block = body;
    block->guid = *DataBlockGuid;
    sys_lock_acquire(&wmi.lock);
    block->serial = ++wmi.last_serial;
    list_push_back(&wmi.blocks, &block->link);
    sys_lock_release(&wmi.lock);
    *DataBlockObject = block;
    return STATUS_SUCCESS;
}

struct gather {
    const GUID *guid;
    unsigned char *out;
    ULONG room;
    ULONG used;
    WNODE_HEADER *last;
    NTSTATUS status;
};

static bool
gather_block(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct gather *gather = argument;
    WNODE_ALL_DATA request = {.InstanceCount = 0};
    WNODE_HEADER *answer;
    ULONG at;
    NTSTATUS status;

    if (!IsEqualGUID(gather->guid, &block->Guid)) {
        return true;
    }
    request.WnodeHeader.Guid = block->Guid;
    request.WnodeHeader.Flags = WNODE_FLAG_ALL_DATA;
    status = ask(device, IRP_MN_QUERY_ALL_DATA, (const void *)&request,
                 FIELD_OFFSET(WNODE_ALL_DATA, OffsetInstanceDataAndLength), NULL, 0, FIRST_SIZE,
                 &answer);
    if (!NT_SUCCESS(status)) {
        gather->status = status;
        return true;
    }
    at = (gather->used + 7) & ~7u;
    if (answer->BufferSize <= gather->room && at <= gather->room - answer->BufferSize) {
        memcpy(gather->out + at, answer, answer->BufferSize);
        if (gather->last != NULL) {
            gather->last->Linkage = (ULONG)(gather->out + at - (unsigned char *)gather->last);
        }
        gather->last = (WNODE_HEADER *)(void *)(gather->out + at);
    }
    gather->used = at + answer->BufferSize;
    gather->status = STATUS_SUCCESS;
    ExFreePoolWithTag(answer, WMI_TAG);
    return true;
}

NTSTATUS
IoWMIQueryAllData(PVOID DataBlockObject, PULONG InOutBufferSize, PVOID OutBuffer)
{
    struct block *block = DataBlockObject;
    struct gather gather = {.guid = &block->guid,
                            .out = OutBuffer,
                            .room = OutBuffer != NULL ? *InOutBufferSize : 0,
                            .status = STATUS_WMI_GUID_NOT_FOUND};

    wmi_for_each_block(gather_block, &gather);
    if (!NT_SUCCESS(gather.status)) {
        return gather.status;
    }
    *InOutBufferSize = gather.used;
    return gather.used > gather.room ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

NTSTATUS
IoWMISetNotificationCallback(PVOID Object, WMI_NOTIFICATION_CALLBACK Callback, PVOID Context)
{
    struct block *block = Object;

    sys_lock_acquire(&wmi.lock);
    block->callback = Callback;
    block->context = Context;
    sys_lock_release(&wmi.lock);
    return STATUS_SUCCESS;
}

/* Whom to tell next about an event: the opened block with the lowest number above *serial. */
static WMI_NOTIFICATION_CALLBACK
next_listener(const GUID *guid, uint64_t *serial, PVOID *ret_context)
{
    WMI_NOTIFICATION_CALLBACK callback = NULL;
    struct list *link;

    sys_lock_acquire(&wmi.lock);
    list_for_each(link, &wmi.blocks)
    {
        struct block *block = container_of(link, struct block, link);

        if (block->serial > *serial && block->callback != NULL && IsEqualGUID(&block->guid, guid)) {
            callback = block->callback;
            *ret_context = block->context;
            *serial = block->serial;
            break;
        }
    }
    sys_lock_release(&wmi.lock);
    return callback;
}

NTSTATUS
IoWMIWriteEvent(PVOID WnodeEventItem)
{
    WNODE_HEADER *header = WnodeEventItem;
    WMI_NOTIFICATION_CALLBACK callback;
    uint64_t serial = 0;
    PVOID context;

    while ((callback = next_listener(&header->Guid, &serial, &context)) != NULL) {
        callback(header, context);
    }
    /* As documented: on success the system frees the event. */
    ExFreePool(WnodeEventItem);
    return STATUS_SUCCESS;
}
