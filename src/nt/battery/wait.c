/* SPDX-License-Identifier: MIT */
/* Requests that wait: a cancel-safe queue, and a thread that looks at all of it. */
#include "nt/battery/battery.h"

#include "base/atomic.h"

#define MILLISECOND 10000ull /* In units of 100 ns. */
#define POLL_MS     5000u    /* How often to ask a driver that cannot say that something changed. */
#define FOR_EVER    UINT64_MAX

/* When the request's time is over. */
static uint64_t
deadline_of(PIRP irp)
{
    return (uint64_t)(ULONG_PTR)irp->Tail.Overlay.DriverContext[0];
}

static struct battery *
battery_of(PIO_CSQ csq)
{
    return CONTAINING_RECORD(csq, struct battery, waiting);
}

static VOID
insert_irp(PIO_CSQ Csq, PIRP Irp)
{
    InsertTailList(&battery_of(Csq)->irps, &Irp->Tail.Overlay.ListEntry);
}

static VOID
remove_irp(PIO_CSQ Csq, PIRP Irp)
{
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP
peek_irp(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    LIST_ENTRY *head = &battery_of(Csq)->irps;
    LIST_ENTRY *next = Irp != NULL ? Irp->Tail.Overlay.ListEntry.Flink : head->Flink;

    return next != head ? CONTAINING_RECORD(next, IRP, Tail.Overlay.ListEntry) : NULL;
}

static VOID
acquire(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&battery_of(Csq)->lock, Irql);
}

static VOID
release(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&battery_of(Csq)->lock, Irql);
}

static VOID
complete_canceled(PIO_CSQ Csq, PIRP Irp)
{
    battery_complete(Irp, STATUS_CANCELLED, 0);
}

NTSTATUS
battery_wait_init(struct battery *battery)
{
    KeInitializeSpinLock(&battery->lock);
    InitializeListHead(&battery->irps);
    KeInitializeEvent(&battery->changed, SynchronizationEvent, FALSE);
    return IoCsqInitialize(&battery->waiting, insert_irp, remove_irp, peek_irp, acquire, release,
                           complete_canceled);
}

/* Answers what can be answered; returns when the next one's time is over. */
static uint64_t
look(struct battery *battery)
{
    uint64_t next = FOR_EVER;
    LIST_ENTRY kept;
    PIRP irp;

    InitializeListHead(&kept);
    while ((irp = IoCsqRemoveNextIrp(&battery->waiting, NULL)) != NULL) {
        bool over = deadline_of(irp) <= KeQueryInterruptTime();

        if (!battery_answer(battery, irp, over)) {
            next = deadline_of(irp) < next ? deadline_of(irp) : next;
            InsertTailList(&kept, &irp->Tail.Overlay.ListEntry);
        }
    }
    while (!IsListEmpty(&kept)) {
        LIST_ENTRY *entry = RemoveHeadList(&kept);

        /* One that was cancelled in between is completed here. */
        IoCsqInsertIrp(&battery->waiting, CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry),
                       NULL);
    }
    return next;
}

static VOID
watch(PVOID StartContext)
{
    struct battery *battery = StartContext;

    while (atomic_load_u32(&battery->closing) == 0) {
        uint64_t until = look(battery);
        uint64_t poll = KeQueryInterruptTime() + POLL_MS * MILLISECOND;
        LARGE_INTEGER timeout;
        bool polling;

        battery_enter(battery);
        polling = !battery->notifying;
        battery_leave(battery);
        if (until != FOR_EVER && polling && poll < until) {
            until = poll;
        }
        timeout.QuadPart = (LONGLONG)KeQueryInterruptTime() - (LONGLONG)until;
        timeout.QuadPart = timeout.QuadPart < 0 ? timeout.QuadPart : 0;
        KeWaitForSingleObject(&battery->changed, Executive, KernelMode, FALSE,
                              until != FOR_EVER ? &timeout : NULL);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS
start_thread(struct battery *battery)
{
    NTSTATUS status = STATUS_SUCCESS;
    HANDLE handle;

    battery_enter(battery);
    if (battery->thread == NULL) {
        status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, watch, battery);
        if (NT_SUCCESS(status)) {
            status = ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode,
                                               (PVOID *)&battery->thread, NULL);
            ZwClose(handle);
        }
    }
    battery_leave(battery);
    return status;
}

NTSTATUS
battery_wait(struct battery *battery, PIRP irp, ULONG milliseconds)
{
    /* For ever, but still polled: a year. */
    uint64_t wait_ms = milliseconds != MAXULONG ? milliseconds : 365ull * 24 * 3600 * 1000;
    NTSTATUS status = start_thread(battery);

    if (!NT_SUCCESS(status)) {
        battery_complete(irp, status, 0);
        return status;
    }
    irp->Tail.Overlay.DriverContext[0] =
        (PVOID)(ULONG_PTR)(KeQueryInterruptTime() + wait_ms * MILLISECOND);
    IoCsqInsertIrp(&battery->waiting, irp, NULL); /* Marks it pending. */
    KeSetEvent(&battery->changed, IO_NO_INCREMENT, FALSE);
    return STATUS_PENDING;
}

void
battery_wait_fini(struct battery *battery)
{
    PIRP irp;

    atomic_store_u32(&battery->closing, 1);
    if (battery->thread != NULL) {
        KeSetEvent(&battery->changed, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(battery->thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(battery->thread);
    }
    while ((irp = IoCsqRemoveNextIrp(&battery->waiting, NULL)) != NULL) {
        battery_complete(irp, STATUS_DEVICE_REMOVED, 0);
    }
}
