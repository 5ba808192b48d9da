/* SPDX-License-Identifier: MIT */
/*
 * ZwNotifyChangeKey. The first call on a key object decides what it listens to, as on Windows; from
 * then on a change is kept until somebody asks for it, so none is missed between two calls.
 *
 * A kernel caller's asynchronous routine is a work item (ApcRoutine is a WORK_QUEUE_ITEM, ApcContext
 * its WORK_QUEUE_TYPE); an event may be given instead, or both left out.
 */
#include <string.h>

#include "nt/cm/cm_priv.h"
#include "sys/lock.h"

struct cm_notify {
    struct reg_watch *watch;
    struct sys_lock lock; /* Guards what follows. A leaf lock. */
    bool due;             /* A change nobody has asked for yet. */
    bool deleted;
    bool pending; /* Somebody waits. */
    KEVENT done;  /* Set when nobody waits: what a synchronous call sleeps on. */
    PIO_STATUS_BLOCK iosb;
    PKEVENT event; /* Referenced. */
    PWORK_QUEUE_ITEM item;
    WORK_QUEUE_TYPE queue;
};

/* Ends the wait that is pending, if there is one. */
static void
finish(struct cm_notify *notify, NTSTATUS status)
{
    PWORK_QUEUE_ITEM item = NULL;
    PKEVENT event = NULL;
    bool was_pending;

    sys_lock_acquire(&notify->lock);
    was_pending = notify->pending;
    if (was_pending) {
        notify->pending = false;
        notify->due = false;
        notify->iosb->Status = status;
        notify->iosb->Information = 0;
        event = notify->event;
        item = notify->item;
        notify->event = NULL;
    }
    sys_lock_release(&notify->lock);
    if (!was_pending) {
        return;
    }
    if (event != NULL) {
        KeSetEvent(event, IO_NO_INCREMENT, FALSE);
        ObDereferenceObject(event);
    }
    if (item != NULL) {
        ExQueueWorkItem(item, notify->queue);
    }
    KeSetEvent(&notify->done, IO_NO_INCREMENT, FALSE);
}

static void
on_change(void *argument, unsigned changes)
{
    struct cm_notify *notify = argument;

    sys_lock_acquire(&notify->lock);
    notify->due = true;
    notify->deleted = notify->deleted || (changes & REG_CHANGE_DELETED) != 0;
    sys_lock_release(&notify->lock);
    finish(notify, STATUS_NOTIFY_ENUM_DIR);
}

void
cm_notify_closed(struct cm_key *key)
{
    if (key->notify != NULL) {
        finish(key->notify, STATUS_NOTIFY_CLEANUP);
    }
}

void
cm_notify_free(struct cm_key *key)
{
    if (key->notify != NULL) {
        reg_watch_remove(key->notify->watch);
        ExFreePoolWithTag(key->notify, CM_TAG);
        key->notify = NULL;
    }
}

/* Makes the key listen. Two threads' first calls at once: one of them wins. */
static NTSTATUS
listen(struct cm_key *key, ULONG filter, bool tree)
{
    static struct sys_lock lock; /* Rare. */
    struct cm_notify *notify;
    int error = 0;

    sys_lock_acquire(&lock);
    if (key->notify == NULL) {
        notify = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*notify), CM_TAG);
        if (notify == NULL) {
            sys_lock_release(&lock);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        KeInitializeEvent(&notify->done, NotificationEvent, TRUE);
        error = reg_watch_add(cm_store(), key->key,
                              filter & (REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET), tree,
                              on_change, notify, &notify->watch);
        if (error == 0) {
            key->notify = notify;
        } else {
            ExFreePoolWithTag(notify, CM_TAG);
        }
    }
    sys_lock_release(&lock);
    return cm_status(error);
}

/* The caller waits from now on, unless there is something to tell at once. */
static NTSTATUS
arm(struct cm_notify *notify, PIO_STATUS_BLOCK iosb, PKEVENT event, PWORK_QUEUE_ITEM item,
    WORK_QUEUE_TYPE queue)
{
    bool due;

    sys_lock_acquire(&notify->lock);
    if (notify->deleted || notify->pending) {
        bool deleted = notify->deleted;

        sys_lock_release(&notify->lock);
        return deleted ? STATUS_KEY_DELETED : STATUS_INVALID_DEVICE_REQUEST;
    }
    notify->pending = true;
    notify->iosb = iosb;
    notify->event = event;
    notify->item = item;
    notify->queue = queue;
    due = notify->due;
    iosb->Status = STATUS_PENDING;
    KeClearEvent(&notify->done);
    sys_lock_release(&notify->lock);
    if (event != NULL) {
        ObReferenceObject(event);
        KeClearEvent(event);
    }
    if (due) {
        finish(notify, STATUS_NOTIFY_ENUM_DIR);
    }
    return STATUS_PENDING;
}

NTSTATUS
ZwNotifyChangeKey(HANDLE KeyHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                  PIO_STATUS_BLOCK IoStatusBlock, ULONG CompletionFilter, BOOLEAN WatchTree,
                  PVOID Buffer, ULONG BufferSize, BOOLEAN Asynchronous)
{
    const ULONG known = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_ATTRIBUTES |
                        REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_SECURITY;
    PVOID event = NULL;
    struct cm_key *key;
    NTSTATUS status;

    if (IoStatusBlock == NULL || CompletionFilter == 0 || (CompletionFilter & ~known) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_reference(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (Event != NULL) {
        status = ObReferenceObjectByHandle(Event, EVENT_MODIFY_STATE, *ExEventObjectType,
                                           KernelMode, &event, NULL);
    }
    if (NT_SUCCESS(status)) {
        status = listen(key, CompletionFilter, WatchTree);
    }
    if (NT_SUCCESS(status)) {
        status =
            arm(key->notify, IoStatusBlock, event, (PWORK_QUEUE_ITEM)(void *)(ULONG_PTR)ApcRoutine,
                (WORK_QUEUE_TYPE)(ULONG_PTR)ApcContext);
    }
    if (status == STATUS_PENDING && !Asynchronous) {
        KeWaitForSingleObject(&key->notify->done, Executive, KernelMode, FALSE, NULL);
        status = IoStatusBlock->Status;
    }
    if (event != NULL) {
        ObDereferenceObject(event);
    }
    ObDereferenceObject(key);
    return status;
}
