/* SPDX-License-Identifier: MIT */
/*
 * Work items of devices and drivers: an executive work item that keeps its device or driver object
 * alive while it is queued or runs. The routine may free or queue its own item again.
 */
#include "nt/ex/ex.h"
#include "nt/io/io_priv.h"

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID io_object; /* The device or driver object. */
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex; /* The one that is set is called. */
    PVOID context;
    LONG queued; /* 1 from queuing until the routine is about to be called. */
};

#define IO_WORKITEM_TAG 'IWoI'

static VOID
run(PVOID parameter)
{
    PIO_WORKITEM item = parameter;
    PIO_WORKITEM_ROUTINE routine = item->routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex = item->routine_ex;
    PVOID io_object = item->io_object;
    PVOID context = item->context;

    InterlockedExchange(&item->queued, 0);
    if (routine_ex != NULL) {
        routine_ex(io_object, context, item);
    } else {
        routine(io_object, context);
    }
    ObDereferenceObject(io_object);
}

static BOOLEAN
queue(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, PIO_WORKITEM_ROUTINE_EX routine_ex,
      WORK_QUEUE_TYPE type, PVOID context)
{
    if (InterlockedExchange(&item->queued, 1) != 0) {
        return FALSE;
    }
    item->routine = routine;
    item->routine_ex = routine_ex;
    item->context = context;
    ObReferenceObject(item->io_object);
    ExInitializeWorkItem(&item->item, run, item);
    ExQueueWorkItem(&item->item, type);
    return TRUE;
}

/* Queuing an item that is queued corrupts the queue on Windows; here it is named. */
static void
must_be_free(BOOLEAN queued, PIO_WORKITEM item)
{
    if (!queued) {
        io_bugcheck(0xE4 /* WORKER_INVALID */, 2, (ULONG_PTR)item, (ULONG_PTR)item->routine, 0);
    }
}

PIO_WORKITEM
IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    PIO_WORKITEM item = ex_pool_allocate(NULL, POOL_FLAG_NON_PAGED, sizeof(struct _IO_WORKITEM),
                                         IO_WORKITEM_TAG, __builtin_return_address(0));

    if (item != NULL) {
        IoInitializeWorkItem(DeviceObject, item);
    }
    return item;
}

VOID
IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    if (IoWorkItem->queued) {
        io_bugcheck(0xE4 /* WORKER_INVALID */, 1, (ULONG_PTR)IoWorkItem,
                    (ULONG_PTR)IoWorkItem->routine, 0);
    }
    ExFreePoolWithTag(IoWorkItem, IO_WORKITEM_TAG);
}

ULONG
IoSizeofWorkItem(VOID)
{
    return sizeof(struct _IO_WORKITEM);
}

VOID
IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    RtlZeroMemory(IoWorkItem, sizeof(*IoWorkItem));
    IoWorkItem->io_object = IoObject;
}

VOID
IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    if (IoWorkItem->queued) {
        io_bugcheck(0xE4 /* WORKER_INVALID */, 1, (ULONG_PTR)IoWorkItem,
                    (ULONG_PTR)IoWorkItem->routine, 0);
    }
}

VOID
IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    must_be_free(queue(IoWorkItem, WorkerRoutine, NULL, QueueType, Context), IoWorkItem);
}

VOID
IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                  WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    must_be_free(queue(IoWorkItem, NULL, WorkerRoutine, QueueType, Context), IoWorkItem);
}
