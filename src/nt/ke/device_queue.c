/* SPDX-License-Identifier: MIT */
/* Device queues: what is busy queues the next request, what becomes idle takes it out. */
#include "nt/ke/ke_priv.h"

#define DEVICE_QUEUE_TYPE 20

VOID
KeInitializeDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    DeviceQueue->Type = DEVICE_QUEUE_TYPE;
    DeviceQueue->Size = sizeof(KDEVICE_QUEUE);
    InitializeListHead(&DeviceQueue->DeviceListHead);
    KeInitializeSpinLock(&DeviceQueue->Lock);
    DeviceQueue->Busy = FALSE;
}

/* Inserts before `position`, or makes an idle queue busy. */
static BOOLEAN
insert(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, bool by_key, ULONG key)
{
    KLOCK_QUEUE_HANDLE handle;
    BOOLEAN busy;

    KeAcquireInStackQueuedSpinLock(&queue->Lock, &handle);
    entry->SortKey = key;
    busy = queue->Busy;
    if (busy) {
        LIST_ENTRY *position = &queue->DeviceListHead;

        while (by_key && position->Blink != &queue->DeviceListHead &&
               CONTAINING_RECORD(position->Blink, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey >
                   key) {
            position = position->Blink;
        }
        InsertTailList(position, &entry->DeviceListEntry);
    } else {
        queue->Busy = TRUE;
    }
    entry->Inserted = busy;
    KeReleaseInStackQueuedSpinLock(&handle);
    return busy;
}

BOOLEAN
KeInsertDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    return insert(DeviceQueue, DeviceQueueEntry, false, 0);
}

BOOLEAN
KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry,
                         ULONG SortKey)
{
    return insert(DeviceQueue, DeviceQueueEntry, true, SortKey);
}

/* The first entry whose key is not below `key`, else the first; an empty queue becomes idle. */
static PKDEVICE_QUEUE_ENTRY
take_out(PKDEVICE_QUEUE queue, ULONG key)
{
    PKDEVICE_QUEUE_ENTRY found = NULL;
    KLOCK_QUEUE_HANDLE handle;

    KeAcquireInStackQueuedSpinLock(&queue->Lock, &handle);
    if (IsListEmpty(&queue->DeviceListHead)) {
        queue->Busy = FALSE;
    } else {
        LIST_ENTRY *link = queue->DeviceListHead.Flink;

        while (link != &queue->DeviceListHead &&
               CONTAINING_RECORD(link, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey < key) {
            link = link->Flink;
        }
        if (link == &queue->DeviceListHead) {
            link = link->Flink;
        }
        found = CONTAINING_RECORD(link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
        RemoveEntryList(link);
        found->Inserted = FALSE;
    }
    KeReleaseInStackQueuedSpinLock(&handle);
    return found;
}

PKDEVICE_QUEUE_ENTRY
KeRemoveDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    return take_out(DeviceQueue, 0);
}

PKDEVICE_QUEUE_ENTRY
KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    return take_out(DeviceQueue, SortKey);
}

PKDEVICE_QUEUE_ENTRY
KeRemoveByKeyDeviceQueueIfBusy(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    return DeviceQueue->Busy ? take_out(DeviceQueue, SortKey) : NULL;
}

BOOLEAN
KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    KLOCK_QUEUE_HANDLE handle;
    BOOLEAN removed;

    KeAcquireInStackQueuedSpinLock(&DeviceQueue->Lock, &handle);
    removed = DeviceQueueEntry->Inserted;
    if (removed) {
        RemoveEntryList(&DeviceQueueEntry->DeviceListEntry);
        DeviceQueueEntry->Inserted = FALSE;
    }
    KeReleaseInStackQueuedSpinLock(&handle);
    return removed;
}
