/* SPDX-License-Identifier: MIT */
/* A client of WMI. */
#include <string.h>

#include "bench/bench_priv.h"
#include "nt/wmi/wmi.h"

struct listing {
    struct bench_wmi_block *blocks;
    size_t room;
    size_t count;
};

static bool
list_block(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block)
{
    struct listing *listing = argument;

    (void)device;
    if (listing->count < listing->room) {
        struct bench_wmi_block *out = &listing->blocks[listing->count];

        memcpy(out->guid, &block->Guid, sizeof(out->guid));
        out->instances = block->InstanceCount;
        out->flags = block->Flags;
    }
    listing->count++;
    return true;
}

size_t
bench_wmi_blocks(struct bench *bench, struct bench_wmi_block *blocks, size_t room)
{
    struct listing listing = {.blocks = blocks, .room = room};

    (void)bench;
    wmi_for_each_block(list_block, &listing);
    return listing.count;
}

static bench_status
outcome(NTSTATUS status, const char *what)
{
    return NT_SUCCESS(status) ? status
                              : bench_fail(status, "WMI: %s: %s", what, bench_status_name(status));
}

/* Hands over what came in pool. */
static NTSTATUS
hand_over(void *data, ULONG data_size, void *buffer, size_t *size)
{
    size_t room = *size;

    *size = data_size;
    if (data_size <= room && data_size != 0) {
        memcpy(buffer, data, data_size);
    }
    ExFreePool(data);
    return data_size <= room ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

bench_status
bench_wmi_query(struct bench *bench, const GUID *guid, uint32_t instance, void *buffer,
                size_t *size)
{
    PDEVICE_OBJECT device;
    ULONG data_size;
    ULONG own;
    PVOID data;
    NTSTATUS status = wmi_find(guid, instance, &device, &own);

    (void)bench;
    if (NT_SUCCESS(status)) {
        status = wmi_query(device, guid, own, &data, &data_size);
        if (NT_SUCCESS(status)) {
            status = hand_over(data, data_size, buffer, size);
        }
        ObDereferenceObject(device);
    }
    return outcome(status, "query");
}

bench_status
bench_wmi_set(struct bench *bench, const GUID *guid, uint32_t instance, const void *data,
              size_t size)
{
    PDEVICE_OBJECT device;
    ULONG own;
    NTSTATUS status = wmi_find(guid, instance, &device, &own);

    (void)bench;
    if (NT_SUCCESS(status)) {
        status = size > MAXLONG ? STATUS_INVALID_PARAMETER
                                : wmi_set(device, guid, own, data, (ULONG)size);
        ObDereferenceObject(device);
    }
    return outcome(status, "set");
}

bench_status
bench_wmi_set_item(struct bench *bench, const GUID *guid, uint32_t instance, uint32_t item,
                   const void *data, size_t size)
{
    PDEVICE_OBJECT device;
    ULONG own;
    NTSTATUS status = wmi_find(guid, instance, &device, &own);

    (void)bench;
    if (NT_SUCCESS(status)) {
        status = size > MAXLONG ? STATUS_INVALID_PARAMETER
                                : wmi_set_item(device, guid, own, item, data, (ULONG)size);
        ObDereferenceObject(device);
    }
    return outcome(status, "set item");
}

bench_status
bench_wmi_execute(struct bench *bench, const GUID *guid, uint32_t instance, uint32_t method,
                  const void *in, size_t in_size, void *out, size_t *out_size)
{
    PDEVICE_OBJECT device;
    ULONG data_size;
    ULONG own;
    PVOID data;
    NTSTATUS status = wmi_find(guid, instance, &device, &own);

    (void)bench;
    if (NT_SUCCESS(status)) {
        status = in_size > MAXLONG || *out_size > MAXLONG
                     ? STATUS_INVALID_PARAMETER
                     : wmi_execute(device, guid, own, method, in, (ULONG)in_size, (ULONG)*out_size,
                                   &data, &data_size);
        if (NT_SUCCESS(status)) {
            status = hand_over(data, data_size, out, out_size);
        }
        ObDereferenceObject(device);
    }
    return outcome(status, "execute");
}

bench_status
bench_wmi_enable_events(struct bench *bench, const GUID *guid, bool enable)
{
    PDEVICE_OBJECT device;
    ULONG own;
    NTSTATUS status = wmi_find(guid, 0, &device, &own);

    (void)bench;
    if (NT_SUCCESS(status)) {
        status = wmi_control(device, guid, false, enable);
        ObDereferenceObject(device);
    }
    return outcome(status, "events");
}
