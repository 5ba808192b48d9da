/* SPDX-License-Identifier: MIT */
/* See host_wmi.h. */
#include "host/host_wmi.h"

#include <string.h>

#include "host/host_tree.h"
#include "nt/wmi/wmi.h"

struct search {
    PDEVICE_OBJECT pdo;
    struct frame_wmi_call *call;
    const GUID *guid;      /* NULL: list. */
    ULONG left;            /* Instances before the one that is looked for. */
    PDEVICE_OBJECT device; /* Referenced; NULL: not found. */
    bool seen;
};

static bool
is_of(PDEVICE_OBJECT device, PDEVICE_OBJECT pdo)
{
    PDEVICE_OBJECT base = IoGetDeviceAttachmentBaseRef(device);

    ObDereferenceObject(base);
    return base == pdo;
}

static bool
list_block(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct search *search = argument;
    struct frame_wmi_call *call = search->call;
    struct frame_wmi_block out = {.instances = block->InstanceCount, .flags = block->Flags};

    if (!is_of(device, search->pdo)) {
        return true;
    }
    memcpy(out.guid, &block->Guid, sizeof(out.guid));
    if (call->size + sizeof(out) > sizeof(call->data)) {
        call->status = STATUS_BUFFER_OVERFLOW;
        return false;
    }
    memcpy(call->data + call->size, &out, sizeof(out));
    call->size += (uint32_t)sizeof(out);
    return true;
}

static bool
find_instance(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct search *search = argument;

    if (!IsEqualGUID(search->guid, &block->Guid) || !is_of(device, search->pdo)) {
        return true;
    }
    search->seen = true;
    if (search->left != 0 && search->left >= block->InstanceCount) {
        search->left -= block->InstanceCount;
        return true;
    }
    ObReferenceObject(device);
    search->device = device;
    return false;
}

/* The data of an answer into the call; takes them over. */
static NTSTATUS
take(struct frame_wmi_call *call, void *data, ULONG size)
{
    NTSTATUS status = size <= sizeof(call->data) ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;

    if (NT_SUCCESS(status)) {
        memcpy(call->data, data, size);
        call->size = size;
    }
    ExFreePool(data);
    return status;
}

static NTSTATUS
ask(struct frame_wmi_call *call, PDEVICE_OBJECT device, const GUID *guid, ULONG instance)
{
    ULONG in_size = call->size;
    NTSTATUS status;
    ULONG size;
    PVOID data;

    call->size = 0;
    switch (call->operation) {
    case FRAME_WMI_QUERY:
        status = wmi_query(device, guid, instance, &data, &size);
        return NT_SUCCESS(status) ? take(call, data, size) : status;
    case FRAME_WMI_SET:
        return wmi_set(device, guid, instance, call->data, in_size);
    case FRAME_WMI_SET_ITEM:
        return wmi_set_item(device, guid, instance, call->item, call->data, in_size);
    case FRAME_WMI_EXECUTE:
        status = wmi_execute(device, guid, instance, call->item, call->data, in_size,
                             sizeof(call->data), &data, &size);
        return NT_SUCCESS(status) ? take(call, data, size) : status;
    case FRAME_WMI_EVENTS:
        return wmi_control(device, guid, false, call->item != 0);
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

static NTSTATUS
run(struct pnp_devnode *devnode, struct frame_wmi_call *call)
{
    struct search search = {.pdo = pnp_devnode_pdo(devnode), .call = call, .left = call->instance};
    NTSTATUS status;
    GUID guid;

    if (call->operation == FRAME_WMI_LIST) {
        call->size = 0;
        call->status = STATUS_SUCCESS;
        wmi_for_each_block(list_block, &search);
        return call->status;
    }
    memcpy(&guid, call->guid, sizeof(guid));
    search.guid = &guid;
    wmi_for_each_block(find_instance, &search);
    if (search.device == NULL) {
        return search.seen ? STATUS_WMI_INSTANCE_NOT_FOUND : STATUS_WMI_GUID_NOT_FOUND;
    }
    status = ask(call, search.device, &guid, search.left);
    ObDereferenceObject(search.device);
    return status;
}

void
host_wmi_run(const char *instance_id, struct frame_wmi_call *call)
{
    struct pnp_devnode *devnode = host_tree_find(instance_id);

    if (devnode == NULL) {
        call->status = STATUS_NO_SUCH_DEVICE;
    } else {
        call->status = run(devnode, call);
        pnp_devnode_unref(devnode);
    }
    if (!NT_SUCCESS(call->status)) {
        call->size = 0;
    }
}
