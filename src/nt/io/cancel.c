/* SPDX-License-Identifier: MIT */
/*
 * Cancellation. Irp->Cancel is set before the cancel routine is taken out of the IRP by an exchange;
 * a driver sets its routine by an exchange before it looks at Irp->Cancel. So one of the two always
 * sees the other, and whoever takes the routine out owns the cancellation.
 */
#include "base/atomic.h"
#include "nt/io/io_priv.h"

/* One for the system; a cancel routine is entered with it held. Rank: above every driver lock. */
static KSPIN_LOCK cancel_lock;

VOID
IoAcquireCancelSpinLock(PKIRQL Irql)
{
    KeAcquireSpinLock(&cancel_lock, Irql);
}

VOID
IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&cancel_lock, Irql);
}

BOOLEAN
IoCancelIrp(PIRP Irp)
{
    PDRIVER_CANCEL routine;
    KIRQL irql;

    IoAcquireCancelSpinLock(&irql);
    atomic_store_u8(&Irp->Cancel, TRUE);
    atomic_choice_point(); /* The exchange below is drivers' inline code, which has none. */
    routine = IoSetCancelRoutine(Irp, NULL);
    if (routine == NULL) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    Irp->CancelIrql = irql;
    /* An IRP that its creator has not sent yet has no current location. */
    routine(Irp->CurrentLocation <= Irp->StackCount
                ? IoGetCurrentIrpStackLocation(Irp)->DeviceObject
                : NULL,
            Irp);
    return TRUE;
}
