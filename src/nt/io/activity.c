/* SPDX-License-Identifier: MIT */
/*
 * Activity ids: a GUID with an IRP or a thread, so that a trace can tell what belongs together. An IRP's stands before
 * the IRP: only those that the I/O manager allocated have a place for it.
 */
#include "nt/ke/ke.h"

#include "nt/io/io_priv.h"

NTSTATUS
IoSetActivityIdIrp(PIRP Irp, const GUID *Guid)
{
    const GUID *id = Guid != NULL ? Guid : IoGetActivityIdThread();

    if (id == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!(Irp->AllocationFlags & IO_IRP_BLOCK)) {
        return STATUS_UNSUCCESSFUL;
    }
    io_block_of_irp(Irp)->activity = *id;
    Irp->AllocationFlags |= IO_IRP_ACTIVITY;
    return STATUS_SUCCESS;
}

NTSTATUS
IoGetActivityIdIrp(PIRP Irp, GUID *Guid)
{
    if (!(Irp->AllocationFlags & IO_IRP_ACTIVITY)) {
        return STATUS_NOT_FOUND;
    }
    *Guid = io_block_of_irp(Irp)->activity;
    return STATUS_SUCCESS;
}

GUID *
IoGetActivityIdThread(VOID)
{
    return ke_thread_activity();
}

/* The former one, for IoClearActivityIdThread. */
GUID *
IoSetActivityIdThread(GUID *ActivityId)
{
    return ke_thread_set_activity(ActivityId);
}

VOID
IoClearActivityIdThread(GUID *OriginalId)
{
    (void)ke_thread_set_activity(OriginalId);
}

void
io_irp_mark_um_driver(PIRP irp)
{
    irp->AllocationFlags |= IO_IRP_UM_DRIVER;
    irp->Flags |= IRP_UM_DRIVER_INITIATED_IO;
}

bool
io_irp_is_um_driver(PIRP irp)
{
    return (irp->AllocationFlags & IO_IRP_UM_DRIVER) != 0;
}
